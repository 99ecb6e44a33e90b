//===- FuseElementwise.cpp - one loop body for elementwise chains -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Passes.h"
#include "Structure.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

/// Whether a body costs about as much as a load.
static bool isCheap(linalg::GenericOp op) {
  int64_t cost = 0;
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (isa<math::MathDialect>(inner.getDialect()) ||
        isa<arith::DivFOp, arith::DivSIOp, arith::DivUIOp, arith::RemFOp,
            arith::RemSIOp, arith::RemUIOp>(inner))
      return false;
    if (!isa<arith::ConstantOp>(inner))
      ++cost;
  }
  return cost <= 3;
}

/// Bytes of a producer that one tile of a reduction over it needs.
static int64_t getRowBytes(linalg::GenericOp producer) {
  auto type = cast<RankedTensorType>(producer.getResult(0).getType());
  int64_t largest = 0;
  for (Operation *user : producer->getUsers()) {
    auto consumer = dyn_cast<linalg::GenericOp>(user);
    if (!consumer)
      continue;
    int64_t bytes = std::max(1u, type.getElementTypeBitWidth() / 8);
    for (auto [size, kind] : llvm::zip_equal(consumer.getStaticLoopRanges(),
                                             consumer.getIteratorTypesArray()))
      if (kind == utils::IteratorType::reduction)
        bytes *= size;
    largest = std::max(largest, bytes);
  }
  return largest;
}

/// Whether a body only passes one element on, or converts it.
static bool onlyMoves(linalg::GenericOp op) {
  return llvm::all_of(op.getBody()->without_terminator(), [](Operation &inner) {
    return isa<arith::ConstantOp, arith::ExtFOp, arith::TruncFOp,
               arith::ExtUIOp>(inner) ||
           (isa<arith::CmpIOp>(inner) &&
            inner.getResult(0).getType().isInteger(1));
  });
}

static bool isElementwise(linalg::GenericOp op) {
  return op.getNumParallelLoops() == op.getNumLoops() &&
         op.getNumResults() == 1 && op.hasPureTensorSemantics();
}

/// Producers and consumers of this pass: an operand whose fusion pays.
static bool pays(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::GenericOp>();
  auto consumer = dyn_cast<linalg::GenericOp>(operand->getOwner());
  if (!producer || !consumer || !isElementwise(producer) ||
      !operand->get().hasOneUse() || !consumer.isDpsInput(operand))
    return false;
  AffineMap map = consumer.getMatchingIndexingMap(operand);
  if (onlyMoves(producer) && map.isProjectedPermutation())
    return true;
  if (autoglm::cpu::isContraction(consumer) || !map.isProjectedPermutation())
    return false;
  // An element that several points read would be computed by each of them.
  return map.isPermutation() || isCheap(producer);
}

namespace {
struct FuseElementwise
    : public autoglm::cpu::impl::FuseElementwiseBase<FuseElementwise> {
  using FuseElementwiseBase::FuseElementwiseBase;

  void runOnOperation() override {
    cloneCheap();
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, pays);
    linalg::populateEraseUnusedOperandsAndResultsPatterns(patterns);
    if (failed(
            applyPatternsAndFoldGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }

private:
  /// One copy per consumer of a producer that is cheap, or whose rows are too
  /// long to be kept, so that all of them fuse it.
  void cloneCheap() {
    SmallVector<linalg::GenericOp> producers;
    getOperation().walk([&](linalg::GenericOp op) { producers.push_back(op); });
    // From the results on: a copy is one more consumer of what it reads.
    for (linalg::GenericOp op : llvm::reverse(producers)) {
      if (!isElementwise(op) || op.getResult(0).use_empty() ||
          op.getResult(0).hasOneUse() ||
          (!isCheap(op) && getRowBytes(op) <= maxRowBytes))
        continue;
      SmallVector<OpOperand *> uses;
      for (OpOperand &use : llvm::drop_begin(op.getResult(0).getUses()))
        uses.push_back(&use);
      for (OpOperand *use : uses) {
        auto consumer = dyn_cast<linalg::GenericOp>(use->getOwner());
        if (!consumer || !consumer.isDpsInput(use) ||
            autoglm::cpu::isContraction(consumer))
          continue;
        OpBuilder builder(consumer);
        use->set(builder.clone(*op)->getResult(0));
        ++numCloned;
      }
    }
  }
};
} // namespace
