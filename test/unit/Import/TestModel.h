//===- TestModel.h - small models for the importer's tests ------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TEST_UNIT_IMPORT_TESTMODEL_H
#define AUTOGLM_TEST_UNIT_IMPORT_TESTMODEL_H

#include "autoglm/Import/Import.h"
#include "autoglm/Support/Diagnostics.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/SmallString.h"

#include "onnx-ml.pb.h"

#include <gtest/gtest.h>

namespace autoglm {

/// Builds an ONNX message step by step.
class TestModel {
public:
  explicit TestModel(int64_t opset = 18);

  /// A dimension is a number, or a name such as "batch".
  struct Dim {
    Dim(int value) : value(value) {}
    Dim(const char *name) : name(name) {}
    int64_t value = 0;
    std::string name;
  };
  void addInput(const std::string &name, const std::vector<Dim> &shape,
                int32_t type = onnx::TensorProto::FLOAT);
  void addOutput(const std::string &name, const std::vector<Dim> &shape,
                 int32_t type = onnx::TensorProto::FLOAT);
  /// An output of any shape.
  void addOutput(const std::string &name);
  onnx::NodeProto &addNode(const std::string &op,
                           const std::vector<std::string> &inputs,
                           const std::vector<std::string> &outputs);
  onnx::TensorProto &addFloats(const std::string &name,
                               const std::vector<int64_t> &shape,
                               float value = 0.5f);
  onnx::TensorProto &addInts(const std::string &name,
                             const std::vector<int64_t> &values);

  onnx::ModelProto proto;
};

void setInt(onnx::NodeProto &node, const std::string &name, int64_t value);
void setInts(onnx::NodeProto &node, const std::string &name,
             const std::vector<int64_t> &values);
void setFloat(onnx::NodeProto &node, const std::string &name, float value);
void setString(onnx::NodeProto &node, const std::string &name,
               const std::string &value);

/// A folder of its own for each test, and imports of files in it.
class ImportFixture : public testing::Test {
protected:
  void SetUp() override;
  void TearDown() override;

  std::string at(const std::string &name) const;
  /// The module as text, with `error` empty; or "" and the messages.
  std::string import(const onnx::ModelProto &proto,
                     const ImportOptions &options = {});
  std::string importBytes(const std::string &bytes,
                          const ImportOptions &options = {});
  /// Imports what must fail, and gives the messages.
  std::string importError(const onnx::ModelProto &proto,
                          const ImportOptions &options = {});

  /// One for all imports of a test.
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  std::string error;
  llvm::SmallString<128> folder;
};

} // namespace autoglm

/// A text that contains another; the whole text is shown if it does not.
#define EXPECT_CONTAINS(text, part)                                            \
  EXPECT_NE((text).find(part), std::string::npos)                              \
      << "no '" << (part) << "' in:\n"                                         \
      << (text)

#define ASSERT_CONTAINS(text, part)                                            \
  ASSERT_NE((text).find(part), std::string::npos)                              \
      << "no '" << (part) << "' in:\n"                                         \
      << (text)

#endif // AUTOGLM_TEST_UNIT_IMPORT_TESTMODEL_H
