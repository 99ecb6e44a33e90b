//===- ExpandMath.cpp - functions as arithmetic -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Passes.h"
#include "math/Expansions.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_EXPANDMATH
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

/// Whether a value is a constant, in all lanes, to the precision of a float.
static bool isNumber(Value value, double wanted) {
  Attribute attr;
  if (!matchPattern(value, m_Constant(&attr)))
    return false;
  if (auto dense = dyn_cast<SplatElementsAttr>(attr))
    attr = dense.getSplatValue<Attribute>();
  auto number = dyn_cast<FloatAttr>(attr);
  return number && static_cast<float>(number.getValueAsDouble()) ==
                       static_cast<float>(wanted);
}

/// The other operand of `op`, if it is an `Op` of something and a number.
template <typename Op> static Value getOther(Operation *op, double number) {
  if (!isa_and_nonnull<Op>(op))
    return Value();
  if (isNumber(op->getOperand(1), number))
    return op->getOperand(0);
  return isNumber(op->getOperand(0), number) ? op->getOperand(1) : Value();
}

static Operation *getOnlyUser(Operation *op) {
  return op && op->hasOneUse() ? *op->user_begin() : nullptr;
}

/// The product x / 2 * (1 + erf(x / sqrt(2))) that an erf belongs to.
static Operation *findGelu(math::ErfOp erf, Value &x) {
  x = getOther<arith::MulFOp>(erf.getOperand().getDefiningOp(),
                              0.70710678118654752);
  Operation *sum = getOnlyUser(erf), *product = getOnlyUser(sum);
  if (!x || !getElementTypeOrSelf(x).isF32() ||
      !getOther<arith::AddFOp>(sum, 1) ||
      !isa_and_nonnull<arith::MulFOp>(product))
    return nullptr;
  Value half = product->getOperand(product->getOperand(0) == sum->getResult(0));
  return getOther<arith::MulFOp>(half.getDefiningOp(), 0.5) == x ? product
                                                                 : nullptr;
}

namespace {
struct ExpandMath : public autoglm::cpu::impl::ExpandMathBase<ExpandMath> {
  using ExpandMathBase::ExpandMathBase;

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa_and_nonnull<math::MathDialect>(op->getDialect()))
        ops.push_back(op);
    });
    if (!hasFma)
      splitMultiplyAdds();
    for (Operation *op : ops) {
      OpBuilder builder(op);
      Value value, x;
      Operation *replaced = op;
      if (auto erf = dyn_cast<math::ErfOp>(op))
        if (Operation *gelu = findGelu(erf, x)) {
          replaced = gelu;
          builder.setInsertionPoint(gelu);
          value =
              autoglm::cpu::MathBuilder(builder, op->getLoc(), hasFma).gelu(x);
        }
      if (!value)
        value = autoglm::cpu::expandMath(builder, op, hasFma);
      if (!value)
        continue;
      replaced->getResult(0).replaceAllUsesWith(value);
      eraseUnused(replaced);
      ++numExpanded;
    }
  }

private:
  /// Writes what forms multiply and add as two operations.
  void splitMultiplyAdds() {
    getOperation().walk([&](vector::FMAOp op) {
      OpBuilder builder(op);
      Value product =
          builder.create<arith::MulFOp>(op.getLoc(), op.getLhs(), op.getRhs());
      op.replaceAllUsesWith(
          builder.create<arith::AddFOp>(op.getLoc(), product, op.getAcc())
              .getResult());
      op.erase();
      ++numExpanded;
    });
  }

  /// Erases what nothing needs any more, from `op` up.
  static void eraseUnused(Operation *op) {
    if (!op || !isOpTriviallyDead(op))
      return;
    SmallVector<Value> operands(op->getOperands());
    op->erase();
    for (Value operand : operands)
      eraseUnused(operand.getDefiningOp());
  }
};
} // namespace
