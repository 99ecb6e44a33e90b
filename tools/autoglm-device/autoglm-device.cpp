//===- autoglm-device.cpp - main --------------------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/DeviceTool/DeviceTool.h"

int main(int argc, char **argv) { return autoglm::runDeviceTool(argc, argv); }
