//===- Units.h - quantities with units --------------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DEVICE_UNITS_H
#define AUTOGLM_DEVICE_UNITS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace autoglm {

/// What a number of a descriptor counts; its base unit is what IR holds.
enum class Unit {
  /// A plain whole number, written without a unit.
  Count,
  /// A plain number, not negative, written without a unit.
  Ratio,
  Bytes,
  BytesPerSecond,
  Hertz,
  Seconds,
  OperationsPerSecond,
  Joules,
  JoulesPerByte,
  Watts
};

/// The number in base units of a text such as "64KiB", "1.41GHz", "5us". The
/// error says what is wrong and how it should look.
llvm::Expected<double> parseQuantity(llvm::StringRef text, Unit unit);

/// The shortest such text that reads back as the number.
std::string formatQuantity(double value, Unit unit);

/// A text of that unit, for messages and documentation.
llvm::StringRef getExample(Unit unit);

/// Whether values are written without a unit.
inline bool isPlain(Unit unit) {
  return unit == Unit::Count || unit == Unit::Ratio;
}

/// Whether values are whole numbers, held as i64 in IR (others as f64).
inline bool isIntegral(Unit unit) {
  return unit == Unit::Count || unit == Unit::Bytes;
}

} // namespace autoglm

#endif // AUTOGLM_DEVICE_UNITS_H
