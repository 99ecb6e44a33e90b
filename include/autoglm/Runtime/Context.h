//===- Context.h - one entry, bound and run ---------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_CONTEXT_H
#define AUTOGLM_RUNTIME_CONTEXT_H

#include "autoglm/Runtime/LoadedBundle.h"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace autoglm::rt {

/// A submitted command list. Waits and frees at the end of its life.
class Event {
public:
  Event(Device &device, agr_hal_event *handle)
      : device(device), handle(handle) {}
  ~Event();
  Event(const Event &) = delete;
  Event &operator=(const Event &) = delete;

  Status wait();
  bool isDone() const { return done; }

  Device &device;
  agr_hal_event *const handle;
  /// The launches, by kernel, if the event is timed.
  std::vector<uint32_t> launches;

private:
  bool done = false;
};

/// A command list as recorded, and the values it was recorded with.
struct RecordedList {
  Device *device = nullptr;
  agr_hal_list *handle = nullptr;
  std::vector<uint64_t> signature;
};

struct LaunchRecord {
  uint32_t kernel = 0;
  uint32_t device = 0;
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
  const std::vector<LaunchRecord> &profile() const { return records; }
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
  std::vector<LaunchRecord> records;
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
