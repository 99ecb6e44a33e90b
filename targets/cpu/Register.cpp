//===- Register.cpp - what this family brings to the compiler -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "compiler/Target.h"
#include "devices/HostProbe.h"

namespace autoglm {

void registerCpuFamily() {
  cpu::registerHostProbe();
  cpu::registerTarget();
}

} // namespace autoglm
