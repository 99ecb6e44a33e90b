//===- PadWindows.cpp - padding as an operation of its own -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Passes.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_PADWINDOWS
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

using namespace autoglm;

/// The value that never wins a maximum.
static Attribute getLowest(Type type) {
  if (auto floating = dyn_cast<FloatType>(type))
    return FloatAttr::get(floating,
                          APFloat::getInf(floating.getFloatSemantics(),
                                          /*Negative=*/true));
  unsigned width = type.getIntOrFloatBitWidth();
  return IntegerAttr::get(type, type.isUnsignedInteger()
                                    ? APInt::getMinValue(width)
                                    : APInt::getSignedMinValue(width));
}

/// Pads so that every window lies inside; null if nothing is to be done.
template <typename Op>
static Value padInput(Op op, ArrayRef<int64_t> window, Attribute fill) {
  Value input = op.getInput();
  auto type = cast<RankedTensorType>(input.getType());
  RankedTensorType result = op.getType();
  if (!type.hasStaticShape() || !result.hasStaticShape() ||
      type.getNumElements() == 0)
    return {};
  size_t spatial = window.size();
  int64_t rank = type.getRank();
  SmallVector<int64_t> pads(2 * rank, 0), shape(type.getShape());
  bool isPadded = false;
  for (size_t i = 0; i < spatial; ++i) {
    int64_t begin = op.getPads()[i];
    int64_t needed = (result.getDimSize(i + 2) - 1) * op.getStrides()[i] +
                     (window[i] - 1) * op.getDilations()[i] + 1;
    // Padding that no window reaches is left out.
    int64_t end = std::max<int64_t>(0, needed - begin - type.getDimSize(i + 2));
    pads[2 + i] = begin;
    pads[rank + 2 + i] = end;
    shape[2 + i] += begin + end;
    isPadded |= begin != 0 || end != 0;
  }
  if (!isPadded)
    return {};
  OpBuilder builder(op);
  auto scalar = RankedTensorType::get({}, type.getElementType());
  Value value = builder.create<ConstantOp>(
      op.getLoc(), DenseElementsAttr::get(scalar, fill));
  // Blocks of channels stay blocks.
  auto padded =
      RankedTensorType::get(shape, type.getElementType(), type.getEncoding());
  return builder.create<PadOp>(op.getLoc(), padded, input,
                               createInts(builder, op.getLoc(), pads), value);
}

namespace {
struct PadWindows : public autoglm::cpu::impl::PadWindowsBase<PadWindows> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<ConvOp, MaxPoolOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      // In blocks of channels, kernels leave the border out.
      if (cast<RankedTensorType>(op->getResult(0).getType()).getEncoding())
        continue;
      if (auto conv = dyn_cast<ConvOp>(op)) {
        auto weight = cast<RankedTensorType>(conv.getWeight().getType());
        if (weight.hasStaticShape())
          replace(conv, padInput(conv, weight.getShape().drop_front(2),
                                 Builder(op).getZeroAttr(
                                     conv.getType().getElementType())));
      } else {
        auto pool = cast<MaxPoolOp>(op);
        replace(pool, padInput(pool, pool.getKernelShape(),
                               getLowest(pool.getType().getElementType())));
      }
    }
  }

private:
  template <typename Op> void replace(Op op, Value padded) {
    if (!padded)
      return;
    OpBuilder builder(op);
    op->setOperand(0, padded);
    SmallVector<int64_t> zeros(op.getPads().size(), 0);
    op.setPads(zeros);
    if constexpr (std::is_same_v<Op, MaxPoolOp>)
      op.setCeilMode(false);
    ++numPadded;
  }
};
} // namespace
