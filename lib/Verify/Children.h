//===- Children.h - cases in processes of their own -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_VERIFY_CHILDREN_H
#define AUTOGLM_LIB_VERIFY_CHILDREN_H

#include "Cases.h"
#include "Outcome.h"

#include <functional>

namespace autoglm::verify {

struct ChildOptions {
  /// Command that runs one case and prints its outcome as a line of JSON; the
  /// case's folder and a temporary folder are appended.
  std::vector<std::string> command;
  unsigned jobs = 1;
  double timeoutSeconds = 120;
};

/// Runs each case in a process of its own, `jobs` at a time, so that a crash or
/// a hang is that case's outcome. `done` is called after each, from any thread.
/// The results are in the order of the cases.
std::vector<Result> runChildren(const std::vector<Case> &cases,
                                const ChildOptions &options,
                                const std::function<void()> &done);

} // namespace autoglm::verify

#endif // AUTOGLM_LIB_VERIFY_CHILDREN_H
