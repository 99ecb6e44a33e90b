//===- ElementwiseTest.cpp - kernels of this kind -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace autoglm::test;

/// A kernel of one operation on one tensor.
static std::string unary(const std::string &op, const std::string &type,
                         KernelOptions options = {}) {
  return checkKernel("(%x: tensor<7x33x" + type + ">) -> tensor<7x33x" + type +
                         ">",
                     "%0 = autoglm." + op + " %x : (tensor<7x33x" + type +
                         ">) -> tensor<7x33x" + type +
                         ">\nreturn %0 : tensor<7x33x" + type + ">",
                     options);
}

/// A kernel of one operation on two tensors that broadcast.
static std::string binary(const std::string &op, const std::string &type,
                          const std::string &resultType,
                          KernelOptions options = {}) {
  std::string a = "tensor<5x1x9x" + type + ">", b = "tensor<4x9x" + type + ">",
              c = "tensor<5x4x9x" + resultType + ">";
  return checkKernel("(%a: " + a + ", %b: " + b + ") -> " + c,
                     "%0 = autoglm." + op + " : (" + a + ", " + b + ") -> " +
                         c + "\nreturn %0 : " + c,
                     options);
}

static const double kInf = HUGE_VAL;
static const double kNaN = std::nan("");

TEST(Unary, FloatsAgreeWithTheReference) {
  for (const char *op : {"abs",
                         "neg",
                         "sign",
                         "exp",
                         "reciprocal",
                         "floor",
                         "ceil",
                         "round",
                         "erf",
                         "sin",
                         "cos",
                         "tan",
                         "atan",
                         "sinh",
                         "cosh",
                         "asinh",
                         "tanh",
                         "sigmoid",
                         "relu",
                         "softplus",
                         "softsign",
                         "hard_swish",
                         "mish",
                         "leaky_relu",
                         "elu",
                         "celu",
                         "selu",
                         "hard_sigmoid",
                         "thresholded_relu",
                         "gelu"}) {
    KernelOptions options{.first = {0.0, -0.0, 1, -1, 0.5, -0.5, 2.5, -2.5}};
    EXPECT_EQ(unary(op, "f32", options), "") << op;
    EXPECT_EQ(unary(op, "f64", options), "") << op;
    options.tolerance = 4e-3;
    EXPECT_EQ(unary(op, "f16", options), "") << op;
  }
  for (const char *op : {"log", "sqrt"})
    EXPECT_EQ(
        unary(op, "f32", {.low = 0.01, .high = 50, .first = {0, 1, kInf}}), "")
        << op;
  for (const char *op : {"asin", "acos", "atanh"})
    EXPECT_EQ(unary(op, "f32", {.low = -1, .high = 1, .first = {0, 1, -1, 2}}),
              "")
        << op;
  EXPECT_EQ(unary("acosh", "f32", {.low = 1, .high = 40, .first = {1, 0.5}}),
            "");
}

TEST(Unary, KeepsWhatIsNoNumber) {
  for (const char *op : {"abs", "neg", "sign", "exp", "log", "sqrt", "erf",
                         "tanh", "sigmoid", "relu", "floor", "sin", "round"})
    EXPECT_EQ(unary(op, "f32", {.first = {kNaN, kInf, -kInf, 1e30, -1e-30}}),
              "")
        << op;
}

TEST(Unary, ReachesTheEndsOfTheRange) {
  for (const char *op : {"exp", "tanh", "sigmoid", "erf", "softplus", "gelu"})
    EXPECT_EQ(unary(op, "f32", {.low = -110, .high = 88}), "") << op;
}

TEST(Unary, Integers) {
  for (const char *op : {"abs", "neg", "sign", "relu"})
    for (const char *type : {"i8", "i32", "i64", "ui8", "ui16"})
      EXPECT_EQ(unary(op, type, {.low = -120, .high = 120, .first = {-128, 0}}),
                "")
          << op << " " << type;
  EXPECT_EQ(unary("not", "i1"), "");
}

TEST(Unary, SmallFloatsAreRounded) {
  EXPECT_EQ(unary("exp", "bf16", {.tolerance = 8e-3}), "");
  EXPECT_EQ(unary("sqrt", "bf16", {.tolerance = 8e-3, .low = 0}), "");
}

TEST(Binary, FloatsBroadcast) {
  for (const char *op : {"add", "sub", "mul", "div", "max", "min", "prelu"})
    for (const char *type : {"f32", "f64"})
      EXPECT_EQ(binary(std::string(op) + " %a, %b", type, type,
                       {.first = {kNaN, 1, kInf}}),
                "")
          << op;
  for (const char *op :
       {"equal", "greater", "greater_or_equal", "less", "less_or_equal"})
    EXPECT_EQ(binary(std::string(op) + " %a, %b", "f32", "i1",
                     {.first = {kNaN, 1, kInf}}),
              "")
        << op;
  EXPECT_EQ(binary("mod %a, %b {fmod = true}", "f32", "f32", {.high = 90}), "");
  EXPECT_EQ(binary("mod %a, %b {fmod = false}", "f32", "f32", {.high = 90}),
            "");
  EXPECT_EQ(binary("pow %a, %b", "f32", "f32", {.low = 0.1, .high = 4}), "");
  EXPECT_EQ(binary("pow %a, %b", "f64", "f64", {.first = {0, -0.0, -1, 1}}),
            "");
}

