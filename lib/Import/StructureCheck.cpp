//===- StructureCheck.cpp - names and order of a graph's nodes --*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StructureCheck.h"

#include "OperatorTable.h"

#include "dialects/AutoGLM/AutoGLM.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

#include <set>

using namespace mlir;

namespace autoglm::onnx_import {

/// Nodes that a message lists by name before it says how many more there are.
static constexpr size_t kMaxListed = 20;

FunctionKey getKey(const onnx::NodeProto &node) {
  return {normalizeDomain(node.domain()).str(), node.op_type(),
          node.overload()};
}

static StringRef getName(const onnx::NodeProto &node) {
  if (!node.name().empty())
    return node.name();
  for (const std::string &output : node.output())
    if (!output.empty())
      return output;
  return node.op_type();
}

Location getLocation(MLIRContext &context, const onnx::NodeProto &node,
                     StringRef file, StringRef prefix) {
  std::string name = (prefix + getName(node)).str();
  return getNodeLocation(NodeAttr::get(&context, name, node.op_type(),
                                       normalizeDomain(node.domain()), file));
}

//===----------------------------------------------------------------------===//
// Operators
//===----------------------------------------------------------------------===//

namespace {
/// Where an operator that we do not have is used.
struct Missing {
  /// The version that brought it, if it is only the model's that is too old.
  int since = 0;
  int64_t version = 0;
  std::vector<std::string> nodes;
};

class OperatorCheck {
public:
  OperatorCheck(const FunctionMap &functions) : functions(functions) {}

  void visit(const NodeList &nodes, const llvm::StringMap<int64_t> &opsets) {
    for (const onnx::NodeProto &node : nodes) {
      auto function = functions.find(getKey(node));
      if (function != functions.end()) {
        visitFunction(*function->second);
        continue;
      }
      StringRef domain = normalizeDomain(node.domain());
      auto version = opsets.find(domain);
      Missing entry;
      entry.version = version == opsets.end() ? 0 : version->second;
      if (domain.empty() && version == opsets.end())
        lacksOpset = true;
      if (findRow(domain, node.op_type(), entry.version, &entry.since))
        continue;
      Missing &known = missing[{domain.str(), node.op_type()}];
      known.since = entry.since;
      known.version = entry.version;
      known.nodes.push_back(getName(node).str());
    }
  }

  bool lacksOpset = false;
  llvm::MapVector<std::pair<std::string, std::string>, Missing,
                  std::map<std::pair<std::string, std::string>, unsigned>>
      missing;

private:
  void visitFunction(const onnx::FunctionProto &function) {
    if (!visited.insert(&function).second)
      return;
    llvm::StringMap<int64_t> opsets;
    for (const onnx::OperatorSetIdProto &entry : function.opset_import())
      opsets[normalizeDomain(entry.domain())] = entry.version();
    visit(function.node(), opsets);
  }

