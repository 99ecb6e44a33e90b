//===- Session.h - an entry with memory bound -------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_TOOL_SESSION_H
#define AUTOGLM_RUNTIME_TOOL_SESSION_H

#include "autoglm/Runtime/IO/Tensor.h"
#include "autoglm/runtime.h"

namespace autoglm::rt {

/// A tensor of an entry as the C interface describes it.
struct Slot {
  std::string name;
  Tensor tensor; // bound to the context
};

/// An opened bundle and a context, through the C interface alone.
class Session {
public:
  Session() = default;
  ~Session();
  Session(const Session &) = delete;
  Session &operator=(const Session &) = delete;

  /// An empty entry name means the only entry there is.
  Status open(const std::string &path, const agr_open_options &options,
              const std::string &entry);
  Status run() { return check(agr_run(context)); }
  Status setProfiling(bool on) { return check(agr_set_profiling(context, on)); }
  Status profile(std::vector<agr_launch_record> &records);
  const char *driverReport() const { return agr_driver_report(bundle); }
  /// The launch, or "copy of x".
  static std::string describe(const agr_launch_record &record);
  const std::string &entryName() const { return name; }
  /// "'x', 'y'"
  static std::string names(const std::vector<Slot> &slots);

  std::vector<Slot> inputs, outputs;

  static Status check(agr_code code);

private:
  Status bind(size_t entry, bool output, std::vector<Slot> &slots);

  agr_bundle *bundle = nullptr;
  agr_context *context = nullptr;
  std::string name;
};

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_TOOL_SESSION_H
