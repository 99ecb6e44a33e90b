//===- Operators.h - operators as descriptors name them ---------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_DEVICE_OPERATORS_H
#define AUTOGLM_LIB_DEVICE_OPERATORS_H

#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace autoglm {

/// The operators that a spelling stands for, by `OperatorAliases.def`, or the
/// spelling itself if it is an operator of the graph dialect; none if it is
/// neither.
std::vector<std::string> resolveOperator(llvm::StringRef spelling);

/// "; did you mean 'conv'?" or nothing.
std::string suggestOperator(llvm::StringRef spelling);

} // namespace autoglm

#endif // AUTOGLM_LIB_DEVICE_OPERATORS_H
