//===- Scalars.cpp - scalar code of elementwise operations -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace autoglm::cpu {

Type likeShape(Type shape, Type elementType) {
  auto vector = dyn_cast<VectorType>(shape);
  return vector ? vector.clone(elementType) : elementType;
}

Value buildSplat(OpBuilder &builder, Location loc, Type type, TypedAttr value) {
  if (auto vector = dyn_cast<VectorType>(type))
    value = DenseElementsAttr::get(vector, value);
  return builder.create<arith::ConstantOp>(loc, value);
}

Value buildNumber(OpBuilder &builder, Location loc, Type type, double value) {
  Type element = getElementTypeOrSelf(type);
  if (auto floating = dyn_cast<FloatType>(element))
    return buildSplat(builder, loc, type,
                      builder.getFloatAttr(floating, value));
  return buildSplat(
      builder, loc, type,
      builder.getIntegerAttr(element, static_cast<int64_t>(value)));
}

namespace {
/// Code at one location for operands of one element type: one element of each,
/// or a vector of them.
struct Scalar {
  OpBuilder &builder;
  Location loc;
  /// Element type of the operation's (first) operand in the graph.
  Type elementType;

  bool isFloat() const { return isa<FloatType>(elementType); }
  bool isUnsigned() const {
    return elementType.isUnsignedInteger() || elementType.isInteger(1);
  }

  template <typename Op, typename... Args> Value make(Args &&...args) {
    return builder.create<Op>(loc, std::forward<Args>(args)...);
  }
  template <typename FloatOp, typename IntOp> Value binary(Value a, Value b) {
    return isFloat() ? make<FloatOp>(a, b) : make<IntOp>(a, b);
  }
  template <typename FloatOp, typename SignedOp, typename UnsignedOp>
  Value binary(Value a, Value b) {
    if (isFloat())
      return make<FloatOp>(a, b);
    return isUnsigned() ? make<UnsignedOp>(a, b) : make<SignedOp>(a, b);
  }
  Value number(Type type, double value) {
    return buildNumber(builder, loc, type, value);
  }
  Value like(Value x, double value) { return number(x.getType(), value); }
  /// The type with as many elements as `x` has.
  Type typeLike(Value x, Type type) { return likeShape(x.getType(), type); }
  static unsigned getWidth(Value x) {
    return getElementTypeOrSelf(x).getIntOrFloatBitWidth();
  }
  Value select(Value condition, Value a, Value b) {
    return make<arith::SelectOp>(condition, a, b);
  }
  Value compare(arith::CmpFPredicate floating, arith::CmpIPredicate integer,
                arith::CmpIPredicate unsignedInteger, Value a, Value b) {
    if (isFloat())
      return make<arith::CmpFOp>(floating, a, b);
    return make<arith::CmpIOp>(isUnsigned() ? unsignedInteger : integer, a, b);
  }
  Value equal(Value a, Value b) {
    return compare(arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq,
                   arith::CmpIPredicate::eq, a, b);
  }
  Value less(Value a, Value b) {
    return compare(arith::CmpFPredicate::OLT, arith::CmpIPredicate::slt,
                   arith::CmpIPredicate::ult, a, b);
  }
  Value lessOrEqual(Value a, Value b) {
    return compare(arith::CmpFPredicate::OLE, arith::CmpIPredicate::sle,
                   arith::CmpIPredicate::ule, a, b);
  }
  Value negate(Value x) {
    return isFloat() ? make<arith::NegFOp>(x)
                     : make<arith::SubIOp>(like(x, 0), x);
  }

  Value sign(Value x);
  Value shift(Value x, Value by, bool isRight);
  Value divide(Value x, Value y);
  Value remainder(Value x, Value y, bool fmod);
  Value power(Value x, Value y, Type exponentType);
  Value cast(Value x, Type to);
  Value toInteger(Value x, Type to);
  Value toFloat(Value x, Type type);
};
} // namespace

