//===- PlanCheck.h - windows whose place is known ---------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_PLANCHECK_H
#define AUTOGLM_RUNTIME_PLANCHECK_H

#include "autoglm/Runtime/Json.h"
#include "autoglm/Runtime/Plan.h"

namespace autoglm::rt {

/// Checks views and copies of buffers that are written once and have a
/// constant size, so that a wrong plan is refused before it runs. Everything
/// else is checked at run time. `entry` gives the sizes of the arguments.
void checkWindows(const Node &code, const Function &function,
                  const EntryInfo *entry);

/// Refuses an entry in which two commands touch the same bytes, one of them
/// writes, and nothing says which of them comes first (docs/bundle-format.md,
/// "Order"). Looks at functions without branches and calls only.
void checkRaces(const Node &code, const Function &function,
                const EntryInfo &entry, const Manifest &manifest);

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_PLANCHECK_H
