//===- QuantizeRows.cpp - quantized operators as arithmetic -----*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Quantized operators become what they mean: integers minus a zero point times
// a scale, and back by rounding to even and saturation.
//
//===----------------------------------------------------------------------===//

#include "NodeImporter.h"

using namespace mlir;

namespace autoglm::onnx_import {

static Value binary(NodeImporter &n, StringRef op, Value a, Value b) {
  if (n.hasFailed())
    return {};
  return n.create(op, {a, b});
}

static Value toFloat(NodeImporter &n, Value value) {
  return n.cast(value, n.builder.getF32Type());
}

/// Scales or zero points so that they broadcast: one, one per entry of `axis`,
/// or one per block along it.
static Value spread(NodeImporter &n, Value value, Value like, int64_t axis,
                    int64_t block) {
  if (!value || n.hasFailed())
    return value;
  RankedTensorType type = n.type(like), own = n.type(value);
  if (own.getRank() == 0 || (own.getRank() == 1 && own.getDimSize(0) == 1))
    return n.reshape(value, {});
  axis = n.normalizeAxis(axis, type.getRank());
  if (n.hasFailed())
    return {};
  if (block == 0) {
    if (own.getRank() != 1) {
      n.error() << "scale or zero point has type " << own
                << ", expected one value, or one per entry of dimension "
                << axis;
      return {};
    }
    SmallVector<int64_t> shape(type.getRank(), 1);
    shape[axis] = -1;
    return n.reshape(value, shape);
  }
  if (own.getRank() != type.getRank() || !own.hasStaticShape() ||
      !type.hasStaticShape() || block < 1 ||
      (own.getDimSize(axis) - 1) * block >= type.getDimSize(axis) ||
      own.getDimSize(axis) * block < type.getDimSize(axis)) {
    n.error() << "blocks of " << block << " along dimension " << axis << " of "
              << type << " do not fit a scale of type " << own;
    return {};
  }
  SmallVector<int64_t> apart(own.getShape()), wide, joint(own.getShape());
  apart.insert(apart.begin() + axis + 1, 1);
  wide = apart;
  wide[axis + 1] = block;
  joint[axis] *= block;
  Value repeated = n.reshape(
      n.create("expand", {n.reshape(value, apart), n.ints(wide)}), joint);
  if (joint[axis] == type.getDimSize(axis) || n.hasFailed())
    return repeated;
  return n.create("slice",
                  {repeated, n.ints({0}), n.ints({type.getDimSize(axis)}),
                   n.ints({axis}), n.ints({1})});
}

/// round(x) + zero point, saturated to an integer type.
static Value saturate(NodeImporter &n, Value x, Value zeroPoint, Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  if (n.hasFailed() || !x)
    return {};
  if (!integer || integer.getWidth() > 16 || integer.getWidth() < 8) {
    n.error(ErrorCode::UnsupportedType)
        << "quantizes to " << type << ", which is not supported";
    return {};
  }
  double low = 0, high = static_cast<double>((1 << integer.getWidth()) - 1);
  if (!integer.isUnsigned()) {
    low = -static_cast<double>(1 << (integer.getWidth() - 1));
    high = -low - 1;
  }
  Value rounded = n.create("round", x);
  if (zeroPoint)
    rounded = binary(n, "add", rounded, toFloat(n, zeroPoint));
  if (n.hasFailed())
    return {};
  Value bounded = n.create("clip", {rounded, n.scalarLike(rounded, low),
                                    n.scalarLike(rounded, high)});
  return n.cast(bounded, type);
}

static void importQuantizeLinear(NodeImporter &n) {
  Value x = n.operand(0), scale = n.operand(1), zeroPoint = n.operand(2);
  int64_t axis = n.row.since >= 13 ? n.getInt("axis", 1) : 0;
  int64_t block = n.row.since >= 21 ? n.getInt("block_size", 0) : 0;
  // These matter for float8 only, which is no type of ours yet.
  if (n.row.since >= 19)
    n.ignore("saturate");
  if (n.row.since >= 23)
    n.ignore("precision");
  Type type = n.builder.getIntegerType(8, /*isSigned=*/false);
  if (zeroPoint) {
    type = n.type(zeroPoint).getElementType();
  } else if (n.row.since >= 21 && n.hasAttr("output_dtype")) {
    auto number = static_cast<int32_t>(n.getInt("output_dtype", 0));
    type = getElementType(n.builder.getContext(), number);
    if (!type && !n.hasFailed())
      n.error(ErrorCode::UnsupportedType)
          << "quantizes to " << getElementTypeName(number)
          << ", which is not supported";
  }
  if (n.row.since >= 21)
    n.ignore("output_dtype");
  Value factor = spread(n, toFloat(n, scale), x, axis, block);
  Value shift = spread(n, zeroPoint, x, axis, block);
  Value scaled = binary(n, "div", toFloat(n, x), factor);
  n.results = {saturate(n, scaled, shift, type)};
}

static void importDequantizeLinear(NodeImporter &n) {
  Value x = n.operand(0), scale = n.operand(1), zeroPoint = n.operand(2);
  int64_t axis = n.row.since >= 13 ? n.getInt("axis", 1) : 0;
  int64_t block = n.row.since >= 21 ? n.getInt("block_size", 0) : 0;
  Type type = n.type(scale).getElementType();
  if (n.row.since >= 23 && n.hasAttr("output_dtype")) {
    auto number = static_cast<int32_t>(n.getInt("output_dtype", 0));
    if (Type given = getElementType(n.builder.getContext(), number))
      type = given;
  }
  if (n.hasFailed())
    return;
  if (!isa<IntegerType>(n.type(x).getElementType())) {
    n.error(ErrorCode::UnsupportedType)
        << "dequantizes " << n.type(x) << ", which is not supported";
    return;
  }
  // The difference of two integers is exact in 32 bits.
  Type wide = n.builder.getI32Type();
  Value number = n.cast(x, wide);
  if (zeroPoint)
    number = binary(n, "sub", number,
                    n.cast(spread(n, zeroPoint, x, axis, block), wide));
  Value factor = spread(n, toFloat(n, scale), x, axis, block);
  Value result = binary(n, "mul", toFloat(n, number), factor);
  n.results = {n.cast(result, type)};
}

static void importDynamicQuantizeLinear(NodeImporter &n) {
  Value x = n.operand(0);
  SmallVector<int64_t> all = llvm::to_vector(llvm::seq<int64_t>(0, n.rank(x)));
  auto extreme = [&](StringRef reduce, StringRef with) -> Value {
    Value value = n.create(
        reduce, x, {n.intsAttr("axes", all), n.boolAttr("keepdims", false)});
    return value ? binary(n, with, value, n.scalarLike(value, 0)) : Value();
  };
  Value low = extreme("reduce_min", "min"), high = extreme("reduce_max", "max");
  Type type = n.builder.getIntegerType(8, /*isSigned=*/false);
  if (n.hasFailed())
    return;
  Value scale =
      binary(n, "div", binary(n, "sub", high, low), n.scalarLike(x, 255));
  Value zero = saturate(
      n, binary(n, "div", binary(n, "sub", n.scalarLike(x, 0), low), scale), {},
      type);
  n.results = {saturate(n, binary(n, "div", x, scale), zero, type), scale,
               zero};
}

/// Integers minus their zero point in 32 bits; a vector of zero points has one
/// per row (of a left operand) or per column.
static Value center(NodeImporter &n, Value value, Value zeroPoint,
                    bool isPerRow, Type type) {
  Value number = n.cast(value, type);
  if (!zeroPoint || n.hasFailed())
    return number;
  Value shift = n.cast(zeroPoint, type);
  if (shift && n.rank(shift) == 1 && n.type(shift).getDimSize(0) == 1)
    shift = n.reshape(shift, {});
  else if (shift && isPerRow && n.rank(shift) == 1)
    shift = n.create("unsqueeze", shift, n.intsAttr("axes", {1}));
  return binary(n, "sub", number, shift);
}

static void importMatMulInteger(NodeImporter &n) {
  Type wide = n.builder.getI32Type();
  Value a = center(n, n.operand(0), n.operand(2), /*isPerRow=*/true, wide);
  Value b = center(n, n.operand(1), n.operand(3), /*isPerRow=*/false, wide);
  n.results = {binary(n, "matmul", a, b)};
}

/// A vector with one entry per row of a matrix, as a column.
static Value alongRows(NodeImporter &n, Value value) {
  if (value && n.rank(value) == 1 && n.type(value).getDimSize(0) != 1)
    return n.create("unsqueeze", value, n.intsAttr("axes", {1}));
  if (value && n.rank(value) == 1)
    return n.reshape(value, {});
  return value;
}

static void importQLinearMatMul(NodeImporter &n) {
  Type wide = n.builder.getI32Type();
  Value a = center(n, n.operand(0), n.operand(2), /*isPerRow=*/true, wide);
  Value b = center(n, n.operand(3), n.operand(5), /*isPerRow=*/false, wide);
  Value product = toFloat(n, binary(n, "matmul", a, b));
  Value factor = binary(n, "mul", alongRows(n, toFloat(n, n.operand(1))),
                        toFloat(n, n.operand(4)));
  factor = binary(n, "div", factor, alongRows(n, toFloat(n, n.operand(6))));
  Value scaled = binary(n, "mul", product, factor);
  n.results = {saturate(n, scaled, alongRows(n, n.operand(7)),
                        n.type(n.operand(7)).getElementType())};
}

void addQuantizeRows(std::vector<Row> &table) {
  addRows(table, {
                     {"QuantizeLinear",
                      {10, 13, 19, 21, 23, 24, 25, 28},
                      importQuantizeLinear,
                      "",
                      2,
                      3},
                     {"DequantizeLinear",
                      {10, 13, 19, 21, 23, 24, 25, 28},
                      importDequantizeLinear,
                      "",
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
                     {"QLinearMatMul", {10, 21}, importQLinearMatMul, "", 8, 8},
                 });
}

} // namespace autoglm::onnx_import
