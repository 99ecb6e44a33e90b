//===- ShapeInference.h - helpers of shape inference -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_SHAPEINFERENCE_H
#define AUTOGLM_DIALECTS_AUTOGLM_SHAPEINFERENCE_H

#include "dialects/AutoGLM/AutoGLM.h"

#include "mlir/IR/TypeUtilities.h"

namespace autoglm {

using Loc = std::optional<mlir::Location>;
using Types = llvm::SmallVectorImpl<mlir::Type>;

inline mlir::RankedTensorType tensorType(mlir::Value value) {
  return mlir::cast<mlir::RankedTensorType>(value.getType());
}

/// The type of a tensor with another shape.
inline mlir::RankedTensorType withShape(mlir::Value like,
                                        llvm::ArrayRef<int64_t> shape) {
  return mlir::RankedTensorType::get(shape, tensorType(like).getElementType());
}

/// The number of entries of the shape operand `name`, which is the rank it
/// describes; an error if it is unknown.
mlir::FailureOr<int64_t> getShapeLength(Loc loc, mlir::Value shape,
                                        llvm::StringRef name);

/// The broadcast of shapes as in numpy; an error that prints both shapes if two
/// known dimensions disagree.
mlir::FailureOr<llvm::SmallVector<int64_t>>
broadcastShapes(Loc loc, llvm::ArrayRef<llvm::ArrayRef<int64_t>> shapes);

/// `axis` counted from the front, or an error that states the range.
mlir::FailureOr<int64_t> normalizeAxis(Loc loc, int64_t axis, int64_t rank);

/// All of `axes` from the front, without repetition, in the order given.
mlir::FailureOr<llvm::SmallVector<int64_t>>
normalizeAxes(Loc loc, llvm::ArrayRef<int64_t> axes, int64_t rank);

/// Per-channel parameters must be vectors as long as dimension 1.
llvm::LogicalResult checkChannelVectors(Loc loc, mlir::Value input,
                                        mlir::ValueRange vectors);

/// A shape as "1x3x?" for messages.
std::string formatShape(llvm::ArrayRef<int64_t> shape);

/// The elementwise iteration space of an operation: loops over the result,
/// operands broadcast against it.
std::optional<IterationSpace> elementwiseSpace(mlir::Operation *op);

/// Output extent of a window along one dimension, kDynamic if unknown.
int64_t windowExtent(int64_t input, int64_t window, int64_t stride,
                     int64_t padBegin, int64_t padEnd, int64_t dilation,
                     bool ceilMode);

} // namespace autoglm

#endif // AUTOGLM_DIALECTS_AUTOGLM_SHAPEINFERENCE_H
