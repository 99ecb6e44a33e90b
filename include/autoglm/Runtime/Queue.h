//===- Queue.h - work of one device, in a thread of its own -----*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_QUEUE_H
#define AUTOGLM_RUNTIME_QUEUE_H

#include "autoglm/Runtime/Device.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace autoglm::rt {

/// A thread that does the work of one device in the order in which it comes:
/// waiting for another device blocks it and nobody else. Work waits only for
/// what was enqueued before, so there is no deadlock.
class Queue {
public:
  /// Starts the thread, which stays on these cores if there are any.
  static Expected<std::unique_ptr<Queue>> create(std::vector<uint32_t> cores);
  /// Does what is left.
  ~Queue();
  Queue(const Queue &) = delete;
  Queue &operator=(const Queue &) = delete;

  /// `work` throws nothing.
  void add(std::function<void()> work);

private:
  Queue() = default;
  void run(const std::vector<uint32_t> &cores);

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> pending;
  bool stopping = false;
  std::thread thread;
};

/// A submitted command list or transfer: enqueued, handed to the driver, done.
/// Any thread may wait. Waits and frees at the end of its life.
class Event {
public:
  explicit Event(Device &device) : device(device) {}
  ~Event();
  Event(const Event &) = delete;
  Event &operator=(const Event &) = delete;

  /// The list is with the driver, whose event says when it is done.
  void submitted(agr_hal_event *event);
  /// It is done without the driver, or has failed.
  void finished(Status status);

  /// Blocks until it is done; how it ended, each time.
  Status wait();
  /// Whether it is known to have gone well.
  bool succeeded() const { return state == State::Done && !result.failed(); }
  /// The driver's event, if it has one by now.
  agr_hal_event *driverEvent() const { return handle; }

  Device &device;

private:
  enum class State { Enqueued, Submitted, Done };
  std::mutex mutex;
  std::condition_variable changed;
  /// Changed under the mutex, read without it: somebody may hold it for as long
  /// as the device works.
  std::atomic<State> state = State::Enqueued;
  std::atomic<agr_hal_event *> handle = nullptr;
  Status result;
};

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_QUEUE_H
