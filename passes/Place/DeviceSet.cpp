//===- DeviceSet.cpp - the devices of a module and their links -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Place/GraphCost.h"

using namespace mlir;

namespace autoglm {

static Link readLink(LinkOp op) {
  Link link;
  std::string name = ("link of " + op.getDevice()).str();
  if (auto latency = op.getLatency())
    link.latency = latency->convertToDouble();
  else
    link.missing.push_back(name + ": latency");
  double bandwidth =
      op.getBandwidth() ? op.getBandwidth()->convertToDouble() : 0;
  if (bandwidth > 0)
    link.secondsPerByte = 1 / bandwidth;
  else
    link.missing.push_back(name + ": bandwidth");
  if (auto energy = op.getEnergy())
    link.joulesPerByte = energy->convertToDouble();
  return link;
}

/// One way after the other.
static Link join(const Link &a, const Link &b) {
  Link joint = a;
  joint.latency += b.latency;
  joint.secondsPerByte += b.secondsPerByte;
  joint.joulesPerByte += b.joulesPerByte;
  llvm::append_range(joint.missing, b.missing);
  return joint;
}

static int64_t getPriority(DeviceOp op) {
  auto priority = op->getAttrOfType<IntegerAttr>(kPriorityAttr);
  return priority ? priority.getInt() : 0;
}

DeviceSet::DeviceSet(ModuleOp module) : devices(module.getOps<DeviceOp>()) {
  llvm::stable_sort(devices, [](DeviceOp a, DeviceOp b) {
    return getPriority(a) < getPriority(b);
  });
  for (DeviceOp device : devices)
    models.push_back(getDeviceModel(device));

  size_t count = size(), places = count + 1;
  links.resize(places * places);
  std::vector<bool> direct(places * places);
  auto set = [&](size_t a, size_t b, const Link &link) {
    for (size_t at : {a * places + b, b * places + a}) {
      links[at] = link;
      direct[at] = true;
    }
  };
  for (LinkOp op : module.getOps<LinkOp>())
    set(find(op.getDevice()), op.getTo() ? find(*op.getTo()) : count,
        readLink(op));
  for (size_t a = 0; a < count; ++a)
    for (size_t b = 0; b < count; ++b)
      if (a != b && !direct[a * places + b])
        links[a * places + b] = join(getLink(a, count), getLink(count, b));
}

size_t DeviceSet::find(StringRef symbol) const {
  return llvm::find_if(
             devices,
             [&](DeviceOp op) { return DeviceOp(op).getSymName() == symbol; }) -
         devices.begin();
}

double DeviceSet::getMemoryRatio(size_t index) const {
  auto ratio =
      DeviceOp(devices[index])->getAttrOfType<FloatAttr>(kMaxMemoryRatioAttr);
  return ratio ? ratio.getValueAsDouble() : 1;
}

double DeviceSet::getCapacity(size_t index) const {
  const DeviceModel &model = models[index];
  auto bytes = model.getNumber(getMainMemoryField(model.getDevice(), "size"));
  return bytes ? *bytes * getMemoryRatio(index) : PartitionProblem::kNever;
}

} // namespace autoglm
