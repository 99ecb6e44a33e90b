//===- Context.cpp - one entry, bound and run -----------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/Context.h"

#include "Interpreter.h"

#include <new>
#include <system_error>

using namespace autoglm::rt;

Expected<std::unique_ptr<Context>> Context::create(LoadedBundle &bundle,
                                                   size_t entry) {
  std::unique_ptr<Context> context(new Context(bundle, entry));
  const Plan &plan = bundle.plan();
  for (uint32_t i = 0; i < plan.arenaBytes.size(); ++i) {
    Expected<std::shared_ptr<Memory>> arena =
        Memory::allocate(bundle.device(i), plan.arenaBytes[i]);
    if (arena.failed())
      return arena.status();
    context->arenas.push_back(arena.take());
  }
  context->bindings.resize(context->entry().inputs.size() +
                           context->entry().outputs.size());
  context->lists.resize(plan.numLists);
  return context;
}

Context::~Context() {
  (void)wait();
  if (worker.joinable()) {
    {
      std::lock_guard<std::mutex> lock(mutex);
      stopping = true;
    }
    changed.notify_all();
    worker.join();
  }
  for (RecordedList &list : lists)
    if (list.handle)
      list.device->driver.release(list.device->handle, list.handle);
}

bool Context::busy() {
  std::lock_guard<std::mutex> lock(mutex);
  return async != Async::Idle;
}

Status Context::bind(bool output, size_t position, void *data, size_t bytes) {
  if (busy())
    return Status(AGR_BAD_ARGUMENT, "a run is in flight");
  const std::vector<TensorInfo> &list =
      output ? entry().outputs : entry().inputs;
  const char *kind = output ? "output" : "input";
  if (position >= list.size())
    return Status(AGR_BAD_ARGUMENT, "entry '" + entry().name + "' has no " +
                                        kind + " " + std::to_string(position));
  const TensorInfo &tensor = list[position];
  std::string what = std::string(kind) + " '" + tensor.name + "'";
  if (bytes != tensor.bytes)
    return Status(AGR_BAD_TENSOR, what + " has " +
                                      std::to_string(tensor.bytes) +
                                      " bytes, not " + std::to_string(bytes));
  if (!data && bytes != 0)
    return Status(AGR_BAD_ARGUMENT, what + " is bound to NULL");
  if (reinterpret_cast<uintptr_t>(data) % dtypeSize(tensor.dtype) != 0)
    return Status(AGR_BAD_ARGUMENT,
                  what + " is not aligned to its element type");
  std::shared_ptr<Memory> &slot =
      bindings[position + (output ? entry().inputs.size() : 0)];
  // The same memory again keeps the recorded command lists.
  if (slot && slot->hostData() == data && bytes != 0)
    return Status();
  slot = Memory::host(data, bytes, !output);
  return Status();
}

Status Context::run() {
  if (busy())
    return Status(AGR_BAD_ARGUMENT, "a run is in flight");
  return execute();
}

Status Context::execute() {
  for (size_t i = 0; i < bindings.size(); ++i) {
    if (bindings[i])
      continue;
    size_t inputs = entry().inputs.size();
    return Status(AGR_NOT_BOUND,
                  i < inputs
                      ? "input '" + entry().inputs[i].name + "' is not bound"
                      : "output '" + entry().outputs[i - inputs].name +
                            "' is not bound");
  }
  if (profiling) {
    records.clear();
    started = driverTime();
  }
  return Interpreter(*this).run();
}

Status Context::runAsync() {
  std::lock_guard<std::mutex> lock(mutex);
  if (async != Async::Idle)
    return Status(AGR_BAD_ARGUMENT, "a run is in flight");
  if (!worker.joinable()) {
    try {
      worker = std::thread([this] { workerLoop(); });
    } catch (const std::system_error &) {
      return Status(AGR_OUT_OF_MEMORY, "cannot start a thread");
    }
  }
  async = Async::Requested;
  changed.notify_all();
  return Status();
}

void Context::workerLoop() {
  std::unique_lock<std::mutex> lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return stopping || async == Async::Requested; });
    if (stopping)
      return;
    lock.unlock();
    Status result;
    try {
      result = execute();
    } catch (const std::bad_alloc &) {
      result = Status(AGR_OUT_OF_MEMORY, "out of memory");
    } catch (const std::exception &error) {
      result = Status(AGR_INTERNAL, error.what());
    }
    lock.lock();
    asyncResult = std::move(result);
    async = Async::Finished;
    changed.notify_all();
  }
}

Status Context::wait() {
  std::unique_lock<std::mutex> lock(mutex);
  if (async == Async::Idle)
    return Status();
  changed.wait(lock, [&] { return async == Async::Finished; });
  async = Async::Idle;
  return std::move(asyncResult);
}
