//===- Inputs.h - where the inputs of a run come from -----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_TOOL_INPUTS_H
#define AUTOGLM_RUNTIME_TOOL_INPUTS_H

#include "Session.h"

#include <fstream>

namespace autoglm::rt {

/// The samples that the command line asks for, one after the other.
class Inputs {
public:
  /// Reads the files (`NAME=FILE` or `FILE`) and fills what they leave out
  /// with random numbers, if there is a seed.
  Status open(Session &session, const std::vector<std::string> &arguments,
              std::optional<uint64_t> seed);
  /// Puts the next sample into the session's inputs; false at the end.
  Expected<bool> next();
  /// Whether the number of samples is not known before they are read.
  bool isStream() const { return lines.is_open(); }

private:
  Status readFile(const std::string &name, const std::string &path);
  Status assign(size_t index, const Tensor &tensor);
  Status assignNamed(const std::string &name, const Tensor &tensor);
  Status readLine(const std::string &line);

  Session *session = nullptr;
  std::vector<bool> given;
  std::ifstream lines;
  std::string linesPath;
  size_t lineNumber = 0;
  bool done = false;
};

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_TOOL_INPUTS_H
