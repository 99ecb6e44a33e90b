//===- Transfer.cpp - copies that cross devices, and times ----------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"

#include <algorithm>
#include <chrono>

using namespace autoglm::rt;

uint64_t autoglm::rt::driverTime() {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(
          std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

Status Interpreter::copy(const Window &source, const Window &target) {
  uint64_t begin = context.profiling ? driverTime() : 0;
  Status status = copyWindow(source, target);
  if (context.profiling && !status.failed()) {
    Timed &times = timed.emplace_back();
    times.isKnown = true;
    times.records.push_back(
        {"", std::nullopt, true, source.bytes, 0, {begin, driverTime()}});
  }
  return status;
}

Status Interpreter::transfer(Frame &frame, const Instruction &code) {
  Device &device = bundle.device(code.device);
  const Window &source = frame.registers[code.first].window;
  const Window &target = frame.registers[code.second].window;
  if (!source.memory || !target.memory)
    return Status(AGR_PLAN_FAILED, "a transfer of an empty buffer");
  auto event = std::make_shared<Event>(device);
  TimeRecord *record = nullptr;
  if (context.profiling) {
    // A deque: what follows does not move it.
    Timed &times = timed.emplace_back();
    times.event = event;
    times.isKnown = true;
    times.records.push_back(
        {code.label.c_str(), device.index, true, source.bytes, 0});
    record = &times.records.front();
  }
  EventList waits = waitsOf(frame, code);
  frame.registers[code.result].event = event;
  return start(
      event, std::move(waits),
      [event = event.get(), source, target, record](const EventList &own) {
        // The copy is the host's, so the driver cannot wait for it.
        for (const std::shared_ptr<Event> &wait : own)
          if (Status status = wait->wait(); status.failed())
            return status;
        uint64_t begin = record ? driverTime() : 0;
        Status status = copyWindow(source, target);
        if (record)
          record->time = {begin, driverTime()};
        if (!status.failed())
          event->finished(Status());
        return status;
      });
}

void Interpreter::collectTimes() {
  for (Timed &times : timed) {
    if (!times.isKnown) {
      Device &device = times.event->device;
      agr_hal_event *handle = times.event->driverEvent();
      if (!handle || !device.driver.telemetry)
        continue;
      std::vector<agr_hal_time> spans(times.records.size());
      agr_hal_error error = {};
      size_t count = 0;
      if (device.driver.telemetry(device.handle, handle, spans.data(),
                                  spans.size(), &count, &error) != AGR_HAL_OK)
        continue;
      times.records.resize(std::min(count, times.records.size()));
      for (size_t i = 0; i < times.records.size(); ++i)
        times.records[i].time = spans[i];
    }
    context.records.insert(context.records.end(), times.records.begin(),
                           times.records.end());
  }
  timed.clear();
}
