//===- AssignLayouts.cpp - layouts of operations -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Target/Target.h"
#include "dialects/AutoGLM/Layout.h"
#include "passes/Layout/ChooseLayouts.h"
#include "passes/Layout/Passes.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_ASSIGNLAYOUTS
#include "passes/Layout/Passes.h.inc"
} // namespace autoglm

/// The load behind an argument of a segment, if a weight is passed there.
static LoadWeightOp getPassedWeight(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  if (!argument)
    return {};
  auto segment = dyn_cast<SegmentOp>(argument.getOwner()->getParentOp());
  if (!segment)
    return {};
  return segment.getInputs()[argument.getArgNumber()]
      .getDefiningOp<LoadWeightOp>();
}

bool autoglm::isFreeToChange(Value value) {
  return getPassedWeight(value) || value.getDefiningOp<ConstantOp>();
}

namespace {
struct AssignLayouts : public autoglm::impl::AssignLayoutsBase<AssignLayouts> {
  using AssignLayoutsBase::AssignLayoutsBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    getOperation().walk([&](SegmentOp segment) {
      DeviceModel model =
          getDeviceModel(symbols.lookup<DeviceOp>(segment.getDevice()));
      relaid.clear();
      assign(segment, model);
    });
  }

private:
  void assign(SegmentOp segment, const DeviceModel &model) {
    Block &body = segment.getBody().front();
    LayoutChooser chooser(body, model);
    for (Operation &op : llvm::make_early_inc_range(body)) {
      // None for the terminator, too: what leaves a segment is row major.
      ArrayRef<LayoutAttr> layouts = chooser.get(&op);
      for (OpOperand &operand : op.getOpOperands())
        relayout(operand, layouts.empty()
                              ? LayoutAttr()
                              : layouts[operand.getOperandNumber()]);
      if (layouts.empty())
        continue;
      auto results = layouts.drop_front(op.getNumOperands());
      for (auto [result, layout] : llvm::zip_equal(op.getResults(), results))
        if (getLayout(result) != layout)
          result.setType(withLayout(result.getType(), layout));
      numBlocked += llvm::any_of(
          results, [](LayoutAttr layout) { return static_cast<bool>(layout); });
    }
  }

  void relayout(OpOperand &operand, LayoutAttr layout) {
    Value value = operand.get();
    if (getLayout(value) == layout)
      return;
    Value &changed = relaid[{value, layout}];
    if (!changed)
      changed = isFreeToChange(value)
                    ? relayoutKnown(operand.getOwner(), value, layout)
                    : relayoutComputed(value, layout);
    operand.set(changed);
  }

  Value relayoutComputed(Value value, LayoutAttr layout) {
    OpBuilder builder(&getContext());
    builder.setInsertionPointAfterValue(value);
    auto op = builder.create<RelayoutOp>(
        value.getLoc(), withLayout(value.getType(), layout), value);
    numRelayouts += !isView(op);
    return op;
  }

  /// Passes a weight or constant in once more, changed outside the segment,
  /// where `derive-weights` finds it.
  Value relayoutKnown(Operation *user, Value value, LayoutAttr layout) {
    auto segment = user->getParentOfType<SegmentOp>();
    OpBuilder builder(segment);
    Value outside;
    if (LoadWeightOp weight = getPassedWeight(value))
      outside = weight;
    else
      outside = builder.clone(*value.getDefiningOp())->getResult(0);
    Value changed = builder.create<RelayoutOp>(
        value.getLoc(), withLayout(value.getType(), layout), outside);
    segment.getInputsMutable().append(changed);
    ++numPacked;
    return segment.getBody().front().addArgument(changed.getType(),
                                                 value.getLoc());
  }

  /// What a value is in another layout, so that it is changed once.
  llvm::DenseMap<std::pair<Value, Attribute>, Value> relaid;
};
} // namespace
