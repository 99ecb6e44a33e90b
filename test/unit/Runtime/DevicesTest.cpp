//===- DevicesTest.cpp - bundles of several devices -----------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/Context.h"

#include "TestBundle.h"

#include <filesystem>
#include <sched.h>

using namespace autoglm;
using namespace autoglm::test;

namespace {

const char secondName[] = "ffeeddccbbaa99887766554433221100";

json none() { return json::array(); }

json submit(int event, const char *device, std::vector<int> waits,
            std::vector<json> commands) {
  return {{"op", "submit"},
          {"r", event},
          {"device", device},
          {"waits", waits},
          {"commands", commands}};
}

json transfer(int event, const char *device, std::vector<int> waits, int source,
              int target) {
  return {{"op", "transfer"}, {"r", event},       {"device", device},
          {"waits", waits},   {"source", source}, {"target", target}};
}

json wait(std::vector<int> events) {
  return {{"op", "wait"}, {"events", events}};
}

/// A launch of which the last buffer is written, on the first device or the
/// second.
json kernel(const char *device, const char *function, std::vector<int> buffers,
            json scalars = none(), int64_t extent = 4) {
  json command = launch(function, buffers, scalars, extent);
  if (std::string(device) == "d1")
    command["executable"] = secondName;
  command["outputs"] = 1;
  return command;
}

/// A bundle for the devices d0 and d1 of two families. Registers 0 and 1 are x
/// and y, 2 and 3 hold 16 bytes in the arena of d0, 4 and 5 of d1; 6 to 11 are
/// events.
TestBundle pair(const std::string &first, const std::string &second,
                std::vector<json> code) {
  TestBundle bundle(first);
  json device = bundle.manifest["devices"][0];
  device["name"] = "d1";
  device["family"] = second;
  bundle.manifest["devices"].push_back(device);
  json executable = bundle.manifest["executables"][0];
  executable["name"] = secondName;
  executable["device"] = "d1";
  bundle.manifest["executables"].push_back(executable);
  json types = json::array();
  for (int i = 0; i < 14; ++i)
    types.push_back(i < 6 || i > 11 ? "buffer" : "event");
  bundle.registers() = types;
  std::vector<json> all;
  for (int d : {0, 1}) {
    all.push_back({{"op", "arena"},
                   {"r", 12 + d},
                   {"device", d ? "d1" : "d0"},
                   {"bytes", 128}});
    for (int i : {0, 1})
      all.push_back({{"op", "view"},
                     {"r", 2 + 2 * d + i},
                     {"buffer", 12 + d},
                     {"offset", 64 * i},
                     {"bytes", 16}});
  }
  all.insert(all.end(), code.begin(), code.end());
  all.push_back({{"op", "return"}, {"values", none()}});
  bundle.code() = all;
  return bundle;
}

struct Running {
  explicit Running(const TestBundle &bundle, rt::OpenOptions options = {}) {
    TemporaryFolder folder;
    bundle.write(folder / "a.agb");
    options.driverPath = TEST_DRIVERS;
#ifdef TEST_HOST_DRIVER
    options.driverPath +=
        ":" + std::filesystem::path(TEST_HOST_DRIVER).parent_path().string();
#endif
    auto opened = rt::LoadedBundle::open(folder / "a.agb", options);
    status = opened.status();
    if (opened.failed())
      return;
    loaded = opened.take();
    context = rt::Context::create(*loaded, 0).take();
    (void)context->bind(false, 0, x, sizeof x);
    (void)context->bind(true, 0, y, sizeof y);
    status = context->run();
  }

