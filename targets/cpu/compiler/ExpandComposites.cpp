//===- ExpandComposites.cpp - decompositions inside a kernel -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Passes.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_EXPANDCOMPOSITES
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

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
        auto values = op.decompose(builder);
        if (failed(values))
          continue;
        op->replaceAllUsesWith(*values);
        op->erase();
        ++numExpanded;
        changed = true;
      }
    }
  }
};
} // namespace
