//===- BuildPlan.cpp - entry functions become host programs -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Diagnostics.h"
#include "autoglm/Target/Target.h"
#include "dialects/AutoGLM/Layout.h"
#include "passes/Memory/Passes.h"

using namespace mlir;
using namespace autoglm;
using plan::BufferType;
using plan::CopyOp;
using plan::EventType;
using plan::SubmitOp;
using plan::TempOp;
using plan::ViewOp;
using plan::WaitOp;
using plan::WeightsOp;

namespace autoglm {
#define GEN_PASS_DEF_BUILDPLAN
#include "passes/Memory/Passes.h.inc"
} // namespace autoglm

namespace {
/// Translates one entry function.
class PlanBuilder {
public:
  PlanBuilder(func::FuncOp function)
      : function(function), builder(function.getContext()) {}

  LogicalResult run();
  unsigned launches = 0, copies = 0;

private:
  /// A tensor as the plan sees it: its bytes, and where they are.
  struct Placed {
    Value buffer;
    /// Null for the caller's tensors, in host memory.
    FlatSymbolRefAttr device;
  };

  LogicalResult createSignature();
  LogicalResult translate(Operation &op);
  LogicalResult launch(LaunchOp op);
  void finish(Operation &terminator);

  /// Whether kernels of a device use the caller's tensors where they are.
  bool reachesHost(FlatSymbolRefAttr device) const;
  FailureOr<int64_t> getBytes(Value tensor);
  /// The value behind views of the same bytes.
  static Value getRoot(Value tensor);
  FailureOr<Value> getBuffer(Value tensor, FlatSymbolRefAttr device);
  SubmitOp getSubmit(FlatSymbolRefAttr device, Location loc);
  /// Ends the open command list: what follows on the host sees its results.
  void synchronize(Location loc);

  func::FuncOp function;
  func::FuncOp host;
  OpBuilder builder;
  SubmitOp submit;
  SmallVector<Value> pendingEvents;
  llvm::DenseMap<Value, Placed> placed;
  llvm::DenseMap<std::pair<Value, Attribute>, Value> onDevice;
  /// Roots that are written straight into an output of the caller.
  llvm::DenseMap<Value, unsigned> outputOf;
};
} // namespace

Value PlanBuilder::getRoot(Value tensor) {
  for (Operation *op = tensor.getDefiningOp(); op && isView(op);
       op = tensor.getDefiningOp())
    tensor = op->getOperand(0);
  return tensor;
}

/// Whether a tensor has more bytes in memory than a view of it.
static bool isLarger(Value root, Value view) {
  return getPhysicalBytes(cast<RankedTensorType>(root.getType())) >
         getPhysicalBytes(cast<RankedTensorType>(view.getType()));
}

bool PlanBuilder::reachesHost(FlatSymbolRefAttr device) const {
  auto op = function->getParentOfType<ModuleOp>().lookupSymbol<DeviceOp>(
      device.getAttr());
  if (!op)
    return false;
  DeviceAttr descriptor = op.getDescriptor();
  const Target *target =
      TargetRegistry::global().lookup(descriptor.getFamily());
  return target && target->usesHostMemory(descriptor);
}

FailureOr<int64_t> PlanBuilder::getBytes(Value tensor) {
  auto bytes = getPhysicalBytes(cast<RankedTensorType>(tensor.getType()));
  if (!bytes)
    return autoglm::emitError(tensor.getLoc(), ErrorCode::UnknownDimension)
           << "tensor of type " << tensor.getType()
           << " has an unknown dimension; fix it with --shape or --bind";
  return *bytes;
}

