//===- ProgressTest.cpp - tests of the progress bar -------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Progress.h"

#include <gtest/gtest.h>

using namespace autoglm;

TEST(Progress, IsSilentWhenPiped) {
  std::string text;
  llvm::raw_string_ostream os(text);
  {
    Progress progress(os);
    progress.start("lower", 3);
    progress.advance(3);
    progress.clear();
  }
  EXPECT_EQ(text, "");
}

TEST(Progress, ShowsShareAndClearsItsLine) {
  std::string text;
  llvm::raw_string_ostream os(text);
  {
    Progress progress(os, Progress::When::Always);
    progress.start("lower", 2);
    progress.advance(2);
    EXPECT_NE(text.find("] 0/2 lower"), std::string::npos) << text;
    EXPECT_NE(text.find("[##############################] 2/2 lower"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find('\n'), std::string::npos);
  }
  EXPECT_TRUE(llvm::StringRef(text).ends_with("2/2 lower\r\033[K"));
}

TEST(Progress, SurvivesMoreStepsThanPromised) {
  std::string text;
  llvm::raw_string_ostream os(text);
  Progress progress(os, Progress::When::Always);
  progress.start("import", 2);
  progress.advance(5);
  EXPECT_NE(text.find("2/2 import"), std::string::npos) << text;
  progress.start("fuse", 0);
  EXPECT_TRUE(llvm::StringRef(text).ends_with("\r\033[Kfuse"));
}
