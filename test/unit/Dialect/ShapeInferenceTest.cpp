//===- ShapeInferenceTest.cpp - tests of inferred types ---------*- C++ -*-===//
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
class ShapeInferenceTest : public testing::Test {
protected:
  ShapeInferenceTest() {
    context.loadDialect<AutoGLMDialect, func::FuncDialect>();
  }

  /// The types inferred for the last operation of a function, whose written
  /// types may know less.
  std::string infer(llvm::StringRef arguments, llvm::StringRef text) {
    std::string code = "func.func @f(" + arguments.str() + ") {\n" +
                       text.str() + "\nreturn\n}";
    auto module = parseSourceString<ModuleOp>(code, &context);
    if (!module)
      return "no module";
    Block &body = module->lookupSymbol<func::FuncOp>("f").getBody().front();
    Operation *op = body.getTerminator()->getPrevNode();
    SmallVector<Type> types;
    if (failed(cast<InferTypeOpInterface>(op).inferReturnTypes(
            &context, op->getLoc(), op->getOperands(), op->getAttrDictionary(),
            op->getPropertiesStorage(), op->getRegions(), types)))
      return "failure";
    std::string result;
    llvm::raw_string_ostream os(result);
    llvm::interleave(types, os, " ");
    return result;
  }

  MLIRContext context;
};
} // namespace

TEST_F(ShapeInferenceTest, BroadcastingUnknownDimensions) {
  // What is not 1 decides; two unknown ones stay unknown.
  EXPECT_EQ(infer("%a: tensor<?x?x1xf32>, %b: tensor<4x?xf32>",
                  "autoglm.add %a, %b : (tensor<?x?x1xf32>, tensor<4x?xf32>) "
                  "-> tensor<?x?x?xf32>"),
            "tensor<?x4x?xf32>");
}

TEST_F(ShapeInferenceTest, Reshape) {
  const char *input = "%a: tensor<2x3x4xf32>, %d: tensor<?x6xf32>";
  auto reshape = [&](const char *shape, const char *type, const char *result) {
    return infer(input, (llvm::Twine("%s = autoglm.constant dense<") + shape +
                         "> : tensor<3xi64>\nautoglm.reshape " + type +
                         ", tensor<3xi64>) -> " + result)
                            .str());
  };
  EXPECT_EQ(
      reshape("[0, -1, 2]", "%a, %s : (tensor<2x3x4xf32>", "tensor<?x?x?xf32>"),
      "tensor<2x6x2xf32>");
  // The product is not known, so the rest is not either.
  EXPECT_EQ(
      reshape("[-1, 2, 3]", "%d, %s : (tensor<?x6xf32>", "tensor<?x2x3xf32>"),
      "tensor<?x2x3xf32>");
  EXPECT_EQ(
      reshape("[2, 0, -1]", "%d, %s : (tensor<?x6xf32>", "tensor<2x6x?xf32>"),
      "tensor<2x6x?xf32>");
}

TEST_F(ShapeInferenceTest, Windows) {
  const char *input = "%x: tensor<?x3x10x?xf32>, %w: tensor<8x3x3x3xf32>";
  EXPECT_EQ(infer(input,
                  "autoglm.conv %x, %w {strides = array<i64: 2, 2>, "
                  "pads = array<i64: 1, 0, 0, 0>, dilations = array<i64: "
                  "2, 1>} : (tensor<?x3x10x?xf32>, tensor<8x3x3x3xf32>) "
                  "-> tensor<?x8x?x?xf32>"),
            "tensor<?x8x4x?xf32>");
  auto pool = [&](bool ceil) {
    return infer("%x: tensor<1x1x7xf32>",
                 std::string("autoglm.max_pool %x {kernel_shape = array<i64: "
                             "2>, strides = array<i64: 2>, pads = array<i64: "
                             "0, 0>, dilations = array<i64: 1>, ceil_mode = ") +
                     (ceil ? "true" : "false") +
                     "} : (tensor<1x1x7xf32>) -> tensor<1x1x?xf32>");
  };
  EXPECT_EQ(pool(false), "tensor<1x1x3xf32>");
  EXPECT_EQ(pool(true), "tensor<1x1x4xf32>");
  // A last window that lies in the end padding alone is dropped.
  EXPECT_EQ(infer("%x: tensor<1x1x4xf32>",
                  "autoglm.max_pool %x {kernel_shape = array<i64: 1>, strides "
                  "= array<i64: 3>, pads = array<i64: 0, 1>, dilations = "
                  "array<i64: 1>, ceil_mode = true} : (tensor<1x1x4xf32>) -> "
                  "tensor<1x1x?xf32>"),
            "tensor<1x1x2xf32>");
}

TEST_F(ShapeInferenceTest, Slices) {
  auto slice = [&](const char *starts, const char *ends, const char *steps) {
    std::string text;
    llvm::raw_string_ostream os(text);
    const char *values[] = {starts, ends, "0", steps};
    for (int i = 0; i < 4; ++i)
      os << "%" << i << " = autoglm.constant dense<" << values[i]
         << "> : tensor<1xi64>\n";
    os << "autoglm.slice %x, %0, %1, %2, %3 : (tensor<10xf32>, tensor<1xi64>, "
          "tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xf32>";
    return infer("%x: tensor<10xf32>", text);
  };
  EXPECT_EQ(slice("2", "8", "3"), "tensor<2xf32>");
  EXPECT_EQ(slice("-3", "9223372036854775807", "1"), "tensor<3xf32>");
  EXPECT_EQ(slice("-1", "-9223372036854775808", "-1"), "tensor<10xf32>");
  EXPECT_EQ(slice("9", "0", "-9223372036854775808"), "tensor<1xf32>");
  EXPECT_EQ(slice("8", "2", "1"), "tensor<0xf32>");
}

TEST_F(ShapeInferenceTest, Ranges) {
  auto range = [&](const char *start, const char *limit, const char *delta) {
    std::string text;
    llvm::raw_string_ostream os(text);
    const char *values[] = {start, limit, delta};
    for (int i = 0; i < 3; ++i)
      os << "%" << i << " = autoglm.constant dense<" << values[i]
         << "> : tensor<f32>\n";
    os << "autoglm.range %0, %1, %2 : (tensor<f32>, tensor<f32>, tensor<f32>) "
          "-> tensor<?xf32>";
    return infer("", text);
  };
  EXPECT_EQ(range("1.0", "2.0", "0.3"), "tensor<4xf32>");
  EXPECT_EQ(range("2.0", "1.0", "-0.5"), "tensor<2xf32>");
  EXPECT_EQ(range("2.0", "1.0", "0.5"), "tensor<0xf32>");
}

TEST_F(ShapeInferenceTest, LayoutsDoNotMatter) {
  EXPECT_EQ(infer("%x: tensor<2x8xf32, #autoglm.layout<order = [1, 0]>>",
                  "autoglm.relu %x : (tensor<2x8xf32, #autoglm.layout<order = "
                  "[1, 0]>>) -> tensor<2x8xf32>"),
            "tensor<2x8xf32>");
}

TEST_F(ShapeInferenceTest, SeveralResults) {
  EXPECT_EQ(infer("%x: tensor<2x?xf16>, %s: tensor<?xf16>",
                  "autoglm.layer_normalization %x, %s : (tensor<2x?xf16>, "
                  "tensor<?xf16>) -> (tensor<2x?xf16>, tensor<2x1xf32>, "
                  "tensor<2x1xf32>)"),
            "tensor<2x?xf16> tensor<2x1xf32> tensor<2x1xf32>");
}