TEST(Binary, Integers) {
  for (const char *op : {"add", "sub", "mul", "div", "max", "min", "mod"})
    for (const char *type : {"i8", "i32", "i64", "ui8", "ui32", "ui64"})
      EXPECT_EQ(binary(std::string(op) + " %a, %b", type, type,
                       {.low = type[0] == 'u' ? 0.0 : -9.0,
                        .high = 9,
                        .first = {type[0] == 'u' ? 200.0 : -128.0}}),
                "")
          << op << " " << type;
  for (const char *op : {"equal", "greater", "less", "less_or_equal"})
    for (const char *type : {"i8", "ui8", "i64"})
      EXPECT_EQ(binary(std::string(op) + " %a, %b", type, "i1",
                       {.low = 0, .high = 3, .first = {200}}),
                "")
          << op << " " << type;
  EXPECT_EQ(binary("pow %a, %b", "i32", "i32", {.low = -3, .high = 7}), "");
}

TEST(Binary, Bools) {
  for (const char *op : {"and", "or", "xor", "equal"})
    EXPECT_EQ(binary(std::string(op) + " %a, %b", "i1", "i1"), "") << op;
}

TEST(Cast, ConvertsEveryPair) {
  const char *types[] = {"f16", "bf16", "f32",  "f64",  "i8",   "i16", "i32",
                         "i64", "ui8",  "ui16", "ui32", "ui64", "i1"};
  for (const std::string from : types)
    for (const std::string to : types) {
      std::string a = "tensor<100x" + from + ">", b = "tensor<100x" + to + ">";
      bool isUnsigned = from[0] == 'u' || to[0] == 'u';
      EXPECT_EQ(checkKernel("(%x: " + a + ") -> " + b,
                            "%0 = autoglm.cast %x {to = " + to + "} : (" + a +
                                ") -> " + b + "\nreturn %0 : " + b,
                            {.low = isUnsigned ? 0.0 : -100.0,
                             .high = 100,
                             .first = {0, 1, 2.5, 3.5, 65519, 65520}}),
                "")
          << from << " to " << to;
    }
}

TEST(Cast, SaturatesLikeTheReference) {
  EXPECT_KERNEL(
      "(%x: tensor<8xf32>) -> (tensor<8xi64>, tensor<8xui64>, tensor<8xi32>)",
      R"(
    %0 = autoglm.cast %x {to = i64} : (tensor<8xf32>) -> tensor<8xi64>
    %1 = autoglm.cast %x {to = ui64} : (tensor<8xf32>) -> tensor<8xui64>
    %2 = autoglm.cast %x {to = i32} : (tensor<8xf32>) -> tensor<8xi32>
    return %0, %1, %2 : tensor<8xi64>, tensor<8xui64>, tensor<8xi32>)",
      {.first = {kNaN, kInf, -kInf, 1e19, 1e20, -1e19, 1e10, 5}});
}

TEST(Elementwise, ChainsFuse) {
  EXPECT_KERNEL("(%x: tensor<2x3x20x20xf32>, %s: tensor<3x1x1xf32>, %c: "
                "tensor<2x3x20x20xi1>) -> tensor<2x3x20x20xf32>",
                R"(
    %k = autoglm.constant dense<0.25> : tensor<f32>
    %v = autoglm.constant dense<[[[1.0]], [[2.0]], [[3.0]]]> : tensor<3x1x1xf32>
    %lo = autoglm.constant dense<-1.0> : tensor<f32>
    %hi = autoglm.constant dense<1.5> : tensor<f32>
    %0 = autoglm.mul %x, %s : (tensor<2x3x20x20xf32>, tensor<3x1x1xf32>) -> tensor<2x3x20x20xf32>
    %1 = autoglm.add %0, %k : (tensor<2x3x20x20xf32>, tensor<f32>) -> tensor<2x3x20x20xf32>
    %2 = autoglm.sub %1, %v : (tensor<2x3x20x20xf32>, tensor<3x1x1xf32>) -> tensor<2x3x20x20xf32>
    %3 = autoglm.clip %2, %lo, %hi : (tensor<2x3x20x20xf32>, tensor<f32>, tensor<f32>) -> tensor<2x3x20x20xf32>
    %4 = autoglm.where %c, %3, %0 : (tensor<2x3x20x20xi1>, tensor<2x3x20x20xf32>, tensor<2x3x20x20xf32>) -> tensor<2x3x20x20xf32>
    return %4 : tensor<2x3x20x20xf32>)");
}

TEST(Elementwise, GivesArgumentsAndConstantsBack) {
  EXPECT_KERNEL(
      "(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<2xi64>, tensor<3xi1>)", R"(
    %0 = autoglm.constant dense<[5, 6]> : tensor<2xi64>
    %1 = autoglm.constant dense<[true, false, true]> : tensor<3xi1>
    return %x, %0, %1 : tensor<4xf32>, tensor<2xi64>, tensor<3xi1>)");
}

TEST(Elementwise, LargeOnesAreCut) {
  EXPECT_KERNEL("(%x: tensor<100003xf32>) -> tensor<100003xf32>", R"(
    %0 = autoglm.relu %x : (tensor<100003xf32>) -> tensor<100003xf32>
    return %0 : tensor<100003xf32>)",
                {.parts = 5, .minExtent = 8});
}

TEST(Elementwise, TakesScalarsAndEmptyTensors) {
  EXPECT_KERNEL("(%x: tensor<f32>) -> tensor<f32>", R"(
    %0 = autoglm.exp %x : (tensor<f32>) -> tensor<f32>
    return %0 : tensor<f32>)");
  EXPECT_KERNEL("(%x: tensor<0x3xf32>) -> tensor<0x3xf32>", R"(
    %0 = autoglm.exp %x : (tensor<0x3xf32>) -> tensor<0x3xf32>
    return %0 : tensor<0x3xf32>)");
}