LogicalResult PlanBuilder::createSignature() {
  MLIRContext *context = function.getContext();
  auto bufferType = BufferType::get(context);
  unsigned numInputs = function.getNumArguments();
  unsigned numOutputs = function.getNumResults();
  SmallVector<Type> types(numInputs + numOutputs, bufferType);
  builder.setInsertionPoint(function);
  host =
      builder.create<func::FuncOp>(function.getLoc(), function.getSymName(),
                                   builder.getFunctionType(types, TypeRange()));
  Block *entry = host.addEntryBlock();
  auto describe = [&](unsigned index, ArrayAttr attrs, unsigned own, Type type,
                      bool isOutput) {
    NamedAttrList list;
    if (attrs)
      list = NamedAttrList(cast<DictionaryAttr>(attrs[own]));
    list.set("plan.tensor", TypeAttr::get(type));
    if (isOutput)
      list.set("plan.output", UnitAttr::get(context));
    host.setArgAttrs(index, list.getDictionary(context));
  };
  for (unsigned i = 0; i < numInputs; ++i) {
    describe(i, function.getArgAttrsAttr(), i, function.getArgumentTypes()[i],
             false);
    placed[function.getArgument(i)] = {entry->getArgument(i), {}};
    if (failed(getBytes(function.getArgument(i))))
      return failure();
  }
  for (unsigned i = 0; i < numOutputs; ++i)
    describe(numInputs + i, function.getResAttrsAttr(), i,
             function.getResultTypes()[i], true);
  builder.setInsertionPointToStart(entry);

  Operation *terminator = function.getBody().front().getTerminator();
  for (OpOperand &operand : terminator->getOpOperands()) {
    Value root = getRoot(operand.get());
    // Padding does not fit into the caller's buffer.
    if (root.getDefiningOp<LaunchOp>() && !isLarger(root, operand.get()))
      outputOf.try_emplace(root, operand.getOperandNumber());
  }
  return success();
}

SubmitOp PlanBuilder::getSubmit(FlatSymbolRefAttr device, Location loc) {
  if (submit && submit.getDeviceAttr() == device)
    return submit;
  SmallVector<Value> waits;
  if (submit)
    waits.push_back(submit.getEvent());
  submit = builder.create<SubmitOp>(loc, EventType::get(builder.getContext()),
                                    device, waits);
  submit.getBody().emplaceBlock();
  pendingEvents.assign({submit.getEvent()});
  return submit;
}

void PlanBuilder::synchronize(Location loc) {
  if (!pendingEvents.empty())
    builder.create<WaitOp>(loc, pendingEvents);
  pendingEvents.clear();
  submit = {};
}

FailureOr<Value> PlanBuilder::getBuffer(Value tensor,
                                        FlatSymbolRefAttr device) {
  Value root = getRoot(tensor);
  auto known = placed.find(root);
  if (known != placed.end() &&
      (known->second.device ? known->second.device == device
                            : reachesHost(device)))
    return known->second.buffer;
  Value &cached = onDevice[{root, device}];
  if (cached)
    return cached;

  // Weights and constants are made before the list that reads them.
  OpBuilder before(builder);
  if (submit)
    before.setInsertionPoint(submit);
  if (auto load = root.getDefiningOp<LoadWeightOp>())
    return cached = before.create<WeightsOp>(
               load.getLoc(), BufferType::get(builder.getContext()), device,
               load.getWeightAttr());
  if (auto constant = root.getDefiningOp<autoglm::ConstantOp>())
    return cached = before.create<plan::ConstantOp>(
               constant.getLoc(), BufferType::get(builder.getContext()), device,
               constant.getValue());
  if (known == placed.end())
    return autoglm::emitError(root.getLoc(), ErrorCode::Internal)
           << "a value reaches the plan that no launch computes";

  // In other memory: copied once for each device that reads it.
  FailureOr<int64_t> bytes = getBytes(root);
  if (failed(bytes))
    return failure();
  synchronize(root.getLoc());
  Value copy = builder.create<TempOp>(
      root.getLoc(), BufferType::get(builder.getContext()), device,
      builder.getI64IntegerAttr(*bytes));
  builder.create<CopyOp>(root.getLoc(), known->second.buffer, copy);
  return onDevice[{root, device}] = copy;
}

