//===- Tool.h - what autoglm-run and autoglm-bundle do ----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_TOOL_H
#define AUTOGLM_RUNTIME_TOOL_H

namespace autoglm::rt {

/// The whole of a tool; returns the process's exit code.
int runMain(int argc, char **argv);
int bundleMain(int argc, char **argv);

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_TOOL_H
