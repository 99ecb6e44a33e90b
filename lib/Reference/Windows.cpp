//===- Windows.cpp - meaning of convolution and pooling -*- C++ -*-===//
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
/// The spatial part of a windowed operation.
struct Window {
  SmallVector<int64_t> input, output, taps, strides, pads, dilations;

  size_t getRank() const { return input.size(); }
  /// Input coordinate of a tap of an output position, maybe in the padding.
  int64_t at(size_t dim, int64_t out, int64_t tap) const {
    return out * strides[dim] + tap * dilations[dim] - pads[dim];
  }
  /// A window of one tap without padding or stride treats every element alike:
  /// all spatial dimensions are one.
  void collapsePointwise() {
    auto areAll = [](ArrayRef<int64_t> values, int64_t wanted) {
      return llvm::all_of(values, [&](int64_t v) { return v == wanted; });
    };
    if (!areAll(taps, 1) || !areAll(strides, 1) || !areAll(pads, 0))
      return;
    input = output = {product(input)};
    taps = strides = dilations = {1};
    pads = {0, 0};
  }
};

template <typename Op>
Window makeWindow(Op op, const Tensor &input, const Tensor &output,
                  ArrayRef<int64_t> taps) {
  auto copy = [](ArrayRef<int64_t> values) {
    return SmallVector<int64_t>(values);
  };
  return {copy(input.getShape().drop_front(2)),
          copy(output.getShape().drop_front(2)),
          copy(taps),
          copy(op.getStrides()),
          copy(op.getPads()),
          copy(op.getDilations())};
}
} // namespace

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

/// Adds `weight` times the elements that one tap meets, for a whole plane of
/// the output. Rows along the last dimension are the inner loop.
static void addTap(const Window &window, ArrayRef<int64_t> tap, double weight,
                   const double *input, double *output) {
  size_t last = window.getRank() - 1;
  // The output positions of a row whose input lies inside: first <= o < limit.
  int64_t shift = tap[last] * window.dilations[last] - window.pads[last];
  int64_t stride = window.strides[last];
  int64_t first = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
  int64_t room = window.input[last] - shift;
  int64_t limit =
      room <= 0 ? 0
                : std::min(window.output[last], (room + stride - 1) / stride);

  SmallVector<int64_t, 3> row(last, 0);
  do {
    int64_t offset = 0;
    bool isInside = true;
    for (size_t dim = 0; dim < last && isInside; ++dim) {
      int64_t position = window.at(dim, row[dim], tap[dim]);
      isInside = position >= 0 && position < window.input[dim];
      offset = offset * window.input[dim] + position;
    }
    if (isInside) {
      const double *in = input + offset * window.input[last] + shift;
      if (stride == 1)
        for (int64_t o = first; o < limit; ++o)
          output[o] += weight * in[o];
      else
        for (int64_t o = first; o < limit; ++o)
          output[o] += weight * in[o * stride];
    }
    output += window.output[last];
  } while (advance(row, ArrayRef(window.output).drop_back()));
}

