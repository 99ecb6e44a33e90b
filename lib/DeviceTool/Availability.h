//===- Availability.h - what can be done with a device here -----*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_DEVICETOOL_AVAILABILITY_H
#define AUTOGLM_LIB_DEVICETOOL_AVAILABILITY_H

#include "autoglm/Device/Descriptor.h"

#include <string>

namespace autoglm {

/// Why this build cannot compile for a device; empty if it can.
std::string whyNotCompiled(DeviceAttr device);

/// Who runs a device's bundles on this machine.
struct Execution {
  /// The first driver that answers; empty if none does.
  std::string driver;
  /// Why those before it do not, or none does.
  std::string reasons;
};
/// Loads the drivers and asks them.
Execution findExecution(DeviceAttr device, const std::string &toolPath);

} // namespace autoglm

#endif // AUTOGLM_LIB_DEVICETOOL_AVAILABILITY_H
