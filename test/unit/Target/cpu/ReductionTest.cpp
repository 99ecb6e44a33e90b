//===- ReductionTest.cpp - kernels of this kind -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace autoglm::test;

TEST(Reduce, EveryKindAndPlace) {
  for (const std::string op :
       {"reduce_sum", "reduce_mean", "reduce_max", "reduce_min", "reduce_prod",
        "reduce_l1", "reduce_l2", "reduce_sum_square", "reduce_log_sum",
        "reduce_log_sum_exp"})
    for (const char *axes : {"0", "1", "2", "0, 2", "1, 2", "0, 1, 2"})
      for (bool keep : {true, false}) {
        std::string shape[] = {"5", "6", "7"}, result;
        for (int i = 0; i < 3; ++i) {
          bool reduced = std::string(axes).find('0' + i) != std::string::npos;
          if (!reduced || keep)
            result += (reduced ? std::string("1") : shape[i]) + "x";
        }
        result = "tensor<" + result + "f32>";
        EXPECT_EQ(checkKernel("(%x: tensor<5x6x7xf32>) -> " + result,
                              "%0 = autoglm." + op +
                                  " %x {axes = array<i64: " + axes +
                                  ">, keepdims = " + (keep ? "true" : "false") +
                                  "} : (tensor<5x6x7xf32>) -> " + result +
                                  "\nreturn %0 : " + result,
                              {.low = 0.5, .high = 1.5}),
                  "")
            << op << " " << axes;
      }
}

TEST(Reduce, Integers) {
  for (const std::string op : {"reduce_sum", "reduce_mean", "reduce_max",
                               "reduce_min", "reduce_prod", "reduce_l1"})
    for (const std::string type : {"i8", "i32", "i64", "ui8"})
      EXPECT_EQ(
          checkKernel("(%x: tensor<5x40x" + type + ">) -> tensor<5x1x" + type +
                          ">",
                      "%0 = autoglm." + op +
                          " %x {axes = array<i64: 1>} : (tensor<5x40x" + type +
                          ">) -> tensor<5x1x" + type +
                          ">\nreturn %0 : tensor<5x1x" + type + ">",
                      {.low = type[0] == 'u' ? 0.0 : -100.0, .high = 100}),
          "")
          << op << " " << type;
}

TEST(Reduce, NothingGivesTheNeutralElement) {
  for (const std::string op :
       {"reduce_sum", "reduce_max", "reduce_min", "reduce_prod"})
    EXPECT_EQ(checkKernel("(%x: tensor<3x0xf32>) -> tensor<3xf32>",
                          "%0 = autoglm." + op +
                              " %x {axes = array<i64: 1>, keepdims = false} : "
                              "(tensor<3x0xf32>) -> tensor<3xf32>\n"
                              "return %0 : tensor<3xf32>"),
              "")
        << op;
}

TEST(Reduce, FloatsThatAreNoNumbersWin) {
  EXPECT_KERNEL("(%x: tensor<4x9xf32>) -> tensor<4x1xf32>", R"(
    %0 = autoglm.reduce_max %x {axes = array<i64: 1>} : (tensor<4x9xf32>) -> tensor<4x1xf32>
    return %0 : tensor<4x1xf32>)",
                {.first = {1, std::nan(""), 2}});
}

TEST(ArgReduce, FirstLastAndNaN) {
  for (const std::string op : {"argmax", "argmin"})
    for (const std::string last : {"true", "false"})
      for (int axis : {0, 1, 2}) {
        std::string shape = axis == 0 ? "1x5x6" : axis == 1 ? "4x1x6" : "4x5x1";
        EXPECT_EQ(
            checkKernel("(%x: tensor<4x5x6xf32>) -> tensor<" + shape + "xi64>",
                        "%0 = autoglm." + op +
                            " %x {axis = " + std::to_string(axis) +
                            " : i64, select_last_index = " + last +
                            "} : (tensor<4x5x6xf32>) -> tensor<" + shape +
                            "xi64>\nreturn %0 : tensor<" + shape + "xi64>",
                        {.first = {1, 5, 5, std::nan(""), 3, std::nan(""), 2, 2,
                                   2, 2, 2, 2}}),
            "")
            << op << axis;
      }
  EXPECT_KERNEL("(%x: tensor<6x9xui8>) -> tensor<6xi64>", R"(
    %0 = autoglm.argmax %x {axis = 1 : i64, keepdims = false} : (tensor<6x9xui8>) -> tensor<6xi64>
    return %0 : tensor<6xi64>)",
                {.low = 0, .high = 255});
}

