//===- Expansions.cpp - float32 functions as arithmetic -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Adding 1.5 * 2^23 rounds to an integer and leaves it in the lowest bits, from
// where a shift puts it into an exponent. Comparisons are written such that NaN
// goes through. The polynomials are in Coefficients.h; what each function keeps
// to is in Bounds.def.
//
//===----------------------------------------------------------------------===//

#include "Expansions.h"
#include "Coefficients.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace autoglm::cpu {

static constexpr double kLog2E = 1.4426950408889634;
/// ln(2) with few bits, so that multiples are exact, and the rest.
static constexpr double kLn2High = 0.693359375;
static constexpr double kLn2Low = -2.1219444005469058277e-4;
static constexpr double kMagic = 12582912.0;             // 1.5 * 2^23
static constexpr double kMagicDouble = 6755399441055744; // 1.5 * 2^52
static constexpr int64_t kRootHalf = 0x3f3504f3;
static constexpr int64_t kRootHalfDouble = 0x3fe6a09e667f3bcd;
static const double kInfinity = std::numeric_limits<double>::infinity();
static const double kNaN = std::numeric_limits<double>::quiet_NaN();

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

static bool isDouble(Value x) { return getElementTypeOrSelf(x).isF64(); }

/// The type with other elements.
static Type withElement(Type type, Type element) {
  if (auto vector = dyn_cast<VectorType>(type))
    return VectorType::get(vector.getShape(), element);
  return element;
}

static Value splat(OpBuilder &builder, Location loc, Type type,
                   TypedAttr attr) {
  if (auto vector = dyn_cast<VectorType>(type))
    attr = DenseElementsAttr::get(vector, Attribute(attr));
  return builder.create<arith::ConstantOp>(loc, attr);
}

Value MathBuilder::number(Value like, double value) {
  Type element = getElementTypeOrSelf(like);
  return splat(builder, loc, like.getType(),
               builder.getFloatAttr(element, value));
}
Value MathBuilder::integer(Value like, int64_t value) {
  Type element = getElementTypeOrSelf(like);
  return splat(builder, loc, like.getType(),
               builder.getIntegerAttr(element, value));
}
Value MathBuilder::add(Value a, Value b) {
  return builder.create<arith::AddFOp>(loc, a, b);
}
Value MathBuilder::sub(Value a, Value b) {
  return builder.create<arith::SubFOp>(loc, a, b);
}
Value MathBuilder::mul(Value a, Value b) {
  return builder.create<arith::MulFOp>(loc, a, b);
}
Value MathBuilder::div(Value a, Value b) {
  return builder.create<arith::DivFOp>(loc, a, b);
}
Value MathBuilder::neg(Value a) {
  return builder.create<arith::NegFOp>(loc, a);
}
Value MathBuilder::abs(Value a) { return builder.create<math::AbsFOp>(loc, a); }
Value MathBuilder::fma(Value a, Value b, Value c) {
  if (!hasFma)
    return add(mul(a, b), c);
  return builder.create<math::FmaOp>(loc, a, b, c);
}
Value MathBuilder::select(Value condition, Value a, Value b) {
  return builder.create<arith::SelectOp>(loc, condition, a, b);
}
Value MathBuilder::less(Value a, Value b) {
  return builder.create<arith::CmpFOp>(loc, arith::CmpFPredicate::OLT, a, b);
}
Value MathBuilder::equal(Value a, Value b) {
  return builder.create<arith::CmpFOp>(loc, arith::CmpFPredicate::OEQ, a, b);
}
Value MathBuilder::both(Value a, Value b) {
  return builder.create<arith::AndIOp>(loc, a, b);
}
Value MathBuilder::no(Value a) {
  return builder.create<arith::XOrIOp>(loc, a, integer(a, 1));
}
Value MathBuilder::copySign(Value a, Value sign) {
  return builder.create<math::CopySignOp>(loc, a, sign);
}
Value MathBuilder::atMost(Value x, double limit) {
  Value bound = number(x, limit);
  return select(less(bound, x), bound, x);
}
Value MathBuilder::atLeast(Value x, double limit) {
  Value bound = number(x, limit);
  return select(less(x, bound), bound, x);
}
Value MathBuilder::bits(Value x) {
  Type element = builder.getIntegerType(isDouble(x) ? 64 : 32);
  return builder.create<arith::BitcastOp>(loc,
                                          withElement(x.getType(), element), x);
}
Value MathBuilder::fromBits(Value x) {
  bool isWide = getElementTypeOrSelf(x).isInteger(64);
  Type element = isWide ? builder.getF64Type() : builder.getF32Type();
  return builder.create<arith::BitcastOp>(loc,
                                          withElement(x.getType(), element), x);
}
Value MathBuilder::addBits(Value a, Value b) {
  return builder.create<arith::AddIOp>(loc, a, b);
}

