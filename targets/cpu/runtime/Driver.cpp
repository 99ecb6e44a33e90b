//===- Driver.cpp - the driver interface on the host ----------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A submit runs its list in the calling thread, helped by the pool, and its
// event is done at once: on the host that is both the fastest and the simplest.
// Where there are several devices, the runtime has a thread for each that
// submits.

#include "Features.h"
#include "ThreadPool.h"

#include "autoglm/hal.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dlfcn.h>
#include <memory>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

using namespace autoglm::cpu;

/// docs/bundle-format.md, "CPU executables".
using Kernel = void (*)(const void *const *buffers, const int64_t *scalars,
                        int64_t begin, int64_t end);

struct agr_hal_device {
  agr_hal_device(unsigned threads, std::vector<unsigned> cores)
      : pool(threads, std::move(cores)) {}
  ThreadPool pool;
};

struct agr_hal_buffer {
  uint8_t *data;
  bool owned;
};

struct agr_hal_executable {
  int fd;
  void *library;
};

namespace {

struct Step {
  Kernel kernel = nullptr; // null: a copy
  std::vector<const void *> buffers;
  std::vector<int64_t> scalars;
  int64_t extent = 0;
};

agr_hal_code fail(agr_hal_error *error, agr_hal_code code, const char *what,
                  const char *detail = "") {
  snprintf(error->message, sizeof error->message, "%s%s", what, detail);
  return code;
}

uint64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1000000000u +
         static_cast<uint64_t>(time.tv_nsec);
}

} // namespace

struct agr_hal_list {
  std::vector<Step> steps;
};

struct agr_hal_event {
  std::vector<agr_hal_time> times;
};

namespace {

/// The event of every list that is not timed.
agr_hal_event doneEvent;

agr_hal_code probe(agr_hal_info *info, agr_hal_error *) {
  const std::vector<const char *> &features = hostFeatures();
  info->features = features.data();
  info->num_features = features.size();
  info->num_devices = 1;
  return AGR_HAL_OK;
}

agr_hal_code open(const agr_hal_open_options *options, agr_hal_device **device,
                  agr_hal_error *error) {
  try {
    std::vector<unsigned> cores(options->cores,
                                options->cores + options->num_cores);
    *device = new agr_hal_device(options->threads, std::move(cores));
    return AGR_HAL_OK;
  } catch (const std::bad_alloc &) {
    return fail(error, AGR_HAL_OUT_OF_MEMORY, "out of memory");
  }
}

void close(agr_hal_device *device) { delete device; }

agr_hal_code alloc(agr_hal_device *, uint64_t bytes, agr_hal_buffer **buffer,
                   agr_hal_error *error) {
  void *data = nullptr;
  auto *made = new (std::nothrow) agr_hal_buffer{nullptr, true};
  if (!made || bytes > SIZE_MAX / 2 ||
      posix_memalign(&data, AGR_HAL_ALIGNMENT, bytes) != 0) {
    delete made;
    char text[64];
    snprintf(text, sizeof text, "%llu bytes are not to be had",
             static_cast<unsigned long long>(bytes));
    return fail(error, AGR_HAL_OUT_OF_MEMORY, text);
  }
  made->data = static_cast<uint8_t *>(data);
  *buffer = made;
  return AGR_HAL_OK;
}

agr_hal_code importHost(agr_hal_device *, void *data, uint64_t, uint32_t,
                        agr_hal_buffer **buffer, agr_hal_error *error) {
  *buffer =
      new (std::nothrow) agr_hal_buffer{static_cast<uint8_t *>(data), false};
  return *buffer ? AGR_HAL_OK
                 : fail(error, AGR_HAL_OUT_OF_MEMORY, "out of memory");
}

void freeBuffer(agr_hal_device *, agr_hal_buffer *buffer) {
  if (buffer->owned)
    free(buffer->data);
  delete buffer;
}

uint8_t *pointer(const agr_hal_range &range) {
  return range.buffer->data + range.offset;
}

agr_hal_code write(agr_hal_device *, const agr_hal_range *target,
                   const void *source, agr_hal_error *) {
  memcpy(pointer(*target), source, target->bytes);
  return AGR_HAL_OK;
}

agr_hal_code read(agr_hal_device *, const agr_hal_range *source, void *target,
                  agr_hal_error *) {
  memcpy(target, pointer(*source), source->bytes);
  return AGR_HAL_OK;
}

agr_hal_code copy(agr_hal_device *, const agr_hal_range *source,
                  const agr_hal_range *target, agr_hal_error *) {
  memcpy(pointer(*target), pointer(*source), source->bytes);
  return AGR_HAL_OK;
}

agr_hal_code load(agr_hal_device *, const void *data, size_t bytes,
                  const char *format, agr_hal_executable **executable,
                  agr_hal_error *error) {
  if (strcmp(format, "elf") != 0)
    return fail(error, AGR_HAL_UNSUPPORTED, "unknown executable format ",
                format);
  int fd = memfd_create("autoglm-executable", MFD_CLOEXEC);
  if (fd < 0)
    return fail(error, AGR_HAL_FAILED,
                "cannot make a memory file: ", strerrordesc_np(errno));
  const char *next = static_cast<const char *>(data);
  while (bytes != 0) {
    ssize_t written = ::write(fd, next, bytes);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0) {
      int number = errno;
      ::close(fd);
      return fail(error, AGR_HAL_OUT_OF_MEMORY,
                  "cannot fill a memory file: ", strerrordesc_np(number));
    }
    next += written;
    bytes -= static_cast<size_t>(written);
  }
  // The descriptor stays open: the loader takes two libraries of one path for
  // the same, and a closed descriptor's number is used again.
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    ::close(fd);
    return fail(error, AGR_HAL_BAD_EXECUTABLE, "cannot load it: ", dlerror());
  }
  *executable = new (std::nothrow) agr_hal_executable{fd, library};
  if (*executable)
    return AGR_HAL_OK;
  dlclose(library);
  ::close(fd);
  return fail(error, AGR_HAL_OUT_OF_MEMORY, "out of memory");
}

