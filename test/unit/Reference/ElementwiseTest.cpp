//===- ElementwiseTest.cpp - elementwise operations by hand -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceTest.h"

namespace autoglm::test {
namespace {

using ElementwiseTest = ReferenceTest;

TEST_F(ElementwiseTest, UnaryKeepsNaN) {
  Tensor x = make("tensor<4xf32>", {-2, 0, 3, kNaN});
  expectSame(values("relu", x, "tensor<4xf32>"), {0, 0, 3, kNaN});
  expectSame(values("sign", x, "tensor<4xf32>"), {-1, 0, 1, kNaN});
  expectSame(values("abs", x, "tensor<4xf32>"), {2, 0, 3, kNaN});
  expectSame(values("hard_sigmoid", x, "tensor<4xf32>",
                    "{alpha = 1.0 : f32, beta = 0.0 : f32}"),
             {0, 0, 1, kNaN});
  expectSame(values("isnan", x, "tensor<4xi1>"), {0, 0, 0, 1});
}

TEST_F(ElementwiseTest, RoundTiesToEven) {
  Tensor x = make("tensor<6xf32>", {0.5, 1.5, 2.5, -0.5, -1.5, 2.6});
  expectSame(values("round", x, "tensor<6xf32>"), {0, 2, 2, -0.0, -2, 3});
}

TEST_F(ElementwiseTest, UnaryFormulas) {
  Tensor x = make("tensor<2xf32>", {-1, 2});
  expectNear(values("elu", x, "tensor<2xf32>", "{alpha = 2.0 : f32}"),
             {-1.2642411, 2});
  expectNear(values("celu", x, "tensor<2xf32>", "{alpha = 2.0 : f32}"),
             {-0.7869387, 2});
  expectNear(values("selu", x, "tensor<2xf32>"), {-1.1113307, 2.1014020});
  expectNear(values("leaky_relu", x, "tensor<2xf32>", "{alpha = 0.1 : f32}"),
             {-0.1, 2});
  expectNear(
      values("thresholded_relu", x, "tensor<2xf32>", "{alpha = 2.0 : f32}"),
      {0, 0});
  expectNear(values("gelu", x, "tensor<2xf32>"), {-0.1586553, 1.9544997});
  expectNear(values("gelu", x, "tensor<2xf32>", "{tanh_approximation = true}"),
             {-0.1588080, 1.9545977});
  expectNear(values("hard_swish", x, "tensor<2xf32>"), {-0.3333333, 1.6666666});
  expectNear(values("mish", x, "tensor<2xf32>"), {-0.3034015, 1.9439590});
  expectNear(
      values("softplus", make("tensor<2xf32>", {-1, 1000}), "tensor<2xf32>"),
      {0.3132617, 1000});
  expectNear(values("sigmoid", make("tensor<3xf32>", {-1000, 0, 1000}),
                    "tensor<3xf32>"),
             {0, 0.5, 1});
}

TEST_F(ElementwiseTest, IsInfAsksForSigns) {
  Tensor x = make("tensor<3xf32>", {kInf, -kInf, 1});
  expectSame(values("isinf", x, "tensor<3xi1>"), {1, 1, 0});
  expectSame(values("isinf", x, "tensor<3xi1>", "{detect_negative = false}"),
             {1, 0, 0});
}

TEST_F(ElementwiseTest, IntegersWrap) {
  Tensor x = make("tensor<2xi8>", {127, -128});
  Tensor y = make("tensor<2xi8>", {1, -1});
  expectSame(values("add", {x, y}, "tensor<2xi8>"), {-128, 127});
  expectSame(values("mul", {x, x}, "tensor<2xi8>"), {1, 0});
  expectSame(values("neg", x, "tensor<2xi8>"), {-127, -128});
  expectSame(values("abs", x, "tensor<2xi8>"), {127, -128});
  expectSame(values("div", {x, y}, "tensor<2xi8>"), {127, -128});
  Tensor u = make("tensor<2xui8>", {3, 200});
  Tensor v = make("tensor<2xui8>", {5, 100});
  expectSame(values("sub", {u, v}, "tensor<2xui8>"), {254, 100});
}

TEST_F(ElementwiseTest, UnsignedIntegersCompareUnsigned) {
  Tensor x = make("tensor<2xui64>", {0x1p63, 1});
  Tensor y = make("tensor<2xui64>", {1, 0x1p63});
  expectSame(values("greater", {x, y}, "tensor<2xi1>"), {1, 0});
  expectSame(values("max", {x, y}, "tensor<2xui64>"), {0x1p63, 0x1p63});
  expectSame(
      values("div", {x, make("tensor<2xui64>", {2, 2})}, "tensor<2xui64>"),
      {0x1p62, 0});
}

TEST_F(ElementwiseTest, DivisionTruncatesAndNeverTraps) {
  Tensor x = make("tensor<4xi32>", {7, -7, 5, -2147483648.0});
  Tensor y = make("tensor<4xi32>", {2, 2, 0, -1});
  expectSame(values("div", {x, y}, "tensor<4xi32>"), {3, -3, 0, -2147483648.0});
  expectSame(values("mod", {x, y}, "tensor<4xi32>"), {1, 1, 0, 0});
}

TEST_F(ElementwiseTest, ModFollowsDivisorOrDividend) {
  Tensor x = make("tensor<4xi32>", {-4, 7, 5, 4});
  Tensor y = make("tensor<4xi32>", {3, -3, 8, -2});
  expectSame(values("mod", {x, y}, "tensor<4xi32>"), {2, -2, 5, 0});
  expectSame(values("mod", {x, y}, "tensor<4xi32>", "{fmod = true}"),
             {-1, 1, 5, 0});
  Tensor f = make("tensor<2xf32>", {-4.3, 7.2});
  Tensor g = make("tensor<2xf32>", {2.1, -3.4});
  expectNear(values("mod", {f, g}, "tensor<2xf32>", "{fmod = true}"),
             {-0.1, 0.4});
}

TEST_F(ElementwiseTest, PowHasTheTypeOfTheBase) {
  Tensor x = make("tensor<3xi32>", {2, -3, 2});
  expectSame(
      values("pow", {x, make("tensor<3xi32>", {10, 3, -1})}, "tensor<3xi32>"),
      {1024, -27, 0});
  expectSame(
      values("pow", {x, make("tensor<3xf32>", {0.5, 2, -1})}, "tensor<3xi32>"),
      {1, 9, 0});
  expectNear(
      values("pow",
             {make("tensor<2xf32>", {2, 9}), make("tensor<2xi64>", {-1, 2})},
             "tensor<2xf32>"),
      {0.5, 81});
}

TEST_F(ElementwiseTest, BroadcastsBothSides) {
  Tensor x = make("tensor<2x1xf32>", {1, 2});
  Tensor y = make("tensor<1x3xf32>", {10, 20, 30});
  auto results = apply("add", {x, y}, "tensor<?x?xf32>");
  ASSERT_EQ(results.size(), 1u) << errors;
  EXPECT_EQ(results[0].getShape(), llvm::ArrayRef<int64_t>({2, 3}));
  expectSame(toVector(results[0]), {11, 21, 31, 12, 22, 32});
  expectSame(values("sub", {make("tensor<f32>", {1}), x}, "tensor<?x?xf32>"),
             {0, -1});
}

TEST_F(ElementwiseTest, BroadcastErrorHasACode) {
  Tensor x = make("tensor<2x2xf32>", {1, 2, 3, 4});
  Tensor y = make("tensor<3x1xf32>", {1, 2, 3});
  EXPECT_TRUE(apply("add", {x, y}, "tensor<?x?xf32>").empty());
  EXPECT_NE(errors.find("AGC-E203"), std::string::npos) << errors;
  EXPECT_NE(errors.find("2x2 and 3x1"), std::string::npos) << errors;
}

TEST_F(ElementwiseTest, EmptyTensors) {
  Tensor x = make("tensor<0x3xf32>", {});
  Tensor y = make("tensor<1x3xf32>", {1, 2, 3});
  auto results = apply("mul", {x, y}, "tensor<?x?xf32>");
  ASSERT_EQ(results.size(), 1u) << errors;
  EXPECT_EQ(results[0].getShape(), llvm::ArrayRef<int64_t>({0, 3}));
}

TEST_F(ElementwiseTest, MaxAndMinKeepNaN) {
  Tensor x = make("tensor<3xf32>", {1, kNaN, 2});
  Tensor y = make("tensor<3xf32>", {kNaN, 1, 3});
  expectSame(values("max", {x, y}, "tensor<3xf32>"), {kNaN, kNaN, 3});
  expectSame(values("min", {x, y}, "tensor<3xf32>"), {kNaN, kNaN, 2});
  expectSame(values("equal", {x, x}, "tensor<3xi1>"), {1, 0, 1});
  expectSame(values("greater_or_equal", {x, y}, "tensor<3xi1>"), {0, 0, 0});
}

TEST_F(ElementwiseTest, ClipTakesTheUpperLimitLast) {
  Tensor x = make("tensor<4xf32>", {-5, 0.5, 5, kNaN});
  expectSame(values("clip",
                    {x, make("tensor<f32>", {-1}), make("tensor<f32>", {1})},
                    "tensor<4xf32>"),
             {-1, 0.5, 1, kNaN});
  expectSame(values("clip",
                    {x, make("tensor<f32>", {2}), make("tensor<f32>", {1})},
                    "tensor<4xf32>"),
             {1, 1, 1, kNaN});
  expectSame(values("clip",
                    {make("tensor<2xui64>", {0x1p63, 0}),
                     make("tensor<ui64>", {1}), make("tensor<ui64>", {0x1p62})},
                    "tensor<2xui64>"),
             {0x1p62, 1});
}

TEST_F(ElementwiseTest, WhereTakesBytes) {
  Tensor condition = make("tensor<2x1xi1>", {1, 0});
  Tensor then = make("tensor<1x2xf32>", {1, kNaN});
  Tensor otherwise = make("tensor<f32>", {-0.0});
  expectSame(values("where", {condition, then, otherwise}, "tensor<?x?xf32>"),
             {1, kNaN, -0.0, -0.0});
}

TEST_F(ElementwiseTest, LogicOnBools) {
  Tensor x = make("tensor<4xi1>", {0, 0, 1, 1});
  Tensor y = make("tensor<4xi1>", {0, 1, 0, 1});
  expectSame(values("and", {x, y}, "tensor<4xi1>"), {0, 0, 0, 1});
  expectSame(values("or", {x, y}, "tensor<4xi1>"), {0, 1, 1, 1});
  expectSame(values("xor", {x, y}, "tensor<4xi1>"), {0, 1, 1, 0});
  expectSame(values("not", x, "tensor<4xi1>"), {1, 1, 0, 0});
}

TEST_F(ElementwiseTest, HalfTypesRoundOnce) {
  // 1 + 2^-11 lies between two halfs and ties to 1; 1 + 3 * 2^-11 ties up.
  Tensor x = make("tensor<2xf16>", {1, 1 + 0x1p-10});
  Tensor y = make("tensor<2xf16>", {0x1p-11, 0x1p-11});
  expectSame(values("add", {x, y}, "tensor<2xf16>"), {1, 1 + 0x1p-9});
  // Just above the tie.
  expectSame(values("cast", make("tensor<1xf32>", {1 + 0x1p-8 + 0x1p-20}),
                    "tensor<1xbf16>", "{to = bf16}"),
             {1 + 0x1p-7});
}

TEST_F(ElementwiseTest, CastTruncatesWrapsAndTests) {
  Tensor x = make("tensor<4xf32>", {-1.9, 1.9, 300, kNaN});
  expectSame(values("cast", x, "tensor<4xi32>", "{to = i32}"), {-1, 1, 300, 0});
  expectSame(values("cast", x, "tensor<4xi1>", "{to = i1}"), {1, 1, 1, 1});
  expectSame(values("cast", make("tensor<2xi32>", {300, -1}), "tensor<2xui8>",
                    "{to = ui8}"),
             {44, 255});
  // 2^24 + 1 and 2^63 + 1 are no float32.
  expectSame(values("cast", make("tensor<1xi64>", {16777217}), "tensor<1xf32>",
                    "{to = f32}"),
             {16777216});
  expectSame(values("cast", make("tensor<1xui64>", {0x1p63}), "tensor<1xf32>",
                    "{to = f32}"),
             {0x1p63});
  expectSame(values("cast", make("tensor<1xui64>", {0x1p63}), "tensor<1xf64>",
                    "{to = f64}"),
             {0x1p63});
}

} // namespace
} // namespace autoglm::test
