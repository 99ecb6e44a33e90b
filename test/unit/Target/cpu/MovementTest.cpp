//===- MovementTest.cpp - kernels of this kind -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include <gtest/gtest.h>

using namespace autoglm::test;

TEST(Movement, Transposes) {
  EXPECT_KERNEL("(%x: tensor<6x1x30x40xf32>) -> tensor<40x6x30x1xf32>", R"(
    %0 = autoglm.transpose %x {perm = array<i64: 3, 0, 2, 1>} : (tensor<6x1x30x40xf32>) -> tensor<40x6x30x1xf32>
    return %0 : tensor<40x6x30x1xf32>)");
}

TEST(Movement, Expands) {
  EXPECT_KERNEL("(%x: tensor<3x1xi64>) -> tensor<2x3x4xi64>", R"(
    %s = autoglm.constant dense<[2, 3, 4]> : tensor<3xi64>
    %0 = autoglm.expand %x, %s : (tensor<3x1xi64>, tensor<3xi64>) -> tensor<2x3x4xi64>
    return %0 : tensor<2x3x4xi64>)",
                {.low = -50, .high = 50});
}

TEST(Movement, Reshapes) {
  EXPECT_KERNEL("(%x: tensor<6x10xf32>) -> tensor<4x15xf32>", R"(
    %s = autoglm.constant dense<[4, 15]> : tensor<2xi64>
    %0 = autoglm.reshape %x, %s : (tensor<6x10xf32>, tensor<2xi64>) -> tensor<4x15xf32>
    return %0 : tensor<4x15xf32>)");
  EXPECT_KERNEL("(%x: tensor<6x10xf32>) -> tensor<6x1x10xf32>", R"(
    %0 = autoglm.unsqueeze %x {axes = array<i64: 1>} : (tensor<6x10xf32>) -> tensor<6x1x10xf32>
    return %0 : tensor<6x1x10xf32>)");
}

