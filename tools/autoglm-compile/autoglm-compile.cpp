//===- autoglm-compile.cpp - see lib/Pipeline -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Pipeline/Compiler.h"

int main(int argc, char **argv) { return autoglm::runCompileTool(argc, argv); }
