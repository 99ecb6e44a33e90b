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

/// Why this machine cannot execute a device's bundles; empty if it can. Loads
/// the driver and asks it.
std::string whyNotExecuted(DeviceAttr device, const std::string &toolPath);

} // namespace autoglm

#endif // AUTOGLM_LIB_DEVICETOOL_AVAILABILITY_H
