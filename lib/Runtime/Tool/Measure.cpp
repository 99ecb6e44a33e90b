//===- Measure.cpp - benchmark and profile ----------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <sched.h>

using namespace autoglm::rt;

namespace {
/// The shortest of them counts: a launch may be disturbed, never too fast.
constexpr unsigned profiledRuns = 5;

unsigned usableCores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
  return 1;
}
} // namespace

Status autoglm::rt::benchmark(Session &session,
                              const BenchmarkOptions &options) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  for (unsigned i = 0; i < options.warmup + options.rounds; ++i) {
    Clock::time_point begin = Clock::now();
    if (Status status = session.run(); status.failed())
      return status;
    std::chrono::duration<double, std::milli> taken = Clock::now() - begin;
    if (i >= options.warmup)
      times.push_back(taken.count());
  }
  std::sort(times.begin(), times.end());
  size_t n = times.size();
  double median = (times[(n - 1) / 2] + times[n / 2]) / 2;
  double p99 = times[static_cast<size_t>(std::ceil(0.99 * double(n))) - 1];
  unsigned threads = options.threads ? options.threads : usableCores();
  if (options.json)
    fmt::print("{{\"min_ms\": {:.6f}, \"median_ms\": {:.6f}, \"p99_ms\": "
               "{:.6f}, \"threads\": {}, \"rounds\": {}}}\n",
               times[0], median, p99, threads, options.rounds);
  else
    fmt::print("min {:.4f} ms, median {:.4f} ms, 99th percentile {:.4f} ms "
               "({} threads, {} rounds)\n",
               times[0], median, p99, threads, options.rounds);
  return Status();
}

/// Launches of the two runs correspond, unless the plan branched otherwise.
static void keepShorter(std::vector<agr_launch_record> &records,
                        const std::vector<agr_launch_record> &again) {
  if (records.size() != again.size())
    return;
  for (size_t i = 0; i < records.size(); ++i)
    if (strcmp(records[i].kernel, again[i].kernel) == 0 &&
        again[i].end_ns - again[i].begin_ns <
            records[i].end_ns - records[i].begin_ns)
      records[i].end_ns =
          records[i].begin_ns + (again[i].end_ns - again[i].begin_ns);
}

static void printTable(FILE *out,
                       const std::vector<agr_launch_record> &records) {
  struct Row {
    std::string kernel;
    uint64_t ns = 0;
    unsigned launches = 0;
  };
  std::map<std::string, Row> byKernel;
  uint64_t total = 0;
  size_t width = 6;
  for (const agr_launch_record &record : records) {
    std::string name = Session::describe(record);
    Row &row = byKernel[name];
    row.kernel = name;
    row.ns += record.end_ns - record.begin_ns;
    ++row.launches;
    total += record.end_ns - record.begin_ns;
    width = std::max(width, row.kernel.size());
  }
  std::vector<Row> rows;
  for (auto &[name, row] : byKernel)
    rows.push_back(row);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row &a, const Row &b) { return a.ns > b.ns; });
  fmt::print(out, "{:<{}}  {:>8}  {:>12}  {:>6}\n", "kernel", width, "launches",
             "time us", "share");
  for (const Row &row : rows)
    fmt::print(out, "{:<{}}  {:>8}  {:>12.3f}  {:>5.1f}%\n", row.kernel, width,
               row.launches, double(row.ns) / 1000,
               total ? 100.0 * double(row.ns) / double(total) : 0.0);
  fmt::print(out, "{:<{}}  {:>8}  {:>12.3f}  {:>5.1f}%\n", "total", width,
             records.size(), double(total) / 1000, total ? 100.0 : 0.0);
}

Status autoglm::rt::profile(Session &session, FILE *table) {
  if (Status status = session.setProfiling(true); status.failed())
    return status;
  std::vector<agr_launch_record> records, again;
  Status status = session.run();
  if (!status.failed())
    status = session.profile(records);
  for (unsigned run = 1; run < profiledRuns && !status.failed(); ++run) {
    status = session.run();
    if (!status.failed())
      status = session.profile(again);
    if (!status.failed())
      keepShorter(records, again);
  }
  if (!status.failed())
    status = session.setProfiling(false);
  if (status.failed())
    return status;
  printTable(table, records);
  return Status();
}
