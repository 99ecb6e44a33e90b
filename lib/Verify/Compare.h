//===- Compare.h - two tensors within a tolerance -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_VERIFY_COMPARE_H
#define AUTOGLM_LIB_VERIFY_COMPARE_H

#include "Outcome.h"

#include "autoglm/Support/Tensor.h"

namespace autoglm::verify {

/// Floats agree if |got - want| <= absolute + relative * |want|, NaN agrees
/// with NaN; integers, bools, types and shapes must be equal.
struct Tolerance {
  double relative = 1e-3, absolute = 1e-3;
};

/// `name` is the output's, for the reason.
Outcome compare(const Tensor &got, const Tensor &want,
                const Tolerance &tolerance, llvm::StringRef name);

} // namespace autoglm::verify

#endif // AUTOGLM_LIB_VERIFY_COMPARE_H
