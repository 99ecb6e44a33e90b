//===- Json.h - checked access to JSON --------------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_JSON_H
#define AUTOGLM_RUNTIME_JSON_H

#include "autoglm/Runtime/Archive.h"

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>

namespace autoglm::rt {

/// A JSON value and its path. The first access that fails leaves one error in
/// the shared status, later ones return harmless values; so a parser reads
/// straight on and asks once per loop whether all is well.
class Node {
public:
  Node(const nlohmann::json &value, std::string path, Status &status)
      : value(&value), where(std::move(path)), status(&status) {}

  /// Parses UTF-8 text; a failure names the byte.
  static Status parse(Bytes text, const std::string &file, nlohmann::json &out);

  bool failed() const { return status->failed(); }
  const std::string &path() const { return where; }
  /// Records the first error.
  void fail(const std::string &what) const;

  /// Fails unless this is an object that has all of `required` and nothing
  /// but these and `optional`.
  void object(std::initializer_list<const char *> required,
              std::initializer_list<const char *> optional = {}) const;
  bool has(const char *key) const {
    return value->is_object() && value->contains(key);
  }
  Node operator[](const char *key) const;
  /// An array's length, 0 if it is none (an error).
  size_t size() const;
  Node at(size_t index) const;
  std::string string() const;
  bool isObject() const { return value->is_object(); }
  bool isBool() const { return value->is_boolean(); }
  bool boolean() const;
  /// An integer in [low, high].
  int64_t integer(int64_t low = INT64_MIN, int64_t high = INT64_MAX) const;
  uint32_t index(size_t limit, const char *what) const;
  const nlohmann::json &raw() const { return *value; }

private:
  const nlohmann::json *value;
  std::string where;
  Status *status;
};

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_JSON_H
