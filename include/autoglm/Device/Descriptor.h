//===- Descriptor.h - device descriptors -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DEVICE_DESCRIPTOR_H
#define AUTOGLM_DEVICE_DESCRIPTOR_H

#include "autoglm/Device/Units.h"
#include "autoglm/Support/Diagnostics.h"
#include "dialects/AutoGLM/AutoGLM.h"
#include "llvm/Support/Error.h"

#include <memory>

namespace autoglm {

/// One thing wrong with a descriptor file.
struct DescriptorProblem {
  /// BadDescriptor, CannotRead, or UnknownDevice for a name.
  ErrorCode code = ErrorCode::BadDescriptor;
  /// Empty for a name that is not known.
  std::string file;
  /// From 1; 0 if the problem has no position.
  int line = 0, column = 0;
  /// JSON path, such as `/memory/0/bandwidth`; empty for the whole file.
  std::string path;
  std::string message;

  /// The message with the path before it, as a diagnostic's text.
  std::string getText() const {
    return path.empty() ? message : path + ": " + message;
  }
};

/// One field of a resolved descriptor, for people.
struct DescriptorField {
  /// Such as `memory.l1.size`.
  std::string path;
  /// As a descriptor spells it; "unknown" for null.
  std::string value;
  /// Where a number comes from; empty for what is no number.
  std::string source;
  /// Name of the device it was inherited from by `extends`; empty for the
  /// descriptor's own.
  std::string origin;
};

struct DescriptorValue;

/// What is different from the descriptor in one use of it.
struct DescriptorChanges {
  /// "PATH=VALUE" as `--device-set` takes them, without the device.
  llvm::ArrayRef<std::string> settings;
  /// Links that an adapters file adds; may be null.
  const DescriptorValue *links = nullptr;
};

/// A shipped or user descriptor that could be used.
struct DescriptorEntry {
  std::string name;
  std::string family;
  std::string description;
  /// "probed" for a device that is not described but found on this machine.
  std::string file;
};

/// Finds, reads, checks and resolves device descriptors. Shipped ones lie in
/// `share/autoglm/devices` beside the tool's `bin`, or in the folders of the
/// environment variable AUTOGLM_DEVICE_PATH.
class DescriptorLoader {
public:
  /// `toolPath` is argv[0] or the executable's path; it locates the folder.
  explicit DescriptorLoader(std::string toolPath);
  DescriptorLoader(const DescriptorLoader &) = delete;
  DescriptorLoader &operator=(const DescriptorLoader &) = delete;

  /// Every descriptor that can be named, sorted by name.
  std::vector<DescriptorEntry> list() const;

  /// Their names, separated by commas, for messages.
  std::string listNames() const;

  /// Resolves a name, an alias or a file path. `host` (short: `cpu`) is probed.
  /// On failure `problems` says why; for an unknown name the message lists the
  /// known ones.
  mlir::FailureOr<DeviceAttr>
  load(mlir::MLIRContext *context, llvm::StringRef nameOrFile,
       std::vector<DescriptorProblem> &problems,
       std::vector<DescriptorField> *fields = nullptr,
       const DescriptorChanges &changes = {}) const;

  /// All problems of a file at once; empty if it is good.
  std::vector<DescriptorProblem> check(llvm::StringRef file) const;

  /// The name of the device that a device type (a word of some descriptor's
  /// `default_for`) or a family stands for: the first whose `default_for` has
  /// the word, probed ones and the earlier folders first, else the family's
  /// only device. Otherwise an error that says what is known.
  llvm::Expected<std::string> findDefault(llvm::StringRef type) const;

  /// The same for a family, which may have many devices.
  llvm::Expected<std::string> findFamily(llvm::StringRef type) const;

  ~DescriptorLoader();

private:
  struct Found;
  /// Every descriptor file and probe by name, alias or neither (if damaged);
  /// read once.
  const std::vector<Found> &find() const;
  const Found *findByType(llvm::StringRef type) const;
  /// The text behind a name or path, and what messages call it.
  std::optional<std::string>
  getText(llvm::StringRef nameOrFile, std::string &file,
          std::vector<DescriptorProblem> &problems) const;
  /// Reads a descriptor with its bases; `chain` are the files that extend it.
  bool resolve(llvm::StringRef file, llvm::StringRef text,
               DescriptorValue &root, std::vector<DescriptorProblem> &problems,
               std::vector<std::string> &chain) const;
  bool resolveBase(DescriptorValue &root, llvm::StringRef file,
                   std::vector<DescriptorProblem> &problems,
                   std::vector<std::string> &chain) const;

  std::vector<std::string> folders;
  mutable std::unique_ptr<std::vector<Found>> found;
};

/// Tells the settings of several devices apart: "DEVICE:PATH=VALUE", where
/// DEVICE is one of `devices`, and may be left out if there is only one.
std::vector<std::vector<std::string>>
distributeSettings(llvm::ArrayRef<std::string> devices,
                   llvm::ArrayRef<std::string> settings,
                   std::vector<DescriptorProblem> &problems);

/// A device that is found rather than described, such as the host. The family
/// that knows how registers a probe; it returns a descriptor's text, the same
/// on one machine every time.
struct DeviceProbe {
  std::string name;
  std::vector<std::string> aliases;
  std::string family;
  std::string description;
  std::string (*describe)();
  /// As `default_for` of a descriptor.
  std::vector<std::string> types = {};
};

/// Adds a probe; one of a name that is taken replaces the earlier one. Not
/// thread-safe: part of registering the targets.
void registerDeviceProbe(DeviceProbe probe);

/// Prints the JSON Schema of descriptor files, `docs/device.schema.json`.
void printDescriptorSchema(llvm::raw_ostream &os);

} // namespace autoglm

#endif // AUTOGLM_DEVICE_DESCRIPTOR_H
