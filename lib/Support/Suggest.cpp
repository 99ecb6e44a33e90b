//===- Suggest.cpp - the nearest of some names -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Suggest.h"

using llvm::ArrayRef;
using llvm::StringRef;

namespace autoglm {

std::string suggest(StringRef name, ArrayRef<StringRef> names) {
  StringRef best;
  unsigned bestDistance = 1 + name.size() / 3;
  for (StringRef candidate : names) {
    unsigned distance = name.edit_distance_insensitive(candidate);
    if (distance < bestDistance || (best.empty() && distance == bestDistance)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best.empty() ? "" : "; did you mean '" + best.str() + "'?";
}

} // namespace autoglm