template <typename T>
Value MathBuilder::polynomial(Value x, ArrayRef<T> coefficients) {
  Value sum = number(x, coefficients.back());
  for (T c : llvm::reverse(coefficients.drop_back()))
    sum = fma(sum, x, number(x, c));
  return sum;
}

//===----------------------------------------------------------------------===//
// Exponentials
//===----------------------------------------------------------------------===//

MathBuilder::Reduced MathBuilder::reduce(Value x, double bias) {
  Value magic = number(x, kMagic + bias);
  Value t = fma(x, number(x, kLog2E), magic);
  Value n = sub(t, magic);
  Value r = fma(n, number(x, -kLn2High), x);
  return {n, fma(n, number(x, -kLn2Low), r), t};
}

MathBuilder::Reduced MathBuilder::reduce2(Value x, double bias) {
  Value magic = number(x, (isDouble(x) ? kMagicDouble : kMagic) + bias);
  Value t = add(x, magic);
  Value n = sub(t, magic);
  return {n, sub(x, n), t};
}

Value MathBuilder::powerOfTwo(Value t) {
  Value word = bits(t);
  return fromBits(builder.create<arith::ShLIOp>(
      loc, word, integer(word, isDouble(t) ? 52 : 23)));
}

Value MathBuilder::scale(Value x, Value p, Value t, double smallest,
                         double largest, ExpRange range) {
  Value word = bits(t);
  Value shifted = builder.create<arith::ShLIOp>(loc, word, integer(word, 23));
  Value sum = addBits(bits(p), shifted);
  Value y = fromBits(sum);
  Value isSmall = less(x, number(x, smallest));
  if (range.small) {
    // 2^64 too large, which is then rounded away once.
    Value up = fromBits(addBits(sum, integer(sum, int64_t{64} << 23)));
    y = select(isSmall, mul(up, number(x, 0x1p-64)), y);
  } else {
    y = select(isSmall, number(x, 0), y);
  }
  // Bits of NaN are no number to add to.
  Value isInside = builder.create<arith::CmpFOp>(loc, arith::CmpFPredicate::OLE,
                                                 x, number(x, largest));
  return select(isInside, y, add(x, number(x, kInfinity)));
}

Value MathBuilder::exp(Value x, ExpRange range) {
  SmallVector<float> coefficients{1, 1};
  llvm::append_range(coefficients, kExpTail);
  if (!range.small && !range.large) {
    auto [n, r, t] = reduce(x, 127);
    Value y = mul(polynomial<float>(r, coefficients), powerOfTwo(t));
    return select(less(x, number(x, -87)), number(x, 0), y);
  }
  auto [n, r, t] = reduce(range.small ? atLeast(x, -104) : x);
  Value p = polynomial<float>(r, coefficients);
  return scale(x, p, t, -87, 88.722839f, range);
}

Value MathBuilder::exp2(Value x) {
  Value inside = atLeast(x, -151);
  auto [n, r, t] = reduce2(inside, 0);
  SmallVector<float> coefficients{1};
  llvm::append_range(coefficients, kExp2Slope);
  Value p = polynomial<float>(r, coefficients);
  return scale(x, p, t, -125, 127.99999f, {});
}

