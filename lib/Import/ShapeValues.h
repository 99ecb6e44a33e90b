//===- ShapeValues.h - shape arithmetic known in part -----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_IMPORT_SHAPEVALUES_H
#define AUTOGLM_LIB_IMPORT_SHAPEVALUES_H

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseMap.h"

#include <optional>

namespace autoglm::onnx_import {

/// What is known of small integer tensors while a graph is imported. Exporters
/// compute shapes as `Concat(Gather(Shape(x), 0), [-1, 64])`; with an unknown
/// batch no such tensor is a constant, but all of its other elements are, and
/// so are the other dimensions of what is reshaped by it.
class ShapeValues {
public:
  using Ints = llvm::SmallVector<std::optional<int64_t>>;

  /// The elements of a value in row-major order; nothing if none is known.
  std::optional<Ints> get(mlir::Value value) const;

  /// Follows one operation, after which `get` knows its results.
  void learn(mlir::Operation *op);
  /// Must be called before a value goes away.
  void forget(mlir::Value value) { known.erase(value); }

  /// A better type than the inferred one for the result of an operation whose
  /// shape operand is known in part.
  mlir::RankedTensorType refine(mlir::Operation *op) const;

private:
  std::optional<Ints> compute(mlir::Operation *op) const;
  llvm::DenseMap<mlir::Value, Ints> known;
};

} // namespace autoglm::onnx_import

#endif // AUTOGLM_LIB_IMPORT_SHAPEVALUES_H
