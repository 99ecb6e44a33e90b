//===- Values.h - tensors as plain numbers -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The reference semantics compute on two kinds of numbers: every float type in
// double, rounded once when the result is stored, and every integer type in 64
// bits that wrap, truncated when the result is stored.
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_REFERENCE_VALUES_H
#define AUTOGLM_LIB_REFERENCE_VALUES_H

#include "Semantics.h"

#include "autoglm/Support/Diagnostics.h"

#include <vector>

namespace autoglm::reference {

template <typename W> using Values = std::vector<W>;

inline bool isFloat(const Tensor &tensor) {
  return mlir::isa<mlir::FloatType>(tensor.getElementType());
}
inline bool isUnsigned(const Tensor &tensor) {
  return tensor.getElementType().isUnsignedInteger() ||
         tensor.getElementType().isInteger(1);
}

/// All elements, row major. `W` is double or int64_t; an unsigned 64-bit
/// element is read as the int64_t of the same bits.
template <typename W> Values<W> read(const Tensor &tensor);

/// Stores all elements: floats round to nearest even, integers wrap, and a
/// double that goes into an integer is truncated toward zero.
template <typename W> void write(Tensor &tensor, llvm::ArrayRef<W> values);

/// Calls `fn` with a value of the type to compute in: double or int64_t.
template <typename Fn> auto dispatch(const Tensor &tensor, Fn fn) {
  return isFloat(tensor) ? fn(double{}) : fn(int64_t{});
}

/// Row-major strides in elements.
llvm::SmallVector<int64_t> getStrides(llvm::ArrayRef<int64_t> shape);
int64_t product(llvm::ArrayRef<int64_t> dims);

/// `values` of shape `from`, repeated to fill `to`, as numpy broadcasts.
template <typename W>
Values<W> broadcast(Values<W> values, llvm::ArrayRef<int64_t> from,
                    llvm::ArrayRef<int64_t> to);

/// A tensor as (outer, size, inner) around one dimension.
struct AxisView {
  int64_t outer, size, inner;
  AxisView(llvm::ArrayRef<int64_t> shape, int64_t axis)
      : outer(product(shape.take_front(axis))), size(shape[axis]),
        inner(product(shape.drop_front(axis + 1))) {}
};

/// `axis` counted from the front; shape inference has checked its range.
inline int64_t fromFront(int64_t axis, int64_t rank) {
  return axis < 0 ? axis + rank : axis;
}

/// Advances `index` through `shape` in row-major order; false after the last.
bool advance(llvm::MutableArrayRef<int64_t> index,
             llvm::ArrayRef<int64_t> shape);

/// Marks a place of the result that takes no element of the source.
inline constexpr int64_t kNoSource = INT64_MIN;

/// Copies elements of `source` into `result`: the source element of a result
/// index is the sum of `tables[dim][index[dim]]`, and a result element with a
/// kNoSource in its sum keeps its bytes.
void copyByTables(const Tensor &source, Tensor &result,
                  llvm::ArrayRef<Values<int64_t>> tables);

/// Arithmetic that wraps instead of overflowing.
inline int64_t wrapAdd(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) +
                              static_cast<uint64_t>(b));
}
inline double wrapAdd(double a, double b) { return a + b; }
inline int64_t wrapMul(int64_t a, int64_t b) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) *
                              static_cast<uint64_t>(b));
}
inline double wrapMul(double a, double b) { return a * b; }

/// Whether a < b, as the element type orders them.
inline bool less(int64_t a, int64_t b, bool isUnsigned) {
  return isUnsigned ? static_cast<uint64_t>(a) < static_cast<uint64_t>(b)
                    : a < b;
}
inline bool less(double a, double b, bool) { return a < b; }

/// Toward zero; what lies outside the range saturates, NaN is 0.
inline int64_t truncate(double value) {
  if (!(value > -0x1p63))
    return value <= -0x1p63 ? INT64_MIN : 0;
  return value < 0x1p63 ? static_cast<int64_t>(value) : INT64_MAX;
}

/// Starts an error about the operands of a node.
inline mlir::InFlightDiagnostic invalid(mlir::Operation *op) {
  return autoglm::emitError(op->getLoc(), ErrorCode::InvalidNode);
}

} // namespace autoglm::reference

#endif // AUTOGLM_LIB_REFERENCE_VALUES_H
