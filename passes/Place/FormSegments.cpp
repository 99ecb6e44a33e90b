//===- FormSegments.cpp - runs of operations on one device -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/Enclosure.h"
#include "passes/Place/Passes.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_FORMSEGMENTS
#include "passes/Place/Passes.h.inc"
} // namespace autoglm

static FlatSymbolRefAttr getAssignedDevice(Operation *op) {
  return op->getAttrOfType<FlatSymbolRefAttr>(kDeviceAttr);
}

namespace {
struct FormSegments : public autoglm::impl::FormSegmentsBase<FormSegments> {
  using FormSegmentsBase::FormSegmentsBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return markAllAnalysesPreserved();
    Block &block = function.getBody().front();
    SmallVector<Operation *> run;
    for (Operation &op : llvm::make_early_inc_range(block)) {
      FlatSymbolRefAttr device = getAssignedDevice(&op);
      // Weights and constants have no device and do not end a run.
      if (!device && !op.hasTrait<OpTrait::IsTerminator>())
        continue;
      if (!run.empty() && getAssignedDevice(run.front()) != device) {
        formSegment(run);
        run.clear();
      }
      if (device)
        run.push_back(&op);
    }
  }

private:
  void formSegment(ArrayRef<Operation *> run) {
    Enclosure enclosure(run);
    OpBuilder builder(run.back());
    builder.setInsertionPointAfter(run.back());
    auto segment = builder.create<SegmentOp>(
        run.front()->getLoc(), enclosure.getResultTypes(),
        enclosure.getInputs(), getAssignedDevice(run.front()));
    enclosure.build(segment.getBody(), segment.getLoc());
    for (Operation &op : segment.getBody().front())
      op.removeAttr(kDeviceAttr);
    enclosure.replaceWith(segment);
    for (Value constant : enclosure.getConstants())
      if (constant.use_empty())
        constant.getDefiningOp()->erase();
    ++numSegments;
  }
};
} // namespace
