//===- Numbers.h - constants that are one number ------------------*- C++ -*-
// C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_NORMALIZE_NUMBERS_H
#define AUTOGLM_PASSES_NORMALIZE_NUMBERS_H

#include "dialects/AutoGLM/AutoGLM.h"

namespace autoglm {

/// The number that all elements of a constant are.
std::optional<double> getNumber(mlir::Value value);

} // namespace autoglm

#endif // AUTOGLM_PASSES_NORMALIZE_NUMBERS_H
