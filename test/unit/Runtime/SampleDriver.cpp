//===- SampleDriver.cpp - a driver in its own world -----------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// The device has memory that the host cannot reach (addresses are stored in a
// changed form), runs nothing before somebody waits, and has none of the
// optional functions. So a plan that forgets a copy or a wait gives wrong
// results. Its executables are the names of the kernels that they contain.

#include "autoglm/hal.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#ifndef SAMPLE_ABI
#define SAMPLE_ABI AGR_HAL_ABI_VERSION
#endif

struct agr_hal_device {
  /// Submitted, not yet run. Guarded by the mutex: whoever waits runs it.
  std::vector<agr_hal_event *> queue;
  std::mutex mutex;
  std::atomic<int> live = 0;
};

struct agr_hal_buffer {
  uintptr_t hidden;
  uint8_t *data() const { return reinterpret_cast<uint8_t *>(hidden ^ 0x5555); }
};

struct agr_hal_executable {
  std::string kernels;
};

namespace {
struct Command {
  std::string kernel;
  std::vector<float *> buffers;
  std::vector<int64_t> scalars;
  int64_t extent = 0;
};

agr_hal_code fail(agr_hal_error *error, agr_hal_code code, const char *text) {
  snprintf(error->message, sizeof error->message, "%s", text);
  return code;
}
} // namespace

struct agr_hal_function {};
struct agr_hal_list {
  std::vector<Command> commands;
};
struct agr_hal_event {
  agr_hal_list *list;
  bool failed = false;
};

