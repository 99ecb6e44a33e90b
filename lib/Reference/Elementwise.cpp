//===- Elementwise.cpp - meaning of elementwise operations -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One row per operation: a formula in double (x, y), and where integers are
// allowed one in int64_t, in which `isUnsigned` says how to compare.
//
//===----------------------------------------------------------------------===//

#include "Values.h"

#include <cmath>
#include <numbers>

using namespace mlir;

namespace autoglm::reference {

//===----------------------------------------------------------------------===//
// Scalar helpers
//===----------------------------------------------------------------------===//

static double toDouble(const llvm::APFloat &value) {
  return value.convertToDouble();
}

/// The larger or smaller; NaN if either is.
static double larger(double x, double y) {
  return std::isnan(x) || x > y ? x : y;
}
static double smaller(double x, double y) {
  return std::isnan(x) || x < y ? x : y;
}

/// Between 0 and 1; NaN stays.
static double clampToUnit(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }

static double softplus(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

static double gelu(double x, bool tanhApproximation) {
  if (!tanhApproximation)
    return 0.5 * x * (1 + std::erf(x / std::numbers::sqrt2));
  double slope = std::sqrt(2 / std::numbers::pi);
  return 0.5 * x * (1 + std::tanh(slope * (x + 0.044715 * x * x * x)));
}

/// Truncates toward zero. A division by zero, which ONNX leaves open, gives 0.
static int64_t divide(int64_t x, int64_t y, bool isUnsigned) {
  if (y == 0)
    return 0;
  if (isUnsigned)
    return static_cast<uint64_t>(x) / static_cast<uint64_t>(y);
  return y == -1 ? wrapMul(x, -1) : x / y;
}

/// The remainder with the dividend's sign (`fmod`) or the divisor's. A division
/// by zero gives 0.
static int64_t remainder(int64_t x, int64_t y, bool isUnsigned, bool fmod) {
  if (y == 0)
    return 0;
  if (isUnsigned)
    return static_cast<uint64_t>(x) % static_cast<uint64_t>(y);
  int64_t rest = y == -1 ? 0 : x % y;
  return !fmod && rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}
static double remainder(double x, double y, bool, bool fmod) {
  double rest = std::fmod(x, y);
  return !fmod && rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

/// An integer to the power of an integer, wrapping; a negative exponent gives
/// the quotient of 1, truncated.
static int64_t power(int64_t base, int64_t exponent, bool isExponentUnsigned) {
  if (!isExponentUnsigned && exponent < 0) {
    if (base == -1)
      return exponent % 2 == 0 ? 1 : -1;
    return base == 1 ? 1 : 0;
  }
  int64_t result = 1;
  for (auto bits = static_cast<uint64_t>(exponent); bits; bits >>= 1) {
    if (bits & 1)
      result = wrapMul(result, base);
    base = wrapMul(base, base);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Application to tensors
//===----------------------------------------------------------------------===//

using FloatMap = llvm::function_ref<double(double)>;
using FloatMap2 = llvm::function_ref<double(double, double)>;
using IntMap = llvm::function_ref<int64_t(int64_t, bool isUnsigned)>;
using IntMap2 = llvm::function_ref<int64_t(int64_t, int64_t, bool isUnsigned)>;

static void map(const Tensor &in, Tensor &out, FloatMap fn) {
  Values<double> values = read<double>(in);
  for (double &value : values)
    value = fn(value);
  write<double>(out, values);
}

static void map(const Tensor &in, Tensor &out, IntMap fn) {
  Values<int64_t> values = read<int64_t>(in);
  for (int64_t &value : values)
    value = fn(value, isUnsigned(in));
  write<int64_t>(out, values);
}

template <typename W>
static Values<W> readAs(const Tensor &in, const Tensor &out) {
  return broadcast(read<W>(in), in.getShape(), out.getShape());
}

static void map(Operands in, Tensor &out, FloatMap2 fn) {
  Values<double> x = readAs<double>(in[0], out), y = readAs<double>(in[1], out);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = fn(x[i], y[i]);
  write<double>(out, x);
}

static void map(Operands in, Tensor &out, IntMap2 fn) {
  Values<int64_t> x = readAs<int64_t>(in[0], out);
  Values<int64_t> y = readAs<int64_t>(in[1], out);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = fn(x[i], y[i], isUnsigned(in[0]));
  write<int64_t>(out, x);
}

//===----------------------------------------------------------------------===//
// Unary
//===----------------------------------------------------------------------===//

#define FLOAT_UNARY(OP, FORMULA)                                               \
  LogicalResult evaluate(OP op, Operands operands, Results results) {          \
    map(operands[0], results[0],                                               \
        FloatMap([&](double x) -> double { return FORMULA; }));                \
    return success();                                                          \
  }

#define NUMBER_UNARY(OP, FORMULA, INT_FORMULA)                                 \
  LogicalResult evaluate(OP op, Operands operands, Results results) {          \
    if (isFloat(operands[0]))                                                  \
      map(operands[0], results[0],                                             \
          FloatMap([&](double x) -> double { return FORMULA; }));              \
    else                                                                       \
      map(operands[0], results[0],                                             \
          IntMap([&](int64_t x, bool isUnsigned) -> int64_t {                  \
            return INT_FORMULA;                                                \
          }));                                                                 \
    return success();                                                          \
  }

NUMBER_UNARY(AbsOp, std::fabs(x), !isUnsigned && x < 0 ? wrapMul(x, -1) : x)
NUMBER_UNARY(NegOp, -x, wrapMul(x, -1))
NUMBER_UNARY(SignOp,
             x > 0   ? 1
             : x < 0 ? -1
                     : x,
             x == 0                   ? 0
             : less(x, 0, isUnsigned) ? -1
                                      : 1)
NUMBER_UNARY(ReluOp, x < 0 ? 0 : x, less(x, 0, isUnsigned) ? 0 : x)

FLOAT_UNARY(ExpOp, std::exp(x))
FLOAT_UNARY(LogOp, std::log(x))
FLOAT_UNARY(SqrtOp, std::sqrt(x))
FLOAT_UNARY(ReciprocalOp, 1 / x)
FLOAT_UNARY(FloorOp, std::floor(x))
FLOAT_UNARY(CeilOp, std::ceil(x))
FLOAT_UNARY(RoundOp, std::nearbyint(x))
FLOAT_UNARY(ErfOp, std::erf(x))
FLOAT_UNARY(SinOp, std::sin(x))
FLOAT_UNARY(CosOp, std::cos(x))
FLOAT_UNARY(TanOp, std::tan(x))
FLOAT_UNARY(AsinOp, std::asin(x))
FLOAT_UNARY(AcosOp, std::acos(x))
FLOAT_UNARY(AtanOp, std::atan(x))
FLOAT_UNARY(SinhOp, std::sinh(x))
FLOAT_UNARY(CoshOp, std::cosh(x))
FLOAT_UNARY(AsinhOp, std::asinh(x))
FLOAT_UNARY(AcoshOp, std::acosh(x))
FLOAT_UNARY(AtanhOp, std::atanh(x))
FLOAT_UNARY(TanhOp, std::tanh(x))
FLOAT_UNARY(SigmoidOp, 1 / (1 + std::exp(-x)))
FLOAT_UNARY(SoftplusOp, softplus(x))
FLOAT_UNARY(SoftsignOp, x / (1 + std::fabs(x)))
FLOAT_UNARY(HardSwishOp, x *clampToUnit(x / 6 + 0.5))
FLOAT_UNARY(MishOp, x *std::tanh(softplus(x)))
FLOAT_UNARY(LeakyReluOp, x >= 0 ? x : toDouble(op.getAlpha()) * x)
FLOAT_UNARY(EluOp, x >= 0 ? x : toDouble(op.getAlpha()) * std::expm1(x))
FLOAT_UNARY(CeluOp, x >= 0 ? x
                           : toDouble(op.getAlpha()) *
                                 std::expm1(x / toDouble(op.getAlpha())))
FLOAT_UNARY(SeluOp, toDouble(op.getGamma()) *
                        (x > 0 ? x : toDouble(op.getAlpha()) * std::expm1(x)))
FLOAT_UNARY(HardSigmoidOp,
            clampToUnit(toDouble(op.getAlpha()) * x + toDouble(op.getBeta())))
FLOAT_UNARY(ThresholdedReluOp, x > toDouble(op.getAlpha()) ? x : 0)
FLOAT_UNARY(GeluOp, gelu(x, op.getTanhApproximation()))
FLOAT_UNARY(IsNaNOp, std::isnan(x))
FLOAT_UNARY(IsInfOp, std::isinf(x) && (x < 0 ? op.getDetectNegative()
                                             : op.getDetectPositive()))

LogicalResult evaluate(NotOp op, Operands operands, Results results) {
  map(operands[0], results[0], IntMap([](int64_t x, bool) { return !x; }));
  return success();
}

LogicalResult evaluate(CastOp op, Operands operands, Results results) {
  const Tensor &input = operands[0];
  if (isFloat(input)) {
    write<double>(results[0], read<double>(input));
    return success();
  }
  Values<int64_t> values = read<int64_t>(input);
  if (!isFloat(results[0]) || !input.getElementType().isUnsignedInteger(64)) {
    write<int64_t>(results[0], values);
    return success();
  }
  // The upper half of uint64 is what int64_t cannot say. Halving it with the
  // lost bit kept ("sticky") leaves the rounding as it is.
  for (int64_t i = 0, e = values.size(); i < e; ++i) {
    auto value = static_cast<uint64_t>(values[i]);
    if (values[i] >= 0) {
      results[0].setInt(i, values[i]);
    } else if (results[0].getElementType().isF32()) {
      results[0].as<float>()[i] = static_cast<float>(value);
    } else {
      results[0].setFloat(i, static_cast<double>((value >> 1) | (value & 1)) *
                                 2.0);
    }
  }
  return success();
}

LogicalResult evaluate(ClipOp op, Operands operands, Results results) {
  return dispatch(operands[0], [&](auto zero) {
    using W = decltype(zero);
    Values<W> values = read<W>(operands[0]);
    W low = read<W>(operands[1])[0], high = read<W>(operands[2])[0];
    bool isUnsigned = reference::isUnsigned(operands[0]);
    for (W &x : values) {
      x = less(x, low, isUnsigned) ? low : x;
      x = less(high, x, isUnsigned) ? high : x;
    }
    write<W>(results[0], values);
    return success();
  });
}

//===----------------------------------------------------------------------===//
// Binary and ternary
//===----------------------------------------------------------------------===//

#define NUMBER_BINARY(OP, FORMULA, INT_FORMULA)                                \
  LogicalResult evaluate(OP op, Operands operands, Results results) {          \
    if (isFloat(operands[0]))                                                  \
      map(operands, results[0],                                                \
          FloatMap2([&](double x, double y) -> double { return FORMULA; }));   \
    else                                                                       \
      map(operands, results[0],                                                \
          IntMap2([&](int64_t x, int64_t y, bool isUnsigned) -> int64_t {      \
            return INT_FORMULA;                                                \
          }));                                                                 \
    return success();                                                          \
  }

NUMBER_BINARY(AddOp, x + y, wrapAdd(x, y))
NUMBER_BINARY(SubOp, x - y, wrapAdd(x, wrapMul(y, -1)))
NUMBER_BINARY(MulOp, x *y, wrapMul(x, y))
NUMBER_BINARY(DivOp, x / y, divide(x, y, isUnsigned))
NUMBER_BINARY(MaxOp, larger(x, y), less(x, y, isUnsigned) ? y : x)
NUMBER_BINARY(MinOp, smaller(x, y), less(y, x, isUnsigned) ? y : x)
NUMBER_BINARY(PReluOp, x >= 0 ? x : x * y,
              less(x, 0, isUnsigned) ? wrapMul(x, y) : x)
NUMBER_BINARY(ModOp, remainder(x, y, false, op.getFmod()),
              remainder(x, y, isUnsigned, op.getFmod()))
NUMBER_BINARY(EqualOp, x == y, x == y)
NUMBER_BINARY(GreaterOp, x > y, less(y, x, isUnsigned))
NUMBER_BINARY(GreaterOrEqualOp, x >= y, !less(x, y, isUnsigned))
NUMBER_BINARY(LessOp, x < y, less(x, y, isUnsigned))
NUMBER_BINARY(LessOrEqualOp, x <= y, !less(y, x, isUnsigned))

#define BOOL_BINARY(OP, FORMULA)                                               \
  LogicalResult evaluate(OP op, Operands operands, Results results) {          \
    map(operands, results[0],                                                  \
        IntMap2(                                                               \
            [](int64_t x, int64_t y, bool) -> int64_t { return FORMULA; }));   \
    return success();                                                          \
  }
BOOL_BINARY(AndOp, x &y)
BOOL_BINARY(OrOp, x | y)
BOOL_BINARY(XorOp, x ^ y)

/// What is shifted by the width or more is gone.
static int64_t shift(uint64_t x, int64_t by, int64_t width, bool isRight) {
  if (by < 0 || by >= width)
    return 0;
  return static_cast<int64_t>(isRight ? x >> by : x << by);
}

LogicalResult evaluate(BitwiseNotOp op, Operands operands, Results results) {
  Values<int64_t> values = read<int64_t>(operands[0]);
  for (int64_t &value : values)
    value = ~value;
  write<int64_t>(results[0], values);
  return success();
}

/// Integers of two operands that broadcast.
#define INT_BINARY(OP, FORMULA)                                                \
  LogicalResult evaluate(OP op, Operands operands, Results results) {          \
    int64_t width = results[0].getElementType().getIntOrFloatBitWidth();       \
    map(operands, results[0], IntMap2([&](int64_t x, int64_t y, bool) {        \
          (void)width;                                                         \
          return FORMULA;                                                      \
        }));                                                                   \
    return success();                                                          \
  }
INT_BINARY(BitwiseAndOp, x &y)
INT_BINARY(BitwiseOrOp, x | y)
INT_BINARY(BitwiseXorOp, x ^ y)
INT_BINARY(BitShiftOp, shift(static_cast<uint64_t>(x), y, width, op.getRight()))

LogicalResult evaluate(PowOp op, Operands operands, Results results) {
  if (isFloat(operands[0]) || isFloat(operands[1])) {
    map(operands, results[0],
        FloatMap2([](double x, double y) { return std::pow(x, y); }));
    return success();
  }
  bool isExponentUnsigned = isUnsigned(operands[1]);
  map(operands, results[0], IntMap2([&](int64_t x, int64_t y, bool) {
        return power(x, y, isExponentUnsigned);
      }));
  return success();
}

LogicalResult evaluate(WhereOp op, Operands operands, Results results) {
  // Bytes are copied, not numbers: a NaN keeps its payload.
  Values<int64_t> condition = readAs<int64_t>(operands[0], results[0]);
  auto positions = [&](const Tensor &tensor) {
    Values<int64_t> own(tensor.getNumElements());
    for (size_t i = 0; i < own.size(); ++i)
      own[i] = i;
    return broadcast(std::move(own), tensor.getShape(), results[0].getShape());
  };
  Values<int64_t> then = positions(operands[1]);
  Values<int64_t> otherwise = positions(operands[2]);
  int64_t width = getElementBytes(results[0].getElementType());
  for (size_t i = 0; i < condition.size(); ++i) {
    const char *source = condition[i]
                             ? operands[1].data() + then[i] * width
                             : operands[2].data() + otherwise[i] * width;
    std::copy_n(source, width, results[0].data() + i * width);
  }
  return success();
}

} // namespace autoglm::reference
