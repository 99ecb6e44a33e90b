//===- Reductions.cpp - meaning of reductions and scans -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Values.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace autoglm::reference {

namespace {
/// For each input element, in row-major order, the element of the result that
/// it goes into.
class Targets {
public:
  Targets(ArrayRef<int64_t> shape, ArrayRef<int64_t> axes) : shape(shape) {
    SmallVector<bool> isReduced(shape.size(), false);
    for (int64_t axis : axes)
      isReduced[fromFront(axis, shape.size())] = true;
    strides.assign(shape.size(), 0);
    for (size_t i = shape.size(); i > 0; --i) {
      if (isReduced[i - 1]) {
        perResult *= shape[i - 1];
        continue;
      }
      strides[i - 1] = numResults;
      numResults *= shape[i - 1];
    }
  }

  int64_t getNumResults() const { return numResults; }
  /// How many elements go into each result.
  int64_t getNumPerResult() const { return perResult; }

  /// Calls `fn(element, result)` for all of `count` elements.
  template <typename Fn> void forEach(int64_t count, Fn fn) const {
    if (count == 0)
      return;
    SmallVector<int64_t> index(shape.size(), 0);
    int64_t element = 0;
    do {
      int64_t result = 0;
      for (size_t i = 0; i < index.size(); ++i)
        result += index[i] * strides[i];
      fn(element++, result);
    } while (advance(index, shape));
  }

private:
  ArrayRef<int64_t> shape;
  SmallVector<int64_t> strides;
  int64_t numResults = 1, perResult = 1;
};
} // namespace

/// Folds all elements into the result they belong to.
template <typename W, typename Fn>
static Values<W> fold(const Targets &targets, const Values<W> &values,
                      W neutral, Fn fn) {
  Values<W> results(targets.getNumResults(), neutral);
  targets.forEach(values.size(), [&](int64_t element, int64_t result) {
    results[result] = fn(results[result], values[element]);
  });
  return results;
}

template <typename W>
static Values<W> sum(const Targets &targets, const Values<W> &values) {
  return fold<W>(targets, values, 0,
                 [](W total, W value) { return wrapAdd(total, value); });
}

static bool isNaN(double value) { return std::isnan(value); }
static bool isNaN(int64_t) { return false; }

/// The neutral element of a maximum or minimum.
template <typename W> static W getLimit(const Tensor &tensor, bool isMaximum) {
  if constexpr (std::is_same_v<W, double>) {
    return isMaximum ? -std::numeric_limits<double>::infinity()
                     : std::numeric_limits<double>::infinity();
  } else {
    unsigned width = tensor.getElementType().getIntOrFloatBitWidth();
    if (isUnsigned(tensor))
      return isMaximum ? 0 : static_cast<int64_t>(UINT64_MAX >> (64 - width));
    return (isMaximum ? INT64_MIN : INT64_MAX) >> (64 - width);
  }
}

/// The largest or smallest element of each result, NaN if there is one.
template <typename W>
static Values<W> extremum(const Targets &targets, const Tensor &input,
                          const Values<W> &values, bool isMaximum) {
  bool isUnsigned = reference::isUnsigned(input);
  return fold<W>(targets, values, getLimit<W>(input, isMaximum),
                 [&](W best, W value) {
                   if (isNaN(best))
                     return best;
                   bool wins = isMaximum ? less(best, value, isUnsigned)
                                         : less(value, best, isUnsigned);
                   return wins || isNaN(value) ? value : best;
                 });
}

//===----------------------------------------------------------------------===//
// Reduce
//===----------------------------------------------------------------------===//

/// Defines a reduction: `values` are the elements (double or int64_t, type W)
/// on the way in, BODY gives the results.
#define REDUCE(OP, BODY)                                                       \
  LogicalResult evaluate(OP op, Operands operands, Results results) {          \
    const Tensor &input = operands[0];                                         \
    Targets targets(input.getShape(), op.getAxes());                           \
    return dispatch(input, [&](auto zero) {                                    \
      using W = decltype(zero);                                                \
      Values<W> values = read<W>(input);                                       \
      write<W>(results[0], BODY);                                              \
      return success();                                                        \
    });                                                                        \
  }

/// The same, computed in double for integers too: the result is no integer
/// before it is truncated.
#define REDUCE_REAL(OP, BODY)                                                  \
  LogicalResult evaluate(OP op, Operands operands, Results results) {          \
    const Tensor &input = operands[0];                                         \
    Targets targets(input.getShape(), op.getAxes());                           \
    Values<double> values = read<double>(input);                               \
    write<double>(results[0], BODY);                                           \
    return success();                                                          \
  }

template <typename W, typename Fn>
static Values<W> mapped(Values<W> values, Fn fn) {
  for (W &value : values)
    value = fn(value);
  return values;
}

template <typename W> static W square(W x) { return wrapMul(x, x); }
template <typename W> static W absolute(W x) {
  return x < 0 ? wrapMul(x, -1) : x;
}

