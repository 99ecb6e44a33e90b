//===- DeviceTool.h - what autoglm-device does ------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DEVICETOOL_DEVICETOOL_H
#define AUTOGLM_DEVICETOOL_DEVICETOOL_H

namespace autoglm {

/// The whole of `autoglm-device`; returns the exit code.
int runDeviceTool(int argc, char **argv);

} // namespace autoglm

#endif // AUTOGLM_DEVICETOOL_DEVICETOOL_H
