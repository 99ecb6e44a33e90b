//===- Coverage.cpp - which operators the devices take -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Table.h"
#include "autoglm/Pipeline/Placement.h"
#include "passes/Place/GraphCost.h"

#include "llvm/Support/Format.h"

using namespace mlir;

namespace autoglm {

namespace {
/// From best to worst: a node is what the worst of its operations is.
enum class Support { Supported, Decomposed, Fallback, Blocked };

struct OperatorRow {
  unsigned counts[4] = {};
  double flops = 0;
};
} // namespace

static Support getSupport(const GraphCost &costs, size_t index,
                          const DeviceSet &devices) {
  size_t taker = 0;
  while (taker < devices.size() && !costs.getOption(index, taker).verdict)
    ++taker;
  if (taker == devices.size())
    return Support::Blocked;
  if (taker > 0)
    return Support::Fallback;
  if (costs.getOps()[index]->hasAttr(kCompositeAttr) ||
      costs.getOption(index, taker).isDecomposed)
    return Support::Decomposed;
  return Support::Supported;
}

void printCoverage(ModuleOp module, llvm::raw_ostream &os) {
  DeviceSet devices(module);
  std::map<std::string, OperatorRow> rows;
  double all = 0;
  for (auto function : module.getOps<func::FuncOp>()) {
    GraphCost costs(function, devices);
    struct NodeState {
      std::string op;
      Support support = Support::Supported;
    };
    llvm::MapVector<Attribute, NodeState> nodes;
    for (auto [index, op] : llvm::enumerate(costs.getOps())) {
      Support support = getSupport(costs, index, devices);
      auto flops = static_cast<double>(
          cast<ComputeOpInterface>(op).getFlops().value_or(0));
      all += flops;
      SmallVector<NodeAttr> names = getNodes(op->getLoc());
      if (names.empty()) {
        OperatorRow &row = rows[op->getName().stripDialect().str()];
        ++row.counts[static_cast<int>(support)];
        row.flops += flops;
        continue;
      }
      rows[names.front().getOp().str()].flops += flops;
      for (NodeAttr node : names) {
        NodeState &state = nodes[node];
        state.op = node.getOp().str();
        state.support = std::max(state.support, support);
      }
    }
    for (auto &[node, state] : nodes)
      ++rows[state.op].counts[static_cast<int>(state.support)];
  }
  Table table({"operator", "nodes", "supported", "decomposed", "fallback",
               "blocked", "operations"});
  for (auto &[name, row] : rows) {
    unsigned count = 0;
    for (unsigned part : row.counts)
      count += part;
    std::string share;
    llvm::raw_string_ostream(share)
        << llvm::format("%.1f %%", all > 0 ? 100 * row.flops / all : 0);
    table.add({name, std::to_string(count), std::to_string(row.counts[0]),
               std::to_string(row.counts[1]), std::to_string(row.counts[2]),
               std::to_string(row.counts[3]), share});
  }
  table.print(os);
}

} // namespace autoglm
