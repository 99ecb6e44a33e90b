//===- Phases.cpp - the passes of each phase -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Pipeline/Phases.h"

#include "autoglm/Target/Target.h"
#include "passes/Fuse/Passes.h"
#include "passes/Layout/Passes.h"
#include "passes/Lower/Passes.h"
#include "passes/Memory/Passes.h"
#include "passes/Normalize/Passes.h"
#include "passes/Place/Passes.h"
#include "passes/Quantize/Passes.h"

#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace autoglm {

StringRef getName(Phase phase) {
  static constexpr StringLiteral names[] = {
#define AUTOGLM_PHASE(name, sentence) #name,
#include "autoglm/Pipeline/Phases.def"
  };
  return names[static_cast<int>(phase)];
}

StringRef getSentence(Phase phase) {
  static constexpr StringLiteral sentences[] = {
#define AUTOGLM_PHASE(name, sentence) sentence,
#include "autoglm/Pipeline/Phases.def"
  };
  return sentences[static_cast<int>(phase)];
}

std::vector<Phase> allPhases() {
  return {
#define AUTOGLM_PHASE(name, sentence) Phase::name,
#include "autoglm/Pipeline/Phases.def"
  };
}

std::optional<Phase> parsePhase(StringRef name) {
  for (Phase phase : allPhases())
    if (getName(phase) == name)
      return phase;
  return std::nullopt;
}

/// Shape arithmetic first, as reshapes need it; batch normalization before
/// composites are expanded, as it is one; products when all factors are known;
/// weights last.
static void buildNormalize(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createFoldConstants());
  pm.addNestedPass<func::FuncOp>(createRecognizeComposites());
  pm.addNestedPass<func::FuncOp>(createFoldBatchNormalization());
  pm.addPass(createRecognizeAttention());
  pm.addPass(createDecomposeComposites());
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
  pm.addNestedPass<func::FuncOp>(createFoldConstants());
  pm.addPass(createMergeProducts());
  pm.addPass(createDeriveWeights());
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
}

/// Each target rewrites the segments of its own devices. The pass manager runs
/// the union: a target's preparation leaves other segments alone.
static void buildPreparation(OpPassManager &pm, ModuleOp module) {
  llvm::SmallPtrSet<const Target *, 4> done;
  for (DeviceOp device : module.getOps<DeviceOp>()) {
    const Target *target =
        TargetRegistry::global().lookup(device.getDescriptor().getFamily());
    if (target && done.insert(target).second)
      target->buildPreparation(pm.nest<func::FuncOp>(), device.getDescriptor());
  }
}

void buildAssignment(OpPassManager &pm, const PlacementOptions &placement) {
  pm.addPass(createAssignDevices(
      {placement.objective, placement.fallback, placement.maxFallbackOps}));
}

void buildSegments(OpPassManager &pm) {
  pm.addNestedPass<func::FuncOp>(createFormSegments());
}

void buildPhase(OpPassManager &pm, Phase phase, ModuleOp module,
                const PlacementOptions &placement) {
  switch (phase) {
  case Phase::normalize:
    return buildNormalize(pm);
  case Phase::place:
    buildAssignment(pm, placement);
    return buildSegments(pm);
  case Phase::quantize:
    pm.addNestedPass<func::FuncOp>(createApplyPrecision());
    return;
  case Phase::layout:
    pm.addPass(createAssignLayouts());
    buildPreparation(pm, module);
    pm.addPass(createDeriveWeights());
    pm.addNestedPass<func::FuncOp>(createCSEPass());
    return;
  case Phase::fuse:
    pm.addPass(createFormGroups());
    return;
  case Phase::lower:
    pm.addNestedPass<func::FuncOp>(createStoreQuantized());
    pm.addPass(createOutlineExecutables());
    pm.addNestedPass<plan::ExecutableOp>(createLowerExecutables());
    return;
  case Phase::plan:
    pm.addPass(createBuildPlan());
    pm.addNestedPass<func::FuncOp>(createPlaceBuffers());
    return;
  case Phase::import:
  case Phase::emit:
  case Phase::bundle:
    return; // No passes: they read or write files.
  }
}

} // namespace autoglm