TEST(Movement, SlicesWithAnyStep) {
  EXPECT_KERNEL("(%x: tensor<10x9x8xf32>) -> tensor<3x9x4xf32>", R"(
    %s = autoglm.constant dense<[1, 7]> : tensor<2xi64>
    %e = autoglm.constant dense<[9, -100]> : tensor<2xi64>
    %a = autoglm.constant dense<[0, -1]> : tensor<2xi64>
    %t = autoglm.constant dense<[3, -2]> : tensor<2xi64>
    %0 = autoglm.slice %x, %s, %e, %a, %t : (tensor<10x9x8xf32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<3x9x4xf32>
    return %0 : tensor<3x9x4xf32>)");
}

TEST(Movement, SplitsAndConcatenates) {
  EXPECT_KERNEL("(%x: tensor<4x10xf32>) -> (tensor<4x3xf32>, tensor<4x1xf32>, "
                "tensor<4x6xf32>)",
                R"(
    %0, %1, %2 = autoglm.split %x {axis = 1 : i64, sizes = array<i64: 3, 1, 6>} : (tensor<4x10xf32>) -> (tensor<4x3xf32>, tensor<4x1xf32>, tensor<4x6xf32>)
    return %0, %1, %2 : tensor<4x3xf32>, tensor<4x1xf32>, tensor<4x6xf32>)");
  EXPECT_KERNEL(
      "(%a: tensor<2x3x5xf32>, %b: tensor<2x1x5xf32>, %c: tensor<2x0x5xf32>, "
      "%d: tensor<2x4x5xf32>) -> tensor<2x8x5xf32>",
      R"(
    %0 = autoglm.concat %a, %b, %c, %d {axis = 1 : i64} : (tensor<2x3x5xf32>, tensor<2x1x5xf32>, tensor<2x0x5xf32>, tensor<2x4x5xf32>) -> tensor<2x8x5xf32>
    return %0 : tensor<2x8x5xf32>)");
  EXPECT_KERNEL("(%a: tensor<1x5xi1>, %b: tensor<1x5xi1>) -> tensor<2x5xi1>",
                R"(
    %0 = autoglm.concat %a, %b {axis = 0 : i64} : (tensor<1x5xi1>, tensor<1x5xi1>) -> tensor<2x5xi1>
    return %0 : tensor<2x5xi1>)");
}

TEST(Movement, ThreadsShareRuns) {
  // Tiles begin in one piece and end in another.
  EXPECT_KERNEL(
      "(%a: tensor<1x7000xf32>, %b: tensor<1x13xf32>, %c: tensor<1x9001xf32>) "
      "-> tensor<1x16014xf32>",
      R"(
    %0 = autoglm.concat %a, %b, %c {axis = 1 : i64} : (tensor<1x7000xf32>, tensor<1x13xf32>, tensor<1x9001xf32>) -> tensor<1x16014xf32>
    return %0 : tensor<1x16014xf32>)",
      {.parts = 3, .minExtent = 3});
  EXPECT_KERNEL("(%x: tensor<2x9x100xi8>) -> (tensor<2x2x100xi8>, "
                "tensor<2x7x100xi8>)",
                R"(
    %0, %1 = autoglm.split %x {axis = 1 : i64, sizes = array<i64: 2, 7>} : (tensor<2x9x100xi8>) -> (tensor<2x2x100xi8>, tensor<2x7x100xi8>)
    return %0, %1 : tensor<2x2x100xi8>, tensor<2x7x100xi8>)",
                {.low = -100, .high = 100, .parts = 2, .minExtent = 2});
  EXPECT_KERNEL("(%x: tensor<100x77xf32>) -> tensor<7700xf32>", R"(
    %s = autoglm.constant dense<[7700]> : tensor<1xi64>
    %0 = autoglm.reshape %x, %s : (tensor<100x77xf32>, tensor<1xi64>) -> tensor<7700xf32>
    return %0 : tensor<7700xf32>)",
                {.parts = 3, .minExtent = 3});
  EXPECT_KERNEL("(%x: tensor<3x5x6x4xf32>, %i: tensor<2x3xi64>) -> "
                "tensor<3x2x3x6x4xf32>",
                R"(
    %0 = autoglm.gather %x, %i {axis = 1 : i64} : (tensor<3x5x6x4xf32>, tensor<2x3xi64>) -> tensor<3x2x3x6x4xf32>
    return %0 : tensor<3x2x3x6x4xf32>)",
                {.low = -5, .high = 4.99, .parts = 4, .minExtent = 18});
}

TEST(Movement, PadsInEveryMode) {
  for (const std::string mode : {"constant", "reflect", "edge", "wrap"})
    EXPECT_EQ(
        checkKernel(
            "(%x: tensor<1x3x5x4xf32>) -> tensor<1x3x9x7xf32>",
            R"(
    %p = autoglm.constant dense<[0, 0, 1, 2, 0, 0, 3, 1]> : tensor<8xi64>
    %v = autoglm.constant dense<1.5> : tensor<f32>
    %0 = autoglm.pad %x, %p, %v {mode = ")" +
                mode +
                R"("} : (tensor<1x3x5x4xf32>, tensor<8xi64>, tensor<f32>) -> tensor<1x3x9x7xf32>
    return %0 : tensor<1x3x9x7xf32>)"),
        "")
        << mode;
  EXPECT_KERNEL("(%x: tensor<5x4xf32>, %v: tensor<f32>) -> tensor<4x6xf32>", R"(
    %p = autoglm.constant dense<[-1, 3, 0, -1]> : tensor<4xi64>
    %0 = autoglm.pad %x, %p, %v : (tensor<5x4xf32>, tensor<4xi64>, tensor<f32>) -> tensor<4x6xf32>
    return %0 : tensor<4x6xf32>)");
}

