//===- GraphCost.cpp - what devices say of a function's operations -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Place/GraphCost.h"

#include "dialects/AutoGLM/Layout.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace autoglm {

static int64_t getBytes(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? getPhysicalBytes(type).value_or(0) : 0;
}

/// What the caller passes or an operation of the function computes: neither
/// weight nor constant.
static bool isTensor(Value value) {
  Operation *producer = value.getDefiningOp();
  return !producer || isa<ComputeOpInterface>(producer);
}

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

FailureOr<SmallVector<Value>>
decomposeFor(Operation *op, const DeviceModel &model,
             SmallVectorImpl<Operation *> &parts) {
  auto composite = dyn_cast<DecomposableOpInterface>(op);
  if (!composite)
    return failure();
  OpBuilder builder(op);
  Operation *before = op->getPrevNode();
  FailureOr<SmallVector<Value>> values = composite.decompose(builder);
  if (failed(values))
    return failure();
  SmallVector<Operation *> built;
  Operation *first = before ? before->getNextNode() : &op->getBlock()->front();
  for (Operation *made = first; made != op; made = made->getNextNode())
    built.push_back(made);
  for (Operation *made : built) {
    bool isWhole = model.verdict(made).kind != Verdict::Kind::Decompose;
    SmallVector<Operation *> inner;
    if (isWhole) {
      parts.push_back(made);
      continue;
    }
    FailureOr<SmallVector<Value>> replaced = decomposeFor(made, model, inner);
    if (failed(replaced)) {
      parts.push_back(made);
      continue;
    }
    llvm::append_range(parts, inner);
    for (auto [result, value] :
         llvm::zip_equal(made->getResults(), *replaced)) {
      for (Value &mine : *values)
        if (mine == result)
          mine = value;
      result.replaceAllUsesWith(value);
    }
    made->erase();
  }
  return values;
}

/// The sum over the parts, which run one after the other.
static void add(Estimate &sum, const Estimate &part) {
  sum.seconds += part.seconds;
  sum.computeSeconds += part.computeSeconds;
  sum.memorySeconds += part.memorySeconds;
  sum.launchSeconds += part.launchSeconds;
  sum.bytes += part.bytes;
  sum.flops += part.flops;
  for (const std::string &field : part.missing)
    if (!llvm::is_contained(sum.missing, field))
      sum.missing.push_back(field);
  if (part.energy && !sum.energy)
    sum.energy.emplace();
  if (part.energy)
    sum.energy->joules += part.energy->joules;
}

/// Asks for a composite's parts, which are built for the question only.
static DeviceOption askParts(Operation *op, const DeviceModel &model,
                             const Residency &residency) {
  DeviceOption option;
  option.isDecomposed = true;
  SmallVector<Operation *> parts;
  if (failed(decomposeFor(op, model, parts))) {
    option.verdict =
        Verdict::no(reason::OpNotSupported, "it has no parts for these types");
    return option;
  }
  for (Operation *part : parts) {
    if (!isa<ComputeOpInterface>(part) || !option.verdict)
      continue;
    option.verdict = model.verdict(part);
    if (option.verdict) {
      add(option.estimate, model.estimate(part, residency));
      continue;
    }
    std::string whole = op->getName().stripDialect().str();
    option.verdict.reason =
        "'" + whole + "' is taken in parts, and " + option.verdict.reason;
    // One line more is less than one for every part.
    if (option.verdict.code == reason::OpNotSupported && !model.hasTarget())
      option.verdict.change = "add \"" + whole + "\"";
  }
  for (Operation *part : llvm::reverse(parts))
    part->erase();
  return option;
}

static DeviceOption ask(Operation *op, const DeviceModel &model,
                        const Residency &residency) {
  DeviceOption option;
  option.verdict = model.verdict(op);
  if (option.verdict.kind == Verdict::Kind::Decompose)
    return askParts(op, model, residency);
  if (option.verdict)
    option.estimate = model.estimate(op, residency);
  return option;
}

