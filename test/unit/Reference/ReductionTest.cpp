//===- ReductionTest.cpp - reductions and scans by hand -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceTest.h"

namespace autoglm::test {
namespace {

using ReductionTest = ReferenceTest;

TEST_F(ReductionTest, Formulas) {
  Tensor x = make("tensor<2x3xf32>", {1, -2, 3, 4, 5, -6});
  auto reduce = [&](const char *op) {
    return values(op, x, "tensor<?xf32>",
                  "{axes = array<i64: -1>, keepdims = false}");
  };
  expectNear(reduce("reduce_sum"), {2, 3});
  expectNear(reduce("reduce_mean"), {0.6666667, 1});
  expectNear(reduce("reduce_max"), {3, 5});
  expectNear(reduce("reduce_min"), {-2, -6});
  expectNear(reduce("reduce_prod"), {-6, -120});
  expectNear(reduce("reduce_l1"), {6, 15});
  expectNear(reduce("reduce_l2"), {3.7416573, 8.7749643});
  expectNear(reduce("reduce_sum_square"), {14, 77});
  expectNear(reduce("reduce_log_sum"), {0.6931472, 1.0986123});
  expectNear(reduce("reduce_log_sum_exp"), {3.1328452, 5.3132739});
}

TEST_F(ReductionTest, AxesAndKeepdims) {
  Tensor x = make("tensor<2x2x2xf32>", {1, 2, 3, 4, 5, 6, 7, 8});
  auto results =
      apply("reduce_sum", x, "tensor<1x?x1xf32>", "{axes = array<i64: 2, 0>}");
  ASSERT_EQ(results.size(), 1u) << errors;
  EXPECT_EQ(results[0].getShape(), llvm::ArrayRef<int64_t>({1, 2, 1}));
  expectSame(toVector(results[0]), {14, 22});
  expectSame(
      values("reduce_sum", x, "tensor<?x?x?xf32>", "{axes = array<i64>}"),
      {1, 2, 3, 4, 5, 6, 7, 8});
}

TEST_F(ReductionTest, NothingGivesTheNeutralElement) {
  Tensor x = make("tensor<2x0xf32>", {});
  const char *axes = "{axes = array<i64: 1>, keepdims = false}";
  expectSame(values("reduce_sum", x, "tensor<?xf32>", axes), {0, 0});
  expectSame(values("reduce_prod", x, "tensor<?xf32>", axes), {1, 1});
  expectSame(values("reduce_max", x, "tensor<?xf32>", axes), {-kInf, -kInf});
  expectSame(values("reduce_min", x, "tensor<?xf32>", axes), {kInf, kInf});
  expectSame(values("reduce_log_sum_exp", x, "tensor<?xf32>", axes),
             {-kInf, -kInf});
  Tensor i = make("tensor<1x0xi8>", {});
  expectSame(values("reduce_max", i, "tensor<?xi8>", axes), {-128});
  expectSame(values("reduce_min", i, "tensor<?xi8>", axes), {127});
}

TEST_F(ReductionTest, ExtremaKeepNaNAndLogSumExpInfinity) {
  const char *axes = "{axes = array<i64: 0>, keepdims = false}";
  Tensor x = make("tensor<3xf32>", {1, kNaN, 2});
  expectSame(values("reduce_max", x, "tensor<f32>", axes), {kNaN});
  expectSame(values("reduce_min", x, "tensor<f32>", axes), {kNaN});
  expectSame(values("reduce_log_sum_exp", make("tensor<2xf32>", {1, kInf}),
                    "tensor<f32>", axes),
             {kInf});
}

TEST_F(ReductionTest, SumsInDoubleAndIntegersWrap) {
  const char *axes = "{axes = array<i64: 0>, keepdims = false}";
  expectSame(values("reduce_sum",
                    make("tensor<3xf32>", {16777216, 1, -16777216}),
                    "tensor<f32>", axes),
             {1});
  expectSame(
      values("reduce_sum", make("tensor<2xi8>", {127, 1}), "tensor<i8>", axes),
      {-128});
  expectSame(values("reduce_mean", make("tensor<2xi32>", {-3, 0}),
                    "tensor<i32>", axes),
             {-1});
}

TEST_F(ReductionTest, ArgMaxTies) {
  Tensor x = make("tensor<2x3xf32>", {2, 5, 5, 1, kNaN, kNaN});
  const char *type = "tensor<?xi64>";
  expectSame(values("argmax", x, type, "{axis = 1 : i64, keepdims = false}"),
             {1, 1});
  expectSame(values("argmax", x, type,
                    "{axis = -1 : i64, keepdims = false, select_last_index = "
                    "true}"),
             {2, 2});
  expectSame(values("argmin", x, "tensor<1x?xi64>", "{axis = 0 : i64}"),
             {1, 1, 1});
}

TEST_F(ReductionTest, CumSum) {
  Tensor x = make("tensor<2x3xf32>", {1, 2, 3, 4, 5, 6});
  const char *type = "tensor<?x?xf32>";
  expectSame(values("cumsum", x, type, "{axis = 1 : i64}"),
             {1, 3, 6, 4, 9, 15});
  expectSame(values("cumsum", x, type, "{axis = 0 : i64, exclusive = true}"),
             {0, 0, 0, 1, 2, 3});
  expectSame(values("cumsum", x, type,
                    "{axis = -1 : i64, exclusive = true, reverse = true}"),
             {5, 3, 0, 11, 6, 0});
}

} // namespace
} // namespace autoglm::test
