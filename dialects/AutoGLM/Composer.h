//===- Composer.h - builds decompositions -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_COMPOSER_H
#define AUTOGLM_DIALECTS_AUTOGLM_COMPOSER_H

#include "dialects/AutoGLM/ShapeInference.h"

namespace autoglm {

using Decomposition = mlir::FailureOr<llvm::SmallVector<mlir::Value>>;

/// Builds operations at one location; constants are scalars that broadcast.
struct Composer {
  mlir::OpBuilder &builder;
  mlir::Location loc;
  mlir::Type elementType;

  template <typename Op, typename... Args> mlir::Value make(Args &&...args) {
    return builder.create<Op>(loc, std::forward<Args>(args)...)->getResult(0);
  }
  mlir::Value constant(double value) {
    return createSplat(builder, loc, elementType, value);
  }
  mlir::Value add(mlir::Value a, mlir::Value b) { return make<AddOp>(a, b); }
  mlir::Value sub(mlir::Value a, mlir::Value b) { return make<SubOp>(a, b); }
  mlir::Value mul(mlir::Value a, mlir::Value b) { return make<MulOp>(a, b); }
  mlir::Value div(mlir::Value a, mlir::Value b) { return make<DivOp>(a, b); }
  mlir::Value max(mlir::Value a, mlir::Value b) { return make<MaxOp>(a, b); }
  mlir::Value min(mlir::Value a, mlir::Value b) { return make<MinOp>(a, b); }
  mlir::Value exp(mlir::Value a) { return make<ExpOp>(a); }
  mlir::Value log(mlir::Value a) { return make<LogOp>(a); }
  mlir::Value tanh(mlir::Value a) { return make<TanhOp>(a); }
  mlir::Value abs(mlir::Value a) { return make<AbsOp>(a); }
  mlir::Value isNonNegative(mlir::Value a) {
    return make<GreaterOrEqualOp>(a, constant(0));
  }
  mlir::Value where(mlir::Value condition, mlir::Value a, mlir::Value b) {
    return make<WhereOp>(condition, a, b);
  }
  mlir::Value cast(mlir::Value a, mlir::Type type) {
    return tensorType(a).getElementType() == type
               ? a
               : make<CastOp>(a, mlir::TypeAttr::get(type));
  }
  mlir::Value reshape(mlir::Value a, llvm::ArrayRef<int64_t> shape) {
    mlir::Value dims = createInts(builder, loc, shape);
    return make<ReshapeOp>(a, dims, /*allowzero=*/true);
  }
};

template <typename Op> Composer composerFor(Op op, mlir::OpBuilder &builder) {
  return {builder, op.getLoc(), tensorType(op->getOperand(0)).getElementType()};
}

/// A per-channel vector as a tensor that broadcasts along dimension 1.
mlir::Value alongChannels(Composer &c, mlir::Value vector, int64_t rank);

/// Centers and scales over `axes`: {normalized, mean, 1 / deviation}.
std::array<mlir::Value, 3> normalize(Composer &c, mlir::Value x,
                                     llvm::ArrayRef<int64_t> axes,
                                     double epsilon);

} // namespace autoglm

#endif // AUTOGLM_DIALECTS_AUTOGLM_COMPOSER_H
