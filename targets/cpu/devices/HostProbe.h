//===- HostProbe.h - the machine we run on as a device ----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_HOSTPROBE_H
#define AUTOGLM_TARGETS_CPU_HOSTPROBE_H

namespace autoglm::cpu {

/// Makes the device `host` (short: `cpu`) known to the descriptor loader.
void registerHostProbe();

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_HOSTPROBE_H
