//===- Numbers.cpp - constants that are one number -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Normalize/Numbers.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace autoglm {

std::optional<double> getNumber(Value value) {
  DenseElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr)) || !attr.isSplat())
    return std::nullopt;
  if (auto number = dyn_cast<FloatAttr>(attr.getSplatValue<Attribute>()))
    return number.getValueAsDouble();
  if (auto number = dyn_cast<IntegerAttr>(attr.getSplatValue<Attribute>()))
    return static_cast<double>(number.getInt());
  return std::nullopt;
}

} // namespace autoglm
