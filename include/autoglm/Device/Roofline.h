//===- Roofline.h - what a device reaches at most ---------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DEVICE_ROOFLINE_H
#define AUTOGLM_DEVICE_ROOFLINE_H

#include "dialects/AutoGLM/AutoGLM.h"

#include <string>
#include <vector>

namespace autoglm {

/// The roof of a device, as far as its descriptor knows it.
struct Roofline {
  struct Rate {
    /// As descriptors spell an element type.
    std::string type;
    /// Operations per second, a multiply-add counts 2.
    double operations;
    /// The fields it was computed from; empty for one that is given.
    std::string derivedFrom;
  };
  struct Level {
    std::string name;
    /// Bytes per second between the level and the compute units.
    double bandwidth;
  };
  /// By type, and by level: the main memory comes last.
  std::vector<Rate> rates;
  std::vector<Level> levels;

  /// Operations per byte at which a level stops being the limit.
  static double getRidge(const Rate &rate, const Level &level) {
    return rate.operations / level.bandwidth;
  }
};

Roofline getRoofline(DeviceAttr device);

/// The fields that are unknown and without which estimates leave a term out,
/// such as "memory.dram.bandwidth"; in a fixed order.
std::vector<std::string> getMissingNumbers(DeviceAttr device);

} // namespace autoglm

#endif // AUTOGLM_DEVICE_ROOFLINE_H
