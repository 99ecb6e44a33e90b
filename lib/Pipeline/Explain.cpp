//===- Explain.cpp - what a placement rests on, as JSON -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeKey.h"
#include "autoglm/Pipeline/Placement.h"
#include "passes/Place/GraphCost.h"

using namespace mlir;
using json = nlohmann::ordered_json;

namespace autoglm {

static void addCost(json &row, const Estimate &estimate) {
  row["seconds"] = estimate.seconds;
  row["bound"] = estimate.bound.str();
  if (estimate.energy) {
    row["joules"] = estimate.energy->joules;
    if (estimate.energy->low)
      row["joules_low"] = *estimate.energy->low;
    if (estimate.energy->high)
      row["joules_high"] = *estimate.energy->high;
  }
  if (!estimate.missing.empty())
    row["missing"] = std::vector<std::string>(estimate.missing.begin(),
                                              estimate.missing.end());
}

static json describeOption(const std::string &device,
                           const DeviceOption &option) {
  json row = {{"device", device}};
  if (option.verdict) {
    addCost(row, option.estimate);
    if (option.isDecomposed)
      row["decomposed"] = true;
    return row;
  }
  row["code"] = option.verdict.code.str();
  row["reason"] = option.verdict.reason;
  if (!option.verdict.field.empty())
    row["field"] = option.verdict.field;
  if (!option.verdict.change.empty())
    row["change"] = option.verdict.change;
  return row;
}

namespace {
/// Explains the placement of one function.
class EntryExplainer {
public:
  EntryExplainer(func::FuncOp function, const DeviceSet &devices)
      : function(function), devices(devices), costs(function, devices),
        problem(costs.buildProblem()) {
    for (Operation *op : costs.getOps()) {
      auto symbol = op->getAttrOfType<FlatSymbolRefAttr>(kDeviceAttr);
      placement.deviceOf.push_back(
          static_cast<unsigned>(devices.find(symbol.getValue())));
    }
  }

  json explain();

private:
  json explainNodes();
  json explainBoundaries();
  json explainDevices();
  std::string getPlace(unsigned place) const {
    return place < devices.size() ? devices.getName(place) : "caller";
  }
  /// Name of the node that makes a tensor, or of the input.
  std::string getTensorName(unsigned tensor) const;