static Values<double> mean(const Targets &targets,
                           const Values<double> &values) {
  auto count = static_cast<double>(targets.getNumPerResult());
  return mapped(sum(targets, values), [&](double x) { return x / count; });
}
static Values<int64_t> mean(const Targets &targets,
                            const Values<int64_t> &values) {
  int64_t count = std::max<int64_t>(1, targets.getNumPerResult());
  return mapped(sum(targets, values), [&](int64_t x) { return x / count; });
}

static Values<double> logSumExp(const Targets &targets, const Tensor &input,
                                const Values<double> &values) {
  Values<double> maximum = extremum(targets, input, values, /*isMaximum=*/true);
  // An infinite maximum would be subtracted from itself.
  for (double &value : maximum)
    if (std::isinf(value))
      value = 0;
  Values<double> sums(targets.getNumResults(), 0.0);
  targets.forEach(values.size(), [&](int64_t element, int64_t result) {
    sums[result] += std::exp(values[element] - maximum[result]);
  });
  for (size_t i = 0; i < sums.size(); ++i)
    sums[i] = std::log(sums[i]) + maximum[i];
  return sums;
}

REDUCE(ReduceSumOp, sum(targets, values))
REDUCE(ReduceMeanOp, mean(targets, values))
REDUCE(ReduceMaxOp, extremum(targets, input, values, /*isMaximum=*/true))
REDUCE(ReduceMinOp, extremum(targets, input, values, /*isMaximum=*/false))
REDUCE(ReduceProdOp, fold<W>(targets, values, 1, [](W total, W value) {
         return wrapMul(total, value);
       }))
REDUCE(ReduceL1Op, sum(targets, mapped(values, absolute<W>)))
REDUCE(ReduceSumSquareOp, sum(targets, mapped(values, square<W>)))
REDUCE_REAL(ReduceL2Op, mapped(sum(targets, mapped(values, square<double>)),
                               [](double x) { return std::sqrt(x); }))
REDUCE_REAL(ReduceLogSumOp,
            mapped(sum(targets, values), [](double x) { return std::log(x); }))
REDUCE_REAL(ReduceLogSumExpOp, logSumExp(targets, input, values))

//===----------------------------------------------------------------------===//
// ArgMax, ArgMin, CumSum
//===----------------------------------------------------------------------===//

/// The index of the extremum along an axis. NaN is the extremum of whatever it
/// is among, as in numpy.
template <typename Op>
static LogicalResult argReduce(Op op, Operands operands, Results results,
                               bool isMaximum) {
  const Tensor &input = operands[0];
  AxisView view(input.getShape(), fromFront(op.getAxis(), input.getRank()));
  bool isUnsigned = reference::isUnsigned(input);
  Values<int64_t> indices;
  dispatch(input, [&](auto zero) {
    using W = decltype(zero);
    Values<W> values = read<W>(input);
    for (int64_t outer = 0; outer < view.outer; ++outer) {
      for (int64_t inner = 0; inner < view.inner; ++inner) {
        auto at = [&](int64_t i) {
          return values[(outer * view.size + i) * view.inner + inner];
        };
        int64_t best = 0;
        for (int64_t i = 1; i < view.size; ++i) {
          W value = at(i), champion = at(best);
          bool isBetter = isMaximum ? less(champion, value, isUnsigned)
                                    : less(value, champion, isUnsigned);
          bool isTie = value == champion || (isNaN(value) && isNaN(champion));
          if (isTie ? op.getSelectLastIndex()
                    : isBetter || (isNaN(value) && !isNaN(champion)))
            best = i;
        }
        indices.push_back(best);
      }
    }
    return 0;
  });
  write<int64_t>(results[0], indices);
  return success();
}

LogicalResult evaluate(ArgMaxOp op, Operands operands, Results results) {
  return argReduce(op, operands, results, /*isMaximum=*/true);
}

LogicalResult evaluate(ArgMinOp op, Operands operands, Results results) {
  return argReduce(op, operands, results, /*isMaximum=*/false);
}

LogicalResult evaluate(CumSumOp op, Operands operands, Results results) {
  const Tensor &input = operands[0];
  AxisView view(input.getShape(), fromFront(op.getAxis(), input.getRank()));
  return dispatch(input, [&](auto zero) {
    using W = decltype(zero);
    Values<W> values = read<W>(input);
    for (int64_t outer = 0; outer < view.outer; ++outer) {
      for (int64_t inner = 0; inner < view.inner; ++inner) {
        W total = 0;
        for (int64_t i = 0; i < view.size; ++i) {
          int64_t position = op.getReverse() ? view.size - 1 - i : i;
          W &value =
              values[(outer * view.size + position) * view.inner + inner];
          W next = wrapAdd(total, value);
          value = op.getExclusive() ? total : next;
          total = next;
        }
      }
    }
    write<W>(results[0], values);
    return success();
  });
}

} // namespace autoglm::reference
