//===- Verdicts.h - what becomes one kernel -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_VERDICTS_H
#define AUTOGLM_TARGETS_CPU_COMPILER_VERDICTS_H

#include "autoglm/Device/DeviceModel.h"

namespace autoglm::cpu {

/// Most bytes of a kernel's own buffers, which live on its thread's stack.
inline constexpr int64_t kMaxKernelBytes = 256 << 10;

/// Verdict on an operation or a candidate group.
Verdict getVerdict(mlir::Operation *op, DeviceAttr device);

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_VERDICTS_H
