//===- QuantizeRows.cpp - quantization and integer products -----*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeImporter.h"

#include <cmath>

using namespace mlir;

namespace autoglm::onnx_import {

//===----------------------------------------------------------------------===//
// QuantizeLinear and DequantizeLinear
//===----------------------------------------------------------------------===//

namespace {
/// What both operators have in common.
struct Scales {
  Value scale, zeroPoint;
  int64_t axis = 1, block = 0;
};
} // namespace

static Scales readScales(NodeImporter &n) {
  Scales scales{n.operand(1), n.operand(2)};
  if (n.row.since >= 13)
    scales.axis = n.getInt("axis", 1);
  if (n.row.since >= 21)
    scales.block = n.getInt("block_size", 0);
  return scales;
}

/// The type that an attribute names; null if it is absent or 0, or after a
/// diagnostic.
static Type readType(NodeImporter &n, StringRef name, StringRef verb) {
  auto number = static_cast<int32_t>(n.getInt(name, 0));
  if (number == 0 || n.hasFailed())
    return {};
  Type type = getElementType(n.builder.getContext(), number);
  if (!type)
    n.error(ErrorCode::UnsupportedType)
        << verb << " " << getElementTypeName(number)
        << ", which is not supported";
  return type;
}

/// The type of integers with constant scales; null if the scales are not known,
/// no numbers to divide by, or lie in blocks: then they stay operands.
static Type getQuantizedType(NodeImporter &n, const Scales &scales,
                             RankedTensorType input, Type integer,
                             Type expressed) {
  std::optional<Tensor> scale = n.constantTensor(scales.scale);
  std::optional<Tensor> zeroPoint =
      scales.zeroPoint ? n.constantTensor(scales.zeroPoint) : Tensor();
  unsigned width = integer.getIntOrFloatBitWidth();
  if (!scale || !zeroPoint || scales.block != 0 || scale->getRank() > 1 ||
      scale->getNumElements() == 0 || !isa<FloatType>(expressed) ||
      !isa<FloatType>(scale->getElementType()) || width > 32)
    return {};
  int64_t count = scale->getNumElements();
  if (scales.zeroPoint && (zeroPoint->getNumElements() != count ||
                           zeroPoint->getElementType() != integer))
    return {};
  SmallVector<double> factors;
  SmallVector<int64_t> zeros;
  for (int64_t i = 0; i < count; ++i) {
    factors.push_back(scale->getFloat(i));
    zeros.push_back(scales.zeroPoint ? zeroPoint->getInt(i) : 0);
    if (!std::isfinite(factors.back()) || factors.back() <= 0)
      return {};
  }
  MLIRContext *context = n.builder.getContext();
  bool isSigned = !integer.isUnsignedInteger();
  unsigned flags = isSigned ? quant::QuantizationFlags::Signed : 0;
  Type storage = IntegerType::get(context, width);
  int64_t low =
      quant::QuantizedType::getDefaultMinimumForInteger(isSigned, width);
  int64_t high =
      quant::QuantizedType::getDefaultMaximumForInteger(isSigned, width);
  if (count == 1)
    return quant::UniformQuantizedType::get(flags, storage, expressed,
                                            factors[0], zeros[0], low, high);
  int64_t axis = n.normalizeAxis(scales.axis, input.getRank());
  if (n.hasFailed())
    return {};
  if (!input.isDynamicDim(axis) && input.getDimSize(axis) != count) {
    n.error() << "has " << count << " scales for dimension " << axis
              << " of size " << input.getDimSize(axis);
    return {};
  }
  return quant::UniformQuantizedPerAxisType::get(
      flags, storage, expressed, factors, zeros, static_cast<int32_t>(axis),
      low, high);
}

static NamedAttribute toAttr(NodeImporter &n, Type type) {
  return n.attr("to", TypeAttr::get(type));
}

/// quantize_linear with any scales.
static Value quantizeLinear(NodeImporter &n, Value input, const Scales &scales,
                            Type integer, Type precision) {
  SmallVector<Value> inputs{input, scales.scale};
  if (scales.zeroPoint)
    inputs.push_back(scales.zeroPoint);
  return n.create(
      "quantize_linear", inputs,
      {toAttr(n, integer), n.attr("precision", TypeAttr::get(precision)),
       n.intAttr("axis", scales.axis), n.intAttr("block_size", scales.block)});
}

static void importQuantizeLinear(NodeImporter &n) {
  // Matters for float8 only, which is no type of ours.
  n.ignore("saturate");
  Scales scales = readScales(n);
  Type integer =
      n.row.since >= 21 ? readType(n, "output_dtype", "quantizes to") : Type();
  Type precision =
      n.row.since >= 23 ? readType(n, "precision", "divides in") : Type();
  if (n.hasFailed())
    return;
  if (scales.zeroPoint) {
    Type own = n.type(scales.zeroPoint).getElementType();
    if (integer && integer != own) {
      n.error() << "output_dtype is " << integer << ", but the zero point is "
                << own;
      return;
    }
    integer = own;
  }
  if (!integer)
    integer =
        IntegerType::get(n.builder.getContext(), 8, IntegerType::Unsigned);
  Type scaleType = n.type(scales.scale).getElementType();
  if (!isa<FloatType>(scaleType)) {
    n.error(ErrorCode::UnsupportedType)
        << "divides by scales of " << scaleType << ", which is not supported";
    return;
  }
  if (!precision)
    precision = scaleType;
  if (!isa<IntegerType>(integer) || integer.getIntOrFloatBitWidth() > 16 ||
      integer.isInteger(1)) {
    n.error(ErrorCode::UnsupportedType)
        << "quantizes to " << integer << ", which is not supported";
    return;
  }
  RankedTensorType input = n.type(n.operand(0));
  Type quantized;
  if (precision == scaleType && scaleType == input.getElementType())
    quantized = getQuantizedType(n, scales, input, integer, scaleType);
  if (n.hasFailed())
    return;
  if (!quantized) {
    n.results = {quantizeLinear(n, n.operand(0), scales, integer, precision)};
    return;
  }
  Value result = n.create("quantize", n.operand(0), toAttr(n, quantized));
  n.results = {n.create("quant_cast", result, toAttr(n, integer))};
}

static void importDequantizeLinear(NodeImporter &n) {
  Scales scales = readScales(n);
  Type real = n.row.since >= 23
                  ? readType(n, "output_dtype", "gives element type")
                  : Type();
  if (n.hasFailed())
    return;
  if (!real)
    real = n.type(scales.scale).getElementType();
  RankedTensorType input = n.type(n.operand(0));
  Type integer = input.getElementType();
  if (!isa<IntegerType>(integer) || integer.getIntOrFloatBitWidth() > 32 ||
      integer.isInteger(1)) {
    n.error(ErrorCode::UnsupportedType)
        << "takes " << integer << ", which is not supported";
    return;
  }
  Type quantized = getQuantizedType(n, scales, input, integer, real);
  if (n.hasFailed())
    return;
  if (quantized) {
    Value typed = n.create("quant_cast", n.operand(0), toAttr(n, quantized));
    n.results = {n.create("dequantize", typed)};
    return;
  }
  SmallVector<Value> inputs{n.operand(0), scales.scale};
  if (scales.zeroPoint)
    inputs.push_back(scales.zeroPoint);
  n.results = {n.create("dequantize_linear", inputs,
                        {toAttr(n, real), n.intAttr("axis", scales.axis),
                         n.intAttr("block_size", scales.block)})};
}

/// Scale and zero point from the smallest and the largest element and 0.
static void importDynamicQuantizeLinear(NodeImporter &n) {
  Value x = n.operand(0);
  auto all =
      n.intsAttr("axes", llvm::to_vector(llvm::seq<int64_t>(0, n.rank(x))));
  SmallVector<NamedAttribute> attrs{all, n.boolAttr("keepdims", false)};
  Value zero = n.scalarLike(x, 0), most = n.scalarLike(x, 255);
  Value low = n.create("min", {n.create("reduce_min", x, attrs), zero});
  Value high = n.create("max", {n.create("reduce_max", x, attrs), zero});
  Value range = n.create("sub", {high, low});
  // Zeros alone are zeros at any scale.
  Value scale =
      n.create("where", {n.create("equal", {range, zero}), n.scalarLike(x, 1),
                         n.create("div", {range, most})});
  Value offset =
      n.create("round", n.create("sub", {zero, n.create("div", {low, scale})}));
  Type integer =
      IntegerType::get(n.builder.getContext(), 8, IntegerType::Unsigned);
  Value zeroPoint = n.cast(n.create("clip", {offset, zero, most}), integer);
  if (n.hasFailed())
    return;
  Value quantized = quantizeLinear(n, x, {scale, zeroPoint}, integer,
                                   n.type(x).getElementType());
  n.results = {quantized, scale, zeroPoint};
}

//===----------------------------------------------------------------------===//
// Products of integers
//===----------------------------------------------------------------------===//

/// Integers without their zero point, which may be left out, as `type`. One of
/// rank 1 belongs to the dimension before the last `behind`.
static Value center(NodeImporter &n, Value value, Value zeroPoint,
                    int64_t behind, Type type) {
  Value result = n.cast(value, type);
  if (!zeroPoint)
    return result;
  zeroPoint = n.cast(zeroPoint, type);
  if (n.rank(zeroPoint) == 1 && n.type(zeroPoint).getDimSize(0) == 1)
    zeroPoint = n.reshape(zeroPoint, {});
  if (n.rank(zeroPoint) == 1 && behind > 0) {
    SmallVector<int64_t> shape(behind + 1, 1);
    shape[0] = -1;
    zeroPoint = n.reshape(zeroPoint, shape);
  }
  return n.create("sub", {result, zeroPoint});
}

/// A factor per row, column or filter in a shape that broadcasts.
static Value shapeScale(NodeImporter &n, Value scale, int64_t behind) {
  Value result = n.cast(scale, n.builder.getF32Type());
  if (n.rank(result) == 1 && n.type(result).getDimSize(0) == 1)
    return n.reshape(result, {});
  if (n.rank(result) != 1 || behind == 0)
    return result;
  SmallVector<int64_t> shape(behind + 1, 1);
  shape[0] = -1;
  return n.reshape(result, shape);
}

static Value multiply(NodeImporter &n, Value a, Value aZero, Value b,
                      Value bZero) {
  // Sums wrap as 32-bit integers do.
  Type type = n.builder.getI32Type();
  return n.create("matmul", {center(n, a, aZero, n.rank(a) > 1 ? 1 : 0, type),
                             center(n, b, bZero, 0, type)});
}

/// A double has every sum of 32 bits, and convolution is for floats.
static Value convolve(NodeImporter &n, Value x, Value xZero, Value weight,
                      Value weightZero) {
  Type type = n.builder.getF64Type();
  Value centered = center(n, weight, weightZero, n.rank(weight) - 1, type);
  Value sums = createConv(n, center(n, x, xZero, n.rank(x) - 2, type), centered,
                          Value());
  return n.cast(sums, n.builder.getI32Type());
}

/// Integer sums in the scale of the result: one factor, then as quantization.
static Value requantize(NodeImporter &n, Value sums, Value factor, Value yScale,
                        Value yZero, int64_t behind) {
  Type single = n.builder.getF32Type();
  factor = n.create("div", {factor, shapeScale(n, yScale, behind)});
  Value scaled = n.create("mul", {n.cast(sums, single), factor});
  Scales one{n.scalarLike(scaled, 1), Value()};
  if (n.hasFailed())
    return {};
  Type integer = n.type(yZero).getElementType();
  if (n.rank(yZero) == 0 || n.type(yZero).getDimSize(0) == 1) {
    one.zeroPoint = n.rank(yZero) == 0 ? yZero : n.reshape(yZero, {});
    return quantizeLinear(n, scaled, one, integer, single);
  }
  n.error(ErrorCode::UnsupportedOperator)
      << "has more than one scale of the result, which is not supported";
  return {};
}

static void importMatMulInteger(NodeImporter &n) {
  n.results = {
      multiply(n, n.operand(0), n.operand(2), n.operand(1), n.operand(3))};
}

static void importConvInteger(NodeImporter &n) {
  n.results = {
      convolve(n, n.operand(0), n.operand(2), n.operand(1), n.operand(3))};
}

static void importQLinearMatMul(NodeImporter &n) {
  Value sums =
      multiply(n, n.operand(0), n.operand(2), n.operand(3), n.operand(5));
  bool hasRows = n.rank(n.operand(0)) > 1;
  Value factor = n.create("mul", {shapeScale(n, n.operand(1), hasRows ? 1 : 0),
                                  shapeScale(n, n.operand(4), 0)});
  n.results = {
      requantize(n, sums, factor, n.operand(6), n.operand(7), hasRows ? 1 : 0)};
}

static void importQLinearConv(NodeImporter &n) {
  Value sums =
      convolve(n, n.operand(0), n.operand(2), n.operand(3), n.operand(5));
  int64_t behind = n.rank(n.operand(0)) - 2;
  if (Value bias = n.operand(8); bias && !n.hasFailed()) {
    SmallVector<int64_t> shape(behind + 1, 1);
    shape[0] = -1;
    sums = n.create("add", {sums, n.reshape(bias, shape)});
  }
  Value factor = n.create("mul", {shapeScale(n, n.operand(1), behind),
                                  shapeScale(n, n.operand(4), behind)});
  n.results = {requantize(n, sums, factor, n.operand(6), n.operand(7), behind)};
}

void addQuantizeRows(std::vector<Row> &table) {
  addRows(table, {
                     {"QuantizeLinear",
                      {10, 13, 19, 21, 23, 24, 25, 28},
                      importQuantizeLinear,
                      "quantize_linear",
                      2,
                      3},
                     {"DequantizeLinear",
                      {10, 13, 19, 21, 23, 24, 25, 28},
                      importDequantizeLinear,
                      "dequantize_linear",
                      2,
                      3},
                     {"DynamicQuantizeLinear",
                      {11},
                      importDynamicQuantizeLinear,
                      "",
                      1,
                      1,
                      3},
                     {"MatMulInteger", {10}, importMatMulInteger, "", 2, 4},
                     {"ConvInteger", {10}, importConvInteger, "", 2, 4},
                     {"QLinearMatMul", {10, 21}, importQLinearMatMul, "", 8, 8},
                     {"QLinearConv", {10}, importQLinearConv, "", 8, 9},
                 });
}

} // namespace autoglm::onnx_import
