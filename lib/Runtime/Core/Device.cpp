//===- Device.cpp - memory and transfers ----------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/Queue.h"

#include <atomic>
#include <cstring>

using namespace autoglm::rt;

namespace {
std::atomic<uint64_t> nextIdentity{1};
/// Stands for tensors without elements, whose pointer may be null.
alignas(AGR_HAL_ALIGNMENT) uint8_t emptyTensor[AGR_HAL_ALIGNMENT];
} // namespace

Device::Device(const agr_hal_driver &driver, agr_hal_device *handle,
               std::string name, uint32_t index)
    : driver(driver), handle(handle), name(std::move(name)), index(index) {}

Device::~Device() {
  queue.reset();
  driver.close(handle);
}

Status Device::status(agr_hal_code result, const agr_hal_error &error,
                      agr_code code) const {
  if (result == AGR_HAL_OK)
    return Status();
  if (result == AGR_HAL_OUT_OF_MEMORY)
    code = AGR_OUT_OF_MEMORY;
  return Status(code,
                "device '" + name + "': " +
                    std::string(error.message,
                                strnlen(error.message, sizeof error.message)));
}

Expected<std::shared_ptr<Memory>> Memory::allocate(Device &device,
                                                   uint64_t bytes) {
  std::shared_ptr<Memory> memory(new Memory());
  agr_hal_error error = {};
  agr_hal_code result = device.driver.alloc(
      device.handle, std::max<uint64_t>(bytes, 1), &memory->buffer, &error);
  if (result != AGR_HAL_OK)
    return device.status(result, error, AGR_DRIVER_FAILED);
  memory->id = nextIdentity++;
  memory->bytes = bytes;
  memory->device = &device;
  return memory;
}

std::shared_ptr<Memory> Memory::host(void *data, uint64_t bytes,
                                     bool readOnly) {
  std::shared_ptr<Memory> memory(new Memory());
  memory->id = nextIdentity++;
  memory->bytes = bytes;
  memory->data = bytes == 0 ? emptyTensor : static_cast<uint8_t *>(data);
  memory->readOnly = readOnly;
  return memory;
}

Memory::~Memory() {
  for (auto &[importer, imported] : imports)
    importer->driver.free(importer->handle, imported);
  if (buffer)
    device->driver.free(device->handle, buffer);
}

Expected<agr_hal_buffer *> Memory::on(Device &user) {
  if (device == &user)
    return buffer;
  for (auto &[importer, imported] : imports)
    if (importer == &user)
      return imported;
  void *seen = data;
  if (device) {
    if (!device->driver.map || !user.driver.import_host)
      return Status(AGR_PLAN_FAILED, "a command on '" + user.name +
                                         "' uses memory of '" + device->name +
                                         "'; the plan has to copy it");
    agr_hal_error error = {};
    agr_hal_code result =
        device->driver.map(device->handle, buffer, &seen, &error);
    if (result != AGR_HAL_OK)
      return device->status(result, error, AGR_DRIVER_FAILED);
  }
  if (!user.driver.import_host)
    return Status(AGR_PLAN_FAILED, "device '" + user.name +
                                       "' cannot use host memory; the plan "
                                       "has to copy it");
  agr_hal_buffer *imported = nullptr;
  agr_hal_error error = {};
  agr_hal_code result = user.driver.import_host(
      user.handle, seen, std::max<uint64_t>(bytes, 1),
      readOnly ? AGR_HAL_READ_ONLY : 0, &imported, &error);
  if (result != AGR_HAL_OK)
    return user.status(result, error, AGR_DRIVER_FAILED);
  imports.emplace_back(&user, imported);
  return imported;
}

Status autoglm::rt::readWindow(const Window &source, void *target) {
  if (source.bytes == 0)
    return Status();
  Memory &memory = *source.memory;
  Device *device = memory.owner();
  if (!device) {
    memcpy(target, memory.hostData() + source.offset, source.bytes);
    return Status();
  }
  Expected<agr_hal_buffer *> buffer = memory.on(*device);
  agr_hal_range range = {*buffer, source.offset, source.bytes};
  agr_hal_error error = {};
  return device->status(
      device->driver.read(device->handle, &range, target, &error), error,
      AGR_DRIVER_FAILED);
}

static Status writeWindow(const void *source, const Window &target) {
  Memory &memory = *target.memory;
  Device *device = memory.owner();
  if (!device) {
    memcpy(memory.hostData() + target.offset, source, target.bytes);
    return Status();
  }
  Expected<agr_hal_buffer *> buffer = memory.on(*device);
  agr_hal_range range = {*buffer, target.offset, target.bytes};
  agr_hal_error error = {};
  return device->status(
      device->driver.write(device->handle, &range, source, &error), error,
      AGR_DRIVER_FAILED);
}

Status autoglm::rt::copyWindow(const Window &source, const Window &target) {
  if (source.bytes != target.bytes)
    return Status(AGR_PLAN_FAILED, "a copy of " + std::to_string(source.bytes) +
                                       " bytes has a target of " +
                                       std::to_string(target.bytes));
  if (target.memory->isReadOnly())
    return Status(AGR_PLAN_FAILED, "a copy writes read-only memory");
  if (source.bytes == 0)
    return Status();
  if (source.memory == target.memory &&
      source.offset < target.offset + target.bytes &&
      target.offset < source.offset + source.bytes)
    return Status(AGR_PLAN_FAILED, "source and target of a copy overlap");
  Device *from = source.memory->owner(), *to = target.memory->owner();
  if (!from)
    return writeWindow(source.memory->hostData() + source.offset, target);
  if (!to)
    return readWindow(source, target.memory->hostData() + target.offset);
  if (from == to && from->driver.copy) {
    agr_hal_range ranges[2] = {
        {*source.memory->on(*from), source.offset, source.bytes},
        {*target.memory->on(*to), target.offset, target.bytes}};
    agr_hal_error error = {};
    return from->status(
        from->driver.copy(from->handle, &ranges[0], &ranges[1], &error), error,
        AGR_DRIVER_FAILED);
  }
  std::vector<uint8_t> staging(source.bytes);
  if (Status status = readWindow(source, staging.data()); status.failed())
    return status;
  return writeWindow(staging.data(), target);
}
