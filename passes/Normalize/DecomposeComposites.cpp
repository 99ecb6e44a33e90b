//===- DecomposeComposites.cpp - expand what no device takes whole -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Target/Target.h"
#include "passes/Normalize/Passes.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_DECOMPOSECOMPOSITES
#include "passes/Normalize/Passes.h.inc"
} // namespace autoglm

namespace {
struct DecomposeComposites
    : public autoglm::impl::DecomposeCompositesBase<DecomposeComposites> {
  using DecomposeCompositesBase::DecomposeCompositesBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<DeviceModel> models;
    for (DeviceOp device : module.getOps<DeviceOp>())
      models.push_back(getDeviceModel(device));
    if (models.empty())
      return markAllAnalysesPreserved();

    SmallVector<Operation *> worklist;
    module.walk([&](DecomposableOpInterface op) { worklist.push_back(op); });
    while (!worklist.empty()) {
      Operation *op = worklist.pop_back_val();
      if (llvm::any_of(models, [&](const DeviceModel &model) {
            return static_cast<bool>(model.verdict(op));
          }))
        continue;
      OpBuilder builder(op);
      Operation *before = op->getPrevNode();
      auto values = cast<DecomposableOpInterface>(op).decompose(builder);
      if (failed(values))
        continue;
      // What was built may be composite itself.
      Operation *made =
          before ? before->getNextNode() : &op->getBlock()->front();
      auto name = builder.getStringAttr(op->getName().stripDialect());
      for (; made != op; made = made->getNextNode()) {
        if (isa<DecomposableOpInterface>(made))
          worklist.push_back(made);
        // What the coverage calls decomposed; `place` drops it.
        if (isa<ComputeOpInterface>(made))
          made->setAttr(kCompositeAttr, name);
      }
      replace(op, *values);
      ++numDecomposed;
    }
  }

private:
  void replace(Operation *op, ArrayRef<Value> values) {
    for (auto [result, value] : llvm::zip_equal(op->getResults(), values))
      result.replaceAllUsesWith(value);
    op->erase();
  }
};
} // namespace
