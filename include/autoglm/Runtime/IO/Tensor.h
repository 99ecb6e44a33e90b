//===- Tensor.h - tensors of the tools --------------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_IO_TENSOR_H
#define AUTOGLM_RUNTIME_IO_TENSOR_H

#include "autoglm/Runtime/Archive.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace autoglm::rt {

/// Memory aligned for vector instructions, zero at first.
class AlignedBytes {
public:
  AlignedBytes() = default;
  explicit AlignedBytes(size_t size);
  uint8_t *data() { return memory.get(); }
  const uint8_t *data() const { return memory.get(); }
  size_t size() const { return length; }

private:
  struct Free {
    void operator()(uint8_t *p) const { free(p); }
  };
  std::unique_ptr<uint8_t[], Free> memory;
  size_t length = 0;
};

/// A dense row-major tensor in host memory.
struct Tensor {
  agr_dtype dtype = AGR_FLOAT32;
  std::vector<int64_t> shape;
  AlignedBytes data;

  size_t elements() const { return data.size() / dtypeSize(dtype); }
  /// "float32[1, 3, 224, 224]"
  std::string type() const;
};

using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// The bytes of a tensor, or nothing if an extent is negative or the whole
/// does not fit into `limit` bytes.
std::optional<size_t>
tensorBytes(agr_dtype dtype, const std::vector<int64_t> &shape, uint64_t limit);
std::string typeText(agr_dtype dtype, const int64_t *shape, size_t rank);

/// float16 and bfloat16, rounding to nearest even.
float halfToFloat(uint16_t bits);
uint16_t floatToHalf(float value);
float bfloat16ToFloat(uint16_t bits);
uint16_t floatToBfloat16(float value);

/// Element `index` as a double; exact but for large 64-bit integers.
double elementAsDouble(const Tensor &tensor, size_t index);

/// Fills with N(0, 1) for floating-point types, 0 or 1 for all others. The
/// same seed and stream give the same values on every machine.
void fillRandom(Tensor &tensor, uint64_t seed, uint64_t stream);

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_IO_TENSOR_H
