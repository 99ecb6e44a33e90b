//===- ProductTile.cpp - tiles of matrix products -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ProductTile.h"

#include "../KernelBuilder.h"

#include <numeric>

using namespace mlir;

namespace autoglm::cpu {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// See Product::rowDim.
static int64_t findRowDim(const Product &product) {
  int64_t dim = product.type.getRank() - 2, last = dim;
  if (product.transA)
    return dim;
  while (last > 0 && product.type.getDimSize(last) == 1)
    --last;
  RankedTensorType b = product.getRightType();
  int64_t own = last - (product.type.getRank() - b.getRank());
  bool isShared = own < 0 || b.getDimSize(own) == 1;
  return isShared && product.type.getDimSize(last) != 1 ? last : dim;
}

std::optional<Product> Product::match(Operation *op) {
  Product product{};
  if (auto matmul = dyn_cast_or_null<MatMulOp>(op)) {
    product.a = matmul.getA();
    product.b = matmul.getB();
  } else if (auto gemm = dyn_cast_or_null<GemmOp>(op)) {
    product.a = gemm.getA();
    product.b = gemm.getB();
    product.transA = gemm.getTransA();
    product.transB = gemm.getTransB();
    product.c = gemm.getC();
    product.alpha = gemm.getAlpha().convertToDouble();
    product.beta = gemm.getBeta().convertToDouble();
  } else {
    return std::nullopt;
  }
  product.op = op;
  product.type = tensorType(op->getResult(0));
  RankedTensorType a = tensorType(product.a), b = product.getRightType();
  if (a.getRank() < 2 || b.getRank() < 2 || !a.hasStaticShape() ||
      !b.hasStaticShape() || a.getNumElements() == 0 ||
      b.getNumElements() == 0 || !isa<FloatType>(a.getElementType()))
    return std::nullopt;
  int64_t first = a.getDimSize(a.getRank() - 2);
  int64_t second = a.getDimSize(a.getRank() - 1);
  product.k = product.transA ? first : second;
  product.n = b.getDimSize(product.getColumnDim());
  product.rowDim = findRowDim(product);
  product.m = product.type.getDimSize(product.rowDim);
  return product;
}

LayoutAttr Product::getPackedLayout(int64_t width) const {
  SmallVector<int64_t> order(getRightType().getRank());
  std::iota(order.begin(), order.end(), 0);
  if (!transB)
    std::swap(order.end()[-1], order.end()[-2]);
  return LayoutAttr::get(op->getContext(), order, {getColumnDim(), width});
}

int64_t getLanes(const Product &product, const MachineShape &machine) {
  Type type = getComputeType(product.type.getElementType());
  return machine.vectorBytes * 8 / type.getIntOrFloatBitWidth();
}

/// Modelled time of one step of the reduction in a tile. A multiplication of
/// vectors takes a unit, as does a load or the step of the loop; results are
/// ready after eight; what is read of the right operand comes from further
/// away.
static double getStepTime(int64_t rows, int64_t vectors) {
  return 1.0 +
         std::max<int64_t>({rows * vectors, rows + vectors, 2 * vectors, 8});
}

ProductTile ProductTile::choose(const Product &product,
                                const MachineShape &machine, int64_t block) {
  int64_t lanes = getLanes(product, machine);
  int64_t vectors = llvm::divideCeil(product.n, lanes);
  // Rows at a distance of pages compete for the same few lines of the cache.
  int64_t strideBytes =
      product.k * tensorType(product.a).getElementTypeBitWidth() / 8;
  bool collides = !product.transA && strideBytes % 4096 == 0;
  int64_t maxRows = std::min<int64_t>(collides ? 8 : 16, product.m);
  int64_t accumulators = machine.registers * 3 / 4;
  ProductTile best{1, 1};
  double least = std::numeric_limits<double>::infinity();
  for (int64_t v = 1; v <= std::min(vectors, accumulators); ++v) {
    if (block > 0 && v * lanes != std::min(block, vectors * lanes))
      continue;
    for (int64_t r = 1; r <= maxRows; ++r) {
      // Beside the accumulators, one row of the right operand and one element
      // of the left one are in registers; a single row takes the right operand
      // from memory.
      int64_t used = r * v + (r > 1 ? v : 0) + 1;
      if (r > 1 && (r * v > accumulators || used > machine.registers))
        break;
      int64_t tailRows = product.m % r, tailVectors = vectors % v;
      auto wholeRows = static_cast<double>(product.m / r);
      auto wholeVectors = static_cast<double>(vectors / v);
      double time = wholeRows * wholeVectors * getStepTime(r, v);
      if (tailRows)
        time += wholeVectors * getStepTime(tailRows, v);
      if (tailVectors)
        time += wholeRows * getStepTime(r, tailVectors);
      if (tailRows && tailVectors)
        time += getStepTime(tailRows, tailVectors);
      if (time < least) {
        least = time;
        best = {r, v};
      }
    }
  }
  return best;
}

int64_t getPackedWidth(const Product &product, const MachineShape &machine) {
  return ProductTile::choose(product, machine).vectors *
         getLanes(product, machine);
}

} // namespace autoglm::cpu