void unload(agr_hal_device *, agr_hal_executable *executable) {
  dlclose(executable->library);
  ::close(executable->fd);
  delete executable;
}

agr_hal_code lookup(agr_hal_device *, agr_hal_executable *executable,
                    const char *name, agr_hal_function **function,
                    agr_hal_error *error) {
  *function =
      reinterpret_cast<agr_hal_function *>(dlsym(executable->library, name));
  return *function
             ? AGR_HAL_OK
             : fail(error, AGR_HAL_BAD_EXECUTABLE, "it has no kernel ", name);
}

agr_hal_code record(agr_hal_device *, const agr_hal_command *commands,
                    size_t count, agr_hal_list **list, agr_hal_error *error) {
  try {
    auto made = std::make_unique<agr_hal_list>();
    for (size_t i = 0; i < count; ++i) {
      const agr_hal_command &command = commands[i];
      Step &step = made->steps.emplace_back();
      for (size_t k = 0; k < command.num_ranges; ++k)
        step.buffers.push_back(pointer(command.ranges[k]));
      if (command.kind == AGR_HAL_COPY) {
        step.extent = static_cast<int64_t>(command.ranges[0].bytes);
        continue;
      }
      step.kernel = reinterpret_cast<Kernel>(command.function);
      step.scalars.assign(command.scalars,
                          command.scalars + command.num_scalars);
      step.extent = command.extent;
    }
    *list = made.release();
    return AGR_HAL_OK;
  } catch (const std::bad_alloc &) {
    return fail(error, AGR_HAL_OUT_OF_MEMORY, "out of memory");
  }
}

void release(agr_hal_device *, agr_hal_list *list) { delete list; }

void runStep(ThreadPool *pool, const Step &step) {
  if (!step.kernel) {
    memcpy(const_cast<void *>(step.buffers[1]), step.buffers[0],
           static_cast<size_t>(step.extent));
    return;
  }
  auto body = [&step](int64_t begin, int64_t end) {
    step.kernel(step.buffers.data(), step.scalars.data(), begin, end);
  };
  if (step.extent == 0)
    return;
  if (pool && step.extent > 1)
    pool->run(step.extent, body);
  else
    body(0, step.extent);
}

agr_hal_code submit(agr_hal_device *device, agr_hal_list *list,
                    agr_hal_event *const *, size_t, uint32_t flags,
                    agr_hal_event **signal, agr_hal_error *error) {
  try {
    bool timed = (flags & AGR_HAL_TIMED) != 0;
    std::unique_ptr<agr_hal_event> event;
    if (timed) {
      event = std::make_unique<agr_hal_event>();
      event->times.reserve(list->steps.size());
    }
    ThreadPool *pool = device->pool.acquire() ? &device->pool : nullptr;
    for (const Step &step : list->steps) {
      uint64_t begin = timed ? now() : 0;
      runStep(pool, step);
      if (timed && step.kernel)
        event->times.push_back({begin, now()});
    }
    if (pool)
      pool->release();
    *signal = timed ? event.release() : &doneEvent;
    return AGR_HAL_OK;
  } catch (const std::bad_alloc &) {
    return fail(error, AGR_HAL_OUT_OF_MEMORY, "out of memory");
  }
}

agr_hal_code wait(agr_hal_device *, agr_hal_event *, agr_hal_error *) {
  return AGR_HAL_OK;
}

void freeEvent(agr_hal_device *, agr_hal_event *event) {
  if (event != &doneEvent)
    delete event;
}

agr_hal_code sync(agr_hal_device *, agr_hal_error *) { return AGR_HAL_OK; }

agr_hal_code telemetry(agr_hal_device *, agr_hal_event *event,
                       agr_hal_time *times, size_t capacity, size_t *count,
                       agr_hal_error *) {
  *count = std::min(capacity, event->times.size());
  std::copy_n(event->times.begin(), *count, times);
  return AGR_HAL_OK;
}

agr_hal_code map(agr_hal_device *, agr_hal_buffer *buffer, void **data,
                 agr_hal_error *) {
  *data = buffer->data;
  return AGR_HAL_OK;
}

constexpr agr_hal_driver driver = {
    AGR_HAL_ABI_VERSION,
    sizeof(agr_hal_driver),
    "cpu",
    1,
    probe,
    open,
    close,
    alloc,
    importHost,
    freeBuffer,
    write,
    read,
    copy,
    load,
    unload,
    lookup,
    record,
    release,
    submit,
    wait,
    freeEvent,
    sync,
    telemetry,
    map,
};

} // namespace

extern "C" __attribute__((visibility("default"))) const agr_hal_driver *
agr_driver_query(uint32_t abi_version) {
  return abi_version == AGR_HAL_ABI_VERSION ? &driver : nullptr;
}
