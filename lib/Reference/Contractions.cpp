//===- Contractions.cpp - meaning of matrix products -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Values.h"

using namespace mlir;

namespace autoglm::reference {

/// One product of matrices: c (m, n) += a (m, k) * b (k, n), with any strides.
template <typename W> struct Matrices {
  int64_t m, n, k;
  const W *a, *b;
  int64_t aRow, aColumn, bRow, bColumn;
  W *c;
};

template <typename W> static void multiply(const Matrices<W> &x) {
  for (int64_t i = 0; i < x.m; ++i) {
    W *c = x.c + i * x.n;
    // The inner loop runs along whichever side of b is contiguous.
    if (x.bRow == 1) {
      for (int64_t j = 0; j < x.n; ++j)
        for (int64_t p = 0; p < x.k; ++p)
          c[j] = wrapAdd(c[j], wrapMul(x.a[i * x.aRow + p * x.aColumn],
                                       x.b[j * x.bColumn + p]));
      continue;
    }
    for (int64_t p = 0; p < x.k; ++p) {
      W a = x.a[i * x.aRow + p * x.aColumn];
      const W *b = x.b + p * x.bRow;
      for (int64_t j = 0; j < x.n; ++j)
        c[j] = wrapAdd(c[j], wrapMul(a, b[j * x.bColumn]));
    }
  }
}

LogicalResult evaluate(MatMulOp op, Operands operands, Results results) {
  // Vectors become matrices of one row (A) or one column (B).
  SmallVector<int64_t> aShape(operands[0].getShape());
  SmallVector<int64_t> bShape(operands[1].getShape());
  if (aShape.size() == 1)
    aShape.insert(aShape.begin(), 1);
  if (bShape.size() == 1)
    bShape.push_back(1);
  int64_t m = aShape[aShape.size() - 2], k = aShape.back(), n = bShape.back();

  ArrayRef<int64_t> aBatch = ArrayRef(aShape).drop_back(2);
  ArrayRef<int64_t> bBatch = ArrayRef(bShape).drop_back(2);
  SmallVector<int64_t> batch(std::max(aBatch.size(), bBatch.size()), 1);
  for (ArrayRef<int64_t> own : {aBatch, bBatch})
    for (size_t i = 0; i < own.size(); ++i)
      if (own[i] != 1)
        batch[batch.size() - own.size() + i] = own[i];
  auto matrixOf = [&](ArrayRef<int64_t> own) {
    Values<int64_t> numbers(product(own));
    for (size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = i;
    return broadcast(std::move(numbers), own, batch);
  };
  Values<int64_t> aMatrix = matrixOf(aBatch), bMatrix = matrixOf(bBatch);

  return dispatch(results[0], [&](auto zero) {
    using W = decltype(zero);
    Values<W> a = read<W>(operands[0]), b = read<W>(operands[1]);
    Values<W> c(results[0].getNumElements());
    for (size_t i = 0; i < aMatrix.size(); ++i)
      multiply<W>({m, n, k, a.data() + aMatrix[i] * m * k,
                   b.data() + bMatrix[i] * k * n, k, 1, n, 1,
                   c.data() + i * m * n});
    write<W>(results[0], c);
    return success();
  });
}

LogicalResult evaluate(GemmOp op, Operands operands, Results results) {
  int64_t m = results[0].getShape()[0], n = results[0].getShape()[1];
  int64_t k = operands[0].getShape()[op.getTransA() ? 0 : 1];
  double alpha = op.getAlpha().convertToDouble();
  double beta = op.getBeta().convertToDouble();
  return dispatch(results[0], [&](auto zero) {
    using W = decltype(zero);
    Values<W> a = read<W>(operands[0]), b = read<W>(operands[1]), c(m * n);
    multiply<W>({m, n, k, a.data(), b.data(), op.getTransA() ? 1 : k,
                 op.getTransA() ? m : 1, op.getTransB() ? 1 : n,
                 op.getTransB() ? k : 1, c.data()});
    // Integers stay integers unless a factor makes them something else.
    auto scale = [](W value, double factor) -> W {
      if (factor == 1)
        return value;
      double scaled = static_cast<double>(value) * factor;
      if constexpr (std::is_same_v<W, double>)
        return scaled;
      else
        return truncate(scaled);
    };
    for (W &value : c)
      value = scale(value, alpha);
    if (operands.size() > 2) {
      Values<W> bias = broadcast(read<W>(operands[2]), operands[2].getShape(),
                                 results[0].getShape());
      for (size_t i = 0; i < c.size(); ++i)
        c[i] = wrapAdd(c[i], scale(bias[i], beta));
    }
    write<W>(results[0], c);
    return success();
  });
}

} // namespace autoglm::reference
