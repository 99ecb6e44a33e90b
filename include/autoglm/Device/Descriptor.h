//===- Descriptor.h - device descriptors -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DEVICE_DESCRIPTOR_H
#define AUTOGLM_DEVICE_DESCRIPTOR_H

#include "dialects/AutoGLM/AutoGLM.h"
#include "llvm/Support/Error.h"

namespace autoglm {

/// One thing wrong with a descriptor file.
struct DescriptorProblem {
  std::string file;
  /// From 1; 0 if the problem has no position.
  int line = 0, column = 0;
  /// JSON path, such as `/memory/0/bandwidth`.
  std::string path;
  std::string message;
};

/// A shipped or user descriptor that could be used.
struct DescriptorEntry {
  std::string name;
  std::string family;
  std::string description;
  std::string file;
};

/// Finds, reads, checks and resolves device descriptors. Shipped ones lie in
/// `share/autoglm/devices` beside the tool's `bin`, or in the folders of the
/// environment variable AUTOGLM_DEVICE_PATH.
class DescriptorLoader {
public:
  /// `toolPath` is argv[0] or the executable's path; it locates the folder.
  explicit DescriptorLoader(std::string toolPath);

  /// Every descriptor that can be named, sorted by name.
  std::vector<DescriptorEntry> list() const;

  /// Resolves a name, an alias or a file path. `host` (short: `cpu`) is probed.
  /// On failure `problems` says why; for an unknown name the message lists the
  /// known ones.
  mlir::FailureOr<DeviceAttr>
  load(mlir::MLIRContext *context, llvm::StringRef nameOrFile,
       std::vector<DescriptorProblem> &problems) const;

  /// All problems of a file at once; empty if it is good.
  std::vector<DescriptorProblem> check(llvm::StringRef file) const;

private:
  std::vector<std::string> folders;
};

} // namespace autoglm

#endif // AUTOGLM_DEVICE_DESCRIPTOR_H
