//===- Progress.h - a progress bar on a terminal ----------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_SUPPORT_PROGRESS_H
#define AUTOGLM_SUPPORT_PROGRESS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace autoglm {

/// One line at the bottom of a terminal that says how far long work is. Nothing
/// is written where the stream is no terminal, and nothing in the first
/// moments, so that short work shows no bar. Thread-safe.
class Progress {
public:
  /// How a stream that is a terminal is told; tests say so themselves.
  enum class When { Terminal, Always, Never };
  explicit Progress(llvm::raw_ostream &os, When when = When::Terminal);
  /// Removes the line.
  ~Progress();

  /// Begins a part of the work of `total` steps; 0 if the number is unknown.
  void start(llvm::StringRef what, uint64_t total);
  void advance(uint64_t steps = 1);
  /// Removes the line, for a message; the next step brings it back.
  void clear();

private:
  void draw(bool force);
  void clearLocked();

  llvm::raw_ostream &os;
  bool enabled;
  /// Until then nothing is drawn, so as not to flicker.
  std::chrono::steady_clock::time_point next;
  std::mutex mutex;
  std::string what;
  uint64_t total = 0, done = 0;
  bool visible = false;
};

} // namespace autoglm

#endif // AUTOGLM_SUPPORT_PROGRESS_H
