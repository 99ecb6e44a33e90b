//===- Manifest.h - what a bundle says about itself -------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_MANIFEST_H
#define AUTOGLM_RUNTIME_MANIFEST_H

#include "autoglm/Runtime/Archive.h"

#include <map>
#include <string>
#include <vector>

namespace autoglm::rt {

struct TensorInfo {
  std::string name;
  agr_dtype dtype = AGR_FLOAT32;
  std::vector<int64_t> shape;
  /// The model's own spelling of each dimension, as JSON text.
  std::vector<std::string> dims;
  std::string layout;
  uint64_t bytes = 0;
};

struct EntryInfo {
  std::string name;
  std::vector<TensorInfo> inputs, outputs;
};

struct DeviceInfo {
  std::string name, family, descriptor, digest;
  std::vector<std::string> features;
  /// Drivers that run its executables, the preferred one first; never empty.
  std::vector<std::string> drivers;
  uint32_t minDriver = 0;
  uint64_t weightBytes = 0, arenaBytes = 0, peakBytes = 0;
};

struct ExecutableInfo {
  std::string name, file, format;
  uint32_t device = 0;
};

struct FileInfo {
  uint64_t bytes = 0;
  std::string digest;
};

struct Manifest {
  std::string modelName, modelDigest, compilerVersion;
  std::vector<std::string> compilerOptions;
  std::vector<DeviceInfo> devices;
  std::vector<EntryInfo> entries;
  std::vector<ExecutableInfo> executables;
  std::map<std::string, FileInfo> files;

  /// Parses the text of manifest.json.
  static Expected<Manifest> parse(Bytes text);
};

/// The archive of a bundle and its manifest, everything but the contents of
/// the entries checked. Throughout, indices stand for names.
struct BundleFile {
  std::unique_ptr<MappedFile> file;
  Archive archive;
  Manifest manifest;

  static Expected<BundleFile> open(const std::string &path);
  /// Compares one entry with its digest.
  Status verify(const ArchiveEntry &entry) const;
  /// The entry's data; the manifest promised that it is there.
  Bytes data(const std::string &name) const;
};

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_MANIFEST_H
