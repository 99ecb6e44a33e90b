//===- Roofline.cpp - what a device reaches at most -------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Device/Roofline.h"

using namespace mlir;

namespace autoglm {

static bool hasArray(const DeviceModel &model) {
  return model.getNumber("compute.rows") && model.getNumber("compute.cols");
}

std::optional<double> getRate(const DeviceModel &model, StringRef type,
                              unsigned bits) {
  if (auto rate = model.getNumber(("compute.rates." + type).str()))
    return rate;
  auto units = model.getNumber("compute.units");
  auto clock = model.getNumber("compute.clock");
  if (!units || !clock)
    return std::nullopt;
  // A multiply-add counts 2.
  if (hasArray(model))
    return 2 * *units * *clock * *model.getNumber("compute.rows") *
           *model.getNumber("compute.cols");
  auto vector = model.getNumber("compute.vector_bits");
  auto ports = model.getNumber("compute.ports");
  if (!vector || !ports || bits == 0)
    return std::nullopt;
  double lanes = *vector / std::max(8u, bits);
  return 2 * *units * *clock * *ports * lanes;
}

/// Where no rate is given: of any type in an array, of float32 in vectors.
static std::vector<Roofline::Rate> deriveRates(const DeviceModel &model) {
  std::optional<double> rate = getRate(model, "", 32);
  if (!rate)
    return {};
  if (hasArray(model))
    return {{"any", *rate, "2 * units * clock * rows * cols"}};
  return {{"float32", *rate, "2 * units * clock * ports * vector_bits / 32"}};
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
