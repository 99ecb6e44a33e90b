//===- InterpreterTest.cpp - plans run ------------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/Context.h"

#include "TestBundle.h"

#include <climits>
#include <cstring>

using namespace autoglm;
using namespace autoglm::test;

namespace {

json r(int index) { return {{"reg", index}}; }
json binary(const char *op, int result, json lhs, json rhs) {
  return {{"op", op}, {"r", result}, {"lhs", lhs}, {"rhs", rhs}};
}
json constant(int result, json value) {
  return {{"op", "const"}, {"r", result}, {"value", value}};
}
json finish() { return {{"op", "return"}, {"values", json::array()}}; }

/// Runs a bundle on the sample device.
class Running {
public:
  explicit Running(const TestBundle &bundle) {
    bundle.write(folder / "a.agb");
    rt::OpenOptions options;
    options.driverPath = TEST_DRIVERS;
    auto opened = rt::LoadedBundle::open(folder / "a.agb", options);
    status = opened.status();
    if (opened.failed())
      return;
    loaded = opened.take();
    auto made = rt::Context::create(*loaded, 0);
    status = made.status();
    if (made.failed())
      return;
    context = made.take();
    (void)context->bind(false, 0, x, sizeof x);
    (void)context->bind(true, 0, y, sizeof y);
    status = context->run();
  }

