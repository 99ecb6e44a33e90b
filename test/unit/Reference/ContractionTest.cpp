//===- ContractionTest.cpp - products, windows, normalization -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceTest.h"

namespace autoglm::test {
namespace {

using ContractionTest = ReferenceTest;

TEST_F(ContractionTest, MatMulOfVectorsAndBatches) {
  Tensor row = make("tensor<2xf32>", {1, 2});
  Tensor matrix = make("tensor<2x3xf32>", {1, 2, 3, 4, 5, 6});
  expectSame(values("matmul", {row, matrix}, "tensor<?xf32>"), {9, 12, 15});
  expectSame(values("matmul", {row, row}, "tensor<f32>"), {5});
  // A (2, 1, 1, 2) times B (2, 2, 3): batches (2, 1) and (2) make (2, 2).
  Tensor a = make("tensor<2x1x1x2xf32>", {1, 0, 0, 1});
  Tensor b = make("tensor<2x2x3xf32>", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  auto results = apply("matmul", {a, b}, "tensor<?x?x?x?xf32>");
  ASSERT_EQ(results.size(), 1u) << errors;
  EXPECT_EQ(results[0].getShape(), llvm::ArrayRef<int64_t>({2, 2, 1, 3}));
  expectSame(toVector(results[0]), {1, 2, 3, 7, 8, 9, 4, 5, 6, 10, 11, 12});
}

TEST_F(ContractionTest, MatMulAccumulatesInDoubleAndIntegersWrap) {
  Tensor a = make("tensor<1x3xf32>", {16777216, 1, -16777216});
  Tensor b = make("tensor<3x1xf32>", {1, 1, 1});
  expectSame(values("matmul", {a, b}, "tensor<?x?xf32>"), {1});
  Tensor i = make("tensor<1x2xi32>", {65536, 3});
  Tensor j = make("tensor<2x1xi32>", {65536, 2});
  expectSame(values("matmul", {i, j}, "tensor<?x?xi32>"), {6});
}

TEST_F(ContractionTest, MatMulOverNothingIsZero) {
  Tensor a = make("tensor<2x0xf32>", {}), b = make("tensor<0x2xf32>", {});
  expectSame(values("matmul", {a, b}, "tensor<?x?xf32>"), {0, 0, 0, 0});
}

TEST_F(ContractionTest, GemmTransposesAndScales) {
  Tensor a = make("tensor<2x2xf32>", {1, 2, 3, 4});
  Tensor b = make("tensor<2x2xf32>", {5, 6, 7, 8});
  Tensor c = make("tensor<2xf32>", {10, 20});
  // A B = 19 22 43 50, A' B = 26 30 38 44, A B' = 17 23 39 53.
  expectSame(values("gemm", {a, b}, "tensor<?x?xf32>"), {19, 22, 43, 50});
  expectSame(values("gemm", {a, b, c}, "tensor<?x?xf32>",
                    "{transA = true, alpha = 2.0 : f32, beta = 0.5 : f32}"),
             {57, 70, 81, 98});
  expectSame(values("gemm", {a, b}, "tensor<?x?xf32>", "{transB = true}"),
             {17, 23, 39, 53});
}

TEST_F(ContractionTest, ConvPadsStridesAndDilates) {
  Tensor x = make("tensor<1x1x3x3xf32>", {1, 2, 3, 4, 5, 6, 7, 8, 9});
  Tensor ones = make("tensor<1x1x2x2xf32>", {1, 1, 1, 1});
  const char *type = "tensor<?x?x?x?xf32>";
  expectSame(values("conv", {x, ones}, type,
                    "{strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, "
                    "0>, dilations = array<i64: 1, 1>}"),
             {12, 16, 24, 28});
  expectSame(values("conv", {x, ones}, type,
                    "{strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, "
                    "0>, dilations = array<i64: 2, 2>}"),
             {20});
  expectSame(values("conv", {x, ones, make("tensor<1xf32>", {100})}, type,
                    "{strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, "
                    "0>, dilations = array<i64: 1, 1>}"),
             {101, 105, 111, 128});
}

TEST_F(ContractionTest, ConvGroupsAndPointwise) {
  Tensor x = make("tensor<1x2x2xf32>", {1, 2, 3, 4});
  Tensor w = make("tensor<2x1x1xf32>", {10, 100});
  expectSame(values("conv", {x, w}, "tensor<?x?x?xf32>",
                    "{strides = array<i64: 1>, pads = array<i64: 0, 0>, "
                    "dilations = array<i64: 1>, group = 2 : i64}"),
             {10, 20, 300, 400});
  expectSame(values("conv", {x, make("tensor<1x2x1xf32>", {1, 10})},
                    "tensor<?x?x?xf32>",
                    "{strides = array<i64: 1>, pads = array<i64: 0, 0>, "
                    "dilations = array<i64: 1>}"),
             {31, 42});
}

TEST_F(ContractionTest, ConvInThreeDimensions) {
  Tensor x = make("tensor<1x1x2x2x2xf32>", {1, 2, 3, 4, 5, 6, 7, 8});
  Tensor w = make("tensor<1x1x2x1x2xf32>", {1, 10, 100, 1000});
  expectSame(values("conv", {x, w}, "tensor<?x?x?x?x?xf32>",
                    "{strides = array<i64: 1, 1, 1>, pads = array<i64: 0, 0, "
                    "0, 0, 0, 0>, dilations = array<i64: 1, 1, 1>}"),
             {1 + 20 + 500 + 6000, 3 + 40 + 700 + 8000});
}

TEST_F(ContractionTest, WinogradIsTheConvolution) {
  auto numbers = [](int64_t count, int64_t modulus) {
    std::vector<double> values;
    for (int64_t i = 0; i < count; ++i)
      values.push_back(static_cast<double>(i * i % modulus) - modulus / 2);
    return values;
  };
  Tensor x = make("tensor<2x2x5x6xf64>", numbers(120, 17));
  Tensor w = make("tensor<3x2x3x3xf64>", numbers(54, 11));
  Tensor bias = make("tensor<3xf64>", {1, 20, -300});
  auto transformed = apply("winograd_weight", {w}, "tensor<?x?x?x?xf64>");
  ASSERT_EQ(transformed.size(), 1u) << errors;
  auto got = values("winograd_conv", {x, transformed[0], bias},
                    "tensor<?x?x?x?xf64>", "{pads = array<i64: 1, 2, 1, 0>}");
  auto want = values("conv", {x, w, bias}, "tensor<?x?x?x?xf64>",
                     "{strides = array<i64: 1, 1>, pads = array<i64: 1, 2, 1, "
                     "0>, dilations = array<i64: 1, 1>}");
  ASSERT_EQ(got.size(), want.size());
  ASSERT_EQ(got.size(), 2u * 3 * 5 * 6);
  for (size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], want[i], 1e-10) << i;
}

TEST_F(ContractionTest, MaxPool) {
  Tensor x = make("tensor<1x1x5xf32>", {-3, -1, -2, kNaN, -5});
  const char *attributes =
      "{kernel_shape = array<i64: 2>, strides = array<i64: 2>, pads = "
      "array<i64: 1, 0>, dilations = array<i64: 1>}";
  expectSame(values("max_pool", x, "tensor<?x?x?xf32>", attributes),
             {-3, -1, kNaN});
  expectSame(values("max_pool", make("tensor<1x1x5xi8>", {-128, 1, 2, 3, 4}),
                    "tensor<?x?x?xi8>", attributes),
             {-128, 2, 4});
}

TEST_F(ContractionTest, AveragePoolCountsWhatItIsToldTo) {
  Tensor x = make("tensor<1x1x4xf32>", {1, 2, 3, 4});
  std::string attributes =
      "kernel_shape = array<i64: 3>, strides = array<i64: 2>, pads = "
      "array<i64: 1, 0>, dilations = array<i64: 1>";
  auto with = [&](const char *more) {
    return values("average_pool", x, "tensor<?x?x?xf32>",
                  "{" + attributes + more + "}");
  };
  expectSame(with(""), {1.5, 3});
  expectSame(with(", count_include_pad = true"), {1, 3});
  // ceil_mode over (pad 1 2 3 4), stride 3: the last window holds 3 4 and one
  // place beyond, which never counts.
  attributes = "kernel_shape = array<i64: 3>, strides = array<i64: 3>, pads = "
               "array<i64: 1, 0>, dilations = array<i64: 1>, ceil_mode = true";
  expectSame(with(", count_include_pad = true"), {1, 3.5});
}

TEST_F(ContractionTest, GlobalPools) {
  Tensor x = make("tensor<1x2x2x1xf32>", {1, 4, -3, -5});
  auto results = apply("global_average_pool", x, "tensor<?x?x?x?xf32>");
  ASSERT_EQ(results.size(), 1u) << errors;
  EXPECT_EQ(results[0].getShape(), llvm::ArrayRef<int64_t>({1, 2, 1, 1}));
  expectSame(toVector(results[0]), {2.5, -4});
  expectSame(values("global_max_pool", x, "tensor<?x?x?x?xf32>"), {4, -3});
}

TEST_F(ContractionTest, Normalizations) {
  Tensor x = make("tensor<1x2x2xf32>", {1, 3, 10, 20});
  Tensor scale = make("tensor<2xf32>", {2, 1}),
         bias = make("tensor<2xf32>", {0, 5});
  Tensor mean = make("tensor<2xf32>", {1, 10}),
         var = make("tensor<2xf32>", {4, 25});
  const char *type = "tensor<?x?x?xf32>", *exact = "{epsilon = 0.0 : f32}";
  expectNear(
      values("batch_normalization", {x, scale, bias, mean, var}, type, exact),
      {0, 2, 5, 7});
  expectNear(values("instance_normalization", {x, scale, bias}, type, exact),
             {-2, 2, 4, 6});
  auto results =
      apply("layer_normalization", {x, scale},
            "tensor<?x?x?xf32>;tensor<?x?x1xf32>;tensor<?x?x1xf32>", exact);
  ASSERT_EQ(results.size(), 3u) << errors;
  expectNear(toVector(results[0]), {-2, 1, -2, 1});
  expectNear(toVector(results[1]), {2, 15});
  expectNear(toVector(results[2]), {1, 0.2});
}

TEST_F(ContractionTest, SoftmaxSubtractsTheMaximum) {
  Tensor x = make("tensor<2x2xf32>", {1000, 1001, 0, -1});
  const char *type = "tensor<?x?xf32>";
  expectNear(values("softmax", x, type),
             {0.2689414, 0.7310586, 0.7310586, 0.2689414});
  expectNear(values("log_softmax", x, type),
             {-1.3132617, -0.3132617, -0.3132617, -1.3132617});
  expectNear(values("softmax", x, type, "{axis = 0 : i64}"), {1, 1, 0, 0});
}

} // namespace
} // namespace autoglm::test
