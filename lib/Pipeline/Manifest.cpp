//===- Manifest.cpp - manifest and report of a bundle -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Device/Roofline.h"
#include "autoglm/Pipeline/Emission.h"
#include "autoglm/Support/Hash.h"
#include "autoglm/Target/Target.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using json = nlohmann::json;

namespace autoglm {

std::string getDtypeName(Type elementType) {
  if (elementType.isBF16())
    return "bfloat16";
  if (auto floatType = dyn_cast<FloatType>(elementType))
    return "float" + std::to_string(floatType.getWidth());
  if (elementType.isInteger(1))
    return "bool";
  return (elementType.isUnsignedInteger() ? "uint" : "int") +
         std::to_string(elementType.getIntOrFloatBitWidth());
}

std::string getExecutableFile(plan::BinaryOp binary) {
  return ("executables/" + binary.getSymName().drop_front() + "." +
          binary.getExtension())
      .str();
}

/// Inputs or outputs of an entry, in order.
static json describeTensors(func::FuncOp function, bool outputs) {
  json result = json::array();
  for (unsigned i = 0, n = function.getNumArguments(); i < n; ++i) {
    auto attr = function.getArgAttrOfType<TypeAttr>(i, "plan.tensor");
    bool isOutput = function.getArgAttr(i, "plan.output") != nullptr;
    if (!attr || isOutput != outputs)
      continue;
    auto type = cast<RankedTensorType>(attr.getValue());
    auto name = function.getArgAttrOfType<StringAttr>(i, kNameAttr);
    json dims = json::array();
    if (auto own = function.getArgAttrOfType<ArrayAttr>(i, kDimsAttr)) {
      for (Attribute dim : own)
        if (auto number = dyn_cast<IntegerAttr>(dim))
          dims.push_back(number.getInt());
        else
          dims.push_back(cast<StringAttr>(dim).getValue().str());
    } else {
      dims = std::vector<int64_t>(type.getShape());
    }
    result.push_back({{"name", name ? name.getValue().str() : ""},
                      {"dtype", getDtypeName(type.getElementType())},
                      {"shape", std::vector<int64_t>(type.getShape())},
                      {"dims", dims},
                      {"layout", "row_major"}});
  }
  return result;
}

namespace {
struct ArenaBytes {
  int64_t total = 0; ///< of the largest that an entry asks for
  int64_t alive = 0; ///< of those, in use at one time
};
} // namespace

static ArenaBytes getArenaBytes(ModuleOp module, DeviceOp device) {
  ArenaBytes bytes;
  module.walk([&](plan::ArenaOp arena) {
    int64_t total = arena.getBytes();
    if (arena.getDevice() == device.getSymName() && total > bytes.total)
      bytes = {total, static_cast<int64_t>(arena.getAlive().value_or(total))};
  });
  return bytes;
}

/// A digest of graph and weights: the host programs name executables by
/// content, weights by place in a file whose digest the manifest has too.
static std::string getModelDigest(const json &plan,
                                  const std::string &weights) {
  return "xxh3:" + hashBytes(plan.dump() + weights);
}

/// The drivers that run a device's code, the preferred one first.
static std::vector<std::string> getDrivers(DeviceAttr device) {
  std::vector<std::string> drivers;
  if (auto list =
          dyn_cast_or_null<ArrayAttr>(lookupProperty(device, "executable_by")))
    for (StringRef driver : list.getAsValueRange<StringAttr>())
      drivers.push_back(driver.str());
  if (drivers.empty())
    drivers.push_back(device.getFamily().str());
  return drivers;
}

json buildManifest(ModuleOp module, const WeightLayout &weights,
                   const json &plan, const std::vector<std::string> &options) {
  json devices = json::array(), entries = json::array();
  json executables = json::array();
  for (auto device : module.getOps<DeviceOp>()) {
    DeviceAttr descriptor = device.getDescriptor();
    const Target *target =
        TargetRegistry::global().lookup(descriptor.getFamily());
    int64_t arena = getArenaBytes(module, device).total;
    devices.push_back({{"name", device.getSymName().str()},
                       {"family", descriptor.getFamily().str()},
                       {"descriptor", descriptor.getName().str()},
                       {"digest", "xxh3:" + descriptor.getDigest().str()},
                       {"features", target ? target->getFeatures(descriptor)
                                           : std::vector<std::string>()},
                       {"min_driver", target ? target->getMinimumDriver() : 1},
                       {"drivers", getDrivers(descriptor)},
                       {"memory",
                        {{"weights", weights.getTotalBytes()},
                         {"arena", arena},
                         {"peak", weights.getTotalBytes() + arena}}}});
  }
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic())
      entries.push_back({{"name", function.getSymName().str()},
                         {"inputs", describeTensors(function, false)},
                         {"outputs", describeTensors(function, true)}});
  for (auto binary : module.getOps<plan::BinaryOp>())
    executables.push_back({{"name", binary.getSymName().drop_front().str()},
                           {"device", binary.getDevice().str()},
                           {"file", getExecutableFile(binary)},
                           {"format", binary.getFormat().str()}});
  auto model = module->getAttrOfType<StringAttr>(kModelAttr);
  return {{"format", 1},
          {"model",
           {{"name", model ? model.getValue().str() : ""},
            {"digest", getModelDigest(plan, weights.getDigest())}}},
          {"compiler", {{"version", AUTOGLM_VERSION}, {"options", options}}},
          {"devices", devices},
          {"entries", entries},
          {"executables", executables}};
}

