//===- LoadedBundle.cpp - a bundle on its devices -------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/LoadedBundle.h"

#include "autoglm/Runtime/Queue.h"

#include <algorithm>

using namespace autoglm::rt;

Expected<std::unique_ptr<LoadedBundle>>
LoadedBundle::open(const std::string &path, const OpenOptions &options) {
  Expected<BundleFile> file = BundleFile::open(path);
  if (file.failed())
    return file.status();
  std::unique_ptr<LoadedBundle> bundle(new LoadedBundle(file.take()));
  const std::string &what = path;
  // What keeps the bundle from running here comes before anything large.
  if (Status status = bundle->openDevices(options); status.failed())
    return status.within(what);
  if (Status status = bundle->verifyFiles(/*weights=*/false); status.failed())
    return status.within(what);
  Expected<Plan> plan =
      Plan::parse(bundle->bundle.data("plan.json"), bundle->manifest());
  if (plan.failed())
    return plan.status().within(what);
  bundle->program = plan.take();
  if (Status status = bundle->loadExecutables(); status.failed())
    return status.within(what);
  if (options.verify)
    if (Status status = bundle->verifyFiles(/*weights=*/true); status.failed())
      return status.within(what);
  if (Status status = bundle->loadWeights(); status.failed())
    return status.within(what);
  return bundle;
}

LoadedBundle::~LoadedBundle() {
  // A thread may still hold on to events and memory of any device.
  for (const std::unique_ptr<Device> &device : devices)
    device->queue.reset();
  weightMemory.clear();
  for (size_t i = 0; i < executables.size(); ++i) {
    Device &owner = *devices[manifest().executables[i].device];
    if (executables[i])
      owner.driver.unload(owner.handle, executables[i]);
  }
}

Status LoadedBundle::openDevices(const OpenOptions &options) {
  std::vector<std::string> folders = driverFolders(options.driverPath);
  for (const OpenOptions::Choice &choice : options.choices) {
    bool known = false;
    for (const DeviceInfo &info : manifest().devices)
      known |= info.name == choice.device;
    if (!known)
      return Status(AGR_UNKNOWN_NAME,
                    "the bundle has no device '" + choice.device + "'");
  }
  Expected<std::vector<std::vector<uint32_t>>> pins =
      readPins(options.pins, manifest());
  if (pins.failed())
    return pins.status();
  for (const DeviceInfo &info : manifest().devices)
    if (Status status =
            openDevice(info, options, (*pins)[devices.size()], folders);
        status.failed())
      return status;
  return Status();
}

