//===- FormSegments.cpp - runs of operations on one device -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Place/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_FORMSEGMENTS
#include "passes/Place/Passes.h.inc"
} // namespace autoglm

static FlatSymbolRefAttr getAssignedDevice(Operation *op) {
  return op->getAttrOfType<FlatSymbolRefAttr>("autoglm.device");
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
    llvm::SmallPtrSet<Operation *, 32> inside(run.begin(), run.end());
    llvm::SetVector<Value> inputs, constants, outputs;
    for (Operation *op : run) {
      for (Value operand : op->getOperands()) {
        Operation *producer = operand.getDefiningOp();
        if (producer && inside.contains(producer))
          continue;
        bool isConstant = producer && matchPattern(producer, m_Constant());
        (isConstant ? constants : inputs).insert(operand);
      }
      for (Value result : op->getResults())
        if (llvm::any_of(result.getUsers(), [&](Operation *user) {
              return !inside.contains(user);
            }))
          outputs.insert(result);
    }

    OpBuilder builder(run.back());
    builder.setInsertionPointAfter(run.back());
    auto locs =
        llvm::map_to_vector(run, [](Operation *op) { return op->getLoc(); });
    auto types = llvm::map_to_vector(
        outputs, [](Value value) { return value.getType(); });
    auto segment = builder.create<SegmentOp>(builder.getFusedLoc(locs.front()),
                                             types, inputs.getArrayRef(),
                                             getAssignedDevice(run.front()));
    Block *body = builder.createBlock(&segment.getBody());
    IRMapping mapping;
    for (Value input : inputs)
      mapping.map(input, body->addArgument(input.getType(), input.getLoc()));
    for (Value constant : constants)
      builder.clone(*constant.getDefiningOp(), mapping);
    for (Operation *op : run)
      builder.clone(*op, mapping)->removeAttr("autoglm.device");
    builder.create<YieldOp>(segment.getLoc(),
                            llvm::map_to_vector(outputs, [&](Value value) {
                              return mapping.lookup(value);
                            }));
    for (auto [output, result] :
         llvm::zip_equal(outputs, segment->getResults()))
      Value(output).replaceUsesWithIf(result, [&](OpOperand &use) {
        return !inside.contains(use.getOwner());
      });
    for (Operation *op : llvm::reverse(run))
      op->erase();
    for (Value constant : constants)
      if (constant.use_empty())
        constant.getDefiningOp()->erase();
    ++numSegments;
  }
};
} // namespace
