//===- Suggest.h - the nearest of some names -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_SUPPORT_SUGGEST_H
#define AUTOGLM_SUPPORT_SUGGEST_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <string>

namespace autoglm {

/// "; did you mean 'memory'?" with the nearest of the names, or nothing.
std::string suggest(llvm::StringRef name,
                    llvm::ArrayRef<llvm::StringRef> names);

} // namespace autoglm

#endif // AUTOGLM_SUPPORT_SUGGEST_H
