//===- ChooseWinograd.cpp - convolutions with fewer products -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Passes.h"
#include "forms/WinogradConv.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_CHOOSEWINOGRAD
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

using namespace autoglm;

namespace {
struct ChooseWinograd
    : public autoglm::cpu::impl::ChooseWinogradBase<ChooseWinograd> {
  void runOnOperation() override {
    SmallVector<ConvOp> convs;
    getOperation().walk([&](ConvOp conv) { convs.push_back(conv); });
    for (ConvOp conv : convs) {
      std::optional<cpu::ConvShape> shape = cpu::ConvShape::of(conv);
      if (shape && cpu::isWinogradFaster(*shape) &&
          conv.getType().getElementType().isF32())
        replace(conv, *shape);
    }
  }

private:
  void replace(ConvOp conv, const cpu::ConvShape &shape) {
    auto argument = dyn_cast<BlockArgument>(conv.getWeight());
    auto segment = conv->getParentOfType<SegmentOp>();
    if (!argument || !segment ||
        argument.getOwner() != &segment.getBody().front())
      return;
    Value packed = segment.getInputs()[argument.getArgNumber()];
    Value weight = packed;
    if (auto relayout = packed.getDefiningOp<RelayoutOp>())
      weight = relayout.getInput();
    if (!weight.getDefiningOp<LoadWeightOp>())
      return;
    OpBuilder builder(segment);
    Value transformed = builder.create<WinogradWeightOp>(conv.getLoc(), weight);
    auto type = cast<RankedTensorType>(transformed.getType());
    Value changed = builder.create<RelayoutOp>(
        conv.getLoc(),
        RankedTensorType::get(type.getShape(), type.getElementType(),
                              cpu::getWinogradLayout(shape, &getContext())),
        transformed);
    segment.getInputsMutable().append(changed);
    Value inside =
        argument.getOwner()->addArgument(changed.getType(), conv.getLoc());
    builder.setInsertionPoint(conv);
    auto made = builder.create<WinogradConvOp>(conv.getLoc(), conv.getType(),
                                               conv.getInput(), inside,
                                               conv.getBias(), conv.getPads());
    conv.replaceAllUsesWith(made.getResult());
    conv.erase();
    if (argument.use_empty()) {
      segment.getInputsMutable().erase(argument.getArgNumber());
      argument.getOwner()->eraseArgument(argument.getArgNumber());
    }
    if (Operation *unused = packed.getDefiningOp(); unused->use_empty())
      unused->erase();
    ++numReplaced;
  }
};
} // namespace
