//===- Target.h - the compiler side of this family -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_TARGET_H
#define AUTOGLM_TARGETS_CPU_COMPILER_TARGET_H

namespace autoglm::cpu {

/// Adds the target to the registry.
void registerTarget();

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_TARGET_H
