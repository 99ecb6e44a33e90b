//===- Submit.cpp - command lists -----------------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"

using namespace autoglm::rt;

/// Everything a recorded list depends on. Comparing it is all that a repeated
/// run pays.
static void sign(std::vector<uint64_t> &signature, const Window &window) {
  signature.push_back(window.memory ? window.memory->identity() : 0);
  signature.push_back(window.offset);
  signature.push_back(window.bytes);
}

Status Interpreter::submit(Frame &frame, const Instruction &code) {
  Device &device = bundle.device(code.device);
  RecordedList &list = context.lists[code.list];
  std::vector<uint64_t> signature;
  signature.reserve(list.signature.size());
  for (const Command &command : code.commands) {
    for (uint32_t buffer : command.buffers)
      sign(signature, frame.registers[buffer].window);
    for (const Operand &scalar : command.scalars)
      signature.push_back(number(frame, scalar));
    signature.push_back(number(frame, command.extent));
  }
  if (!list.handle || signature != list.signature) {
    // The list may still be running.
    if (list.handle)
      if (Status status = drain(); status.failed())
        return status;
    if (Status status = record(frame, code, list); status.failed())
      return status;
    list.signature = std::move(signature);
  }
  auto event = std::make_shared<Event>(device);
  uint32_t flags = 0;
  if (context.profiling) {
    flags = AGR_HAL_TIMED;
    Timed &times = timed.emplace_back();
    times.event = event;
    for (const Command &command : code.commands)
      if (!command.isCopy)
        times.records.push_back(
            {bundle.plan().kernels[command.kernel].label.c_str(), device.index,
             false, command.bytes, command.flops});
  }
  // One of them may be in the register of the result.
  EventList waits = waitsOf(frame, code);
  frame.registers[code.result].event = event;
  // Nothing records the list anew before this is done.
  return start(event, std::move(waits),
               [&device, handle = list.handle, flags,
                event = event.get()](const EventList &own) {
                 std::vector<agr_hal_event *> waits;
                 for (const std::shared_ptr<Event> &wait : own)
                   waits.push_back(wait->driverEvent());
                 agr_hal_event *signal = nullptr;
                 agr_hal_error error = {};
                 agr_hal_code result =
                     device.driver.submit(device.handle, handle, waits.data(),
                                          waits.size(), flags, &signal, &error);
                 if (result == AGR_HAL_OK)
                   event->submitted(signal);
                 return device.status(result, error, AGR_DRIVER_FAILED);
               });
}

Interpreter::EventList Interpreter::waitsOf(const Frame &frame,
                                            const Instruction &code) const {
  EventList waits;
  for (uint32_t reg : code.registers)
    if (const std::shared_ptr<Event> &event = frame.registers[reg].event;
        event && !event->succeeded())
      waits.push_back(event);
  return waits;
}

Status Interpreter::start(const std::shared_ptr<Event> &event, EventList waits,
                          std::function<Status(const EventList &own)> work) {
  auto run = [event, waits = std::move(waits), work = std::move(work)] {
    // A driver knows its own events; for those of others, and for transfers,
    // this thread waits.
    EventList own;
    for (const std::shared_ptr<Event> &wait : waits) {
      if (&wait->device == &event->device && wait->driverEvent())
        own.push_back(wait);
      else if (Status status = wait->wait(); status.failed())
        return status;
    }
    return work(own);
  };
  Queue *queue = event->device.queue.get();
  if (!queue) {
    Status status = run();
    if (status.failed())
      event->finished(status);
    pending.push_back(event);
    return status;
  }
  pending.push_back(event);
  try {
    queue->add([event, run = std::move(run)] {
      Status status;
      try {
        status = run();
      } catch (const std::bad_alloc &) {
        status = Status(AGR_OUT_OF_MEMORY, "out of memory");
      }
      if (status.failed())
        event->finished(std::move(status));
    });
  } catch (const std::bad_alloc &) {
    event->finished(Status(AGR_OUT_OF_MEMORY, "out of memory"));
  }
  return Status();
}

Status Interpreter::record(Frame &frame, const Instruction &code,
                           RecordedList &list) {
  Device &device = bundle.device(code.device);
  std::vector<std::vector<agr_hal_range>> ranges(code.commands.size());
  std::vector<std::vector<int64_t>> scalars(code.commands.size());
  std::vector<agr_hal_command> commands;
  for (size_t i = 0; i < code.commands.size(); ++i) {
    const Command &command = code.commands[i];
    for (uint32_t reg : command.buffers) {
      const Window &window = frame.registers[reg].window;
      if (!window.memory)
        return Status(AGR_PLAN_FAILED, "a command uses an empty buffer");
      Expected<agr_hal_buffer *> buffer = window.memory->on(device);
      if (buffer.failed())
        return buffer.status();
      ranges[i].push_back({*buffer, window.offset, window.bytes});
    }
    for (const Operand &scalar : command.scalars)
      scalars[i].push_back(number(frame, scalar));
    agr_hal_command out = {};
    out.kind = command.isCopy ? AGR_HAL_COPY : AGR_HAL_LAUNCH;
    out.ranges = ranges[i].data();
    out.num_ranges = ranges[i].size();
    if (command.isCopy) {
      const Window &target = frame.registers[command.buffers[1]].window;
      if (ranges[i][0].bytes != ranges[i][1].bytes)
        return Status(AGR_PLAN_FAILED, "a copy command's sizes differ");
      if (target.memory->isReadOnly())
        return Status(AGR_PLAN_FAILED, "a copy command writes read-only "
                                       "memory");
    } else {
      out.function = bundle.kernel(command.kernel);
      out.scalars = scalars[i].data();
      out.num_scalars = scalars[i].size();
      out.extent = number(frame, command.extent);
      if (out.extent < 0)
        return Status(AGR_PLAN_FAILED, "a launch over " +
                                           std::to_string(out.extent) +
                                           " indices");
    }
    commands.push_back(out);
  }
  agr_hal_list *handle = nullptr;
  agr_hal_error error = {};
  agr_hal_code result = device.driver.record(device.handle, commands.data(),
                                             commands.size(), &handle, &error);
  if (result != AGR_HAL_OK)
    return device.status(result, error, AGR_DRIVER_FAILED);
  if (list.handle)
    list.device->driver.release(list.device->handle, list.handle);
  list.device = &device;
  list.handle = handle;
  return Status();
}
