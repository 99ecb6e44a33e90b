//===- ExplainTable.cpp - a placement for people -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Table.h"
#include "autoglm/Device/Units.h"
#include "autoglm/Pipeline/Placement.h"

#include "llvm/Support/Format.h"

using llvm::StringRef;
using json = nlohmann::ordered_json;

namespace autoglm {

/// Three digits and a prefix.
static std::string formatRounded(double value, StringRef unit) {
  if (value == 0)
    return ("0 " + unit).str();
  static constexpr std::pair<double, const char *> prefixes[] = {
      {1e12, "T"}, {1e9, "G"},  {1e6, "M"},  {1e3, "k"},  {1, ""},
      {1e-3, "m"}, {1e-6, "u"}, {1e-9, "n"}, {1e-12, "p"}};
  std::string text;
  llvm::raw_string_ostream os(text);
  for (auto [scale, prefix] : prefixes)
    if (value >= scale || scale == 1e-12) {
      os << llvm::format("%.3g", value / scale) << " " << prefix << unit;
      break;
    }
  return text;
}

static std::string formatCost(const json &row) {
  std::string text = formatRounded(row["seconds"], "s");
  if (row.contains("joules"))
    text += ", " + formatRounded(row["joules"], "J");
  return text;
}

static std::string formatAlternatives(const json &list) {
  std::string text;
  for (const json &option : list) {
    text += (text.empty() ? "" : "; ") + option["device"].get<std::string>();
    text += option.contains("code")
                ? " no: " + option["code"].get<std::string>()
                : " " + formatCost(option);
    if (option.contains("field"))
      text += " (" + option["field"].get<std::string>() + ")";
  }
  return text;
}

static void printEntry(const json &entry, llvm::raw_ostream &os) {
  os << "entry " << entry["name"].get<std::string>() << "\n\n";
  Table nodes({"node", "op", "device", "precision", "cost", "bound by",
               "other devices"});
  for (const json &row : entry["nodes"])
    nodes.add({row["node"], row["operation"], row["device"],
               row.value("precision", ""), formatCost(row), row["bound"],
               formatAlternatives(row["alternatives"])});
  nodes.print(os);
  os << "\n";
  if (!entry["boundaries"].empty()) {
    Table boundaries({"tensor", "from", "to", "bytes", "time"});
    for (const json &row : entry["boundaries"])
      boundaries.add({row["tensor"], row["from"], row["to"],
                      std::to_string(row["bytes"].get<int64_t>()),
                      formatRounded(row["seconds"].get<double>() +
                                        row.value("conversion_seconds", 0.0),
                                    "s")});
    boundaries.print(os);
    os << "\n";
  }
  const json &totals = entry["totals"];
  Table devices({"device", "nodes", "operations", "time", "weights"});
  for (const json &row : totals["devices"])
    devices.add(
        {row["device"], std::to_string(row["nodes"].get<int64_t>()),
         formatRounded(row["flops"].get<double>(), "OP"),
         formatRounded(row["seconds"], "s"),
         formatQuantity(row["weight_bytes"].get<double>(), Unit::Bytes)});
  devices.print(os);
  os << "\nmodelled: " << formatCost(totals) << " in all, "
     << formatRounded(totals["seconds_by_priority"], "s")
     << " by priority alone; "
     << formatQuantity(totals["boundary_bytes"].get<double>(), Unit::Bytes)
     << " cross boundaries in "
     << formatRounded(totals["boundary_seconds"], "s") << "\n";
  if (totals.contains("missing")) {
    os << "unknown and left out:";
    for (const json &field : totals["missing"])
      os << " " << field.get<std::string>() << ";";
    os << "\n";
  }
}

void printPlacement(const json &explanation, llvm::raw_ostream &os) {
  os << "placement of " << explanation["model"].get<std::string>()
     << ", objective " << explanation["objective"].get<std::string>() << "\n";
  for (const json &device : explanation["devices"])
    os << "  " << device["name"].get<std::string>() << ": "
       << device["descriptor"].get<std::string>()
       << (device["code_generator"].get<bool>()
               ? ""
               : ", by its descriptor alone (no code generator)")
       << "\n";
  for (const json &entry : explanation["entries"]) {
    os << "\n";
    printEntry(entry, os);
  }
}

} // namespace autoglm
