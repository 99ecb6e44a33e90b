//===- LoadedBundle.h - a bundle on its devices -----------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_LOADEDBUNDLE_H
#define AUTOGLM_RUNTIME_LOADEDBUNDLE_H

#include "autoglm/Runtime/Device.h"
#include "autoglm/Runtime/Plan.h"

namespace autoglm::rt {

struct OpenOptions {
  std::string driverPath;
  uint32_t threads = 0;
  bool verify = true;
  struct Choice {
    std::string device, driver;
    uint32_t ordinal = 0;
  };
  std::vector<Choice> choices;
  struct Pin {
    std::string device;
    std::vector<uint32_t> cores;
  };
  std::vector<Pin> pins;
  /// Drivers that come before the others of a device, in this order. One that
  /// the device does not name is not tried.
  std::vector<std::string> driverOrder;
};

/// The cores of each device of the bundle, none where it is not pinned.
/// UNKNOWN_NAME for another device, BAD_ARGUMENT for cores that this process
/// may not use, or none, or a device that is pinned twice.
Expected<std::vector<std::vector<uint32_t>>>
readPins(const std::vector<OpenOptions::Pin> &pins, const Manifest &manifest);

/// Immutable once open; contexts share it.
class LoadedBundle {
public:
  static Expected<std::unique_ptr<LoadedBundle>>
  open(const std::string &path, const OpenOptions &options);
  ~LoadedBundle();
  LoadedBundle(const LoadedBundle &) = delete;
  LoadedBundle &operator=(const LoadedBundle &) = delete;

  const Manifest &manifest() const { return bundle.manifest; }
  const Plan &plan() const { return program; }
  Device &device(uint32_t index) const { return *devices[index]; }
  const std::shared_ptr<Memory> &weights(uint32_t device) const {
    return weightMemory[device];
  }
  /// For each device a line: which driver runs it, and why not others before.
  const std::string &driverReport() const { return report; }
  agr_hal_function *kernel(uint32_t index) const { return functions[index]; }

private:
  explicit LoadedBundle(BundleFile file) : bundle(std::move(file)) {}

  Status openDevices(const OpenOptions &options);
  Status openDevice(const DeviceInfo &info, const OpenOptions &options,
                    const std::vector<uint32_t> &cores,
                    const std::vector<std::string> &folders);
  Status tryDriver(const DeviceInfo &info, const std::string &name,
                   const agr_hal_open_options &open,
                   const std::vector<std::string> &folders);
  Status loadExecutables();
  Status loadWeights();
  Status verifyFiles(bool weights);

  BundleFile bundle;
  Plan program;
  std::string report;
  std::vector<std::unique_ptr<Device>> devices;
  std::vector<agr_hal_executable *> executables;
  std::vector<agr_hal_function *> functions;
  std::vector<std::shared_ptr<Memory>> weightMemory;
};

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_LOADEDBUNDLE_H
