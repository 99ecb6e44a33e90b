//===- PackTensor.h - tensors as they lie in memory -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_REFERENCE_PACKTENSOR_H
#define AUTOGLM_REFERENCE_PACKTENSOR_H

#include "autoglm/Support/Tensor.h"
#include "dialects/AutoGLM/AutoGLM.h"

namespace autoglm {

/// A row-major tensor with its elements where a layout has them and zeros in
/// the padding; its type is the physical one. Fails without a diagnostic if
/// memory runs out.
mlir::FailureOr<Tensor> packTensor(const Tensor &tensor, LayoutAttr layout);

} // namespace autoglm

#endif // AUTOGLM_REFERENCE_PACKTENSOR_H
