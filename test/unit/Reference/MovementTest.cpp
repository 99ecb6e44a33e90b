//===- MovementTest.cpp - operations that move elements -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceTest.h"

namespace autoglm::test {
namespace {

class MovementTest : public ReferenceTest {
protected:
  Tensor ints(llvm::ArrayRef<double> values) {
    return make("tensor<" + std::to_string(values.size()) + "xi64>", values);
  }
  void expectShape(llvm::ArrayRef<Tensor> results,
                   llvm::ArrayRef<int64_t> shape) {
    ASSERT_FALSE(results.empty()) << errors;
    EXPECT_EQ(results[0].getShape(), shape);
  }
};

TEST_F(MovementTest, ReshapeCopiesAndInfers) {
  Tensor x = make("tensor<2x3xf32>", {1, 2, 3, 4, 5, 6});
  expectShape(apply("reshape", {x, ints({0, -1, 1})}, "tensor<?x?x?xf32>"),
              {2, 3, 1});
  expectShape(apply("reshape", {make("tensor<0x3xf32>", {}), ints({3, 0})},
                    "tensor<?x?xf32>", "{allowzero = true}"),
              {3, 0});
  EXPECT_TRUE(apply("reshape", {x, ints({4, -1})}, "tensor<?x?xf32>").empty());
  EXPECT_NE(errors.find("AGC-E203"), std::string::npos) << errors;
}

TEST_F(MovementTest, FlattenSqueezeUnsqueeze) {
  Tensor x = make("tensor<2x1x3xf32>", {1, 2, 3, 4, 5, 6});
  expectShape(apply("flatten", x, "tensor<?x?xf32>", "{axis = -1 : i64}"),
              {2, 3});
  expectShape(apply("flatten", x, "tensor<?x?xf32>", "{axis = 0 : i64}"),
              {1, 6});
  expectShape(apply("squeeze", x, "tensor<?x?xf32>", "{axes = array<i64: -2>}"),
              {2, 3});
  expectShape(apply("unsqueeze", x, "tensor<?x?x?x?x?xf32>",
                    "{axes = array<i64: -1, 0>}"),
              {1, 2, 1, 3, 1});
  EXPECT_TRUE(
      apply("squeeze", x, "tensor<?x?xf32>", "{axes = array<i64: 0>}").empty());
}

TEST_F(MovementTest, TransposeExpandTile) {
  Tensor x = make("tensor<2x3xf32>", {1, 2, 3, 4, 5, 6});
  expectSame(
      values("transpose", x, "tensor<?x?xf32>", "{perm = array<i64: 1, 0>}"),
      {1, 4, 2, 5, 3, 6});
  Tensor column = make("tensor<2x1xi8>", {1, 2});
  expectSame(values("expand", {column, ints({2, 1, 2})}, "tensor<?x?x?xi8>"),
             {1, 1, 2, 2, 1, 1, 2, 2});
  expectSame(values("tile", {column, ints({2, 2})}, "tensor<?x?xi8>"),
             {1, 1, 2, 2, 1, 1, 2, 2});
  expectShape(apply("tile", {column, ints({0, 3})}, "tensor<?x?xi8>"), {0, 3});
}

TEST_F(MovementTest, SliceClampsAndGoesBack) {
  Tensor x = make("tensor<5xf32>", {0, 1, 2, 3, 4});
  auto slice = [&](double start, double end, double step) {
    return values("slice",
                  {x, ints({start}), ints({end}), ints({0}), ints({step})},
                  "tensor<?xf32>");
  };
  expectSame(slice(1, 4, 2), {1, 3});
  expectSame(slice(-2, 1000, 1), {3, 4});
  expectSame(slice(-100, 2, 1), {0, 1});
  expectSame(slice(1000, -1000, -2), {4, 2, 0});
  expectSame(slice(3, 0, -1), {3, 2, 1});
  expectSame(slice(4, 2, 1), {});
  expectSame(slice(-1, -1000, -0x1p63), {4});
  Tensor matrix = make("tensor<2x3xf32>", {1, 2, 3, 4, 5, 6});
  expectSame(
      values("slice",
             {matrix, ints({2, 1}), ints({0, 2}), ints({-1, 0}), ints({-1, 1})},
             "tensor<?x?xf32>"),
      {6, 5});
}

TEST_F(MovementTest, PadModes) {
  Tensor x = make("tensor<3xf32>", {1, 2, 3});
  auto pad = [&](double begin, double end, const char *mode) {
    return values("pad", {x, ints({begin, end}), make("tensor<f32>", {9})},
                  "tensor<?xf32>", "{mode = \"" + std::string(mode) + "\"}");
  };
  expectSame(pad(2, 1, "constant"), {9, 9, 1, 2, 3, 9});
  expectSame(pad(-1, 1, "constant"), {2, 3, 9});
  expectSame(pad(2, 2, "reflect"), {3, 2, 1, 2, 3, 2, 1});
  expectSame(pad(2, 1, "edge"), {1, 1, 1, 2, 3, 3});
  expectSame(pad(2, 4, "wrap"), {2, 3, 1, 2, 3, 1, 2, 3, 1});
  Tensor matrix = make("tensor<1x2xi32>", {1, 2});
  expectSame(values("pad",
                    {matrix, ints({1, 0, 0, 1}), make("tensor<i32>", {7})},
                    "tensor<?x?xi32>"),
             {7, 7, 7, 1, 2, 7});
}

TEST_F(MovementTest, ConcatAndSplit) {
  Tensor x = make("tensor<2x1xf32>", {1, 2});
  Tensor y = make("tensor<2x2xf32>", {3, 4, 5, 6});
  expectSame(values("concat", {x, y}, "tensor<?x?xf32>", "{axis = -1 : i64}"),
             {1, 3, 4, 2, 5, 6});
  auto parts = apply("split", make("tensor<2x3xf32>", {1, 2, 3, 4, 5, 6}),
                     "tensor<?x1xf32>;tensor<?x0xf32>;tensor<?x2xf32>",
                     "{axis = 1 : i64, sizes = array<i64: 1, 0, 2>}");
  ASSERT_EQ(parts.size(), 3u) << errors;
  expectSame(toVector(parts[0]), {1, 4});
  expectSame(toVector(parts[1]), {});
  expectSame(toVector(parts[2]), {2, 3, 5, 6});
}

TEST_F(MovementTest, GatherCountsFromTheEnd) {
  Tensor x = make("tensor<3x2xf32>", {1, 2, 3, 4, 5, 6});
  Tensor indices = make("tensor<1x2xi64>", {-1, 0});
  auto results = apply("gather", {x, indices}, "tensor<?x?x?xf32>");
  expectShape(results, {1, 2, 2});
  expectSame(toVector(results[0]), {5, 6, 1, 2});
  expectSame(values("gather", {x, make("tensor<i32>", {1})}, "tensor<?xf32>",
                    "{axis = 1 : i64}"),
             {2, 4, 6});
  expectSame(values("gather_elements",
                    {x, make("tensor<2x2xi64>", {2, 0, -3, 1})},
                    "tensor<?x?xf32>"),
             {5, 2, 1, 4});
}

TEST_F(MovementTest, GatherRefusesIndicesOutOfRange) {
  Tensor x = make("tensor<3x2xf32>", {1, 2, 3, 4, 5, 6});
  EXPECT_TRUE(
      apply("gather", {x, make("tensor<1x1xi64>", {3})}, "tensor<?x?x?xf32>")
          .empty());
  EXPECT_NE(errors.find("index 3 is outside [-3, 2]"), std::string::npos)
      << errors;
  errors.clear();
  EXPECT_TRUE(apply("gather_elements", {x, make("tensor<1x1xi64>", {-4})},
                    "tensor<?x?xf32>")
                  .empty());
  EXPECT_NE(errors.find("index -4"), std::string::npos) << errors;
}

TEST_F(MovementTest, Trilu) {
  Tensor x = make("tensor<2x3xi32>", {1, 2, 3, 4, 5, 6});
  expectSame(values("trilu", x, "tensor<?x?xi32>"), {1, 2, 3, 0, 5, 6});
  expectSame(
      values("trilu", x, "tensor<?x?xi32>", "{upper = false, k = 1 : i64}"),
      {1, 2, 0, 4, 5, 6});
}

TEST_F(MovementTest, ShapesAndRanges) {
  Tensor x = make("tensor<2x1x3xf32>", {1, 2, 3, 4, 5, 6});
  expectSame(values("shape", x, "tensor<3xi64>"), {2, 1, 3});
  expectSame(
      values("shape", x, "tensor<1xi64>", "{start = -2 : i64, end = -1 : i64}"),
      {1});
  expectSame(values("size", x, "tensor<i64>"), {6});
  expectSame(values("constant_of_shape", ints({2, 1}), "tensor<?x?xi8>",
                    "{value = dense<7> : tensor<1xi8>}"),
             {7, 7});
  auto range = [&](const char *type, double start, double limit, double delta) {
    std::string scalar = std::string("tensor<") + type + ">";
    return values(
        "range",
        {make(scalar, {start}), make(scalar, {limit}), make(scalar, {delta})},
        std::string("tensor<?x") + type + ">");
  };
  expectSame(range("i32", 10, 4, -3), {10, 7});
  expectSame(range("f32", 1, 2, 0.25), {1, 1.25, 1.5, 1.75});
  expectSame(range("i64", 3, 3, 1), {});
}

} // namespace
} // namespace autoglm::test
