//===- ArchiveTest.cpp - the strict ZIP reader ----------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestBundle.h"

using namespace autoglm;
using namespace autoglm::test;

namespace {

std::string sampleFile() {
  TemporaryFolder folder;
  TestBundle().write(folder / "a.agb");
  return readFile(folder / "a.agb");
}

/// Everything that opening a bundle checks, without a device.
rt::Status inspect(const std::string &path) {
  rt::Expected<rt::BundleFile> bundle = rt::BundleFile::open(path);
  if (bundle.failed())
    return bundle.status();
  for (const rt::ArchiveEntry &entry : bundle->archive.entries())
    if (rt::Status status = bundle->verify(entry); status.failed())
      return status;
  return rt::Status();
}

TEST(Archive, ReadsWhatTheWriterWrites) {
  std::string file = sampleFile();
  rt::Expected<rt::Archive> archive = rt::Archive::parse(bytesOf(file));
  ASSERT_FALSE(archive.failed()) << archive.status().full();
  ASSERT_EQ(archive->entries().size(), 5u);
  EXPECT_EQ(archive->entries()[0].name, "manifest.json");
  EXPECT_EQ(archive->entries()[1].name, "plan.json");
  const rt::ArchiveEntry *weights = archive->find("weights.bin");
  ASSERT_TRUE(weights);
  EXPECT_EQ(weights->offset % 4096, 0u);
  EXPECT_EQ(weights->data.size(), 16u);
  EXPECT_EQ(rt::crc32(weights->data), weights->crc);
  EXPECT_FALSE(archive->find("nothing"));
}

TEST(Archive, RefusesAnyChangedByte) {
  std::string file = sampleFile();
  TemporaryFolder folder;
  writeFile(folder / "a.agb", file);
  rt::Status intact = inspect(folder / "a.agb");
  ASSERT_FALSE(intact.failed()) << intact.full();
  for (size_t i = 0; i < file.size(); ++i) {
    // Each bit once over neighbouring bytes; all bits would take minutes.
    std::string changed = file;
    changed[i] = static_cast<char>(changed[i] ^ (1 << i % 8));
    writeFile(folder / "a.agb", changed);
    rt::Status status = inspect(folder / "a.agb");
    ASSERT_TRUE(status.failed()) << "byte " << i;
    ASSERT_EQ(rt::exitCode(status.code()), 3) << "byte " << i;
  }
}

TEST(Archive, RefusesAnyTruncation) {
  std::string file = sampleFile();
  for (size_t size = 0; size < file.size(); ++size)
    ASSERT_TRUE(rt::Archive::parse(bytesOf(file).first(size)).failed()) << size;
  EXPECT_TRUE(rt::Archive::parse(bytesOf(file + "x")).failed());
}

TEST(Archive, TellsOtherFilesFromDamage) {
  rt::Expected<rt::Archive> archive =
      rt::Archive::parse(bytesOf("#!/bin/sh\necho no\n"));
  ASSERT_TRUE(archive.failed());
  EXPECT_EQ(archive.status().code(), AGR_NOT_A_BUNDLE);
}

TEST(Archive, NamesUnreadableFiles) {
  auto gone = rt::MappedFile::open("/no/such/file.agb");
  ASSERT_TRUE(gone.failed());
  EXPECT_EQ(gone.status().code(), AGR_FILE_UNREADABLE);
  EXPECT_NE(gone.status().message().find("/no/such/file.agb"),
            std::string::npos);
  auto folder = rt::MappedFile::open("/");
  ASSERT_TRUE(folder.failed());
  EXPECT_NE(folder.status().message().find("directory"), std::string::npos);
}

TEST(Archive, Digests) {
  // The published values of both functions for no input and for "123456789".
  EXPECT_EQ(rt::digest({}), "xxh3:99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(rt::crc32(bytesOf("123456789")), 0xCBF43926u);
}

} // namespace
