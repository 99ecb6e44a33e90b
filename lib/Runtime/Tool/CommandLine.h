//===- CommandLine.h - what both tools do alike -----------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_TOOL_COMMANDLINE_H
#define AUTOGLM_RUNTIME_TOOL_COMMANDLINE_H

#include "autoglm/Runtime/Status.h"

#include <CLI/CLI.hpp>

namespace autoglm::rt {

/// Version and help options, and the exit codes below the help.
void setUp(CLI::App &app, const char *description);
/// Parses; a value is the exit code with which the tool ends at once.
std::optional<int> parse(CLI::App &app, int argc, char **argv);
/// Prints "tool: error: message [code]" and returns the exit code.
int fail(const CLI::App &app, const Status &status);
/// Calls the body; exceptions become internal errors.
int guarded(const CLI::App &app, const std::function<Status()> &body);

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_TOOL_COMMANDLINE_H
