//===- Tensor.cpp - a dense host tensor -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Tensor.h"

#include "mlir/Dialect/Quant/QuantTypes.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <cstdlib>
#include <cstring>

using namespace mlir;

namespace autoglm {

Type getStorageType(Type elementType) {
  auto quantized = dyn_cast<quant::QuantizedType>(elementType);
  if (!quantized)
    return elementType;
  return IntegerType::get(
      elementType.getContext(), quantized.getStorageTypeIntegralWidth(),
      quantized.isSigned() ? IntegerType::Signless : IntegerType::Unsigned);
}

/// The type of a tensor as it lies in memory, without layout.
static RankedTensorType getStorageType(RankedTensorType type) {
  return RankedTensorType::get(type.getShape(),
                               getStorageType(type.getElementType()));
}

int64_t getElementBytes(Type elementType) {
  return llvm::divideCeil(getStorageType(elementType).getIntOrFloatBitWidth(),
                          8);
}

std::optional<int64_t> getTensorBytes(RankedTensorType type) {
  if (!type.hasStaticShape() ||
      !getStorageType(type.getElementType()).isIntOrFloat())
    return std::nullopt;
  int64_t bytes = getElementBytes(type.getElementType());
  for (int64_t dim : type.getShape())
    if (llvm::MulOverflow(bytes, dim, bytes))
      return std::nullopt;
  return bytes;
}

FailureOr<Tensor> Tensor::allocate(RankedTensorType type) {
  std::optional<int64_t> bytes = getTensorBytes(type);
  if (!bytes)
    return failure();
  // calloc: large tensors are zero pages until they are written.
  char *storage = static_cast<char *>(
      std::calloc(1, std::max<size_t>(1, static_cast<size_t>(*bytes))));
  if (!storage)
    return failure();
  Tensor tensor;
  tensor.type = getStorageType(type);
  tensor.owner = std::shared_ptr<const void>(
      storage, [](const void *p) { std::free(const_cast<void *>(p)); });
  tensor.bytes = tensor.mutableBytes = storage;
  return tensor;
}

Tensor Tensor::view(RankedTensorType type, const void *bytes,
                    std::shared_ptr<const void> owner) {
  Tensor tensor;
  tensor.type = getStorageType(type);
  tensor.bytes = static_cast<const char *>(bytes);
  tensor.owner = std::move(owner);
  return tensor;
}

FailureOr<Tensor> Tensor::fromAttr(ElementsAttr attr) {
  auto dense = dyn_cast<DenseElementsAttr>(attr);
  auto type = dyn_cast<RankedTensorType>(attr.getType());
  if (!dense || !type)
    return failure();
  FailureOr<Tensor> tensor = allocate(type);
  if (failed(tensor))
    return failure();
  int64_t count = tensor->getNumElements();
  if (count == 0)
    return tensor;
  if (type.getElementType().isInteger(1)) {
    for (auto [index, value] : llvm::enumerate(dense.getValues<bool>()))
      tensor->data()[index] = value;
    return tensor;
  }
  ArrayRef<char> raw = dense.getRawData();
  if (!dense.isSplat()) {
    std::memcpy(tensor->data(), raw.data(), raw.size());
    return tensor;
  }
  int64_t width = getElementBytes(type.getElementType());
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(tensor->data() + i * width, raw.data(), width);
  return tensor;
}

DenseElementsAttr Tensor::toAttr() const {
  int64_t count = getNumElements();
  if (getElementType().isInteger(1)) {
    SmallVector<bool> values(count);
    for (int64_t i = 0; i < count; ++i)
      values[i] = bytes[i] != 0;
    return DenseElementsAttr::get(type, ArrayRef<bool>(values));
  }
  ArrayRef<char> raw(bytes, getNumBytes());
  // A buffer of one element would be read as a splat of any shape: it is one.
  return DenseElementsAttr::getFromRawBuffer(type, raw);
}

static const llvm::fltSemantics &getSemantics(Type type) {
  return cast<FloatType>(type).getFloatSemantics();
}

double Tensor::getFloat(int64_t index) const {
  Type elementType = getElementType();
  if (elementType.isF32())
    return as<float>()[index];
  if (elementType.isF64())
    return as<double>()[index];
  if (!isa<FloatType>(elementType)) {
    int64_t value = getInt(index);
    return elementType.isUnsignedInteger(64)
               ? static_cast<double>(static_cast<uint64_t>(value))
               : static_cast<double>(value);
  }
  unsigned width = elementType.getIntOrFloatBitWidth();
  uint64_t bits = 0;
  std::memcpy(&bits, bytes + index * getElementBytes(elementType),
              getElementBytes(elementType));
  llvm::APFloat value(getSemantics(elementType), llvm::APInt(width, bits));
  bool losesInfo;
  value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

void Tensor::setFloat(int64_t index, double value) {
  Type elementType = getElementType();
  if (elementType.isF32()) {
    as<float>()[index] = static_cast<float>(value);
    return;
  }
  if (elementType.isF64()) {
    as<double>()[index] = value;
    return;
  }
  if (!isa<FloatType>(elementType)) {
    if (elementType.isInteger(1))
      return setInt(index, value != 0);
    // What lies outside the range of the conversion has no meaning in ONNX; it
    // saturates here so that it is at least the same everywhere.
    if (std::isnan(value))
      return setInt(index, 0);
    if (elementType.isUnsignedInteger(64) && value >= 9.2233720368547758e18) {
      uint64_t wide = value >= 1.8446744073709552e19
                          ? ~uint64_t{0}
                          : static_cast<uint64_t>(value);
      return setInt(index, static_cast<int64_t>(wide));
    }
    if (value >= 9.2233720368547758e18)
      return setInt(index, std::numeric_limits<int64_t>::max());
    if (value <= -9.2233720368547758e18)
      return setInt(index, std::numeric_limits<int64_t>::min());
    return setInt(index, static_cast<int64_t>(value));
  }
  llvm::APFloat converted(value);
  bool losesInfo;
  converted.convert(getSemantics(elementType),
                    llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  uint64_t bits = converted.bitcastToAPInt().getZExtValue();
  std::memcpy(mutableBytes + index * getElementBytes(elementType), &bits,
              getElementBytes(elementType));
}

int64_t Tensor::getInt(int64_t index) const {
  Type elementType = getElementType();
  if (isa<FloatType>(elementType)) {
    double value = getFloat(index);
    if (std::isnan(value))
      return 0;
    if (value >= 9.2233720368547758e18)
      return std::numeric_limits<int64_t>::max();
    if (value <= -9.2233720368547758e18)
      return std::numeric_limits<int64_t>::min();
    return static_cast<int64_t>(value);
  }
  int64_t width = getElementBytes(elementType);
  uint64_t bits = 0;
  std::memcpy(&bits, bytes + index * width, width);
  if (elementType.isInteger(1))
    return bits != 0;
  if (elementType.isUnsignedInteger())
    return static_cast<int64_t>(bits);
  return llvm::SignExtend64(bits, elementType.getIntOrFloatBitWidth());
}

void Tensor::setInt(int64_t index, int64_t value) {
  Type elementType = getElementType();
  if (isa<FloatType>(elementType))
    return setFloat(index, static_cast<double>(value));
  if (elementType.isInteger(1))
    value = value != 0;
  int64_t width = getElementBytes(elementType);
  std::memcpy(mutableBytes + index * width, &value, width);
}

Tensor Tensor::withType(RankedTensorType newType) const {
  Tensor result = *this;
  result.type = getStorageType(newType);
  return result;
}

} // namespace autoglm
