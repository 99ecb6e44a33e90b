//===- Structure.h - kinds of loop nests -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_STRUCTURE_H
#define AUTOGLM_TARGETS_CPU_COMPILER_STRUCTURE_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace autoglm::cpu {

/// Whether a loop nest reduces over two operands of which one is used again
/// along a loop of the result: a product, a convolution, a window.
inline bool isContraction(mlir::linalg::LinalgOp op) {
  llvm::SmallVector<mlir::AffineMap> reduced;
  llvm::SmallVector<unsigned> parallel, reduction;
  op.getParallelDims(parallel);
  op.getReductionDims(reduction);
  for (mlir::OpOperand *operand : op.getDpsInputOperands()) {
    mlir::AffineMap map = op.getMatchingIndexingMap(operand);
    if (llvm::any_of(reduction,
                     [&](unsigned loop) { return map.isFunctionOfDim(loop); }))
      reduced.push_back(map);
  }
  return reduced.size() > 1 && llvm::any_of(parallel, [&](unsigned loop) {
           return llvm::any_of(reduced, [&](mlir::AffineMap map) {
             return !map.isFunctionOfDim(loop);
           });
         });
}

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_STRUCTURE_H
