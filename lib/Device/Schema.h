//===- Schema.h - the fields of a device descriptor -------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_DEVICE_SCHEMA_H
#define AUTOGLM_LIB_DEVICE_SCHEMA_H

#include "autoglm/Device/Units.h"
#include "autoglm/Support/Suggest.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/raw_ostream.h"

namespace autoglm {

/// One field of a descriptor file. The table in Schema.cpp is what the reader
/// checks a file against and what the published JSON Schema is printed from.
struct Field {
  enum class Kind {
    /// Any text.
    String,
    /// One of `choices`.
    Choice,
    /// A list of texts, of `choices` if there are any.
    Strings,
    Flag,
    /// A number with a unit and a source.
    Quantity,
    /// An object with the fields `children`.
    Object,
    /// An object with free keys (of `choices` if there are any), every value a
    /// quantity.
    Quantities,
    /// A list of objects with the fields `children`, whose `key` tells them
    /// apart; the attribute is a dictionary from that key to the rest.
    Objects,
    /// The same; an element may also be its key alone, an operator.
    KeysOrObjects,
    /// A list of objects with the fields `children`, which nothing tells apart.
    List
  };
  llvm::StringRef name;
  Kind kind;
  bool required;
  llvm::StringRef description;
  Unit unit = Unit::Count;
  llvm::ArrayRef<Field> children = {};
  llvm::ArrayRef<llvm::StringRef> choices = {};
  /// Of Objects and KeysOrObjects.
  llvm::StringRef key = {};
};

/// The fields of a whole descriptor file, of one in the short form, and of an
/// adapters file.
llvm::ArrayRef<Field> getDescriptorFields();
llvm::ArrayRef<Field> getShortFields();
llvm::ArrayRef<Field> getAdapterFields();

/// Fields that say which device it is; they belong to one file, so they are
/// neither inherited nor set from outside.
bool isIdentity(llvm::StringRef field);

/// The keys that are no fields: "$schema" and, in every object, "source".
bool isAnnotation(llvm::StringRef key);

/// What names, levels and aliases are made of: lower-case letters and digits,
/// with `-`, `_`, `.` between them.
bool isName(llvm::StringRef text);

/// What the spellings of an operator have in common: `LayerNormalization` and
/// `layer_normalization` are the same operator.
std::string normalizeOperator(llvm::StringRef name);

} // namespace autoglm

#endif // AUTOGLM_LIB_DEVICE_SCHEMA_H
