//===- CasesTest.cpp - finding and reading cases -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Verify/Cases.h"

#include "autoglm/Support/File.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "gtest/gtest.h"

using namespace mlir;

namespace autoglm::verify {
namespace {

class CasesTest : public ::testing::Test {
protected:
  CasesTest() {
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("cases", root));
  }
  ~CasesTest() override { llvm::sys::fs::remove_directories(root); }

  std::string at(StringRef path) { return (root + "/" + path).str(); }
  void write(StringRef path, StringRef bytes) {
    std::string file = at(path);
    ASSERT_FALSE(
        llvm::sys::fs::create_directories(llvm::sys::path::parent_path(file)));
    llvm::Error error = writeFile(file, bytes);
    ASSERT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
  }
  std::string getError() {
    auto read = readDataSets(context, at("x"));
    return read ? "" : llvm::toString(read.takeError());
  }

  /// dims = [2], data_type = FLOAT, name, raw_data = 1.0, 2.0.
  static constexpr StringLiteral kTensor = StringLiteral::withInnerNUL(
      "\x08\x02\x10\x01\x42\x01y\x4a\x08\x00\x00\x80\x3f\x00\x00\x00\x40");
  llvm::SmallString<128> root;
  MLIRContext context;
};

TEST_F(CasesTest, FindsAllBelowSorted) {
  write("b/two/model.onnx", "");
  write("a/one/model.onnx", "");
  write("a/one/test_data_set_0/model.onnx", "");
  write("c/empty/other.onnx", "");
  auto cases = findCases(root.str().str());
  ASSERT_TRUE(static_cast<bool>(cases));
  ASSERT_EQ(cases->size(), 2u);
  EXPECT_EQ((*cases)[0].name, "a/one");
  EXPECT_EQ((*cases)[1].name, "b/two");
  EXPECT_EQ((*cases)[1].folder, at("b/two"));
}

TEST_F(CasesTest, ACaseItselfHasItsFoldersName) {
  write("a/one/model.onnx", "");
  auto cases = findCases(at("a/one/"));
  ASSERT_TRUE(static_cast<bool>(cases));
  ASSERT_EQ(cases->size(), 1u);
  EXPECT_EQ(cases->front().name, "one");
}

TEST_F(CasesTest, NothingFoundIsAnError) {
  for (const std::string &path : {root.str().str(), at("missing")}) {
    auto cases = findCases(path);
    EXPECT_FALSE(static_cast<bool>(cases));
    llvm::consumeError(cases.takeError());
  }
}

TEST_F(CasesTest, ReadsDataSetsByNumber) {
  for (const char *set : {"x/test_data_set_10/", "x/test_data_set_2/"})
    for (const char *file : {"input_0.pb", "output_0.pb", "output_1.pb"})
      write(std::string(set) + file, kTensor);
  auto dataSets = readDataSets(context, at("x"));
  ASSERT_TRUE(static_cast<bool>(dataSets))
      << llvm::toString(dataSets.takeError());
  ASSERT_EQ(dataSets->size(), 2u);
  EXPECT_EQ(dataSets->front().name, "test_data_set_2");
  EXPECT_EQ(dataSets->front().inputs.size(), 1u);
  ASSERT_EQ(dataSets->front().outputs.size(), 2u);
  const NamedTensor &tensor = dataSets->front().outputs[1];
  EXPECT_EQ(tensor.name, "y");
  EXPECT_EQ(tensor.tensor.getType(),
            RankedTensorType::get({2}, Float32Type::get(&context)));
  EXPECT_EQ(tensor.tensor.getFloat(1), 2.0);
}

TEST_F(CasesTest, IncompleteDataIsAnError) {
  llvm::sys::fs::create_directories(at("x"));
  EXPECT_EQ(getError(), "there is no test_data_set_*");
  write("x/test_data_set_0/input_0.pb", kTensor);
  EXPECT_EQ(getError(), "test_data_set_0 has no outputs");
  write("x/test_data_set_0/output_1.pb", kTensor);
  EXPECT_EQ(getError(), "test_data_set_0 has no output_0.pb");
  write("x/test_data_set_0/output_0.pb", kTensor.drop_back());
  EXPECT_NE(getError().find("test_data_set_0: 'output_0.pb': "),
            std::string::npos)
      << getError();
}

} // namespace
} // namespace autoglm::verify
