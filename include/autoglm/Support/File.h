//===- File.h - mapped input files and atomic output files ------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_SUPPORT_FILE_H
#define AUTOGLM_SUPPORT_FILE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <optional>
#include <string>

namespace autoglm {

/// A regular file mapped for reading; its bytes come from the disk as they are
/// used and never lie on the heap. A tensor may keep the file alive as owner.
class MappedFile {
public:
  /// The error says what the system says, without the path.
  static llvm::Expected<std::shared_ptr<const MappedFile>>
  open(const std::string &path);
  /// The same of an open file, which is closed; `path` is only remembered.
  static llvm::Expected<std::shared_ptr<const MappedFile>>
  fromDescriptor(int descriptor, const std::string &path);
  ~MappedFile();
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;

  const std::string &getPath() const { return path; }
  llvm::StringRef getBytes() const { return {data, size}; }
  size_t getSize() const { return size; }
  /// A range, or nothing if it is not within the file; any numbers are safe.
  std::optional<llvm::StringRef> getRange(uint64_t offset,
                                          uint64_t length) const;

private:
  MappedFile(std::string path, const char *data, size_t size)
      : path(std::move(path)), data(data), size(size) {}

  std::string path;
  const char *data;
  size_t size;
};

/// A file that appears whole or not at all: it is written beside its place and
/// renamed by `commit`; without that nothing is left and what was there stays.
/// A symbolic link is followed, a device or pipe is written directly, a folder
/// refused. A signal handler removes what the writing left.
class OutputFile {
public:
  /// The error says what the system says, without the path.
  static llvm::Expected<OutputFile> create(const std::string &path);
  ~OutputFile();
  OutputFile(OutputFile &&other) noexcept;
  OutputFile &operator=(OutputFile &&) = delete;

  const std::string &getPath() const { return path; }
  /// For a library that wants to write the file by name: the path that `commit`
  /// will rename. The name is the final one for a device or pipe.
  const std::string &getTemporaryPath() const { return temporary; }
  /// Descriptor of the file, at the position behind what was written.
  int getDescriptor() const { return descriptor; }

  llvm::Error write(llvm::StringRef bytes);
  /// Brings the bytes to the disk and the file to its place.
  llvm::Error commit();

private:
  OutputFile(std::string path, std::string temporary, int descriptor)
      : path(std::move(path)), temporary(std::move(temporary)),
        descriptor(descriptor) {}
  bool isDirect() const { return temporary == path; }
  void discard();

  std::string path, temporary;
  int descriptor;
};

/// Writes a whole file at once, in the same way.
llvm::Error writeFile(const std::string &path, llvm::StringRef bytes);

} // namespace autoglm

#endif // AUTOGLM_SUPPORT_FILE_H
