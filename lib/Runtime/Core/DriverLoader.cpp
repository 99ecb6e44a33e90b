//===- DriverLoader.cpp - finding drivers ---------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/Device.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <unistd.h>

using namespace autoglm::rt;

/// The folder of the object that contains this code.
static std::string ownFolder() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<const void *>(&ownFolder), &info) ||
      !info.dli_fname)
    return ".";
  std::string path = info.dli_fname;
  size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

std::vector<std::string> autoglm::rt::driverFolders(const std::string &path) {
  std::string list = path;
  if (list.empty())
    if (const char *fromEnvironment = getenv("AUTOGLM_DRIVER_PATH"))
      list = fromEnvironment;
  std::vector<std::string> folders;
  for (size_t start = 0; start < list.size();) {
    size_t end = std::min(list.find(':', start), list.size());
    if (end != start)
      folders.push_back(list.substr(start, end - start));
    start = end + 1;
  }
  folders.push_back(ownFolder() + "/autoglm/drivers");
  return folders;
}

Expected<const agr_hal_driver *>
autoglm::rt::loadDriver(const std::string &name,
                        const std::vector<std::string> &folders,
                        const std::string &family) {
  std::string file = "libautoglm_driver_" + name + ".so", searched;
  for (const std::string &folder : folders) {
    std::string path = folder + "/" + file;
    searched += (searched.empty() ? "" : ", ") + folder;
    if (access(path.c_str(), F_OK) != 0)
      continue;
    void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library)
      return Status(AGR_DRIVER_MISSING,
                    std::string("cannot load a driver: ") + dlerror());
    auto query = reinterpret_cast<agr_driver_query_fn>(
        dlsym(library, AGR_HAL_QUERY_NAME));
    if (!query)
      return Status(AGR_DRIVER_MISMATCH, "'" + path +
                                             "' is not a driver: it has no " +
                                             AGR_HAL_QUERY_NAME);
    const agr_hal_driver *driver = query(AGR_HAL_ABI_VERSION);
    if (!driver || driver->abi_version != AGR_HAL_ABI_VERSION ||
        driver->struct_size != sizeof(agr_hal_driver))
      return Status(AGR_DRIVER_MISMATCH,
                    "the driver '" + path + "' does not speak version " +
                        std::to_string(AGR_HAL_ABI_VERSION) +
                        " of the driver interface");
    if (name != driver->family && family != driver->family)
      return Status(AGR_DRIVER_MISMATCH, "the driver '" + path + "' is for '" +
                                             driver->family + "'");
    return driver;
  }
  return Status(AGR_DRIVER_MISSING, "no driver '" + file + "' was found in " +
                                        searched +
                                        " (AUTOGLM_DRIVER_PATH adds folders)");
}

Status autoglm::rt::checkDriver(const agr_hal_driver &driver,
                                const DeviceInfo &info, uint32_t ordinal) {
  std::string what = "device '" + info.name + "' (" + info.descriptor + ")";
  if (driver.driver_version < info.minDriver)
    return Status(AGR_DRIVER_MISMATCH,
                  what + " needs version " + std::to_string(info.minDriver) +
                      " of the driver '" + driver.family +
                      "', this one is version " +
                      std::to_string(driver.driver_version));
  agr_hal_info found = {};
  agr_hal_error error = {};
  if (driver.probe(&found, &error) != AGR_HAL_OK)
    return Status(AGR_DEVICE_UNAVAILABLE, what + ": " + error.message);
  if (ordinal >= found.num_devices)
    return Status(AGR_DEVICE_UNAVAILABLE,
                  what + " is not here: the driver '" + driver.family +
                      "' finds " + std::to_string(found.num_devices) +
                      " devices");
  std::string missing;
  for (const std::string &feature : info.features) {
    bool present = false;
    for (size_t i = 0; i < found.num_features && !present; ++i)
      present = feature == found.features[i];
    if (!present)
      missing += (missing.empty() ? "" : ", ") + feature;
  }
  if (missing.empty())
    return Status();
  return Status(AGR_FEATURE_MISSING,
                what + " needs " + missing + ", which this machine lacks");
}
