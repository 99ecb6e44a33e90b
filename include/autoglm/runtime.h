/*===- runtime.h - running a bundle from C ----------------------*- C -*-===*\
|*                                                                            *|
|* Part of Open-AutoGLM.                                                      *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* Open a bundle, create a context for one of its entries, bind memory to the *|
|* inputs and outputs, run. Docs: docs/runtime.md, docs/embed.md.             *|
|*                                                                            *|
|* Threads: a bundle is immutable once open and may be used from any thread.  *|
|* A context belongs to one thread at a time; different contexts of one       *|
|* bundle may run at the same time. Strings and arrays that a function        *|
|* returns belong to the bundle or context and live as long as it does.       *|
|*                                                                            *|
|* Errors: functions that can fail return an agr_code. AGR_OK is 0; every     *|
|* other value is the number of a row of RuntimeErrors.def, and               *|
|* agr_last_error() then says in the calling thread what happened.            *|
|* Out-parameters are written on success only.                                *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef AUTOGLM_RUNTIME_H
#define AUTOGLM_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AGR_EXPORT __attribute__((visibility("default")))

typedef int32_t agr_code;

enum {
  AGR_OK = 0,
#define AGR_ERROR(name, number, exit_code, sentence) AGR_##name = number,
#include "autoglm/RuntimeErrors.def"
  AGR_CODE_LIMIT = 1000
};

/* Element types. The numbers are stable. bool is one byte, 0 or 1; float16 and
   bfloat16 are two bytes; everything is little endian. */
