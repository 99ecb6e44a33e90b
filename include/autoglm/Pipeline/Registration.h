//===- Registration.h - everything that tools can parse and run -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PIPELINE_REGISTRATION_H
#define AUTOGLM_PIPELINE_REGISTRATION_H

#include "mlir/IR/DialectRegistry.h"

namespace autoglm {

/// Adds the project's dialects, those of every registered target, and the
/// reference meaning of operations. Targets are registered on the first call.
void registerAllDialects(mlir::DialectRegistry &registry);

/// Registers the project's passes, those of the targets, and the upstream ones
/// that its pipelines use, by name.
void registerAllPasses();

} // namespace autoglm

#endif // AUTOGLM_PIPELINE_REGISTRATION_H
