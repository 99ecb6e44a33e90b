//===- Pipeline.h - from graph operations to LLVM -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_PIPELINE_H
#define AUTOGLM_TARGETS_CPU_COMPILER_PIPELINE_H

#include "Passes.h"

#include "mlir/Pass/PassManager.h"

namespace autoglm::cpu {

/// What tiling needs to know of a processor.
struct MachineShape {
  int64_t cacheBytes;
  int64_t l2Bytes;
  int64_t vectorBytes;
  int64_t registers;
  /// Multiplies and adds with one rounding.
  bool hasFma = true;

  /// What a descriptor says. Where it does not know, the least that processors
  /// of the last twenty years have.
  static MachineShape of(DeviceAttr device);
};

/// Dialects, interface implementations and translations that lowering needs.
void registerLoweringDialects(mlir::DialectRegistry &registry);

/// Passes from a kernel in the graph dialect to the LLVM dialect.
void addLoweringPasses(mlir::OpPassManager &pm, const MachineShape &machine);

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_PIPELINE_H
