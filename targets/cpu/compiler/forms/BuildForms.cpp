//===- BuildForms.cpp - forms where one fits -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Form.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_BUILDFORMS
#include "targets/cpu/compiler/Passes.h.inc"

/// In the order in which they are tried.
static constexpr Form kForms[] = {
    {"attention", buildAttention}, {"matmul", buildMatMul},
    {"conv", buildConv},           {"recurrence", buildRecurrence},
    {"scatter", buildScatter},     {"topk", buildTopK},
    {"pool", buildPool},           {"relayout", buildRelayout},
    {"rows", buildRows},           {"runs", buildRuns},
};
} // namespace autoglm::cpu

/// Forms know how elements lie in memory, but not what is not there.
static bool hasElements(func::FuncOp function) {
  return llvm::all_of(llvm::concat<const Type>(function.getArgumentTypes(),
                                               function.getResultTypes()),
                      [](Type type) {
                        auto tensor = dyn_cast<RankedTensorType>(type);
                        return tensor && tensor.hasStaticShape() &&
                               tensor.getNumElements() > 0;
                      });
}

namespace {
struct BuildForms : public autoglm::cpu::impl::BuildFormsBase<BuildForms> {
  using BuildFormsBase::BuildFormsBase;

  void runOnOperation() override {
    autoglm::cpu::MachineShape machine{cacheBytes, l2Bytes, vectorBytes,
                                       registers, hasFma};
    for (auto function :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      if (!hasElements(function))
        continue;
      for (const autoglm::cpu::Form &form : autoglm::cpu::kForms) {
        func::FuncOp made = form.build(function, machine);
        if (!made)
          continue;
        made->setAttr(autoglm::cpu::kFormAttr,
                      StringAttr::get(&getContext(), form.name));
        function.erase();
        ++numForms;
        break;
      }
    }
  }
};
} // namespace
