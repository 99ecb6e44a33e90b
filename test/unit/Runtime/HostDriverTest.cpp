//===- HostDriverTest.cpp - the host's driver -----------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestBundle.h"
#include "autoglm/runtime.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

using namespace autoglm::test;

namespace {

const char family[] = "cpu";

/// A plan without copies: the kernel gets the caller's tensors.
TestBundle direct(int64_t elements) {
  TestBundle bundle(family);
  for (const char *list : {"inputs", "outputs"})
    bundle.manifest["entries"][0][list][0]["shape"] = {1, elements};
  for (const char *list : {"inputs", "outputs"})
    bundle.manifest["entries"][0][list][0]["dims"] = {1, elements};
  bundle.registers() = {"buffer", "buffer", "event"};
  bundle.code() = {{{"op", "submit"},
                    {"r", 2},
                    {"device", "d0"},
                    {"waits", json::array()},
                    {"commands",
                     {launch("scale", {0, 1}, {3}, elements),
                      launch("add", {1, 1, 1}, json::array(), elements)}}},
                   {{"op", "return"}, {"values", json::array()}}};
  bundle.code()[0]["commands"][0]["label"] = "conv1";
  return bundle;
}

struct Opened {
  Opened(const TestBundle &test, uint32_t threads) {
    TemporaryFolder folder;
    test.write(folder / "a.agb");
    agr_open_options options;
    agr_open_options_init(&options);
    options.threads = threads;
    code = agr_open((folder / "a.agb").c_str(), &options, &bundle);
    // The file may go: it is mapped.
  }
  ~Opened() { agr_close(bundle); }
  agr_code code;
  agr_bundle *bundle = nullptr;
};

std::vector<float> run(agr_bundle *bundle, const std::vector<float> &x) {
  std::vector<float> y(x.size());
  agr_context *context = nullptr;
  EXPECT_EQ(agr_create_context(bundle, 0, &context), AGR_OK);
  size_t bytes = x.size() * sizeof(float);
  EXPECT_EQ(agr_bind_input(context, 0, x.data(), bytes), AGR_OK);
  EXPECT_EQ(agr_bind_output(context, 0, y.data(), bytes), AGR_OK);
  EXPECT_EQ(agr_run(context), AGR_OK) << agr_last_error();
  agr_destroy_context(context);
  return y;
}

TEST(HostDriver, RunsWithWeightsAndArena) {
  Opened opened(TestBundle(family), 0);
  ASSERT_EQ(opened.code, AGR_OK) << agr_last_error();
  EXPECT_EQ(run(opened.bundle, {1, 2, 3, 4}),
            (std::vector<float>{11, 22, 33, 44}));
}

TEST(HostDriver, ResultsDoNotDependOnThreads) {
  std::vector<float> x(1001), expected(1001);
  for (size_t i = 0; i < x.size(); ++i) {
    x[i] = static_cast<float>(i) / 7;
    expected[i] = x[i] * 3 + x[i] * 3;
  }
  for (uint32_t threads : {1u, 2u, 5u}) {
    Opened opened(direct(1001), threads);
    ASSERT_EQ(opened.code, AGR_OK) << agr_last_error();
    EXPECT_EQ(run(opened.bundle, x), expected) << threads;
  }
}

TEST(HostDriver, ContextsRunAtTheSameTime) {
  Opened opened(direct(1001), 2);
  ASSERT_EQ(opened.code, AGR_OK) << agr_last_error();
  std::vector<std::thread> threads;
  for (int t = 1; t <= 4; ++t)
    threads.emplace_back([&, t] {
      std::vector<float> x(1001, static_cast<float>(t));
      for (int round = 0; round < 50; ++round)
        ASSERT_EQ(run(opened.bundle, x)[1000], static_cast<float>(6 * t));
    });
  for (std::thread &thread : threads)
    thread.join();
}

TEST(HostDriver, Profiles) {
  Opened opened(direct(64), 1);
  ASSERT_EQ(opened.code, AGR_OK) << agr_last_error();
  agr_context *context = nullptr;
  ASSERT_EQ(agr_create_context(opened.bundle, 0, &context), AGR_OK);
  std::vector<float> x(64), y(64);
  agr_bind_input(context, 0, x.data(), 256);
  agr_bind_output(context, 0, y.data(), 256);
  ASSERT_EQ(agr_set_profiling(context, 1), AGR_OK);
  ASSERT_EQ(agr_run(context), AGR_OK);
  const agr_launch_record *records = nullptr;
  size_t count = 0;
  ASSERT_EQ(agr_profile(context, &records, &count), AGR_OK);
  ASSERT_EQ(count, 2u);
  EXPECT_STREQ(records[0].kernel, "conv1"); // the label
  EXPECT_STREQ(records[1].kernel, "add");
  EXPECT_STREQ(records[0].device, "d0");
  EXPECT_LE(records[0].begin_ns, records[0].end_ns);
  EXPECT_LE(records[0].end_ns, records[1].begin_ns);
  EXPECT_LT(records[1].end_ns, 60000000000u);
  agr_destroy_context(context);
}

TEST(HostDriver, RefusesWhatIsNoExecutable) {
  TestBundle bundle(family);
  bundle.executable = "not an object";
  EXPECT_EQ(Opened(bundle, 1).code, AGR_EXECUTABLE_REFUSED);
  TestBundle kernel(family);
  kernel.code()[5]["commands"][0]["function"] = "no_such_kernel";
  EXPECT_EQ(Opened(kernel, 1).code, AGR_EXECUTABLE_REFUSED);
  EXPECT_NE(std::string(agr_last_error()).find("no_such_kernel"),
            std::string::npos);
}

TEST(HostDriver, MissingFeature) {
  TestBundle bundle(family);
  bundle.manifest["devices"][0]["features"] = {"no-such-extension"};
  EXPECT_EQ(Opened(bundle, 1).code, AGR_FEATURE_MISSING);
}

TEST(HostDriver, ManyBundlesAtOnce) {
  // Each has an executable of the same name in memory.
  std::vector<std::unique_ptr<Opened>> open;
  for (int i = 0; i < 20; ++i) {
    open.push_back(std::make_unique<Opened>(direct(16), 1));
    ASSERT_EQ(open.back()->code, AGR_OK) << agr_last_error();
    if (i % 3 == 0)
      open.erase(open.begin());
  }
  for (auto &one : open)
    EXPECT_EQ(run(one->bundle, std::vector<float>(16, 2))[15], 12);
}

#ifndef TEST_SANITIZED
TEST(HostDriver, InstalledTreeCanBeMoved) {
  // What docs/embed.md says, in a tree that was moved after the installation.
  TemporaryFolder folder;
  TestBundle(family).write(folder / "model.agb");
  std::filesystem::create_directory(folder / "project");
  std::filesystem::copy_file(TEST_EMBED_SOURCE, folder / "project/embed.c");
  writeFile(folder / "project/CMakeLists.txt",
            "cmake_minimum_required(VERSION 3.25)\n"
            "project(Embed LANGUAGES C)\n"
            "find_package(AutoGLM 0.1 REQUIRED)\n"
            "add_executable(embed embed.c)\n"
            "target_link_libraries(embed PRIVATE AutoGLM::runtime)\n");
  std::string commands =
      "set -e; exec >" + (folder / "log") + " 2>&1; cd " + folder.path +
      "; cmake --install " TEST_BUILD " --prefix $PWD/first --component Runtime"
      "; mv first moved"
      "; cmake -S project -B build -DCMAKE_PREFIX_PATH=$PWD/moved"
      "; cmake --build build"
      "; build/embed model.agb > out"
      "; moved/bin/autoglm-run model.agb --random 1 --output o.npy"
      "; moved/bin/autoglm-bundle verify model.agb";
  EXPECT_EQ(system(commands.c_str()), 0) << readFile(folder / "log");
  EXPECT_EQ(readFile(folder / "out"), "10\n20\n30\n40\n");
}

TEST(HostDriver, IsSmall) {
  TemporaryFolder folder;
  size_t total = 0;
  for (const char *file : {TEST_RUNTIME_LIBRARY, TEST_HOST_DRIVER}) {
    std::string command =
        std::string("strip -o ") + (folder / "s") + " " + file;
    ASSERT_EQ(system(command.c_str()), 0);
    size_t size = std::filesystem::file_size(folder / "s");
    printf("%9zu bytes  %s\n", size,
           std::filesystem::path(file).filename().c_str());
    total += size;
  }
  EXPECT_LT(total, 1000000u);
}
#endif

} // namespace
