//===- ManifestTest.cpp - manifest.json is checked ------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestBundle.h"

using namespace autoglm;
using namespace autoglm::test;

namespace {

/// The manifest with its files, which the writer adds otherwise.
json complete() {
  TestBundle bundle;
  json files;
  for (std::string name : {"plan.json", "weights.bin"})
    files[name] = {{"bytes", 16}, {"digest", "xxh3:" + std::string(32, 'a')}};
  std::string executable = bundle.manifest["executables"][0]["file"];
  files[executable] = files["plan.json"];
  bundle.manifest["files"] = files;
  return bundle.manifest;
}

rt::Status parse(const json &manifest) {
  std::string text = manifest.dump();
  return rt::Manifest::parse(bytesOf(text)).status();
}

TEST(Manifest, ReadsAll) {
  json text = complete();
  text["entries"][0]["inputs"][0]["dims"] = {"batch", 4};
  text["something_new"] = 1; // Keys of later versions are not an error.
  std::string dumped = text.dump();
  rt::Expected<rt::Manifest> manifest = rt::Manifest::parse(bytesOf(dumped));
  ASSERT_FALSE(manifest.failed()) << manifest.status().full();
  EXPECT_EQ(manifest->modelName, "test.onnx");
  ASSERT_EQ(manifest->entries.size(), 1u);
  const rt::TensorInfo &x = manifest->entries[0].inputs[0];
  EXPECT_EQ(x.name, "x");
  EXPECT_EQ(x.dtype, AGR_FLOAT32);
  EXPECT_EQ(x.bytes, 16u);
  EXPECT_EQ(x.dims, (std::vector<std::string>{"batch", "4"}));
  EXPECT_EQ(manifest->devices[0].arenaBytes, 256u);
}

struct Wrong {
  const char *pointer;
  json value; // discarded: the key is removed
  const char *message;
};

TEST(Manifest, SaysWhatIsWrongAndWhere) {
  const Wrong cases[] = {
      {"/format", 2, "format 2"},
      {"/format", "1", "manifest.json.format: an integer"},
      {"/model", json(json::value_t::discarded), "'model' is missing"},
      {"/entries", 7, "manifest.json.entries: a list"},
      {"/entries/0/name", 7, "entries[0].name: a string"},
      {"/entries/0/inputs/0/dtype", "float8", "unknown element type 'float8'"},
      {"/entries/0/inputs/0/shape/1", -1, "inputs[0].shape[1]: -1 is outside"},
      {"/entries/0/inputs/0/shape/1", 1.5, "an integer is expected"},
      {"/entries/0/inputs/0/shape",
       {1 << 30, 1 << 30, 1 << 30},
       "the tensor is too large"},
      {"/entries/0/inputs/0/dims", {1}, "dims: there must be one for each"},
      {"/entries/0/inputs/0/layout", "blocked", "only row_major"},
      {"/devices/0/family", "../../x", "family: a bad character"},
      {"/devices/0/family", "", "family: is empty"},
      {"/devices/0/drivers", json::array(), "drivers: is empty"},
      {"/devices/0/drivers", {"a", "b/c"}, "drivers[1]: a bad character"},
      {"/devices/0/drivers", {""}, "drivers[0]: is empty"},
      {"/devices/0/features", {1}, "features[0]: a string"},
      {"/devices/0/min_driver", -1, "min_driver: -1 is outside"},
      {"/devices/0/memory", json::array(), "'weights' is missing"},
      {"/executables/0/device", "d9", "there is no device 'd9'"},
      {"/executables/0/file", "gone", "there is no file 'gone'"},
      {"/files/plan.json/digest", "md5:1", "an xxh3 digest"},
      {"/files/plan.json/bytes", 1e30, "an integer is expected"},
      {"/files", 3, "manifest.json.files: an object"},
  };
  ASSERT_FALSE(parse(complete()).failed());
  for (const Wrong &test : cases) {
    json manifest = complete();
    json::json_pointer pointer(test.pointer);
    if (test.value.is_discarded())
      manifest[pointer.parent_pointer()].erase(pointer.back());
    else
      manifest[pointer] = test.value;
    rt::Status status = parse(manifest);
    EXPECT_EQ(rt::exitCode(status.code()), 3) << test.pointer;
    EXPECT_NE(status.message().find(test.message), std::string::npos)
        << test.pointer << ": " << status.message();
  }
}

TEST(Manifest, RefusesNamesThatAppearTwice) {
  for (const char *list : {"/entries", "/devices", "/executables",
                           "/entries/0/inputs", "/entries/0/outputs"}) {
    json manifest = complete();
    json &array = manifest[json::json_pointer(list)];
    array.push_back(json(array[0]));
    EXPECT_NE(parse(manifest).message().find("appears twice"),
              std::string::npos)
        << list;
  }
}

TEST(Manifest, RefusesBadText) {
  for (const char *text : {"", "{", "[]", "null", "{\"format\": 1,}", "\xFF",
                           "{\"format\": 99999999999999999999}"})
    EXPECT_TRUE(rt::Manifest::parse(bytesOf(text)).failed()) << text;
  EXPECT_TRUE(rt::Manifest::parse(bytesOf(std::string(200000, '['))).failed());
}

TEST(Manifest, FilesMustFit) {
  TemporaryFolder folder;
  TestBundle bundle;
  bundle.write(folder / "a.agb");
  rt::Expected<rt::BundleFile> file = rt::BundleFile::open(folder / "a.agb");
  ASSERT_FALSE(file.failed()) << file.status().full();
  EXPECT_EQ(file->manifest.files.size(), 4u);
  EXPECT_EQ(file->data("report.json").size(), 3u);
}

} // namespace