  alignas(64) float x[4] = {1, 2, 3, 4};
  alignas(64) float y[4] = {};
  rt::Status status;
  std::unique_ptr<rt::LoadedBundle> loaded;
  std::unique_ptr<rt::Context> context;

private:
  TemporaryFolder folder;
};

/// A bundle whose plan computes an i64 in register 2 (registers 3 to 6 are
/// i64, 7 and 8 bool) and leaves y[0] = float(x[0] * that number).
TestBundle scalars(std::vector<json> code) {
  TestBundle bundle;
  // 9: event, 10 and 11: x and y on the device
  bundle.registers() = {"buffer", "buffer", "i64",    "i64",
                        "i64",    "i64",    "i64",    "bool",
                        "bool",   "event",  "buffer", "buffer"};
  for (int i : {10, 11})
    code.push_back(
        {{"op", "alloc"}, {"r", i}, {"device", "d0"}, {"bytes", 16}});
  code.push_back({{"op", "copy"}, {"source", 0}, {"target", 10}});
  code.push_back({{"op", "submit"},
                  {"r", 9},
                  {"device", "d0"},
                  {"waits", json::array()},
                  {"commands", json::array({launch("scale", {10, 11},
                                                   json::array({r(2)}), 4)})}});
  code.push_back({{"op", "wait"}, {"events", {9}}});
  code.push_back({{"op", "copy"}, {"source", 11}, {"target", 1}});
  code.push_back(finish());
  bundle.code() = code;
  return bundle;
}

TEST(Interpreter, CopiesLaunchesAndWaits) {
  Running run{TestBundle()};
  ASSERT_FALSE(run.status.failed()) << run.status.full();
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(run.y[i], run.x[i] + 10 * (i + 1));
  // Again, with other data and other memory.
  run.x[0] = 100;
  ASSERT_FALSE(run.context->run().failed());
  EXPECT_EQ(run.y[0], 110);
  alignas(64) float other[4] = {};
  ASSERT_FALSE(run.context->bind(true, 0, other, sizeof other).failed());
  ASSERT_FALSE(run.context->run().failed());
  EXPECT_EQ(other[3], 44);
}

TEST(Interpreter, TheDeviceDoesNothingBeforeTheWait) {
  TestBundle bundle;
  // Instead of a wait. A plan with a branch is not looked through for races.
  bundle.code()[6] = {{"op", "branch"}, {"target", 7}};
  Running run(bundle);
  ASSERT_FALSE(run.status.failed()) << run.status.full();
  EXPECT_NE(run.y[0], 11);
}

TEST(Interpreter, Arithmetic) {
  struct Case {
    const char *op;
    int64_t lhs, rhs, result;
  };
  const Case cases[] = {
      {"add", 2, 3, 5},          {"sub", 2, 3, -1},  {"mul", -4, 3, -12},
      {"div", 7, 2, 3},          {"div", -7, 2, -3}, {"rem", -7, 2, -1},
      {"rem", 7, -2, 1},         {"min", -1, 4, -1}, {"max", -1, 4, 4},
      {"rem", INT64_MIN, -1, 0},
  };
  for (const Case &test : cases) {
    Running run(scalars({constant(3, test.lhs), constant(4, test.rhs),
                         binary(test.op, 2, r(3), r(4))}));
    ASSERT_FALSE(run.status.failed()) << run.status.full();
    EXPECT_EQ(run.y[0], static_cast<float>(test.result))
        << test.lhs << " " << test.op << " " << test.rhs;
  }
  // Overflow wraps: the largest number plus one, plus the largest, plus two.
  Running wraps(
      scalars({binary("add", 2, INT64_MAX, 1),
               binary("add", 2, r(2), INT64_MAX), binary("add", 2, r(2), 2)}));
  EXPECT_EQ(wraps.y[0], 1);
  // INT64_MIN / -1 wraps as well; halved twice it shows as a float.
  Running divides(
      scalars({constant(3, INT64_MIN), binary("div", 2, r(3), -1)}));
  ASSERT_FALSE(divides.status.failed()) << divides.status.full();
  EXPECT_EQ(divides.y[0], static_cast<float>(INT64_MIN));
}

TEST(Interpreter, DivisionByZeroIsAnError) {
  for (const char *op : {"div", "rem"}) {
    Running run(scalars({constant(3, 0), binary(op, 2, 1, r(3))}));
    EXPECT_EQ(run.status.code(), AGR_PLAN_FAILED);
    EXPECT_NE(run.status.message().find(
                  "function 'main', instruction 1: division by zero"),
              std::string::npos)
        << run.status.message();
    // The context stays usable.
    EXPECT_EQ(run.context->run().code(), AGR_PLAN_FAILED);
  }
}

TEST(Interpreter, BranchesAndLoops) {
  // r2 = 1 + 2 + ... + 10
  Running run(scalars(
      {constant(3, 1),
       binary("le", 7, r(3), 10),
       {{"op", "cond_branch"}, {"condition", 7}, {"true", 3}, {"false", 6}},
       binary("add", 2, r(2), r(3)),
       binary("add", 3, r(3), 1),
       {{"op", "branch"}, {"target", 1}},
       {{"op", "move"}, {"r", 6}, {"source", 2}}}));
  ASSERT_FALSE(run.status.failed()) << run.status.full();
  EXPECT_EQ(run.y[0], 55);
}

TEST(Interpreter, Comparisons) {
  struct Case {
    const char *op;
    bool less, same, more; // 1 op 2, 2 op 2, 3 op 2
  };
  for (const Case &test :
       {Case{"eq", false, true, false}, Case{"ne", true, false, true},
        Case{"lt", true, false, false}, Case{"le", true, true, false}}) {
    const bool expected[] = {test.less, test.same, test.more};
    for (int lhs = 1; lhs <= 3; ++lhs) {
      Running run(scalars(
          {binary(test.op, 7, lhs, 2),
           {{"op", "cond_branch"}, {"condition", 7}, {"true", 2}, {"false", 3}},
           constant(2, 1),
           constant(3, 0)}));
      EXPECT_EQ(run.y[0], expected[lhs - 1]) << lhs << " " << test.op << " 2";
    }
  }
}

TEST(Interpreter, ReadsScalars) {
  struct Case {
    const char *dtype;
    size_t offset;
    float expected;
  };
  // The bytes of x: 01 FE FF FF | FF FF FF FF | 00 ...
  for (const Case &test :
       {Case{"uint8", 1, 254}, Case{"int8", 1, -2}, Case{"int16", 0, -511},
        Case{"uint16", 0, 65025}, Case{"int32", 0, -511}, Case{"bool", 0, 1},
        Case{"int64", 0, -511}, Case{"uint32", 8, 0}}) {
    TestBundle bundle = scalars({{{"op", "read_scalar"},
                                  {"r", 2},
                                  {"buffer", 0},
                                  {"offset", test.offset},
                                  {"dtype", test.dtype}}});
    bundle.manifest["entries"][0]["inputs"][0]["dtype"] = "int32";
    // The kernel multiplies floats: take them from the weights instead.
    json &code = bundle.code();
    code[3] = {{"op", "weights"},
               {"r", 10},
               {"device", "d0"},
               {"offset", 0},
               {"bytes", 16}};
    Running run(bundle);
    const int32_t values[4] = {-511, -1, 0, 0};
    memcpy(run.x, values, sizeof values);
    ASSERT_FALSE(run.status.failed()) << run.status.full();
    ASSERT_FALSE(run.context->run().failed());
    EXPECT_EQ(run.y[0], 10 * test.expected) << test.dtype;
  }
  Running outside(scalars({constant(3, 13),
                           {{"op", "read_scalar"},
                            {"r", 2},
                            {"buffer", 0},
                            {"offset", r(3)},
                            {"dtype", "int32"}}}));
  EXPECT_EQ(outside.status.code(), AGR_PLAN_FAILED);
  EXPECT_NE(outside.status.message().find("the scalar at 13"),
            std::string::npos);
}

TEST(Interpreter, Calls) {
  // factorial(n) by recursion; its buffer lives until it returns.
  TestBundle bundle = scalars({constant(3, 5),
                               {{"op", "call"},
                                {"function", "factorial"},
                                {"arguments", {3}},
                                {"results", {2}}}});
  bundle.plan["functions"].push_back(
      {{"name", "factorial"},
       {"registers", {"i64", "i64", "bool", "buffer"}},
       {"arguments", {0}},
       {"code",
        {{{"op", "alloc"}, {"r", 3}, {"device", "d0"}, {"bytes", 64}},
         constant(1, 1),
         binary("le", 2, r(0), 1),
         {{"op", "cond_branch"}, {"condition", 2}, {"true", 7}, {"false", 4}},
         binary("sub", 1, r(0), 1),
         {{"op", "call"},
          {"function", "factorial"},
          {"arguments", {1}},
          {"results", {1}}},
         binary("mul", 1, r(1), r(0)),
         {{"op", "return"}, {"values", {1}}}}}});
  Running run(bundle);
  ASSERT_FALSE(run.status.failed()) << run.status.full();
  EXPECT_EQ(run.y[0], 120);
  bundle.plan["functions"][1]["code"][2] = binary("le", 2, 1, 0);
  Running deep(bundle);
  EXPECT_EQ(deep.status.code(), AGR_PLAN_FAILED);
  EXPECT_NE(deep.status.message().find("nested too deeply"), std::string::npos);
}

TEST(Interpreter, ReturnedBuffersStay) {
  TestBundle bundle = scalars({constant(2, 3),
                               {{"op", "call"},
                                {"function", "make"},
                                {"arguments", json::array()},
                                {"results", {10}}}});
  // The buffer that `make` returned is the kernel's input.
  bundle.code().erase(2);
  bundle.plan["functions"].push_back(
      {{"name", "make"},
       {"registers", {"buffer"}},
       {"arguments", json::array()},
       {"code",
        {{{"op", "alloc"}, {"r", 0}, {"device", "d0"}, {"bytes", 16}},
         {{"op", "return"}, {"values", {0}}}}}});
  Running run(bundle);
  ASSERT_FALSE(run.status.failed()) << run.status.full();
  EXPECT_EQ(run.y[3], 12);
}

TEST(Interpreter, ChecksWhatIsKnownOnlyNow) {
  auto message = [](std::vector<json> code) {
    Running run(scalars(code));
    EXPECT_EQ(run.status.code(), AGR_PLAN_FAILED);
    return run.status.message();
  };
  auto view = [](json offset, json bytes) -> json {
    return {{"op", "view"},
            {"r", 11},
            {"buffer", 0},
            {"offset", offset},
            {"bytes", bytes}};
  };
  EXPECT_NE(message({constant(3, 9), view(r(3), 8)}).find("not inside"),
            std::string::npos);
  EXPECT_NE(message({constant(3, -1), view(r(3), 8)}).find("not inside"),
            std::string::npos);
  EXPECT_NE(message({constant(3, INT64_MAX), view(8, r(3))}).find("not inside"),
            std::string::npos);
  EXPECT_NE(message({{{"op", "copy"}, {"source", 10}, {"target", 1}}})
                .find("empty buffer"),
            std::string::npos);
  EXPECT_NE(message({{{"op", "copy"}, {"source", 1}, {"target", 0}}})
                .find("read-only"),
            std::string::npos);
  EXPECT_NE(message({constant(3, 8),
                     view(0, r(3)),
                     {{"op", "copy"}, {"source", 11}, {"target", 1}}})
                .find("a copy of 8 bytes"),
            std::string::npos);
}

TEST(Interpreter, ReportsWhatTheDriverReports) {
  TestBundle bundle;
  bundle.code()[5]["commands"][0] = launch("fail", {4}, json::array(), 0);
  Running run(bundle);
  EXPECT_EQ(run.status.code(), AGR_DRIVER_FAILED);
  EXPECT_NE(run.status.message().find("device 'd0': the kernel failed"),
            std::string::npos);
  TestBundle large = scalars(
      {constant(3, int64_t{1} << 31),
       {{"op", "alloc"}, {"r", 10}, {"device", "d0"}, {"bytes", r(3)}}});
  Running full(large);
  EXPECT_EQ(full.status.code(), AGR_OUT_OF_MEMORY);
  TestBundle host;
  host.code()[5]["commands"][0]["buffers"][0] = 0;
  Running noImport(host);
  EXPECT_EQ(noImport.status.code(), AGR_PLAN_FAILED);
  EXPECT_NE(noImport.status.message().find("cannot use host memory"),
            std::string::npos);
}

TEST(Interpreter, RecordsAnewWhatChanges) {
  // y = x * 1, then y = y * 2, ..., y = y * 4 through one submit in a loop.
  TestBundle bundle = scalars({});
  json &code = bundle.code();
  code.clear();
  for (int i : {10, 11})
    code.push_back(
        {{"op", "alloc"}, {"r", i}, {"device", "d0"}, {"bytes", 16}});
  code.push_back({{"op", "copy"}, {"source", 0}, {"target", 10}});
  code.push_back(constant(2, 1));
  code.push_back({{"op", "submit"}, // 4
                  {"r", 9},
                  {"device", "d0"},
                  {"waits", {9}},
                  {"commands",
                   {launch("scale", {10, 11}, json::array({r(2)}), 4),
                    {{"op", "copy"}, {"source", 11}, {"target", 10}}}}});
  code.push_back(binary("add", 2, r(2), 1));
  code.push_back(binary("le", 7, r(2), 4));
  code.push_back(
      {{"op", "cond_branch"}, {"condition", 7}, {"true", 4}, {"false", 8}});
  code.push_back({{"op", "wait"}, {"events", {9}}});
  code.push_back({{"op", "copy"}, {"source", 10}, {"target", 1}});
  code.push_back(finish());
  Running run(bundle);
  ASSERT_FALSE(run.status.failed()) << run.status.full();
  EXPECT_EQ(run.y[0], 24);
  EXPECT_EQ(run.y[3], 96);
}

} // namespace