Status LoadedBundle::openDevice(const DeviceInfo &info,
                                const OpenOptions &options,
                                const std::vector<uint32_t> &cores,
                                const std::vector<std::string> &folders) {
  std::vector<std::string> names;
  auto add = [&](const std::string &name) {
    if (std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  };
  for (const std::string &name : options.driverOrder)
    if (std::find(info.drivers.begin(), info.drivers.end(), name) !=
        info.drivers.end())
      add(name);
  for (const std::string &name : info.drivers)
    add(name);
  agr_hal_open_options open = {sizeof open, 0, options.threads, cores.data(),
                               cores.size()};
  for (const OpenOptions::Choice &choice : options.choices) {
    if (choice.device != info.name)
      continue;
    open.ordinal = choice.ordinal;
    if (!choice.driver.empty())
      names = {choice.driver};
  }

  Status first;
  std::string reasons;
  for (const std::string &name : names) {
    Status status = tryDriver(info, name, open, folders);
    if (!status.failed()) {
      report += "device '" + info.name + "': driver '" + name + "'" +
                (reasons.empty() ? "" : ", not" + reasons) + "\n";
      return Status();
    }
    if (!first.failed())
      first = status;
    reasons +=
        (reasons.empty() ? " '" : "; '") + name + "': " + status.message();
  }
  if (names.size() == 1)
    return first;
  return Status(first.code(), "device '" + info.name +
                                  "': none of its drivers answers:" + reasons);
}

Status LoadedBundle::tryDriver(const DeviceInfo &info, const std::string &name,
                               const agr_hal_open_options &open,
                               const std::vector<std::string> &folders) {
  Expected<const agr_hal_driver *> driver =
      loadDriver(name, folders, info.family);
  if (driver.failed())
    return driver.status().within("device '" + info.name + "'");
  if (Status status = checkDriver(**driver, info, open.ordinal);
      status.failed())
    return status;
  agr_hal_device *handle = nullptr;
  agr_hal_error error = {};
  if ((*driver)->open(&open, &handle, &error) != AGR_HAL_OK)
    return Status(AGR_DEVICE_UNAVAILABLE,
                  "device '" + info.name + "': " + error.message);
  devices.push_back(
      std::make_unique<Device>(**driver, handle, info.name, devices.size()));
  // A single device is served by whoever has work for it.
  if (manifest().devices.size() == 1 && open.num_cores == 0)
    return Status();
  Expected<std::unique_ptr<Queue>> queue =
      Queue::create({open.cores, open.cores + open.num_cores});
  if (queue.failed()) {
    devices.pop_back();
    return queue.status();
  }
  devices.back()->queue = queue.take();
  return Status();
}

Status LoadedBundle::verifyFiles(bool weights) {
  if (!bundle.archive.find("plan.json"))
    return Status(AGR_MALFORMED, "the bundle has no plan.json");
  for (const ArchiveEntry &entry : bundle.archive.entries()) {
    // The runtime does not read the report, but every byte is promised.
    bool large = entry.name == "weights.bin";
    if (large != weights || entry.name == "manifest.json")
      continue;
    if (Status status = bundle.verify(entry); status.failed())
      return status;
  }
  return Status();
}

Status LoadedBundle::loadExecutables() {
  for (const ExecutableInfo &info : manifest().executables) {
    Device &owner = *devices[info.device];
    Bytes data = bundle.data(info.file);
    agr_hal_error error = {};
    agr_hal_executable *executable = nullptr;
    agr_hal_code result =
        owner.driver.load(owner.handle, data.data(), data.size(),
                          info.format.c_str(), &executable, &error);
    if (result != AGR_HAL_OK)
      return owner.status(result, error, AGR_EXECUTABLE_REFUSED)
          .within(info.file);
    executables.push_back(executable);
  }
  for (const Kernel &kernel : program.kernels) {
    const ExecutableInfo &info = manifest().executables[kernel.executable];
    Device &owner = *devices[info.device];
    agr_hal_error error = {};
    agr_hal_function *function = nullptr;
    agr_hal_code result =
        owner.driver.lookup(owner.handle, executables[kernel.executable],
                            kernel.symbol.c_str(), &function, &error);
    if (result != AGR_HAL_OK)
      return owner.status(result, error, AGR_EXECUTABLE_REFUSED)
          .within(info.file);
    functions.push_back(function);
  }
  return Status();
}

Status LoadedBundle::loadWeights() {
  Bytes data = bundle.data("weights.bin");
  // The mapping is read-only and the devices are told so.
  auto *bytes = const_cast<uint8_t *>(data.data());
  std::shared_ptr<Memory> mapped = Memory::host(bytes, data.size(), true);
  for (const std::unique_ptr<Device> &device : devices) {
    if (device->driver.import_host) {
      // Imported now: commands of several contexts then only read.
      if (Expected<agr_hal_buffer *> buffer = mapped->on(*device);
          buffer.failed())
        return buffer.status();
      weightMemory.push_back(mapped);
      continue;
    }
    Expected<std::shared_ptr<Memory>> memory =
        Memory::allocate(*device, data.size());
    if (memory.failed())
      return memory.status();
    Window source{mapped, 0, data.size()}, target{*memory, 0, data.size()};
    if (Status status = copyWindow(source, target); status.failed())
      return status;
    weightMemory.push_back(memory.take());
  }
  return Status();
}
