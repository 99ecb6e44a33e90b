//===- CrashReport.cpp - what is left after an internal error -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Pipeline/CrashReport.h"

#include "autoglm/Pipeline/Compiler.h"

#include "llvm/Support/PrettyStackTrace.h"
#include "llvm/Support/Signals.h"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace autoglm {

/// Prepared before anything can go wrong: a handler must not allocate.
static std::string &getCommand() {
  static std::string command;
  return command;
}

static std::string &getCrashPhase() {
  static std::string phase;
  return phase;
}

/// A word as a shell reads it back.
static std::string quote(const std::string &word) {
  if (!word.empty() &&
      word.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVW"
                             "XYZ0123456789-_=./,:+@%") == std::string::npos)
    return word;
  std::string result = "'";
  for (char c : word)
    result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

static void writeReport(void *) {
  char name[64], text[8192];
  std::snprintf(name, sizeof(name), "autoglm-crash-%d.txt", getpid());
  auto phase = static_cast<int>(getCurrentPhase());
  const char *current = getName(getCurrentPhase()).data();
  const char *before =
      phase > 0 ? getName(static_cast<Phase>(phase - 1)).data() : nullptr;
  int length = std::snprintf(
      text, sizeof(text),
      "Open-AutoGLM " AUTOGLM_VERSION " crashed in phase %s\ncommand: %s\n"
      "%s%s%s%s",
      current, getCommand().c_str(), before ? "the IR before it: " : "",
      before ? getCommand().c_str() : "", before ? " --compile-to " : "",
      before ? before : "");
  length = std::min<int>(length, sizeof(text) - 2);
  text[length++] = '\n';
  int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file >= 0) {
    (void)!write(file, text, length);
    close(file);
  }
  length = std::snprintf(text, sizeof(text),
                         "\nautoglm: internal error [AGC-E901]: this is a bug "
                         "of Open-AutoGLM, not "
                         "of your model. A reproducer is in %s\n",
                         file >= 0 ? name : "(it could not be written)");
  (void)!write(2, text, length);
  _exit(5);
}

void installCrashReport(int argc, char **argv) {
  std::string &command = getCommand();
  for (int i = 0; i < argc; ++i)
    command += (i ? " " : "") + quote(argv[i]);
  llvm::setBugReportMsg("This is a bug of Open-AutoGLM; please report it with "
                        "the file named below.\n");
  llvm::sys::PrintStackTraceOnErrorSignal(argv[0]);
  llvm::sys::AddSignalHandler(writeReport, nullptr);
}

void crashIn(const std::string &phase) { getCrashPhase() = phase; }

void maybeCrash(const char *phase) {
  if (getCrashPhase() == phase)
    std::abort();
}

} // namespace autoglm
