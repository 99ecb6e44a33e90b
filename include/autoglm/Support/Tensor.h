//===- Tensor.h - a dense host tensor -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_SUPPORT_TENSOR_H
#define AUTOGLM_SUPPORT_TENSOR_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/LogicalResult.h"

#include <memory>

namespace autoglm {

/// The type in which an element lies in memory: integers for a quantized type,
/// otherwise the type itself.
mlir::Type getStorageType(mlir::Type elementType);

/// Bytes that one element occupies: bool takes one byte, other types their
/// width rounded up to bytes.
int64_t getElementBytes(mlir::Type elementType);

/// Bytes of a dense tensor of this type, or nothing if a dimension is unknown
/// or the number does not fit into 63 bits.
std::optional<int64_t> getTensorBytes(mlir::RankedTensorType type);

/// A dense, row-major tensor in host memory, owned or shared. One of a
/// quantized type holds its integers and has their type. Copying shares the
/// storage; writing through `data()` is meant for the one who allocated it.
class Tensor {
public:
  Tensor() = default;

  /// Allocates zeroed storage. Fails without a diagnostic if the shape is not
  /// static, its size overflows, or memory runs out.
  static llvm::FailureOr<Tensor> allocate(mlir::RankedTensorType type);

  /// Refers to bytes that `owner` keeps alive.
  static Tensor view(mlir::RankedTensorType type, const void *bytes,
                     std::shared_ptr<const void> owner);

  /// Copies a dense attribute (splats are expanded).
  static llvm::FailureOr<Tensor> fromAttr(mlir::ElementsAttr attr);
  mlir::DenseElementsAttr toAttr() const;

  explicit operator bool() const { return static_cast<bool>(type); }
  mlir::RankedTensorType getType() const { return type; }
  mlir::Type getElementType() const { return type.getElementType(); }
  llvm::ArrayRef<int64_t> getShape() const { return type.getShape(); }
  int64_t getRank() const { return type.getRank(); }
  int64_t getNumElements() const { return type.getNumElements(); }
  int64_t getNumBytes() const {
    return getNumElements() * getElementBytes(getElementType());
  }

  char *data() { return mutableBytes; }
  const char *data() const { return bytes; }

  /// Typed access to the storage; `T` must be as wide as an element.
  template <typename T> T *as() { return reinterpret_cast<T *>(mutableBytes); }
  template <typename T> const T *as() const {
    return reinterpret_cast<const T *>(bytes);
  }

  /// Element access by value, converting from and to the element type: floats
  /// round to nearest even, integers wrap, bool is `!= 0`.
  double getFloat(int64_t index) const;
  void setFloat(int64_t index, double value);
  int64_t getInt(int64_t index) const;
  void setInt(int64_t index, int64_t value);

  /// The same bytes under another type of equal size in bytes.
  Tensor withType(mlir::RankedTensorType newType) const;

private:
  mlir::RankedTensorType type;
  const char *bytes = nullptr;
  char *mutableBytes = nullptr;
  std::shared_ptr<const void> owner;
};

} // namespace autoglm

#endif // AUTOGLM_SUPPORT_TENSOR_H
