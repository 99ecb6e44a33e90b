//===- IterationSpace.h - the loops of an operation -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_ITERATIONSPACE_H
#define AUTOGLM_DIALECTS_AUTOGLM_ITERATIONSPACE_H

#include "mlir/Dialect/Utils/StructuredOpsUtils.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/Operation.h"

namespace autoglm {

/// The points an operation computes and the element of each operand and result
/// that one point touches.
struct IterationSpace {
  /// Extent of each loop, `ShapedType::kDynamic` if unknown.
  llvm::SmallVector<int64_t> sizes;
  /// Whether each loop is parallel or a reduction.
  llvm::SmallVector<mlir::utils::IteratorType> iterators;
  /// One map per operand, then one per result, from loops to elements. Null for
  /// an operand that is no data (a shape).
  llvm::SmallVector<mlir::AffineMap> maps;

  bool isParallel() const;
};

/// Points times operations per point; nothing if an extent is unknown or the
/// operation is opaque and not counted otherwise.
std::optional<int64_t> defaultFlops(mlir::Operation *op);

/// Bytes of all operands and results, each counted once.
std::optional<int64_t> defaultBytes(mlir::Operation *op);

/// Whether result types agree with what was inferred: same element type, same
/// rank, no dimension known to differ. Layouts do not matter.
bool areCompatibleTypes(mlir::TypeRange inferred, mlir::TypeRange actual);

} // namespace autoglm

#endif // AUTOGLM_DIALECTS_AUTOGLM_ITERATIONSPACE_H
