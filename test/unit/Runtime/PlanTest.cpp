//===- PlanTest.cpp - plan.json is checked --------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/Plan.h"

#include "TestBundle.h"

#include <functional>

using namespace autoglm;
using namespace autoglm::test;

namespace {

rt::Expected<rt::Plan> parse(const TestBundle &bundle) {
  json manifest = bundle.manifest;
  json digest = "xxh3:" + std::string(32, 'a');
  manifest["files"]["weights.bin"] = {{"bytes", 16}, {"digest", digest}};
  std::string file = manifest["executables"][0]["file"];
  manifest["files"][file] = {{"bytes", 16}, {"digest", digest}};
  std::string text = manifest.dump(), plan = bundle.plan.dump();
  rt::Expected<rt::Manifest> parsed = rt::Manifest::parse(bytesOf(text));
  if (parsed.failed())
    return parsed.status();
  return rt::Plan::parse(bytesOf(plan), *parsed);
}

TEST(Plan, ReadsAll) {
  TestBundle bundle;
  rt::Expected<rt::Plan> plan = parse(bundle);
  ASSERT_FALSE(plan.failed()) << plan.status().full();
  ASSERT_EQ(plan->functions.size(), 1u);
  EXPECT_EQ(plan->functions[0].code.size(), 9u);
  EXPECT_EQ(plan->kernels.size(), 1u);
  EXPECT_EQ(plan->kernels[0].symbol, "add");
  EXPECT_EQ(plan->arenaBytes, std::vector<uint64_t>{128});
  EXPECT_EQ(plan->numLists, 1u);
}

struct Wrong {
  const char *pointer; // below the function
  json value;
  const char *message;
};

TEST(Plan, SaysWhatIsWrongAndWhere) {
  const Wrong cases[] = {
      {"/registers/0", "float", "registers[0]: unknown register type 'float'"},
      {"/arguments", {0}, "arguments: one per input and output"},
      {"/arguments", {0, 6}, "arguments: buffers are expected"},
      {"/arguments", {0, 99}, "there is no register 99"},
      {"/name", "other", "there is no function for entry 'main'"},
      {"/code", json::array(), "the last instruction must be"},
      {"/code/8",
       {{"op", "wait"}, {"events", {6}}},
       "the last instruction must be"},
      {"/code/0/op", "wieghts", "there is no instruction 'wieghts'"},
      {"/code/0/extra", 1, "code[0]: unknown key 'extra'"},
      {"/code/0/r", 7, "there is no register 7"},
      {"/code/0/r", 6, "register 6 is not a buffer"},
      {"/code/0/device", "d1", "there is no device 'd1'"},
      {"/code/0/offset", 8, "code[0].bytes: 16 is outside [0, 8]"},
      {"/code/1/bytes", 257, "code[1].bytes: 257 is outside [0, 256]"},
      {"/code/2/offset", 113, "the window [113, +16) is not inside"},
      {"/code/2/offset", -1, "offset: -1 is outside"},
      {"/code/2/offset", {{"reg", 0}}, "register 0 is not a i64"},
      {"/code/2/offset", {{"register", 0}}, "'reg' is missing"},
      {"/code/4/target", 3, "code[4]: source and target differ in size"},
      {"/code/5/r", 0, "register 0 is not a event"},
      {"/code/5/waits", {0}, "waits[0]: register 0 is not a event"},
      {"/code/5/commands/0/op", "jump", "there is no command 'jump'"},
      {"/code/5/commands/0/executable", "ff", "there is no executable 'ff'"},
      {"/code/5/commands/0/function", "", "function: not a symbol"},
      {"/code/5/commands/0/buffers/0", 6, "register 6 is not a buffer"},
      {"/code/5/commands/0/extent", -4, "extent: -4 is outside"},
      {"/code/5/commands/0/scalars", {"x"}, "scalars[0]: an integer"},
      {"/code/8/values", {0}, "returns nothing"},
      {"/code/8",
       {{"op", "branch"}, {"target", 9}},
       "there is no instruction 9"},
      {"/code/8",
       {{"op", "cond_branch"}, {"condition", 0}, {"true", 0}, {"false", 0}},
       "register 0 is not a bool"},
      {"/code/8",
       {{"op", "call"},
        {"function", "f"},
        {"arguments", json::array()},
        {"results", json::array()}},
       "there is no function 'f'"},
  };
  for (const Wrong &test : cases) {
    TestBundle bundle;
    bundle.plan["functions"][0][json::json_pointer(test.pointer)] = test.value;
    rt::Expected<rt::Plan> plan = parse(bundle);
    EXPECT_EQ(plan.status().code(), AGR_MALFORMED) << test.pointer;
    EXPECT_NE(plan.status().message().find(test.message), std::string::npos)
        << test.pointer << ": " << plan.status().message();
    EXPECT_EQ(plan.status().message().rfind("plan.json", 0), 0u);
  }
}

TEST(Plan, ChecksTypesOfScalars) {
  const std::pair<json, const char *> cases[] = {
      {{{"op", "const"}, {"r", 7}, {"value", true}}, "an integer"},
      {{{"op", "const"}, {"r", 8}, {"value", 1}}, "true or false"},
      {{{"op", "const"}, {"r", 0}, {"value", 1}}, "is not an i64 or bool"},
      {{{"op", "move"}, {"r", 7}, {"source", 8}}, "register 7 is not a bool"},
      {{{"op", "add"}, {"r", 8}, {"lhs", 1}, {"rhs", 2}}, "not a i64"},
      {{{"op", "lt"}, {"r", 7}, {"lhs", 1}, {"rhs", 2}}, "not a bool"},
      {{{"op", "add"}, {"r", 7}, {"lhs", {{"reg", 8}}}, {"rhs", 2}},
       "not a i64"},
      {{{"op", "read_scalar"},
        {"r", 7},
        {"buffer", 0},
        {"offset", 0},
        {"dtype", "float32"}},
       "an integer type or bool"},
      {{{"op", "read_scalar"},
        {"r", 0},
        {"buffer", 0},
        {"offset", 0},
        {"dtype", "int8"}},
       "is not an i64 or bool"},
  };
  for (const auto &[instruction, message] : cases) {
    TestBundle bundle;
    bundle.registers().push_back("i64");  // 7
    bundle.registers().push_back("bool"); // 8
    bundle.code().insert(bundle.code().begin(), instruction);
    std::string text = parse(bundle).status().message();
    EXPECT_NE(text.find(message), std::string::npos)
        << instruction << ": " << text;
  }
}

TEST(Plan, ChecksCalls) {
  auto with = [](json arguments, json results) {
    TestBundle bundle;
    bundle.registers().push_back("i64"); // 7
    bundle.plan["functions"].push_back(
        {{"name", "twice"},
         {"registers", {"i64"}},
         {"arguments", {0}},
         {"code",
          {{{"op", "mul"}, {"r", 0}, {"lhs", {{"reg", 0}}}, {"rhs", 2}},
           {{"op", "return"}, {"values", {0}}}}}});
    json call = {{"op", "call"},
                 {"function", "twice"},
                 {"arguments", arguments},
                 {"results", results}};
    bundle.code().insert(bundle.code().begin(), call);
    return parse(bundle).status().message();
  };
  EXPECT_EQ(with({7}, {7}), "");
  EXPECT_NE(with(json::array(), {7}).find("'twice' takes 1"),
            std::string::npos);
  EXPECT_NE(with({7}, json::array()).find("'twice' returns 1"),
            std::string::npos);
  EXPECT_NE(with({0}, {7}).find("register 0 is not a i64"), std::string::npos);
  EXPECT_NE(with({7}, {6}).find("register 6 is not a i64"), std::string::npos);
}

} // namespace
