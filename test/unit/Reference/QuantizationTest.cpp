//===- QuantizationTest.cpp - reals and integers by hand -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceTest.h"

namespace autoglm::test {
namespace {

class QuantizationTest : public ReferenceTest {
protected:
  /// The integers of a quantized type that `values` become.
  std::vector<double> quantize(const std::string &type,
                               const std::string &shape,
                               const std::string &integer, const Tensor &x,
                               const std::string &real = "f32") {
    std::string quantized = "tensor<" + shape + "x" + type + ">";
    std::string stored = "tensor<" + shape + "x" + integer + ">";
    std::string input = "tensor<" + shape + "x" + real + ">";
    auto results = runModule(
        "func.func @f(%x: " + input + ") -> " + stored +
            " {\n%q = autoglm.quantize %x {to = " + type + "} : (" + input +
            ") -> " + quantized +
            "\n%i = autoglm.quant_cast %q {to = " + integer + "} : (" +
            quantized + ") -> " + stored + "\nreturn %i : " + stored + "\n}",
        x);
    EXPECT_TRUE(succeeded(results)) << errors;
    return succeeded(results) ? toVector((*results)[0]) : std::vector<double>();
  }

  /// The reals that integers stand for.
  std::vector<double> dequantize(const std::string &type,
                                 const std::string &shape,
                                 const std::string &integer, const Tensor &q,
                                 const std::string &real = "f32") {
    std::string quantized = "tensor<" + shape + "x" + type + ">";
    std::string stored = "tensor<" + shape + "x" + integer + ">";
    std::string output = "tensor<" + shape + "x" + real + ">";
    auto results = runModule(
        "func.func @f(%i: " + stored + ") -> " + output +
            " {\n%q = autoglm.quant_cast %i {to = " + type + "} : (" + stored +
            ") -> " + quantized + "\n%x = autoglm.dequantize %q : (" +
            quantized + ") -> " + output + "\nreturn %x : " + output + "\n}",
        q);
    EXPECT_TRUE(succeeded(results)) << errors;
    return succeeded(results) ? toVector((*results)[0]) : std::vector<double>();
  }
};

TEST_F(QuantizationTest, RoundsToEvenAndSaturates) {
  Tensor x =
      make("tensor<8xf32>", {0.25, 0.75, -0.25, 1.25, 1e9, -1e9, kInf, kNaN});
  expectSame(quantize("!quant.uniform<i8:f32, 0.5:1>", "8", "i8", x),
             {1, 3, 1, 3, 127, -128, 127, 0});
  expectSame(quantize("!quant.uniform<u8:f32, 0.5:128>", "8", "ui8", x),
             {128, 130, 128, 130, 255, 0, 255, 0});
  expectSame(quantize("!quant.uniform<i16:f32, 0.5>", "8", "i16", x),
             {0, 2, 0, 2, 32767, -32768, 32767, 0});
}

TEST_F(QuantizationTest, QuotientHasThePrecisionOfTheInput) {
  // 3 / scale is 2049.3, between the float16 2048 and 2050.
  Tensor x = make("tensor<1xf16>", {3});
  expectSame(quantize("!quant.uniform<i16:f16, 0.001463890075683594>", "1",
                      "i16", x, "f16"),
             {2050});
  // The quotient of the float32 0.35 and 0.1 is below 3.5, but rounds to it.
  Tensor y = make("tensor<1xf32>", {0.35});
  expectSame(
      quantize("!quant.uniform<i8:f32, 0.10000000149011612>", "1", "i8", y),
      {4});
}

TEST_F(QuantizationTest, ScalesPerIndex) {
  Tensor x = make("tensor<2x2xf32>", {1, 2, 3, 4});
  expectSame(quantize("!quant.uniform<i8:f32:0, {1.0, 0.5:1}>", "2x2", "i8", x),
             {1, 2, 7, 9});
  expectSame(quantize("!quant.uniform<i8:f32:1, {1.0, 0.5:1}>", "2x2", "i8", x),
             {1, 5, 3, 9});
  Tensor q = make("tensor<2x2xi8>", {1, 2, 7, 9});
  expectSame(
      dequantize("!quant.uniform<i8:f32:0, {1.0, 0.5:1}>", "2x2", "i8", q),
      {1, 2, 3, 4});
}

TEST_F(QuantizationTest, DequantizesInSinglePrecision) {
  // 2^24 + 1 is no float32, so the product starts from 2^24.
  Tensor q = make("tensor<2xi32>", {16777217, -3});
  expectSame(dequantize("!quant.uniform<i32:f32, 0.5>", "2", "i32", q),
             {8388608, -1.5});
  // One rounding to the result's type: 255 * 0.1 in float32, then float16.
  Tensor u = make("tensor<1xui8>", {255});
  expectSame(dequantize("!quant.uniform<u8:f16, 0.0999755859375>", "1", "ui8",
                        u, "f16"),
             {25.5});
}

TEST_F(QuantizationTest, LinearByTensorAxisAndBlock) {
  Tensor x = make("tensor<2x3xf32>", {1, 2, 3, 4, 5, 6});
  std::string to = "precision = f32, to = i8}";
  Tensor one = make("tensor<1xf32>", {0.5});
  expectSame(values("quantize_linear", {x, one}, "tensor<2x3xi8>",
                    "{axis = 7 : i64, " + to),
             {2, 4, 6, 8, 10, 12});
  Tensor rows = make("tensor<2xf32>", {1, 0.5});
  Tensor zeros = make("tensor<2xi8>", {0, 10});
  expectSame(values("quantize_linear", {x, rows, zeros}, "tensor<2x3xi8>",
                    "{axis = -2 : i64, " + to),
             {1, 2, 3, 18, 20, 22});
  Tensor blocks = make("tensor<2x2xf32>", {1, 0.5, 0.25, 2});
  std::string block = "{block_size = 2 : i64, ";
  expectSame(
      values("quantize_linear", {x, blocks}, "tensor<2x3xi8>", block + to),
      {1, 2, 6, 16, 20, 3});
  Tensor q = make("tensor<2x3xi8>", {1, 2, 6, 16, 20, 3});
  expectSame(values("dequantize_linear", {q, blocks}, "tensor<2x3xf32>",
                    block + "to = f32}"),
             {1, 2, 3, 4, 5, 6});
}

TEST_F(QuantizationTest, LinearDividesInThePrecision) {
  Tensor x = make("tensor<1xf32>", {2049});
  Tensor scale = make("tensor<f32>", {1});
  expectSame(values("quantize_linear", {x, scale}, "tensor<1xi16>",
                    "{precision = f16, to = i16}"),
             {2048});
  expectSame(values("quantize_linear", {x, scale}, "tensor<1xi16>",
                    "{precision = f32, to = i16}"),
             {2049});
}

TEST_F(QuantizationTest, ScalesOfAnotherShapeAreRefusedWhenKnown) {
  auto results = runModule(
      "func.func @f(%x: tensor<?xf32>, %s: tensor<?xf32>) -> tensor<?xi8> {\n"
      "%q = autoglm.quantize_linear %x, %s {axis = 0 : i64, precision = f32, "
      "to "
      "= i8} : (tensor<?xf32>, tensor<?xf32>) -> tensor<?xi8>\n"
      "return %q : tensor<?xi8>\n}",
      {make("tensor<3xf32>", {1, 2, 3}), make("tensor<2xf32>", {1, 2})});
  EXPECT_TRUE(failed(results));
  EXPECT_NE(errors.find("a scale of shape 2 does not fit dimension 0 of 3"),
            std::string::npos)
      << errors;
}

} // namespace
} // namespace autoglm::test
