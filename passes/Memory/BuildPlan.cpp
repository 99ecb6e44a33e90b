//===- BuildPlan.cpp - entry functions become host programs -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Diagnostics.h"
#include "autoglm/Target/Target.h"
#include "dialects/AutoGLM/Layout.h"
#include "passes/Memory/Passes.h"

#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace autoglm;
using plan::BufferType;
using plan::CopyOp;
using plan::EventType;
using plan::SubmitOp;
using plan::TempOp;
using plan::TransferOp;
using plan::ViewOp;
using plan::WaitOp;
using plan::WeightsOp;

namespace autoglm {
#define GEN_PASS_DEF_BUILDPLAN
#include "passes/Memory/Passes.h.inc"
} // namespace autoglm

namespace {
/// A place in the queue of a device: its `position`-th submit or transfer.
struct QueuePoint {
  FlatSymbolRefAttr device;
  unsigned position;
};

/// What has been enqueued on one device.
struct Queue {
  /// By position.
  SmallVector<Value> events;
  /// The list at the end that may grow; null once somebody waits for it.
  SubmitOp open;
  /// Of each device's queue, how much is done before whatever comes next here.
  llvm::DenseMap<Attribute, unsigned> done;
};

/// Translates one entry function. Each device has an open command list, which
/// takes the launches of the device in program order. It ends where another
/// device needs a result, and where the device needs one of another.
class PlanBuilder {
public:
  PlanBuilder(func::FuncOp function)
      : function(function), builder(function.getContext()) {}

  LogicalResult run();
  unsigned launches = 0, copies = 0;

private:
  /// A tensor as the plan sees it: its bytes, where they are, and who wrote
  /// them.
  struct Placed {
    Value buffer;
    /// Null for the caller's tensors, in host memory.
    FlatSymbolRefAttr device;
    /// None for the caller's inputs.
    std::optional<QueuePoint> writer;
  };

  LogicalResult createSignature();
  LogicalResult translate(Operation &op);
  LogicalResult launch(LaunchOp op);
  LogicalResult finish(Operation &terminator);

  /// Whether kernels of a device use the caller's tensors where they are.
  bool reachesHost(FlatSymbolRefAttr device) const;
  FailureOr<int64_t> getBytes(Value tensor);
  /// The value behind views of the same bytes.
  static Value getRoot(Value tensor);
  /// A buffer with the tensor's bytes that the device reaches; `writers` gets
  /// who wrote it.
  FailureOr<Value> getBuffer(Value tensor, FlatSymbolRefAttr device,
                             SmallVectorImpl<QueuePoint> &writers);
  FailureOr<Placed> copyToDevice(Value root, const Placed &source,
                                 FlatSymbolRefAttr device);
  /// What the next submit or transfer of a device has to wait for to come after
  /// `writers` and after what the device did before.
  SmallVector<Value> getWaits(FlatSymbolRefAttr device,
                              ArrayRef<QueuePoint> writers);
  QueuePoint enqueue(FlatSymbolRefAttr device, Value event);
  SubmitOp getSubmit(FlatSymbolRefAttr device, ArrayRef<QueuePoint> writers,
                     Location loc);
  void waitForAll(Location loc);

