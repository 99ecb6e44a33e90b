//===- Values.cpp - tensors as plain numbers -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Values.h"

#include <cstring>

using namespace mlir;

namespace autoglm::reference {

/// Calls `fn` with a pointer of the storage type; false for the types that have
/// no C++ type of their own.
template <typename Bytes, typename Fn>
static bool withStorage(Type type, Bytes *bytes, Fn fn) {
  auto as = [&](auto zero) {
    using T = std::conditional_t<std::is_const_v<Bytes>, const decltype(zero),
                                 decltype(zero)>;
    fn(reinterpret_cast<T *>(bytes));
    return true;
  };
  if (type.isF32())
    return as(float{});
  if (type.isF64())
    return as(double{});
  if (isa<FloatType>(type) || type.getIntOrFloatBitWidth() % 8 != 0)
    return false;
  bool isUnsigned = type.isUnsignedInteger();
  switch (type.getIntOrFloatBitWidth()) {
  case 8:
    return isUnsigned ? as(uint8_t{}) : as(int8_t{});
  case 16:
    return isUnsigned ? as(uint16_t{}) : as(int16_t{});
  case 32:
    return isUnsigned ? as(uint32_t{}) : as(int32_t{});
  case 64:
    return isUnsigned ? as(uint64_t{}) : as(int64_t{});
  }
  return false;
}

template <typename W> Values<W> read(const Tensor &tensor) {
  int64_t count = tensor.getNumElements();
  Values<W> values(count);
  auto copy = [&](auto *elements) {
    using T = std::remove_cv_t<std::remove_pointer_t<decltype(elements)>>;
    if constexpr (std::is_floating_point_v<T> && std::is_integral_v<W>) {
      // The range of the conversion needs the checks of getInt.
      for (int64_t i = 0; i < count; ++i)
        values[i] = tensor.getInt(i);
    } else {
      std::copy(elements, elements + count, values.begin());
    }
  };
  if (withStorage(tensor.getElementType(), tensor.data(), copy))
    return values;
  for (int64_t i = 0; i < count; ++i) {
    if constexpr (std::is_same_v<W, double>)
      values[i] = tensor.getFloat(i);
    else
      values[i] = tensor.getInt(i);
  }
  return values;
}
template Values<double> read(const Tensor &);
template Values<int64_t> read(const Tensor &);

/// An integer as a float type that is narrower than double, rounded once.
static void writeRounded(Tensor &tensor, int64_t index, int64_t value) {
  auto type = cast<FloatType>(tensor.getElementType());
  llvm::APFloat converted(type.getFloatSemantics());
  converted.convertFromAPInt(llvm::APInt(64, value, /*isSigned=*/true),
                             /*IsSigned=*/true,
                             llvm::APFloat::rmNearestTiesToEven);
  tensor.setFloat(index, converted.convertToDouble());
}

template <typename W> void write(Tensor &tensor, ArrayRef<W> values) {
  int64_t count = values.size();
  auto copy = [&](auto *elements) {
    using T = std::remove_pointer_t<decltype(elements)>;
    if constexpr (std::is_integral_v<T> && std::is_floating_point_v<W>) {
      for (int64_t i = 0; i < count; ++i)
        tensor.setFloat(i, values[i]);
    } else {
      for (int64_t i = 0; i < count; ++i)
        elements[i] = static_cast<T>(values[i]);
    }
  };
  if (withStorage(tensor.getElementType(), tensor.data(), copy))
    return;
  for (int64_t i = 0; i < count; ++i) {
    if constexpr (std::is_same_v<W, double>)
      tensor.setFloat(i, values[i]);
    else if (isFloat(tensor))
      writeRounded(tensor, i, values[i]);
    else
      tensor.setInt(i, values[i]);
  }
}
template void write(Tensor &, ArrayRef<double>);
template void write(Tensor &, ArrayRef<int64_t>);

SmallVector<int64_t> getStrides(ArrayRef<int64_t> shape) {
  SmallVector<int64_t> strides(shape.size(), 1);
  for (size_t i = shape.size(); i > 1; --i)
    strides[i - 2] = strides[i - 1] * shape[i - 1];
  return strides;
}

int64_t product(ArrayRef<int64_t> dims) {
  int64_t result = 1;
  for (int64_t dim : dims)
    result *= dim;
  return result;
}

bool advance(MutableArrayRef<int64_t> index, ArrayRef<int64_t> shape) {
  for (size_t i = shape.size(); i > 0; --i) {
    if (++index[i - 1] < shape[i - 1])
      return true;
    index[i - 1] = 0;
  }
  return false;
}

template <typename W>
Values<W> broadcast(Values<W> values, ArrayRef<int64_t> from,
                    ArrayRef<int64_t> to) {
  if (from == to)
    return values;
  int64_t count = product(to);
  Values<W> result(count);
  if (values.size() == 1) {
    std::fill(result.begin(), result.end(), values[0]);
    return result;
  }
  if (count == 0)
    return result;
  SmallVector<int64_t> strides(to.size(), 0), own = getStrides(from);
  for (size_t i = 0; i < from.size(); ++i)
    if (from[i] != 1)
      strides[to.size() - from.size() + i] = own[i];
  int64_t row = to.back(), step = strides.back();
  SmallVector<int64_t> index(to.size() - 1, 0);
  W *out = result.data();
  do {
    int64_t offset = 0;
    for (size_t i = 0; i < index.size(); ++i)
      offset += index[i] * strides[i];
    for (int64_t i = 0; i < row; ++i)
      *out++ = values[offset + i * step];
  } while (advance(index, to.drop_back()));
  return result;
}
template Values<double> broadcast(Values<double>, ArrayRef<int64_t>,
                                  ArrayRef<int64_t>);
template Values<int64_t> broadcast(Values<int64_t>, ArrayRef<int64_t>,
                                   ArrayRef<int64_t>);

template <typename T>
static void copyRows(const Tensor &source, Tensor &result,
                     ArrayRef<Values<int64_t>> tables) {
  const T *in = source.as<T>();
  T *out = result.as<T>();
  ArrayRef<int64_t> shape = result.getShape();
  if (shape.empty()) {
    *out = *in;
    return;
  }
  const Values<int64_t> &row = tables.back();
  SmallVector<int64_t> index(shape.size() - 1, 0);
  do {
    int64_t offset = 0;
    bool hasSource = true;
    for (size_t i = 0; i < index.size() && hasSource; ++i) {
      int64_t part = tables[i][index[i]];
      hasSource = part != kNoSource;
      offset += hasSource ? part : 0;
    }
    if (hasSource)
      for (size_t i = 0; i < row.size(); ++i)
        if (row[i] != kNoSource)
          out[i] = in[offset + row[i]];
    out += row.size();
  } while (advance(index, shape.drop_back()));
}

void copyByTables(const Tensor &source, Tensor &result,
                  ArrayRef<Values<int64_t>> tables) {
  if (result.getNumElements() == 0)
    return;
  switch (getElementBytes(result.getElementType())) {
  case 1:
    return copyRows<uint8_t>(source, result, tables);
  case 2:
    return copyRows<uint16_t>(source, result, tables);
  case 4:
    return copyRows<uint32_t>(source, result, tables);
  default:
    return copyRows<uint64_t>(source, result, tables);
  }
}

} // namespace autoglm::reference
