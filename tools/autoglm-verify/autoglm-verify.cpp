//===- autoglm-verify.cpp - main -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Verify/Verify.h"

int main(int argc, char **argv) { return autoglm::runVerifyTool(argc, argv); }