TEST(Movement, PadsOneSideAndCutsTheOther) {
  EXPECT_KERNEL("(%x: tensor<5x4xf32>, %v: tensor<f32>) -> tensor<5x4xf32>", R"(
    %p = autoglm.constant dense<[-1, 0, 1, 0]> : tensor<4xi64>
    %0 = autoglm.pad %x, %p, %v : (tensor<5x4xf32>, tensor<4xi64>, tensor<f32>) -> tensor<5x4xf32>
    return %0 : tensor<5x4xf32>)");
}

TEST(Movement, Tiles) {
  EXPECT_KERNEL("(%x: tensor<2x3xi32>) -> tensor<4x9xi32>", R"(
    %r = autoglm.constant dense<[2, 3]> : tensor<2xi64>
    %0 = autoglm.tile %x, %r : (tensor<2x3xi32>, tensor<2xi64>) -> tensor<4x9xi32>
    return %0 : tensor<4x9xi32>)",
                {.low = -50, .high = 50});
}

TEST(Movement, GathersAlongAnyAxis) {
  for (int axis : {0, 1, 2}) {
    std::string shape = axis == 0   ? "2x4x5x6"
                        : axis == 1 ? "5x2x4x6"
                                    : "5x5x2x4";
    EXPECT_EQ(checkKernel(
                  "(%i: tensor<2x4xi64>, %x: tensor<5x5x6xf32>) -> tensor<" +
                      shape + "xf32>",
                  "%0 = autoglm.gather %x, %i {axis = " + std::to_string(axis) +
                      " : i64} : (tensor<5x5x6xf32>, tensor<2x4xi64>) "
                      "-> tensor<" +
                      shape + "xf32>\nreturn %0 : tensor<" + shape + "xf32>",
                  {.first = {0, 4, -1, -5, 2, 1, 3, -2}}),
              "")
        << axis;
  }
  EXPECT_KERNEL("(%i: tensor<i32>, %x: tensor<5x6xi8>) -> tensor<6xi8>", R"(
    %0 = autoglm.gather %x, %i : (tensor<5x6xi8>, tensor<i32>) -> tensor<6xi8>
    return %0 : tensor<6xi8>)",
                {.low = -100, .high = 100, .first = {-2}});
  EXPECT_KERNEL("(%i: tensor<2x6xi64>, %x: tensor<5x6xf32>) -> tensor<2x6xf32>",
                R"(
    %0 = autoglm.gather_elements %x, %i : (tensor<5x6xf32>, tensor<2x6xi64>) -> tensor<2x6xf32>
    return %0 : tensor<2x6xf32>)",
                {.first = {0, 1, 2, 3, 4, -1, -2, -3, -4, -5, 0, 1}});
}

TEST(Movement, KeepsTriangles) {
  for (const std::string upper : {"true", "false"})
    for (int k : {-1, 0, 2})
      EXPECT_EQ(checkKernel("(%x: tensor<3x5x6xf32>) -> tensor<3x5x6xf32>",
                            "%0 = autoglm.trilu %x {upper = " + upper +
                                ", k = " + std::to_string(k) +
                                " : i64} : (tensor<3x5x6xf32>) -> "
                                "tensor<3x5x6xf32>\n"
                                "return %0 : tensor<3x5x6xf32>"),
                "")
          << upper << k;
}

TEST(Movement, MakesTensorsFromNothing) {
  EXPECT_KERNEL("() -> tensor<2x3xi64>", R"(
    %s = autoglm.constant dense<[2, 3]> : tensor<2xi64>
    %0 = autoglm.constant_of_shape %s {value = dense<7> : tensor<1xi64>} : (tensor<2xi64>) -> tensor<2x3xi64>
    return %0 : tensor<2x3xi64>)");
  EXPECT_KERNEL("() -> tensor<5xf32>", R"(
    %a = autoglm.constant dense<1.0> : tensor<f32>
    %b = autoglm.constant dense<3.5> : tensor<f32>
    %d = autoglm.constant dense<0.5> : tensor<f32>
    %0 = autoglm.range %a, %b, %d : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<5xf32>
    return %0 : tensor<5xf32>)");
}