LogicalResult PlanBuilder::launch(LaunchOp op) {
  FlatSymbolRefAttr device = op.getDeviceAttr();
  SmallVector<Value> buffers;
  for (Value input : op.getInputs()) {
    FailureOr<Value> buffer = getBuffer(input, device);
    if (failed(buffer))
      return failure();
    buffers.push_back(*buffer);
  }
  SubmitOp list = getSubmit(device, op.getLoc());
  for (Value output : op.getOutputs()) {
    Value buffer;
    auto direct = outputOf.find(output);
    if (direct != outputOf.end() && reachesHost(device)) {
      buffer = host.getArgument(function.getNumArguments() + direct->second);
      placed[output] = {buffer, {}};
    } else {
      FailureOr<int64_t> bytes = getBytes(output);
      if (failed(bytes))
        return failure();
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPoint(list);
      buffer = builder.create<TempOp>(
          op.getLoc(), BufferType::get(builder.getContext()), device,
          builder.getI64IntegerAttr(*bytes));
      placed[output] = {buffer, device};
    }
    buffers.push_back(buffer);
  }
  OpBuilder inside = OpBuilder::atBlockEnd(&list.getBody().front());
  auto command = inside.create<plan::LaunchOp>(
      op.getLoc(), op.getExecutableAttr(), buffers,
      inside.getI64IntegerAttr(op.getNumResults()));
  command->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  ++launches;
  return success();
}

LogicalResult PlanBuilder::translate(Operation &op) {
  if (auto launchOp = dyn_cast<autoglm::LaunchOp>(op))
    return launch(launchOp);
  // These have no code of their own: whoever reads them makes their buffer.
  if (isa<LoadWeightOp, autoglm::ConstantOp>(op) || isView(&op))
    return success();
  return autoglm::emitError(op.getLoc(), ErrorCode::Internal)
         << "'" << op.getName() << "' is in no group when the plan is built";
}

void PlanBuilder::finish(Operation &terminator) {
  FlatSymbolRefAttr home =
      submit ? submit.getDeviceAttr() : FlatSymbolRefAttr();
  synchronize(terminator.getLoc());
  for (OpOperand &operand : terminator.getOpOperands()) {
    unsigned index = operand.getOperandNumber();
    Value root = getRoot(operand.get());
    Value target = host.getArgument(function.getNumArguments() + index);
    auto known = placed.find(root);
    if (known != placed.end() && known->second.buffer == target)
      continue;
    // A weight or constant that is returned as it is: any device has it.
    for (auto device :
         function->getParentOfType<ModuleOp>().getOps<DeviceOp>()) {
      if (home)
        break;
      home = FlatSymbolRefAttr::get(device);
    }
    FailureOr<Value> source = known != placed.end()
                                  ? FailureOr<Value>(known->second.buffer)
                                  : getBuffer(root, home);
    if (failed(source))
      continue;
    if (isLarger(root, operand.get()))
      source = builder
                   .create<ViewOp>(
                       terminator.getLoc(), target.getType(), *source,
                       builder.getI64IntegerAttr(0),
                       builder.getI64IntegerAttr(*getPhysicalBytes(
                           cast<RankedTensorType>(operand.get().getType()))))
                   .getResult();
    builder.create<CopyOp>(terminator.getLoc(), *source, target);
    ++copies;
  }
  builder.create<func::ReturnOp>(terminator.getLoc());
}

LogicalResult PlanBuilder::run() {
  if (failed(createSignature()))
    return failure();
  Block &body = function.getBody().front();
  for (Operation &op : body.without_terminator())
    if (failed(translate(op)))
      return failure();
  finish(*body.getTerminator());
  function.erase();
  return success();
}

namespace {
struct BuildPlan : public autoglm::impl::BuildPlanBase<BuildPlan> {
  using BuildPlanBase::BuildPlanBase;

  void runOnOperation() override {
    for (auto function :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>())) {
      PlanBuilder plan(function);
      if (failed(plan.run()))
        return signalPassFailure();
      numLaunches += plan.launches;
      numCopies += plan.copies;
    }
  }
};
} // namespace
