//===- Cost.cpp - modelled cost from descriptor data -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Device/DeviceModel.h"
#include "dialects/AutoGLM/Layout.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace autoglm {

/// Work of so few operations per byte is bound by memory on any device, so that
/// its rate need not be known.
static constexpr int64_t kFewOperationsPerByte = 4;

namespace {
/// A level of the memory hierarchy of which something is known.
struct Level {
  StringRef name;
  /// Bytes of all instances together; nothing if unknown.
  std::optional<double> capacity;
  double bandwidth;
};

/// Sums up one operation or the operations of a group.
class Roofline {
public:
  Roofline(const DeviceModel &model, const Residency &residency)
      : model(model), residency(residency) {}

  void compute(Operation *op);
  void move(Operation *op);
  Estimate finish();

private:
  const Level *getLevel(std::optional<int64_t> workingSet);
  void readLevels();
  void miss(const Twine &field) {
    std::string name = field.str();
    if (!llvm::is_contained(result.missing, name))
      result.missing.push_back(std::move(name));
  }
  void addEnergy();

  const DeviceModel &model;
  const Residency &residency;
  std::vector<Level> levels;
  Estimate result;
  /// Of multiply-adds and of bytes, where the descriptor knows.
  double macJoules = 0, byteJoules = 0;
  bool knowsMacs = false, knowsBytes = false;
};
} // namespace

/// Operations per second on an element type; nothing if it is unknown.
static std::optional<double> getRate(const DeviceModel &model, Type element) {
  if (auto rate = model.getNumber("compute.rates." + getTypeName(element)))
    return rate;
  auto units = model.getNumber("compute.units");
  auto clock = model.getNumber("compute.clock");
  if (!units || !clock)
    return std::nullopt;
  // A multiply-add counts 2.
  auto rows = model.getNumber("compute.rows");
  auto cols = model.getNumber("compute.cols");
  if (rows && cols)
    return 2 * *units * *clock * *rows * *cols;
  auto bits = model.getNumber("compute.vector_bits");
  auto ports = model.getNumber("compute.ports");
  if (!bits || !ports || !element.isIntOrFloat())
    return std::nullopt;
  double lanes = *bits / std::max<unsigned>(8, element.getIntOrFloatBitWidth());
  return 2 * *units * *clock * *ports * lanes;
}

/// Element type in which an operation computes: what it reads, as the result
/// may be an accumulator or a truth value.
static Type getComputeType(Operation *op) {
  for (Value value : op->getOperands())
    if (!value.getDefiningOp<ConstantOp>() &&
        !getElementTypeOrSelf(value).isInteger(1))
      return getElementTypeOrSelf(value);
  for (Value value : op->getResults())
    return getElementTypeOrSelf(value);
  return {};
}

/// Whether a value is the same in every run.
static bool isWeight(Value value) {
  while (auto argument = dyn_cast<BlockArgument>(value)) {
    Operation *parent = argument.getOwner()->getParentOp();
    if (!isa_and_nonnull<SegmentOp, GroupOp>(parent))
      return false;
    value = parent->getOperand(argument.getArgNumber());
  }
  return value.getDefiningOp<LoadWeightOp>() ||
         value.getDefiningOp<ConstantOp>();
}

void Roofline::readLevels() {
  auto memory = dyn_cast_or_null<DictionaryAttr>(
      lookupProperty(model.getDevice(), "memory"));
  if (!memory)
    return;
  std::string main = getMainMemoryField(model.getDevice(), "bandwidth");
  for (NamedAttribute entry : memory) {
    std::string path = "memory." + entry.getName().str();
    auto bandwidth = model.getNumber(path + ".bandwidth");
    if (!bandwidth || *bandwidth <= 0)
      continue;
    Level level{entry.getName(), model.getNumber(path + ".size"), *bandwidth};
    auto units = model.getNumber("compute.units");
    auto sharers = model.getNumber(path + ".shared_by");
    if (level.capacity && units && sharers && *sharers > 0)
      level.capacity = *level.capacity * std::max(1.0, *units / *sharers);
    // What does not fit elsewhere is in the main memory, whatever its size.
    if (path + ".bandwidth" == main)
      level.capacity = std::nullopt;
    else if (!level.capacity)
      continue;
    levels.push_back(level);
  }
  llvm::sort(levels, [](const Level &a, const Level &b) {
    return a.bandwidth > b.bandwidth;
  });
}

/// The fastest level with room for so many bytes; null if none is known.
const Level *Roofline::getLevel(std::optional<int64_t> workingSet) {
  if (levels.empty())
    readLevels();
  for (const Level &level : levels)
    if (!level.capacity ||
        (workingSet && static_cast<double>(*workingSet) <= *level.capacity))
      return &level;
  miss(getMainMemoryField(model.getDevice(), "bandwidth"));
  return nullptr;
}