Value MathBuilder::expm1(Value x) {
  // Half of it, so that the power of two is one of the largest numbers too.
  auto [n, r, t] = reduce(atMost(atLeast(x, -18), 89), 126);
  Value q = polynomial<float>(r, kExpTail);
  Value p = fma(mul(r, r), q, r);
  Value s = powerOfTwo(t);
  Value half = fma(s, p, sub(s, number(x, 0.5)));
  Value isTiny = less(abs(x), number(x, 0x1p-25));
  return select(isTiny, x, mul(half, number(x, 2)));
}

Value MathBuilder::exp2m1(Value w) {
  auto [n, r, t] = reduce2(w, 127);
  Value p = mul(r, polynomial<float>(r, kExp2Slope));
  Value s = powerOfTwo(t);
  return fma(s, p, sub(s, number(w, 1)));
}

Value MathBuilder::tanh(Value x) {
  // From e^(2 |x|) - 1. A rounded multiple of log2(e) is good enough: where the
  // argument is large the result hardly depends on it.
  Value a = atMost(abs(x), 10);
  Value t = exp2m1(mul(a, number(x, 2 * kLog2E)));
  return copySign(div(t, add(t, number(x, 2))), x);
}

Value MathBuilder::erf(Value x) {
  // 1 - erf is 2 to the power of something smooth.
  Value a = atMost(abs(x), 4);
  Value w = mul(a, polynomial<float>(a, kErfExponent));
  return copySign(neg(exp2m1(neg(w))), x);
}

Value MathBuilder::gelu(Value x) {
  // max(x, 0) - |x| times the tail of the distribution, without cancellation.
  Value a = atMost(abs(x), 14);
  Value w = atMost(polynomial<float>(a, kGeluExponent), 126);
  auto [n, r, t] = reduce2(neg(w), 127);
  SmallVector<float> coefficients{1};
  llvm::append_range(coefficients, kExp2Slope);
  Value p = polynomial<float>(r, coefficients);
  Value tail = mul(a, powerOfTwo(t));
  Value zero = number(x, 0);
  return fma(neg(tail), p, select(less(x, zero), zero, x));
}

//===----------------------------------------------------------------------===//
// Logarithms and powers
//===----------------------------------------------------------------------===//

MathBuilder::Split MathBuilder::split(Value x) {
  bool isWide = isDouble(x);
  Value word = bits(x);
  Value shift = integer(word, isWide ? 52 : 23);
  Value offset = builder.create<arith::SubIOp>(
      loc, word, integer(word, isWide ? kRootHalfDouble : kRootHalf));
  Value e = builder.create<arith::ShRSIOp>(loc, offset, shift);
  Value mantissa = fromBits(builder.create<arith::SubIOp>(
      loc, word, builder.create<arith::ShLIOp>(loc, e, shift)));
  return {builder.create<arith::SIToFPOp>(loc, x.getType(), e),
          sub(mantissa, number(x, 1))};
}

Value MathBuilder::log1pTail(Value f) {
  Value q = polynomial<float>(f, kLogTail);
  return mul(mul(f, f), fma(f, q, number(f, -0.5)));
}

Value MathBuilder::logSpecial(Value x, Value result) {
  Value inside = select(less(x, number(x, kInfinity)), result, x);
  Value zero = number(x, 0);
  Value outside =
      select(equal(x, zero), number(x, -kInfinity), number(x, kNaN));
  return select(less(zero, x), inside, outside);
}

Value MathBuilder::log(Value x) {
  Value isTiny = less(x, number(x, 0x1p-126));
  auto [e, f] = split(select(isTiny, mul(x, number(x, 0x1p23)), x));
  e = select(isTiny, sub(e, number(e, 23)), e);
  Value y = fma(e, number(x, kLn2Low), log1pTail(f));
  return logSpecial(x, fma(e, number(x, kLn2High), add(f, y)));
}

Value MathBuilder::log2(Value x) {
  Value isTiny = less(x, number(x, 0x1p-126));
  auto [e, f] = split(select(isTiny, mul(x, number(x, 0x1p23)), x));
  e = select(isTiny, sub(e, number(e, 23)), e);
  // The high part of log2(e) is 1.
  Value natural = add(f, log1pTail(f));
  Value y = fma(natural, number(x, kLog2E - 1), e);
  return logSpecial(x, add(natural, y));
}

