//===- Phases.h - the phases of a compilation -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PIPELINE_PHASES_H
#define AUTOGLM_PIPELINE_PHASES_H

#include "autoglm/Pipeline/Placement.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"

#include <optional>
#include <vector>

namespace autoglm {

enum class Phase {
#define AUTOGLM_PHASE(name, sentence) name,
#include "autoglm/Pipeline/Phases.def"
};

llvm::StringRef getName(Phase phase);
/// What a dump after the phase shows.
llvm::StringRef getSentence(Phase phase);
std::optional<Phase> parsePhase(llvm::StringRef name);
std::vector<Phase> allPhases();

/// Adds the passes of a phase from normalize to plan. The module says which
/// devices there are.
void buildPhase(mlir::OpPassManager &pm, Phase phase, mlir::ModuleOp module,
                const PlacementOptions &placement = {});

/// The first half of `place`, after which operations have devices but form no
/// segments yet, and the second.
void buildAssignment(mlir::OpPassManager &pm,
                     const PlacementOptions &placement);
void buildSegments(mlir::OpPassManager &pm);

} // namespace autoglm

#endif // AUTOGLM_PIPELINE_PHASES_H