Value Scalar::sign(Value x) {
  Value zero = like(x, 0), one = like(x, 1);
  if (!isFloat() && isUnsigned())
    return select(equal(x, zero), zero, one);
  // Neither below nor above zero: 0, -0 or NaN, which stay.
  return select(less(zero, x), one, select(less(x, zero), like(x, -1), x));
}

/// What is shifted by the width or more is gone, which the instruction does not
/// say.
Value Scalar::shift(Value x, Value by, bool isRight) {
  Value zero = like(x, 0), last = like(x, getWidth(x) - 1);
  Value isGone = make<arith::CmpIOp>(arith::CmpIPredicate::ugt, by, last);
  Value safe = select(isGone, zero, by);
  Value moved =
      isRight ? make<arith::ShRUIOp>(x, safe) : make<arith::ShLIOp>(x, safe);
  return select(isGone, zero, moved);
}

Value Scalar::divide(Value x, Value y) {
  if (isFloat())
    return make<arith::DivFOp>(x, y);
  Value zero = like(x, 0), one = like(x, 1);
  Value isZero = equal(y, zero);
  if (isUnsigned())
    return select(isZero, zero,
                  make<arith::DivUIOp>(x, select(isZero, one, y)));
  // The quotient of the least integer and -1 wraps instead of trapping.
  Value isMinusOne = equal(y, like(x, -1));
  Value safe = select(make<arith::OrIOp>(isZero, isMinusOne), one, y);
  return select(isZero, zero,
                select(isMinusOne, negate(x), make<arith::DivSIOp>(x, safe)));
}

Value Scalar::remainder(Value x, Value y, bool fmod) {
  Value zero = like(x, 0), rest;
  if (isFloat()) {
    rest = make<arith::RemFOp>(x, y);
  } else {
    Value isZero = equal(y, zero), one = like(x, 1);
    if (isUnsigned())
      return select(isZero, zero,
                    make<arith::RemUIOp>(x, select(isZero, one, y)));
    Value isTrivial = make<arith::OrIOp>(isZero, equal(y, like(x, -1)));
    rest = make<arith::RemSIOp>(x, select(isTrivial, one, y));
    rest = select(isTrivial, zero, rest);
  }
  if (fmod)
    return rest;
  Value differ = make<arith::XOrIOp>(less(rest, zero), less(y, zero));
  Value adjust = make<arith::AndIOp>(
      differ,
      make<arith::XOrIOp>(equal(rest, zero),
                          number(typeLike(rest, builder.getI1Type()), 1)));
  if (isFloat()) {
    // A remainder that is no number is not equal to zero either.
    return select(adjust, make<arith::AddFOp>(rest, y), rest);
  }
  return select(adjust, make<arith::AddIOp>(rest, y), rest);
}

Value Scalar::toFloat(Value x, Type type) {
  type = typeLike(x, type);
  return isUnsigned() ? make<arith::UIToFPOp>(type, x)
                      : make<arith::SIToFPOp>(type, x);
}

/// Truncates, saturates to 64 bits and wraps to the type asked for.
Value Scalar::toInteger(Value x, Type to) {
  Type wide = typeLike(x, builder.getI64Type());
  if (getWidth(x) < 32)
    x = make<arith::ExtFOp>(typeLike(x, builder.getF32Type()), x);
  auto below = [&](Value a, double bound) {
    return make<arith::CmpFOp>(arith::CmpFPredicate::OLT, a, like(a, bound));
  };
  const double limit = 9.2233720368547758e18;
  auto constant = [&](int64_t value) -> Value {
    return buildSplat(builder, loc, wide, builder.getI64IntegerAttr(value));
  };
  Value inside = make<arith::FPToSIOp>(wide, x);
  Value high = constant(std::numeric_limits<int64_t>::max());
  if (to.isUnsignedInteger(64))
    high = select(below(x, 2 * limit), make<arith::FPToUIOp>(wide, x),
                  constant(-1));
  Value result = select(below(x, limit), inside, high);
  result = select(below(x, -limit),
                  constant(std::numeric_limits<int64_t>::min()), result);
  Value isNumber = make<arith::CmpFOp>(arith::CmpFPredicate::ORD, x, x);
  result = select(isNumber, result, constant(0));
  Type storage = typeLike(x, getStorageType(to));
  return storage == wide ? result : make<arith::TruncIOp>(storage, result);
}

