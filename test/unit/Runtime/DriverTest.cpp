//===- DriverTest.cpp - drivers that fit and that do not ------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestBundle.h"

using namespace autoglm;
using namespace autoglm::test;

namespace {

rt::Status open(const TestBundle &bundle,
                std::vector<rt::OpenOptions::Choice> choices = {}) {
  TemporaryFolder folder;
  bundle.write(folder / "a.agb");
  rt::OpenOptions options;
  options.driverPath = std::string("/no/such/folder:") + TEST_DRIVERS;
  options.choices = std::move(choices);
  return rt::LoadedBundle::open(folder / "a.agb", options).status();
}

json &device(TestBundle &bundle) { return bundle.manifest["devices"][0]; }

TEST(Driver, FoldersInOrder) {
  std::vector<std::string> folders = rt::driverFolders("/a::/b");
  ASSERT_EQ(folders.size(), 3u);
  EXPECT_EQ(folders[0], "/a");
  EXPECT_EQ(folders[1], "/b");
  EXPECT_TRUE(folders[2].ends_with("/autoglm/drivers"));
  setenv("AUTOGLM_DRIVER_PATH", "/c", 1);
  EXPECT_EQ(rt::driverFolders("")[0], "/c");
  EXPECT_EQ(rt::driverFolders("/a")[0], "/a");
  unsetenv("AUTOGLM_DRIVER_PATH");
}

TEST(Driver, Opens) {
  TestBundle bundle;
  device(bundle)["features"] = {"one", "two"};
  device(bundle)["min_driver"] = 3;
  rt::Status status = open(bundle);
  EXPECT_FALSE(status.failed()) << status.full();
}

TEST(Driver, MissingSaysWhereItWasLookedFor) {
  TestBundle bundle;
  device(bundle)["family"] = "nowhere";
  rt::Status status = open(bundle);
  EXPECT_EQ(status.code(), AGR_DRIVER_MISSING);
  EXPECT_EQ(rt::exitCode(status.code()), 6);
  for (const char *part : {"libautoglm_driver_nowhere.so", "/no/such/folder",
                           TEST_DRIVERS, "'d0'"})
    EXPECT_NE(status.message().find(part), std::string::npos) << part;
}

TEST(Driver, MismatchIsTold) {
  TestBundle bundle;
  device(bundle)["family"] = "future"; // another version of hal.h
  EXPECT_EQ(open(bundle).code(), AGR_DRIVER_MISMATCH);
  device(bundle)["family"] = "liar"; // says that it is another
  EXPECT_EQ(open(bundle).code(), AGR_DRIVER_MISMATCH);
  device(bundle)["family"] = "sample";
  device(bundle)["min_driver"] = 4;
  rt::Status old = open(bundle);
  EXPECT_EQ(old.code(), AGR_DRIVER_MISMATCH);
  EXPECT_NE(old.message().find("needs version 4"), std::string::npos);
  EXPECT_EQ(rt::exitCode(old.code()), 6);
}

TEST(Driver, MissingFeatureIsTold) {
  TestBundle bundle;
  device(bundle)["features"] = {"one", "three", "four"};
  rt::Status status = open(bundle);
  EXPECT_EQ(status.code(), AGR_FEATURE_MISSING);
  EXPECT_NE(
      status.message().find("device 'd0' (test) needs three, four, which"),
      std::string::npos)
      << status.message();
}

TEST(Driver, TheFirstThatAnswersIsTaken) {
  TemporaryFolder folder;
  TestBundle bundle;
  device(bundle)["family"] = "sample";
  device(bundle)["drivers"] = {"nowhere", "liar", "sample"};
  bundle.write(folder / "a.agb");
  rt::OpenOptions options;
  options.driverPath = TEST_DRIVERS;
  auto loaded = rt::LoadedBundle::open(folder / "a.agb", options);
  ASSERT_FALSE(loaded.failed()) << loaded.status().full();
  const std::string &report = (*loaded)->driverReport();
  EXPECT_EQ(report.find("device 'd0': driver 'sample', not 'nowhere': "), 0u)
      << report;
  EXPECT_NE(report.find("; 'liar': "), std::string::npos) << report;
}

TEST(Driver, AnOrderFromOutsideComesFirst) {
  TemporaryFolder folder;
  TestBundle bundle;
  device(bundle)["drivers"] = {"liar", "sample"};
  bundle.write(folder / "a.agb");
  rt::OpenOptions options;
  options.driverPath = TEST_DRIVERS;
  // One that the device does not name is not tried.
  options.driverOrder = {"future", "sample"};
  auto loaded = rt::LoadedBundle::open(folder / "a.agb", options);
  ASSERT_FALSE(loaded.failed()) << loaded.status().full();
  EXPECT_EQ((*loaded)->driverReport(), "device 'd0': driver 'sample'\n");
}

TEST(Driver, MayCallItselfByTheFamilyItServes) {
  TestBundle bundle;
  device(bundle)["family"] = "another";
  device(bundle)["drivers"] = {"liar"};
  EXPECT_FALSE(open(bundle).failed());
}

TEST(Driver, NoneOfSeveralAnswers) {
  TestBundle bundle;
  device(bundle)["drivers"] = {"nowhere", "sample"};
  device(bundle)["features"] = {"three"};
  rt::Status status = open(bundle);
  EXPECT_EQ(status.code(), AGR_DRIVER_MISSING);
  EXPECT_EQ(rt::exitCode(status.code()), 6);
  for (const char *part :
       {"device 'd0': none of its drivers answers: 'nowhere': ",
        "; 'sample': device 'd0' (test) needs three"})
    EXPECT_NE(status.message().find(part), std::string::npos)
        << status.message();
}

TEST(Driver, ComesBeforeTheContents) {
  // A bundle that cannot run here says so even if its plan is bad as well.
  TestBundle bundle;
  bundle.plan["functions"] = 3;
  EXPECT_EQ(open(bundle).code(), AGR_MALFORMED);
  device(bundle)["features"] = {"three"};
  EXPECT_EQ(open(bundle).code(), AGR_FEATURE_MISSING);
}

TEST(Driver, Choices) {
  TestBundle bundle;
  EXPECT_FALSE(open(bundle, {{"d0", "", 1}}).failed());
  EXPECT_EQ(open(bundle, {{"d0", "", 2}}).code(), AGR_DEVICE_UNAVAILABLE);
  EXPECT_EQ(open(bundle, {{"d1", "", 0}}).code(), AGR_UNKNOWN_NAME);
  device(bundle)["family"] = "nowhere";
  EXPECT_FALSE(open(bundle, {{"d0", "sample", 0}}).failed());
}

TEST(Driver, RefusesExecutables) {
  TestBundle bundle;
  bundle.manifest["executables"][0]["format"] = "elf";
  rt::Status format = open(bundle);
  EXPECT_EQ(format.code(), AGR_EXECUTABLE_REFUSED);
  EXPECT_NE(format.message().find("unknown executable format"),
            std::string::npos);
  TestBundle lacks;
  lacks.executable = "scale";
  rt::Status kernel = open(lacks);
  EXPECT_EQ(kernel.code(), AGR_EXECUTABLE_REFUSED);
  EXPECT_EQ(rt::exitCode(kernel.code()), 6);
}

TEST(Driver, WeightsAreVerifiedUnlessSkipped) {
  TemporaryFolder folder;
  TestBundle().write(folder / "a.agb");
  std::string file = readFile(folder / "a.agb");
  size_t at = file.find(TestBundle().weights);
  ASSERT_NE(at, std::string::npos);
  file[at] = static_cast<char>(file[at] ^ 1);
  writeFile(folder / "a.agb", file);
  rt::OpenOptions options;
  options.driverPath = TEST_DRIVERS;
  rt::Status status =
      rt::LoadedBundle::open(folder / "a.agb", options).status();
  EXPECT_EQ(status.code(), AGR_BUNDLE_DAMAGED);
  EXPECT_NE(status.message().find("weights.bin"), std::string::npos);
  options.verify = false;
  EXPECT_FALSE(rt::LoadedBundle::open(folder / "a.agb", options).failed());
}

} // namespace
