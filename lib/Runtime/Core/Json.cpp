//===- Json.cpp - checked access to JSON ----------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/Json.h"

#include <algorithm>
#include <cstring>

using namespace autoglm::rt;

static const nlohmann::json nothing;

Status Node::parse(Bytes text, const std::string &file, nlohmann::json &out) {
  try {
    out = nlohmann::json::parse(text.begin(), text.end());
  } catch (const nlohmann::json::parse_error &error) {
    return Status(AGR_MALFORMED, file + ": not valid JSON at byte " +
                                     std::to_string(error.byte));
  } catch (const nlohmann::json::exception &) {
    return Status(AGR_MALFORMED, file + ": not valid JSON");
  }
  return Status();
}

void Node::fail(const std::string &what) const {
  if (!status->failed())
    *status = Status(AGR_MALFORMED, where + ": " + what);
}

void Node::object(std::initializer_list<const char *> required,
                  std::initializer_list<const char *> optional) const {
  if (!value->is_object())
    return fail("an object is expected");
  for (const char *key : required)
    if (!value->contains(key))
      return fail(std::string("'") + key + "' is missing");
  for (const auto &item : value->items()) {
    auto same = [&](const char *key) { return item.key() == key; };
    if (std::none_of(required.begin(), required.end(), same) &&
        std::none_of(optional.begin(), optional.end(), same))
      return fail("unknown key '" + item.key() + "'");
  }
}

Node Node::operator[](const char *key) const {
  std::string path = where + "." + key;
  if (!has(key)) {
    fail(std::string("'") + key + "' is missing");
    return Node(nothing, std::move(path), *status);
  }
  return Node(value->at(key), std::move(path), *status);
}

size_t Node::size() const {
  if (value->is_array())
    return value->size();
  fail("a list is expected");
  return 0;
}

Node Node::at(size_t index) const {
  std::string path = where + "[" + std::to_string(index) + "]";
  if (!value->is_array() || index >= value->size()) {
    fail("element " + std::to_string(index) + " is missing");
    return Node(nothing, std::move(path), *status);
  }
  return Node((*value)[index], std::move(path), *status);
}

std::string Node::string() const {
  if (value->is_string())
    return value->get<std::string>();
  fail("a string is expected");
  return {};
}

bool Node::boolean() const {
  if (value->is_boolean())
    return value->get<bool>();
  fail("true or false is expected");
  return false;
}

int64_t Node::integer(int64_t low, int64_t high) const {
  bool tooLarge = value->is_number_unsigned() &&
                  value->get<uint64_t>() > uint64_t{INT64_MAX};
  if (!value->is_number_integer() || tooLarge) {
    fail("an integer is expected");
    return std::clamp<int64_t>(0, low, high);
  }
  int64_t number = value->get<int64_t>();
  if (number >= low && number <= high)
    return number;
  fail(std::to_string(number) + " is outside [" + std::to_string(low) + ", " +
       std::to_string(high) + "]");
  return low;
}

uint32_t Node::index(size_t limit, const char *what) const {
  int64_t number = integer();
  if (failed())
    return 0;
  if (number >= 0 && static_cast<uint64_t>(number) < limit)
    return static_cast<uint32_t>(number);
  fail("there is no " + std::string(what) + " " + std::to_string(number));
  return 0;
}
