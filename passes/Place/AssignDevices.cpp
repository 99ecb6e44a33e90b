//===- AssignDevices.cpp - device and precision of every operation -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Diagnostics.h"
#include "passes/Place/GraphCost.h"
#include "passes/Place/Passes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_ASSIGNDEVICES
#include "passes/Place/Passes.h.inc"
} // namespace autoglm

/// "node 'conv1' (Conv)", or the operation's own name where no node is known.
static std::string describe(Operation *op) {
  SmallVector<NodeAttr> nodes = getNodes(op->getLoc());
  if (nodes.empty())
    return ("'" + op->getName().getStringRef() + "'").str();
  return ("node '" + nodes.front().getName() + "' (" + nodes.front().getOp() +
          ")")
      .str();
}

static std::string describe(const Verdict &verdict) {
  std::string text = verdict.reason + " [" + verdict.code.str() + "]";
  if (!verdict.field.empty())
    text += ", by " + verdict.field;
  if (!verdict.change.empty())
    text += "; " + verdict.change;
  return text;
}

namespace {
/// Operations by the text that says what is wrong with them, in order of
/// appearance: one message for all that have it in common.
class Findings {
public:
  void add(const std::string &text, Operation *op) {
    auto [entry, isNew] = known.try_emplace(text, list.size());
    if (isNew)
      list.push_back({text, {}});
    list[entry->second].second.push_back(op);
  }
  bool empty() const { return list.empty(); }
  size_t count() const {
    size_t sum = 0;
    for (auto &[text, ops] : list)
      sum += ops.size();
    return sum;
  }
  /// Streams "text; the same holds for 3 more: ..." into what `start` begins.
  void report(llvm::function_ref<InFlightDiagnostic(Location)> start) const {
    for (auto &[text, ops] : list) {
      InFlightDiagnostic message = start(ops.front()->getLoc());
      message << text;
      if (ops.size() > 1)
        message << "; the same holds for " << ops.size() - 1 << " more: ";
      llvm::interleaveComma(ArrayRef(ops).drop_front().take_front(20), message,
                            [&](Operation *op) { message << ::describe(op); });
    }
  }

private:
  std::vector<std::pair<std::string, SmallVector<Operation *>>> list;
  llvm::StringMap<size_t> known;
};

struct AssignDevices : public autoglm::impl::AssignDevicesBase<AssignDevices> {
  using AssignDevicesBase::AssignDevicesBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    DeviceSet devices(module);
    if (devices.empty()) {
      emitError(module.getLoc(), ErrorCode::NoDevice)
          << "the module has no device to place operations on";
      return signalPassFailure();
    }
    Findings fallbacks;
    for (auto function : module.getOps<func::FuncOp>())
      if (failed(place(function, devices, fallbacks)))
        signalPassFailure();
    if (failed(judge(fallbacks, devices)))
      signalPassFailure();
  }

private:
  LogicalResult place(func::FuncOp function, const DeviceSet &devices,
                      Findings &fallbacks);
  LogicalResult checkOptions(const GraphCost &costs, const DeviceSet &devices);
  FailureOr<Partition> choose(func::FuncOp function, const GraphCost &costs,
                              const DeviceSet &devices);
  LogicalResult judge(const Findings &fallbacks, const DeviceSet &devices);
  void assign(Operation *op, DeviceOp device);
  void decompose(Operation *op, const DeviceModel &model, DeviceOp device);

  /// Composites whose device takes their parts only.
  SmallVector<std::pair<Operation *, size_t>> toDecompose;
};
} // namespace

/// Every operation has a device that takes it, and a pinned one has its own.
LogicalResult AssignDevices::checkOptions(const GraphCost &costs,
                                          const DeviceSet &devices) {
  Findings refused, pinRefused;
  for (auto [n, op] : llvm::enumerate(costs.getOps())) {
    auto pin = op->getAttrOfType<FlatSymbolRefAttr>(kPinAttr);
    bool isTaken = false;
    std::string reasons;
    for (size_t d = 0; d < devices.size(); ++d) {
      const Verdict &verdict = costs.getOption(n, d).verdict;
      std::string name = devices.getName(d);
      isTaken |= static_cast<bool>(verdict);
      if (verdict)
        continue;
      reasons +=
          (reasons.empty() ? "" : "; ") + name + ": " + ::describe(verdict);
      if (pin && pin.getValue() == name)
        pinRefused.add("is pinned to '" + name + "', which does not take it (" +
                           ::describe(verdict) + ")",
                       op);
    }
    if (!isTaken)
      refused.add("no named device takes it (" + reasons + ")", op);
    if (pin && devices.find(pin.getValue()) == devices.size())
      pinRefused.add("is pinned to '" + pin.getValue().str() +
                         "', which is no device of this compilation",
                     op);
  }
  refused.report(
      [](Location loc) { return emitError(loc, ErrorCode::NotOnDevice); });
  pinRefused.report(
      [](Location loc) { return emitError(loc, ErrorCode::PinRefused); });
  return success(refused.empty() && pinRefused.empty());
}

