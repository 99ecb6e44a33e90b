//===- Adapters.cpp - the order of drivers from a file --------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Adapters.h"

#include "autoglm/Runtime/Archive.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>
#ifdef AUTOGLM_HAS_YAML
#include <yaml-cpp/yaml.h>
#endif

using namespace autoglm::rt;
using nlohmann::json;

/// More than any machine has devices.
static constexpr size_t maxEntries = 1000;

#ifdef AUTOGLM_HAS_YAML
/// Scalars as texts, except whole numbers. Only what is looked at below, and so
/// deep: aliases may make a small file as large as one likes.
static json convert(const YAML::Node &node, int depth = 0) {
  json result;
  if (depth == 4)
    return result;
  if (node.IsSequence()) {
    result = json::array();
    if (node.size() <= maxEntries)
      for (const YAML::Node &element : node)
        result.push_back(convert(element, depth + 1));
  } else if (node.IsMap()) {
    result = json::object();
    for (const char *key : {"device_adapters", "type", "priority"})
      if (YAML::Node member = node[key])
        result[key] = convert(member, depth + 1);
  } else if (node.IsScalar()) {
    int64_t number;
    if (node.Tag() != "!" && YAML::convert<int64_t>::decode(node, number))
      result = number;
    else
      result = node.Scalar();
  }
  return result;
}
#endif

/// Throws what the libraries throw at bad syntax.
static json parse(const std::string &text) {
#ifdef AUTOGLM_HAS_YAML
  return convert(YAML::Load(text));
#else
  return json::parse(text);
#endif
}

Expected<std::string> autoglm::rt::readDriverOrder(const std::string &path) {
  auto malformed = [&](const std::string &what) {
    return Status(AGR_FILE_MALFORMED, path + ": " + what);
  };
  Expected<std::unique_ptr<MappedFile>> file = MappedFile::open(path);
  if (file.failed())
    return file.status();
  Bytes bytes = (*file)->bytes();
  if (bytes.size() > 1 << 20)
    return malformed("is too large for an adapters file");
  json root;
  try {
    root = parse(std::string(bytes.begin(), bytes.end()));
  } catch (const std::exception &error) {
    return malformed(error.what());
  }
  if (!root.is_object() || !root.contains("device_adapters") ||
      !root["device_adapters"].is_array())
    return malformed("there is no list 'device_adapters'");
  if (root["device_adapters"].empty() ||
      root["device_adapters"].size() > maxEntries)
    return malformed("'device_adapters' must hold 1 to 1000 devices");
  std::vector<std::pair<int64_t, std::string>> types;
  for (const json &entry : root["device_adapters"]) {
    std::string where = "device_adapters[" +
                        std::to_string(&entry - &root["device_adapters"][0]) +
                        "]: ";
    if (!entry.is_object() || !entry.contains("priority") ||
        !entry["priority"].is_number_integer())
      return malformed(where + "there is no whole number 'priority'");
    if (!entry.contains("type"))
      continue;
    if (!entry["type"].is_string())
      return malformed(where + "'type' must be a text");
    std::string type = entry["type"];
    if (type.empty() || type.find(':') != std::string::npos)
      return malformed(where + "'" + type + "' is no type");
    // Drivers are lower case; types are spelled freely.
    std::transform(type.begin(), type.end(), type.begin(),
                   [](unsigned char c) { return tolower(c); });
    types.emplace_back(entry["priority"].get<int64_t>(), type);
  }
  std::sort(types.begin(), types.end());
  std::string order;
  for (const auto &[priority, type] : types)
    order += (order.empty() ? "" : ":") + type;
  return order;
}