namespace {

const char *const kernelNames[] = {"add", "scale", "fail"};
agr_hal_function functions[3];

void runCommand(const Command &command, bool &failed) {
  const std::vector<float *> &b = command.buffers;
  if (command.kernel == "fail")
    failed = true;
  for (int64_t i = 0; i < command.extent; ++i) {
    if (command.kernel == "add")
      b[2][i] = b[0][i] + b[1][i];
    else if (command.kernel == "scale")
      b[1][i] = b[0][i] * static_cast<float>(command.scalars[0]);
    else if (command.kernel.empty())
      reinterpret_cast<uint8_t *>(b[1])[i] =
          reinterpret_cast<uint8_t *>(b[0])[i];
  }
}

void flush(agr_hal_device *device) {
  std::lock_guard<std::mutex> lock(device->mutex);
  for (agr_hal_event *event : device->queue) {
    for (const Command &command : event->list->commands)
      runCommand(command, event->failed);
  }
  device->queue.clear();
}

agr_hal_code probe(agr_hal_info *info, agr_hal_error *) {
  static const char *const features[] = {"one", "two"};
  *info = {features, 2, 2};
  return AGR_HAL_OK;
}

agr_hal_code open(const agr_hal_open_options *, agr_hal_device **device,
                  agr_hal_error *) {
  *device = new agr_hal_device;
  return AGR_HAL_OK;
}

void close(agr_hal_device *device) {
  // A leak of the runtime is a crash of the test.
  if (device->live != 0 || !device->queue.empty())
    abort();
  delete device;
}

agr_hal_code alloc(agr_hal_device *device, uint64_t bytes,
                   agr_hal_buffer **buffer, agr_hal_error *error) {
  if (bytes > (1u << 30))
    return fail(error, AGR_HAL_OUT_OF_MEMORY, "the device is full");
  void *data = aligned_alloc(64, (bytes + 63) / 64 * 64);
  memset(data, 0xEE, bytes);
  *buffer = new agr_hal_buffer{reinterpret_cast<uintptr_t>(data) ^ 0x5555};
  ++device->live;
  return AGR_HAL_OK;
}

void freeBuffer(agr_hal_device *device, agr_hal_buffer *buffer) {
  ::free(buffer->data());
  delete buffer;
  --device->live;
}

agr_hal_code write(agr_hal_device *, const agr_hal_range *target,
                   const void *source, agr_hal_error *) {
  memcpy(target->buffer->data() + target->offset, source, target->bytes);
  return AGR_HAL_OK;
}

agr_hal_code read(agr_hal_device *, const agr_hal_range *source, void *target,
                  agr_hal_error *) {
  memcpy(target, source->buffer->data() + source->offset, source->bytes);
  return AGR_HAL_OK;
}

agr_hal_code load(agr_hal_device *device, const void *data, size_t bytes,
                  const char *format, agr_hal_executable **executable,
                  agr_hal_error *error) {
  if (strcmp(format, "text") != 0)
    return fail(error, AGR_HAL_UNSUPPORTED, "unknown executable format");
  *executable = new agr_hal_executable{
      std::string(static_cast<const char *>(data), bytes)};
  ++device->live;
  return AGR_HAL_OK;
}

void unload(agr_hal_device *device, agr_hal_executable *executable) {
  delete executable;
  --device->live;
}

agr_hal_code lookup(agr_hal_device *, agr_hal_executable *executable,
                    const char *name, agr_hal_function **function,
                    agr_hal_error *error) {
  for (size_t i = 0; i < 3; ++i)
    // The compiler's names go on with a hash: "add_0123456789abcdef".
    if (std::string(name, strcspn(name, "_")) == kernelNames[i] &&
        executable->kernels.find(name) != std::string::npos) {
      *function = &functions[i];
      return AGR_HAL_OK;
    }
  return fail(error, AGR_HAL_BAD_EXECUTABLE, "no such kernel");
}

agr_hal_code record(agr_hal_device *device, const agr_hal_command *commands,
                    size_t count, agr_hal_list **list, agr_hal_error *) {
  auto *made = new agr_hal_list;
  for (size_t i = 0; i < count; ++i) {
    Command command;
    for (size_t k = 0; k < commands[i].num_ranges; ++k) {
      const agr_hal_range &range = commands[i].ranges[k];
      command.buffers.push_back(
          reinterpret_cast<float *>(range.buffer->data() + range.offset));
    }
    command.extent = static_cast<int64_t>(commands[i].ranges[0].bytes);
    if (commands[i].kind == AGR_HAL_LAUNCH) {
      command.kernel = kernelNames[commands[i].function - functions];
      command.scalars.assign(commands[i].scalars,
                             commands[i].scalars + commands[i].num_scalars);
      command.extent = commands[i].extent;
    }
    made->commands.push_back(std::move(command));
  }
  *list = made;
  ++device->live;
  return AGR_HAL_OK;
}

void release(agr_hal_device *device, agr_hal_list *list) {
  delete list;
  --device->live;
}

agr_hal_code submit(agr_hal_device *device, agr_hal_list *list,
                    agr_hal_event *const *, size_t, uint32_t,
                    agr_hal_event **signal, agr_hal_error *) {
  *signal = new agr_hal_event{list};
  std::lock_guard<std::mutex> lock(device->mutex);
  device->queue.push_back(*signal);
  ++device->live;
  return AGR_HAL_OK;
}

agr_hal_code wait(agr_hal_device *device, agr_hal_event *event,
                  agr_hal_error *error) {
  flush(device);
  return event->failed ? fail(error, AGR_HAL_FAILED, "the kernel failed")
                       : AGR_HAL_OK;
}

void freeEvent(agr_hal_device *device, agr_hal_event *event) {
  delete event;
  --device->live;
}

agr_hal_code sync(agr_hal_device *device, agr_hal_error *) {
  flush(device);
  return AGR_HAL_OK;
}

const agr_hal_driver driver = {
    SAMPLE_ABI,    sizeof(agr_hal_driver),
    SAMPLE_FAMILY, 3,
    probe,         open,
    close,         alloc,
    nullptr,       freeBuffer,
    write,         read,
    nullptr,       load,
    unload,        lookup,
    record,        release,
    submit,        wait,
    freeEvent,     sync,
    nullptr,       nullptr,
};

} // namespace

extern "C" __attribute__((visibility("default"))) const agr_hal_driver *
agr_driver_query(uint32_t) {
  return &driver;
}
