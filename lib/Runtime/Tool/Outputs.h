//===- Outputs.h - where the outputs of a run go ----------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_TOOL_OUTPUTS_H
#define AUTOGLM_RUNTIME_TOOL_OUTPUTS_H

#include "Session.h"
#include "autoglm/Runtime/IO/Files.h"

namespace autoglm::rt {

/// Writes the outputs of each sample; the files appear when all went well.
class Outputs {
public:
  /// The ending of `path` says the form; without one it is a folder. "" and
  /// `print` false: nothing is written.
  Status open(Session &session, const std::string &path, bool print,
              bool stream);
  /// Takes the outputs of one more sample.
  Status sample();
  Status finish();

private:
  Status writeFolder();
  std::string encode(const Slot &slot) const;

  Session *session = nullptr;
  std::string path, kind;
  bool print = false;
  OutputFile file;
};

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_TOOL_OUTPUTS_H