TEST(CumSum, EveryDirection) {
  for (const std::string reverse : {"true", "false"})
    for (const std::string exclusive : {"true", "false"})
      for (int axis : {0, 1, 2})
        EXPECT_EQ(checkKernel(
                      "(%x: tensor<4x5x6xf32>) -> tensor<4x5x6xf32>",
                      "%0 = autoglm.cumsum %x {axis = " + std::to_string(axis) +
                          " : i64, reverse = " + reverse +
                          ", exclusive = " + exclusive +
                          "} : (tensor<4x5x6xf32>) -> tensor<4x5x6xf32>\n"
                          "return %0 : tensor<4x5x6xf32>"),
                  "")
            << axis << reverse << exclusive;
}

TEST(Softmax, AlongAnyAxis) {
  for (const std::string op : {"softmax", "log_softmax"})
    for (int axis : {-1, 0, 1})
      EXPECT_EQ(checkKernel("(%x: tensor<12x7x50xf32>) -> tensor<12x7x50xf32>",
                            "%0 = autoglm." + op +
                                " %x {axis = " + std::to_string(axis) +
                                " : i64} : (tensor<12x7x50xf32>) -> "
                                "tensor<12x7x50xf32>\n"
                                "return %0 : tensor<12x7x50xf32>",
                            {.low = -20, .high = 20, .parts = 2}),
                "")
          << op << axis;
}

TEST(Softmax, RowsOfAnyLength) {
  // In registers or not, with and without a tail.
  for (const std::string op : {"softmax", "log_softmax"})
    for (const std::string size : {"1", "3", "16", "77", "128", "200", "1000"})
      for (const std::string type : {"f32", "f16"}) {
        std::string tensor = "tensor<2x5x" + size + "x" + type + ">";
        EXPECT_EQ(checkKernel("(%x: " + tensor + ") -> " + tensor,
                              "%0 = autoglm." + op + " %x : (" + tensor +
                                  ") -> " + tensor + "\nreturn %0 : " + tensor,
                              {.tolerance = type == "f32" ? 1e-5 : 4e-3,
                               .low = -20,
                               .high = 20,
                               .first = {-1e4, -5e4, 10},
                               .parts = 3}),
                  "")
            << op << " " << size << " " << type;
      }
}

TEST(Softmax, MaskedAndNoNumbers) {
  const double inf = HUGE_VAL;
  EXPECT_KERNEL("(%x: tensor<3x4xf32>) -> tensor<3x4xf32>", R"(
    %0 = autoglm.softmax %x : (tensor<3x4xf32>) -> tensor<3x4xf32>
    return %0 : tensor<3x4xf32>)",
                {.first = {1, -inf, 2, -inf, std::nan(""), 1, 2, 3, -inf, -inf,
                           -inf, -inf}});
}

TEST(Softmax, HasAnEpilogue) {
  EXPECT_KERNEL("(%x: tensor<2x5x40xf32>, %y: tensor<5x40xf32>, %z: "
                "tensor<2x5x1xf32>) -> tensor<2x5x40xf32>",
                R"(
    %0 = autoglm.softmax %x : (tensor<2x5x40xf32>) -> tensor<2x5x40xf32>
    %1 = autoglm.mul %0, %y : (tensor<2x5x40xf32>, tensor<5x40xf32>) -> tensor<2x5x40xf32>
    %2 = autoglm.add %1, %z : (tensor<2x5x40xf32>, tensor<2x5x1xf32>) -> tensor<2x5x40xf32>
    return %2 : tensor<2x5x40xf32>)");
}

TEST(Softmax, LongRowsNeedNoMemory) {
  EXPECT_KERNEL("(%x: tensor<3x100000xf32>) -> tensor<3x100000xf32>", R"(
    %0 = autoglm.softmax %x : (tensor<3x100000xf32>) -> tensor<3x100000xf32>
    return %0 : tensor<3x100000xf32>)",
                {.minExtent = 3});
}

