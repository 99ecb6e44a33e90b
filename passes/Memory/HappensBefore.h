//===- HappensBefore.h - the order in which a plan is executed -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_MEMORY_HAPPENSBEFORE_H
#define AUTOGLM_PASSES_MEMORY_HAPPENSBEFORE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"

#include <vector>

namespace autoglm {

/// The partial order of the `plan` dialect between the operations of one host
/// program. Costs a bit for each two submits or transfers.
class HappensBefore {
public:
  explicit HappensBefore(mlir::func::FuncOp function);

  /// Whether `first` is done when `second` begins, whatever else happens. They
  /// are operations of the function's body or commands of its submits. In a
  /// function of several blocks nothing is known between different blocks.
  bool precedes(mlir::Operation *first, mlir::Operation *second) const;

  /// Whether program order is the only order there is.
  bool isTotal() const { return total; }

private:
  /// An operation of the body: where it is in program order and, if it does its
  /// work in a queue, its row.
  struct Place {
    unsigned position = 0;
    int row = -1;
  };

  const Place &getPlace(mlir::Operation *op) const;

  llvm::DenseMap<mlir::Operation *, Place> places;
  /// By row, the rows that are done before it starts.
  std::vector<llvm::BitVector> before;
  /// By program position, the rows for which the host has waited before.
  std::vector<unsigned> waitsBefore;
  std::vector<llvm::BitVector> waited;
  bool total = true;
};

} // namespace autoglm

#endif // AUTOGLM_PASSES_MEMORY_HAPPENSBEFORE_H
