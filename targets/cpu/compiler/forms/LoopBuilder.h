//===- LoopBuilder.h - loops and index arithmetic of forms -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_FORMS_LOOPBUILDER_H
#define AUTOGLM_TARGETS_CPU_COMPILER_FORMS_LOOPBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace autoglm::cpu {

/// Writes loops and index arithmetic. What is constant is folded on the way, so
/// that addresses of one loop body differ by constants only.
class LoopBuilder {
public:
  LoopBuilder(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  mlir::OpBuilder &builder;
  mlir::Location loc;

  using Values = llvm::SmallVector<mlir::Value>;
  using Body = llvm::function_ref<Values(mlir::Value iv, Values carried)>;

  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value add(mlir::Value a, int64_t b);
  mlir::Value multiply(mlir::Value a, int64_t b);
  /// Quotient and remainder of what is not negative.
  mlir::Value divide(mlir::Value a, int64_t b);
  mlir::Value remainder(mlir::Value a, int64_t b);
  mlir::Value maximum(mlir::Value a, int64_t b);
  mlir::Value minimum(mlir::Value a, int64_t b);

  /// A loop that carries values; one iteration is no loop.
  Values loop(mlir::Value low, mlir::Value high, int64_t step, Values carried,
              Body body);
  Values loop(int64_t low, int64_t high, int64_t step, Values carried,
              Body body) {
    return loop(constant(low), constant(high), step, std::move(carried), body);
  }

  /// Independent iterations, numbered from 0 in each dimension. Leaves the
  /// builder inside.
  Values forall(llvm::ArrayRef<int64_t> trips);
};

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_FORMS_LOOPBUILDER_H
