//===- Layout.h - how a tensor lies in memory -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_LAYOUT_H
#define AUTOGLM_DIALECTS_AUTOGLM_LAYOUT_H

#include "dialects/AutoGLM/AutoGLM.h"

namespace autoglm {

/// The layout of a tensor; null is row major, and so is what is no tensor.
LayoutAttr getLayout(mlir::Type type);
inline LayoutAttr getLayout(mlir::Value value) {
  return getLayout(value.getType());
}

/// The same tensor in another layout.
mlir::RankedTensorType withLayout(mlir::Type type, LayoutAttr layout);

/// A dimension of a tensor as it lies in memory: a part of one of the shape.
struct PhysicalDim {
  /// The dimension of the shape.
  int64_t dim;
  /// Positions, kDynamic if unknown.
  int64_t extent;
  /// How far one position goes along `dim`. The element at positions p has the
  /// index sum(p * step) over all parts of a dimension; those beyond the shape
  /// are padding.
  int64_t step;
};

/// Dimensions in memory, the outermost first.
llvm::SmallVector<PhysicalDim> getPhysicalDims(mlir::RankedTensorType type);

/// The row-major tensor that lies in memory like `type`, padding included.
mlir::RankedTensorType getPhysicalType(mlir::RankedTensorType type);

/// Bytes in memory, padding included; nothing if a dimension is unknown or the
/// number does not fit into 63 bits.
std::optional<int64_t> getPhysicalBytes(mlir::RankedTensorType type);

/// Whether the bytes of `from`, or the first of them, are the bytes of `to` as
/// they are.
bool isSameMemory(mlir::RankedTensorType from, mlir::RankedTensorType to);

/// Whether an operation gives the bytes of its operand under another type.
bool isView(mlir::Operation *op);

} // namespace autoglm

#endif // AUTOGLM_DIALECTS_AUTOGLM_LAYOUT_H
