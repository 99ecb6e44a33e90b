//===- Quantization.h - what a quantized type says -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_QUANTIZATION_H
#define AUTOGLM_DIALECTS_AUTOGLM_QUANTIZATION_H

#include "dialects/AutoGLM/AutoGLM.h"

namespace autoglm {

/// The numbers of a uniform quantized type: one scale and zero point, or one
/// per index of `axis`; the integers in use; the float type they stand for.
struct QuantParams {
  std::optional<int64_t> axis;
  llvm::SmallVector<double> scales;
  llvm::SmallVector<int64_t> zeroPoints;
  int64_t low = 0, high = 0;
  mlir::FloatType expressed;
};

/// Nothing if the type is no uniform quantized type over floats.
std::optional<QuantParams> getQuantParams(mlir::Type elementType);

/// The smallest and the largest value of a type of at most 32 bits.
inline std::pair<int64_t, int64_t> getIntegerRange(mlir::IntegerType type) {
  unsigned width = type.getWidth();
  if (type.isUnsigned())
    return {0, (int64_t{1} << width) - 1};
  return {-(int64_t{1} << (width - 1)), (int64_t{1} << (width - 1)) - 1};
}

} // namespace autoglm

#endif // AUTOGLM_DIALECTS_AUTOGLM_QUANTIZATION_H
