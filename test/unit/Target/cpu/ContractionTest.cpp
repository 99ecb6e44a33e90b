//===- ContractionTest.cpp - products, convolutions, pooling -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include <gtest/gtest.h>

using namespace autoglm::test;

TEST(MatMul, MultipliesInTiles) {
  EXPECT_KERNEL(
      "(%a: tensor<100x70xf32>, %b: tensor<70x130xf32>) -> tensor<100x130xf32>",
      R"(
    %0 = autoglm.matmul %a, %b : (tensor<100x70xf32>, tensor<70x130xf32>) -> tensor<100x130xf32>
    return %0 : tensor<100x130xf32>)",
      {.parts = 3, .minExtent = 3});
}

TEST(MatMul, HasAnEpilogue) {
  EXPECT_KERNEL("(%a: tensor<3x17x24xf32>, %b: tensor<24x33xf32>, %c: "
                "tensor<33xf32>) -> tensor<3x17x33xf32>",
                R"(
    %0 = autoglm.matmul %a, %b : (tensor<3x17x24xf32>, tensor<24x33xf32>) -> tensor<3x17x33xf32>
    %1 = autoglm.add %0, %c : (tensor<3x17x33xf32>, tensor<33xf32>) -> tensor<3x17x33xf32>
    %2 = autoglm.gelu %1 : (tensor<3x17x33xf32>) -> tensor<3x17x33xf32>
    return %2 : tensor<3x17x33xf32>)");
}

TEST(MatMul, BroadcastsBatchesAndOperands) {
  EXPECT_KERNEL("(%a: tensor<2x3x13x24xf32>, %b: tensor<3x24x37xf32>, %c: "
                "tensor<3x1x37xf32>, %d: tensor<13x1xf32>) -> "
                "tensor<2x3x13x37xf32>",
                R"(
    %0 = autoglm.matmul %a, %b : (tensor<2x3x13x24xf32>, tensor<3x24x37xf32>) -> tensor<2x3x13x37xf32>
    %1 = autoglm.add %0, %c : (tensor<2x3x13x37xf32>, tensor<3x1x37xf32>) -> tensor<2x3x13x37xf32>
    %2 = autoglm.mul %1, %d : (tensor<2x3x13x37xf32>, tensor<13x1xf32>) -> tensor<2x3x13x37xf32>
    return %2 : tensor<2x3x13x37xf32>)",
                {.parts = 3, .minExtent = 6});
}

TEST(MatMul, StoresOtherTypes) {
  EXPECT_KERNEL(
      "(%a: tensor<7x24xf32>, %b: tensor<24x19xf32>) -> tensor<7x19xi1>",
      R"(
    %0 = autoglm.matmul %a, %b : (tensor<7x24xf32>, tensor<24x19xf32>) -> tensor<7x19xf32>
    %1 = autoglm.constant dense<0.5> : tensor<f32>
    %2 = autoglm.less %0, %1 : (tensor<7x19xf32>, tensor<f32>) -> tensor<7x19xi1>
    return %2 : tensor<7x19xi1>)");
  EXPECT_KERNEL(
      "(%a: tensor<7x24xf16>, %b: tensor<24x19xf16>) -> tensor<7x19xi64>",
      R"(
    %0 = autoglm.matmul %a, %b : (tensor<7x24xf16>, tensor<24x19xf16>) -> tensor<7x19xf16>
    %1 = autoglm.cast %0 {to = i64} : (tensor<7x19xf16>) -> tensor<7x19xi64>
    return %1 : tensor<7x19xi64>)");
}

TEST(MatMul, TakesVectorsAndIntegers) {
  EXPECT_KERNEL("(%a: tensor<40xf32>, %b: tensor<40x33xf32>) -> tensor<33xf32>",
                R"(
    %0 = autoglm.matmul %a, %b : (tensor<40xf32>, tensor<40x33xf32>) -> tensor<33xf32>
    return %0 : tensor<33xf32>)");
  EXPECT_KERNEL("(%a: tensor<40xf32>, %b: tensor<40xf32>) -> tensor<f32>", R"(
    %0 = autoglm.matmul %a, %b : (tensor<40xf32>, tensor<40xf32>) -> tensor<f32>
    return %0 : tensor<f32>)");
  EXPECT_KERNEL("(%a: tensor<4x5xi32>, %b: tensor<5x6xi32>) -> tensor<4x6xi32>",
                R"(
    %0 = autoglm.matmul %a, %b : (tensor<4x5xi32>, tensor<5x6xi32>) -> tensor<4x6xi32>
    return %0 : tensor<4x6xi32>)",
                {.low = -100, .high = 100});
}

