//===- Status.h - errors without exceptions ---------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_STATUS_H
#define AUTOGLM_RUNTIME_STATUS_H

#include "autoglm/runtime.h"

#include <optional>
#include <string>
#include <utility>

namespace autoglm::rt {

/// Success, or a code of RuntimeErrors.def and what happened.
class [[nodiscard]] Status {
public:
  Status() = default;
  Status(agr_code code, std::string message)
      : statusCode(code), text(std::move(message)) {}

  bool failed() const { return statusCode != AGR_OK; }
  agr_code code() const { return statusCode; }
  const std::string &message() const { return text; }
  /// "message [AGR-E102]"
  std::string full() const;
  /// The same error, with "what: " before the message.
  Status within(const std::string &what) const {
    return failed() ? Status(statusCode, what + ": " + text) : Status();
  }

private:
  agr_code statusCode = AGR_OK;
  std::string text;
};

/// A value or the reason why there is none.
template <typename T> class [[nodiscard]] Expected {
public:
  Expected(T v) : stored(std::move(v)) {}
  Expected(Status s) : error(std::move(s)) {}

  bool failed() const { return !stored.has_value(); }
  const Status &status() const { return error; }
  T &operator*() { return *stored; }
  T *operator->() { return &*stored; }
  T take() { return std::move(*stored); }

private:
  std::optional<T> stored;
  Status error;
};

/// "AGR-E102"
const char *codeName(agr_code code);
int exitCode(agr_code code);
/// The text of an errno value, without strerror's shared buffer.
std::string errnoText(int number);

const char *dtypeName(agr_dtype dtype);
size_t dtypeSize(agr_dtype dtype);
/// Nothing for a name that is no element type.
std::optional<agr_dtype> dtypeFromName(const std::string &name);

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_STATUS_H
