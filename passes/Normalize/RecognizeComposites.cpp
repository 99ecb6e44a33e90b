//===- RecognizeComposites.cpp - what exporters took apart -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Normalize/Numbers.h"
#include "passes/Normalize/Passes.h"

#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <numbers>

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_RECOGNIZECOMPOSITES
#include "passes/Normalize/Passes.h.inc"
} // namespace autoglm

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// Whether a value is a scalar that is `wanted` as a float of few digits: an
/// exporter may have rounded it to float16.
static bool isNumber(Value value, double wanted) {
  std::optional<double> number = getNumber(value);
  return number && tensorType(value).getNumElements() == 1 &&
         std::abs(*number - wanted) <= 1e-3 * std::abs(wanted);
}

namespace {
/// Matches from a result backwards and remembers what it went through.
class Matcher {
public:
  /// The operation that makes a value, if it is an `Op` of it.
  template <typename Op> Op get(Value value) {
    auto op = value ? value.getDefiningOp<Op>() : Op();
    if (op)
      seen.push_back(op.getLoc());
    return op;
  }
  /// The operand beside a number, in a commutative operation.
  template <typename Op> Value beside(Value value, double number) {
    auto op = get<Op>(value);
    if (!op)
      return Value();
    if (isNumber(op.getRhs(), number))
      return op.getLhs();
    return isNumber(op.getLhs(), number) ? op.getRhs() : Value();
  }
  /// x of x^2, as a power or a product.
  Value squareRoot(Value value) {
    if (auto pow = get<PowOp>(value))
      return isNumber(pow.getRhs(), 2) ? pow.getLhs() : Value();
    auto mul = get<MulOp>(value);
    return mul && mul.getLhs() == mul.getRhs() ? mul.getLhs() : Value();
  }
  bool isCube(Value value, Value x) {
    if (auto pow = get<PowOp>(value))
      return isNumber(pow.getRhs(), 3) && pow.getLhs() == x;
    auto mul = get<MulOp>(value);
    if (!mul)
      return false;
    Value square = mul.getLhs() == x ? mul.getRhs() : mul.getLhs();
    return (mul.getLhs() == x || mul.getRhs() == x) && squareRoot(square) == x;
  }
  /// What a mean over the last dimension, which is kept, is taken of.
  Value meanOperand(Value value) {
    auto mean = get<ReduceMeanOp>(value);
    if (!mean || !mean.getKeepdims() || mean.getAxes().size() != 1)
      return Value();
    int64_t rank = tensorType(mean.getInput()).getRank();
    int64_t axis = mean.getAxes()[0];
    return axis == -1 || axis == rank - 1 ? mean.getInput() : Value();
  }
  /// x of sqrt(mean(x^2) + epsilon).
  Value deviationOperand(Value value, double &epsilon) {
    auto root = get<SqrtOp>(value);
    auto sum = root ? get<AddOp>(root.getInput()) : AddOp();
    if (!sum)
      return Value();
    for (auto [squares, number] : {std::pair{sum.getLhs(), sum.getRhs()},
                                   std::pair{sum.getRhs(), sum.getLhs()}}) {
      std::optional<double> found = getNumber(number);
      if (!found || tensorType(number).getNumElements() != 1)
        continue;
      if (Value square = meanOperand(squares)) {
        epsilon = *found;
        return squareRoot(square);
      }
    }
    return Value();
  }
  /// x of x / sqrt(mean(x^2) + epsilon), as a quotient or a product.
  Value normalized(Value value, double &epsilon) {
    if (auto div = get<DivOp>(value)) {
      Value x = deviationOperand(div.getRhs(), epsilon);
      return x == div.getLhs() ? x : Value();
    }
    auto mul = get<MulOp>(value);
    if (!mul)
      return Value();
    for (auto [x, factor] : {std::pair{mul.getLhs(), mul.getRhs()},
                             std::pair{mul.getRhs(), mul.getLhs()}}) {
      Value deviation;
      if (auto reciprocal = factor.getDefiningOp<ReciprocalOp>())
        deviation = reciprocal.getInput();
      else if (auto div = factor.getDefiningOp<DivOp>())
        deviation = isNumber(div.getLhs(), 1) ? div.getRhs() : Value();
      if (!deviation)
        continue;
      seen.push_back(factor.getLoc());
      if (deviationOperand(deviation, epsilon) == x)
        return x;
    }
    return Value();
  }