LogicalResult evaluate(ConvOp op, Operands operands, Results results) {
  Tensor &result = results[0];
  ArrayRef<int64_t> weightShape = operands[1].getShape();
  Window window =
      makeWindow(op, operands[0], result, weightShape.drop_front(2));
  window.collapsePointwise();
  Values<double> input = read<double>(operands[0]);
  Values<double> weight = read<double>(operands[1]);
  Values<double> bias;
  if (operands.size() > 2)
    bias = read<double>(operands[2]);

  int64_t batch = result.getShape()[0], filters = result.getShape()[1];
  int64_t channels = weightShape[1];
  int64_t filtersPerGroup = filters / static_cast<int64_t>(op.getGroup());
  int64_t inPlane = product(window.input), outPlane = product(window.output);
  int64_t taps = product(window.taps);
  Values<double> output(result.getNumElements());
  if (output.empty())
    return success();
  for (int64_t n = 0; n < batch; ++n) {
    for (int64_t m = 0; m < filters; ++m) {
      double *plane = output.data() + (n * filters + m) * outPlane;
      if (!bias.empty())
        std::fill(plane, plane + outPlane, bias[m]);
      int64_t firstChannel = m / filtersPerGroup * channels;
      for (int64_t c = 0; c < channels && taps > 0; ++c) {
        const double *in =
            input.data() +
            (n * operands[0].getShape()[1] + firstChannel + c) * inPlane;
        const double *w = weight.data() + (m * channels + c) * taps;
        SmallVector<int64_t, 3> tap(window.getRank(), 0);
        do {
          addTap(window, tap, *w++, in, plane);
        } while (advance(tap, window.taps));
      }
    }
  }
  write<double>(result, output);
  return success();
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

/// Reduces each window of each plane: `start` begins a window, `step` takes the
/// value of a tap inside the input and `skip` a tap outside, of which it says
/// whether it lies in the padding (or beyond it, with ceil_mode).
template <typename W, typename Start, typename Step, typename Skip,
          typename Finish>
static Values<W> pool(const Window &window, const Values<W> &input,
                      int64_t planes, Start start, Step step, Skip skip,
                      Finish finish) {
  Values<W> output;
  output.reserve(planes * product(window.output));
  size_t rank = window.getRank();
  int64_t inPlane = product(window.input);
  if (product(window.output) == 0)
    return output;
  for (int64_t p = 0; p < planes; ++p) {
    const W *in = input.data() + p * inPlane;
    SmallVector<int64_t, 3> out(rank, 0);
    do {
      start();
      SmallVector<int64_t, 3> tap(rank, 0);
      do {
        int64_t offset = 0;
        bool isInside = true, isPadding = true;
        for (size_t dim = 0; dim < rank; ++dim) {
          int64_t position = window.at(dim, out[dim], tap[dim]);
          isInside &= position >= 0 && position < window.input[dim];
          isPadding &= position < window.input[dim] + window.pads[rank + dim];
          offset = offset * window.input[dim] + position;
        }
        if (isInside)
          step(in[offset]);
        else
          skip(isPadding);
      } while (advance(tap, window.taps));
      output.push_back(finish());
    } while (advance(out, window.output));
  }
  return output;
}

/// The value that never wins a maximum.
template <typename W> static W getLowest(const Tensor &tensor) {
  if constexpr (std::is_same_v<W, double>) {
    return -std::numeric_limits<double>::infinity();
  } else {
    unsigned width = tensor.getElementType().getIntOrFloatBitWidth();
    return isUnsigned(tensor) ? 0 : INT64_MIN >> (64 - width);
  }
}

/// Whether a maximum passes from `best` to `value`; the first NaN stays.
static bool wins(double value, double best, bool) {
  return value > best || (std::isnan(value) && !std::isnan(best));
}
static bool wins(int64_t value, int64_t best, bool isUnsigned) {
  return isUnsigned ? static_cast<uint64_t>(value) > static_cast<uint64_t>(best)
                    : value > best;
}

static void maxPool(const Window &window, const Tensor &input, Tensor &result) {
  dispatch(input, [&](auto zero) {
    using W = decltype(zero);
    W lowest = getLowest<W>(input), best = lowest;
    bool isUnsigned = reference::isUnsigned(input);
    write<W>(result, pool(
                         window, read<W>(input),
                         product(input.getShape().take_front(2)),
                         [&] { best = lowest; },
                         [&](W value) {
                           if (wins(value, best, isUnsigned))
                             best = value;
                         },
                         [](bool) {}, [&] { return best; }));
    return 0;
  });
}

static void averagePool(const Window &window, const Tensor &input,
                        Tensor &result, bool countIncludePad) {
  double sum = 0;
  int64_t count = 0;
  write<double>(
      result,
      pool(
          window, read<double>(input), product(input.getShape().take_front(2)),
          [&] { sum = count = 0; },
          [&](double value) {
            sum += value;
            ++count;
          },
          [&](bool isPadding) { count += countIncludePad && isPadding; },
          [&] { return sum / static_cast<double>(count); }));
}

LogicalResult evaluate(MaxPoolOp op, Operands operands, Results results) {
  maxPool(makeWindow(op, operands[0], results[0], op.getKernelShape()),
          operands[0], results[0]);
  return success();
}

LogicalResult evaluate(AveragePoolOp op, Operands operands, Results results) {
  averagePool(makeWindow(op, operands[0], results[0], op.getKernelShape()),
              operands[0], results[0], op.getCountIncludePad());
  return success();
}

/// One window over the whole plane.
static Window wholePlane(const Tensor &input) {
  int64_t plane = product(input.getShape().drop_front(2));
  return {{plane}, {1}, {plane}, {1}, {0, 0}, {1}};
}

/// An empty plane has no maximum and no mean.
static LogicalResult checkPlane(Operation *op, const Tensor &input) {
  if (product(input.getShape().drop_front(2)) == 0)
    return invalid(op) << "the spatial dimensions are empty";
  return success();
}

LogicalResult evaluate(GlobalAveragePoolOp op, Operands operands,
                       Results results) {
  if (failed(checkPlane(op, operands[0])))
    return failure();
  averagePool(wholePlane(operands[0]), operands[0], results[0], false);
  return success();
}

LogicalResult evaluate(GlobalMaxPoolOp op, Operands operands, Results results) {
  if (failed(checkPlane(op, operands[0])))
    return failure();
  maxPool(wholePlane(operands[0]), operands[0], results[0]);
  return success();
}

} // namespace autoglm::reference
