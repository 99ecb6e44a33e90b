//===- FileTest.cpp - tests of mapped and atomic files ----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/File.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace autoglm;

namespace {
class FileTest : public testing::Test {
protected:
  void SetUp() override {
    ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("autoglm-file", folder));
  }
  void TearDown() override { llvm::sys::fs::remove_directories(folder); }

  std::string at(llvm::StringRef name) {
    llvm::SmallString<128> path(folder);
    llvm::sys::path::append(path, name);
    return path.str().str();
  }
  int countEntries() {
    std::error_code error;
    int count = 0;
    for (llvm::sys::fs::directory_iterator it(folder, error), end;
         it != end && !error; it.increment(error))
      ++count;
    return count;
  }
  static std::string read(const std::string &path) {
    auto file = MappedFile::open(path);
    if (!file)
      return "error: " + llvm::toString(file.takeError());
    return (*file)->getBytes().str();
  }
  static std::string text(llvm::Error error) {
    return error ? llvm::toString(std::move(error)) : "";
  }

  llvm::SmallString<128> folder;
};
} // namespace

TEST_F(FileTest, WritesAndReads) {
  EXPECT_EQ(text(writeFile(at("a"), "hello")), "");
  EXPECT_EQ(read(at("a")), "hello");
  EXPECT_EQ(text(writeFile(at("a"), "")), "");
  EXPECT_EQ(read(at("a")), "");
  EXPECT_EQ(countEntries(), 1);
}

TEST_F(FileTest, ChecksRanges) {
  ASSERT_EQ(text(writeFile(at("a"), "hello")), "");
  auto file = MappedFile::open(at("a"));
  ASSERT_TRUE(static_cast<bool>(file));
  EXPECT_EQ((*file)->getRange(1, 3), "ell");
  EXPECT_EQ((*file)->getRange(5, 0), "");
  EXPECT_FALSE((*file)->getRange(5, 1));
  EXPECT_FALSE((*file)->getRange(6, 0));
  EXPECT_FALSE((*file)->getRange(1, UINT64_MAX));
  EXPECT_FALSE((*file)->getRange(UINT64_MAX, 1));
}

TEST_F(FileTest, RefusesWhatIsNoFile) {
  EXPECT_EQ(read(folder.str().str()), "error: Is a directory");
  EXPECT_EQ(read(at("none")), "error: No such file or directory");
  ASSERT_EQ(mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_EQ(read(at("pipe")), "error: not a regular file");
  EXPECT_EQ(text(writeFile(folder.str().str(), "x")), "Is a directory");
  EXPECT_EQ(text(writeFile(at("no/a"), "x")), "No such file or directory");
}

TEST_F(FileTest, LeavesNothingWithoutCommit) {
  ASSERT_EQ(text(writeFile(at("old"), "old")), "");
  for (const char *name : {"new", "old"}) {
    auto file = OutputFile::create(at(name));
    ASSERT_TRUE(static_cast<bool>(file));
    EXPECT_EQ(text(file->write("half")), "");
    EXPECT_EQ(countEntries(), 2);
  }
  EXPECT_EQ(countEntries(), 1);
  EXPECT_EQ(read(at("old")), "old");
}

TEST_F(FileTest, KeepsModeAndLinks) {
  ASSERT_EQ(text(writeFile(at("a"), "old")), "");
  ASSERT_EQ(chmod(at("a").c_str(), 0640), 0);
  ASSERT_EQ(symlink("a", at("link").c_str()), 0);
  EXPECT_EQ(text(writeFile(at("link"), "new")), "");
  EXPECT_TRUE(llvm::sys::fs::is_symlink_file(at("link")));
  EXPECT_EQ(read(at("a")), "new");
  struct stat info;
  ASSERT_EQ(stat(at("a").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
}

TEST_F(FileTest, WritesDevicesDirectly) {
  EXPECT_EQ(text(writeFile("/dev/null", "x")), "");
  EXPECT_EQ(text(writeFile("/dev/full", "x")), "No space left on device");
  struct stat info;
  ASSERT_EQ(stat("/dev/full", &info), 0);
  EXPECT_TRUE(S_ISCHR(info.st_mode));
}
