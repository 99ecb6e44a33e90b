//===- Features.h - what this processor can do ------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_FEATURES_H
#define AUTOGLM_TARGETS_CPU_FEATURES_H

#include <vector>

namespace autoglm::cpu {

/// LLVM's names of the features that both the processor and the operating
/// system support.
const std::vector<const char *> &hostFeatures();

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_FEATURES_H
