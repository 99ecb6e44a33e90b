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
  std::vector<agr_hal_event *> waits;
  for (uint32_t reg : code.registers) {
    const std::shared_ptr<Event> &event = frame.registers[reg].event;
    if (!event || event->isDone())
      continue;
    if (&event->device == &device) {
      waits.push_back(event->handle);
      continue;
    }
    // Drivers do not know each other's events.
    if (Status status = waitFor(*event); status.failed())
      return status;
  }
  agr_hal_event *signal = nullptr;
  agr_hal_error error = {};
  agr_hal_code result = device.driver.submit(
      device.handle, list.handle, waits.data(), waits.size(),
      context.profiling ? AGR_HAL_TIMED : 0, &signal, &error);
  if (result != AGR_HAL_OK)
    return device.status(result, error, AGR_DRIVER_FAILED);
  auto event = std::make_shared<Event>(device, signal);
  if (context.profiling)
    for (const Command &command : code.commands)
      if (!command.isCopy)
        event->launches.push_back(command.kernel);
  frame.registers[code.result].event = event;
  pending.push_back(std::move(event));
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
