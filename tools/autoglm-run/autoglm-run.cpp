//===- autoglm-run.cpp - main ---------------------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/Tool.h"

int main(int argc, char **argv) { return autoglm::rt::runMain(argc, argv); }
