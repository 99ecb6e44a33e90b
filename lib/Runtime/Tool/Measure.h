//===- Measure.h - benchmark, profile, trace --------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_TOOL_MEASURE_H
#define AUTOGLM_RUNTIME_TOOL_MEASURE_H

#include "Session.h"

namespace autoglm::rt {

struct BenchmarkOptions {
  unsigned threads = 0; // 0: all cores this process may use
  unsigned rounds = 100;
  unsigned warmup = 10;
  bool json = false;
};

/// Times whole runs on the host and prints the result.
Status benchmark(Session &session, const BenchmarkOptions &options);
/// Runs a few times with profiling; prints the shortest time of each launch as
/// a table.
Status profile(Session &session, FILE *table);
/// Runs a few times with profiling and writes a Chrome trace of them.
Status trace(Session &session, const std::string &path);

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_TOOL_MEASURE_H