  func::FuncOp function;
  const DeviceSet &devices;
  GraphCost costs;
  PartitionProblem problem;
  Partition placement;
  std::vector<std::string> names;
  int64_t boundaryBytes = 0;
  double boundarySeconds = 0;
};
} // namespace

json EntryExplainer::explainNodes() {
  json rows = json::array();
  NodeCounter counter;
  for (auto [n, op] : llvm::enumerate(costs.getOps())) {
    unsigned d = placement.deviceOf[n];
    NodeKey key = counter.next(op);
    names.push_back(key.node.empty() ? key.operation : key.node);
    const DeviceOption &option = costs.getOption(n, d);
    json row = {{"node", key.node},
                {"op", key.op},
                {"operation", key.operation},
                {"index", key.index},
                {"device", getPlace(d)}};
    if (auto precision = op->getAttrOfType<StringAttr>(kPrecisionAttr))
      row["precision"] = precision.getValue().str();
    row["flops"] = option.estimate.flops;
    row["bytes"] = option.estimate.bytes;
    addCost(row, option.estimate);
    json alternatives = json::array();
    for (size_t e = 0; e < devices.size(); ++e)
      if (e != d)
        alternatives.push_back(
            describeOption(devices.getName(e), costs.getOption(n, e)));
    row["alternatives"] = std::move(alternatives);
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string EntryExplainer::getTensorName(unsigned tensor) const {
  unsigned producer = problem.tensors[tensor].producer;
  if (producer != PartitionProblem::kCaller)
    return names[producer];
  // The input that its first reader has.
  for (unsigned user : problem.tensors[tensor].users)
    for (auto [index, input] : llvm::enumerate(problem.nodes[user].inputs))
      if (input == tensor)
        for (Value operand : costs.getOps()[user]->getOperands())
          if (auto argument = dyn_cast<BlockArgument>(operand))
            if (auto name = func::FuncOp(function).getArgAttrOfType<StringAttr>(
                    argument.getArgNumber(), kNameAttr))
              return name.getValue().str();
  return "input";
}

json EntryExplainer::explainBoundaries() {
  json rows = json::array();
  auto caller = static_cast<unsigned>(devices.size());
  for (unsigned t = 0; t < problem.tensors.size(); ++t) {
    const PartitionProblem::Tensor &tensor = problem.tensors[t];
    unsigned from = tensor.producer == PartitionProblem::kCaller
                        ? caller
                        : placement.deviceOf[tensor.producer];
    // Once for each place that reads it.
    std::set<unsigned> places;
    for (unsigned user : tensor.users)
      places.insert(placement.deviceOf[user]);
    if (tensor.isOutput)
      places.insert(caller);
    places.erase(from);
    for (unsigned to : places) {
      const Link &link = devices.getLink(from, to);
      double seconds = link.getSeconds(tensor.bytes);
      // At home nothing moves.
      if (seconds == 0 && (from == caller || to == caller))
        continue;
      double conversion = 0;
      for (unsigned place : {from, to})
        if (place != caller && !tensor.conversion.empty())
          conversion += tensor.conversion[place];
      json row = {{"tensor", getTensorName(t)},
                  {"from", getPlace(from)},
                  {"to", getPlace(to)},
                  {"bytes", tensor.bytes},
                  {"seconds", seconds}};
      if (conversion > 0)
        row["conversion_seconds"] = conversion;
      boundaryBytes += tensor.bytes;
      boundarySeconds += seconds + conversion;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

json EntryExplainer::explainDevices() {
  json rows = json::array();
  for (unsigned d = 0; d < devices.size(); ++d) {
    int64_t nodes = 0, flops = 0, weights = 0;
    double seconds = 0;
    std::set<unsigned> seen;
    for (size_t n = 0; n < costs.getOps().size(); ++n) {
      if (placement.deviceOf[n] != d)
        continue;
      ++nodes;
      flops += costs.getOption(n, d).estimate.flops;
      seconds += costs.getOption(n, d).estimate.seconds;
      for (unsigned weight : problem.nodes[n].weights)
        if (seen.insert(weight).second)
          weights += problem.weightBytes[weight];
    }
    rows.push_back({{"device", getPlace(d)},
                    {"nodes", nodes},
                    {"flops", flops},
                    {"seconds", seconds},
                    {"weight_bytes", weights}});
  }
  return rows;
}

json EntryExplainer::explain() {
  json nodes = explainNodes();
  json boundaries = explainBoundaries();
  PartitionCost(problem).evaluate(placement);
  Partition byPriority = assignByPriority(problem);
  json totals = {{"seconds", placement.seconds},
                 {"seconds_by_priority", byPriority.seconds},
                 {"boundary_bytes", boundaryBytes},
                 {"boundary_seconds", boundarySeconds}};
  if (!problem.idleWatts.empty())
    totals["joules"] = placement.joules;
  totals["complete"] = costs.getMissing(GraphCost::Missing::Major).empty();
  std::vector<std::string> missing = costs.getMissing(GraphCost::Missing::All);
  if (!missing.empty())
    totals["missing"] = missing;
  totals["devices"] = explainDevices();
  return {{"name", function.getSymName().str()},
          {"nodes", std::move(nodes)},
          {"boundaries", std::move(boundaries)},
          {"totals", std::move(totals)}};
}

json explainPlacement(ModuleOp module, const PlacementOptions &options) {
  DeviceSet devices(module);
  json entries = json::array();
  for (auto function : module.getOps<func::FuncOp>())
    if (!function.isExternal())
      entries.push_back(EntryExplainer(function, devices).explain());
  json list = json::array();
  for (size_t d = 0; d < devices.size(); ++d) {
    DeviceAttr descriptor = devices.getOp(d).getDescriptor();
    json row = {{"name", devices.getName(d)},
                {"descriptor", descriptor.getName().str()},
                {"family", descriptor.getFamily().str()},
                {"priority", d + 1},
                {"code_generator", devices.getModel(d).hasTarget()}};
    if (devices.getMemoryRatio(d) < 1)
      row["max_memory_ratio"] = devices.getMemoryRatio(d);
    list.push_back(std::move(row));
  }
  auto model = module->getAttrOfType<StringAttr>(kModelAttr);
  return {{"schema_version", 1},
          {"model", model ? model.getValue().str() : ""},
          {"objective", options.objective},
          {"devices", std::move(list)},
          {"entries", std::move(entries)}};
}

} // namespace autoglm
