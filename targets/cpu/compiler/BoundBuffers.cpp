//===- BoundBuffers.cpp - a kernel's buffers on the stack -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Passes.h"

#include "autoglm/Support/Diagnostics.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_BOUNDBUFFERS
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

namespace {
struct BoundBuffers
    : public autoglm::cpu::impl::BoundBuffersBase<BoundBuffers> {
  using BoundBuffersBase::BoundBuffersBase;

  void runOnOperation() override {
    SmallVector<memref::AllocOp> allocs;
    getOperation().walk([&](memref::AllocOp op) { allocs.push_back(op); });
    int64_t total = 0;
    for (memref::AllocOp alloc : allocs)
      if (failed(place(alloc, total)))
        return signalPassFailure();
  }

private:
  LogicalResult place(memref::AllocOp alloc, int64_t &total) {
    MemRefType type = alloc.getType();
    SmallVector<int64_t> shape(type.getShape());
    SmallVector<OpFoldResult> sizes;
    OpBuilder builder(alloc);
    auto dynamic = alloc.getDynamicSizes().begin();
    for (int64_t &dim : shape) {
      if (!ShapedType::isDynamic(dim)) {
        sizes.push_back(builder.getIndexAttr(dim));
        continue;
      }
      Value size = *dynamic++;
      sizes.push_back(size);
      auto bound = ValueBoundsConstraintSet::computeConstantBound(
          presburger::BoundType::UB, ValueBoundsConstraintSet::Variable(size),
          nullptr, /*closedUB=*/true);
      if (failed(bound))
        return emitError(alloc.getLoc(), autoglm::ErrorCode::LoweringFailed)
               << "a buffer of the kernel has no bound";
      dim = *bound;
    }
    int64_t bytes = std::max<int64_t>(1, type.getElementTypeBitWidth() / 8);
    for (int64_t dim : shape)
      if (llvm::MulOverflow(bytes, dim, bytes) || bytes > maxBytes)
        return tooLarge(alloc);
    total += bytes;
    if (total > maxBytes)
      return tooLarge(alloc);

    OpBuilder entry =
        OpBuilder::atBlockBegin(&getOperation().getBody().front());
    Value buffer = entry.create<memref::AllocaOp>(
        alloc.getLoc(), MemRefType::get(shape, type.getElementType()),
        builder.getI64IntegerAttr(64));
    if (!type.hasStaticShape()) {
      SmallVector<OpFoldResult> zeros(shape.size(), builder.getIndexAttr(0));
      SmallVector<OpFoldResult> ones(shape.size(), builder.getIndexAttr(1));
      buffer = builder.create<memref::SubViewOp>(alloc.getLoc(), buffer, zeros,
                                                 sizes, ones);
      replaceTypes(alloc.getResult(), buffer);
    } else {
      alloc.replaceAllUsesWith(buffer);
    }
    alloc.erase();
    ++numBuffers;
    return success();
  }

  LogicalResult tooLarge(memref::AllocOp alloc) {
    return emitError(alloc.getLoc(), autoglm::ErrorCode::LoweringFailed)
           << "the kernel needs more than " << maxBytes.getValue()
           << " bytes of its own memory";
  }

  /// Replaces a buffer by one with another layout, also in views of it.
  static void replaceTypes(Value from, Value to) {
    for (OpOperand &use : llvm::make_early_inc_range(from.getUses())) {
      auto view = dyn_cast<memref::SubViewOp>(use.getOwner());
      if (!view) {
        use.set(to);
        continue;
      }
      OpBuilder builder(view);
      auto type =
          cast<MemRefType>(memref::SubViewOp::inferRankReducedResultType(
              view.getType().getShape(), cast<MemRefType>(to.getType()),
              view.getMixedOffsets(), view.getMixedSizes(),
              view.getMixedStrides()));
      Value renewed = builder.create<memref::SubViewOp>(
          view.getLoc(), type, to, view.getMixedOffsets(), view.getMixedSizes(),
          view.getMixedStrides());
      replaceTypes(view.getResult(), renewed);
      view.erase();
    }
  }
};
} // namespace
