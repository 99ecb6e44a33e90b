//===- CApi.cpp - runtime.h in terms of the core --------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/Context.h"

#include <new>

using namespace autoglm::rt;

struct agr_bundle {
  std::unique_ptr<LoadedBundle> loaded;
};

struct agr_context {
  agr_bundle *bundle;
  std::unique_ptr<Context> context;
  mutable std::vector<agr_launch_record> records;
};

namespace {

thread_local std::string lastError;

agr_code report(const Status &status) {
  if (status.failed())
    lastError = status.message();
  return status.code();
}

agr_code badArgument(const char *what) {
  return report(Status(AGR_BAD_ARGUMENT, what));
}

/// Nothing is thrown across the C interface.
template <typename Body> agr_code guarded(Body body) {
  try {
    return report(body());
  } catch (const std::bad_alloc &) {
    lastError.clear(); // Storing a text could fail again.
    return AGR_OUT_OF_MEMORY;
  } catch (const std::exception &error) {
    return report(Status(AGR_INTERNAL, error.what()));
  }
}

const EntryInfo *entryOf(const agr_bundle *bundle, size_t entry) {
  if (!bundle || entry >= bundle->loaded->manifest().entries.size())
    return nullptr;
  return &bundle->loaded->manifest().entries[entry];
}

agr_code tensorInfo(const std::vector<TensorInfo> *list, size_t index,
                    agr_tensor_info *info) {
  if (!list || index >= list->size() || !info)
    return badArgument("there is no such tensor");
  const TensorInfo &tensor = (*list)[index];
  info->name = tensor.name.c_str();
  info->dtype = tensor.dtype;
  info->rank = static_cast<uint32_t>(tensor.shape.size());
  info->shape = tensor.shape.empty() ? nullptr : tensor.shape.data();
  info->bytes = tensor.bytes;
  return AGR_OK;
}

template <typename T>
Status findName(const std::vector<T> &list, const char *name, const char *kind,
                size_t *index) {
  if (!name || !index)
    return Status(AGR_BAD_ARGUMENT, "an argument is NULL");
  std::string known;
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i].name == name) {
      *index = i;
      return Status();
    }
    known += (known.empty() ? "'" : ", '") + list[i].name + "'";
  }
  return Status(AGR_UNKNOWN_NAME, std::string("there is no ") + kind + " '" +
                                      name + "'; there is " +
                                      (known.empty() ? "none" : known));
}

OpenOptions convert(const agr_open_options &options) {
  OpenOptions out;
  if (options.driver_path)
    out.driverPath = options.driver_path;
  out.threads = options.threads;
  out.verify = options.skip_verify == 0;
  for (size_t i = 0; options.choices && i < options.num_choices; ++i) {
    const agr_device_choice &choice = options.choices[i];
    out.choices.push_back({choice.device ? choice.device : "",
                           choice.driver ? choice.driver : "", choice.ordinal});
  }
  for (size_t i = 0; options.pins && i < options.num_pins; ++i) {
    const agr_device_pin &pin = options.pins[i];
    OpenOptions::Pin &added = out.pins.emplace_back();
    added.device = pin.device ? pin.device : "";
    if (pin.cores)
      added.cores.assign(pin.cores, pin.cores + pin.num_cores);
  }
  std::string names = options.drivers ? options.drivers : "";
  for (size_t start = 0; start < names.size();) {
    size_t end = std::min(names.find(':', start), names.size());
    if (end != start)
      out.driverOrder.push_back(names.substr(start, end - start));
    start = end + 1;
  }
  return out;
}

} // namespace