/// What `fuse` made of a launch: operations, and kernels and bytes without and
/// with it; candidates that were refused, with reason and deciding field.
static json describeFusion(plan::LaunchOp launch) {
  auto count = [&](StringRef name) -> int64_t {
    auto attr = launch->getAttrOfType<IntegerAttr>(name);
    return attr ? attr.getInt() : 0;
  };
  // A relayout is none of the graph's operations, but a kernel.
  int64_t ops = count(kFusedOpsAttr);
  json refused = json::array();
  if (auto list = launch->getAttrOfType<ArrayAttr>(kRefusedAttr))
    for (auto entry : list.getAsRange<DictionaryAttr>()) {
      json row = json::object();
      for (NamedAttribute field : entry)
        if (auto text = dyn_cast<StringAttr>(field.getValue()))
          row[field.getName().str()] = text.str();
      refused.push_back(row);
    }
  json result = json::object();
  result["ops"] = ops;
  result["kernels_before"] = std::max<int64_t>(ops, 1);
  result["kernels_after"] = 1;
  result["bytes_before"] = count(kUnfusedBytesAttr);
  result["bytes_after"] = count(kBytesAttr);
  result["refused"] = refused;
  return result;
}

json buildReport(ModuleOp module, const WeightLayout &weights) {
  json entries = json::array();
  for (auto function : module.getOps<func::FuncOp>()) {
    json launches = json::array();
    int64_t flops = 0, bytes = 0;
    function.walk([&](plan::LaunchOp launch) {
      json nodes = json::array();
      for (NodeAttr node : getNodes(launch.getLoc()))
        nodes.push_back(
            {{"name", node.getName().str()}, {"op", node.getOp().str()}});
      auto count = [&](StringRef name) -> int64_t {
        auto attr = launch->getAttrOfType<IntegerAttr>(name);
        return attr ? attr.getInt() : 0;
      };
      flops += count(kFlopsAttr);
      bytes += count(kBytesAttr);
      launches.push_back(
          {{"executable", launch.getExecutable().str()},
           {"device",
            launch->getParentOfType<plan::SubmitOp>().getDevice().str()},
           {"nodes", nodes},
           {"flops", count(kFlopsAttr)},
           {"bytes", count(kBytesAttr)},
           {"fusion", describeFusion(launch)}});
    });
    entries.push_back({{"name", function.getSymName().str()},
                       {"flops", flops},
                       {"bytes", bytes},
                       {"launches", launches}});
  }
  json devices = json::array();
  for (auto device : module.getOps<DeviceOp>()) {
    ArenaBytes arena = getArenaBytes(module, device);
    devices.push_back({{"name", device.getSymName().str()},
                       {"descriptor", device.getDescriptor().getName().str()},
                       {"arena_bytes", arena.total},
                       {"arena_lower_bound", arena.alive},
                       {"missing", getMissingNumbers(device.getDescriptor())}});
  }
  json executables = json::array();
  for (auto executable : module.getOps<plan::ExecutableOp>())
    executables.push_back({{"name", executable.getSymName().str()},
                           {"extent", executable.getExtent().value_or(1)}});
  auto model = module->getAttrOfType<StringAttr>(kModelAttr);
  return {{"schema_version", 1},
          {"model", model ? model.getValue().str() : ""},
          {"devices", devices},
          {"entries", entries},
          {"executables", executables},
          {"weights_bytes", weights.getTotalBytes()}};
}

} // namespace autoglm
