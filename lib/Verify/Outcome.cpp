//===- Outcome.cpp - what became of one case -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Outcome.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <iomanip>
#include <sstream>

namespace autoglm::verify {

// Keys stay in the order they are written in.
using Json = nlohmann::ordered_json;

static constexpr std::array<const char *, 5> kNames = {
    "pass", "unsupported", "fail", "error", "timeout"};

const char *getName(Status status) {
  return kNames[static_cast<size_t>(status)];
}

std::optional<Status> parseStatus(const std::string &name) {
  for (size_t i = 0; i < kNames.size(); ++i)
    if (name == kNames[i])
      return static_cast<Status>(i);
  return std::nullopt;
}

void Outcome::merge(const Outcome &other) {
  if (other.status > status) {
    status = other.status;
    reason = other.reason;
  }
  auto keepLarger = [](std::optional<double> &own,
                       std::optional<double> value) {
    if (value)
      own = std::max(own.value_or(0), *value);
  };
  keepLarger(maxAbs, other.maxAbs);
  keepLarger(maxRel, other.maxRel);
}

static Json toObject(const Outcome &outcome) {
  auto number = [](std::optional<double> value) {
    return value ? Json(*value) : Json(nullptr);
  };
  return {{"status", getName(outcome.status)},
          {"reason", outcome.reason},
          {"max_abs", number(outcome.maxAbs)},
          {"max_rel", number(outcome.maxRel)}};
}

/// Names come from models and need not be UTF-8.
static std::string dump(const Json &json, int indent = -1) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string toJson(const Outcome &outcome) { return dump(toObject(outcome)); }

std::optional<Outcome> fromJson(const std::string &line) {
  Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("status") ||
      !json["status"].is_string() || !json["reason"].is_string())
    return std::nullopt;
  std::optional<Status> status = parseStatus(json["status"].get<std::string>());
  if (!status)
    return std::nullopt;
  auto number = [&](const char *key) -> std::optional<double> {
    if (!json[key].is_number())
      return std::nullopt;
    return json[key].get<double>();
  };
  return Outcome{*status, json["reason"].get<std::string>(), number("max_abs"),
                 number("max_rel")};
}

std::string writeReport(const std::vector<Result> &results) {
  Json cases = Json::array();
  for (const Result &result : results) {
    Json object = {{"case", result.name}};
    object.update(toObject(result.outcome));
    cases.push_back(std::move(object));
  }
  return dump({{"cases", std::move(cases)}}, 1) + "\n";
}

static std::string escapeXml(const std::string &text) {
  std::string result;
  for (char c : text) {
    switch (c) {
    case '&':
      result += "&amp;";
      break;
    case '<':
      result += "&lt;";
      break;
    case '>':
      result += "&gt;";
      break;
    case '"':
      result += "&quot;";
      break;
    default:
      // XML 1.0 has no way to write other control characters.
      result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return result;
}

static size_t count(const std::vector<Result> &results, Status status) {
  return std::count_if(results.begin(), results.end(), [&](const Result &r) {
    return r.outcome.status == status;
  });
}

std::string writeJUnit(const std::vector<Result> &results) {
  std::ostringstream os;
  os << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
     << "<testsuite name=\"autoglm-verify\" tests=\"" << results.size()
     << "\" failures=\"" << count(results, Status::Fail) << "\" errors=\""
     << count(results, Status::Error) + count(results, Status::Timeout)
     << "\" skipped=\"" << count(results, Status::Unsupported) << "\">\n";
  for (const Result &result : results) {
    os << "  <testcase name=\"" << escapeXml(result.name) << "\" time=\""
       << std::fixed << std::setprecision(3) << result.seconds << "\"";
    const char *element = nullptr;
    switch (result.outcome.status) {
    case Status::Pass:
      break;
    case Status::Unsupported:
      element = "skipped";
      break;
    case Status::Fail:
      element = "failure";
      break;
    case Status::Error:
    case Status::Timeout:
      element = "error";
      break;
    }
    if (!element)
      os << "/>\n";
    else
      os << ">\n    <" << element << " message=\""
         << escapeXml(result.outcome.reason) << "\"/>\n  </testcase>\n";
  }
  os << "</testsuite>\n";
  return os.str();
}

std::string writeTable(const std::vector<Result> &results) {
  size_t width = 4;
  for (const Result &result : results)
    width = std::max(width, result.name.size());
  std::ostringstream os;
  os << std::left;
  for (const Result &result : results)
    if (result.outcome.status != Status::Pass)
      os << std::setw(static_cast<int>(width)) << result.name << "  "
         << std::setw(11) << getName(result.outcome.status) << "  "
         << result.outcome.reason << "\n";
  os << results.size() << (results.size() == 1 ? " case: " : " cases: ")
     << count(results, Status::Pass) << " passed";
  constexpr std::pair<Status, const char *> kOthers[] = {
      {Status::Fail, "failed"},
      {Status::Unsupported, "unsupported"},
      {Status::Error, "with errors"},
      {Status::Timeout, "timed out"}};
  for (auto [status, name] : kOthers)
    if (size_t number = count(results, status))
      os << ", " << number << " " << name;
  os << "\n";
  return os.str();
}

} // namespace autoglm::verify