Value Scalar::cast(Value x, Type to) {
  if (to == elementType)
    return x;
  if (to.isInteger(1)) {
    if (isFloat())
      return make<arith::CmpFOp>(arith::CmpFPredicate::UNE, x, like(x, 0));
    return make<arith::CmpIOp>(arith::CmpIPredicate::ne, x, like(x, 0));
  }
  if (isa<FloatType>(to)) {
    Type type = getComputeType(to);
    if (!isFloat())
      return toFloat(x, type);
    // Narrowing is left to the store, which rounds once.
    return getWidth(x) < type.getIntOrFloatBitWidth()
               ? make<arith::ExtFOp>(typeLike(x, type), x)
               : x;
  }
  if (isFloat())
    return toInteger(x, to);
  Type storage = typeLike(x, getStorageType(to));
  unsigned from = getWidth(x);
  unsigned width = getStorageType(to).getIntOrFloatBitWidth();
  if (from > width)
    return make<arith::TruncIOp>(storage, x);
  if (from == width)
    return x;
  return isUnsigned() ? make<arith::ExtUIOp>(storage, x)
                      : make<arith::ExtSIOp>(storage, x);
}

Value Scalar::power(Value x, Value y, Type exponentType) {
  Scalar exponent{builder, loc, exponentType};
  if (!isFloat() && !exponent.isFloat()) {
    Type wide = builder.getI64Type();
    Value base = cast(x, wide);
    return Scalar{builder, loc, wide}.cast(
        make<math::IPowIOp>(base, exponent.cast(y, wide)), elementType);
  }
  APFloat constant(0.0);
  if (isFloat() && matchPattern(y, m_ConstantFloat(&constant))) {
    if (constant.isExactlyValue(2.0))
      return make<arith::MulFOp>(x, x);
    if (constant.isExactlyValue(3.0))
      return make<arith::MulFOp>(make<arith::MulFOp>(x, x), x);
    if (constant.isExactlyValue(1.0))
      return x;
  }
  // Integers are raised as double, like the reference.
  Type type = isFloat() ? getElementTypeOrSelf(x) : Type(builder.getF64Type());
  if (exponent.isFloat() && getElementTypeOrSelf(y).isF64())
    type = builder.getF64Type();
  Value result = make<math::PowFOp>(cast(x, type), exponent.cast(y, type));
  return isFloat() ? result
                   : Scalar{builder, loc, type}.cast(result, elementType);
}

template <typename Op> static Value buildMath(Scalar &s, ValueRange x) {
  return s.builder.create<Op>(s.loc, x[0]);
}