  func::FuncOp function;
  func::FuncOp host;
  OpBuilder builder;
  llvm::MapVector<Attribute, Queue> queues;
  /// By event, what is done of each queue before its submit or transfer starts.
  llvm::DenseMap<Value, llvm::DenseMap<Attribute, unsigned>> doneBefore;
  llvm::DenseMap<Value, Placed> placed;
  /// Copies, weights and constants.
  llvm::DenseMap<std::pair<Value, Attribute>, Placed> onDevice;
  /// Where weights and constants are made: before everything else.
  Operation *lastConstant = nullptr;
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
  return op && getDeviceModel(op).usesHostMemory();
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
    placed[function.getArgument(i)] = {entry->getArgument(i), {}, {}};
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

SmallVector<Value> PlanBuilder::getWaits(FlatSymbolRefAttr device,
                                         ArrayRef<QueuePoint> writers) {
  Queue &queue = queues[device];
  SmallVector<Value> waits;
  if (!queue.events.empty())
    waits.push_back(queue.events.back());
  queue.open = {};
  queue.done[device] = queue.events.size();
  for (QueuePoint writer : writers) {
    if (writer.position < queue.done.lookup(writer.device))
      continue;
    // It is there, so this makes no new one.
    Queue &other = queues[writer.device];
    Value event = other.events[writer.position];
    if (other.open && other.open.getEvent() == event)
      other.open = {};
    waits.push_back(event);
    // What was done when that one began is done now as well.
    for (auto [name, count] : doneBefore[event]) {
      unsigned &mine = queue.done[name];
      mine = std::max(mine, count);
    }
    queue.done[writer.device] = writer.position + 1;
  }
  return waits;
}

QueuePoint PlanBuilder::enqueue(FlatSymbolRefAttr device, Value event) {
  Queue &queue = queues[device];
  queue.events.push_back(event);
  doneBefore[event] = queue.done;
  return {device, unsigned(queue.events.size() - 1)};
}

SubmitOp PlanBuilder::getSubmit(FlatSymbolRefAttr device,
                                ArrayRef<QueuePoint> writers, Location loc) {
  Queue &queue = queues[device];
  bool isCovered = llvm::all_of(writers, [&](QueuePoint writer) {
    return writer.device == device ||
           writer.position < queue.done.lookup(writer.device);
  });
  if (queue.open && isCovered)
    return queue.open;
  SmallVector<Value> waits = getWaits(device, writers);
  auto submit = builder.create<SubmitOp>(
      loc, EventType::get(builder.getContext()), device, waits);
  submit.getBody().emplaceBlock();
  enqueue(device, submit.getEvent());
  queues[device].open = submit;
  return submit;
}

void PlanBuilder::waitForAll(Location loc) {
  // The last event of a queue is done after all others of it.
  SmallVector<Value> events;
  for (auto &[device, queue] : queues)
    if (!queue.events.empty())
      events.push_back(queue.events.back());
  if (!events.empty())
    builder.create<WaitOp>(loc, events);
}

FailureOr<Value> PlanBuilder::getBuffer(Value tensor, FlatSymbolRefAttr device,
                                        SmallVectorImpl<QueuePoint> &writers) {
  auto use = [&](const Placed &found) {
    if (found.writer)
      writers.push_back(*found.writer);
    return found.buffer;
  };
  Value root = getRoot(tensor);
  auto known = placed.find(root);
  if (known != placed.end()) {
    // Devices that use host memory see what is in each other's.
    FlatSymbolRefAttr home = known->second.device;
    if (home == device || (reachesHost(device) && (!home || reachesHost(home))))
      return use(known->second);
  }
  auto cached = onDevice.find({root, device});
  if (cached != onDevice.end())
    return use(cached->second);

  OpBuilder first(builder);
  if (lastConstant)
    first.setInsertionPointAfter(lastConstant);
  else
    first.setInsertionPointToStart(&host.getBody().front());
  auto bufferType = BufferType::get(builder.getContext());
  Value made;
  if (auto load = root.getDefiningOp<LoadWeightOp>())
    made = first.create<WeightsOp>(load.getLoc(), bufferType, device,
                                   load.getWeightAttr());
  else if (auto constant = root.getDefiningOp<autoglm::ConstantOp>())
    made = first.create<plan::ConstantOp>(constant.getLoc(), bufferType, device,
                                          constant.getValue());
  if (made) {
    lastConstant = made.getDefiningOp();
    onDevice[{root, device}] = {made, device, {}};
    return made;
  }
  if (known == placed.end())
    return autoglm::emitError(root.getLoc(), ErrorCode::Internal)
           << "a value reaches the plan that no launch computes";
  FailureOr<Placed> copy = copyToDevice(root, known->second, device);
  if (failed(copy))
    return failure();
  return use(onDevice[{root, device}] = *copy);
}

/// Copied once for each device that reads it.
FailureOr<PlanBuilder::Placed>
PlanBuilder::copyToDevice(Value root, const Placed &source,
                          FlatSymbolRefAttr device) {
  FailureOr<int64_t> bytes = getBytes(root);
  if (failed(bytes))
    return failure();
  SmallVector<QueuePoint> writers;
  if (source.writer)
    writers.push_back(*source.writer);
  SmallVector<Value> waits = getWaits(device, writers);
  Value copy = builder.create<TempOp>(
      root.getLoc(), BufferType::get(builder.getContext()), device,
      builder.getI64IntegerAttr(*bytes));
  auto transfer = builder.create<TransferOp>(
      root.getLoc(), EventType::get(builder.getContext()), source.buffer, copy,
      device, waits);
  ++copies;
  return Placed{copy, device, enqueue(device, transfer.getEvent())};
}

LogicalResult PlanBuilder::launch(LaunchOp op) {
  FlatSymbolRefAttr device = op.getDeviceAttr();
  SmallVector<Value> buffers;
  SmallVector<QueuePoint> writers;
  for (Value input : op.getInputs()) {
    FailureOr<Value> buffer = getBuffer(input, device, writers);
    if (failed(buffer))
      return failure();
    buffers.push_back(*buffer);
  }
  SubmitOp list = getSubmit(device, writers, op.getLoc());
  QueuePoint here = {device, unsigned(queues[device].events.size() - 1)};
  for (Value output : op.getOutputs()) {
    Value buffer;
    auto direct = outputOf.find(output);
    if (direct != outputOf.end() && reachesHost(device)) {
      buffer = host.getArgument(function.getNumArguments() + direct->second);
      placed[output] = {buffer, {}, here};
    } else {
      FailureOr<int64_t> bytes = getBytes(output);
      if (failed(bytes))
        return failure();
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPoint(list);
      buffer = builder.create<TempOp>(
          op.getLoc(), BufferType::get(builder.getContext()), device,
          builder.getI64IntegerAttr(*bytes));
      placed[output] = {buffer, device, here};
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

LogicalResult PlanBuilder::finish(Operation &terminator) {
  Location loc = terminator.getLoc();
  struct Output {
    Value source, target;
  };
  SmallVector<Output> byHost;
  for (OpOperand &operand : terminator.getOpOperands()) {
    unsigned index = operand.getOperandNumber();
    Value root = getRoot(operand.get());
    Value target = host.getArgument(function.getNumArguments() + index);
    auto known = placed.find(root);
    if (known != placed.end() && known->second.buffer == target)
      continue;
    Placed source;
    if (known != placed.end()) {
      source = known->second;
    } else {
      // A weight or constant that is returned as it is: any device has it.
      auto devices = function->getParentOfType<ModuleOp>().getOps<DeviceOp>();
      if (devices.empty())
        return autoglm::emitError(loc, ErrorCode::Internal)
               << "a weight is returned and no device is named";
      SmallVector<QueuePoint> none;
      FailureOr<Value> buffer = getBuffer(
          root, FlatSymbolRefAttr::get(DeviceOp(*devices.begin())), none);
      if (failed(buffer))
        return failure();
      source.buffer = *buffer;
    }
    if (isLarger(root, operand.get()))
      source.buffer = builder.create<ViewOp>(
          loc, target.getType(), source.buffer, builder.getI64IntegerAttr(0),
          builder.getI64IntegerAttr(*getPhysicalBytes(
              cast<RankedTensorType>(operand.get().getType()))));
    ++copies;
    if (!source.device || !source.writer) {
      byHost.push_back({source.buffer, target});
      continue;
    }
    SmallVector<Value> waits = getWaits(source.device, {*source.writer});
    auto transfer = builder.create<TransferOp>(
        root.getLoc(), EventType::get(builder.getContext()), source.buffer,
        target, source.device, waits);
    enqueue(source.device, transfer.getEvent());
  }
  waitForAll(loc);
  for (Output output : byHost)
    builder.create<CopyOp>(loc, output.source, output.target);
  builder.create<func::ReturnOp>(loc);
  return success();
}

LogicalResult PlanBuilder::run() {
  if (failed(createSignature()))
    return failure();
  Block &body = function.getBody().front();
  for (Operation &op : body.without_terminator())
    if (failed(translate(op)))
      return failure();
  if (failed(finish(*body.getTerminator())))
    return failure();
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
