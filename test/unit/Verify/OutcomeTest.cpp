//===- OutcomeTest.cpp - outcomes and reports -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Verify/Backends.h"

#include "gtest/gtest.h"

namespace autoglm::verify {
namespace {

TEST(OutcomeTest, MergeKeepsTheWorst) {
  Outcome outcome = Outcome::make(Status::Fail, "first");
  outcome.maxAbs = 1.0;
  outcome.merge(Outcome::make(Status::Fail, "second"));
  EXPECT_EQ(outcome.reason, "first");
  Outcome worse = Outcome::make(Status::Error, "third");
  worse.maxAbs = 0.5;
  worse.maxRel = 0.1;
  outcome.merge(worse);
  EXPECT_EQ(outcome.status, Status::Error);
  EXPECT_EQ(outcome.reason, "third");
  EXPECT_EQ(outcome.maxAbs, 1.0);
  EXPECT_EQ(outcome.maxRel, 0.1);
}

TEST(OutcomeTest, JsonReadsBack) {
  Outcome outcome = Outcome::make(Status::Unsupported, "a \"quoted\"\nline");
  outcome.maxRel = 1e-7;
  std::optional<Outcome> read = fromJson(toJson(outcome));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->status, outcome.status);
  EXPECT_EQ(read->reason, outcome.reason);
  EXPECT_FALSE(read->maxAbs);
  EXPECT_EQ(read->maxRel, outcome.maxRel);
}

TEST(OutcomeTest, DamagedJsonIsNone) {
  for (const char *text :
       {"", "{", "[]", "{\"status\": \"fine\", \"reason\": \"\"}",
        "{\"status\": 1, \"reason\": \"\"}", "{\"status\": \"pass\"}"})
    EXPECT_FALSE(fromJson(text)) << text;
}

TEST(OutcomeTest, Reports) {
  std::vector<Result> results = {
      {"a", Outcome(), 0.25},
      {"b<&>", Outcome::make(Status::Fail, "x > \"y\"\x01"), 1},
      {"c", Outcome::make(Status::Timeout, "late"), 2}};
  results[0].outcome.maxAbs = 0.5;
  EXPECT_EQ(writeTable(results), "b<&>  fail         x > \"y\"\x01\n"
                                 "c     timeout      late\n"
                                 "3 cases: 1 passed, 1 failed, 1 timed out\n");
  std::string xml = writeJUnit(results);
  EXPECT_NE(xml.find("tests=\"3\" failures=\"1\" errors=\"1\" skipped=\"0\""),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<testcase name=\"a\" time=\"0.250\"/>"),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("name=\"b&lt;&amp;&gt;\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("message=\"x &gt; &quot;y&quot; \""), std::string::npos)
      << xml;
  std::string json = writeReport(results);
  EXPECT_NE(json.find("\"case\": \"a\""), std::string::npos) << json;
  EXPECT_NE(json.find("\"max_abs\": 0.5"), std::string::npos) << json;
  EXPECT_NE(json.find("\"max_rel\": null"), std::string::npos) << json;
}

TEST(OutcomeTest, MessagesBecomeReasons) {
  MessageCollector messages("/some/where");
  messages.getStream()
      << R"({"severity":"warning","message":"no error"})" << "\n"
      << R"({"severity":"error","code":"AGC-E202","op":"Cast","message":"in /some/where/x.onnx\nbad"})"
      << "\n"
      << R"({"severity":"error","code":"AGC-E901","message":"later"})" << "\n";
  Outcome outcome = messages.takeOutcome();
  EXPECT_EQ(outcome.status, Status::Unsupported);
  EXPECT_EQ(outcome.reason, "AGC-E202 Cast: in x.onnx bad");
  // Taken: nothing is left but that something failed.
  EXPECT_EQ(messages.takeOutcome().status, Status::Error);
}

TEST(OutcomeTest, InputsMatchByNameOrPosition) {
  DataSet dataSet;
  dataSet.inputs = {{"a", {}}, {"b", {}}};
  using Positions = std::vector<size_t>;
  EXPECT_EQ(matchInputs({"b", "a"}, dataSet), (Positions{1, 0}));
  EXPECT_EQ(matchInputs({"x", "a"}, dataSet), (Positions{0, 1}));
  EXPECT_EQ(matchInputs({"a"}, dataSet), std::nullopt);
  dataSet.inputs = {{"", {}}, {"", {}}};
  EXPECT_EQ(matchInputs({"a", "b"}, dataSet), (Positions{0, 1}));
}

} // namespace
} // namespace autoglm::verify