  alignas(64) float x[4] = {1, 2, 3, 4};
  alignas(64) float y[4] = {};
  rt::Status status;
  std::unique_ptr<rt::LoadedBundle> loaded;
  std::unique_ptr<rt::Context> context;
};

/// y = 3 * 2 * x: d0 multiplies by 2, d1 by 3, through memory of their own.
std::vector<json> chain() {
  return {transfer(6, "d0", {}, 0, 2),
          submit(7, "d0", {6}, {kernel("d0", "scale", {2, 3}, {2})}),
          transfer(8, "d1", {7}, 3, 4),
          submit(9, "d1", {8}, {kernel("d1", "scale", {4, 5}, {3})}),
          transfer(10, "d1", {9}, 5, 1),
          wait({10})};
}

TEST(Devices, ValuesCrossInOrder) {
  Running run(pair("sample", "sample", chain()));
  ASSERT_FALSE(run.status.failed()) << run.status.full();
  for (int round = 0; round < 50; ++round) {
    run.x[0] = static_cast<float>(round);
    ASSERT_FALSE(run.context->run().failed());
    EXPECT_EQ(run.y[0], 6.0f * static_cast<float>(round));
    EXPECT_EQ(run.y[3], 24);
  }
}

TEST(Devices, AFailureReachesWhoeverWaits) {
  std::vector<json> code = chain();
  code[1] = submit(7, "d0", {6},
                   {kernel("d0", "scale", {2, 3}, {2}),
                    kernel("d0", "fail", {3}, none(), 0)});
  Running run(pair("sample", "sample", code));
  EXPECT_EQ(run.status.code(), AGR_DRIVER_FAILED);
  EXPECT_NE(run.status.message().find("device 'd0': the kernel failed"),
            std::string::npos)
      << run.status.message();
  EXPECT_EQ(run.y[0], 0); // Nothing was computed from it.
  // Each time, however fast it fails.
  for (int round = 0; round < 50; ++round)
    ASSERT_EQ(run.context->run().code(), AGR_DRIVER_FAILED);
}

TEST(Devices, RecordsCopiesInOrder) {
  TestBundle bundle = pair("sample", "sample", chain());
  bundle.code()[8]["label"] = "conv1"; // d0 to d1
  Running run(bundle);
  ASSERT_FALSE(run.status.failed()) << run.status.full();
  run.context->setProfiling(true);
  ASSERT_FALSE(run.context->run().failed());
  const std::vector<rt::TimeRecord> &records = run.context->profile();
  ASSERT_EQ(records.size(), 3u); // This driver has no telemetry.
  const uint32_t devices[] = {0, 1, 1};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(records[i].isCopy);
    EXPECT_EQ(records[i].device, devices[i]);
    EXPECT_EQ(records[i].bytes, 16u);
    EXPECT_LE(records[i].time.begin_ns, records[i].time.end_ns);
  }
  EXPECT_STREQ(records[1].label, "conv1");
  EXPECT_LE(records[0].time.end_ns, records[1].time.begin_ns);
}

TEST(Devices, MemoryOfAnotherDeviceIsNotUsedUnasked) {
  Running run(pair("sample", "sample",
                   {transfer(6, "d0", {}, 0, 2),
                    submit(7, "d1", {6}, {kernel("d1", "scale", {2, 4}, {2})}),
                    wait({7})}));
  EXPECT_EQ(run.status.code(), AGR_PLAN_FAILED);
  EXPECT_NE(run.status.message().find("uses memory of 'd0'; the plan has to"),
            std::string::npos)
      << run.status.message();
}

/// What loading says about a plan.
std::string check(std::vector<json> code) {
  rt::Status status = Running(pair("sample", "sample", code)).status;
  return status.failed() ? status.full() : "";
}

