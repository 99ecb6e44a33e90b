//===- Session.cpp - an entry with memory bound ---------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Session.h"

using namespace autoglm::rt;

Session::~Session() {
  agr_destroy_context(context);
  agr_close(bundle);
}

Status Session::check(agr_code code) {
  if (code == AGR_OK)
    return Status();
  std::string message = agr_last_error();
  return Status(code, message.empty() ? "out of memory" : message);
}

Status Session::open(const std::string &path, const agr_open_options &options,
                     const std::string &entry) {
  if (Status status = check(agr_open(path.c_str(), &options, &bundle));
      status.failed())
    return status;
  size_t index = 0;
  if (!entry.empty() || agr_num_entries(bundle) != 1) {
    agr_code code = agr_find_entry(bundle, entry.c_str(), &index);
    if (code != AGR_OK && entry.empty())
      return Status(AGR_USAGE, "--entry has to name one; " +
                                   std::string(agr_last_error()));
    if (Status status = check(code); status.failed())
      return status.within("--entry");
  }
  name = agr_entry_name(bundle, index);
  if (Status status = check(agr_create_context(bundle, index, &context));
      status.failed())
    return status;
  if (Status status = bind(index, false, inputs); status.failed())
    return status;
  return bind(index, true, outputs);
}

Status Session::bind(size_t entry, bool output, std::vector<Slot> &slots) {
  size_t count =
      output ? agr_num_outputs(bundle, entry) : agr_num_inputs(bundle, entry);
  for (size_t i = 0; i < count; ++i) {
    agr_tensor_info info;
    agr_code code = output ? agr_output_info(bundle, entry, i, &info)
                           : agr_input_info(bundle, entry, i, &info);
    if (Status status = check(code); status.failed())
      return status;
    Slot slot;
    slot.name = info.name;
    slot.tensor.dtype = info.dtype;
    slot.tensor.shape.assign(info.shape, info.shape + info.rank);
    slot.tensor.data = AlignedBytes(info.bytes);
    void *data = slot.tensor.data.data();
    code = output ? agr_bind_output(context, i, data, info.bytes)
                  : agr_bind_input(context, i, data, info.bytes);
    if (Status status = check(code); status.failed())
      return status;
    slots.push_back(std::move(slot));
  }
  return Status();
}

Status Session::profile(std::vector<agr_launch_record> &records) {
  const agr_launch_record *list = nullptr;
  size_t count = 0;
  if (Status status = check(agr_profile(context, &list, &count));
      status.failed())
    return status;
  records.assign(list, list + count);
  return Status();
}

std::string Session::describe(const agr_launch_record &record) {
  if (!record.is_copy)
    return record.kernel;
  return *record.kernel ? std::string("copy of ") + record.kernel : "copy";
}

std::string Session::names(const std::vector<Slot> &slots) {
  std::string text;
  for (const Slot &slot : slots)
    text += (text.empty() ? "'" : ", '") + slot.name + "'";
  return text.empty() ? "none" : text;
}