FailureOr<Partition> AssignDevices::choose(func::FuncOp function,
                                           const GraphCost &costs,
                                           const DeviceSet &devices) {
  PartitionProblem problem = costs.buildProblem();
  auto wanted = objective == "energy" ? Objective::Energy : Objective::Latency;
  if (wanted == Objective::Energy) {
    std::vector<std::string> without = costs.getWithoutEnergy();
    if (!without.empty())
      return emitError(function.getLoc(), ErrorCode::MissingNumbers)
             << "the objective 'energy' needs energy numbers of every device; "
             << llvm::join(without, ", ")
             << " has none: give 'energy' in its descriptor, or --device-set";
  }
  Partition result;
  std::vector<std::string> missing =
      costs.getMissing(GraphCost::Missing::Major);
  if (devices.size() == 1) {
    result = assignByPriority(problem);
  } else if (!missing.empty()) {
    // Half of a comparison is none.
    InFlightDiagnostic warning = emitWarning(function.getLoc());
    warning << "costs cannot be compared, so the first device that takes an "
               "operation gets it; unknown are ";
    llvm::interleaveComma(ArrayRef(missing).take_front(8), warning);
    if (missing.size() > 8)
      warning << " and " << missing.size() - 8 << " more";
    result = assignByPriority(problem);
  } else {
    result = partition(problem, wanted);
    numByCost += result.deviceOf != getFirstDevices(problem);
  }
  if (result.overflow > 0) {
    InFlightDiagnostic error =
        emitError(function.getLoc(), ErrorCode::DoesNotFit);
    error << "weights and tensors need "
          << static_cast<int64_t>(result.overflow)
          << " bytes more than there are";
    for (size_t d = 0; d < devices.size(); ++d)
      if (devices.getCapacity(d) < PartitionProblem::kNever)
        error << "; " << devices.getName(d) << " has "
              << static_cast<int64_t>(devices.getCapacity(d));
    return failure();
  }
  return result;
}

LogicalResult AssignDevices::place(func::FuncOp function,
                                   const DeviceSet &devices,
                                   Findings &fallbacks) {
  GraphCost costs(function, devices);
  if (costs.getOps().empty())
    return success();
  if (failed(checkOptions(costs, devices)))
    return failure();
  FailureOr<Partition> chosen = choose(function, costs, devices);
  if (failed(chosen))
    return failure();
  for (auto [n, op] : llvm::enumerate(costs.getOps())) {
    size_t d = chosen->deviceOf[n];
    const DeviceOption &first = costs.getOption(n, 0);
    // What the user pinned is where it was wanted.
    if (d != 0 && !first.verdict && !op->hasAttr(kPinAttr))
      fallbacks.add("falls back to '" + devices.getName(d) + "', as " +
                        devices.getName(0) + " does not take it (" +
                        ::describe(first.verdict) + ")",
                    op);
  }
  // Messages refer to the operations, so decomposing comes last.
  for (auto [n, op] : llvm::enumerate(costs.getOps())) {
    size_t d = chosen->deviceOf[n];
    if (costs.getOption(n, d).isDecomposed)
      toDecompose.push_back({op, d});
    else
      assign(op, devices.getOp(d));
  }
  return success();
}

/// Fallback goes only to devices that were named, and not without a word.
LogicalResult AssignDevices::judge(const Findings &fallbacks,
                                   const DeviceSet &devices) {
  numFallbacks += fallbacks.count();
  bool isTooMany = maxFallbackOps >= 0 &&
                   fallbacks.count() > static_cast<size_t>(maxFallbackOps);
  bool isError = (fallback == "error" && !fallbacks.empty()) || isTooMany;
  if (isError) {
    fallbacks.report(
        [](Location loc) { return emitError(loc, ErrorCode::FellBack); });
    if (isTooMany && fallback != "error")
      emitError(getOperation().getLoc(), ErrorCode::FellBack)
          << fallbacks.count() << " operations fall back, at most "
          << maxFallbackOps.getValue() << " may (--max-fallback-ops)";
    else
      emitRemark(getOperation().getLoc())
          << "--fallback=warn or --fallback=allow lets operations fall back";
    return failure();
  }
  if (fallback == "warn")
    fallbacks.report([](Location loc) { return emitWarning(loc); });
  for (auto [op, d] : toDecompose)
    decompose(op, devices.getModel(d), devices.getOp(d));
  toDecompose.clear();
  return success();
}

void AssignDevices::assign(Operation *op, DeviceOp device) {
  op->removeAttr(kPinAttr);
  op->removeAttr(kCompositeAttr);
  op->setAttr(kDeviceAttr, FlatSymbolRefAttr::get(device));
  op->setAttr(kPrecisionAttr,
              StringAttr::get(&getContext(), getNaturalPrecision(op)));
  ++numPlaced;
}

void AssignDevices::decompose(Operation *op, const DeviceModel &model,
                              DeviceOp device) {
  SmallVector<Operation *> parts;
  FailureOr<SmallVector<Value>> values = decomposeFor(op, model, parts);
  // It was possible when the device was asked.
  if (failed(values))
    return;
  for (Operation *part : parts)
    if (isa<ComputeOpInterface>(part))
      assign(part, device);
  for (auto [result, value] : llvm::zip_equal(op->getResults(), *values))
    result.replaceAllUsesWith(value);
  op->erase();
}
