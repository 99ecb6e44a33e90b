//===- Attention.cpp - meaning of attention and einsum -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Values.h"

#include <cmath>
#include <limits>

using namespace mlir;

namespace autoglm::reference {

static constexpr double kHidden = -std::numeric_limits<double>::infinity();

namespace {
/// What is added to the scores: minus infinity where a key is not seen.
struct Bias {
  Values<double> values;
  SmallVector<int64_t, 4> shape;

  Bias(AttentionOp op, Operands operands, ArrayRef<int64_t> scores)
      : values(product(scores), 0.0), shape(scores) {
    auto get = [&](unsigned group) -> const Tensor * {
      auto [first, count] = op.getODSOperandIndexAndLength(group);
      return count == 0 ? nullptr : &operands[first];
    };
    if (const Tensor *mask = get(3)) {
      if (isFloat(*mask)) {
        values = broadcast(read<double>(*mask), mask->getShape(), shape);
      } else {
        auto seen = broadcast(read<int64_t>(*mask), mask->getShape(), shape);
        for (auto [value, isSeen] : llvm::zip_equal(values, seen))
          value = isSeen ? 0 : kHidden;
      }
    }
    const Tensor *valid = get(4);
    Values<int64_t> limits(shape[0], shape[3]);
    if (valid)
      limits = read<int64_t>(*valid);
    for (int64_t i = 0; i < static_cast<int64_t>(values.size()); ++i) {
      int64_t key = i % shape[3], query = i / shape[3] % shape[2];
      int64_t batch = i / (shape[3] * shape[2] * shape[1]);
      bool isHidden = key >= limits[batch];
      if (op.getCausalOffset()) {
        auto offset = static_cast<int64_t>(*op.getCausalOffset());
        isHidden |= key > query + offset + (valid ? limits[batch] : 0);
      }
      if (isHidden)
        values[i] = kHidden;
    }
  }
};
} // namespace

/// Softmax of one row, zeros if it sees nothing.
static void softmax(MutableArrayRef<double> row, ArrayRef<double> bias) {
  bool isBlind = llvm::all_of(bias, [](double x) { return x == kHidden; });
  double maximum = kHidden, sum = 0;
  for (double x : row)
    maximum = std::max(maximum, x);
  for (double &x : row) {
    x = isBlind ? 0 : std::exp(x - maximum);
    sum += x;
  }
  for (double &x : row)
    x = isBlind ? 0 : x / sum;
}

LogicalResult evaluate(AttentionOp op, Operands operands, Results results) {
  ArrayRef<int64_t> shape = results[1].getShape();
  int64_t batch = shape[0], heads = shape[1], queries = shape[2],
          keys = shape[3];
  int64_t size = operands[0].getShape()[3], width = results[0].getShape()[3];
  int64_t keyHeads = operands[1].getShape()[1];
  Values<double> query = read<double>(operands[0]);
  Values<double> key = read<double>(operands[1]);
  Values<double> value = read<double>(operands[2]);
  Bias bias(op, operands, shape);
  double scale = op.getScale().convertToDouble();
  double softcap = op.getSoftcap().convertToDouble();
  int64_t stage = op.getScoreStage();
  Values<double> output(results[0].getNumElements(), 0.0);
  Values<double> exposed(product(shape)), row(keys);
  for (int64_t i = 0; i < batch * heads * queries; ++i) {
    int64_t head = i / queries;
    int64_t shared =
        head / heads * keyHeads + head % heads / (heads / keyHeads);
    auto expose = [&](int64_t own) {
      if (stage == own)
        llvm::copy(row, exposed.begin() + i * keys);
    };
    for (int64_t j = 0; j < keys; ++j) {
      double sum = 0;
      for (int64_t d = 0; d < size; ++d)
        sum += query[i * size + d] * key[(shared * keys + j) * size + d];
      row[j] = sum * scale;
    }
    expose(0);
    if (softcap > 0)
      for (double &x : row)
        x = softcap * std::tanh(x / softcap);
    expose(1);
    ArrayRef<double> own = ArrayRef(bias.values).slice(i * keys, keys);
    for (int64_t j = 0; j < keys; ++j)
      row[j] = own[j] == kHidden ? kHidden : row[j] + own[j];
    expose(2);
    softmax(row, own);
    expose(3);
    for (int64_t j = 0; j < keys; ++j)
      for (int64_t d = 0; d < width; ++d)
        output[i * width + d] +=
            row[j] * value[(shared * keys + j) * width + d];
  }
  write<double>(results[0], output);
  write<double>(results[1], exposed);
  return success();
}

LogicalResult evaluate(EinsumOp op, Operands operands, Results results) {
  auto [left, resultLetters] = op.getEquation().split("->");
  SmallVector<StringRef> letters;
  left.split(letters, ',');
  // Every letter with its extent, those of the result first.
  std::string order = resultLetters.str();
  for (char letter : left)
    if (letter != ',' && order.find(letter) == std::string::npos)
      order += letter;
  SmallVector<int64_t> extents(order.size(), 1);
  for (auto [own, operand] : llvm::zip_equal(letters, operands))
    for (auto [letter, dim] : llvm::zip_equal(own, operand.getShape()))
      extents[order.find(letter)] = dim;
  // How far each letter moves in each operand.
  SmallVector<SmallVector<int64_t>> strides;
  for (auto [own, operand] : llvm::zip_equal(letters, operands)) {
    SmallVector<int64_t> mine(order.size(), 0);
    for (auto [letter, stride] :
         llvm::zip_equal(own, getStrides(operand.getShape())))
      mine[order.find(letter)] += stride;
    strides.push_back(mine);
  }
  int64_t inner = product(ArrayRef(extents).drop_front(resultLetters.size()));
  return dispatch(results[0], [&](auto zero) {
    using W = decltype(zero);
    std::vector<Values<W>> values;
    for (const Tensor &operand : operands)
      values.push_back(read<W>(operand));
    Values<W> sums(results[0].getNumElements(), W{0});
    SmallVector<int64_t> index(order.size(), 0);
    if (product(extents) == 0) {
      write<W>(results[0], sums);
      return success();
    }
    int64_t point = 0;
    do {
      W term{1};
      for (auto [own, mine] : llvm::zip_equal(values, strides)) {
        int64_t offset = 0;
        for (auto [position, stride] : llvm::zip_equal(index, mine))
          offset += position * stride;
        term = wrapMul(term, own[offset]);
      }
      W &sum = sums[point++ / inner];
      sum = wrapAdd(sum, term);
    } while (advance(index, extents));
    write<W>(results[0], sums);
    return success();
  });
}

} // namespace autoglm::reference
