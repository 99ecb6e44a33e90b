//===- PackTensor.cpp - tensors as they lie in memory -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Reference/PackTensor.h"
#include "dialects/AutoGLM/Layout.h"

#include "llvm/Support/MathExtras.h"

#include <cstring>

using namespace mlir;

namespace autoglm {

namespace {
/// Copies elements from a row-major tensor to where their layout has them.
class Packer {
public:
  Packer(const Tensor &source, RankedTensorType type, char *target)
      : sizes(source.getShape()), bytes(source.data()), target(target),
        width(getElementBytes(source.getElementType())),
        dims(getPhysicalDims(type)), position(dims.size(), 0),
        index(sizes.size(), 0) {
    SmallVector<int64_t> strides(sizes.size(), width);
    for (int64_t i = static_cast<int64_t>(sizes.size()) - 1; i > 0; --i)
      strides[i - 1] = strides[i] * sizes[i];
    int64_t stride = width;
    from.resize(dims.size());
    to.resize(dims.size());
    for (size_t i = dims.size(); i-- > 0;) {
      from[i] = dims[i].step * strides[dims[i].dim];
      to[i] = stride;
      stride *= dims[i].extent;
    }
    // Two loops are innermost: along the target's memory, and along the
    // source's, so that each line of both is in the cache while it is used.
    for (size_t i = 0; i < dims.size(); ++i) {
      if (dims[i].extent > 1 && to[i] == width)
        along = i;
      if (dims[i].extent > 1 && from[i] == width)
        across = i;
    }
    if (across >= 0 && along >= 0 && dims[across].dim == dims[along].dim)
      across = -1;
  }

  void run() {
    do
      copy();
    while (advance());
  }

private:
  /// Positions of a loop that lie inside the tensor, from where the other loops
  /// are.
  int64_t count(int64_t loop) const {
    if (loop < 0)
      return 1;
    int64_t left = sizes[dims[loop].dim] - index[dims[loop].dim];
    return std::clamp<int64_t>(llvm::divideCeilSigned(left, dims[loop].step), 0,
                               dims[loop].extent);
  }

  template <typename T>
  void copyAs(const char *source, char *result, int64_t n, int64_t m) const {
    constexpr int64_t kTile = 64 / sizeof(T);
    int64_t fromAlong = along < 0 ? 0 : from[along];
    int64_t fromAcross = across < 0 ? 0 : from[across];
    int64_t toAcross = across < 0 ? 0 : to[across];
    for (int64_t tile = 0; tile < m; tile += kTile) {
      int64_t end = std::min(m, tile + kTile);
      for (int64_t i = 0; i < n; ++i)
        for (int64_t j = tile; j < end; ++j)
          std::memcpy(result + i * sizeof(T) + j * toAcross,
                      source + i * fromAlong + j * fromAcross, sizeof(T));
    }
  }

  void copy() const {
    for (auto [at, size] : llvm::zip_equal(index, sizes))
      if (at >= size)
        return;
    const char *source = bytes;
    char *result = target;
    for (size_t i = 0; i < dims.size(); ++i) {
      source += position[i] * from[i];
      result += position[i] * to[i];
    }
    int64_t n = count(along), m = count(across);
    if (along >= 0 && from[along] == width)
      std::memcpy(result, source, n * width);
    else if (width == 1)
      copyAs<uint8_t>(source, result, n, m);
    else if (width == 2)
      copyAs<uint16_t>(source, result, n, m);
    else if (width == 4)
      copyAs<uint32_t>(source, result, n, m);
    else
      copyAs<uint64_t>(source, result, n, m);
  }

  /// The next position of the outer loops.
  bool advance() {
    for (int64_t i = static_cast<int64_t>(dims.size()) - 1; i >= 0; --i) {
      if (i == along || i == across)
        continue;
      index[dims[i].dim] += dims[i].step;
      if (++position[i] < dims[i].extent)
        return true;
      index[dims[i].dim] -= dims[i].step * dims[i].extent;
      position[i] = 0;
    }
    return false;
  }

  ArrayRef<int64_t> sizes;
  const char *bytes;
  char *target;
  int64_t width;
  SmallVector<PhysicalDim> dims;
  /// Bytes from one position to the next, in the source and in the target.
  SmallVector<int64_t> from, to;
  int64_t along = -1, across = -1;
  SmallVector<int64_t> position;
  /// Of the element at `position`.
  SmallVector<int64_t> index;
};
} // namespace

FailureOr<Tensor> packTensor(const Tensor &tensor, LayoutAttr layout) {
  RankedTensorType type = withLayout(tensor.getType(), layout);
  FailureOr<Tensor> packed = Tensor::allocate(getPhysicalType(type));
  // Allocated memory is zero, and so is the padding.
  if (succeeded(packed) && tensor.getNumElements() > 0)
    Packer(tensor, type, packed->data()).run();
  return packed;
}

} // namespace autoglm
