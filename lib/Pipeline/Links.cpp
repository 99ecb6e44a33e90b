//===- Links.cpp - links of the descriptors between devices -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Pipeline/Placement.h"
#include "autoglm/Target/Target.h"

using namespace mlir;

namespace autoglm {

static void addLink(OpBuilder &builder, DeviceOp device, DeviceOp to,
                    const Link &link) {
  auto number = [&](double value, bool isKnown) {
    return isKnown ? builder.getF64FloatAttr(value) : FloatAttr();
  };
  auto isKnown = [&](StringRef field) {
    return llvm::none_of(link.missing, [&](const std::string &missing) {
      return StringRef(missing).ends_with(field);
    });
  };
  builder.create<LinkOp>(
      device.getLoc(), FlatSymbolRefAttr::get(device),
      to ? FlatSymbolRefAttr::get(to) : FlatSymbolRefAttr(),
      number(link.secondsPerByte > 0 ? 1 / link.secondsPerByte : 0,
             isKnown(".bandwidth")),
      number(link.latency, isKnown(".latency")),
      number(link.joulesPerByte, link.joulesPerByte > 0));
}

void addLinks(ModuleOp module) {
  SmallVector<DeviceOp> devices(module.getOps<DeviceOp>());
  if (devices.empty())
    return;
  OpBuilder builder(module.getContext());
  builder.setInsertionPointAfter(devices.back());
  for (auto [index, device] : llvm::enumerate(devices)) {
    DeviceModel model = getDeviceModel(device);
    for (auto [other, to] : llvm::enumerate(devices)) {
      DeviceModel end = getDeviceModel(to);
      // One way is enough: a link is the same in both directions.
      bool isTold =
          other < index && end.getLink(device.getDescriptor().getName());
      std::optional<Link> link = model.getLink(to.getDescriptor().getName());
      // A link to a device that is at home with the caller is one to the
      // caller.
      if (other != index && link && !isTold &&
          lookupProperty(to.getDescriptor(), "links"))
        addLink(builder, device, to, *link);
    }
    if (lookupProperty(device.getDescriptor(), "links"))
      addLink(builder, device, DeviceOp(), model.getHostLink());
  }
}

} // namespace autoglm
