//===- Units.cpp - quantities with units ------------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Device/Units.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <cmath>

using llvm::StringRef;

namespace autoglm {

namespace {
struct UnitRow {
  Unit unit;
  /// Spellings of the base unit; the first is what we print.
  StringRef names[2];
  StringRef example;
  bool binary;
};
constexpr UnitRow unitRows[] = {
    {Unit::Count, {"", ""}, "108", false},
    {Unit::Ratio, {"", ""}, "0.8", false},
    {Unit::Bytes, {"B", ""}, "64KiB", true},
    {Unit::BytesPerSecond, {"B/s", ""}, "800GB/s", true},
    {Unit::Hertz, {"Hz", ""}, "1.41GHz", false},
    {Unit::Seconds, {"s", ""}, "5us", false},
    {Unit::OperationsPerSecond, {"OP/s", "FLOP/s"}, "19.5TOP/s", false},
    {Unit::Joules, {"J", ""}, "0.9pJ", false},
    {Unit::JoulesPerByte, {"J/B", ""}, "20pJ/B", false},
    {Unit::Watts, {"W", ""}, "15W", false},
};

const UnitRow &getRow(Unit unit) {
  for (const UnitRow &row : unitRows)
    if (row.unit == unit)
      return row;
  return unitRows[0];
}

struct Prefix {
  StringRef name;
  int exponent;
};
constexpr Prefix decimal[] = {{"P", 15}, {"T", 12}, {"G", 9},  {"M", 6},
                              {"k", 3},  {"", 0},   {"m", -3}, {"u", -6},
                              {"µ", -6}, {"n", -9}, {"p", -12}};
/// Powers of 1024.
constexpr Prefix binary[] = {
    {"Pi", 5}, {"Ti", 4}, {"Gi", 3}, {"Mi", 2}, {"Ki", 1}};

/// The characters of a decimal number at the start of a text.
StringRef takeNumber(StringRef &text) {
  size_t end = 0;
  auto digits = [&] {
    size_t start = end;
    while (end < text.size() && llvm::isDigit(text[end]))
      ++end;
    return end - start;
  };
  if (!digits())
    return {};
  if (end < text.size() && text[end] == '.') {
    ++end;
    if (!digits())
      return {};
  }
  // "1e9Hz" is a number, "1eB" would be a unit.
  if (end + 1 < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    size_t before = end++;
    if (text[end] == '+' || text[end] == '-')
      ++end;
    if (!digits())
      end = before;
  }
  StringRef number = text.take_front(end);
  text = text.drop_front(end);
  return number;
}

llvm::Error problem(const llvm::Twine &text) {
  return llvm::createStringError(text);
}
} // namespace

StringRef getExample(Unit unit) { return getRow(unit).example; }

llvm::Expected<double> parseQuantity(StringRef text, Unit unit) {
  const UnitRow &row = getRow(unit);
  StringRef rest = text.trim();
  StringRef number = takeNumber(rest);
  if (number.empty())
    return problem("'" + text + "' does not start with a number, such as \"" +
                   row.example + "\"");
  rest = rest.ltrim();
  if (!isPlain(unit) && rest.empty())
    return problem("'" + text + "' has no unit, such as \"" + row.example +
                   "\"");
  // The decimal exponent is part of the number, so that "1.41GHz" is rounded
  // once.
  std::string scaled = number.str();
  double factor = 1;
  bool found = false;
  for (StringRef name : row.names) {
    StringRef prefix = rest;
    if (found || (name.empty() && !isPlain(unit)) || !prefix.consume_back(name))
      continue;
    if (isPlain(unit) && !prefix.empty())
      break;
    for (const Prefix &candidate : decimal) {
      if (found || prefix != candidate.name)
        continue;
      found = true;
      if (candidate.exponent && !number.contains_insensitive('e'))
        scaled += "e" + std::to_string(candidate.exponent);
      else
        factor = std::pow(10.0, candidate.exponent);
    }
    for (const Prefix &candidate : binary) {
      if (found || !row.binary || prefix != candidate.name)
        continue;
      found = true;
      factor = std::ldexp(1.0, 10 * candidate.exponent);
    }
    if (!found && row.binary && prefix == "K")
      return problem("'" + rest + "' has two meanings: write 'k" + name +
                     "' for 1000 or 'Ki" + name + "' for 1024");
  }
  if (!found)
    return problem(unit == Unit::Count ? "'" + text + "' is not a whole number"
                   : unit == Unit::Ratio
                       ? "'" + text + "' is not a plain number, such as \"" +
                             row.example + "\""
                       : "'" + rest +
                             "' is not a unit that fits here, such as "
                             "\"" +
                             row.example + "\"");
  double value;
  if (StringRef(scaled).getAsDouble(value))
    return problem("'" + text + "' is no number");
  value *= factor;
  if (!std::isfinite(value))
    return problem("'" + text + "' is too large");
  if (isIntegral(unit)) {
    if (value != std::floor(value))
      return problem("'" + text + "' is not a whole number" +
                     (unit == Unit::Bytes ? " of bytes" : ""));
    if (value >= 0x1p63)
      return problem("'" + text + "' is too large");
  }
  return value;
}

std::string formatQuantity(double value, Unit unit) {
  const UnitRow &row = getRow(unit);
  if (unit == Unit::Count)
    return std::to_string(static_cast<int64_t>(value));
  // The largest prefix that leaves 1 or more.
  const Prefix *prefix = std::find_if(
      std::begin(decimal), std::end(decimal), [&](const Prefix &candidate) {
        return value == 0 || isPlain(unit)
                   ? candidate.exponent == 0
                   : value >= std::pow(10.0, candidate.exponent);
      });
  if (prefix == std::end(decimal))
    --prefix;
  std::string best;
  // The fewest digits that read back.
  for (int digits = 1; digits <= 17 && best.empty(); ++digits) {
    std::string text;
    llvm::raw_string_ostream(text)
        << llvm::format("%.*g", digits,
                        value / std::pow(10.0, prefix->exponent))
        << prefix->name << row.names[0];
    llvm::Expected<double> back = parseQuantity(text, unit);
    if (!back)
      llvm::consumeError(back.takeError());
    else if (*back == value && !StringRef(text).contains("e+"))
      best = text;
  }
  if (best.empty())
    llvm::raw_string_ostream(best)
        << llvm::format("%.17g", value) << row.names[0];
  if (!row.binary)
    return best;
  for (const Prefix &candidate : binary) {
    double scaled = std::ldexp(value, -10 * candidate.exponent);
    if (scaled < 1 || scaled != std::floor(scaled))
      continue;
    std::string text = std::to_string(static_cast<int64_t>(scaled)) +
                       candidate.name.str() + row.names[0].str();
    return text.size() <= best.size() ? text : best;
  }
  return best;
}

} // namespace autoglm