  /// Where everything that was seen and the result come from.
  Location fuse(Operation *root) {
    SmallVector<Location> all(llvm::reverse(seen));
    all.push_back(root->getLoc());
    return FusedLoc::get(root->getContext(), all);
  }

private:
  SmallVector<Location> seen;
};

struct RecognizeComposites
    : public autoglm::impl::RecognizeCompositesBase<RecognizeComposites> {
  void runOnOperation() override {
    SmallVector<MulOp> products;
    getOperation().walk([&](MulOp op) { products.push_back(op); });
    for (MulOp op : products) {
      OpBuilder builder(op);
      Value made = recognizeGelu(op, builder);
      if (!made)
        made = recognizeNormalization(op, builder);
      if (!made)
        continue;
      if (made.getType() != op.getType()) {
        dead.push_back(made.getDefiningOp());
        continue;
      }
      op.getOutput().replaceAllUsesWith(made);
      dead.push_back(op);
      ++numRecognized;
    }
    for (Operation *op : dead)
      eraseUnused(op);
    dead.clear();
  }

private:
  /// x / 2 * (1 + erf(x / sqrt(2))), or its form with tanh, in any order.
  static Value recognizeGelu(MulOp op, OpBuilder &builder) {
    Matcher m;
    SmallVector<Value, 4> factors{op.getLhs(), op.getRhs()};
    for (Value operand : {op.getLhs(), op.getRhs()})
      if (auto inner = operand.getDefiningOp<MulOp>();
          inner && inner->hasOneUse() && factors.size() == 2) {
        m.get<MulOp>(operand);
        llvm::erase(factors, operand);
        factors.push_back(inner.getLhs());
        factors.push_back(inner.getRhs());
      }
    auto half =
        llvm::find_if(factors, [](Value v) { return isNumber(v, 0.5); });
    if (factors.size() != 3 || half == factors.end())
      return Value();
    factors.erase(half);
    for (auto [x, sum] : {std::pair{factors[0], factors[1]},
                          std::pair{factors[1], factors[0]}}) {
      if (!sum.getDefiningOp<AddOp>())
        continue;
      Value curve = m.beside<AddOp>(sum, 1);
      bool isTanh = curve && curve.getDefiningOp<TanhOp>();
      if (curve && (isTanh ? isTanhCurve(m, curve, x) : isErf(m, curve, x)))
        return builder.create<GeluOp>(m.fuse(op), x, isTanh);
    }
    return Value();
  }

  static bool isErf(Matcher &m, Value curve, Value x) {
    auto erf = m.get<ErfOp>(curve);
    if (!erf)
      return false;
    if (auto div = m.get<DivOp>(erf.getInput()))
      return div.getLhs() == x && isNumber(div.getRhs(), std::numbers::sqrt2);
    return m.beside<MulOp>(erf.getInput(), std::numbers::sqrt2 / 2) == x;
  }

  /// tanh(sqrt(2 / pi) * (x + 0.044715 x^3)).
  static bool isTanhCurve(Matcher &m, Value curve, Value x) {
    auto tanh = m.get<TanhOp>(curve);
    Value inner = m.beside<MulOp>(tanh.getInput(), 0.79788456080286536);
    auto sum = m.get<AddOp>(inner);
    if (!sum || (sum.getLhs() != x && sum.getRhs() != x))
      return false;
    Value term = sum.getLhs() == x ? sum.getRhs() : sum.getLhs();
    Value cube = m.beside<MulOp>(term, 0.044715);
    return cube && m.isCube(cube, x);
  }

  /// A factor per element times x or x - mean(x), over its deviation.
  static Value recognizeNormalization(MulOp op, OpBuilder &builder) {
    for (auto [normal, scale] : {std::pair{op.getLhs(), op.getRhs()},
                                 std::pair{op.getRhs(), op.getLhs()}}) {
      if (!normal.getDefiningOp<DivOp>() && !normal.getDefiningOp<MulOp>())
        continue;
      Matcher m;
      double epsilon = 0;
      Value x = m.normalized(normal, epsilon);
      if (!x || tensorType(scale).getRank() != 1 ||
          tensorType(scale).isDynamicDim(0) ||
          tensorType(scale).getDimSize(0) != tensorType(x).getShape().back() ||
          tensorType(scale).getElementType() != tensorType(x).getElementType())
        continue;
      APFloat small(static_cast<float>(epsilon));
      auto axis = builder.getI64IntegerAttr(-1);
      auto epsilonAttr = builder.getF32FloatAttr(small.convertToFloat());
      if (auto sub = x.getDefiningOp<SubOp>()) {
        Matcher inner(m);
        inner.get<SubOp>(x);
        if (inner.meanOperand(sub.getRhs()) == sub.getLhs())
          return builder
              .create<LayerNormalizationOp>(inner.fuse(op), sub.getLhs(), scale,
                                            Value(), axis, epsilonAttr)
              .getOutput();
      }
      return builder.create<RMSNormalizationOp>(m.fuse(op), x, scale, axis,
                                                epsilonAttr);
    }
    return Value();
  }

  static void eraseUnused(Operation *op) {
    if (!op || !isOpTriviallyDead(op))
      return;
    SmallVector<Value> operands(op->getOperands());
    op->erase();
    for (Value operand : operands)
      eraseUnused(operand.getDefiningOp());
  }

  SmallVector<Operation *> dead;
};
} // namespace