TEST(MatMul, AccumulatesHalvesInSingle) {
  EXPECT_KERNEL(
      "(%a: tensor<9x64xf16>, %b: tensor<64x8xf16>) -> tensor<9x8xf16>", R"(
    %0 = autoglm.matmul %a, %b : (tensor<9x64xf16>, tensor<64x8xf16>) -> tensor<9x8xf16>
    return %0 : tensor<9x8xf16>)",
      {.tolerance = 1e-3});
  EXPECT_KERNEL(
      "(%a: tensor<9x64xbf16>, %b: tensor<64x8xbf16>) -> tensor<9x8xbf16>", R"(
    %0 = autoglm.matmul %a, %b : (tensor<9x64xbf16>, tensor<64x8xbf16>) -> tensor<9x8xbf16>
    return %0 : tensor<9x8xbf16>)",
      {.tolerance = 1e-2});
}

TEST(Gemm, AddsScaled) {
  EXPECT_KERNEL(
      "(%a: tensor<20x9xf32>, %b: tensor<20x31xf32>, %c: tensor<9x1xf32>) -> "
      "tensor<9x31xf32>",
      R"(
    %0 = autoglm.gemm %a, %b, %c {transA = true, transB = false, alpha = 0.5 : f32, beta = 2.0 : f32}
      : (tensor<20x9xf32>, tensor<20x31xf32>, tensor<9x1xf32>) -> tensor<9x31xf32>
    return %0 : tensor<9x31xf32>)");
}

TEST(MatMul, ReadsPackedWeights) {
  // Columns in blocks of 16 with the last one not full, rows that are not a
  // multiple of a tile.
  EXPECT_KERNEL(
      "(%a: tensor<2x13x24xf32>, %b: tensor<24x37xf32, #autoglm.layout<order = "
      "[1, 0], inner = [1, 16]>>, %c: tensor<37xf32>) -> tensor<2x13x37xf32>",
      R"(
    %0 = autoglm.matmul %a, %b : (tensor<2x13x24xf32>, tensor<24x37xf32, #autoglm.layout<order = [1, 0], inner = [1, 16]>>) -> tensor<2x13x37xf32>
    %1 = autoglm.add %0, %c : (tensor<2x13x37xf32>, tensor<37xf32>) -> tensor<2x13x37xf32>
    return %1 : tensor<2x13x37xf32>)",
      {.parts = 3, .minExtent = 6});
  // One row reads far ahead.
  EXPECT_KERNEL(
      "(%a: tensor<1x40xf32>, %b: tensor<40x130xf32, #autoglm.layout<order = "
      "[1, 0], inner = [1, 64]>>) -> tensor<1x130xf32>",
      R"(
    %0 = autoglm.matmul %a, %b : (tensor<1x40xf32>, tensor<40x130xf32, #autoglm.layout<order = [1, 0], inner = [1, 64]>>) -> tensor<1x130xf32>
    return %0 : tensor<1x130xf32>)",
      {.parts = 2, .minExtent = 2});
}

TEST(Gemm, ReadsPackedWeights) {
  EXPECT_KERNEL(
      "(%a: tensor<20x9xf32>, %b: tensor<31x20xf32, #autoglm.layout<order = "
      "[0, "
      "1], inner = [0, 16]>>, %c: tensor<9x1xf32>) -> tensor<9x31xf32>",
      R"(
    %0 = autoglm.gemm %a, %b, %c {transA = true, transB = true, alpha = 0.5 : f32, beta = 2.0 : f32}
      : (tensor<20x9xf32>, tensor<31x20xf32, #autoglm.layout<order = [0, 1], inner = [0, 16]>>, tensor<9x1xf32>) -> tensor<9x31xf32>
    return %0 : tensor<9x31xf32>)");
}

TEST(Gemm, ReadsTransposed) {
  EXPECT_KERNEL("(%a: tensor<20x9xf32>, %b: tensor<31x20xf32>, %c: "
                "tensor<31xf32>) -> tensor<9x31xf32>",
                R"(
    %0 = autoglm.gemm %a, %b, %c {transA = true, transB = true, alpha = 0.5 : f32, beta = 2.0 : f32}
      : (tensor<20x9xf32>, tensor<31x20xf32>, tensor<31xf32>) -> tensor<9x31xf32>
    return %0 : tensor<9x31xf32>)");
}

TEST(Conv, FusesBiasReluAndResidual) {
  EXPECT_KERNEL(
      "(%x: tensor<1x16x14x14xf32>, %w: tensor<24x16x3x3xf32>, %b: "
      "tensor<24xf32>, %r: tensor<1x24x12x12xf32>) -> tensor<1x24x12x12xf32>",
      R"(
    %0 = autoglm.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x16x14x14xf32>, tensor<24x16x3x3xf32>, tensor<24xf32>) -> tensor<1x24x12x12xf32>
    %1 = autoglm.add %0, %r : (tensor<1x24x12x12xf32>, tensor<1x24x12x12xf32>) -> tensor<1x24x12x12xf32>
    %2 = autoglm.relu %1 : (tensor<1x24x12x12xf32>) -> tensor<1x24x12x12xf32>
    return %2 : tensor<1x24x12x12xf32>)",
      {.parts = 2, .minExtent = 2});
}

