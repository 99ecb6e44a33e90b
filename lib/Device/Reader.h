//===- Reader.h - reads and checks a descriptor's text ----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_DEVICE_READER_H
#define AUTOGLM_LIB_DEVICE_READER_H

#include "Schema.h"
#include "autoglm/Device/Descriptor.h"

namespace autoglm {

/// A field's value with the place it stands at.
struct DescriptorValue {
  enum class Kind { Unknown, Text, Flag, Number, Texts, Object };
  Kind kind = Kind::Unknown;
  std::string text;
  bool flag = false;
  double number = 0;
  Unit unit = Unit::Count;
  std::string source;
  std::vector<std::string> texts;
  /// Of an object, in the order of the file; of a list of objects by their key.
  std::vector<DescriptorValue> members;
  /// As a member.
  std::string name;

  std::string path;
  int line = 0, column = 0;

  void add(llvm::StringRef memberName, DescriptorValue member) {
    member.name = memberName.str();
    members.push_back(std::move(member));
  }
  /// A member, or null.
  const DescriptorValue *find(llvm::StringRef name) const;
  /// A member's text; empty if it has none.
  std::string getText(llvm::StringRef name) const;
  /// A member's number; nothing if it is unknown.
  std::optional<double> getNumber(llvm::StringRef name) const;
};

/// Reads JSON or YAML. Everything that is wrong is added to `problems`; the
/// value is complete only if nothing was.
DescriptorValue readDescriptor(llvm::StringRef file, llvm::StringRef text,
                               std::vector<DescriptorProblem> &problems);

/// What no single field shows: numbers that contradict each other.
void checkContradictions(const DescriptorValue &root, llvm::StringRef file,
                         std::vector<DescriptorProblem> &problems);

/// The attribute of a descriptor without problems.
DeviceAttr buildDevice(mlir::MLIRContext *context, const DescriptorValue &root);

/// The fields of a descriptor, one by one.
void listFields(const DescriptorValue &root,
                std::vector<DescriptorField> &fields);

} // namespace autoglm

#endif // AUTOGLM_LIB_DEVICE_READER_H
