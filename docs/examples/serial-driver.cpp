// A driver in one file: host memory, kernels one after the other on the thread
// that submits them. docs/tutorials/add-a-device.md builds it.

#include "autoglm/hal.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <string>
#include <unistd.h>
#include <vector>

// What the compiler emits for this family: a shared object whose functions run
// a part of their range.
using Kernel = void (*)(const void *const *buffers, const int64_t *scalars,
                        int64_t begin, int64_t end);

struct agr_hal_device {};
struct agr_hal_buffer {
  uint8_t *data;
  bool isOwn;
};
struct agr_hal_executable {
  void *library;
};
struct agr_hal_function {};
struct agr_hal_event {};

namespace {
struct Command {
  Kernel kernel; // null for a copy
  std::vector<void *> buffers;
  std::vector<int64_t> scalars;
  int64_t extent;
};
} // namespace

struct agr_hal_list {
  std::vector<Command> commands;
};

namespace {

agr_hal_code fail(agr_hal_error *error, agr_hal_code code, const char *what) {
  snprintf(error->message, sizeof error->message, "%s", what);
  return code;
}

uint8_t *at(const agr_hal_range &range) {
  return range.buffer->data + range.offset;
}

// Detect: whether the device is here, and what it has, as descriptors spell it.
agr_hal_code probe(agr_hal_info *info, agr_hal_error *) {
  static const char *const features[] = {"serial"};
  *info = {features, 1, __builtin_cpu_supports("avx2") ? 1u : 0u};
  return AGR_HAL_OK;
}

agr_hal_code open(const agr_hal_open_options *, agr_hal_device **device,
                  agr_hal_error *) {
  *device = new agr_hal_device;
  return AGR_HAL_OK;
}
void close(agr_hal_device *device) { delete device; }

agr_hal_code alloc(agr_hal_device *, uint64_t bytes, agr_hal_buffer **buffer,
                   agr_hal_error *error) {
  uint64_t rounded = (bytes + AGR_HAL_ALIGNMENT - 1) / AGR_HAL_ALIGNMENT;
  void *data = aligned_alloc(AGR_HAL_ALIGNMENT, rounded * AGR_HAL_ALIGNMENT);
  if (!data)
    return fail(error, AGR_HAL_OUT_OF_MEMORY, "out of memory");
  *buffer = new agr_hal_buffer{static_cast<uint8_t *>(data), true};
  return AGR_HAL_OK;
}
agr_hal_code importHost(agr_hal_device *, void *data, uint64_t, uint32_t,
                        agr_hal_buffer **buffer, agr_hal_error *) {
  *buffer = new agr_hal_buffer{static_cast<uint8_t *>(data), false};
  return AGR_HAL_OK;
}
void release(agr_hal_device *, agr_hal_buffer *buffer) {
  if (buffer->isOwn)
    free(buffer->data);
  delete buffer;
}

agr_hal_code write(agr_hal_device *, const agr_hal_range *target,
                   const void *source, agr_hal_error *) {
  memcpy(at(*target), source, target->bytes);
  return AGR_HAL_OK;
}
agr_hal_code read(agr_hal_device *, const agr_hal_range *source, void *target,
                  agr_hal_error *) {
  memcpy(target, at(*source), source->bytes);
  return AGR_HAL_OK;
}

// Load: from the bundle's bytes to something that runs.
agr_hal_code load(agr_hal_device *, const void *data, size_t bytes,
                  const char *format, agr_hal_executable **executable,
                  agr_hal_error *error) {
  if (strcmp(format, "elf") != 0)
    return fail(error, AGR_HAL_UNSUPPORTED, "only shared objects run here");
  char path[] = "/tmp/serial-XXXXXX";
  int file = mkstemp(path);
  bool isWritten =
      file >= 0 && ::write(file, data, bytes) == static_cast<ssize_t>(bytes);
  void *library = isWritten ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : nullptr;
  if (file >= 0) {
    ::close(file);
    unlink(path);
  }
  if (!library)
    return fail(error, AGR_HAL_BAD_EXECUTABLE, "cannot load it");
  *executable = new agr_hal_executable{library};
  return AGR_HAL_OK;
}
void unload(agr_hal_device *, agr_hal_executable *executable) {
  dlclose(executable->library);
  delete executable;
}
agr_hal_code lookup(agr_hal_device *, agr_hal_executable *executable,
                    const char *name, agr_hal_function **function,
                    agr_hal_error *error) {
  *function = static_cast<agr_hal_function *>(dlsym(executable->library, name));
  return *function ? AGR_HAL_OK
                   : fail(error, AGR_HAL_BAD_EXECUTABLE, "no such kernel");
}

// Normalize: from the runtime's commands to what is repeated at each submit.
agr_hal_code record(agr_hal_device *, const agr_hal_command *commands,
                    size_t count, agr_hal_list **list, agr_hal_error *) {
  *list = new agr_hal_list;
  for (const agr_hal_command *c = commands; c != commands + count; ++c) {
    Command command{nullptr, {}, {}, 0};
    for (size_t i = 0; i < c->num_ranges; ++i)
      command.buffers.push_back(at(c->ranges[i]));
    if (c->kind == AGR_HAL_LAUNCH) {
      command.kernel = reinterpret_cast<Kernel>(c->function);
      command.scalars.assign(c->scalars, c->scalars + c->num_scalars);
      command.extent = c->extent;
    } else {
      command.extent = static_cast<int64_t>(c->ranges[0].bytes);
    }
    (*list)->commands.push_back(command);
  }
  return AGR_HAL_OK;
}
void releaseList(agr_hal_device *, agr_hal_list *list) { delete list; }

agr_hal_code submit(agr_hal_device *, agr_hal_list *list,
                    agr_hal_event *const *, size_t, uint32_t,
                    agr_hal_event **signal, agr_hal_error *) {
  for (const Command &c : list->commands)
    if (!c.kernel)
      memcpy(c.buffers[1], c.buffers[0], static_cast<size_t>(c.extent));
    else if (c.extent > 0)
      c.kernel(c.buffers.data(), c.scalars.data(), 0, c.extent);
  *signal = new agr_hal_event;
  return AGR_HAL_OK;
}
// Everything is done when submit returns.
agr_hal_code wait(agr_hal_device *, agr_hal_event *, agr_hal_error *) {
  return AGR_HAL_OK;
}
void freeEvent(agr_hal_device *, agr_hal_event *event) { delete event; }
agr_hal_code sync(agr_hal_device *, agr_hal_error *) { return AGR_HAL_OK; }

} // namespace

extern "C" __attribute__((visibility("default"))) const agr_hal_driver *
agr_driver_query(uint32_t abi_version) {
  static const agr_hal_driver driver = [] {
    agr_hal_driver d = {};
    d.abi_version = AGR_HAL_ABI_VERSION;
    d.struct_size = sizeof d;
    d.family = "serial";
    d.driver_version = 1;
    d.probe = probe;
    d.open = open;
    d.close = close;
    d.alloc = alloc;
    d.import_host = importHost;
    d.free = release;
    d.write = write;
    d.read = read;
    d.load = load;
    d.unload = unload;
    d.lookup = lookup;
    d.record = record;
    d.release = releaseList;
    d.submit = submit;
    d.wait = wait;
    d.free_event = freeEvent;
    d.sync = sync;
    return d;
  }();
  return abi_version == AGR_HAL_ABI_VERSION ? &driver : nullptr;
}
