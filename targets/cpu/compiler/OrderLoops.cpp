//===- OrderLoops.cpp - contiguous loops go innermost -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Passes.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_ORDERLOOPS
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

/// Distance in elements between neighbours along each dimension of a tensor,
/// which may be a slice of a larger one.
static SmallVector<int64_t> getStrides(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  ArrayRef<int64_t> shape = type.getShape();
  if (auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>())
    if (slice.getSourceType().getRank() == type.getRank())
      shape = slice.getSourceType().getShape();
  SmallVector<int64_t> strides(shape.size(), 1);
  for (int64_t i = static_cast<int64_t>(shape.size()) - 2; i >= 0; --i) {
    // What is not known is far.
    int64_t size = ShapedType::isDynamic(shape[i + 1]) ? 64 : shape[i + 1];
    strides[i] = std::min<int64_t>(strides[i + 1] * size, 1 << 20);
  }
  return strides;
}

/// Distance between the elements that successive iterations of a loop touch.
static int64_t getStride(AffineMap map, unsigned loop, Value tensor) {
  SmallVector<int64_t> origin(map.getNumDims(), 0), next(origin);
  next[loop] = 1;
  SmallVector<int64_t> from = map.compose(origin), to = map.compose(next);
  int64_t stride = 0;
  for (auto [a, b, step] : llvm::zip_equal(from, to, getStrides(tensor)))
    stride += (b - a) * step;
  return std::abs(stride);
}

/// How well a loop would do as the innermost.
static double getScore(linalg::GenericOp op, unsigned loop) {
  int64_t trips = op.getStaticLoopRanges()[loop];
  if (ShapedType::isDynamic(trips))
    trips = 64;
  double score = 0;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isa<RankedTensorType>(operand.get().getType()))
      continue;
    bool isOutput = op.isDpsInit(&operand);
    int64_t stride =
        getStride(op.getMatchingIndexingMap(&operand), loop, operand.get());
    double value = stride <= 1 ? 1 : stride <= 4 ? 0.25 : -1;
    score += isOutput ? 1.5 * value : value;
  }
  bool isReduction =
      op.getIteratorTypesArray()[loop] == utils::IteratorType::reduction;
  if (score <= 0)
    return score;
  // A short reduction fills no vector, and its lanes have to be added.
  if (isReduction)
    return (score - 0.25) * std::min<int64_t>(trips, 16) / (trips < 16 ? 4 : 1);
  return score * std::min<int64_t>(trips, 16);
}

namespace {
struct OrderLoops : public autoglm::cpu::impl::OrderLoopsBase<OrderLoops> {
  void runOnOperation() override {
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) {
      if (op.getNumLoops() > 1)
        ops.push_back(op);
    });
    for (linalg::GenericOp op : ops)
      order(op);
  }

private:
  void order(linalg::GenericOp op) {
    unsigned numLoops = op.getNumLoops(), inner = 0;
    double best = -1e9;
    for (unsigned loop = 0; loop < numLoops; ++loop) {
      double score = getScore(op, loop);
      if (score >= best) {
        best = score;
        inner = loop;
      }
    }
    auto kinds = op.getIteratorTypesArray();
    auto isReduction = [&](unsigned loop) {
      return kinds[loop] == utils::IteratorType::reduction;
    };
    SmallVector<unsigned> permutation;
    for (bool wanted : {!isReduction(inner), isReduction(inner)})
      for (unsigned loop = 0; loop < numLoops; ++loop)
        if (loop != inner && isReduction(loop) == wanted)
          permutation.push_back(loop);
    permutation.push_back(inner);
    if (llvm::is_sorted(permutation))
      return;
    IRRewriter rewriter(op);
    if (succeeded(linalg::interchangeGenericOp(rewriter, op, permutation)))
      ++numInterchanged;
  }
};
} // namespace