GraphCost::GraphCost(func::FuncOp function, const DeviceSet &devices)
    : function(function), devices(devices) {
  function.walk([&](ComputeOpInterface op) {
    indices[op] = ops.size();
    ops.push_back(op);
  });
  // As if each device held all weights: which it will hold is not known yet.
  llvm::SmallPtrSet<Attribute, 16> seen;
  int64_t weightBytes = 0;
  function.walk([&](LoadWeightOp load) {
    if (seen.insert(load.getWeightAttr()).second)
      weightBytes += getBytes(load);
  });
  for (Operation *op : ops)
    for (size_t d = 0; d < devices.size(); ++d)
      options.push_back(ask(op, devices.getModel(d), {weightBytes}));
}

std::vector<std::string> GraphCost::getMissing(Missing which) const {
  std::vector<std::string> missing;
  auto add = [&](StringRef field, const std::string &text) {
    bool isMinor = field == "launch_overhead" || field.ends_with("latency");
    if ((which == Missing::All || !isMinor) &&
        !llvm::is_contained(missing, text))
      missing.push_back(text);
  };
  for (size_t d = 0; d < devices.size(); ++d) {
    for (size_t n = 0; n < ops.size(); ++n)
      for (const std::string &field : getOption(n, d).estimate.missing)
        add(field, devices.getName(d) + ": " + field);
    for (size_t e = 0; e <= devices.size(); ++e)
      for (const std::string &field : devices.getLink(d, e).missing)
        add(field, field);
  }
  return missing;
}

std::vector<std::string> GraphCost::getWithoutEnergy() const {
  std::vector<std::string> without;
  for (size_t d = 0; d < devices.size(); ++d) {
    bool lacks = false;
    for (size_t n = 0; n < ops.size(); ++n) {
      const DeviceOption &option = getOption(n, d);
      lacks |= option.verdict && option.estimate.seconds > 0 &&
               !option.estimate.energy;
    }
    if (lacks)
      without.push_back(devices.getName(d));
  }
  return without;
}

//===----------------------------------------------------------------------===//
// The problem
//===----------------------------------------------------------------------===//

/// An operation that reads an operand exactly where it writes its result can be
/// computed in the kernel that makes the operand: no launch, and the operand
/// stays where it is.
void GraphCost::addFusion(PartitionProblem &problem, size_t index) const {
  auto op = cast<ComputeOpInterface>(ops[index]);
  auto space = op.getIterationSpace();
  if (!space || op->getNumResults() != 1 || !space->isParallel() ||
      !space->maps.back().isIdentity())
    return;
  PartitionProblem::Node &node = problem.nodes[index];
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = space->maps[operand.getOperandNumber()];
    Operation *producer = operand.get().getDefiningOp();
    if (!map || !map.isIdentity() || !producer || isView(producer) ||
        !indices.contains(producer))
      continue;
    node.follows = static_cast<unsigned>(getIndex(producer));
    for (size_t d = 0; d < devices.size(); ++d) {
      const DeviceModel &model = devices.getModel(d);
      const Estimate &estimate = getOption(index, d).estimate;
      double share = estimate.bytes > 0
                         ? static_cast<double>(getBytes(operand.get())) /
                               static_cast<double>(estimate.bytes)
                         : 0;
      bool fuses =
          (model.hasTarget() || lookupProperty(model.getDevice(), "fusion")) &&
          model.getNumber("fusion.max_ops").value_or(2) > 1;
      node.saved.push_back(fuses ? estimate.launchSeconds +
                                       std::min(share, 1.0) *
                                           estimate.memorySeconds
                                 : 0);
    }
    return;
  }
}

/// Devices that prefer other layouts pay for them where a tensor comes or goes.
void GraphCost::addConversions(
    PartitionProblem &problem,
    const llvm::DenseMap<Value, unsigned> &ids) const {
  auto addOne = [&](Value value, LayoutAttr layout, size_t d) {
    auto known = ids.find(value);
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!layout || !type || known == ids.end())
      return;
    auto inLayout =
        RankedTensorType::get(type.getShape(), type.getElementType(), layout);
    auto &conversion = problem.tensors[known->second].conversion;
    conversion.resize(devices.size());
    conversion[d] = std::max(
        conversion[d], devices.getModel(d).relayoutSeconds(type, inLayout));
  };
  for (size_t n = 0; n < ops.size(); ++n)
    for (size_t d = 0; d < devices.size(); ++d) {
      const DeviceOption &option = getOption(n, d);
      if (!option.verdict || option.isDecomposed)
        continue;
      SmallVector<LayoutChoice> choices = devices.getModel(d).layouts(ops[n]);
      auto *best = llvm::min_element(
          choices, [](const LayoutChoice &a, const LayoutChoice &b) {
            return a.seconds < b.seconds;
          });
      unsigned index = 0;
      for (Value operand : ops[n]->getOperands())
        addOne(operand, best->layouts[index++], d);
      for (Value result : ops[n]->getResults())
        addOne(result, best->layouts[index++], d);
    }
}

