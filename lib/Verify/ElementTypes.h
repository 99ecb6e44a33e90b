//===- ElementTypes.h - the runtime's element types in MLIR -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_VERIFY_ELEMENTTYPES_H
#define AUTOGLM_LIB_VERIFY_ELEMENTTYPES_H

#include "autoglm/Support/Tensor.h"
#include "autoglm/runtime.h"

#include "mlir/IR/BuiltinTypes.h"

namespace autoglm::verify {

/// The MLIR type of a runtime element type, null for a number that is none.
inline mlir::Type getElementType(mlir::MLIRContext &context, agr_dtype dtype) {
  using mlir::IntegerType;
  auto integer = [&](unsigned width) {
    return IntegerType::get(&context, width);
  };
  auto unsignedInteger = [&](unsigned width) {
    return IntegerType::get(&context, width, IntegerType::Unsigned);
  };
  switch (dtype) {
  case AGR_FLOAT32:
    return mlir::Float32Type::get(&context);
  case AGR_FLOAT64:
    return mlir::Float64Type::get(&context);
  case AGR_FLOAT16:
    return mlir::Float16Type::get(&context);
  case AGR_BFLOAT16:
    return mlir::BFloat16Type::get(&context);
  case AGR_INT8:
    return integer(8);
  case AGR_INT16:
    return integer(16);
  case AGR_INT32:
    return integer(32);
  case AGR_INT64:
    return integer(64);
  case AGR_UINT8:
    return unsignedInteger(8);
  case AGR_UINT16:
    return unsignedInteger(16);
  case AGR_UINT32:
    return unsignedInteger(32);
  case AGR_UINT64:
    return unsignedInteger(64);
  case AGR_BOOL:
    return integer(1);
  }
  return {};
}

/// A tensor of a data set as the model's element type: NumPy has no bfloat16,
/// so ONNX's own cases hold the bits as uint16.
inline Tensor adapt(const Tensor &tensor, mlir::Type wanted) {
  if (!wanted.isBF16() || !tensor.getElementType().isUnsignedInteger(16))
    return tensor;
  return tensor.withType(
      mlir::RankedTensorType::get(tensor.getShape(), wanted));
}

} // namespace autoglm::verify

#endif // AUTOGLM_LIB_VERIFY_ELEMENTTYPES_H
