//===- OutputFile.cpp - files that are whole or not there -----------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/IO/Files.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace autoglm::rt;

OutputFile::~OutputFile() {
  if (fd >= 0)
    close(fd);
  if (!temporary.empty())
    unlink(temporary.c_str());
}

Status OutputFile::failure(int number) {
  return Status(AGR_OUTPUT_FAILED,
                "cannot write '" + path + "': " + errnoText(number));
}

Status OutputFile::open(const std::string &where) {
  path = where;
  struct stat info;
  bool exists = stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode))
    return failure(EISDIR);
  int flags = O_WRONLY | O_CLOEXEC;
  if (exists && !S_ISREG(info.st_mode)) {
    fd = ::open(path.c_str(), flags);
    return fd < 0 ? failure(errno) : Status();
  }
  std::string beside = path + "." + std::to_string(getpid()) + ".tmp";
  fd = ::open(beside.c_str(), flags | O_CREAT | O_EXCL, 0666);
  if (fd < 0)
    return failure(errno);
  temporary = beside;
  return Status();
}

Status OutputFile::write(Bytes bytes) {
  while (!bytes.empty()) {
    ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0)
      bytes = bytes.subspan(static_cast<size_t>(written));
    else if (errno != EINTR)
      return failure(errno);
  }
  return Status();
}

Status OutputFile::commit() {
  // Devices and pipes cannot be synchronized; that is no failure.
  int failed = temporary.empty() || fsync(fd) == 0 ? 0 : errno;
  if (close(fd) != 0 && failed == 0)
    failed = errno;
  fd = -1;
  if (failed == 0 && !temporary.empty() &&
      rename(temporary.c_str(), path.c_str()) != 0)
    failed = errno;
  if (failed != 0)
    return failure(failed);
  temporary.clear();
  return Status();
}
