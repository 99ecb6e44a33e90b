//===- Reference.h - the meaning of every operation -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_REFERENCE_REFERENCE_H
#define AUTOGLM_REFERENCE_REFERENCE_H

#include "mlir/IR/Dialect.h"

namespace autoglm {

/// Attaches EvaluateOpInterface to every operation on tensors of the autoglm
/// dialect: all but weights, devices, segments, groups and launches.
void registerReferenceModels(mlir::DialectRegistry &registry);

} // namespace autoglm

#endif // AUTOGLM_REFERENCE_REFERENCE_H