Value MathBuilder::log1p(Value x) {
  Value one = number(x, 1), u = add(x, one);
  // What rounding 1 + x lost.
  Value back = sub(u, one);
  Value lost = add(sub(one, sub(u, back)), sub(x, back));
  auto [e, f] = split(u);
  Value isNear = equal(e, number(x, 0));
  f = select(isNear, x, f);
  lost = select(isNear, number(x, 0), div(lost, u));
  Value y = add(log1pTail(f), fma(e, number(x, kLn2Low), lost));
  Value result = logSpecial(u, fma(e, number(x, kLn2High), add(f, y)));
  return select(equal(x, number(x, 0)), x, result);
}

Value MathBuilder::rsqrt(Value x) {
  return div(number(x, 1), builder.create<math::SqrtOp>(loc, x));
}

Value MathBuilder::pow(Value x, Value y) {
  // 2^(y log2 |x|) in double; then what the sign and special numbers change.
  Type wide = withElement(x.getType(), builder.getF64Type());
  Value magnitude = abs(x);
  Value ax = builder.create<arith::ExtFOp>(loc, wide, magnitude);
  auto [e, f] = split(ax);
  Value logarithm = fma(f, polynomial<double>(f, kLog2Double), e);
  Value zero = number(ax, 0), infinite = number(ax, kInfinity);
  logarithm = select(equal(ax, zero), number(ax, -kInfinity), logarithm);
  logarithm = select(less(ax, infinite), logarithm, ax);
  Value w = mul(logarithm, builder.create<arith::ExtFOp>(loc, wide, y));
  auto [n, r, t] = reduce2(atMost(atLeast(w, -300), 300), 1023);
  Value p = fma(r, polynomial<double>(r, kExp2Double), number(r, 1));
  Value result =
      builder.create<arith::TruncFOp>(loc, x.getType(), mul(p, powerOfTwo(t)));

  auto isWhole = [&](Value value) {
    return equal(builder.create<math::FloorOp>(loc, value), value);
  };
  Value none = number(x, 0), one = number(x, 1), all = number(x, kInfinity);
  // Every float from 2^24 on is even, and so are the infinities.
  Value isInteger = isWhole(y);
  Value isOdd = both(isInteger, no(isWhole(mul(y, number(y, 0.5)))));
  Value isNegative = both(less(x, none), less(magnitude, all));
  result = select(both(equal(magnitude, one), equal(abs(y), all)), one, result);
  result = select(both(isNegative, no(isInteger)), number(x, kNaN), result);
  result = select(isOdd, copySign(result, x), result);
  Value isOne =
      builder.create<arith::OrIOp>(loc, equal(x, one), equal(y, none));
  return select(isOne, one, result);
}

//===----------------------------------------------------------------------===//
// Sine and cosine
//===----------------------------------------------------------------------===//

/// One scalar at a time, for arguments whose reduction needs many bits.
static Value computeLanes(OpBuilder &builder, Location loc, Value x,
                          bool isCosine) {
  auto compute = [&](Value lane) -> Value {
    if (isCosine)
      return builder.create<math::CosOp>(loc, lane);
    return builder.create<math::SinOp>(loc, lane);
  };
  auto type = dyn_cast<VectorType>(x.getType());
  if (!type)
    return compute(x);
  Value result = x;
  for (int64_t i = 0; i < type.getNumElements(); ++i)
    result = builder.create<vector::InsertOp>(
        loc, compute(builder.create<vector::ExtractOp>(loc, x, i)), result, i);
  return result;
}

