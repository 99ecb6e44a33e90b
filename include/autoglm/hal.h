/*===- hal.h - what a driver implements -------------------------*- C -*-===*\
|*                                                                            *|
|* Part of Open-AutoGLM.                                                      *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* A driver for the device family F is the shared object                      *|
|* libautoglm_driver_F.so; descriptors may name other drivers, which then     *|
|* call themselves so or by the family that they serve. It exports one        *|
|* function, agr_driver_query, which returns a table of function pointers     *|
|* that lives as long as the process.                                         *|
|*                                                                            *|
|* Entries marked (optional) may be NULL; the comment says what that means.   *|
|* Every function returns AGR_HAL_OK or an error, and then fills in `error`   *|
|* (never NULL). Handles are the driver's own; 0 is never a valid handle.     *|
|* Threads: the runtime may call functions of one device from several threads *|
|* at once, but uses a single list from one thread at a time and waits for a  *|
|* single event in one thread at a time; a submit may name it meanwhile.      *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef AUTOGLM_HAL_H
#define AUTOGLM_HAL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever the layout or meaning of this file changes. */
#define AGR_HAL_ABI_VERSION 2u
#define AGR_HAL_QUERY_NAME "agr_driver_query"
/* Alignment of what alloc returns. */
#define AGR_HAL_ALIGNMENT 64u

