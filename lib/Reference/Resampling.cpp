//===- Resampling.cpp - meaning of operations that change a resolution -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Values.h"

#include <cmath>

using namespace mlir;

namespace autoglm::reference {

//===----------------------------------------------------------------------===//
// ConvTranspose
//===----------------------------------------------------------------------===//

LogicalResult evaluate(ConvTransposeOp op, Operands operands, Results results) {
  Values<double> x = read<double>(operands[0]), w = read<double>(operands[1]);
  ArrayRef<int64_t> input = operands[0].getShape().drop_front(2);
  ArrayRef<int64_t> window = operands[1].getShape().drop_front(2);
  ArrayRef<int64_t> output = results[0].getShape().drop_front(2);
  int64_t batch = operands[0].getShape()[0];
  int64_t channels = operands[0].getShape()[1];
  int64_t filters = operands[1].getShape()[1], all = results[0].getShape()[1];
  auto group = static_cast<int64_t>(op.getGroup());
  int64_t inPlane = product(input), outPlane = product(output);
  int64_t taps = product(window);
  Values<double> y(results[0].getNumElements(), 0.0);
  if (operands.size() > 2) {
    Values<double> bias = read<double>(operands[2]);
    for (size_t i = 0; i < y.size(); ++i)
      y[i] = bias[static_cast<int64_t>(i) / outPlane % all];
  }
  if (y.empty() || x.empty() || w.empty())
    return write<double>(results[0], y), success();
  SmallVector<int64_t> at(input.size(), 0);
  for (int64_t position = 0; position < inPlane; ++position) {
    SmallVector<int64_t> tap(window.size(), 0);
    for (int64_t t = 0; t < taps; ++t) {
      int64_t offset = 0;
      bool isInside = true;
      for (size_t i = 0; i < output.size(); ++i) {
        int64_t to = at[i] * op.getStrides()[i] +
                     tap[i] * op.getDilations()[i] - op.getPads()[i];
        isInside &= to >= 0 && to < output[i];
        offset = offset * output[i] + to;
      }
      for (int64_t n = 0; isInside && n < batch; ++n)
        for (int64_t c = 0; c < channels; ++c) {
          int64_t first = c / (channels / group) * filters;
          double element = x[(n * channels + c) * inPlane + position];
          for (int64_t m = 0; m < filters; ++m)
            y[(n * all + first + m) * outPlane + offset] +=
                element * w[(c * filters + m) * taps + t];
        }
      advance(tap, window);
    }
    advance(at, input);
  }
  write<double>(results[0], y);
  return success();
}

//===----------------------------------------------------------------------===//
// Interpolation
//===----------------------------------------------------------------------===//

/// Cubic convolution (Keys) at a distance.
static double cubic(double x, double a) {
  x = std::abs(x);
  if (x <= 1)
    return (a + 2) * x * x * x - (a + 3) * x * x + 1;
  if (x >= 2)
    return 0;
  return a * x * x * x - 5 * a * x * x + 8 * a * x - 4 * a;
}

namespace {
/// A dimension of a resize.
struct Axis {
  mutable ResizeOp op;
  size_t dim, rank;
  int64_t input, output;
  double scale;

  Axis(ResizeOp op, ArrayRef<int64_t> from, ArrayRef<int64_t> to, size_t dim)
      : op(op), dim(dim), rank(from.size()), input(from[dim]), output(to[dim]),
        scale(op.getScales().empty()
                  ? static_cast<double>(output) / static_cast<double>(input)
                  : op.getScales()[dim]) {}

  double last() const { return static_cast<double>(input - 1); }