TEST(Normalization, LayerWithAllResults) {
  EXPECT_KERNEL("(%x: tensor<6x10x64xf32>, %s: tensor<64xf32>, %b: "
                "tensor<64xf32>) -> tensor<6x10x64xf32>",
                R"(
    %0, %1, %2 = autoglm.layer_normalization %x, %s, %b : (tensor<6x10x64xf32>, tensor<64xf32>, tensor<64xf32>) -> (tensor<6x10x64xf32>, tensor<6x10x1xf32>, tensor<6x10x1xf32>)
    return %0 : tensor<6x10x64xf32>)",
                {.parts = 2, .minExtent = 2});
  EXPECT_KERNEL("(%x: tensor<6x10x64xf32>, %s: tensor<64xf32>) -> "
                "(tensor<6x10x64xf32>, tensor<6x1x1xf32>, tensor<6x1x1xf32>)",
                R"(
    %0, %1, %2 = autoglm.layer_normalization %x, %s {axis = 1 : i64} : (tensor<6x10x64xf32>, tensor<64xf32>) -> (tensor<6x10x64xf32>, tensor<6x1x1xf32>, tensor<6x1x1xf32>)
    return %0, %1, %2 : tensor<6x10x64xf32>, tensor<6x1x1xf32>, tensor<6x1x1xf32>)");
}

TEST(Normalization, RowsOfAnyLength) {
  for (const std::string size : {"1", "5", "64", "77", "768", "1027"})
    for (const std::string type : {"f32", "bf16"}) {
      std::string x = "tensor<3x7x" + size + "x" + type + ">",
                  p = "tensor<" + size + "x" + type + ">";
      std::string statistics = "tensor<3x7x1xf32>";
      KernelOptions options{.tolerance = type == "f32" ? 1e-5 : 3e-2,
                            .low = 3,
                            .high = 5,
                            .parts = 2};
      EXPECT_EQ(checkKernel(
                    "(%x: " + x + ", %s: " + p + ", %b: " + p + ") -> " + x,
                    "%0, %1, %2 = autoglm.layer_normalization %x, %s, %b "
                    "{epsilon = 1.0e-2 : f32} : (" +
                        x + ", " + p + ", " + p + ") -> (" + x + ", " +
                        statistics + ", " + statistics + ")\nreturn %0 : " + x,
                    options),
                "")
          << size << " " << type;
      EXPECT_EQ(checkKernel("(%x: " + x + ", %s: " + p + ") -> " + x,
                            "%0 = autoglm.rms_normalization %x, %s : (" + x +
                                ", " + p + ") -> " + x + "\nreturn %0 : " + x,
                            options),
                "")
          << size << " " << type;
    }
}

TEST(Normalization, RowsOfSeveralDimensions) {
  EXPECT_KERNEL("(%x: tensor<3x4x5x7xf32>, %s: tensor<5x7xf32>, %b: "
                "tensor<5x7xf32>) -> tensor<3x4x5x7xf32>",
                R"(
    %0, %1, %2 = autoglm.layer_normalization %x, %s, %b {axis = 2 : i64} : (tensor<3x4x5x7xf32>, tensor<5x7xf32>, tensor<5x7xf32>) -> (tensor<3x4x5x7xf32>, tensor<3x4x1x1xf32>, tensor<3x4x1x1xf32>)
    return %0 : tensor<3x4x5x7xf32>)");
  EXPECT_KERNEL("(%x: tensor<9x11xf32>, %s: tensor<9x11xf32>) -> "
                "tensor<9x11xf32>",
                R"(
    %0 = autoglm.rms_normalization %x, %s {axis = 0 : i64} : (tensor<9x11xf32>, tensor<9x11xf32>) -> tensor<9x11xf32>
    return %0 : tensor<9x11xf32>)");
}

TEST(Normalization, BatchAndInstance) {
  EXPECT_KERNEL(
      "(%x: tensor<2x5x8x8xf32>, %s: tensor<5xf32>, %b: tensor<5xf32>, %m: "
      "tensor<5xf32>, %v: tensor<5xf32>) -> tensor<2x5x8x8xf32>",
      R"(
    %0 = autoglm.batch_normalization %x, %s, %b, %m, %v : (tensor<2x5x8x8xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<2x5x8x8xf32>
    return %0 : tensor<2x5x8x8xf32>)",
      {.low = 0.1});
  EXPECT_KERNEL("(%x: tensor<2x5x64x64xf32>, %s: tensor<5xf32>, %b: "
                "tensor<5xf32>) -> tensor<2x5x64x64xf32>",
                R"(
    %0 = autoglm.instance_normalization %x, %s, %b : (tensor<2x5x64x64xf32>, tensor<5xf32>, tensor<5xf32>) -> tensor<2x5x64x64xf32>
    return %0 : tensor<2x5x64x64xf32>)",
                {.minExtent = 2});
}

TEST(Reduce, ScansFromTheEnd) {
  EXPECT_KERNEL("(%x: tensor<5x6xf32>) -> tensor<5x6xf32>", R"(
    %0 = autoglm.cumsum %x {axis = -1 : i64} : (tensor<5x6xf32>) -> tensor<5x6xf32>
    return %0 : tensor<5x6xf32>)");
}
