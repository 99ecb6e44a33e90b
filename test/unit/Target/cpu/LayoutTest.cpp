//===- LayoutTest.cpp - kernels on tensors in blocks -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include <gtest/gtest.h>

using namespace autoglm::test;

/// A type with channels in blocks of 8.
static std::string blocked(const std::string &dims) {
  return "tensor<" + dims +
         "xf32, #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 8]>>";
}
static const char *const kWeight =
    "#autoglm.layout<order = [0, 1, 2, 5, 3, 4], inner = [0, 16, 1, 8]>";
static const char *const kRows =
    "#autoglm.layout<order = [0, 1, 2, 3], inner = [0, 16]>";
TEST(Relayout, GoesBothWays) {
  for (std::string dims : {"2x16x5x7", "1x20x3x9", "1x3x6x6", "1x40x1x1"}) {
    std::string plain = "tensor<" + dims + "xf32>";
    EXPECT_KERNEL("(%x: " + plain + ") -> " + blocked(dims),
                  "%0 = autoglm.relayout %x : " + plain + " to " +
                      blocked(dims) + "\n return %0 : " + blocked(dims));
    EXPECT_KERNEL("(%x: " + blocked(dims) + ") -> " + plain,
                  "%0 = autoglm.relayout %x : " + blocked(dims) + " to " +
                      plain + "\n return %0 : " + plain);
  }
}

/// A convolution with a bias and a residual, in layouts.
static std::string checkConv(const std::string &input,
                             const std::string &weight,
                             const std::string &result, int64_t features,
                             const std::string &attributes) {
  std::string bias = "tensor<" + std::to_string(features) +
                     "xf32, #autoglm.layout<order = [0], inner = [0, 8]>>";
  return checkKernel("(%x: " + input + ", %w: " + weight + ", %b: " + bias +
                         ", %r: " + result + ") -> " + result,
                     "%0 = autoglm.conv %x, %w, %b {" + attributes + "} : (" +
                         input + ", " + weight + ", " + bias + ") -> " +
                         result + "\n%1 = autoglm.add %0, %r : (" + result +
                         ", " + result + ") -> " + result +
                         "\n%2 = autoglm.relu %1 : (" + result + ") -> " +
                         result + "\n return %2 : " + result,
                     {.tolerance = 1e-4});
}

TEST(BlockedConv, MultipliesBlocks) {
  std::string weight = "tensor<32x16x3x3xf32, " + std::string(kWeight) + ">";
  EXPECT_EQ(checkConv(blocked("1x16x9x9"), weight, blocked("1x32x7x7"), 32,
                      "strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, "
                      "0>, dilations = array<i64: 1, 1>"),
            "");
  EXPECT_EQ(checkConv(blocked("2x16x9x9"), weight, blocked("2x32x5x5"), 32,
                      "strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, "
                      "1>, dilations = array<i64: 1, 1>"),
            "");
}

TEST(BlockedConv, LeavesPaddingOut) {
  std::string weight = "tensor<20x12x1x1xf32, " + std::string(kWeight) + ">";
  EXPECT_EQ(checkConv(blocked("1x12x6x5"), weight, blocked("1x20x6x5"), 20,
                      "strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, "
                      "0>, dilations = array<i64: 1, 1>"),
            "");
}

TEST(BlockedConv, ReadsFewChannelsAsTheyAre) {
  std::string weight = "tensor<24x3x7x7xf32, " + std::string(kRows) + ">";
  EXPECT_EQ(checkConv("tensor<1x3x20x20xf32>", weight, blocked("1x24x10x10"),
                      24,
                      "strides = array<i64: 2, 2>, pads = array<i64: 3, 3, 3, "
                      "3>, dilations = array<i64: 1, 1>"),
            "");
}

TEST(BlockedConv, TakesGroups) {
  EXPECT_EQ(checkConv(blocked("1x20x7x7"),
                      "tensor<20x1x3x3xf32, #autoglm.layout<order = [0, 1, 2, "
                      "3], inner = [0, 8]>>",
                      blocked("1x20x7x7"), 20,
                      "strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, "
                      "1>, dilations = array<i64: 1, 1>, group = 20"),
            "");
  EXPECT_EQ(checkConv(blocked("1x32x5x5"),
                      "tensor<64x16x3x3xf32, " + std::string(kWeight) + ">",
                      blocked("1x64x5x5"), 64,
                      "strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, "
                      "1>, dilations = array<i64: 1, 1>, group = 2"),
            "");
}

/// Runs a body in which `blocked<dims>` is a type in blocks.
static std::string checkBlocked(const std::string &signature,
                                const std::string &body) {
  auto expand = [](std::string text) {
    size_t begin;
    while ((begin = text.find("blocked<")) != std::string::npos) {
      size_t end = text.find('>', begin);
      std::string dims = text.substr(begin + 8, end - begin - 8);
      text.replace(begin, end - begin + 1, blocked(dims));
    }
    return text;
  };
  return checkKernel(expand(signature), expand(body), {.low = 0.1});
}

