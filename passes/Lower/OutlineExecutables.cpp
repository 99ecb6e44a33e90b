//===- OutlineExecutables.cpp - groups become executables and launches -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Hash.h"
#include "autoglm/Target/Target.h"
#include "passes/Lower/Passes.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_OUTLINEEXECUTABLES
#include "passes/Lower/Passes.h.inc"
} // namespace autoglm

/// The module of an executable: the group's body as a function on tensors.
static OwningOpRef<ModuleOp> buildModule(GroupOp group) {
  OpBuilder builder(group.getContext());
  OwningOpRef<ModuleOp> module = ModuleOp::create(group.getLoc());
  builder.setInsertionPointToStart(module->getBody());
  auto function = builder.create<func::FuncOp>(
      group.getLoc(), kKernelName,
      builder.getFunctionType(group->getOperandTypes(),
                              group->getResultTypes()));
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  IRMapping mapping;
  Block &body = group.getBody().front();
  mapping.map(body.getArguments(), entry->getArguments());
  for (Operation &op : body.without_terminator())
    builder.clone(op, mapping);
  builder.create<func::ReturnOp>(
      group.getLoc(),
      llvm::map_to_vector(body.getTerminator()->getOperands(),
                          [&](Value value) { return mapping.lookup(value); }));
  return module;
}

/// "conv_relu_" and a hash of everything the code depends on. The names of the
/// operations are only there for people.
static std::string getExecutableName(ModuleOp module, DeviceAttr device) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os, OpPrintingFlags().useLocalScope().enableDebugInfo(false));
  os << device;
  std::string name;
  unsigned count = 0;
  module.walk([&](Operation *op) {
    if (isa<ComputeOpInterface, RelayoutOp>(op) && count++ < 3)
      name += (op->getName().stripDialect() + "_").str();
  });
  return name + hashBytes(text).substr(0, 16);
}

namespace {
struct OutlineExecutables
    : public autoglm::impl::OutlineExecutablesBase<OutlineExecutables> {
  using OutlineExecutablesBase::OutlineExecutablesBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    SmallVector<SegmentOp> segments;
    module.walk([&](SegmentOp segment) { segments.push_back(segment); });
    for (SegmentOp segment : segments) {
      auto device = symbols.lookup<DeviceOp>(segment.getDevice());
      for (GroupOp group :
           llvm::make_early_inc_range(segment.getBody().getOps<GroupOp>()))
        outline(group, device, symbols);
      dissolve(segment);
    }
  }

private:
  void outline(GroupOp group, DeviceOp device, SymbolTable &symbols) {
    OwningOpRef<ModuleOp> inner = buildModule(group);
    std::string name = getExecutableName(*inner, device.getDescriptor());
    OpBuilder builder(group);
    auto deviceRef = FlatSymbolRefAttr::get(device);
    // Code is loaded on one device, so an equal one has its own.
    if (auto known = symbols.lookup<plan::ExecutableOp>(name);
        known && known.getDeviceAttr() != deviceRef)
      name += ("_" + device.getSymName()).str();
    if (!symbols.lookup(name)) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToEnd(getOperation().getBody());
      auto executable = builder.create<plan::ExecutableOp>(
          group.getLoc(), builder.getStringAttr(name), deviceRef, IntegerAttr(),
          FlatSymbolRefAttr());
      executable.getBody().emplaceBlock().push_back(inner.release());
      symbols.insert(executable);
      ++numExecutables;
    } else {
      ++numShared;
    }
    auto launch =
        builder.create<LaunchOp>(group.getLoc(), group->getResultTypes(),
                                 FlatSymbolRefAttr::get(&getContext(), name),
                                 deviceRef, group.getInputs());
    recordWork(group, launch);
    group->replaceAllUsesWith(launch);
    group->erase();
  }

  /// What the launch computes and moves, for the report: nobody can tell from
  /// the lowered code.
  static void recordWork(GroupOp group, LaunchOp launch) {
    int64_t flops = 0, count = 0, unfused = 0;
    for (auto op : group.getBody().getOps<ComputeOpInterface>()) {
      flops += op.getFlops().value_or(0);
      unfused += defaultBytes(op).value_or(0);
      ++count;
    }
    Builder builder(group.getContext());
    launch->setAttr(kFlopsAttr, builder.getI64IntegerAttr(flops));
    launch->setAttr(kFusedOpsAttr, builder.getI64IntegerAttr(count));
    if (auto bytes = defaultBytes(group)) {
      launch->setAttr(kBytesAttr, builder.getI64IntegerAttr(*bytes));
      // A relayout counts as it is.
      launch->setAttr(kUnfusedBytesAttr,
                      builder.getI64IntegerAttr(count > 0 ? unfused : *bytes));
    }
    if (Attribute refused = group->getAttr(kRefusedAttr))
      launch->setAttr(kRefusedAttr, refused);
  }

  static void dissolve(SegmentOp segment) {
    Block &body = segment.getBody().front();
    for (auto [argument, input] :
         llvm::zip_equal(body.getArguments(), segment.getInputs()))
      argument.replaceAllUsesWith(input);
    Operation *yield = body.getTerminator();
    segment->replaceAllUsesWith(yield->getOperands());
    yield->erase();
    segment->getBlock()->getOperations().splice(segment->getIterator(),
                                                body.getOperations());
    segment->erase();
  }
};
} // namespace
