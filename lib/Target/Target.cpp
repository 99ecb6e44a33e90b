//===- Target.cpp - registry of targets -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Target/Target.h"

using namespace mlir;

namespace autoglm {

TargetRegistry &TargetRegistry::global() {
  static TargetRegistry registry;
  return registry;
}

void TargetRegistry::add(std::unique_ptr<Target> target) {
  if (lookup(target->getFamily()))
    llvm::report_fatal_error("target family registered twice: " +
                             target->getFamily());
  targets.push_back(std::move(target));
}

const Target *TargetRegistry::lookup(StringRef family) const {
  for (const std::unique_ptr<Target> &target : targets)
    if (target->getFamily() == family)
      return target.get();
  return nullptr;
}

std::vector<const Target *> TargetRegistry::all() const {
  std::vector<const Target *> result;
  for (const std::unique_ptr<Target> &target : targets)
    result.push_back(target.get());
  return result;
}

DeviceModel getDeviceModel(DeviceOp device) {
  DeviceAttr descriptor = device.getDescriptor();
  return DeviceModel(descriptor,
                     TargetRegistry::global().lookup(descriptor.getFamily()));
}

} // namespace autoglm
