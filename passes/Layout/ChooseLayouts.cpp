//===- ChooseLayouts.cpp - the cheapest layouts of a segment -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Layout/ChooseLayouts.h"
#include "dialects/AutoGLM/Layout.h"
#include "passes/Layout/Passes.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace autoglm {

/// How often single choices are looked at again: each round only repairs what
/// the shares of `goForward` got wrong where values have several users.
static constexpr int kMaxRounds = 4;

LayoutChooser::LayoutChooser(Block &block, const DeviceModel &model)
    : model(model) {
  for (Operation &op : block) {
    bool isNode = isa<ComputeOpInterface>(op);
    int64_t index = isNode ? static_cast<int64_t>(nodes.size()) : -1;
    Node node{&op, {}, {}, {}};
    for (OpOperand &operand : op.getOpOperands()) {
      Value value = operand.get();
      if (isNode && isFreeToChange(value))
        continue;
      auto known = value.getDefiningOp() ? nodeOf.find(value.getDefiningOp())
                                         : nodeOf.end();
      Edge edge{-1, 0, cast<RankedTensorType>(value.getType()),
                operand.getOperandNumber()};
      if (known != nodeOf.end()) {
        edge.node = known->second;
        edge.result = cast<OpResult>(value).getResultNumber();
        nodes[edge.node].uses.push_back({index, edge.operand, edge.result});
        if (node.carrier < 0 && op.hasTrait<Elementwise>() &&
            edge.type.getShape() ==
                cast<RankedTensorType>(op.getResult(0).getType()).getShape())
          node.carrier = edge.operand;
      }
      node.inputs.push_back(edge);
    }
    if (!isNode)
      continue;
    node.choices.assign(model.layouts(&op));
    nodeOf[&op] = index;
    nodes.push_back(std::move(node));
  }
  goForward();
  goBackward();
  for (int round = 0; round < kMaxRounds && improve(); ++round)
    ;
}

ArrayRef<LayoutAttr> LayoutChooser::get(Operation *op) const {
  auto known = nodeOf.find(op);
  if (known == nodeOf.end())
    return {};
  const Node &node = nodes[known->second];
  return node.choices[node.chosen].layouts;
}

double LayoutChooser::relayout(RankedTensorType type, LayoutAttr from,
                               LayoutAttr to) const {
  if (from == to)
    return 0;
  return model.relayoutSeconds(withLayout(type, from), withLayout(type, to));
}

double LayoutChooser::getOwn(const Node &node, size_t choice) const {
  return node.carrier < 0 ? node.choices[choice].seconds : 0;
}

double LayoutChooser::getBreak(const Node &node, size_t choice,
                               unsigned operand, LayoutAttr from) const {
  bool isCarried = static_cast<int64_t>(operand) != node.carrier ||
                   node.choices[choice].layouts[operand] == from;
  return isCarried ? 0 : node.choices[choice].seconds;
}

LayoutAttr LayoutChooser::getResult(const Node &node, size_t choice,
                                    unsigned result) const {
  return node.choices[choice].layouts[node.op->getNumOperands() + result];
}

LayoutAttr LayoutChooser::getWanted(const Use &use) const {
  if (use.node < 0)
    return {};
  const Node &user = nodes[use.node];
  return user.choices[user.chosen].layouts[use.operand];
}

double LayoutChooser::getUseCost(const Node &node, size_t choice) const {
  double seconds = 0;
  SmallVector<std::pair<unsigned, LayoutAttr>> made;
  for (const Use &use : node.uses) {
    std::pair<unsigned, LayoutAttr> wanted(use.result, getWanted(use));
    if (use.node >= 0)
      seconds += getBreak(nodes[use.node], nodes[use.node].chosen, use.operand,
                          getResult(node, choice, use.result));
    // One relayout serves all who want it.
    if (llvm::is_contained(made, wanted))
      continue;
    made.push_back(wanted);
    seconds += relayout(
        cast<RankedTensorType>(node.op->getResult(use.result).getType()),
        getResult(node, choice, use.result), wanted.second);
  }
  return seconds;
}

void LayoutChooser::goForward() {
  for (Node &node : nodes) {
    for (auto [index, choice] : llvm::enumerate(node.choices)) {
      double seconds = getOwn(node, index);
      for (const Edge &edge : node.inputs) {
        LayoutAttr wanted = choice.layouts[edge.operand];
        if (edge.node < 0) {
          seconds += relayout(edge.type, {}, wanted);
          continue;
        }
        const Node &producer = nodes[edge.node];
        double best = std::numeric_limits<double>::infinity();
        for (size_t i = 0; i < producer.choices.size(); ++i) {
          LayoutAttr from = getResult(producer, i, edge.result);
          // Each user bears its share of what it did not cause alone.
          best = std::min(best, producer.costs[i] / producer.uses.size() +
                                    relayout(edge.type, from, wanted) +
                                    getBreak(node, index, edge.operand, from));
        }
        seconds += best;
      }
      node.costs.push_back(seconds);
    }
  }
}

void LayoutChooser::goBackward() {
  for (Node &node : llvm::reverse(nodes)) {
    double best = std::numeric_limits<double>::infinity();
    for (size_t i = 0; i < node.choices.size(); ++i) {
      double seconds = node.costs[i] + getUseCost(node, i);
      if (seconds < best) {
        best = seconds;
        node.chosen = i;
      }
    }
  }
}

bool LayoutChooser::improve() {
  bool isChanged = false;
  for (Node &node : nodes) {
    size_t before = node.chosen;
    auto cost = [&](size_t choice) {
      node.chosen = choice;
      double seconds = getOwn(node, choice) + getUseCost(node, choice);
      for (const Edge &edge : node.inputs) {
        if (edge.node < 0) {
          seconds += relayout(edge.type, {},
                              node.choices[choice].layouts[edge.operand]);
          continue;
        }
        const Node &producer = nodes[edge.node];
        seconds += getUseCost(producer, producer.chosen);
      }
      return seconds;
    };
    size_t best = before;
    double least = cost(before);
    for (size_t i = 0; i < node.choices.size(); ++i)
      if (double seconds = cost(i); seconds < least) {
        least = seconds;
        best = i;
      }
    node.chosen = best;
    isChanged |= best != before;
  }
  return isChanged;
}

} // namespace autoglm