TEST(Movement, GathersAndScattersByTuples) {
  EXPECT_KERNEL(
      "(%i: tensor<3x2xi64>, %x: tensor<5x4x6xf32>) -> tensor<3x6xf32>", R"(
    %0 = autoglm.gather_nd %x, %i : (tensor<5x4x6xf32>, tensor<3x2xi64>) -> tensor<3x6xf32>
    return %0 : tensor<3x6xf32>)",
      {.first = {0, 3, -1, -4, 2, 1}});
  EXPECT_KERNEL("(%i: tensor<2x3x1xi32>, %x: tensor<2x5xi8>) -> tensor<2x3xi8>",
                R"(
    %0 = autoglm.gather_nd %x, %i {batch_dims = 1 : i64} : (tensor<2x5xi8>, tensor<2x3x1xi32>) -> tensor<2x3xi8>
    return %0 : tensor<2x3xi8>)",
                {.low = -50, .high = 50, .first = {0, 4, -1, -5, 2, 1}});
  // Slices longer and shorter than a vector; a place is updated twice.
  for (const std::string reduction : {"none", "add", "mul", "max", "min"})
    for (const std::string width : {"3", "37"})
      EXPECT_EQ(
          checkKernel("(%i: tensor<3x1xi64>, %x: tensor<5x" + width +
                          "xf32>, %u: tensor<3x" + width +
                          "xf32>) -> tensor<5x" + width + "xf32>",
                      "%0 = autoglm.scatter_nd %x, %i, %u {reduction = \"" +
                          reduction + "\"} : (tensor<5x" + width +
                          "xf32>, tensor<3x1xi64>, tensor<3x" + width +
                          "xf32>) -> tensor<5x" + width +
                          "xf32>\nreturn %0 : tensor<5x" + width + "xf32>",
                      {.first = {4, -1, 0}}),
          "")
          << reduction << " " << width;
  EXPECT_KERNEL("(%i: tensor<2x3xi64>, %x: tensor<2x5xf16>, %u: "
                "tensor<2x3xf16>) -> tensor<2x5xf16>",
                R"(
    %0 = autoglm.scatter_elements %x, %i, %u {axis = 1 : i64, reduction = "add"} : (tensor<2x5xf16>, tensor<2x3xi64>, tensor<2x3xf16>) -> tensor<2x5xf16>
    return %0 : tensor<2x5xf16>)",
                {.tolerance = 1e-2, .first = {0, 4, -1, -5, 2, 1}});
}

TEST(Movement, SortsTheBestOfEachRow) {
  for (const std::string type : {"f32", "i32", "ui8"})
    for (const std::string largest : {"true", "false"})
      EXPECT_EQ(
          checkKernel("(%x: tensor<3x20x2x" + type + ">) -> (tensor<3x4x2x" +
                          type + ">, tensor<3x4x2xi64>)",
                      "%0:2 = autoglm.topk %x {k = 4 : i64, axis = 1 : i64, "
                      "largest = " +
                          largest + "} : (tensor<3x20x2x" + type +
                          ">) -> (tensor<3x4x2x" + type +
                          ">, tensor<3x4x2xi64>)\nreturn %0#0, %0#1 : "
                          "tensor<3x4x2x" +
                          type + ">, tensor<3x4x2xi64>",
                      {.low = type == "ui8" ? 0.0 : -9.0, .high = 9}),
          "")
          << type << " " << largest;
  EXPECT_KERNEL("(%x: tensor<50xf32>) -> tensor<50xi64>", R"(
    %0:2 = autoglm.topk %x {k = 50 : i64} : (tensor<50xf32>) -> (tensor<50xf32>, tensor<50xi64>)
    return %0#1 : tensor<50xi64>)");
}
