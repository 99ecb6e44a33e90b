//===- Winograd.cpp - meaning of Winograd convolutions -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Values.h"

using namespace mlir;

namespace autoglm::reference {

/// Results, taps and inputs along one side of a square.
static constexpr int64_t kResults = 4, kTaps = 3, kInputs = 6;

static constexpr double kWeights[kInputs * kTaps] = {
    1. / 4,  0,        0,       -1. / 6, -1. / 6, -1. / 6,
    -1. / 6, 1. / 6,   -1. / 6, 1. / 24, 1. / 12, 1. / 6,
    1. / 24, -1. / 12, 1. / 6,  0,       0,       1};
static constexpr double kInput[kInputs * kInputs] = {
    4, 0,  -5, 0, 1, 0, 0, -4, -4, 1,  1, 0, 0, 4, -4, -1, 1, 0,
    0, -2, -1, 2, 1, 0, 0, 2,  -1, -2, 1, 0, 0, 4, 0,  -5, 0, 1};
static constexpr double kResult[kResults * kInputs] = {
    1, 1, 1, 1, 1, 0, 0, 1, -1, 2, -2, 0, 0, 1, 1, 4, 4, 0, 0, 1, -1, 8, -8, 1};

/// out = m * in * m', of a square `in` with sides of `from` and a matrix m of
/// `to` by `from`.
static void transform(const double *m, int64_t to, int64_t from,
                      const double *in, double *out) {
  double half[kInputs * kInputs];
  for (int64_t i = 0; i < to; ++i)
    for (int64_t j = 0; j < from; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < from; ++k)
        sum += m[i * from + k] * in[k * from + j];
      half[i * from + j] = sum;
    }
  for (int64_t i = 0; i < to; ++i)
    for (int64_t j = 0; j < to; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < from; ++k)
        sum += half[i * from + k] * m[j * from + k];
      out[i * to + j] = sum;
    }
}

LogicalResult evaluate(WinogradWeightOp op, Operands operands,
                       Results results) {
  Values<double> weight = read<double>(operands[0]);
  Values<double> output(results[0].getNumElements());
  int64_t filters = operands[0].getShape()[0] * operands[0].getShape()[1];
  for (int64_t i = 0; i < filters; ++i)
    transform(kWeights, kInputs, kTaps, weight.data() + i * kTaps * kTaps,
              output.data() + i * kInputs * kInputs);
  write<double>(results[0], output);
  return success();
}

LogicalResult evaluate(WinogradConvOp op, Operands operands, Results results) {
  Tensor &result = results[0];
  Values<double> input = read<double>(operands[0]);
  Values<double> weight = read<double>(operands[1]);
  Values<double> bias;
  if (operands.size() > 2)
    bias = read<double>(operands[2]);
  constexpr int64_t kSquare = kInputs * kInputs;
  int64_t batch = result.getShape()[0], filters = result.getShape()[1];
  int64_t rows = result.getShape()[2], columns = result.getShape()[3];
  int64_t channels = operands[0].getShape()[1];
  int64_t height = operands[0].getShape()[2], width = operands[0].getShape()[3];
  Values<double> output(result.getNumElements());
  Values<double> square(channels * kSquare);
  /// Everything that one square of results needs.
  auto run = [&](int64_t n, int64_t top, int64_t left) {
    for (int64_t c = 0; c < channels; ++c) {
      double inside[kSquare] = {};
      for (int64_t i = 0; i < kInputs; ++i)
        for (int64_t j = 0; j < kInputs; ++j) {
          int64_t y = top + i - op.getPads()[0], x = left + j - op.getPads()[1];
          if (y >= 0 && y < height && x >= 0 && x < width)
            inside[i * kInputs + j] =
                input[((n * channels + c) * height + y) * width + x];
        }
      transform(kInput, kInputs, kInputs, inside, square.data() + c * kSquare);
    }
    for (int64_t m = 0; m < filters; ++m) {
      double sums[kSquare] = {}, plane[kResults * kResults];
      for (int64_t c = 0; c < channels; ++c)
        for (int64_t i = 0; i < kSquare; ++i)
          sums[i] += weight[(m * channels + c) * kSquare + i] *
                     square[c * kSquare + i];
      transform(kResult, kResults, kInputs, sums, plane);
      for (int64_t i = 0; i < std::min(kResults, rows - top); ++i)
        for (int64_t j = 0; j < std::min(kResults, columns - left); ++j)
          output[((n * filters + m) * rows + top + i) * columns + left + j] =
              plane[i * kResults + j] + (bias.empty() ? 0 : bias[m]);
    }
  };
  for (int64_t n = 0; n < batch; ++n)
    for (int64_t top = 0; top < rows; top += kResults)
      for (int64_t left = 0; left < columns; left += kResults)
        run(n, top, left);
  write<double>(result, output);
  return success();
}

} // namespace autoglm::reference
