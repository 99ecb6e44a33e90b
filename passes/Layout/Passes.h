//===- Passes.h - passes of the phase Layout -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_LAYOUT_PASSES_H
#define AUTOGLM_PASSES_LAYOUT_PASSES_H

#include "dialects/AutoGLM/AutoGLM.h"
#include "dialects/Plan/Plan.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace autoglm {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Layout/Passes.h.inc"
} // namespace autoglm

#endif // AUTOGLM_PASSES_LAYOUT_PASSES_H