  /// Input coordinate of an output coordinate, as ONNX's table of
  /// coordinate_transformation_mode has it.
  double locate(int64_t position) const {
    auto x = static_cast<double>(position);
    double resized = static_cast<double>(input) * scale;
    StringRef mode = op.getCoordinates();
    if (mode == "align_corners")
      return resized == 1 ? 0 : x * last() / (resized - 1);
    if (mode == "asymmetric")
      return x / scale;
    if (mode == "pytorch_half_pixel")
      return output > 1 ? (x + 0.5) / scale - 0.5 : 0;
    if (mode == "tf_crop_and_resize") {
      double start = op.getRoi()[dim], end = op.getRoi()[rank + dim];
      if (output <= 1)
        return 0.5 * (start + end) * last();
      return start * last() + x * (end - start) * last() / (resized - 1);
    }
    double shift = 0;
    if (mode == "half_pixel_symmetric") {
      double center = static_cast<double>(input) / 2;
      shift = center * (1 - static_cast<double>(output) / resized);
    }
    return shift + (x + 0.5) / scale - 0.5;
  }

  int64_t nearest(double x) const {
    StringRef mode = op.getRounding();
    double below = std::floor(x), rest = x - below;
    bool isUp = mode == "ceil"                 ? rest > 0
                : mode == "floor"              ? false
                : mode == "round_prefer_floor" ? rest > 0.5
                                               : rest >= 0.5;
    return static_cast<int64_t>(
        std::clamp(isUp ? below + 1 : below, 0.0, last()));
  }

  /// Calls `add(index, weight)` for every element a position is made of.
  template <typename Fn> void forEach(int64_t position, Fn add) const {
    double x = locate(position);
    if (op.getMode() == "nearest")
      return add(nearest(x), 1.0);
    bool isLinear = op.getMode() == "linear";
    double shrink = op.getAntialias() && scale < 1 ? scale : 1;
    double reach = (isLinear ? 1 : 2) / shrink, sum = 0;
    SmallVector<std::pair<int64_t, double>> parts;
    for (double at = std::floor(x - reach); at <= x + reach; ++at) {
      if (op.getExcludeOutside() && (at < 0 || at > last()))
        continue;
      double distance = (at - x) * shrink;
      double weight =
          isLinear ? std::max(0.0, 1 - std::abs(distance))
                   : cubic(distance, op.getCubicCoeffA().convertToDouble());
      parts.push_back(
          {static_cast<int64_t>(std::clamp(at, 0.0, last())), weight});
      sum += weight;
    }
    for (auto [index, weight] : parts)
      if (weight != 0)
        add(index, weight / sum);
  }

  bool isOutside(int64_t position) const {
    if (op.getCoordinates() != "tf_crop_and_resize")
      return false;
    double x = locate(position);
    return x < 0 || x > last();
  }
};
} // namespace

LogicalResult evaluate(ResizeOp op, Operands operands, Results results) {
  SmallVector<int64_t> from(operands[0].getShape());
  ArrayRef<int64_t> to = results[0].getShape();
  if (results[0].getNumElements() == 0)
    return success();
  SmallVector<Axis> axes;
  for (size_t dim = 0; dim < from.size(); ++dim)
    axes.emplace_back(op, from, to, dim);
  if (op.getMode() == "nearest" &&
      op.getCoordinates() != "tf_crop_and_resize") {
    // Elements are copied, whatever they are.
    SmallVector<Values<int64_t>> tables;
    for (auto [axis, stride] : llvm::zip_equal(axes, getStrides(from))) {
      tables.emplace_back();
      for (int64_t i = 0; i < axis.output; ++i)
        tables.back().push_back(axis.nearest(axis.locate(i)) * stride);
    }
    copyByTables(operands[0], results[0], tables);
    return success();
  }
  Values<double> values = read<double>(operands[0]);
  for (const Axis &axis : axes) {
    AxisView view(from, axis.dim);
    Values<double> next(view.outer * axis.output * view.inner, 0.0);
    for (int64_t o = 0; o < axis.output; ++o)
      axis.forEach(o, [&](int64_t index, double weight) {
        for (int64_t outer = 0; outer < view.outer; ++outer)
          for (int64_t inner = 0; inner < view.inner; ++inner)
            next[(outer * axis.output + o) * view.inner + inner] +=
                weight *
                values[(outer * view.size + index) * view.inner + inner];
      });
    values = std::move(next);
    from[axis.dim] = axis.output;
  }
  SmallVector<int64_t> strides = getStrides(to);
  for (size_t i = 0; i < values.size(); ++i)
    for (auto [axis, stride] : llvm::zip_equal(axes, strides))
      if (axis.isOutside(static_cast<int64_t>(i) / stride % axis.output))
        values[i] = op.getExtrapolationValue().convertToDouble();
  write<double>(results[0], values);
  return success();
}

namespace {
/// One dimension of the input of a grid sample.
struct GridAxis {
  int64_t size;
  StringRef padding;
  bool alignCorners;

