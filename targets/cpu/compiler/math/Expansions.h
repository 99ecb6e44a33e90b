//===- Expansions.h - float32 functions as arithmetic -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every function takes a float32 or a 1-D vector of them and gives the same
// type. There are no branches but where the comment says so.
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_MATH_EXPANSIONS_H
#define AUTOGLM_TARGETS_CPU_COMPILER_MATH_EXPANSIONS_H

#include "mlir/IR/Builders.h"

namespace autoglm::cpu {

/// What is known of the arguments of an exponential.
struct ExpRange {
  /// Results below the smallest normal number matter; otherwise they are 0.
  bool small = true;
  /// Arguments may be so large that the result is infinite.
  bool large = true;
};

/// Writes functions at one location.
class MathBuilder {
public:
  /// Without `hasFma`, a multiplication and an addition are two operations.
  MathBuilder(mlir::OpBuilder &builder, mlir::Location loc, bool hasFma = true)
      : builder(builder), loc(loc), hasFma(hasFma) {}

  mlir::Value exp(mlir::Value x, ExpRange range = {});
  mlir::Value exp2(mlir::Value x);
  mlir::Value expm1(mlir::Value x);
  mlir::Value log(mlir::Value x);
  mlir::Value log2(mlir::Value x);
  mlir::Value log1p(mlir::Value x);
  mlir::Value tanh(mlir::Value x);
  mlir::Value erf(mlir::Value x);
  /// x times the share of the normal distribution below x.
  mlir::Value gelu(mlir::Value x);
  mlir::Value rsqrt(mlir::Value x);
  mlir::Value pow(mlir::Value x, mlir::Value y);
  /// Sine, or cosine. Lanes beyond 2^16 are left to `math.sin` of scalars,
  /// behind a branch that is taken if there is any.
  mlir::Value sine(mlir::Value x, bool isCosine);

private:
  /// Numbers of the type of a value.
  mlir::Value number(mlir::Value like, double value);
  mlir::Value integer(mlir::Value like, int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, mlir::Value b);
  mlir::Value neg(mlir::Value a);
  mlir::Value abs(mlir::Value a);
  mlir::Value fma(mlir::Value a, mlir::Value b, mlir::Value c);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  mlir::Value less(mlir::Value a, mlir::Value b);
  mlir::Value equal(mlir::Value a, mlir::Value b);
  mlir::Value both(mlir::Value a, mlir::Value b);
  mlir::Value no(mlir::Value a);
  mlir::Value copySign(mlir::Value a, mlir::Value sign);
  /// x with what lies beyond a limit replaced by it; NaN stays.
  mlir::Value atMost(mlir::Value x, double limit);
  mlir::Value atLeast(mlir::Value x, double limit);
  /// The bits as an integer of the same width, and back.
  mlir::Value bits(mlir::Value x);
  mlir::Value fromBits(mlir::Value x);
  mlir::Value addBits(mlir::Value a, mlir::Value b);
  /// Sum of c[i] x^i.
  template <typename T>
  mlir::Value polynomial(mlir::Value x, llvm::ArrayRef<T> coefficients);

  /// {n, r, t} with x = n ln(2) + r: n the nearest integer, which is also in
  /// the lowest bits of t with `bias` added.
  struct Reduced {
    mlir::Value n, r, t;
  };
  Reduced reduce(mlir::Value x, double bias = 0);
  /// The same for 2^x: x = n + r.
  Reduced reduce2(mlir::Value x, double bias);
  /// 2^n from t, which has the bias of the exponent.
  mlir::Value powerOfTwo(mlir::Value t);
  /// p 2^n from t without bias, where x is at most `largest`, and carefully
  /// where it is below `smallest`.
  mlir::Value scale(mlir::Value x, mlir::Value p, mlir::Value t,
                    double smallest, double largest, ExpRange range);
  /// 2^w - 1 for -126 < w < 127.
  mlir::Value exp2m1(mlir::Value w);

  /// x = 2^exponent (1 + f) with 1 + f between sqrt(1/2) and sqrt(2).
  struct Split {
    mlir::Value exponent, f;
  };
  Split split(mlir::Value x);
  /// log(1 + f) - f, and the whole with a multiple of ln(2) added.
  mlir::Value log1pTail(mlir::Value f);
  mlir::Value logSpecial(mlir::Value x, mlir::Value result);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  bool hasFma;
};

/// The same function as arithmetic, or null if the operation is none of those
/// above on float32.
mlir::Value expandMath(mlir::OpBuilder &builder, mlir::Operation *op,
                       bool hasFma);

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_MATH_EXPANSIONS_H