Value buildScalar(OpBuilder &builder, Operation *op, ValueRange x) {
  auto typeOf = [&](unsigned index) {
    return cast<RankedTensorType>(op->getOperand(index).getType())
        .getElementType();
  };
  Scalar s{builder, op->getLoc(), typeOf(isa<WhereOp>(op) ? 1 : 0)};
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<ExpOp>([&](auto) { return buildMath<math::ExpOp>(s, x); })
      .Case<LogOp>([&](auto) { return buildMath<math::LogOp>(s, x); })
      .Case<SqrtOp>([&](auto) { return buildMath<math::SqrtOp>(s, x); })
      .Case<FloorOp>([&](auto) { return buildMath<math::FloorOp>(s, x); })
      .Case<CeilOp>([&](auto) { return buildMath<math::CeilOp>(s, x); })
      .Case<RoundOp>([&](auto) { return buildMath<math::RoundEvenOp>(s, x); })
      .Case<ErfOp>([&](auto) { return buildMath<math::ErfOp>(s, x); })
      .Case<SinOp>([&](auto) { return buildMath<math::SinOp>(s, x); })
      .Case<CosOp>([&](auto) { return buildMath<math::CosOp>(s, x); })
      .Case<TanOp>([&](auto) { return buildMath<math::TanOp>(s, x); })
      .Case<AsinOp>([&](auto) { return buildMath<math::AsinOp>(s, x); })
      .Case<AcosOp>([&](auto) { return buildMath<math::AcosOp>(s, x); })
      .Case<AtanOp>([&](auto) { return buildMath<math::AtanOp>(s, x); })
      .Case<SinhOp>([&](auto) { return buildMath<math::SinhOp>(s, x); })
      .Case<CoshOp>([&](auto) { return buildMath<math::CoshOp>(s, x); })
      .Case<AsinhOp>([&](auto) { return buildMath<math::AsinhOp>(s, x); })
      .Case<AcoshOp>([&](auto) { return buildMath<math::AcoshOp>(s, x); })
      .Case<AtanhOp>([&](auto) { return buildMath<math::AtanhOp>(s, x); })
      .Case<TanhOp>([&](auto) { return buildMath<math::TanhOp>(s, x); })
      .Case<AbsOp>([&](auto) {
        if (s.isFloat())
          return buildMath<math::AbsFOp>(s, x);
        return s.isUnsigned() ? x[0]
                              : s.make<arith::MaxSIOp>(x[0], s.negate(x[0]));
      })
      .Case<NegOp>([&](auto) { return s.negate(x[0]); })
      .Case<SignOp>([&](auto) { return s.sign(x[0]); })
      .Case<ReciprocalOp>(
          [&](auto) { return s.make<arith::DivFOp>(s.like(x[0], 1), x[0]); })
      .Case<SigmoidOp>([&](auto) {
        Value one = s.like(x[0], 1);
        Value tail = s.make<math::ExpOp>(s.negate(x[0]));
        return s.make<arith::DivFOp>(one, s.make<arith::AddFOp>(one, tail));
      })
      .Case<ReluOp>([&](auto) {
        Value zero = s.like(x[0], 0);
        return s.select(s.less(x[0], zero), zero, x[0]);
      })
      .Case<NotOp>(
          [&](auto) { return s.make<arith::XOrIOp>(x[0], s.like(x[0], 1)); })
      .Case<IsNaNOp>([&](auto) {
        return s.make<arith::CmpFOp>(arith::CmpFPredicate::UNO, x[0], x[0]);
      })
      .Case<IsInfOp>([&](IsInfOp inf) {
        auto is = [&](bool wanted, double value) {
          Value equal = s.equal(x[0], s.like(x[0], value));
          return wanted ? equal : s.like(equal, 0);
        };
        double infinity = std::numeric_limits<double>::infinity();
        return s.make<arith::OrIOp>(is(inf.getDetectPositive(), infinity),
                                    is(inf.getDetectNegative(), -infinity));
      })
      .Case<CastOp>([&](CastOp cast) { return s.cast(x[0], cast.getTo()); })
      .Case<AddOp>([&](auto) {
        return s.binary<arith::AddFOp, arith::AddIOp>(x[0], x[1]);
      })
      .Case<SubOp>([&](auto) {
        return s.binary<arith::SubFOp, arith::SubIOp>(x[0], x[1]);
      })
      .Case<MulOp>([&](auto) {
        return s.binary<arith::MulFOp, arith::MulIOp>(x[0], x[1]);
      })
      .Case<DivOp>([&](auto) { return s.divide(x[0], x[1]); })
      .Case<MaxOp>([&](auto) {
        return s.binary<arith::MaximumFOp, arith::MaxSIOp, arith::MaxUIOp>(
            x[0], x[1]);
      })
      .Case<MinOp>([&](auto) {
        return s.binary<arith::MinimumFOp, arith::MinSIOp, arith::MinUIOp>(
            x[0], x[1]);
      })
      .Case<AndOp>([&](auto) { return s.make<arith::AndIOp>(x[0], x[1]); })
      .Case<OrOp>([&](auto) { return s.make<arith::OrIOp>(x[0], x[1]); })
      .Case<XorOp>([&](auto) { return s.make<arith::XOrIOp>(x[0], x[1]); })
      .Case<BitwiseNotOp>(
          [&](auto) { return s.make<arith::XOrIOp>(x[0], s.like(x[0], -1)); })
      .Case<BitwiseAndOp>(
          [&](auto) { return s.make<arith::AndIOp>(x[0], x[1]); })
      .Case<BitwiseOrOp>([&](auto) { return s.make<arith::OrIOp>(x[0], x[1]); })
      .Case<BitwiseXorOp>(
          [&](auto) { return s.make<arith::XOrIOp>(x[0], x[1]); })
      .Case<BitShiftOp>(
          [&](BitShiftOp op) { return s.shift(x[0], x[1], op.getRight()); })
      .Case<PowOp>([&](auto) { return s.power(x[0], x[1], typeOf(1)); })
      .Case<ModOp>(
          [&](ModOp mod) { return s.remainder(x[0], x[1], mod.getFmod()); })
      .Case<EqualOp>([&](auto) { return s.equal(x[0], x[1]); })
      .Case<LessOp>([&](auto) { return s.less(x[0], x[1]); })
      .Case<LessOrEqualOp>([&](auto) { return s.lessOrEqual(x[0], x[1]); })
      .Case<GreaterOp>([&](auto) { return s.less(x[1], x[0]); })
      .Case<GreaterOrEqualOp>([&](auto) { return s.lessOrEqual(x[1], x[0]); })
      .Case<WhereOp>([&](auto) { return s.select(x[0], x[1], x[2]); })
      .Default([](Operation *) { return Value(); });
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

Value buildNeutral(OpBuilder &builder, Location loc, Combine combine, Type type,
                   bool isUnsigned) {
  if (combine == Combine::Sum || combine == Combine::Product)
    return buildNumber(builder, loc, type, combine == Combine::Product);
  bool isMaximum = combine == Combine::Maximum;
  Type element = getElementTypeOrSelf(type);
  if (auto floating = dyn_cast<FloatType>(element))
    return buildSplat(
        builder, loc, type,
        FloatAttr::get(floating, APFloat::getInf(floating.getFloatSemantics(),
                                                 /*Negative=*/isMaximum)));
  unsigned width = element.getIntOrFloatBitWidth();
  APInt limit = isMaximum ? (isUnsigned ? APInt::getMinValue(width)
                                        : APInt::getSignedMinValue(width))
                          : (isUnsigned ? APInt::getMaxValue(width)
                                        : APInt::getSignedMaxValue(width));
  return buildSplat(builder, loc, type, builder.getIntegerAttr(element, limit));
}

Value buildCombine(OpBuilder &builder, Location loc, Combine combine, Value lhs,
                   Value rhs, bool isUnsigned) {
  Scalar s{builder, loc, getElementTypeOrSelf(lhs)};
  // The order of a sum is not part of its meaning: LLVM may split it by lanes.
  auto any = arith::FastMathFlagsAttr::get(builder.getContext(),
                                           arith::FastMathFlags::reassoc);
  switch (combine) {
  case Combine::Sum:
    return s.isFloat() ? s.make<arith::AddFOp>(lhs, rhs, any)
                       : s.make<arith::AddIOp>(lhs, rhs);
  case Combine::Product:
    return s.isFloat() ? s.make<arith::MulFOp>(lhs, rhs, any)
                       : s.make<arith::MulIOp>(lhs, rhs);
  case Combine::Maximum:
    if (s.isFloat())
      return s.make<arith::MaximumFOp>(lhs, rhs);
    return isUnsigned ? s.make<arith::MaxUIOp>(lhs, rhs)
                      : s.make<arith::MaxSIOp>(lhs, rhs);
  case Combine::Minimum:
    if (s.isFloat())
      return s.make<arith::MinimumFOp>(lhs, rhs);
    return isUnsigned ? s.make<arith::MinUIOp>(lhs, rhs)
                      : s.make<arith::MinSIOp>(lhs, rhs);
  }
  return Value();
}

} // namespace autoglm::cpu