void GraphCost::addTensors(PartitionProblem &problem) const {
  llvm::DenseMap<Value, unsigned> ids;
  llvm::DenseMap<Attribute, unsigned> weights;
  auto getId = [&](Value value) {
    auto [entry, isNew] =
        ids.try_emplace(value, static_cast<unsigned>(problem.tensors.size()));
    if (isNew) {
      PartitionProblem::Tensor &tensor = problem.tensors.emplace_back();
      tensor.bytes = getBytes(value);
    }
    return entry->second;
  };
  for (auto [n, op] : llvm::enumerate(ops)) {
    PartitionProblem::Node &node = problem.nodes[n];
    for (Value operand : op->getOperands()) {
      if (auto load = operand.getDefiningOp<LoadWeightOp>()) {
        auto [entry, isNew] = weights.try_emplace(
            load.getWeightAttr(),
            static_cast<unsigned>(problem.weightBytes.size()));
        if (isNew)
          problem.weightBytes.push_back(getBytes(operand));
        node.weights.push_back(entry->second);
      }
      if (!isTensor(operand))
        continue;
      unsigned id = getId(operand);
      if (llvm::is_contained(node.inputs, id))
        continue;
      node.inputs.push_back(id);
      problem.tensors[id].users.push_back(static_cast<unsigned>(n));
    }
    for (Value result : op->getResults()) {
      unsigned id = getId(result);
      problem.tensors[id].producer = static_cast<unsigned>(n);
      node.outputs.push_back(id);
    }
  }
  for (Value output :
       func::FuncOp(function).getBody().front().getTerminator()->getOperands())
    if (auto known = ids.find(output); known != ids.end())
      problem.tensors[known->second].isOutput = true;
  if (devices.size() > 1)
    addConversions(problem, ids);
}

PartitionProblem GraphCost::buildProblem() const {
  auto count = static_cast<unsigned>(devices.size());
  PartitionProblem problem(count);
  for (unsigned d = 0; d < count; ++d)
    problem.capacity[d] = devices.getCapacity(d);
  for (unsigned from = 0; from <= count; ++from)
    for (unsigned to = 0; to <= count; ++to)
      if (from != to) {
        const Link &link = devices.getLink(from, to);
        problem.getRoute(from, to) = {link.latency, link.secondsPerByte,
                                      link.joulesPerByte};
      }
  bool hasEnergy = getWithoutEnergy().empty();
  auto getIdle = [&](unsigned d) {
    return devices.getModel(d).getNumber("energy.idle").value_or(0);
  };
  if (hasEnergy)
    for (unsigned d = 0; d < count; ++d)
      problem.idleWatts.push_back(getIdle(d));
  problem.nodes.resize(ops.size());
  for (size_t n = 0; n < ops.size(); ++n) {
    PartitionProblem::Node &node = problem.nodes[n];
    auto pin = ops[n]->getAttrOfType<FlatSymbolRefAttr>(kPinAttr);
    for (unsigned d = 0; d < count; ++d) {
      const DeviceOption &option = getOption(n, d);
      bool isFree = !pin || devices.getName(d) == pin.getValue();
      node.seconds.push_back(option.verdict && isFree
                                 ? option.estimate.seconds
                                 : PartitionProblem::kNever);
      // Idle power is paid for the whole run, by every device.
      if (hasEnergy)
        node.joules.push_back(option.estimate.energy
                                  ? option.estimate.energy->joules -
                                        getIdle(d) * option.estimate.seconds
                                  : 0);
    }
  }
  addTensors(problem);
  for (size_t n = 0; n < ops.size(); ++n)
    addFusion(problem, n);
  return problem;
}

} // namespace autoglm
