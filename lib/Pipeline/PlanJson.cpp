//===- PlanJson.cpp - host programs as JSON -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Pipeline/Emission.h"
#include "autoglm/Support/Diagnostics.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using json = nlohmann::json;

namespace autoglm {

namespace {
/// Numbers the registers of one function and writes its instructions. Blocks
/// follow each other; branch targets are patched when all are placed.
class FunctionWriter {
public:
  FunctionWriter(ModuleOp module, const WeightLayout &weights)
      : module(module), weights(weights) {}

  /// Fails after a diagnostic on an operation that no plan may hold.
  FailureOr<json> write(func::FuncOp function);

private:
  int64_t reg(Value value);
  json regs(ValueRange values);
  LogicalResult write(Operation &op);
  void writeSubmit(plan::SubmitOp op);
  bool writeCondBranch(cf::CondBranchOp op);
  void writeBranch(Block *target, ValueRange operands, json instruction,
                   const char *key);
  void push(json instruction) { code.push_back(std::move(instruction)); }

  ModuleOp module;
  const WeightLayout &weights;
  llvm::DenseMap<Value, int64_t> registers;
  json types = json::array();
  json code = json::array();
  llvm::DenseMap<Block *, size_t> starts;
  struct Patch {
    size_t instruction;
    const char *key;
    Block *target;
  };
  std::vector<Patch> patches;
};
} // namespace

static const char *getRegisterType(Type type) {
  if (isa<plan::BufferType>(type))
    return "buffer";
  if (isa<plan::EventType>(type))
    return "event";
  return type.isInteger(1) ? "bool" : "i64";
}

int64_t FunctionWriter::reg(Value value) {
  auto [entry, isNew] = registers.try_emplace(value, types.size());
  if (isNew)
    types.push_back(getRegisterType(value.getType()));
  return entry->second;
}

json FunctionWriter::regs(ValueRange values) {
  json result = json::array();
  for (Value value : values)
    result.push_back(reg(value));
  return result;
}

/// The ONNX nodes behind a launch or transfer, for profiles.
static std::string getLabel(Operation *op) {
  std::string label;
  for (NodeAttr node : getNodes(op->getLoc()))
    label += (label.empty() ? "" : " + ") + node.getName().str();
  return label;
}

void FunctionWriter::writeSubmit(plan::SubmitOp op) {
  json commands = json::array();
  for (Operation &inner : op.getBody().front()) {
    if (auto copy = dyn_cast<plan::CopyOp>(inner)) {
      commands.push_back({{"op", "copy"},
                          {"source", reg(copy.getSource())},
                          {"target", reg(copy.getTarget())}});
      continue;
    }
    auto launch = cast<plan::LaunchOp>(inner);
    auto executable =
        module.lookupSymbol<plan::ExecutableOp>(launch.getExecutable());
    json command = {
        {"op", "launch"},
        {"executable", executable.getBinary().value_or("").drop_front().str()},
        {"function", launch.getExecutable().str()},
        {"buffers", regs(launch.getBuffers())},
        {"outputs", launch.getNumOutputs()},
        {"scalars", json::array()},
        {"extent", executable.getExtent().value_or(1)},
        {"label", getLabel(launch)}};
    auto count = [&](const char *key, StringRef name) {
      if (auto attr = launch->getAttrOfType<IntegerAttr>(name))
        command[key] = attr.getInt();
    };
    count("flops", kFlopsAttr);
    count("bytes", kBytesAttr);
    commands.push_back(std::move(command));
  }
  push({{"op", "submit"},
        {"r", reg(op.getEvent())},
        {"device", op.getDevice().str()},
        {"waits", regs(op.getWaits())},
        {"commands", commands}});
}

void FunctionWriter::writeBranch(Block *target, ValueRange operands,
                                 json instruction, const char *key) {
  for (auto [argument, operand] :
       llvm::zip_equal(target->getArguments(), operands))
    push({{"op", "move"}, {"r", reg(argument)}, {"source", reg(operand)}});
  patches.push_back({code.size(), key, target});
  push(std::move(instruction));
}

/// A conditional branch passes no values: what a block needs is moved before an
/// unconditional one.
bool FunctionWriter::writeCondBranch(cf::CondBranchOp op) {
  if (op.getNumTrueOperands() + op.getNumFalseOperands() > 0)
    return false;
  patches.push_back({code.size(), "true", op.getTrueDest()});
  patches.push_back({code.size(), "false", op.getFalseDest()});
  push({{"op", "cond_branch"}, {"condition", reg(op.getCondition())}});
  return true;
}

LogicalResult FunctionWriter::write(Operation &op) {
  auto binary = [&](const char *name) {
    push({{"op", name},
          {"r", reg(op.getResult(0))},
          {"lhs", {{"reg", reg(op.getOperand(0))}}},
          {"rhs", {{"reg", reg(op.getOperand(1))}}}});
  };
  auto window = [&](const char *name, StringRef device, Operation *source) {
    WeightLayout::Range range = weights.lookup(source);
    push({{"op", name},
          {"r", reg(source->getResult(0))},
          {"device", device.str()},
          {"offset", range.offset},
          {"bytes", range.bytes}});
  };
  bool known = true;
  llvm::TypeSwitch<Operation *>(&op)
      .Case([&](plan::ArenaOp o) {
        push({{"op", "arena"},
              {"r", reg(o)},
              {"device", o.getDevice().str()},
              {"bytes", o.getBytes()}});
      })
      .Case([&](plan::WeightsOp o) { window("weights", o.getDevice(), o); })
      .Case([&](plan::ConstantOp o) { window("weights", o.getDevice(), o); })
      .Case([&](plan::AllocOp o) {
        push({{"op", "alloc"},
              {"r", reg(o)},
              {"device", o.getDevice().str()},
              {"bytes", {{"reg", reg(o.getBytes())}}}});
      })
      .Case([&](plan::ViewOp o) {
        push({{"op", "view"},
              {"r", reg(o)},
              {"buffer", reg(o.getSource())},
              {"offset", o.getOffset()},
              {"bytes", o.getBytes()}});
      })
      .Case([&](plan::CopyOp o) {
        push({{"op", "copy"},
              {"source", reg(o.getSource())},
              {"target", reg(o.getTarget())}});
      })
      .Case([&](plan::TransferOp o) {
        push({{"op", "transfer"},
              {"r", reg(o.getEvent())},
              {"device", o.getDevice().str()},
              {"waits", regs(o.getWaits())},
              {"source", reg(o.getSource())},
              {"target", reg(o.getTarget())},
              {"label", getLabel(o)}});
      })
      .Case([&](plan::SubmitOp o) { writeSubmit(o); })
      .Case([&](plan::WaitOp o) {
        push({{"op", "wait"}, {"events", regs(o.getEvents())}});
      })
      .Case([&](plan::ReadScalarOp o) {
        push({{"op", "read_scalar"},
              {"r", reg(o)},
              {"buffer", reg(o.getSource())},
              {"offset", o.getOffset()},
              {"dtype", o.getDtype().str()}});
      })
      .Case([&](arith::ConstantOp o) {
        push({{"op", "const"},
              {"r", reg(o)},
              {"value", cast<IntegerAttr>(o.getValue()).getInt()}});
      })
      .Case([&](arith::AddIOp) { binary("add"); })
      .Case([&](arith::SubIOp) { binary("sub"); })
      .Case([&](arith::MulIOp) { binary("mul"); })
      .Case([&](arith::DivSIOp) { binary("div"); })
      .Case([&](arith::RemSIOp) { binary("rem"); })
      .Case([&](arith::MinSIOp) { binary("min"); })
      .Case([&](arith::MaxSIOp) { binary("max"); })
      .Case([&](cf::BranchOp o) {
        writeBranch(o.getDest(), o.getDestOperands(), {{"op", "branch"}},
                    "target");
      })
      .Case([&](arith::CmpIOp o) {
        switch (o.getPredicate()) {
        case arith::CmpIPredicate::eq:
          return binary("eq");
        case arith::CmpIPredicate::ne:
          return binary("ne");
        case arith::CmpIPredicate::slt:
          return binary("lt");
        case arith::CmpIPredicate::sle:
          return binary("le");
        default:
          known = false;
        }
      })
      .Case([&](cf::CondBranchOp o) { known = writeCondBranch(o); })
      .Case([&](func::CallOp o) {
        push({{"op", "call"},
              {"function", o.getCallee().str()},
              {"arguments", regs(o.getOperands())},
              {"results", regs(o.getResults())}});
      })
      .Case([&](func::ReturnOp o) {
        push({{"op", "return"}, {"values", regs(o.getOperands())}});
      })
      .Default([&](Operation *) { known = false; });
  if (!known)
    return emitError(op.getLoc(), ErrorCode::Internal)
           << "'" << op.getName() << "' has no place in a host program";
  return success();
}

FailureOr<json> FunctionWriter::write(func::FuncOp function) {
  json arguments = regs(function.getArguments());
  for (Block &block : function.getBody()) {
    starts[&block] = code.size();
    for (Operation &op : block)
      if (failed(write(op)))
        return failure();
  }
  for (const Patch &patch : patches)
    code[patch.instruction][patch.key] = starts[patch.target];
  return json{{"name", function.getSymName().str()},
              {"registers", types},
              {"arguments", arguments},
              {"code", code}};
}

FailureOr<json> buildPlanJson(ModuleOp module, const WeightLayout &weights) {
  json functions = json::array();
  for (auto function : module.getOps<func::FuncOp>()) {
    FailureOr<json> written = FunctionWriter(module, weights).write(function);
    if (failed(written))
      return failure();
    functions.push_back(std::move(*written));
  }
  return json{{"format", 1}, {"functions", functions}};
}

} // namespace autoglm