  const FunctionMap &functions;
  std::set<const onnx::FunctionProto *> visited;
};
} // namespace

LogicalResult checkOperators(MLIRContext &context, const ModelFile &model,
                             const FunctionMap &functions) {
  Location loc = getFileLocation(context, model.path);
  OperatorCheck check(functions);
  check.visit(model.proto.graph().node(), model.opsets);
  if (check.lacksOpset)
    return emitError(loc, ErrorCode::BadOpset)
           << "uses ONNX's own operators, but does not say of which opset";
  if (check.missing.empty())
    return success();
  size_t count = check.missing.size();
  InFlightDiagnostic diagnostic =
      emitError(loc, ErrorCode::UnsupportedOperator);
  diagnostic << count << (count == 1 ? " operator is" : " operators are")
             << " not supported: ";
  bool isFirst = true;
  for (const auto &[name, entry] : check.missing) {
    if (!isFirst)
      diagnostic << "; ";
    isFirst = false;
    diagnostic << name.second << " (";
    if (!name.first.empty())
      diagnostic << "domain " << name.first << ", ";
    if (entry.since != 0)
      diagnostic << "known from opset " << entry.since << " on, not in "
                 << entry.version << ", ";
    diagnostic << entry.nodes.size()
               << (entry.nodes.size() == 1 ? " node: " : " nodes: ");
    for (size_t i = 0; i < std::min(entry.nodes.size(), kMaxListed); ++i)
      diagnostic << (i ? ", '" : "'") << entry.nodes[i] << "'";
    if (entry.nodes.size() > kMaxListed)
      diagnostic << " and " << entry.nodes.size() - kMaxListed << " more";
    diagnostic << ")";
  }
  return failure();
}

//===----------------------------------------------------------------------===//
// Names and order
//===----------------------------------------------------------------------===//

/// Nodes that wait for each other, in order, or nothing.
static SmallVector<int> findCycle(const NodeList &nodes,
                                  const llvm::StringMap<int> &producers) {
  enum Color : char { New, Active, Done };
  std::vector<char> colors(nodes.size(), New);
  struct Frame {
    int node, input;
  };
  for (int start = 0; start < nodes.size(); ++start) {
    if (colors[start] != New)
      continue;
    std::vector<Frame> stack{{start, 0}};
    colors[start] = Active;
    while (!stack.empty()) {
      Frame &frame = stack.back();
      if (frame.input == nodes[frame.node].input_size()) {
        colors[frame.node] = Done;
        stack.pop_back();
        continue;
      }
      auto producer = producers.find(nodes[frame.node].input(frame.input++));
      if (producer == producers.end() || producer->second < 0)
        continue;
      int next = producer->second;
      if (colors[next] == Active) {
        SmallVector<int> cycle;
        auto first = llvm::find_if(
            stack, [&](const Frame &entry) { return entry.node == next; });
        for (; first != stack.end(); ++first)
          cycle.push_back(first->node);
        return cycle;
      }
      if (colors[next] == New) {
        colors[next] = Active;
        stack.push_back({next, 0});
      }
    }
  }
  return {};
}

LogicalResult checkStructure(MLIRContext &context, StringRef file,
                             const NodeList &nodes, ArrayRef<StringRef> given,
                             ArrayRef<StringRef> outputs) {
  // The node that computes each name; -1 for what is given.
  llvm::StringMap<int> producers;
  for (StringRef name : given)
    producers.try_emplace(name, -1);
  for (auto [index, node] : llvm::enumerate(nodes)) {
    for (const std::string &output : node.output()) {
      if (output.empty())
        continue;
      auto [it, isNew] = producers.try_emplace(output, index);
      if (isNew)
        continue;
      InFlightDiagnostic diagnostic =
          emitError(getLocation(context, node, file), ErrorCode::BadGraph);
      diagnostic << "computes '" << output << "', which ";
      if (it->second < 0)
        return diagnostic << "is already an input or initializer";
      return diagnostic << "node '" << getName(nodes[it->second])
                        << "' already computes";
    }
  }
  int early = -1, source = -1;
  StringRef value;
  for (auto [index, node] : llvm::enumerate(nodes)) {
    for (const std::string &input : node.input()) {
      if (input.empty())
        continue;
      auto producer = producers.find(input);
      if (producer == producers.end())
        return emitError(getLocation(context, node, file), ErrorCode::BadGraph)
               << "uses '" << input << "', which nothing defines";
      if (early < 0 && producer->second >= static_cast<int>(index)) {
        early = static_cast<int>(index);
        source = producer->second;
        value = input;
      }
    }
  }
  for (StringRef output : outputs)
    if (!producers.contains(output))
      return emitError(getFileLocation(context, file), ErrorCode::BadGraph)
             << "output '" << output << "' is defined by nothing";
  if (early < 0)
    return success();
  SmallVector<int> cycle = findCycle(nodes, producers);
  if (cycle.empty())
    return emitError(getLocation(context, nodes[early], file),
                     ErrorCode::BadGraph)
           << "uses '" << value << "' before node '" << getName(nodes[source])
           << "' computes it: the nodes are not in order";
  InFlightDiagnostic diagnostic = emitError(
      getLocation(context, nodes[cycle.front()], file), ErrorCode::BadGraph);
  diagnostic << "waits for its own result: the nodes ";
  for (size_t i = 0; i < std::min(cycle.size(), kMaxListed); ++i)
    diagnostic << (i ? ", '" : "'") << getName(nodes[cycle[i]]) << "'";
  return diagnostic << (cycle.size() > kMaxListed ? " and more" : "")
                    << " form a cycle";
}

} // namespace autoglm::onnx_import
