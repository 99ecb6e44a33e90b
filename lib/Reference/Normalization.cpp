//===- Normalization.cpp - meaning of normalizations and softmax -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Values.h"

#include <cmath>

using namespace mlir;

namespace autoglm::reference {

LogicalResult evaluate(BatchNormalizationOp op, Operands operands,
                       Results results) {
  Values<double> x = read<double>(operands[0]);
  Values<double> scale = read<double>(operands[1]);
  Values<double> bias = read<double>(operands[2]);
  Values<double> mean = read<double>(operands[3]);
  Values<double> var = read<double>(operands[4]);
  double epsilon = op.getEpsilon().convertToDouble();
  AxisView view(operands[0].getShape(), 1);
  double *element = x.data();
  for (int64_t n = 0; n < view.outer; ++n)
    for (int64_t c = 0; c < view.size; ++c)
      for (int64_t i = 0; i < view.inner; ++i, ++element)
        *element =
            (*element - mean[c]) / std::sqrt(var[c] + epsilon) * scale[c] +
            bias[c];
  write<double>(results[0], x);
  return success();
}

namespace {
/// Mean and 1 / sqrt(variance + epsilon) of some elements.
struct Statistics {
  double mean = 0, inverseDeviation = 0;

  Statistics(ArrayRef<double> elements, double epsilon) {
    auto count = static_cast<double>(elements.size());
    for (double element : elements)
      mean += element;
    mean /= count;
    double variance = 0;
    for (double element : elements)
      variance += (element - mean) * (element - mean);
    inverseDeviation = 1 / std::sqrt(variance / count + epsilon);
  }
  double normalize(double x) const { return (x - mean) * inverseDeviation; }
};
} // namespace

LogicalResult evaluate(InstanceNormalizationOp op, Operands operands,
                       Results results) {
  Values<double> x = read<double>(operands[0]);
  Values<double> scale = read<double>(operands[1]);
  Values<double> bias = read<double>(operands[2]);
  double epsilon = op.getEpsilon().convertToDouble();
  AxisView view(operands[0].getShape(), 1);
  for (int64_t row = 0; row < view.outer * view.size; ++row) {
    MutableArrayRef<double> plane(x.data() + row * view.inner, view.inner);
    Statistics statistics(plane, epsilon);
    int64_t c = row % view.size;
    for (double &element : plane)
      element = statistics.normalize(element) * scale[c] + bias[c];
  }
  write<double>(results[0], x);
  return success();
}

LogicalResult evaluate(LayerNormalizationOp op, Operands operands,
                       Results results) {
  ArrayRef<int64_t> shape = operands[0].getShape();
  Values<double> x = read<double>(operands[0]);
  Values<double> scale =
      broadcast(read<double>(operands[1]), operands[1].getShape(), shape);
  Values<double> bias(x.size(), 0.0);
  if (operands.size() > 2)
    bias = broadcast(read<double>(operands[2]), operands[2].getShape(), shape);
  int64_t axis = fromFront(op.getAxis(), shape.size());
  int64_t size = product(shape.drop_front(axis));
  int64_t rows = product(shape.take_front(axis));
  Values<double> mean(rows), inverseDeviation(rows);
  for (int64_t row = 0; row < rows; ++row) {
    Statistics statistics(ArrayRef(x).slice(row * size, size),
                          op.getEpsilon().convertToDouble());
    mean[row] = statistics.mean;
    inverseDeviation[row] = statistics.inverseDeviation;
    for (int64_t i = row * size; i < (row + 1) * size; ++i)
      x[i] = statistics.normalize(x[i]) * scale[i] + bias[i];
  }
  write<double>(results[0], x);
  write<double>(results[1], mean);
  write<double>(results[2], inverseDeviation);
  return success();
}

LogicalResult evaluate(RMSNormalizationOp op, Operands operands,
                       Results results) {
  ArrayRef<int64_t> shape = operands[0].getShape();
  Values<double> x = read<double>(operands[0]);
  Values<double> scale =
      broadcast(read<double>(operands[1]), operands[1].getShape(), shape);
  int64_t axis = fromFront(op.getAxis(), shape.size());
  int64_t size = product(shape.drop_front(axis));
  double epsilon = op.getEpsilon().convertToDouble();
  for (int64_t row = 0, e = product(shape.take_front(axis)); row < e; ++row) {
    MutableArrayRef<double> elements(x.data() + row * size, size);
    double squares = 0;
    for (double element : elements)
      squares += element * element;
    double root = std::sqrt(squares / static_cast<double>(size) + epsilon);
    for (auto [i, element] : llvm::enumerate(elements))
      element = element / root * scale[row * size + i];
  }
  write<double>(results[0], x);
  return success();
}

LogicalResult evaluate(GroupNormalizationOp op, Operands operands,
                       Results results) {
  Values<double> x = read<double>(operands[0]);
  Values<double> scale = read<double>(operands[1]);
  Values<double> bias = read<double>(operands[2]);
  AxisView view(operands[0].getShape(), 1);
  int64_t groups = op.getNumGroups();
  int64_t size = view.size / groups * view.inner;
  for (int64_t row = 0; row < view.outer * groups; ++row) {
    MutableArrayRef<double> elements(x.data() + row * size, size);
    Statistics statistics(elements, op.getEpsilon().convertToDouble());
    for (auto [i, element] : llvm::enumerate(elements)) {
      int64_t channel =
          (row * size + static_cast<int64_t>(i)) / view.inner % view.size;
      element = statistics.normalize(element) * scale[channel] + bias[channel];
    }
  }
  write<double>(results[0], x);
  return success();
}

LogicalResult evaluate(LRNOp op, Operands operands, Results results) {
  Values<double> x = read<double>(operands[0]), y(x.size());
  AxisView view(operands[0].getShape(), 1);
  int64_t size = op.getSize(), before = (size - 1) / 2;
  for (size_t i = 0; i < x.size(); ++i) {
    auto at = static_cast<int64_t>(i);
    int64_t channel = at / view.inner % view.size;
    double squares = 0;
    for (int64_t other = std::max<int64_t>(0, channel - before),
                 end = std::min(view.size, channel - before + size);
         other < end; ++other) {
      double element = x[at + (other - channel) * view.inner];
      squares += element * element;
    }
    y[i] = x[i] / std::pow(op.getBias().convertToDouble() +
                               op.getAlpha().convertToDouble() /
                                   static_cast<double>(size) * squares,
                           op.getBeta().convertToDouble());
  }
  write<double>(results[0], y);
  return success();
}

/// Softmax, or its logarithm, along an axis after subtracting the maximum.
static void softmax(const Tensor &input, Tensor &result, int64_t axis,
                    bool takeLog) {
  SmallVector<int64_t> shape(input.getShape());
  if (shape.empty())
    shape.push_back(1);
  AxisView view(shape, fromFront(axis, shape.size()));
  Values<double> x = read<double>(input);
  for (int64_t outer = 0; outer < view.outer; ++outer) {
    for (int64_t inner = 0; inner < view.inner; ++inner) {
      auto at = [&](int64_t i) -> double & {
        return x[(outer * view.size + i) * view.inner + inner];
      };
      double maximum = -std::numeric_limits<double>::infinity(), sum = 0;
      for (int64_t i = 0; i < view.size; ++i)
        maximum = std::max(maximum, at(i));
      for (int64_t i = 0; i < view.size; ++i)
        sum += std::exp(at(i) - maximum);
      for (int64_t i = 0; i < view.size; ++i)
        at(i) = takeLog ? at(i) - maximum - std::log(sum)
                        : std::exp(at(i) - maximum) / sum;
    }
  }
  write<double>(result, x);
}

LogicalResult evaluate(SoftmaxOp op, Operands operands, Results results) {
  softmax(operands[0], results[0], op.getAxis(), /*takeLog=*/false);
  return success();
}

LogicalResult evaluate(LogSoftmaxOp op, Operands operands, Results results) {
  softmax(operands[0], results[0], op.getAxis(), /*takeLog=*/true);
  return success();
}

} // namespace autoglm::reference
