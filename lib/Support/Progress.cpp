//===- Progress.cpp - a progress bar on a terminal --------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Progress.h"

#include <algorithm>

using namespace std::chrono_literals;

namespace autoglm {

/// Work that is done sooner shows no bar; then so often.
static constexpr auto patience = 300ms;
static constexpr auto interval = 100ms;
static constexpr unsigned width = 30;

Progress::Progress(llvm::raw_ostream &os, When when)
    : os(os), enabled(when == When::Always ||
                      (when == When::Terminal && os.is_displayed())),
      next(std::chrono::steady_clock::now() + patience) {
  if (when == When::Always)
    next = {};
}

Progress::~Progress() { clear(); }

void Progress::start(llvm::StringRef newWhat, uint64_t newTotal) {
  std::lock_guard<std::mutex> lock(mutex);
  what = newWhat.str();
  total = newTotal;
  done = 0;
  draw(/*force=*/true);
}

void Progress::advance(uint64_t steps) {
  std::lock_guard<std::mutex> lock(mutex);
  done += steps;
  draw(total != 0 && done >= total);
}

void Progress::clear() {
  std::lock_guard<std::mutex> lock(mutex);
  clearLocked();
}

void Progress::clearLocked() {
  if (!visible)
    return;
  os << "\r\033[K";
  os.flush();
  visible = false;
}

void Progress::draw(bool force) {
  auto now = std::chrono::steady_clock::now();
  // Once the bar stands, what changes its text is shown at once.
  if (!enabled || (now < next && !(force && visible)))
    return;
  next = now + interval;
  os << "\r\033[K";
  if (total) {
    uint64_t shown = std::min(done, total);
    auto filled = static_cast<unsigned>(
        width * (static_cast<double>(shown) / static_cast<double>(total)));
    os << '[' << std::string(filled, '#') << std::string(width - filled, '.')
       << "] " << shown << '/' << total << ' ';
  }
  os << what;
  os.flush();
  visible = true;
}

} // namespace autoglm
