//===- ChildrenTest.cpp - cases in processes of their own -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Verify/Children.h"

#include "gtest/gtest.h"

#include <atomic>
#include <unistd.h>

namespace autoglm::verify {
namespace {

/// Runs a shell script for each folder, which is its $1; $2 is the work folder.
std::vector<Result> runScript(const char *script,
                              std::vector<std::string> folders,
                              double timeout = 60, unsigned jobs = 2) {
  std::vector<Case> cases;
  for (const std::string &folder : folders)
    cases.push_back({folder, folder});
  ChildOptions options;
  options.command = {"/bin/sh", "-c", script, "sh"};
  options.timeoutSeconds = timeout;
  options.jobs = jobs;
  std::atomic<size_t> count = 0;
  std::vector<Result> results = runChildren(cases, options, [&] { ++count; });
  EXPECT_EQ(count, cases.size());
  return results;
}

TEST(ChildrenTest, ResultsAreInOrder) {
  auto results =
      runScript(R"(sleep $1; echo '{"status": "fail", "reason": "'$1'"}')",
                {"0.2", "0.1", "0"});
  ASSERT_EQ(results.size(), 3u);
  for (const Result &result : results) {
    EXPECT_EQ(result.outcome.status, Status::Fail);
    EXPECT_EQ(result.outcome.reason, result.name);
  }
}

TEST(ChildrenTest, ACrashIsOneCase) {
  auto results = runScript(R"(echo noise >&2; echo "last words" >&2;
                   test $1 = good || kill -SEGV $$;
                   echo '{"status": "pass", "reason": ""}')",
                           {"bad", "good"});
  EXPECT_EQ(results[0].outcome.status, Status::Error);
  EXPECT_EQ(results[0].outcome.reason,
            "crashed: Segmentation fault: last words");
  EXPECT_EQ(results[1].outcome.status, Status::Pass);
}

TEST(ChildrenTest, AnExitCodeIsTold) {
  auto results = runScript("exit 7", {"x"});
  EXPECT_EQ(results[0].outcome.status, Status::Error);
  EXPECT_EQ(results[0].outcome.reason, "ended with code 7");
}

TEST(ChildrenTest, ATimeoutEndsTheWholeGroup) {
  auto results = runScript("sleep 100 & wait", {"x"}, 0.5);
  EXPECT_EQ(results[0].outcome.status, Status::Timeout);
  EXPECT_EQ(results[0].outcome.reason, "not done after 0.5 s");
  EXPECT_LT(results[0].seconds, 30);
}

TEST(ChildrenTest, TheWorkFolderIsThereAndGoes) {
  auto results = runScript(
      R"(touch $2/file && echo '{"status": "fail", "reason": "'$2'"}')", {"x"});
  ASSERT_EQ(results[0].outcome.status, Status::Fail);
  EXPECT_NE(access(results[0].outcome.reason.c_str(), F_OK), 0)
      << results[0].outcome.reason;
}

TEST(ChildrenTest, ACommandThatIsNotThere) {
  ChildOptions options;
  options.command = {"/does/not/exist"};
  auto results = runChildren({{"x", "x"}}, options, [] {});
  EXPECT_EQ(results[0].outcome.status, Status::Error);
}

} // namespace
} // namespace autoglm::verify
