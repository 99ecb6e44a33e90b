//===- Writer.h - writes a bundle -------------------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_BUNDLE_WRITER_H
#define AUTOGLM_BUNDLE_WRITER_H

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace autoglm {

/// Collects the entries of a bundle and writes the archive that
/// docs/bundle-format.md describes: the same entries give the same bytes.
class BundleWriter {
public:
  /// `manifest` without its key "files", which finish() fills in.
  explicit BundleWriter(nlohmann::json manifest)
      : manifest(std::move(manifest)) {}

  /// Entries come after the manifest in the order of these calls. The data of
  /// "weights.bin" is aligned for mapping.
  void addBuffer(std::string name, std::string bytes);
  /// The file at `path` must stay unchanged until finish() returns.
  void addFile(std::string name, std::string path);

  /// Writes the bundle beside `path`, then renames it; on failure nothing is
  /// left and what was at `path` is unchanged. Returns "" or what went wrong,
  /// with the system's reason. If `path` is a device or pipe, the bundle is
  /// written to it from a temporary file.
  std::string finish(const std::string &path);

private:
  struct Entry {
    std::string name;
    std::string bytes; // or:
    std::string file;
    bool isFile = false;
  };

  std::string describe(std::string &text, std::vector<uint64_t> &sizes);
  std::string writeArchive(const std::string &path);

  nlohmann::json manifest;
  std::vector<Entry> entries;
};

} // namespace autoglm

#endif // AUTOGLM_BUNDLE_WRITER_H
