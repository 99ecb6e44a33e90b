//===- ExpandComposites.cpp - decompositions inside a kernel -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Passes.h"

#include "dialects/AutoGLM/Layout.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_EXPANDCOMPOSITES
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

/// Elementwise operations built before `end` get the layout of an operand of
/// their shape: shape inference knows none.
static void propagateLayouts(Operation *first, Operation *end) {
  for (Operation *op = first; op != end; op = op->getNextNode()) {
    if (!op->hasTrait<autoglm::Elementwise>())
      continue;
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    for (Type operand : op->getOperandTypes())
      if (autoglm::LayoutAttr layout = autoglm::getLayout(operand);
          layout &&
          cast<RankedTensorType>(operand).getShape() == type.getShape())
        op->getResult(0).setType(autoglm::withLayout(type, layout));
  }
}

namespace {
struct ExpandComposites
    : public autoglm::cpu::impl::ExpandCompositesBase<ExpandComposites> {
  using ExpandCompositesBase::ExpandCompositesBase;

  void runOnOperation() override {
    // What is built may be composite itself.
    bool changed = true;
    while (changed) {
      SmallVector<autoglm::DecomposableOpInterface> found;
      getOperation().walk([&](autoglm::DecomposableOpInterface op) {
        if (!elementwiseOnly || op->hasTrait<autoglm::Elementwise>())
          found.push_back(op);
      });
      changed = false;
      for (autoglm::DecomposableOpInterface op : found) {
        OpBuilder builder(op);
        Operation *before = op->getPrevNode();
        auto values = op.decompose(builder);
        if (failed(values))
          continue;
        propagateLayouts(
            before ? before->getNextNode() : &op->getBlock()->front(), op);
        op->replaceAllUsesWith(*values);
        op->erase();
        ++numExpanded;
        changed = true;
      }
    }
  }
};
} // namespace