TEST(Races, AreRefused) {
  const char race[] = "touches, one of them writes, and no event orders them "
                      "[AGR-E104]";
  // Both devices write the output; the message names both instructions.
  std::vector<json> both = {
      transfer(6, "d0", {}, 0, 2),
      transfer(7, "d1", {}, 0, 4),
      transfer(8, "d0", {6}, 2, 1),
      transfer(9, "d1", {7}, 4, 1),
      wait({8, 9}),
  };
  std::string text = check(both);
  EXPECT_NE(text.find("code[9]: it touches bytes that instruction 8"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find(race), std::string::npos) << text;
  both[3]["waits"] = {7, 8};
  EXPECT_EQ(check(both), "");

  // A list reads what another device has yet to copy; waiting for an older
  // event is not enough.
  std::vector<json> early = chain();
  early[3]["waits"] = {7};
  EXPECT_NE(check(early).find(race), std::string::npos);
  // The host reads the result before it is there.
  std::vector<json> host = chain();
  host[4] = {{"op", "copy"}, {"source", 5}, {"target", 1}};
  host[5] = wait({9});
  EXPECT_NE(check(host).find(race), std::string::npos);
  std::swap(host[4], host[5]);
  EXPECT_EQ(check(host), "");
  // Two lists of one device have no order unless they wait.
  std::vector<json> same = chain();
  same[1]["waits"] = none();
  EXPECT_NE(check(same).find(race), std::string::npos);
}

TEST(Races, OfBytesNotOfBuffers) {
  // d0's second half is filled while the first is copied away.
  auto code = [](int64_t offset) {
    return std::vector<json>{
        transfer(6, "d0", {}, 0, 2),
        transfer(7, "d1", {6}, 2, 4),
        {{"op", "view"},
         {"r", 3},
         {"buffer", 12},
         {"offset", offset},
         {"bytes", 16}},
        transfer(8, "d0", {6}, 0, 3),
        wait({7, 8}),
    };
  };
  EXPECT_EQ(check(code(16)), "");
  EXPECT_NE(check(code(15)).find("no event orders them"), std::string::npos);
}

TEST(Races, ReadingTogetherIsNone) {
  auto code = [](bool known) {
    json first = kernel("d0", "add", {2, 2, 3}), second = first;
    second["buffers"] = {2, 2, 1};
    std::vector<json> all = {
        transfer(6, "d0", {}, 0, 2),
        submit(7, "d0", {6}, {first}),
        transfer(8, "d1", {6}, 2, 4),
        wait({7, 8}),
    };
    if (!known) // Who does not say what it writes may write all.
      all[1]["commands"][0].erase("outputs");
    return all;
  };
  EXPECT_EQ(check(code(true)), "");
  EXPECT_NE(check(code(false)).find("no event orders them"), std::string::npos);
}

#ifdef TEST_HOST_DRIVER
TEST(Devices, OnTheHostShareMemory) {
  // y = 2x + 3x, the halves in lists that may run at the same time.
  std::vector<json> code = {
      submit(6, "d0", {}, {kernel("d0", "scale", {0, 2}, {2})}),
      submit(7, "d1", {}, {kernel("d1", "scale", {0, 4}, {3})}),
      submit(8, "d0", {6, 7}, {kernel("d0", "add", {2, 4, 1})}), wait({7, 8})};
  Running run(pair("cpu", "cpu", code));
  ASSERT_FALSE(run.status.failed()) << run.status.full();
  run.context->setProfiling(true);
  for (int round = 0; round < 200; ++round) {
    run.x[3] = static_cast<float>(round);
    ASSERT_FALSE(run.context->run().failed());
    ASSERT_EQ(run.y[3], 5.0f * static_cast<float>(round));
    ASSERT_EQ(run.context->profile().size(), 3u);
  }
  // The last one came after both others.
  const std::vector<rt::TimeRecord> &records = run.context->profile();
  for (size_t i : {0, 1})
    EXPECT_LE(records[i].time.end_ns, records[2].time.begin_ns);
}

/// The first core that this process may use, and one that it may not.
std::pair<uint32_t, uint32_t> someCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  uint32_t usable = 0, other = 0;
  while (!CPU_ISSET(usable, &set))
    ++usable;
  while (CPU_ISSET(other, &set))
    ++other;
  return {usable, other};
}

TEST(Devices, ArePinned) {
  auto [usable, other] = someCores();
  std::vector<json> code = {
      submit(6, "d0", {}, {kernel("d0", "scale", {0, 2}, {2})}),
      submit(7, "d1", {6}, {kernel("d1", "scale", {2, 1}, {3})}), wait({7})};
  TestBundle bundle = pair("cpu", "cpu", code);
  auto open = [&](std::vector<rt::OpenOptions::Pin> pins) {
    rt::OpenOptions options;
    options.pins = std::move(pins);
    return Running(bundle, options).status;
  };
  EXPECT_FALSE(open({{"d0", {usable}}, {"d1", {usable}}}).failed());
  struct Wrong {
    std::vector<rt::OpenOptions::Pin> pins;
    agr_code code;
    std::string message;
  };
  for (const Wrong &wrong :
       {Wrong{{{"d2", {usable}}},
              AGR_UNKNOWN_NAME,
              "no device 'd2' to pin; it has 'd0', 'd1'"},
        Wrong{{{"d0", {other}}},
              AGR_BAD_ARGUMENT,
              "device 'd0' cannot be pinned to core " + std::to_string(other) +
                  ": this process may use " + std::to_string(usable)},
        Wrong{{{"d0", {4294967295u}}}, AGR_BAD_ARGUMENT, "to core 4294967295"},
        Wrong{{{"d0", {}}}, AGR_BAD_ARGUMENT, "'d0' is pinned to no core"},
        Wrong{{{"d1", {usable}}, {"d1", {usable}}},
              AGR_BAD_ARGUMENT,
              "'d1' is pinned twice"}}) {
    rt::Status status = open(wrong.pins);
    EXPECT_EQ(status.code(), wrong.code) << wrong.message;
    EXPECT_EQ(rt::exitCode(status.code()), 2);
    EXPECT_NE(status.message().find(wrong.message), std::string::npos)
        << status.message();
  }
}
#endif

} // namespace