  double low() const { return alignCorners ? 0 : -0.5; }
  double high() const {
    return static_cast<double>(size) - (alignCorners ? 1 : 0.5);
  }
  double denormalize(double x) const {
    auto extent = static_cast<double>(size);
    return alignCorners ? (x + 1) / 2 * (extent - 1)
                        : ((x + 1) * extent - 1) / 2;
  }
  /// Folds a coordinate back at both borders until it lies between them.
  double reflect(double x) const {
    double range = high() - low();
    if (range <= 0)
      return 0;
    double rest = std::fmod(std::abs(x - low()), 2 * range);
    return low() + (rest > range ? 2 * range - rest : rest);
  }
  double bound(double x) const {
    if (x >= low() && x <= high())
      return x;
    if (padding == "border")
      return std::clamp(x, 0.0, static_cast<double>(size - 1));
    return padding == "reflection" ? reflect(x) : x;
  }
  /// The element at an index that may lie outside; -1 for a zero.
  int64_t element(double index) const {
    if (padding == "zeros" && (index < 0 || index >= static_cast<double>(size)))
      return -1;
    double inside = padding == "reflection" ? reflect(index) : index;
    return static_cast<int64_t>(
        std::clamp(std::trunc(inside), 0.0, static_cast<double>(size - 1)));
  }
};
} // namespace

LogicalResult evaluate(GridSampleOp op, Operands operands, Results results) {
  ArrayRef<int64_t> shape = operands[0].getShape();
  size_t spatial = shape.size() - 2;
  SmallVector<GridAxis> axes;
  for (int64_t size : shape.drop_front(2))
    axes.push_back({size, op.getPaddingMode(), op.getAlignCorners()});
  Values<double> x = read<double>(operands[0]),
                 grid = read<double>(operands[1]);
  Values<double> y(results[0].getNumElements(), 0.0);
  int64_t plane = product(shape.drop_front(2)), channels = shape[1];
  int64_t points = product(results[0].getShape().drop_front(2));
  if (y.empty() || plane == 0)
    return write<double>(results[0], y), success();
  bool isNearest = op.getMode() == "nearest";
  int64_t taps = isNearest ? 1 : op.getMode() == "linear" ? 2 : 4;
  SmallVector<int64_t> counts(spatial, taps);
  for (int64_t point = 0; point < shape[0] * points; ++point) {
    // Points are given with the last dimension first.
    SmallVector<double> at;
    for (auto [i, axis] : llvm::enumerate(axes)) {
      double own = axis.denormalize(grid[point * spatial + spatial - 1 - i]);
      at.push_back(axis.bound(isNearest ? std::nearbyint(own) : own));
    }
    SmallVector<int64_t> tap(spatial, 0);
    do {
      int64_t offset = 0;
      double weight = 1;
      for (auto [i, axis] : llvm::enumerate(axes)) {
        double base = std::floor(at[i]) - (taps == 4 ? 1 : 0);
        double index = base + static_cast<double>(tap[i]);
        double distance = at[i] - index;
        weight *= isNearest   ? 1
                  : taps == 2 ? 1 - std::abs(distance)
                              : cubic(distance, -0.75);
        int64_t element = std::isfinite(at[i]) ? axis.element(index) : -1;
        offset = offset < 0 || element < 0 ? -1 : offset * axis.size + element;
      }
      for (int64_t c = 0; offset >= 0 && c < channels; ++c) {
        int64_t row = point / points * channels + c;
        y[row * points + point % points] += weight * x[row * plane + offset];
      }
    } while (advance(tap, counts));
  }
  write<double>(results[0], y);
  return success();
}

} // namespace autoglm::reference
