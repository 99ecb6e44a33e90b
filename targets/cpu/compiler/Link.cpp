//===- Link.cpp - one shared object from many kernels -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "lld/Common/Driver.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace mlir;

namespace autoglm::cpu {

namespace {
/// A folder of temporary files that goes away with the object.
class TemporaryFolder {
public:
  TemporaryFolder() {
    error = llvm::sys::fs::createUniqueDirectory("autoglm-link", path);
  }
  ~TemporaryFolder() {
    if (!error)
      llvm::sys::fs::remove_directories(path);
  }
  std::error_code getError() const { return error; }
  std::string file(llvm::Twine name) const {
    SmallString<128> result(path);
    llvm::sys::path::append(result, name);
    return result.str().str();
  }

private:
  SmallString<128> path;
  std::error_code error;
};
} // namespace

static bool writeFile(const std::string &path, StringRef bytes,
                      std::string &error) {
  std::error_code failure;
  llvm::raw_fd_ostream out(path, failure);
  if (!failure) {
    out << bytes;
    out.close();
    failure = out.error();
    out.clear_error();
  }
  if (failure)
    error = "cannot write a temporary file: " + failure.message();
  return !failure;
}

std::string linkObjects(llvm::ArrayRef<llvm::StringRef> objects,
                        std::string &error) {
  // The linker keeps its state in globals, and cannot go on after a crash.
  static std::mutex mutex;
  static bool isUsable = true;
  std::lock_guard<std::mutex> lock(mutex);
  if (!isUsable) {
    error = "the linker crashed before";
    return {};
  }
  TemporaryFolder folder;
  if (folder.getError()) {
    error = "cannot make a temporary folder: " + folder.getError().message();
    return {};
  }
  std::vector<std::string> arguments{"ld.lld",
                                     "-shared",
                                     "-z",
                                     "defs",
                                     "-z",
                                     "noexecstack",
                                     "--hash-style=gnu",
                                     "--build-id=none",
                                     "--strip-all",
                                     "--threads=1",
                                     "-o",
                                     folder.file("kernels.so")};
  for (auto [index, bytes] : llvm::enumerate(objects)) {
    arguments.push_back(folder.file(llvm::Twine(index) + ".o"));
    if (!writeFile(arguments.back(), bytes, error))
      return {};
  }
  std::vector<const char *> pointers;
  for (const std::string &argument : arguments)
    pointers.push_back(argument.c_str());
  std::string text;
  llvm::raw_string_ostream out(text);
  lld::Result result =
      lld::lldMain(pointers, out, out, {{lld::Gnu, &lld::elf::link}});
  isUsable = result.canRunAgain;
  if (result.retCode != 0) {
    error = text.empty() ? "the linker failed" : StringRef(text).rtrim().str();
    return {};
  }
  auto file = llvm::MemoryBuffer::getFile(folder.file("kernels.so"));
  if (!file) {
    error = "cannot read the linked file: " + file.getError().message();
    return {};
  }
  return (*file)->getBuffer().str();
}

} // namespace autoglm::cpu