Value MathBuilder::sine(Value x, bool isCosine) {
  // Three parts of pi / 2. With one rounding per step, up to 2^16.
  const double parts[] = {0x1.921fb6p0, -0x1.777a5cp-25, -0x1.ee59dap-50};
  Value magic = number(x, kMagic);
  Value t = fma(x, number(x, 0.63661977236758134), magic);
  Value n = sub(t, magic), r = x;
  for (double part : parts)
    r = fma(n, number(x, -part), r);
  Value z = mul(r, r);
  Value sinOfRest = fma(mul(r, z), polynomial<float>(z, kSinTail), r);
  Value cosOfRest = fma(mul(z, z), polynomial<float>(z, kCosTail),
                        fma(z, number(x, -0.5), number(x, 1)));
  // The quadrant: odd ones swap the functions, the upper two negate.
  Value quadrant = bits(t);
  if (isCosine)
    quadrant = addBits(quadrant, integer(quadrant, 1));
  auto bit = [&](int64_t mask) -> Value {
    return builder.create<arith::AndIOp>(loc, quadrant,
                                         integer(quadrant, mask));
  };
  Value isOdd = builder.create<arith::CmpIOp>(loc, arith::CmpIPredicate::ne,
                                              bit(1), integer(quadrant, 0));
  Value value = select(isOdd, cosOfRest, sinOfRest);
  Value sign =
      builder.create<arith::ShLIOp>(loc, bit(2), integer(quadrant, 30));
  value = fromBits(builder.create<arith::XOrIOp>(loc, bits(value), sign));
  if (!isCosine)
    value = select(equal(x, number(x, 0)), x, value);

  Value isLarge = less(number(x, 65536), abs(x)), any = isLarge;
  if (isa<VectorType>(x.getType()))
    any = builder.create<vector::ReductionOp>(loc, vector::CombiningKind::OR,
                                              isLarge);
  Value exact = builder
                    .create<scf::IfOp>(
                        loc, any,
                        [&](OpBuilder &nested, Location loc) {
                          nested.create<scf::YieldOp>(
                              loc, computeLanes(nested, loc, x, isCosine));
                        },
                        [&](OpBuilder &nested, Location loc) {
                          nested.create<scf::YieldOp>(loc, value);
                        })
                    .getResult(0);
  return select(isLarge, exact, value);
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

/// Whether all that becomes of a value is a sum with a constant beside which
/// numbers below the normal ones are nothing.
static bool isOnlyAddedToConstants(Value value) {
  return llvm::all_of(value.getUsers(), [&](Operation *user) {
    if (!isa<arith::AddFOp>(user))
      return false;
    return llvm::any_of(user->getOperands(), [](Value operand) {
      auto constant = operand.getDefiningOp<arith::ConstantOp>();
      if (!constant)
        return false;
      Attribute attr = constant.getValue();
      if (auto dense = dyn_cast<SplatElementsAttr>(attr))
        attr = dense.getSplatValue<Attribute>();
      auto number = dyn_cast<FloatAttr>(attr);
      return number && std::abs(number.getValueAsDouble()) >= 0x1p-60;
    });
  });
}

Value expandMath(OpBuilder &builder, Operation *op, bool hasFma) {
  if (op->getNumResults() != 1 ||
      !getElementTypeOrSelf(op->getResult(0)).isF32())
    return Value();
  if (auto vector = dyn_cast<VectorType>(op->getResult(0).getType()))
    if (vector.getRank() != 1 || vector.isScalable())
      return Value();
  MathBuilder math(builder, op->getLoc(), hasFma);
  Value x = op->getOperand(0);
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case<math::ExpOp>([&](auto) {
        ExpRange range;
        range.small = !isOnlyAddedToConstants(op->getResult(0));
        return math.exp(x, range);
      })
      .Case<math::Exp2Op>([&](auto) { return math.exp2(x); })
      .Case<math::ExpM1Op>([&](auto) { return math.expm1(x); })
      .Case<math::LogOp>([&](auto) { return math.log(x); })
      .Case<math::Log2Op>([&](auto) { return math.log2(x); })
      .Case<math::Log1pOp>([&](auto) { return math.log1p(x); })
      .Case<math::TanhOp>([&](auto) { return math.tanh(x); })
      .Case<math::ErfOp>([&](auto) { return math.erf(x); })
      .Case<math::RsqrtOp>([&](auto) { return math.rsqrt(x); })
      .Case<math::PowFOp>([&](auto) { return math.pow(x, op->getOperand(1)); })
      .Case<math::SinOp, math::CosOp>([&](auto) {
        return hasFma ? math.sine(x, isa<math::CosOp>(op)) : Value();
      })
      .Default([](Operation *) { return Value(); });
}

} // namespace autoglm::cpu
