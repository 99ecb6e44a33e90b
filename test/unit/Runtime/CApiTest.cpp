//===- CApiTest.cpp - runtime.h -------------------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestBundle.h"
#include "autoglm/runtime.h"

#include <cstring>
#include <thread>

using namespace autoglm::test;

namespace {

class CApi : public testing::Test {
protected:
  void SetUp() override {
    TestBundle().write(folder / "a.agb");
    agr_open_options_init(&options);
    options.driver_path = TEST_DRIVERS;
    ASSERT_EQ(agr_open((folder / "a.agb").c_str(), &options, &bundle), AGR_OK)
        << agr_last_error();
    ASSERT_EQ(agr_create_context(bundle, 0, &context), AGR_OK);
  }
  void TearDown() override {
    agr_destroy_context(context);
    agr_close(bundle);
  }
  void bind() {
    ASSERT_EQ(agr_bind_input(context, 0, x, sizeof x), AGR_OK);
    ASSERT_EQ(agr_bind_output(context, 0, y, sizeof y), AGR_OK);
  }

  TemporaryFolder folder;
  agr_open_options options;
  agr_bundle *bundle = nullptr;
  agr_context *context = nullptr;
  alignas(64) float x[4] = {1, 2, 3, 4}, y[4] = {};
};

TEST_F(CApi, DescribesEntries) {
  EXPECT_EQ(agr_num_entries(bundle), 1u);
  EXPECT_STREQ(agr_entry_name(bundle, 0), "main");
  EXPECT_EQ(agr_entry_name(bundle, 1), nullptr);
  EXPECT_EQ(agr_num_inputs(bundle, 0), 1u);
  EXPECT_EQ(agr_num_outputs(bundle, 0), 1u);
  agr_tensor_info info;
  ASSERT_EQ(agr_input_info(bundle, 0, 0, &info), AGR_OK);
  EXPECT_STREQ(info.name, "x");
  EXPECT_EQ(info.dtype, AGR_FLOAT32);
  ASSERT_EQ(info.rank, 2u);
  EXPECT_EQ(info.shape[1], 4);
  EXPECT_EQ(info.bytes, 16u);
  EXPECT_EQ(agr_output_info(bundle, 0, 1, &info), AGR_BAD_ARGUMENT);
  EXPECT_EQ(agr_input_info(bundle, 1, 0, &info), AGR_BAD_ARGUMENT);
  size_t index = 9;
  EXPECT_EQ(agr_find_entry(bundle, "main", &index), AGR_OK);
  EXPECT_EQ(index, 0u);
  EXPECT_EQ(agr_find_output(bundle, 0, "y", &index), AGR_OK);
  EXPECT_EQ(agr_find_input(bundle, 0, "z", &index), AGR_UNKNOWN_NAME);
  EXPECT_STREQ(agr_last_error(), "there is no input 'z'; there is 'x'");
}

TEST_F(CApi, Runs) {
  EXPECT_EQ(agr_run(context), AGR_NOT_BOUND);
  EXPECT_STREQ(agr_last_error(), "input 'x' is not bound");
  bind();
  ASSERT_EQ(agr_run(context), AGR_OK) << agr_last_error();
  EXPECT_EQ(y[0], 11);
  EXPECT_EQ(y[3], 44);
}

TEST_F(CApi, RunsBehindTheCaller) {
  bind();
  EXPECT_EQ(agr_wait(context), AGR_OK); // nothing in flight
  for (int round = 0; round < 100; ++round) {
    x[0] = static_cast<float>(round);
    ASSERT_EQ(agr_run_async(context), AGR_OK);
    EXPECT_EQ(agr_run(context), AGR_BAD_ARGUMENT);
    EXPECT_EQ(agr_bind_input(context, 0, x, sizeof x), AGR_BAD_ARGUMENT);
    ASSERT_EQ(agr_wait(context), AGR_OK) << agr_last_error();
    ASSERT_EQ(y[0], static_cast<float>(round + 10));
  }
  ASSERT_EQ(agr_run_async(context), AGR_OK); // destroyed in flight
}

TEST_F(CApi, RefusesBadBindings) {
  EXPECT_EQ(agr_bind_input(context, 0, x, 12), AGR_BAD_TENSOR);
  EXPECT_STREQ(agr_last_error(), "input 'x' has 16 bytes, not 12");
  EXPECT_EQ(agr_bind_input(context, 1, x, 16), AGR_BAD_ARGUMENT);
  EXPECT_EQ(agr_bind_input(context, 0, nullptr, 16), AGR_BAD_ARGUMENT);
  alignas(64) char odd[32];
  EXPECT_EQ(agr_bind_output(context, 0, odd + 1, 16), AGR_BAD_ARGUMENT);
  EXPECT_EQ(agr_bind_output(nullptr, 0, odd, 16), AGR_BAD_ARGUMENT);
}

TEST_F(CApi, RefusesBadArguments) {
  agr_bundle *other = nullptr;
  EXPECT_EQ(agr_open(nullptr, nullptr, &other), AGR_BAD_ARGUMENT);
  EXPECT_EQ(agr_open("x", nullptr, nullptr), AGR_BAD_ARGUMENT);
  options.struct_size = 4;
  EXPECT_EQ(agr_open("x", &options, &other), AGR_BAD_ARGUMENT);
  EXPECT_EQ(agr_open("/no/such/file", nullptr, &other), AGR_FILE_UNREADABLE);
  EXPECT_EQ(other, nullptr);
  agr_context *made = nullptr;
  EXPECT_EQ(agr_create_context(bundle, 7, &made), AGR_BAD_ARGUMENT);
  EXPECT_EQ(agr_create_context(nullptr, 0, &made), AGR_BAD_ARGUMENT);
  EXPECT_EQ(agr_run(nullptr), AGR_BAD_ARGUMENT);
  EXPECT_EQ(agr_wait(nullptr), AGR_BAD_ARGUMENT);
  EXPECT_EQ(agr_num_inputs(nullptr, 0), 0u);
  agr_close(nullptr);
  agr_destroy_context(nullptr);
}

TEST_F(CApi, SaysWhichDriverRunsADevice) {
  EXPECT_STREQ(agr_driver_report(bundle), "device 'd0': driver 'sample'\n");
  EXPECT_STREQ(agr_driver_report(nullptr), "");
}

TEST_F(CApi, ErrorsBelongToTheThread) {
  EXPECT_EQ(agr_run(nullptr), AGR_BAD_ARGUMENT);
  std::string mine = agr_last_error();
  std::thread([] { EXPECT_STREQ(agr_last_error(), ""); }).join();
  EXPECT_EQ(mine, agr_last_error());
}

TEST_F(CApi, ProfilesOnlyDriversWithTelemetry) {
  bind();
  ASSERT_EQ(agr_set_profiling(context, 1), AGR_OK);
  ASSERT_EQ(agr_run(context), AGR_OK);
  const agr_launch_record *records = nullptr;
  size_t count = 9;
  ASSERT_EQ(agr_profile(context, &records, &count), AGR_OK);
  // The two copies are the host's own.
  ASSERT_EQ(count, 2u);
  for (size_t i = 0; i < count; ++i) {
    EXPECT_STREQ(records[i].kernel, "");
    EXPECT_STREQ(records[i].device, "host");
    EXPECT_EQ(records[i].bytes, 16u);
    EXPECT_EQ(records[i].is_copy, 1u);
    EXPECT_LE(records[i].begin_ns, records[i].end_ns);
  }
}

TEST(CApiTables, CodesAndTypes) {
  EXPECT_STREQ(agr_code_name(AGR_OK), "AGR-OK");
  EXPECT_STREQ(agr_code_name(102), "AGR-E102");
  EXPECT_STREQ(agr_code_name(-5), "AGR-E199");
  EXPECT_EQ(agr_exit_code(AGR_OK), 0);
  EXPECT_EQ(agr_exit_code(AGR_BUNDLE_DAMAGED), 3);
  EXPECT_EQ(agr_exit_code(AGR_FEATURE_MISSING), 6);
  EXPECT_EQ(agr_exit_code(AGR_PLAN_FAILED), 5);
  EXPECT_EQ(agr_exit_code(AGR_UNKNOWN_NAME), 2);
  EXPECT_STREQ(agr_dtype_name(AGR_BFLOAT16), "bfloat16");
  EXPECT_EQ(agr_dtype_size(AGR_UINT64), 8u);
  EXPECT_EQ(agr_dtype_size(static_cast<agr_dtype>(99)), 0u);
  EXPECT_STREQ(agr_version(), "0.1.0");
}

} // namespace
