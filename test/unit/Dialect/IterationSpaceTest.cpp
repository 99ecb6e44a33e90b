//===- IterationSpaceTest.cpp - tests of loops and work ---------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/AutoGLM.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace autoglm;
using namespace mlir;

namespace {
class IterationSpaceTest : public testing::Test {
protected:
  IterationSpaceTest() {
    context.loadDialect<AutoGLMDialect, func::FuncDialect>();
  }

  /// The only operation of a function with these arguments.
  ComputeOpInterface parse(llvm::StringRef arguments, llvm::StringRef text) {
    std::string code = "func.func @f(" + arguments.str() + ") {\n" +
                       text.str() + "\nreturn\n}";
    module = parseSourceString<ModuleOp>(code, &context);
    if (!module)
      return {};
    return dyn_cast<ComputeOpInterface>(
        module->lookupSymbol<func::FuncOp>("f").getBody().front().front());
  }

  /// "sizes; kinds; maps": p is parallel, r a reduction.
  static std::string describe(ComputeOpInterface op) {
    if (!op)
      return "no operation";
    std::optional<IterationSpace> space = op.getIterationSpace();
    if (!space)
      return "opaque";
    std::string text;
    llvm::raw_string_ostream os(text);
    llvm::interleave(
        space->sizes, os,
        [&](int64_t size) {
          if (ShapedType::isDynamic(size))
            os << "?";
          else
            os << size;
        },
        "x");
    os << "; ";
    for (utils::IteratorType iterator : space->iterators)
      os << (iterator == utils::IteratorType::parallel ? "p" : "r");
    for (AffineMap map : space->maps) {
      os << "; ";
      if (!map) {
        os << "none";
        continue;
      }
      llvm::interleave(
          map.getResults(), os, [&](AffineExpr e) { os << e; }, ",");
    }
    return text;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};
} // namespace

TEST_F(IterationSpaceTest, ElementwiseBroadcasts) {
  ComputeOpInterface op =
      parse("%a: tensor<2x1x4xf32>, %b: tensor<3x1xf32>",
            "autoglm.add %a, %b : (tensor<2x1x4xf32>, tensor<3x1xf32>) -> "
            "tensor<2x3x4xf32>");
  EXPECT_EQ(describe(op), "2x3x4; ppp; d0,0,d2; d1,0; d0,d1,d2");
  EXPECT_EQ(op.getFlops(), 24);
  EXPECT_EQ(op.getBytes(), 4 * (8 + 3 + 24));
}

TEST_F(IterationSpaceTest, MovingElementsIsNoOperation) {
  for (const char *text :
       {"autoglm.transpose %a {perm = array<i64: 1, 0>} : (tensor<2x4xf32>) -> "
        "tensor<4x2xf32>",
        "autoglm.split %a {axis = 1 : i64, sizes = array<i64: 1, 3>} : "
        "(tensor<2x4xf32>) -> (tensor<2x1xf32>, tensor<2x3xf32>)"}) {
    ComputeOpInterface op = parse("%a: tensor<2x4xf32>", text);
    EXPECT_EQ(op.getFlops(), 0);
    EXPECT_EQ(op.getBytes(), 2 * 4 * 8);
  }
}

TEST_F(IterationSpaceTest, UnknownDimensionsCountNothing) {
  ComputeOpInterface op =
      parse("%a: tensor<?x4xf32>",
            "autoglm.relu %a : (tensor<?x4xf32>) -> tensor<?x4xf32>");
  EXPECT_EQ(describe(op), "?x4; pp; d0,d1; d0,d1");
  EXPECT_FALSE(op.getFlops());
  EXPECT_FALSE(op.getBytes());
}

TEST_F(IterationSpaceTest, MatMul) {
  ComputeOpInterface op =
      parse("%a: tensor<5x2x3xf32>, %b: tensor<1x3x4xf32>",
            "autoglm.matmul %a, %b : (tensor<5x2x3xf32>, tensor<1x3x4xf32>) "
            "-> tensor<5x2x4xf32>");
  EXPECT_EQ(describe(op), "5x2x4x3; pppr; d0,d1,d3; 0,d3,d2; d0,d1,d2");
  EXPECT_EQ(op.getFlops(), 2 * 5 * 2 * 4 * 3);
}

TEST_F(IterationSpaceTest, MatMulOfVectors) {
  EXPECT_EQ(describe(parse("%a: tensor<3xf32>, %b: tensor<3x4xf32>",
                           "autoglm.matmul %a, %b : (tensor<3xf32>, "
                           "tensor<3x4xf32>) -> tensor<4xf32>")),
            "4x3; pr; d1; d1,d0; d0");
  EXPECT_EQ(describe(parse("%a: tensor<3xf32>",
                           "autoglm.matmul %a, %a : (tensor<3xf32>, "
                           "tensor<3xf32>) -> tensor<f32>")),
            "3; r; d0; d0; ");
}

TEST_F(IterationSpaceTest, Gemm) {
  ComputeOpInterface op = parse(
      "%a: tensor<3x2xf32>, %b: tensor<4x3xf32>, %c: tensor<2x1xf32>",
      "autoglm.gemm %a, %b, %c {transA = true, transB = true} : "
      "(tensor<3x2xf32>, tensor<4x3xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>");
  EXPECT_EQ(describe(op), "2x4x3; ppr; d2,d0; d1,d2; d0,0; d0,d1");
  EXPECT_EQ(op.getFlops(), 2 * 4 * (2 * 3 + 1));
}

TEST_F(IterationSpaceTest, Convolution) {
  ComputeOpInterface op = parse(
      "%x: tensor<1x4x8xf32>, %w: tensor<6x2x3xf32>, %b: tensor<6xf32>",
      "autoglm.conv %x, %w, %b {strides = array<i64: 2>, pads = array<i64: 1, "
      "1>, dilations = array<i64: 1>, group = 2 : i64} : "
      "(tensor<1x4x8xf32>, tensor<6x2x3xf32>, tensor<6xf32>) -> "
      "tensor<1x6x4xf32>");
  EXPECT_EQ(describe(op),
            "1x6x4x2x3; ppprr; d0,(d1 floordiv 3) * 2 + d3,d2 * 2 + d4 - 1; "
            "d1,d3,d4; d1; d0,d1,d2");
  EXPECT_EQ(op.getFlops(), 2 * 6 * 4 * 2 * 3);
}

TEST_F(IterationSpaceTest, Pooling) {
  EXPECT_EQ(
      describe(parse("%x: tensor<1x4x8xf32>",
                     "autoglm.max_pool %x {kernel_shape = array<i64: 3>, "
                     "strides = array<i64: 2>, pads = array<i64: 0, 1>, "
                     "dilations = array<i64: 2>} : (tensor<1x4x8xf32>) -> "
                     "tensor<1x4x3xf32>")),
      "1x4x3x3; pppr; d0,d1,d2 * 2 + d3 * 2; d0,d1,d2");
}

TEST_F(IterationSpaceTest, Reductions) {
  EXPECT_EQ(describe(parse("%x: tensor<2x3xf32>",
                           "autoglm.reduce_sum %x {axes = array<i64: -1>} : "
                           "(tensor<2x3xf32>) -> tensor<2x1xf32>")),
            "2x3; pr; d0,d1; d0,0");
  EXPECT_EQ(describe(parse("%x: tensor<2x3xf32>",
                           "autoglm.reduce_max %x {axes = array<i64: 0>, "
                           "keepdims = false} : (tensor<2x3xf32>) -> "
                           "tensor<3xf32>")),
            "2x3; rp; d0,d1; d1");
}

TEST_F(IterationSpaceTest, Movement) {
  EXPECT_EQ(describe(parse("%x: tensor<2x3x4xf32>",
                           "autoglm.transpose %x {perm = array<i64: -1, 0, 1>} "
                           ": (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>")),
            "4x2x3; ppp; d1,d2,d0; d0,d1,d2");
  EXPECT_EQ(describe(parse("%x: tensor<2x1xf32>, %s: tensor<3xi64>",
                           "autoglm.expand %x, %s : (tensor<2x1xf32>, "
                           "tensor<3xi64>) -> tensor<5x2x3xf32>")),
            "5x2x3; ppp; d1,0; none; d0,d1,d2");
  EXPECT_EQ(describe(parse("%x: tensor<2x3xf32>",
                           "autoglm.concat %x, %x {axis = 0 : i64} : "
                           "(tensor<2x3xf32>, tensor<2x3xf32>) -> "
                           "tensor<4x3xf32>")),
            "opaque");
}
