//===- TestBundle.cpp - small bundles for tests ---------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestBundle.h"

#include "autoglm/Bundle/Writer.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace autoglm::test;

static const char executableName[] = "00112233445566778899aabbccddeeff";

TemporaryFolder::TemporaryFolder() {
  std::string name = std::filesystem::temp_directory_path() / "autoglm-XXXXXX";
  if (!mkdtemp(name.data()))
    abort();
  path = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

std::vector<std::string> TemporaryFolder::list() const {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(path))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string autoglm::test::readFile(const std::string &path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  return {std::istreambuf_iterator<char>(in), {}};
}

void autoglm::test::writeFile(const std::string &path,
                              const std::string &bytes) {
  std::ofstream out(path, std::ios::binary);
  out << bytes;
  EXPECT_TRUE(out.flush()) << path;
}

json autoglm::test::tensor(const std::string &name, const std::string &dtype,
                           std::vector<int64_t> shape) {
  return {{"name", name},
          {"dtype", dtype},
          {"shape", shape},
          {"dims", shape},
          {"layout", "row_major"}};
}

json autoglm::test::launch(const std::string &function,
                           std::vector<int> buffers, json scalars,
                           json extent) {
  return {{"op", "launch"},       {"executable", executableName},
          {"function", function}, {"buffers", buffers},
          {"scalars", scalars},   {"extent", extent}};
}

TestBundle::TestBundle(const std::string &family) {
  bool onHost = family == "cpu";
  std::string digest = "xxh3:" + std::string(32, '0');
  std::string file =
      std::string("executables/") + executableName + (onHost ? ".so" : ".txt");
  manifest = {
      {"format", 1},
      {"model", {{"name", "test.onnx"}, {"digest", digest}}},
      {"compiler", {{"version", "0.1.0"}, {"options", json::array()}}},
      {"devices",
       {{{"name", "d0"},
         {"family", family},
         {"descriptor", "test"},
         {"digest", digest},
         {"features", json::array()},
         {"min_driver", 1},
         {"memory", {{"weights", 16}, {"arena", 256}, {"peak", 288}}}}}},
      {"entries",
       {{{"name", "main"},
         {"inputs", {tensor("x", "float32", {1, 4})}},
         {"outputs", {tensor("y", "float32", {1, 4})}}}}},
      {"executables",
       {{{"name", executableName},
         {"device", "d0"},
         {"file", file},
         {"format", onHost ? "elf" : "text"}}}}};
  executable = onHost ? readFile(TEST_KERNELS) : "add scale fail";
  const float values[4] = {10, 20, 30, 40};
  weights.assign(reinterpret_cast<const char *>(values), sizeof values);
  // 0: x, 1: y, 2: weights, 3: arena, 4: x there, 5: y there, 6: event
  json functions = json::array();
  functions.push_back(
      {{"name", "main"},
       {"registers",
        {"buffer", "buffer", "buffer", "buffer", "buffer", "buffer", "event"}},
       {"arguments", {0, 1}},
       {"code",
        {{{"op", "weights"},
          {"r", 2},
          {"device", "d0"},
          {"offset", 0},
          {"bytes", 16}},
         {{"op", "arena"}, {"r", 3}, {"device", "d0"}, {"bytes", 128}},
         {{"op", "view"},
          {"r", 4},
          {"buffer", 3},
          {"offset", 0},
          {"bytes", 16}},
         {{"op", "view"},
          {"r", 5},
          {"buffer", 3},
          {"offset", 64},
          {"bytes", 16}},
         {{"op", "copy"}, {"source", 0}, {"target", 4}},
         {{"op", "submit"},
          {"r", 6},
          {"device", "d0"},
          {"waits", json::array()},
          {"commands", {launch("add", {4, 2, 5}, json::array(), 4)}}},
         {{"op", "wait"}, {"events", {6}}},
         {{"op", "copy"}, {"source", 5}, {"target", 1}},
         {{"op", "return"}, {"values", json::array()}}}}});
  plan = {{"format", 1}, {"functions", functions}};
}

void TestBundle::write(const std::string &path) const {
  BundleWriter writer(manifest);
  writer.addBuffer("plan.json", plan.dump());
  writer.addBuffer(manifest["executables"][0]["file"], executable);
  writer.addBuffer("weights.bin", weights);
  writer.addBuffer("report.json", "{}\n");
  ASSERT_EQ(writer.finish(path), "");
}
