//===- Adapters.h - the order of drivers from a file ------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_TOOL_ADAPTERS_H
#define AUTOGLM_RUNTIME_TOOL_ADAPTERS_H

#include "autoglm/Runtime/Status.h"

#include <string>

namespace autoglm::rt {

/// The types of an adapters file by their priority, as names of drivers with
/// ':' between them. Entries that name a device were resolved by the compiler
/// and say nothing of drivers. The file is JSON; it may be YAML where this
/// build has yaml-cpp. Errors: FILE_UNREADABLE, FILE_MALFORMED.
Expected<std::string> readDriverOrder(const std::string &path);

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_TOOL_ADAPTERS_H
