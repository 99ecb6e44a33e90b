//===- Archive.h - the strict ZIP reader ------------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_ARCHIVE_H
#define AUTOGLM_RUNTIME_ARCHIVE_H

#include "autoglm/Runtime/Status.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace autoglm::rt {

using Bytes = std::span<const uint8_t>;

/// A read-only mapping of a whole file.
class MappedFile {
public:
  static Expected<std::unique_ptr<MappedFile>> open(const std::string &path);
  ~MappedFile();
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;

  Bytes bytes() const { return {data, size}; }

private:
  MappedFile(const uint8_t *data, size_t size) : data(data), size(size) {}
  const uint8_t *data;
  size_t size;
};

struct ArchiveEntry {
  std::string name;
  Bytes data;
  uint32_t crc = 0;
  /// Where the data starts in the file.
  uint64_t offset = 0;
};

/// The entries of a bundle, in file order. Accepts exactly the archives that
/// BundleWriter writes: every byte of every header has one legal value, or is
/// compared with its twin, so no byte outside the data can change unnoticed.
class Archive {
public:
  static Expected<Archive> parse(Bytes file);

  const std::vector<ArchiveEntry> &entries() const { return list; }
  const ArchiveEntry *find(const std::string &name) const;

private:
  std::vector<ArchiveEntry> list;
};

uint32_t crc32(Bytes data);
/// "xxh3:" and the 32 hex digits of XXH3-128 in canonical byte order.
std::string digest(Bytes data);

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_ARCHIVE_H
