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

  /// The file, and the place in it.
  std::string file, path;
  int line = 0, column = 0;
  /// Name of the base that a value was inherited from; empty for its own.
  std::string origin;

  void add(llvm::StringRef memberName, DescriptorValue member) {
    member.name = memberName.str();
    members.push_back(std::move(member));
  }
  /// A member, or null.
  const DescriptorValue *find(llvm::StringRef name) const;
  /// The same, to change; operators in any spelling.
  DescriptorValue *findToChange(llvm::StringRef name);
  /// A member's text; empty if it has none.
  std::string getText(llvm::StringRef name) const;
  /// A member's number; nothing if it is unknown.
  std::optional<double> getNumber(llvm::StringRef name) const;
};

/// Reads JSON or YAML with the given fields. Everything that is wrong is added
/// to `problems`; the value is complete only if nothing was. `source` is that
/// of numbers that name none; if it is empty they must.
DescriptorValue readDocument(llvm::StringRef file, llvm::StringRef text,
                             llvm::ArrayRef<Field> fields,
                             llvm::StringRef source,
                             std::vector<DescriptorProblem> &problems);

/// Whether a text is an object with that key; false if it cannot be read.
bool hasKey(llvm::StringRef text, llvm::StringRef key);

/// Reads a descriptor in either form, as it stands in its file. One that
/// extends another may leave out what the other has; one in the short form
/// still has its keys.
DescriptorValue readDescriptor(llvm::StringRef file, llvm::StringRef text,
                               std::vector<DescriptorProblem> &problems);

/// Reads one value from outside a file, such as "64KiB" for a size.
DescriptorValue readSetting(llvm::StringRef setting, llvm::StringRef text,
                            const Field &field, llvm::StringRef path,
                            std::vector<DescriptorProblem> &problems);

/// `own` with what only its base has.
DescriptorValue inherit(const DescriptorValue &base, DescriptorValue own,
                        llvm::StringRef origin);

/// The descriptor that a short form of that family stands for. `name` is for
/// one that has none.
DescriptorValue expandShortForm(const DescriptorValue &root,
                                llvm::StringRef name, llvm::StringRef family);

/// Applies "memory.dram.bandwidth=34GB/s" to a resolved descriptor.
void applySetting(DescriptorValue &root, llvm::StringRef setting,
                  std::vector<DescriptorProblem> &problems);

/// What no single field shows: numbers that contradict each other. What is
/// inherited is reported where `root` extends its base.
void checkContradictions(const DescriptorValue &root,
                         std::vector<DescriptorProblem> &problems);

/// The attribute of a descriptor without problems.
DeviceAttr buildDevice(mlir::MLIRContext *context, const DescriptorValue &root);

/// The fields of a descriptor, one by one.
void listFields(const DescriptorValue &root,
                std::vector<DescriptorField> &fields);

} // namespace autoglm

#endif // AUTOGLM_LIB_DEVICE_READER_H
