//===- Trace.cpp - runs in the format of Chrome's tracing -----------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Measure.h"

#include "autoglm/Runtime/IO/Files.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

using namespace autoglm::rt;

namespace {
constexpr unsigned tracedRuns = 5;

/// Writes the events: tracks are threads of one process, the first one that of
/// the runs.
class Writer {
public:
  explicit Writer(std::vector<std::string> devices)
      : tracks(std::move(devices)) {
    text = "{\"displayTimeUnit\": \"ms\", \"traceEvents\": [\n"
           "{\"name\": \"process_name\", \"ph\": \"M\", \"pid\": 1, "
           "\"args\": {\"name\": \"autoglm-run\"}}";
    nameTrack(0, "runs");
    for (size_t i = 0; i < tracks.size(); ++i)
      nameTrack(i + 1, tracks[i]);
  }

  /// Times in nanoseconds since the first run began.
  void slice(size_t track, const std::string &name, uint64_t begin,
             uint64_t end, const std::string &args) {
    text += fmt::format(",\n{{\"name\": {}, \"ph\": \"X\", \"pid\": 1, "
                        "\"tid\": {}, \"ts\": {:.3f}, \"dur\": {:.3f}, "
                        "\"args\": {{{}}}}}",
                        jsonString(name), track, double(begin) / 1000,
                        double(end - begin) / 1000, args);
  }

  void launch(const agr_launch_record &record, uint64_t start) {
    size_t track = 1;
    while (tracks[track - 1] != record.device)
      ++track;
    std::string args;
    if (record.bytes != 0)
      args += fmt::format("\"bytes\": {}", record.bytes);
    if (record.flops != 0)
      args += fmt::format("{}\"flops\": {}", args.empty() ? "" : ", ",
                          record.flops);
    slice(track, Session::describe(record), start + record.begin_ns,
          start + record.end_ns, args);
  }

  std::string finish() { return text + "\n]}\n"; }

private:
  void nameTrack(size_t track, const std::string &name) {
    text += fmt::format(
        ",\n{{\"name\": \"thread_name\", \"ph\": \"M\", \"pid\": 1, \"tid\": "
        "{0}, \"args\": {{\"name\": {1}}}}}"
        ",\n{{\"name\": \"thread_sort_index\", \"ph\": \"M\", \"pid\": 1, "
        "\"tid\": {0}, \"args\": {{\"sort_index\": {0}}}}}",
        track, jsonString(name));
  }

  std::vector<std::string> tracks;
  std::string text;
};

struct Run {
  uint64_t begin = 0, end = 0;
  std::vector<agr_launch_record> records;
};
} // namespace

static Status record(Session &session, std::vector<Run> &runs) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point zero = Clock::now();
  auto now = [&] {
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() -
                                                             zero)
            .count());
  };
  for (Run &run : runs) {
    run.begin = now();
    if (Status status = session.run(); status.failed())
      return status;
    run.end = now();
    if (Status status = session.profile(run.records); status.failed())
      return status;
  }
  return Status();
}

Status autoglm::rt::trace(Session &session, const std::string &path) {
  if (Status status = session.setProfiling(true); status.failed())
    return status;
  std::vector<Run> runs(tracedRuns);
  if (Status status = record(session, runs); status.failed())
    return status;
  if (Status status = session.setProfiling(false); status.failed())
    return status;
  std::vector<std::string> devices;
  for (const Run &run : runs)
    for (const agr_launch_record &one : run.records)
      if (std::find(devices.begin(), devices.end(), one.device) ==
          devices.end())
        devices.push_back(one.device);
  std::sort(devices.begin(), devices.end());
  Writer writer(devices);
  for (const Run &run : runs) {
    writer.slice(0, session.entryName(), run.begin, run.end, "");
    for (const agr_launch_record &one : run.records)
      writer.launch(one, run.begin);
  }
  OutputFile file;
  if (Status status = file.open(path); status.failed())
    return status;
  if (Status status = file.write(writer.finish()); status.failed())
    return status;
  return file.commit();
}