extern "C" {

const char *agr_version(void) { return AUTOGLM_VERSION; }
const char *agr_last_error(void) { return lastError.c_str(); }
const char *agr_code_name(agr_code code) { return codeName(code); }
int agr_exit_code(agr_code code) { return exitCode(code); }
const char *agr_dtype_name(agr_dtype dtype) { return dtypeName(dtype); }
size_t agr_dtype_size(agr_dtype dtype) { return dtypeSize(dtype); }

void agr_open_options_init(agr_open_options *options) {
  if (!options)
    return;
  *options = {};
  options->struct_size = sizeof *options;
}

agr_code agr_open(const char *path, const agr_open_options *options,
                  agr_bundle **bundle) {
  if (!path || !bundle)
    return badArgument("an argument of agr_open is NULL");
  if (options && options->struct_size != sizeof *options)
    return badArgument("struct_size of the options is wrong; call "
                       "agr_open_options_init");
  return guarded([&]() -> Status {
    Expected<std::unique_ptr<LoadedBundle>> loaded =
        LoadedBundle::open(path, options ? convert(*options) : OpenOptions());
    if (loaded.failed())
      return loaded.status();
    *bundle = new agr_bundle{loaded.take()};
    return Status();
  });
}

const char *agr_driver_report(const agr_bundle *bundle) {
  return bundle ? bundle->loaded->driverReport().c_str() : "";
}

void agr_close(agr_bundle *bundle) { delete bundle; }

size_t agr_num_entries(const agr_bundle *bundle) {
  return bundle ? bundle->loaded->manifest().entries.size() : 0;
}

const char *agr_entry_name(const agr_bundle *bundle, size_t entry) {
  const EntryInfo *info = entryOf(bundle, entry);
  return info ? info->name.c_str() : nullptr;
}

agr_code agr_find_entry(const agr_bundle *bundle, const char *name,
                        size_t *entry) {
  if (!bundle)
    return badArgument("the bundle is NULL");
  return guarded([&] {
    return findName(bundle->loaded->manifest().entries, name, "entry", entry);
  });
}

size_t agr_num_inputs(const agr_bundle *bundle, size_t entry) {
  const EntryInfo *info = entryOf(bundle, entry);
  return info ? info->inputs.size() : 0;
}

size_t agr_num_outputs(const agr_bundle *bundle, size_t entry) {
  const EntryInfo *info = entryOf(bundle, entry);
  return info ? info->outputs.size() : 0;
}

agr_code agr_input_info(const agr_bundle *bundle, size_t entry, size_t index,
                        agr_tensor_info *info) {
  const EntryInfo *found = entryOf(bundle, entry);
  return tensorInfo(found ? &found->inputs : nullptr, index, info);
}

agr_code agr_output_info(const agr_bundle *bundle, size_t entry, size_t index,
                         agr_tensor_info *info) {
  const EntryInfo *found = entryOf(bundle, entry);
  return tensorInfo(found ? &found->outputs : nullptr, index, info);
}

agr_code agr_find_input(const agr_bundle *bundle, size_t entry,
                        const char *name, size_t *index) {
  const EntryInfo *found = entryOf(bundle, entry);
  if (!found)
    return badArgument("there is no such entry");
  return guarded([&] { return findName(found->inputs, name, "input", index); });
}

agr_code agr_find_output(const agr_bundle *bundle, size_t entry,
                         const char *name, size_t *index) {
  const EntryInfo *found = entryOf(bundle, entry);
  if (!found)
    return badArgument("there is no such entry");
  return guarded(
      [&] { return findName(found->outputs, name, "output", index); });
}

agr_code agr_create_context(agr_bundle *bundle, size_t entry,
                            agr_context **context) {
  if (!entryOf(bundle, entry) || !context)
    return badArgument("there is no such entry, or an argument is NULL");
  return guarded([&]() -> Status {
    Expected<std::unique_ptr<Context>> made =
        Context::create(*bundle->loaded, entry);
    if (made.failed())
      return made.status();
    *context = new agr_context{bundle, made.take(), {}};
    return Status();
  });
}

void agr_destroy_context(agr_context *context) { delete context; }

agr_code agr_bind_input(agr_context *context, size_t index, const void *data,
                        size_t bytes) {
  if (!context)
    return badArgument("the context is NULL");
  return guarded([&] {
    // The memory is registered as read-only.
    return context->context->bind(false, index, const_cast<void *>(data),
                                  bytes);
  });
}

agr_code agr_bind_output(agr_context *context, size_t index, void *data,
                         size_t bytes) {
  if (!context)
    return badArgument("the context is NULL");
  return guarded(
      [&] { return context->context->bind(true, index, data, bytes); });
}

agr_code agr_run(agr_context *context) {
  if (!context)
    return badArgument("the context is NULL");
  return guarded([&] { return context->context->run(); });
}

agr_code agr_run_async(agr_context *context) {
  if (!context)
    return badArgument("the context is NULL");
  return guarded([&] { return context->context->runAsync(); });
}

agr_code agr_wait(agr_context *context) {
  if (!context)
    return badArgument("the context is NULL");
  return guarded([&] { return context->context->wait(); });
}

agr_code agr_set_profiling(agr_context *context, int enabled) {
  if (!context || context->context->busy())
    return badArgument("the context is NULL or a run is in flight");
  context->context->setProfiling(enabled != 0);
  return AGR_OK;
}

agr_code agr_profile(const agr_context *context,
                     const agr_launch_record **records, size_t *count) {
  if (!context || !records || !count)
    return badArgument("an argument of agr_profile is NULL");
  return guarded([&]() -> Status {
    const LoadedBundle &bundle = *context->bundle->loaded;
    uint64_t start = context->context->runStart();
    context->records.clear();
    for (const TimeRecord &record : context->context->profile())
      context->records.push_back(
          {record.label,
           record.device
               ? bundle.manifest().devices[*record.device].name.c_str()
               : "host",
           record.time.begin_ns - start, record.time.end_ns - start,
           record.bytes, record.flops, record.isCopy});
    *records = context->records.data();
    *count = context->records.size();
    return Status();
  });
}

} // extern "C"