#ifdef __cplusplus
/* Every number is a value of it, so that one from outside can be looked at. */
typedef enum agr_dtype : int32_t {
#else
typedef enum agr_dtype {
#endif
  AGR_FLOAT32 = 1,
  AGR_FLOAT64 = 2,
  AGR_FLOAT16 = 3,
  AGR_BFLOAT16 = 4,
  AGR_INT8 = 5,
  AGR_INT16 = 6,
  AGR_INT32 = 7,
  AGR_INT64 = 8,
  AGR_UINT8 = 9,
  AGR_UINT16 = 10,
  AGR_UINT32 = 11,
  AGR_UINT64 = 12,
  AGR_BOOL = 13
} agr_dtype;

typedef struct agr_bundle agr_bundle;
typedef struct agr_context agr_context;

/* Sends one device of the bundle to a driver instance of the caller's choice.
 */
typedef struct agr_device_choice {
  const char *device; /* name in the manifest, for example "cpu0" */
  const char *driver; /* driver name; NULL: the device's own family */
  uint32_t ordinal;   /* which instance of that driver, from 0 */
} agr_device_choice;

/* Keeps the host threads of one device of the bundle on some cores: the one
   that submits, which the device then has of its own, and those of its kernels.
 */
typedef struct agr_device_pin {
  const char *device;    /* name in the manifest, for example "cpu0" */
  const uint32_t *cores; /* num_cores > 0 numbers, as in sched_setaffinity */
  size_t num_cores;
} agr_device_pin;

typedef struct agr_open_options {
  size_t struct_size;      /* sizeof(agr_open_options) */
  const char *driver_path; /* folders of drivers, ':' between them, searched
                              first; NULL: AUTOGLM_DRIVER_PATH */
  uint32_t threads;        /* host threads that kernels may use, the caller's
                              included; 0: all cores the process may use, or
                              that the device is pinned to */
  uint32_t skip_verify;    /* 1: do not read the weights to check their digest
                              (everything else is always checked) */
  const agr_device_choice *choices; /* num_choices entries, or NULL */
  size_t num_choices;
  const agr_device_pin *pins; /* num_pins entries, or NULL */
  size_t num_pins;
  const char *drivers; /* names of drivers, ':' between them, that are tried
                          first, in this order, for devices that name them;
                          NULL: in the manifest's order */
} agr_open_options;

/* A tensor of an entry: dense, row major. */
typedef struct agr_tensor_info {
  const char *name;
  agr_dtype dtype;
  uint32_t rank;
  const int64_t *shape; /* rank extents, each >= 0; NULL when rank is 0 */
  size_t bytes;         /* the size of the whole tensor */
} agr_tensor_info;

/* One launch, or one copy between memories, of the last profiled run. Times are
   nanoseconds since the run started. */
typedef struct agr_launch_record {
  const char *kernel; /* label of the launch, else the kernel's symbol; of a
                         copy, whose result it is, "" if nobody knows */
  const char *device; /* device name in the manifest; "host" for a copy that
                         the host made itself */
  uint64_t begin_ns;
  uint64_t end_ns;
  uint64_t bytes;   /* that it reads and writes, or copies; 0: unknown */
  uint64_t flops;   /* arithmetic operations; 0: unknown */
  uint32_t is_copy; /* 1: a copy */
} agr_launch_record;

/* "0.1.0" */
AGR_EXPORT const char *agr_version(void);
/* What the last failing call of this thread had to say; "" before any. Valid
   until the thread's next call that fails. */
AGR_EXPORT const char *agr_last_error(void);
/* "AGR-E102" for 102, "AGR-OK" for 0, "AGR-E199" for numbers not in the table.
 */
AGR_EXPORT const char *agr_code_name(agr_code code);
/* The process exit code that the tools use for a code: 0, 2, 3, 5 or 6. */
AGR_EXPORT int agr_exit_code(agr_code code);
/* "float32", or "" for a value that is no agr_dtype. */
AGR_EXPORT const char *agr_dtype_name(agr_dtype dtype);
/* Bytes of one element; 0 for a value that is no agr_dtype. */
AGR_EXPORT size_t agr_dtype_size(agr_dtype dtype);

/* Fills in the defaults: struct_size, everything else zero. */
AGR_EXPORT void agr_open_options_init(agr_open_options *options);

/* Opens the bundle at `path`: checks the archive and the manifest, finds and
   opens the drivers, loads executables, hands the weights to the devices.
   `options` may be NULL. Errors: FILE_UNREADABLE, BUNDLE_DAMAGED, NOT_A_BUNDLE,
   MALFORMED (3); DRIVER_MISSING, DRIVER_MISMATCH, FEATURE_MISSING,
   DEVICE_UNAVAILABLE, OUT_OF_MEMORY, EXECUTABLE_REFUSED (6); UNKNOWN_NAME,
   BAD_ARGUMENT for choices and pins of a device or core that is not there (2).
   What keeps a bundle from running here is reported before any weight is read.
   Where a bundle has several devices, each has a thread that submits to it. */
AGR_EXPORT agr_code agr_open(const char *path, const agr_open_options *options,
                             agr_bundle **bundle);
/* For each device one line: which driver runs it, and why the ones before it do
   not. Lives as long as the bundle; "" for NULL. */
AGR_EXPORT const char *agr_driver_report(const agr_bundle *bundle);
/* Closes the bundle; its contexts must be destroyed before. NULL is allowed. */
AGR_EXPORT void agr_close(agr_bundle *bundle);

/* Entries are numbered from 0 in manifest order. */
AGR_EXPORT size_t agr_num_entries(const agr_bundle *bundle);
/* NULL when there is no such entry. */
AGR_EXPORT const char *agr_entry_name(const agr_bundle *bundle, size_t entry);
/* UNKNOWN_NAME; the message lists the entries there are. */
AGR_EXPORT agr_code agr_find_entry(const agr_bundle *bundle, const char *name,
                                   size_t *entry);
/* 0 when there is no such entry. */
AGR_EXPORT size_t agr_num_inputs(const agr_bundle *bundle, size_t entry);
AGR_EXPORT size_t agr_num_outputs(const agr_bundle *bundle, size_t entry);
/* BAD_ARGUMENT when there is no such tensor. */
AGR_EXPORT agr_code agr_input_info(const agr_bundle *bundle, size_t entry,
                                   size_t index, agr_tensor_info *info);
AGR_EXPORT agr_code agr_output_info(const agr_bundle *bundle, size_t entry,
                                    size_t index, agr_tensor_info *info);
/* UNKNOWN_NAME; the message lists the names there are. */
AGR_EXPORT agr_code agr_find_input(const agr_bundle *bundle, size_t entry,
                                   const char *name, size_t *index);
AGR_EXPORT agr_code agr_find_output(const agr_bundle *bundle, size_t entry,
                                    const char *name, size_t *index);

/* A context holds the arena and the bindings of one entry. Errors:
   BAD_ARGUMENT; OUT_OF_MEMORY. */
AGR_EXPORT agr_code agr_create_context(agr_bundle *bundle, size_t entry,
                                       agr_context **context);
/* Waits for a run in flight. NULL is allowed. */
AGR_EXPORT void agr_destroy_context(agr_context *context);

/* Binds the caller's memory to an input or output. `bytes` must be the tensor's
   size (BAD_TENSOR); `data` may be NULL only if that is 0, and must be aligned
   to the element type (BAD_ARGUMENT; 64 bytes is fastest). The memory must stay
   valid, and unchanged while a run is in flight, until it is bound anew or the
   context is destroyed. Inputs are never written. An output must not overlap
   an input or another output. Rebinding costs a new recording of the command
   lists at the next run. */
AGR_EXPORT agr_code agr_bind_input(agr_context *context, size_t index,
                                   const void *data, size_t bytes);
AGR_EXPORT agr_code agr_bind_output(agr_context *context, size_t index,
                                    void *data, size_t bytes);

/* Runs the entry and returns when the outputs are written. Errors: NOT_BOUND;
   BAD_ARGUMENT when a run is in flight; PLAN_FAILED, DRIVER_FAILED,
   OUT_OF_MEMORY. After an error the outputs are unspecified and the context
   may be run again. */
AGR_EXPORT agr_code agr_run(agr_context *context);
/* Starts a run on a thread of the context and returns at once. */
AGR_EXPORT agr_code agr_run_async(agr_context *context);
/* Waits for the run that agr_run_async started and returns its result;
   AGR_OK at once when there is none. */
AGR_EXPORT agr_code agr_wait(agr_context *context);

/* 1: later runs record the time of every launch; 0 (default): they do not. */
AGR_EXPORT agr_code agr_set_profiling(agr_context *context, int enabled);
/* The launches and copies of the last profiled run in the order they were
   submitted, launches of devices whose driver has no telemetry left out. Valid
   until the next run. `count` may come back 0. */
AGR_EXPORT agr_code agr_profile(const agr_context *context,
                                const agr_launch_record **records,
                                size_t *count);

#ifdef __cplusplus
}
#endif

#endif /* AUTOGLM_RUNTIME_H */