TEST(Conv, PadsStridesAndDilates) {
  EXPECT_KERNEL("(%x: tensor<2x3x15x13xf32>, %w: tensor<8x3x3x3xf32>) -> "
                "tensor<2x8x8x6xf32>",
                R"(
    %0 = autoglm.conv %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 2, 1, 2, 1>, dilations = array<i64: 2, 2>}
      : (tensor<2x3x15x13xf32>, tensor<8x3x3x3xf32>) -> tensor<2x8x8x6xf32>
    return %0 : tensor<2x8x8x6xf32>)");
}

TEST(Conv, Groups) {
  EXPECT_KERNEL("(%x: tensor<1x12x9x9xf32>, %w: tensor<12x1x3x3xf32>, %b: "
                "tensor<12xf32>) -> tensor<1x12x7x7xf32>",
                R"(
    %0 = autoglm.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 12 : i64}
      : (tensor<1x12x9x9xf32>, tensor<12x1x3x3xf32>, tensor<12xf32>) -> tensor<1x12x7x7xf32>
    return %0 : tensor<1x12x7x7xf32>)");
  EXPECT_KERNEL("(%x: tensor<1x12x9x9xf32>, %w: tensor<24x3x3x3xf32>) -> "
                "tensor<1x24x7x7xf32>",
                R"(
    %0 = autoglm.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 4 : i64}
      : (tensor<1x12x9x9xf32>, tensor<24x3x3x3xf32>) -> tensor<1x24x7x7xf32>
    %1 = autoglm.relu %0 : (tensor<1x24x7x7xf32>) -> tensor<1x24x7x7xf32>
    return %1 : tensor<1x24x7x7xf32>)");
}

TEST(Conv, RunsPointwiseOverThePlane) {
  EXPECT_KERNEL(
      "(%x: tensor<1x32x7x7xf32>, %w: tensor<20x32x1x1xf32>, %b: "
      "tensor<20xf32>, %s: tensor<20x1x1xf32>) -> tensor<1x20x7x7xf32>",
      R"(
    %0 = autoglm.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x32x7x7xf32>, tensor<20x32x1x1xf32>, tensor<20xf32>) -> tensor<1x20x7x7xf32>
    %1 = autoglm.mul %0, %s : (tensor<1x20x7x7xf32>, tensor<20x1x1xf32>) -> tensor<1x20x7x7xf32>
    %2 = autoglm.hard_swish %1 : (tensor<1x20x7x7xf32>) -> tensor<1x20x7x7xf32>
    return %2 : tensor<1x20x7x7xf32>)");
}

TEST(Conv, HasOneOrThreeDimensions) {
  EXPECT_KERNEL(
      "(%x: tensor<2x3x10xf32>, %w: tensor<4x3x3xf32>) -> tensor<2x4x10xf32>",
      R"(
    %0 = autoglm.conv %x, %w {strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 1>}
      : (tensor<2x3x10xf32>, tensor<4x3x3xf32>) -> tensor<2x4x10xf32>
    return %0 : tensor<2x4x10xf32>)");
  EXPECT_KERNEL("(%x: tensor<1x2x5x6x7xf32>, %w: tensor<3x2x2x2x2xf32>) -> "
                "tensor<1x3x4x5x6xf32>",
                R"(
    %0 = autoglm.conv %x, %w {strides = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, 0, 0, 0, 0>, dilations = array<i64: 1, 1, 1>}
      : (tensor<1x2x5x6x7xf32>, tensor<3x2x2x2x2xf32>) -> tensor<1x3x4x5x6xf32>
    return %0 : tensor<1x3x4x5x6xf32>)");
}

TEST(Pool, TakesTheMaximum) {
  EXPECT_KERNEL("(%x: tensor<1x5x11x11xf32>) -> tensor<1x5x6x6xf32>", R"(
    %0 = autoglm.max_pool %x {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x5x11x11xf32>) -> tensor<1x5x6x6xf32>
    return %0 : tensor<1x5x6x6xf32>)");
  EXPECT_KERNEL("(%x: tensor<1x5x8x8xui8>) -> tensor<1x5x4x4xui8>", R"(
    %0 = autoglm.max_pool %x {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
      : (tensor<1x5x8x8xui8>) -> tensor<1x5x4x4xui8>
    return %0 : tensor<1x5x4x4xui8>)",
                {.low = 0, .high = 255});
}

TEST(Pool, AveragesWithAndWithoutPadding) {
  for (const char *include : {"true", "false"})
    EXPECT_KERNEL("(%x: tensor<1x3x10x9xf32>) -> tensor<1x3x6x5xf32>",
                  std::string(R"(
    %0 = autoglm.average_pool %x {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, ceil_mode = true, count_include_pad = )") +
                      include + R"(}
      : (tensor<1x3x10x9xf32>) -> tensor<1x3x6x5xf32>
    return %0 : tensor<1x3x6x5xf32>)");
  EXPECT_KERNEL("(%x: tensor<1x30x7x7xf32>) -> tensor<1x30x1x1xf32>", R"(
    %0 = autoglm.global_average_pool %x : (tensor<1x30x7x7xf32>) -> tensor<1x30x1x1xf32>
    return %0 : tensor<1x30x1x1xf32>)");
}