#ifdef __cplusplus
/* Every number is a value of it, so that a driver's answer can be checked. */
typedef enum agr_hal_code : int32_t {
#else
typedef enum agr_hal_code {
#endif
  AGR_HAL_OK = 0,
  AGR_HAL_UNAVAILABLE = 1, /* the hardware or library is not here */
  AGR_HAL_OUT_OF_MEMORY = 2,
  AGR_HAL_BAD_EXECUTABLE = 3,
  AGR_HAL_UNSUPPORTED = 4,
  AGR_HAL_FAILED = 5
} agr_hal_code;

typedef struct agr_hal_error {
  char message[512]; /* zero-terminated; one sentence without the code */
} agr_hal_error;

typedef struct agr_hal_device agr_hal_device;
typedef struct agr_hal_buffer agr_hal_buffer;
typedef struct agr_hal_executable agr_hal_executable;
typedef struct agr_hal_function agr_hal_function;
typedef struct agr_hal_list agr_hal_list;
typedef struct agr_hal_event agr_hal_event;

typedef struct agr_hal_info {
  const char *const *features; /* names as in the manifest; live for ever */
  size_t num_features;
  uint32_t num_devices; /* instances that open() accepts as ordinal */
} agr_hal_info;

typedef struct agr_hal_open_options {
  size_t struct_size;
  uint32_t ordinal;
  uint32_t threads; /* host threads for kernels, the submitting one included;
                       0: the driver's choice */
  /* Cores that host threads of the device are to stay on, numbered as in
     sched_setaffinity; num_cores 0: wherever the process may run. The runtime
     keeps the submitting thread there, the driver those that it makes. The
     array may vanish when open returns. */
  const uint32_t *cores;
  size_t num_cores;
} agr_hal_open_options;

/* `bytes` bytes of `buffer` from `offset` on. */
typedef struct agr_hal_range {
  agr_hal_buffer *buffer;
  uint64_t offset;
  uint64_t bytes;
} agr_hal_range;

typedef enum agr_hal_command_kind {
  AGR_HAL_LAUNCH = 1,
  AGR_HAL_COPY = 2
} agr_hal_command_kind;

typedef struct agr_hal_command {
  agr_hal_command_kind kind;
  /* LAUNCH: run `function` over [0, extent); nothing when extent is 0. The
     driver may cut the range into contiguous parts that run at the same time.
     COPY: ranges[0] to ranges[1], equal in size, not overlapping. */
  agr_hal_function *function;
  const agr_hal_range *ranges;
  size_t num_ranges;
  const int64_t *scalars;
  size_t num_scalars;
  int64_t extent; /* >= 0 */
} agr_hal_command;

/* import flags */
#define AGR_HAL_READ_ONLY 1u
/* submit flags */
#define AGR_HAL_TIMED 1u

/* Nanoseconds of CLOCK_MONOTONIC. */
typedef struct agr_hal_time {
  uint64_t begin_ns;
  uint64_t end_ns;
} agr_hal_time;

typedef struct agr_hal_driver {
  uint32_t abi_version; /* AGR_HAL_ABI_VERSION */
  size_t struct_size;   /* sizeof(agr_hal_driver) */
  const char *family;
  uint32_t driver_version; /* compared with min_driver of the manifest */

  /* What this machine has. Called before open; must be cheap, and harmless on
     a machine without the hardware (num_devices 0). */
  agr_hal_code (*probe)(agr_hal_info *info, agr_hal_error *error);
  agr_hal_code (*open)(const agr_hal_open_options *options,
                       agr_hal_device **device, agr_hal_error *error);
  /* Everything made on the device has been released before. */
  void (*close)(agr_hal_device *device);

  /* Device memory of `bytes` > 0, aligned to AGR_HAL_ALIGNMENT. */
  agr_hal_code (*alloc)(agr_hal_device *device, uint64_t bytes,
                        agr_hal_buffer **buffer, agr_hal_error *error);
  /* (optional) Makes `bytes` > 0 of host memory usable in commands without a
     copy; it stays the caller's. Absent: weights are copied to the device, and
     the plan has to copy arguments. */
  agr_hal_code (*import_host)(agr_hal_device *device, void *data,
                              uint64_t bytes, uint32_t flags,
                              agr_hal_buffer **buffer, agr_hal_error *error);
  /* For what alloc and import_host returned. */
  void (*free)(agr_hal_device *device, agr_hal_buffer *buffer);

  /* Blocking copies; ranges are inside their buffer and do not overlap. */
  agr_hal_code (*write)(agr_hal_device *device, const agr_hal_range *target,
                        const void *source, agr_hal_error *error);
  agr_hal_code (*read)(agr_hal_device *device, const agr_hal_range *source,
                       void *target, agr_hal_error *error);
  /* (optional) Within one device. Absent: read and write through the host. */
  agr_hal_code (*copy)(agr_hal_device *device, const agr_hal_range *source,
                       const agr_hal_range *target, agr_hal_error *error);

  /* `format` is the manifest's; the data may vanish when load returns. */
  agr_hal_code (*load)(agr_hal_device *device, const void *data, size_t bytes,
                       const char *format, agr_hal_executable **executable,
                       agr_hal_error *error);
  void (*unload)(agr_hal_device *device, agr_hal_executable *executable);
  /* The kernel of that name, valid until unload. */
  agr_hal_code (*lookup)(agr_hal_device *device, agr_hal_executable *executable,
                         const char *name, agr_hal_function **function,
                         agr_hal_error *error);

  /* Records commands; the arrays may vanish when record returns. A list may be
     submitted any number of times, not twice at the same time. */
  agr_hal_code (*record)(agr_hal_device *device,
                         const agr_hal_command *commands, size_t count,
                         agr_hal_list **list, agr_hal_error *error);
  void (*release)(agr_hal_device *device, agr_hal_list *list);
  /* Runs the list once the waits (events of this device) are done, commands in
     order, each seeing what those before it wrote; may block until then.
     `signal` is done when the list is. With AGR_HAL_TIMED the event keeps the
     times of the launches. */
  agr_hal_code (*submit)(agr_hal_device *device, agr_hal_list *list,
                         agr_hal_event *const *waits, size_t num_waits,
                         uint32_t flags, agr_hal_event **signal,
                         agr_hal_error *error);
  /* Blocks until the event is done; reports a failure of its commands. */
  agr_hal_code (*wait)(agr_hal_device *device, agr_hal_event *event,
                       agr_hal_error *error);
  /* After wait. */
  void (*free_event)(agr_hal_device *device, agr_hal_event *event);
  /* Blocks until everything submitted is done. */
  agr_hal_code (*sync)(agr_hal_device *device, agr_hal_error *error);

  /* (optional) The times of the launches of a done, timed event: up to
     `capacity` of them, in the order of the commands, copies left out; *count
     is how many were written. Absent: no launches in profiles. */
  agr_hal_code (*telemetry)(agr_hal_device *device, agr_hal_event *event,
                            agr_hal_time *times, size_t capacity, size_t *count,
                            agr_hal_error *error);

  /* (optional) Where the host, and so other devices by their import_host, see
     what alloc returned; valid until it is freed. Absent: they do not, and
     plans copy. */
  agr_hal_code (*map)(agr_hal_device *device, agr_hal_buffer *buffer,
                      void **data, agr_hal_error *error);
} agr_hal_driver;

/* Returns NULL when the driver does not speak `abi_version`. */
typedef const agr_hal_driver *(*agr_driver_query_fn)(uint32_t abi_version);

#ifdef __cplusplus
}
#endif

#endif /* AUTOGLM_HAL_H */
