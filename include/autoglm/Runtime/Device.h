//===- Device.h - drivers and opened devices --------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_DEVICE_H
#define AUTOGLM_RUNTIME_DEVICE_H

#include "autoglm/Runtime/Manifest.h"
#include "autoglm/hal.h"

#include <memory>
#include <string>
#include <vector>

namespace autoglm::rt {

/// The folders in which drivers are looked for, in order: `path` (or the
/// environment's AUTOGLM_DRIVER_PATH if it is empty), then the folder
/// autoglm/drivers beside this library.
std::vector<std::string> driverFolders(const std::string &path);

/// Finds and loads the driver `name`, which calls itself so or by the family of
/// the devices that it serves. Drivers stay loaded.
Expected<const agr_hal_driver *>
loadDriver(const std::string &name, const std::vector<std::string> &folders,
           const std::string &family = "");

/// Whether the driver's machine can run what `info` asks for.
Status checkDriver(const agr_hal_driver &driver, const DeviceInfo &info,
                   uint32_t ordinal);

class Queue;

/// A device of the bundle, opened. Closes it.
class Device {
public:
  Device(const agr_hal_driver &driver, agr_hal_device *handle, std::string name,
         uint32_t index);
  ~Device();
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  const agr_hal_driver &driver;
  agr_hal_device *const handle;
  const std::string name;
  /// Place in the manifest.
  const uint32_t index;
  /// Null: whoever has work for the device does it.
  std::unique_ptr<Queue> queue;

  /// An error of the driver as one of ours; `code` unless memory ran out.
  Status status(agr_hal_code result, const agr_hal_error &error,
                agr_code code) const;
};

/// A piece of memory, on a device or the host's. Frees what it owns.
class Memory {
public:
  static Expected<std::shared_ptr<Memory>> allocate(Device &device,
                                                    uint64_t bytes);
  /// Host memory of somebody else; devices import it at first use.
  static std::shared_ptr<Memory> host(void *data, uint64_t bytes,
                                      bool readOnly);
  ~Memory();
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;

  /// The buffer that commands on `device` name. Memory of another device is
  /// imported if both drivers allow it.
  Expected<agr_hal_buffer *> on(Device &device);

  uint64_t size() const { return bytes; }
  bool isReadOnly() const { return readOnly; }
  /// Unique in the process; tells one memory from a later one at its address.
  uint64_t identity() const { return id; }
  Device *owner() const { return device; }
  uint8_t *hostData() const { return data; }

private:
  Memory() = default;

  uint64_t id = 0;
  uint64_t bytes = 0;
  Device *device = nullptr;
  agr_hal_buffer *buffer = nullptr;
  uint8_t *data = nullptr;
  bool readOnly = false;
  std::vector<std::pair<Device *, agr_hal_buffer *>> imports;
};

/// A window of a memory; empty until assigned.
struct Window {
  std::shared_ptr<Memory> memory;
  uint64_t offset = 0;
  uint64_t bytes = 0;
};

/// Blocking transfers between any two places.
Status readWindow(const Window &source, void *target);
Status copyWindow(const Window &source, const Window &target);

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_DEVICE_H