TEST(Blocked, ComputesElements) {
  // A residual, a value for each channel, one for each channel and image, one
  // for each place.
  EXPECT_EQ(checkBlocked(
                "(%x: blocked<2x20x5x7>, %y: blocked<2x20x5x7>, %c: "
                "tensor<20x1x1xf32, #autoglm.layout<order = [0, 1, 2], inner = "
                "[0, 8]>>, %g: blocked<2x20x1x1>, %p: tensor<5x7xf32>) -> "
                "blocked<2x20x5x7>",
                R"(
    %0 = autoglm.add %x, %y : (blocked<2x20x5x7>, blocked<2x20x5x7>) -> blocked<2x20x5x7>
    %1 = autoglm.mul %0, %c : (blocked<2x20x5x7>, tensor<20x1x1xf32, #autoglm.layout<order = [0, 1, 2], inner = [0, 8]>>) -> blocked<2x20x5x7>
    %2 = autoglm.div %1, %g : (blocked<2x20x5x7>, blocked<2x20x1x1>) -> blocked<2x20x5x7>
    %3 = autoglm.sub %2, %p : (blocked<2x20x5x7>, tensor<5x7xf32>) -> blocked<2x20x5x7>
    return %3 : blocked<2x20x5x7>)"),
            "");
}

TEST(Blocked, PoolsAndReduces) {
  EXPECT_EQ(checkBlocked("(%x: blocked<1x20x9x9>) -> blocked<1x20x5x5>", R"(
    %0 = autoglm.max_pool %x {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : (blocked<1x20x9x9>) -> blocked<1x20x5x5>
    return %0 : blocked<1x20x5x5>)"),
            "");
  EXPECT_EQ(checkBlocked("(%x: blocked<1x20x9x9>) -> blocked<1x20x5x5>", R"(
    %0 = autoglm.average_pool %x {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : (blocked<1x20x9x9>) -> blocked<1x20x5x5>
    return %0 : blocked<1x20x5x5>)"),
            "");
  EXPECT_EQ(checkBlocked("(%x: blocked<2x20x6x7>) -> blocked<2x20x1x1>", R"(
    %0 = autoglm.global_average_pool %x : (blocked<2x20x6x7>) -> blocked<2x20x1x1>
    return %0 : blocked<2x20x1x1>)"),
            "");
  EXPECT_EQ(checkBlocked("(%x: blocked<2x20x6x7>) -> blocked<2x20x1x1>", R"(
    %0 = autoglm.global_max_pool %x : (blocked<2x20x6x7>) -> blocked<2x20x1x1>
    return %0 : blocked<2x20x1x1>)"),
            "");
  EXPECT_EQ(checkBlocked("(%x: blocked<2x20x6x7>) -> blocked<2x20x6x1>", R"(
    %0 = autoglm.reduce_mean %x {axes = array<i64: -1>} : (blocked<2x20x6x7>) -> blocked<2x20x6x1>
    return %0 : blocked<2x20x6x1>)"),
            "");
}

TEST(Blocked, MovesBlocks) {
  EXPECT_EQ(checkBlocked("(%x: blocked<2x16x3x4>, %y: blocked<2x20x3x4>) -> "
                         "blocked<2x36x3x4>",
                         R"(
    %0 = autoglm.concat %x, %y {axis = -3} : (blocked<2x16x3x4>, blocked<2x20x3x4>) -> blocked<2x36x3x4>
    return %0 : blocked<2x36x3x4>)"),
            "");
  EXPECT_EQ(checkBlocked("(%x: blocked<2x36x3x4>) -> (blocked<2x16x3x4>, "
                         "blocked<2x20x3x4>)",
                         R"(
    %0, %1 = autoglm.split %x {axis = 1, sizes = array<i64: 16, 20>} : (blocked<2x36x3x4>) -> (blocked<2x16x3x4>, blocked<2x20x3x4>)
    return %0, %1 : blocked<2x16x3x4>, blocked<2x20x3x4>)"),
            "");
  EXPECT_EQ(checkBlocked("(%x: blocked<2x36x3x4>) -> blocked<2x12x3x2>", R"(
    %s = autoglm.constant dense<[-20, 1]> : tensor<2xi64>
    %e = autoglm.constant dense<[28, 4]> : tensor<2xi64>
    %a = autoglm.constant dense<[1, -1]> : tensor<2xi64>
    %t = autoglm.constant dense<[1, 2]> : tensor<2xi64>
    %0 = autoglm.slice %x, %s, %e, %a, %t : (blocked<2x36x3x4>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> blocked<2x12x3x2>
    return %0 : blocked<2x12x3x2>)"),
            "");
  EXPECT_EQ(checkBlocked("(%x: blocked<1x12x3x4>) -> blocked<1x12x5x5>", R"(
    %p = autoglm.constant dense<[0, 0, 1, 1, 0, 0, 1, 0]> : tensor<8xi64>
    %v = autoglm.constant dense<0.5> : tensor<f32>
    %0 = autoglm.pad %x, %p, %v : (blocked<1x12x3x4>, tensor<8xi64>, tensor<f32>) -> blocked<1x12x5x5>
    return %0 : blocked<1x12x5x5>)"),
            "");
}
