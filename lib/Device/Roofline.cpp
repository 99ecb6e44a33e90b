//===- Roofline.cpp - what a device reaches at most -------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Device/Roofline.h"
#include "autoglm/Device/DeviceModel.h"

using namespace mlir;

namespace autoglm {

/// What units, clock and the width of an array or of vectors make; the rule of
/// docs/devices.md.
static std::vector<Roofline::Rate> deriveRates(const DeviceModel &model) {
  std::vector<Roofline::Rate> rates;
  auto units = model.getNumber("compute.units");
  auto clock = model.getNumber("compute.clock");
  if (!units || !clock)
    return rates;
  auto rows = model.getNumber("compute.rows");
  auto cols = model.getNumber("compute.cols");
  if (rows && cols) {
    rates.push_back({"any", 2 * *units * *clock * *rows * *cols,
                     "2 * units * clock * rows * cols"});
    return rates;
  }
  auto bits = model.getNumber("compute.vector_bits");
  auto ports = model.getNumber("compute.ports");
  if (bits && ports)
    rates.push_back({"float32", 2 * *units * *clock * *ports * *bits / 32,
                     "2 * units * clock * ports * vector_bits / 32"});
  return rates;
}

Roofline getRoofline(DeviceAttr device) {
  DeviceModel model(device, nullptr);
  Roofline roof;
  if (auto rates = dyn_cast_or_null<DictionaryAttr>(
          lookupProperty(device, "compute.rates")))
    for (NamedAttribute rate : rates)
      if (auto number = dyn_cast<FloatAttr>(rate.getValue()))
        roof.rates.push_back(
            {rate.getName().str(), number.getValueAsDouble(), ""});
  if (roof.rates.empty())
    roof.rates = deriveRates(model);

  auto main =
      dyn_cast_or_null<StringAttr>(lookupProperty(device, "main_memory"));
  auto levels =
      dyn_cast_or_null<DictionaryAttr>(lookupProperty(device, "memory"));
  auto add = [&](StringRef name, Attribute level) {
    auto fields = dyn_cast_or_null<DictionaryAttr>(level);
    auto bandwidth =
        fields ? fields.getAs<FloatAttr>("bandwidth") : FloatAttr();
    if (bandwidth)
      roof.levels.push_back({name.str(), bandwidth.getValueAsDouble()});
  };
  if (levels)
    for (NamedAttribute level : levels)
      if (!main || level.getName() != main)
        add(level.getName(), level.getValue());
  if (levels && main)
    add(main, levels.get(main));
  return roof;
}

std::vector<std::string> getMissingNumbers(DeviceAttr device) {
  DeviceModel model(device, nullptr);
  std::vector<std::string> missing;
  if (getRoofline(device).rates.empty())
    missing.emplace_back("compute.rates");
  std::string main = "main";
  if (auto name =
          dyn_cast_or_null<StringAttr>(lookupProperty(device, "main_memory")))
    main = name.str();
  for (StringRef field : {"size", "bandwidth"})
    if (std::string path = "memory." + main + "." + field.str();
        !model.getNumber(path))
      missing.push_back(path);
  if (!model.getNumber("launch_overhead"))
    missing.emplace_back("launch_overhead");
  return missing;
}

} // namespace autoglm
