//===- Quantization.cpp - meaning of conversions between reals and integers
//===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Values.h"

#include "dialects/AutoGLM/Quantization.h"

#include <cmath>

using namespace mlir;

namespace autoglm::reference {

/// Rounds to a float type, once.
static double roundTo(FloatType type, double value) {
  if (type.isF64())
    return value;
  if (type.isF32())
    return static_cast<float>(value);
  llvm::APFloat rounded(value);
  bool losesInfo;
  rounded.convert(type.getFloatSemantics(), llvm::APFloat::rmNearestTiesToEven,
                  &losesInfo);
  rounded.convert(llvm::APFloat::IEEEdouble(),
                  llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return rounded.convertToDouble();
}

static int64_t quantize(double x, double scale, int64_t zeroPoint, int64_t low,
                        int64_t high, FloatType precision) {
  double quotient =
      roundTo(precision, roundTo(precision, x) / roundTo(precision, scale));
  if (std::isnan(quotient))
    return 0;
  // The default rounding mode is to nearest even; the sum is exact wherever it
  // is not cut off.
  double sum = std::nearbyint(quotient) + static_cast<double>(zeroPoint);
  return static_cast<int64_t>(std::clamp<double>(sum, low, high));
}

static double dequantize(int64_t q, double scale, int64_t zeroPoint) {
  float difference = static_cast<float>(q) - static_cast<float>(zeroPoint);
  return difference * static_cast<float>(scale);
}

/// Index into scales and zero points of each element, in order.
template <typename Fn>
static void forEachElement(ArrayRef<int64_t> shape, std::optional<int64_t> axis,
                           int64_t block, int64_t numScales, Fn fn) {
  if (!axis || numScales == 1) {
    for (int64_t i = 0, count = product(shape); i < count; ++i)
      fn(i, 0);
    return;
  }
  AxisView view(shape, *axis);
  int64_t rows = block ? llvm::divideCeil(view.size, block) : view.size;
  int64_t element = 0;
  for (int64_t outer = 0; outer < view.outer; ++outer)
    for (int64_t i = 0; i < view.size; ++i)
      for (int64_t inner = 0; inner < view.inner; ++inner)
        fn(element++,
           block ? (outer * rows + i / block) * view.inner + inner : i);
}

//===----------------------------------------------------------------------===//
// Scales in the type
//===----------------------------------------------------------------------===//

LogicalResult evaluate(QuantizeOp op, Operands operands, Results results) {
  auto params = getQuantParams(op.getType().getElementType());
  Values<double> x = read<double>(operands[0]);
  Values<int64_t> q(x.size());
  forEachElement(operands[0].getShape(), params->axis, 0, params->scales.size(),
                 [&](int64_t i, int64_t scale) {
                   q[i] = quantize(x[i], params->scales[scale],
                                   params->zeroPoints[scale], params->low,
                                   params->high, params->expressed);
                 });
  write<int64_t>(results[0], q);
  return success();
}

LogicalResult evaluate(DequantizeOp op, Operands operands, Results results) {
  auto params = getQuantParams(
      cast<RankedTensorType>(op.getInput().getType()).getElementType());
  Values<int64_t> q = read<int64_t>(operands[0]);
  Values<double> x(q.size());
  forEachElement(operands[0].getShape(), params->axis, 0, params->scales.size(),
                 [&](int64_t i, int64_t scale) {
                   x[i] = dequantize(q[i], params->scales[scale],
                                     params->zeroPoints[scale]);
                 });
  write<double>(results[0], x);
  return success();
}

LogicalResult evaluate(QuantCastOp op, Operands operands, Results results) {
  std::copy_n(operands[0].data(), results[0].getNumBytes(), results[0].data());
  return success();
}

//===----------------------------------------------------------------------===//
// Scales as operands
//===----------------------------------------------------------------------===//

/// The zero points, or as many zeros as there are scales.
static Values<int64_t> readZeroPoints(Operands operands) {
  if (operands.size() > 2)
    return read<int64_t>(operands[2]);
  return Values<int64_t>(operands[1].getNumElements(), 0);
}

template <typename Op> static int64_t getAxis(Op op, const Tensor &input) {
  return fromFront(op.getAxis(), input.getRank());
}

LogicalResult evaluate(QuantizeLinearOp op, Operands operands,
                       Results results) {
  const Tensor &input = operands[0];
  Values<double> x = read<double>(input), scales = read<double>(operands[1]);
  Values<int64_t> zeroPoints = readZeroPoints(operands), q(x.size());
  auto [low, high] =
      getIntegerRange(cast<IntegerType>(results[0].getElementType()));
  auto precision = cast<FloatType>(op.getPrecision());
  forEachElement(input.getShape(), getAxis(op, input), op.getBlockSize(),
                 scales.size(),
                 [&, low = low, high = high](int64_t i, int64_t scale) {
                   q[i] = quantize(x[i], scales[scale], zeroPoints[scale], low,
                                   high, precision);
                 });
  write<int64_t>(results[0], q);
  return success();
}

LogicalResult evaluate(DequantizeLinearOp op, Operands operands,
                       Results results) {
  const Tensor &input = operands[0];
  Values<double> scales = read<double>(operands[1]);
  Values<int64_t> q = read<int64_t>(input);
  Values<int64_t> zeroPoints = readZeroPoints(operands);
  Values<double> x(q.size());
  forEachElement(input.getShape(), getAxis(op, input), op.getBlockSize(),
                 scales.size(), [&](int64_t i, int64_t scale) {
                   x[i] = dequantize(q[i], scales[scale], zeroPoints[scale]);
                 });
  write<double>(results[0], x);
  return success();
}

} // namespace autoglm::reference
