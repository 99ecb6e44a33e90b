//===- Pins.cpp - devices on cores of their own
//----------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/LoadedBundle.h"

#include <sched.h>

using namespace autoglm::rt;

static std::string listUsable(const cpu_set_t &usable) {
  std::string text;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(core, &usable))
      continue;
    int last = core;
    while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, &usable))
      ++last;
    text += (text.empty() ? "" : ",") + std::to_string(core);
    if (last != core)
      text += "-" + std::to_string(last);
    core = last;
  }
  return text;
}

Expected<std::vector<std::vector<uint32_t>>>
autoglm::rt::readPins(const std::vector<OpenOptions::Pin> &pins,
                      const Manifest &manifest) {
  std::vector<std::vector<uint32_t>> cores(manifest.devices.size());
  for (const OpenOptions::Pin &pin : pins) {
    size_t index = 0;
    std::string known;
    while (index < cores.size() && manifest.devices[index].name != pin.device) {
      known +=
          (known.empty() ? "'" : ", '") + manifest.devices[index].name + "'";
      ++index;
    }
    if (index == cores.size())
      return Status(AGR_UNKNOWN_NAME, "the bundle has no device '" +
                                          pin.device + "' to pin; it has " +
                                          known);
    std::string what = "device '" + pin.device + "' ";
    if (pin.cores.empty())
      return Status(AGR_BAD_ARGUMENT, what + "is pinned to no core");
    if (!cores[index].empty())
      return Status(AGR_BAD_ARGUMENT, what + "is pinned twice");
    cpu_set_t usable;
    CPU_ZERO(&usable);
    if (sched_getaffinity(0, sizeof usable, &usable) != 0)
      return Status(AGR_BAD_ARGUMENT, what + "cannot be pinned here");
    for (uint32_t core : pin.cores)
      if (core >= CPU_SETSIZE || !CPU_ISSET(core, &usable))
        return Status(AGR_BAD_ARGUMENT, what + "cannot be pinned to core " +
                                            std::to_string(core) +
                                            ": this process may use " +
                                            listUsable(usable));
    cores[index] = pin.cores;
  }
  return cores;
}
