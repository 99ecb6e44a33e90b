//===- Queue.cpp - work of one device, in a thread of its own -------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/Queue.h"

#include <sched.h>
#include <system_error>

using namespace autoglm::rt;

Expected<std::unique_ptr<Queue>> Queue::create(std::vector<uint32_t> cores) {
  std::unique_ptr<Queue> queue(new Queue());
  try {
    queue->thread = std::thread(
        [queue = queue.get(), cores = std::move(cores)] { queue->run(cores); });
  } catch (const std::system_error &) {
    return Status(AGR_OUT_OF_MEMORY, "cannot start a thread");
  }
  return queue;
}

Queue::~Queue() {
  if (!thread.joinable())
    return;
  {
    std::lock_guard<std::mutex> lock(mutex);
    stopping = true;
  }
  changed.notify_all();
  thread.join();
}

void Queue::add(std::function<void()> work) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    pending.push_back(std::move(work));
  }
  changed.notify_one();
}

void Queue::run(const std::vector<uint32_t> &cores) {
  if (!cores.empty()) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (uint32_t core : cores)
      CPU_SET(core, &set);
    // They were checked; should one vanish now, only the speed suffers.
    (void)sched_setaffinity(0, sizeof set, &set);
  }
  std::unique_lock<std::mutex> lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return stopping || !pending.empty(); });
    if (pending.empty())
      return;
    std::function<void()> work = std::move(pending.front());
    pending.pop_front();
    lock.unlock();
    work();
    work = nullptr; // What it holds on to goes before the next one starts.
    lock.lock();
  }
}

Event::~Event() {
  // Work holds on to its event: if it was not done it never will be.
  if (state == State::Submitted)
    (void)wait();
  if (handle)
    device.driver.free_event(device.handle, handle);
}

void Event::submitted(agr_hal_event *event) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    handle = event;
    state = State::Submitted;
  }
  changed.notify_all();
}

void Event::finished(Status status) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    result = std::move(status);
    state = State::Done;
  }
  changed.notify_all();
}

Status Event::wait() {
  std::unique_lock<std::mutex> lock(mutex);
  changed.wait(lock, [&] { return state != State::Enqueued; });
  if (state == State::Submitted) {
    // Whoever else waits does so for the lock.
    agr_hal_error error = {};
    result = device.status(device.driver.wait(device.handle, handle, &error),
                           error, AGR_DRIVER_FAILED);
    state = State::Done;
  }
  return result;
}
