//===- PhaseCheck.h - compares phases by evaluation -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PIPELINE_PHASECHECK_H
#define AUTOGLM_PIPELINE_PHASECHECK_H

#include "autoglm/Pipeline/Phases.h"
#include "autoglm/Reference/WeightStore.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace autoglm {

/// Evaluates every entry of a module on seeded random inputs and remembers the
/// results, against which later phases are compared.
class PhaseCheck {
public:
  explicit PhaseCheck(WeightStore &weights) : weights(weights) {}

  /// Fails after a diagnostic if a result differs from the first call's by more
  /// than 1e-3 + 1e-3 * |y| (integers: at all).
  mlir::LogicalResult check(mlir::ModuleOp module, Phase phase);

private:
  mlir::FailureOr<llvm::SmallVector<Tensor>>
  makeInputs(mlir::func::FuncOp entry);

  WeightStore &weights;
  llvm::StringMap<llvm::SmallVector<Tensor>> expected;
};

} // namespace autoglm

#endif // AUTOGLM_PIPELINE_PHASECHECK_H
