//===- Scatter.cpp - meaning of indexed gathering and scattering -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Values.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

using namespace mlir;

namespace autoglm::reference {

/// The offset, in elements, that a tuple of indices names within `shape`, or an
/// error.
static FailureOr<int64_t> locate(Operation *op, ArrayRef<int64_t> tuple,
                                 ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides = getStrides(shape);
  int64_t offset = 0;
  for (auto [index, dim, stride] : llvm::zip(tuple, shape, strides)) {
    if (index < -dim || index >= dim)
      return invalid(op) << "index " << index << " is outside [" << -dim << ", "
                         << dim - 1 << "]";
    offset += fromFront(index, dim) * stride;
  }
  return offset;
}

LogicalResult evaluate(GatherNDOp op, Operands operands, Results results) {
  const Tensor &input = operands[0], &indices = operands[1];
  Tensor &result = results[0];
  int64_t batch = op.getBatchDims(), length = indices.getShape().back();
  ArrayRef<int64_t> shape = input.getShape().drop_front(batch);
  int64_t whole = product(shape), part = product(shape.drop_front(length));
  int64_t batches = product(input.getShape().take_front(batch));
  Values<int64_t> tuples = read<int64_t>(indices);
  int64_t count = product(indices.getShape().drop_back());
  int64_t perBatch = batches == 0 ? 0 : count / batches;
  int64_t width = getElementBytes(result.getElementType());
  for (int64_t i = 0; i < count; ++i) {
    auto offset = locate(op, ArrayRef(tuples).slice(i * length, length), shape);
    if (failed(offset))
      return failure();
    std::memcpy(result.data() + i * part * width,
                input.data() + (i / perBatch * whole + *offset) * width,
                static_cast<size_t>(part * width));
  }
  return success();
}

/// An element after an update.
template <typename W>
static W combine(StringRef reduction, W old, W update, bool isUnsigned) {
  if (reduction == "add")
    return wrapAdd(old, update);
  if (reduction == "mul")
    return wrapMul(old, update);
  if constexpr (std::is_same_v<W, double>)
    if (reduction != "none" && (std::isnan(old) || std::isnan(update)))
      return std::isnan(old) ? old : update;
  if (reduction == "max")
    return less(old, update, isUnsigned) ? update : old;
  if (reduction == "min")
    return less(update, old, isUnsigned) ? update : old;
  return update;
}

/// Applies updates in order: `target(i)` is where the i-th element of the
/// updates goes.
template <typename Fn>
static LogicalResult scatter(Operands operands, Tensor &result,
                             StringRef reduction, Fn target) {
  const Tensor &updates = operands[2];
  return dispatch(result, [&](auto zero) -> LogicalResult {
    using W = decltype(zero);
    Values<W> values = read<W>(operands[0]), news = read<W>(updates);
    for (size_t i = 0; i < news.size(); ++i) {
      FailureOr<int64_t> at = target(static_cast<int64_t>(i));
      if (failed(at))
        return failure();
      // What is stored is rounded, so that the next update sees it so.
      values[*at] =
          combine(reduction, values[*at], news[i], isUnsigned(result));
    }
    write<W>(result, values);
    return success();
  });
}

LogicalResult evaluate(ScatterNDOp op, Operands operands, Results results) {
  ArrayRef<int64_t> shape = operands[0].getShape();
  int64_t length = operands[1].getShape().back();
  int64_t part = product(shape.drop_front(length));
  Values<int64_t> tuples = read<int64_t>(operands[1]);
  return scatter(operands, results[0], op.getReduction(),
                 [&](int64_t i) -> FailureOr<int64_t> {
                   auto offset = locate(
                       op, ArrayRef(tuples).slice(i / part * length, length),
                       shape);
                   if (failed(offset))
                     return failure();
                   return *offset + i % part;
                 });
}

LogicalResult evaluate(ScatterElementsOp op, Operands operands,
                       Results results) {
  ArrayRef<int64_t> shape = operands[0].getShape();
  ArrayRef<int64_t> from = operands[1].getShape();
  SmallVector<int64_t> strides = getStrides(from);
  int64_t axis = fromFront(op.getAxis(), shape.size());
  Values<int64_t> indices = read<int64_t>(operands[1]);
  return scatter(operands, results[0], op.getReduction(), [&](int64_t i) {
    SmallVector<int64_t> position;
    for (auto [dim, stride] : llvm::zip_equal(from, strides))
      position.push_back(i / stride % dim);
    position[axis] = indices[i];
    return locate(op, position, shape);
  });
}

LogicalResult evaluate(TopKOp op, Operands operands, Results results) {
  const Tensor &input = operands[0];
  AxisView view(input.getShape(), fromFront(op.getAxis(), input.getRank()));
  int64_t k = op.getK();
  bool isUnsigned = reference::isUnsigned(input);
  return dispatch(input, [&](auto zero) {
    using W = decltype(zero);
    Values<W> values = read<W>(input), best(results[0].getNumElements());
    Values<int64_t> indices(best.size()), order(view.size);
    auto isBelow = [&](W a, W b) {
      if constexpr (std::is_same_v<W, double>)
        if (std::isnan(a) || std::isnan(b))
          return !std::isnan(a);
      return less(a, b, isUnsigned);
    };
    for (int64_t outer = 0; outer < view.outer; ++outer)
      for (int64_t inner = 0; inner < view.inner; ++inner) {
        auto at = [&](int64_t i) {
          return values[(outer * view.size + i) * view.inner + inner];
        };
        auto isNaN = [](W x) { return x != x; };
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
          if (isNaN(at(a)) && isNaN(at(b)))
            return false;
          return op.getLargest() ? isBelow(at(b), at(a))
                                 : isBelow(at(a), at(b));
        });
        for (int64_t i = 0; i < k; ++i) {
          int64_t to = (outer * k + i) * view.inner + inner;
          best[to] = at(order[i]);
          indices[to] = order[i];
        }
      }
    write<W>(results[0], best);
    write<int64_t>(results[1], indices);
    return success();
  });
}

int64_t countNonZero(const Tensor &tensor) {
  return dispatch(tensor, [&](auto zero) -> int64_t {
    using W = decltype(zero);
    return llvm::count_if(read<W>(tensor), [](W value) { return value != 0; });
  });
}

LogicalResult evaluate(NonZeroOp op, Operands operands, Results results) {
  SmallVector<int64_t> shape(operands[0].getShape());
  if (shape.empty())
    shape.push_back(1);
  SmallVector<int64_t> strides = getStrides(shape);
  int64_t count = results[0].getShape()[1], column = 0;
  Values<int64_t> coordinates(results[0].getNumElements());
  dispatch(operands[0], [&](auto zero) {
    using W = decltype(zero);
    Values<W> values = read<W>(operands[0]);
    for (size_t i = 0; i < values.size(); ++i) {
      if (values[i] == 0)
        continue;
      for (size_t dim = 0; dim < shape.size(); ++dim)
        coordinates[static_cast<int64_t>(dim) * count + column] =
            static_cast<int64_t>(i) / strides[dim] % shape[dim];
      ++column;
    }
    return 0;
  });
  write<int64_t>(results[0], coordinates);
  return success();
}

} // namespace autoglm::reference
