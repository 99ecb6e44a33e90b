//===- Evaluator.h - runs functions on tensors -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_REFERENCE_EVALUATOR_H
#define AUTOGLM_REFERENCE_EVALUATOR_H

#include "autoglm/Reference/WeightStore.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace autoglm {

/// Runs the tensor IR of any phase up to `fuse` by the reference meaning of its
/// operations (registerReferenceModels). Segments and groups are inline
/// regions.
class Evaluator {
public:
  /// Called after each operation that was evaluated.
  using Observer =
      std::function<void(mlir::Operation *op, llvm::ArrayRef<Tensor> operands,
                         llvm::ArrayRef<Tensor> results)>;

  explicit Evaluator(WeightStore &weights) : weights(weights) {}

  void setObserver(Observer newObserver) { observer = std::move(newObserver); }

  /// Runs an entry; fails after a diagnostic, also if the inputs do not fit the
  /// entry's arguments.
  mlir::FailureOr<llvm::SmallVector<Tensor>> run(mlir::func::FuncOp function,
                                                 llvm::ArrayRef<Tensor> inputs);

  /// Runs a single block and gives the operands of its terminator.
  mlir::FailureOr<llvm::SmallVector<Tensor>>
  run(mlir::Block &block, llvm::ArrayRef<Tensor> arguments);

private:
  mlir::LogicalResult evaluate(mlir::Operation *op,
                               llvm::ArrayRef<Tensor> operands,
                               llvm::SmallVectorImpl<Tensor> &results);

  WeightStore &weights;
  Observer observer;
};

} // namespace autoglm

#endif // AUTOGLM_REFERENCE_EVALUATOR_H
