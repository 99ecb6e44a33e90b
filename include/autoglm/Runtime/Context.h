//===- Context.h - one entry, bound and run ---------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_CONTEXT_H
#define AUTOGLM_RUNTIME_CONTEXT_H

#include "autoglm/Runtime/LoadedBundle.h"
#include "autoglm/Runtime/Queue.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace autoglm::rt {

/// A command list as recorded, and the values it was recorded with.
struct RecordedList {
  Device *device = nullptr;
  agr_hal_list *handle = nullptr;
  std::vector<uint64_t> signature;
};

/// A launch or copy that was timed. The label is the plan's.
struct TimeRecord {
  const char *label = "";
  /// Place in the manifest; none for a copy that the host made.
  std::optional<uint32_t> device;
  bool isCopy = false;
  uint64_t bytes = 0;
  uint64_t flops = 0;
  agr_hal_time time = {};
};

class Context {
public:
  static Expected<std::unique_ptr<Context>> create(LoadedBundle &bundle,
                                                   size_t entry);
  ~Context();
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;

  const EntryInfo &entry() const { return bundle.manifest().entries[index]; }
  Status bind(bool output, size_t position, void *data, size_t bytes);
  Status run();
  Status runAsync();
  Status wait();
  void setProfiling(bool on) { profiling = on; }
  /// Times on the clock of the driver; runStart is their zero.
  const std::vector<TimeRecord> &profile() const { return records; }
  uint64_t runStart() const { return started; }
  bool busy();

  LoadedBundle &bundle;

private:
  friend class Interpreter;
  Context(LoadedBundle &bundle, size_t entry) : bundle(bundle), index(entry) {}

  Status execute();
  void workerLoop();

  const size_t index;
  std::vector<std::shared_ptr<Memory>> arenas;   // by device
  std::vector<std::shared_ptr<Memory>> bindings; // inputs, then outputs
  std::vector<RecordedList> lists;
  std::vector<TimeRecord> records;
  bool profiling = false;
  uint64_t started = 0;

  // The asynchronous run: the state below is guarded by `mutex`.
  enum class Async { Idle, Requested, Finished };
  std::mutex mutex;
  std::condition_variable changed;
  std::thread worker;
  Async async = Async::Idle;
  bool stopping = false;
  Status asyncResult;
};

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_CONTEXT_H
