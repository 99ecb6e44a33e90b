//===- Tensor.cpp - tensors of the tools ----------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/IO/Tensor.h"

#include <cmath>
#include <cstring>
#include <new>

using namespace autoglm::rt;

AlignedBytes::AlignedBytes(size_t size) : length(size) {
  // aligned_alloc wants a multiple of the alignment.
  size_t rounded = (size + 127) / 64 * 64;
  void *raw = rounded < size ? nullptr : aligned_alloc(64, rounded);
  if (!raw)
    throw std::bad_alloc();
  memset(raw, 0, rounded);
  memory.reset(static_cast<uint8_t *>(raw));
}

std::string Tensor::type() const {
  return typeText(dtype, shape.data(), shape.size());
}

std::string autoglm::rt::typeText(agr_dtype dtype, const int64_t *shape,
                                  size_t rank) {
  std::string text = dtypeName(dtype) + std::string("[");
  for (size_t i = 0; i < rank; ++i)
    text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::optional<size_t>
autoglm::rt::tensorBytes(agr_dtype dtype, const std::vector<int64_t> &shape,
                         uint64_t limit) {
  uint64_t bytes = dtypeSize(dtype);
  for (int64_t extent : shape)
    if (extent < 0)
      return std::nullopt;
  for (int64_t extent : shape)
    if (extent == 0)
      return 0;
  for (int64_t extent : shape) {
    if (bytes > limit / static_cast<uint64_t>(extent))
      return std::nullopt;
    bytes *= static_cast<uint64_t>(extent);
  }
  return bytes <= limit ? std::optional<size_t>(bytes) : std::nullopt;
}

template <typename T> static T load(const Tensor &tensor, size_t index) {
  T value;
  memcpy(&value, tensor.data.data() + index * sizeof value, sizeof value);
  return value;
}

double autoglm::rt::elementAsDouble(const Tensor &tensor, size_t index) {
  switch (tensor.dtype) {
  case AGR_FLOAT32:
    return load<float>(tensor, index);
  case AGR_FLOAT64:
    return load<double>(tensor, index);
  case AGR_FLOAT16:
    return halfToFloat(load<uint16_t>(tensor, index));
  case AGR_BFLOAT16:
    return bfloat16ToFloat(load<uint16_t>(tensor, index));
  case AGR_INT8:
    return load<int8_t>(tensor, index);
  case AGR_INT16:
    return load<int16_t>(tensor, index);
  case AGR_INT32:
    return load<int32_t>(tensor, index);
  case AGR_INT64:
    return static_cast<double>(load<int64_t>(tensor, index));
  case AGR_UINT16:
    return load<uint16_t>(tensor, index);
  case AGR_UINT32:
    return load<uint32_t>(tensor, index);
  case AGR_UINT64:
    return static_cast<double>(load<uint64_t>(tensor, index));
  case AGR_UINT8:
  case AGR_BOOL:
    break;
  }
  return load<uint8_t>(tensor, index);
}

namespace {
/// SplitMix64.
struct Random {
  uint64_t state;
  uint64_t next() {
    uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
  /// In (0, 1].
  double uniform() { return static_cast<double>((next() >> 11) + 1) * 0x1p-53; }
  /// By Box and Muller, one of the two.
  double normal() {
    double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
  }
};
} // namespace

void autoglm::rt::fillRandom(Tensor &tensor, uint64_t seed, uint64_t stream) {
  Random random{seed};
  random.state ^= Random{stream + 1}.next();
  size_t size = dtypeSize(tensor.dtype);
  for (size_t i = 0, n = tensor.elements(); i < n; ++i) {
    uint8_t *out = tensor.data.data() + i * size;
    if (tensor.dtype >= AGR_INT8) { // Little endian: the low byte is first.
      *out = static_cast<uint8_t>(random.next() >> 63);
      continue;
    }
    double value = random.normal();
    auto single = static_cast<float>(value);
    uint16_t half = tensor.dtype == AGR_FLOAT16 ? floatToHalf(single)
                                                : floatToBfloat16(single);
    if (tensor.dtype == AGR_FLOAT64)
      memcpy(out, &value, size);
    else if (tensor.dtype == AGR_FLOAT32)
      memcpy(out, &single, size);
    else
      memcpy(out, &half, size);
  }
}
