//===- Availability.cpp - what can be done with a device here ---*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Availability.h"

#include "autoglm/Runtime/Device.h"
#include "autoglm/Target/Target.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace autoglm {

std::string whyNotCompiled(DeviceAttr device) {
  const Target *target = TargetRegistry::global().lookup(device.getFamily());
  if (!target)
    return "this build has no code generator for the family '" +
           device.getFamily().str() + "'";
  return target->verify(device);
}

static std::vector<std::string> getTexts(DeviceAttr device, StringRef field) {
  std::vector<std::string> texts;
  if (auto list = dyn_cast_or_null<ArrayAttr>(lookupProperty(device, field)))
    for (StringRef text : list.getAsValueRange<StringAttr>())
      texts.push_back(text.str());
  return texts;
}

/// Where drivers are, seen from a tool in `bin`.
static std::vector<std::string> getDriverFolders(const std::string &toolPath) {
  static int anchor;
  std::string tool =
      llvm::sys::fs::getMainExecutable(toolPath.c_str(), &anchor);
  StringRef root =
      llvm::sys::path::parent_path(llvm::sys::path::parent_path(tool));
  std::vector<std::string> folders = rt::driverFolders("");
  // The last one is relative to the runtime library, which is not loaded here.
  folders.pop_back();
  for (StringRef library : {AUTOGLM_LIBDIR, "lib"}) {
    SmallString<128> folder(root);
    llvm::sys::path::append(folder, library, "autoglm", "drivers");
    if (!llvm::is_contained(folders, folder.str()))
      folders.push_back(folder.str().str());
  }
  return folders;
}

Execution findExecution(DeviceAttr device, const std::string &toolPath) {
  std::vector<std::string> drivers = getTexts(device, "executable_by");
  if (drivers.empty())
    drivers.push_back(device.getFamily().str());
  rt::DeviceInfo info;
  info.name = info.descriptor = device.getName().str();
  info.family = device.getFamily().str();
  info.features = getTexts(device, "features");
  if (const Target *target =
          TargetRegistry::global().lookup(device.getFamily())) {
    info.minDriver = target->getMinimumDriver();
    for (const std::string &feature : target->getFeatures(device))
      if (!llvm::is_contained(info.features, feature))
        info.features.push_back(feature);
  }
  Execution result;
  std::vector<std::string> folders = getDriverFolders(toolPath);
  for (const std::string &name : drivers) {
    auto driver = rt::loadDriver(name, folders, info.family);
    rt::Status status =
        driver.failed() ? driver.status() : rt::checkDriver(**driver, info, 0);
    if (!status.failed()) {
      result.driver = name;
      return result;
    }
    result.reasons += (result.reasons.empty() ? "" : "; ") + status.message();
  }
  return result;
}

} // namespace autoglm
