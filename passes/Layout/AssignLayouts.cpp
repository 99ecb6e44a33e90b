//===- AssignLayouts.cpp - layouts of operations -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Target/Target.h"
#include "passes/Layout/Passes.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_ASSIGNLAYOUTS
#include "passes/Layout/Passes.h.inc"
} // namespace autoglm

static LayoutAttr getLayout(Value value) {
  return dyn_cast_or_null<LayoutAttr>(
      cast<RankedTensorType>(value.getType()).getEncoding());
}

static RankedTensorType withLayout(Value value, LayoutAttr layout) {
  auto type = cast<RankedTensorType>(value.getType());
  return RankedTensorType::get(type.getShape(), type.getElementType(), layout);
}

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

namespace {
struct AssignLayouts : public autoglm::impl::AssignLayoutsBase<AssignLayouts> {
  using AssignLayoutsBase::AssignLayoutsBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    getOperation().walk([&](SegmentOp segment) {
      DeviceModel model =
          getDeviceModel(symbols.lookup<DeviceOp>(segment.getDevice()));
      assign(segment, model);
    });
  }

private:
  void assign(SegmentOp segment, const DeviceModel &model) {
    Block &body = segment.getBody().front();
    for (Operation &op : llvm::make_early_inc_range(body)) {
      if (!isa<ComputeOpInterface>(op)) {
        // The terminator, too: what leaves a segment is row major.
        for (OpOperand &operand : op.getOpOperands())
          relayout(operand, LayoutAttr());
        continue;
      }
      LayoutChoice choice = choose(&op, model);
      for (auto [operand, layout] :
           llvm::zip(op.getOpOperands(), choice.layouts))
        relayout(operand, layout);
      auto results = ArrayRef(choice.layouts).drop_front(op.getNumOperands());
      for (auto [result, layout] : llvm::zip_equal(op.getResults(), results))
        if (getLayout(result) != layout)
          result.setType(withLayout(result, layout));
      numBlocked += llvm::any_of(
          results, [](LayoutAttr layout) { return static_cast<bool>(layout); });
    }
  }

  /// The choice with the least time, relayouts of its operands included.
  LayoutChoice choose(Operation *op, const DeviceModel &model) {
    SmallVector<LayoutChoice> choices = model.layouts(op);
    if (choices.size() == 1)
      return choices.front();
    auto cost = [&](const LayoutChoice &choice) {
      double seconds = choice.seconds;
      for (auto [operand, layout] :
           llvm::zip(op->getOperands(), choice.layouts))
        if (getLayout(operand) != layout && !getPassedWeight(operand))
          seconds += relayoutSeconds(operand, model);
      return seconds;
    };
    return *llvm::min_element(choices, [&](const auto &a, const auto &b) {
      return cost(a) < cost(b);
    });
  }

  /// A relayout reads and writes every byte once.
  static double relayoutSeconds(Value value, const DeviceModel &model) {
    auto bytes = getTensorBytes(cast<RankedTensorType>(value.getType()));
    return model.getTransferSeconds(2 * bytes.value_or(0));
  }

  void relayout(OpOperand &operand, LayoutAttr layout) {
    Value value = operand.get();
    if (getLayout(value) == layout)
      return;
    ++numRelayouts;
    if (LoadWeightOp weight = getPassedWeight(value))
      return relayoutWeight(operand, weight, layout);
    OpBuilder builder(operand.getOwner());
    operand.set(builder.create<RelayoutOp>(value.getLoc(),
                                           withLayout(value, layout), value));
  }

  /// Passes the weight in once more, changed outside the segment, where
  /// `derive-weights` finds it.
  void relayoutWeight(OpOperand &operand, LoadWeightOp weight,
                      LayoutAttr layout) {
    auto segment = operand.getOwner()->getParentOfType<SegmentOp>();
    OpBuilder builder(segment);
    Value changed = builder.create<RelayoutOp>(
        weight.getLoc(), withLayout(weight, layout), weight);
    segment.getInputsMutable().append(changed);
    operand.set(segment.getBody().front().addArgument(changed.getType(),
                                                      weight.getLoc()));
  }
};
} // namespace
