//===- WriterTest.cpp - writes a bundle -----------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Bundle/Writer.h"

#include "TestBundle.h"

#include <csignal>
#include <sys/resource.h>

using namespace autoglm;
using namespace autoglm::test;

namespace {

TEST(Writer, SameInputSameBytes) {
  TemporaryFolder one, two;
  TestBundle bundle;
  bundle.write(one / "a.agb");
  writeFile(two / "b.agb", "what was there before");
  bundle.write(two / "b.agb");
  EXPECT_EQ(readFile(one / "a.agb"), readFile(two / "b.agb"));
  EXPECT_EQ(one.list(), std::vector<std::string>{"a.agb"});
  EXPECT_EQ(two.list(), std::vector<std::string>{"b.agb"});
}

TEST(Writer, TakesEntriesFromFiles) {
  TemporaryFolder folder;
  TestBundle bundle;
  bundle.write(folder / "a.agb");
  writeFile(folder / "w", bundle.weights);
  BundleWriter writer(bundle.manifest);
  writer.addBuffer("plan.json", bundle.plan.dump());
  writer.addBuffer(bundle.manifest["executables"][0]["file"],
                   bundle.executable);
  writer.addFile("weights.bin", folder / "w");
  writer.addBuffer("report.json", "{}\n");
  ASSERT_EQ(writer.finish(folder / "b.agb"), "");
  EXPECT_EQ(readFile(folder / "a.agb"), readFile(folder / "b.agb"));
}

TEST(Writer, NamesTheReasonAndLeavesNothing) {
  TemporaryFolder folder;
  BundleWriter writer(TestBundle().manifest);
  writer.addBuffer("plan.json", std::string(100000, ' '));
  std::string gone = writer.finish(folder / "no/a.agb");
  EXPECT_NE(gone.find("No such file or directory"), std::string::npos) << gone;
  EXPECT_NE(gone.find("no/a.agb"), std::string::npos) << gone;
  std::string full = writer.finish("/dev/full");
  EXPECT_NE(full.find("No space left on device"), std::string::npos) << full;
  std::string directory = writer.finish(folder.path);
  EXPECT_NE(directory.find("Is a directory"), std::string::npos) << directory;
  writer.addFile("weights.bin", folder / "missing");
  std::string missing = writer.finish(folder / "a.agb");
  EXPECT_NE(missing.find("missing"), std::string::npos) << missing;
  EXPECT_TRUE(folder.list().empty());
}

TEST(Writer, KeepsTheOldFileWhenTheDiskIsFull) {
  TemporaryFolder folder;
  writeFile(folder / "a.agb", "old");
  BundleWriter writer(TestBundle().manifest);
  writer.addBuffer("plan.json", std::string(100000, ' '));
  struct rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  auto handler = signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = {20000, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  std::string error = writer.finish(folder / "a.agb");
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_NE(error.find("File too large"), std::string::npos) << error;
  EXPECT_EQ(folder.list(), std::vector<std::string>{"a.agb"});
  EXPECT_EQ(readFile(folder / "a.agb"), "old");
}

TEST(Writer, RefusesTwoEntriesOfOneName) {
  TemporaryFolder folder;
  BundleWriter writer(TestBundle().manifest);
  writer.addBuffer("plan.json", "{}");
  writer.addBuffer("plan.json", "{}");
  EXPECT_NE(writer.finish(folder / "a.agb"), "");
  EXPECT_TRUE(folder.list().empty());
}

} // namespace
