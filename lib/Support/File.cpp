//===- File.cpp - mapped input files and atomic output files ----*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/File.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace autoglm {

static llvm::Error systemError(int number) {
  return llvm::createStringError(
      std::error_code(number, std::generic_category()),
      std::generic_category().message(number));
}

/// Repeats a call that a signal interrupted.
template <typename Call> static auto retry(Call call) {
  decltype(call()) result;
  do
    result = call();
  while (result == -1 && errno == EINTR);
  return result;
}

llvm::Expected<std::shared_ptr<const MappedFile>>
MappedFile::open(const std::string &path) {
  // A pipe without a writer must not stop us before we know what it is.
  int descriptor = retry(
      [&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK); });
  if (descriptor == -1)
    return systemError(errno);
  return fromDescriptor(descriptor, path);
}

llvm::Expected<std::shared_ptr<const MappedFile>>
MappedFile::fromDescriptor(int descriptor, const std::string &path) {
  struct stat info;
  int number = 0;
  if (fstat(descriptor, &info) == -1)
    number = errno;
  else if (S_ISDIR(info.st_mode))
    number = EISDIR;
  if (number) {
    close(descriptor);
    return systemError(number);
  }
  if (!S_ISREG(info.st_mode)) {
    close(descriptor);
    return llvm::createStringError(std::errc::invalid_argument,
                                   "not a regular file");
  }
  auto size = static_cast<size_t>(info.st_size);
  const char *data = "";
  if (size) {
    void *mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapped == MAP_FAILED)
      number = errno;
    else
      data = static_cast<const char *>(mapped);
  }
  close(descriptor);
  if (number)
    return systemError(number);
  return std::shared_ptr<const MappedFile>(new MappedFile(path, data, size));
}

MappedFile::~MappedFile() {
  if (size)
    munmap(const_cast<char *>(data), size);
}

std::optional<llvm::StringRef> MappedFile::getRange(uint64_t offset,
                                                    uint64_t length) const {
  if (offset > size || length > size - offset)
    return std::nullopt;
  return llvm::StringRef(data + offset, length);
}

llvm::Expected<OutputFile> OutputFile::create(const std::string &path) {
  struct stat info;
  bool exists = stat(path.c_str(), &info) == 0;
  if (!exists && errno != ENOENT)
    return systemError(errno);
  if (exists && S_ISDIR(info.st_mode))
    return systemError(EISDIR);
  if (exists && !S_ISREG(info.st_mode)) {
    int descriptor =
        retry([&] { return ::open(path.c_str(), O_WRONLY | O_CLOEXEC); });
    if (descriptor == -1)
      return systemError(errno);
    return OutputFile(path, path, descriptor);
  }
  // Renaming would break a link, so its end is what we replace.
  llvm::SmallString<128> target(path);
  if (exists) {
    if (std::error_code error = llvm::sys::fs::real_path(path, target))
      return llvm::createStringError(error, error.message());
    if (access(target.c_str(), W_OK) == -1)
      return systemError(errno);
  }
  std::string temporary = target.str().str() + ".tmp-XXXXXX";
  int descriptor = mkostemp(temporary.data(), O_CLOEXEC);
  if (descriptor == -1)
    return systemError(errno);
  llvm::sys::RemoveFileOnSignal(temporary);
  OutputFile file(target.str().str(), temporary, descriptor);
  mode_t mode = info.st_mode & 07777;
  if (!exists) {
    mode_t mask = umask(0);
    umask(mask);
    mode = 0666 & ~mask;
  }
  if (fchmod(descriptor, mode) == -1)
    return systemError(errno);
  return file;
}

OutputFile::OutputFile(OutputFile &&other) noexcept
    : path(std::move(other.path)), temporary(std::move(other.temporary)),
      descriptor(other.descriptor) {
  other.descriptor = -1;
}

OutputFile::~OutputFile() { discard(); }

void OutputFile::discard() {
  if (descriptor == -1)
    return;
  close(descriptor);
  descriptor = -1;
  if (isDirect())
    return;
  unlink(temporary.c_str());
  llvm::sys::DontRemoveFileOnSignal(temporary);
}

llvm::Error OutputFile::write(llvm::StringRef bytes) {
  // The system takes at most about 2 GiB at a time.
  constexpr size_t piece = size_t{1} << 30;
  while (!bytes.empty()) {
    ssize_t written = retry([&] {
      return ::write(descriptor, bytes.data(), std::min(bytes.size(), piece));
    });
    if (written == -1)
      return systemError(errno);
    bytes = bytes.drop_front(written);
  }
  return llvm::Error::success();
}

llvm::Error OutputFile::commit() {
  if (isDirect()) {
    int result = close(descriptor);
    descriptor = -1;
    return result == -1 ? systemError(errno) : llvm::Error::success();
  }
  int number = 0;
  if (retry([&] { return fsync(descriptor); }) == -1 ||
      rename(temporary.c_str(), path.c_str()) == -1)
    number = errno;
  if (number) {
    discard();
    return systemError(number);
  }
  close(descriptor);
  descriptor = -1;
  llvm::sys::DontRemoveFileOnSignal(temporary);
  return llvm::Error::success();
}

llvm::Error writeFile(const std::string &path, llvm::StringRef bytes) {
  llvm::Expected<OutputFile> file = OutputFile::create(path);
  if (!file)
    return file.takeError();
  if (llvm::Error error = file->write(bytes))
    return error;
  return file->commit();
}

} // namespace autoglm
