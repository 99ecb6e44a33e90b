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

#include <optional>
#include <vector>

namespace autoglm {

/// The partial order of the `plan` dialect between the operations of one host
/// program. Costs a bit for each two submits or transfers.
class HappensBefore {
public:
  explicit HappensBefore(mlir::func::FuncOp function);

  /// Where an operation takes place.
  struct Point {
    unsigned position = 0; ///< in the body, of itself or its submit
    int row = -1;          ///< of submits and transfers, which do not block
    unsigned inner = 0;    ///< in the submit
  };

  /// Of an operation of the function's body or a command of its submits.
  /// Nothing in a function of several blocks, about which nothing is known.
  std::optional<Point> locate(mlir::Operation *op) const;

  /// Whether `first` is done when `second` begins, whatever else happens.
  bool precedes(Point first, Point second) const;

  /// Whether program order is the only order there is.
  bool isTotal() const { return total; }

private:
  llvm::DenseMap<mlir::Operation *, Point> points;
  /// By row, the rows that are done before it starts.
  std::vector<llvm::BitVector> before;
  /// By position, which of `waited` holds: the rows that the host has waited
  /// for by then.
  std::vector<unsigned> waitsBefore;
  std::vector<llvm::BitVector> waited;
  bool total = true;
};

} // namespace autoglm

#endif // AUTOGLM_PASSES_MEMORY_HAPPENSBEFORE_H
