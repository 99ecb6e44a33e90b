//===- CrashReport.h - what is left after an internal error -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PIPELINE_CRASHREPORT_H
#define AUTOGLM_PIPELINE_CRASHREPORT_H

#include <string>

namespace autoglm {

/// From now on a crash of this process prints a message that names this
/// project, writes `autoglm-crash-<pid>.txt` (version, phase and a command that
/// shows the IR before it) into the current folder, and exits with code 5.
void installCrashReport(int argc, char **argv);

/// Crashes when the phase of this name is reached; for tests of the above.
void crashIn(const std::string &phase);
/// Called by the compiler at the start of each phase.
void maybeCrash(const char *phase);

} // namespace autoglm

#endif // AUTOGLM_PIPELINE_CRASHREPORT_H
