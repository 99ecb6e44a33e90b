//===- Verify.h - compares models with their reference outputs -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_VERIFY_VERIFY_H
#define AUTOGLM_VERIFY_VERIFY_H

namespace autoglm {

/// `autoglm-verify` without its `main`.
int runVerifyTool(int argc, char **argv);

} // namespace autoglm

#endif // AUTOGLM_VERIFY_VERIFY_H