void Roofline::compute(Operation *op) {
  auto interface = dyn_cast<ComputeOpInterface>(op);
  Type type = getComputeType(op);
  if (!interface || !type || isView(op))
    return;
  int64_t flops = interface.getFlops().value_or(0);
  if (flops == 0)
    return;
  result.flops += flops;
  if (std::optional<double> rate = getRate(model, type); rate && *rate > 0)
    result.computeSeconds += static_cast<double>(flops) / *rate;
  else if (flops > kFewOperationsPerByte * interface.getBytes().value_or(0))
    miss("compute.rates." + getTypeName(type));
  if (auto mac = model.getNumber("energy.mac." + getTypeName(type))) {
    knowsMacs = true;
    macJoules += *mac * static_cast<double>(flops) / 2;
  }
}

void Roofline::move(Operation *op) {
  if (isView(op))
    return;
  auto interface = dyn_cast<ComputeOpInterface>(op);
  std::optional<int64_t> known =
      interface ? interface.getBytes() : defaultBytes(op);
  int64_t total = known.value_or(0), weights = 0;
  for (Value operand : op->getOperands())
    if (auto type = dyn_cast<RankedTensorType>(operand.getType());
        type && isWeight(operand))
      weights += getPhysicalBytes(type).value_or(0);
  // Of a table an operation may read less than there is.
  weights = std::min(weights, total);
  result.bytes = total;
  auto add = [&](int64_t bytes, std::optional<int64_t> workingSet) {
    if (bytes == 0)
      return;
    const Level *level = getLevel(workingSet);
    if (!level)
      return;
    result.memorySeconds += static_cast<double>(bytes) / level->bandwidth;
    if (auto perByte = model.getNumber("energy.memory." + level->name.str())) {
      knowsBytes = true;
      byteJoules += *perByte * static_cast<double>(bytes);
    }
  };
  add(weights, residency.weightBytes);
  add(total - weights, total - weights);
}

/// By parts where they are known, else by the power drawn at work.
void Roofline::addEnergy() {
  auto idle = model.getNumber("energy.idle");
  auto busy = model.getNumber("energy.busy");
  auto most = model.getNumber("energy.max");
  Energy energy;
  if (most)
    energy.high = *most * result.seconds;
  if (knowsMacs || knowsBytes) {
    energy.joules = macJoules + byteJoules + idle.value_or(0) * result.seconds;
    energy.low = energy.joules;
    // Where every part is known the sum is no bound but the estimate.
    if (knowsMacs && knowsBytes && idle)
      energy.low = std::nullopt;
  } else if (busy || most) {
    energy.joules = busy.value_or(most.value_or(0)) * result.seconds;
    if (idle)
      energy.low = *idle * result.seconds;
  } else {
    return;
  }
  // What the descriptor says of its own numbers.
  if (auto error = model.getNumber("energy.uncertainty")) {
    energy.low = energy.joules * (1 - *error);
    energy.high = energy.joules * (1 + *error);
  }
  if (energy.high)
    energy.high = std::max(*energy.high, energy.joules);
  result.energy = energy;
}

Estimate Roofline::finish() {
  // Others that use the device leave less of it.
  double left = 1 - model.getNumber("load").value_or(0) / 100;
  if (left > 0 && left < 1) {
    result.computeSeconds /= left;
    result.memorySeconds /= left;
  }
  if (auto launch = model.getNumber("launch_overhead"))
    result.launchSeconds = *launch;
  else
    miss("launch_overhead");
  double work = std::max(result.computeSeconds, result.memorySeconds);
  result.seconds = work + result.launchSeconds;
  result.bound = result.launchSeconds > work                    ? "launch"
                 : result.computeSeconds > result.memorySeconds ? "compute"
                                                                : "memory";
  addEnergy();
  return result;
}

Estimate DeviceModel::estimate(Operation *op,
                               const Residency &residency) const {
  if (hooks)
    if (std::optional<Estimate> estimate = hooks->estimate(op, device))
      return *estimate;
  // The same bytes under another shape: no work.
  if (isView(op))
    return {};
  Roofline roofline(*this, residency);
  if (auto group = dyn_cast<GroupOp>(op))
    for (Operation &inner : group.getBody().front())
      roofline.compute(&inner);
  else
    roofline.compute(op);
  // Inside a group nothing goes through the memories.
  roofline.move(op);
  return roofline.finish();
}

double DeviceModel::getTransferSeconds(int64_t bytes) const {
  auto bandwidth = getNumber(getMainMemoryField(device, "bandwidth"));
  return bandwidth && *bandwidth > 0 ? static_cast<double>(bytes) / *bandwidth
                                     : 0;
}

} // namespace autoglm
