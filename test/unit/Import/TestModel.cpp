//===- TestModel.cpp - small models for the importer's tests ----*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestModel.h"

#include "mlir/IR/Verifier.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <fstream>

// MLIR's library is not built with the sanitizer, so what the allocators in its
// headers poison on our side it would not know to unpoison.
extern "C" const char *__asan_default_options();
extern "C" const char *__asan_default_options() {
  return "allow_user_poisoning=0";
}

namespace autoglm {

TestModel::TestModel(int64_t opset) {
  proto.set_ir_version(8);
  proto.add_opset_import()->set_version(opset);
  proto.mutable_graph()->set_name("test");
}

static void setType(onnx::ValueInfoProto &value, const std::string &name,
                    const std::vector<TestModel::Dim> &shape, int32_t type) {
  value.set_name(name);
  auto *tensor = value.mutable_type()->mutable_tensor_type();
  tensor->set_elem_type(type);
  tensor->mutable_shape();
  for (const TestModel::Dim &dim : shape) {
    auto *entry = tensor->mutable_shape()->add_dim();
    if (dim.name.empty())
      entry->set_dim_value(dim.value);
    else
      entry->set_dim_param(dim.name);
  }
}

void TestModel::addInput(const std::string &name, const std::vector<Dim> &shape,
                         int32_t type) {
  setType(*proto.mutable_graph()->add_input(), name, shape, type);
}

void TestModel::addOutput(const std::string &name,
                          const std::vector<Dim> &shape, int32_t type) {
  setType(*proto.mutable_graph()->add_output(), name, shape, type);
}

void TestModel::addOutput(const std::string &name) {
  proto.mutable_graph()->add_output()->set_name(name);
}

onnx::NodeProto &TestModel::addNode(const std::string &op,
                                    const std::vector<std::string> &inputs,
                                    const std::vector<std::string> &outputs) {
  onnx::NodeProto *node = proto.mutable_graph()->add_node();
  node->set_op_type(op);
  for (const std::string &input : inputs)
    node->add_input(input);
  for (const std::string &output : outputs)
    node->add_output(output);
  return *node;
}

onnx::TensorProto &TestModel::addFloats(const std::string &name,
                                        const std::vector<int64_t> &shape,
                                        float value) {
  onnx::TensorProto *tensor = proto.mutable_graph()->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(onnx::TensorProto::FLOAT);
  int64_t count = 1;
  for (int64_t dim : shape) {
    tensor->add_dims(dim);
    count *= dim;
  }
  std::vector<float> values(count, value);
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  tensor->set_raw_data(bytes);
  return *tensor;
}

onnx::TensorProto &TestModel::addInts(const std::string &name,
                                      const std::vector<int64_t> &values) {
  onnx::TensorProto *tensor = proto.mutable_graph()->add_initializer();
  tensor->set_name(name);
  tensor->set_data_type(onnx::TensorProto::INT64);
  tensor->add_dims(static_cast<int64_t>(values.size()));
  for (int64_t value : values)
    tensor->add_int64_data(value);
  return *tensor;
}

static onnx::AttributeProto &
addAttribute(onnx::NodeProto &node, const std::string &name,
             onnx::AttributeProto::AttributeType type) {
  onnx::AttributeProto *attribute = node.add_attribute();
  attribute->set_name(name);
  attribute->set_type(type);
  return *attribute;
}

void setInt(onnx::NodeProto &node, const std::string &name, int64_t value) {
  addAttribute(node, name, onnx::AttributeProto::INT).set_i(value);
}

void setInts(onnx::NodeProto &node, const std::string &name,
             const std::vector<int64_t> &values) {
  auto &attribute = addAttribute(node, name, onnx::AttributeProto::INTS);
  for (int64_t value : values)
    attribute.add_ints(value);
}

void setFloat(onnx::NodeProto &node, const std::string &name, float value) {
  addAttribute(node, name, onnx::AttributeProto::FLOAT).set_f(value);
}

void setString(onnx::NodeProto &node, const std::string &name,
               const std::string &value) {
  addAttribute(node, name, onnx::AttributeProto::STRING).set_s(value);
}

//===----------------------------------------------------------------------===//
// ImportFixture
//===----------------------------------------------------------------------===//

void ImportFixture::SetUp() {
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("autoglm-import", folder));
}

void ImportFixture::TearDown() { llvm::sys::fs::remove_directories(folder); }

std::string ImportFixture::at(const std::string &name) const {
  return folder.str().str() + "/" + name;
}

std::string ImportFixture::importBytes(const std::string &bytes,
                                       const ImportOptions &options) {
  std::ofstream(at("model.onnx"), std::ios::binary) << bytes;
  error.clear();
  std::string text;
  llvm::raw_string_ostream errors(error), module(text);
  DiagnosticPrinter printer(context, errors, DiagnosticPrinter::Format::Text);
  auto result = importOnnx(context, at("model.onnx"), options);
  errors.flush();
  // A module is there if and only if nothing was reported, and then it is
  // right.
  EXPECT_EQ(static_cast<bool>(result), error.empty()) << error;
  if (!result)
    return "";
  EXPECT_TRUE(mlir::succeeded(mlir::verify(*result))) << error;
  result->print(module);
  module.flush();
  return text;
}

std::string ImportFixture::import(const onnx::ModelProto &proto,
                                  const ImportOptions &options) {
  std::string text = importBytes(proto.SerializeAsString(), options);
  EXPECT_EQ(error, "");
  return text;
}

std::string ImportFixture::importError(const onnx::ModelProto &proto,
                                       const ImportOptions &options) {
  EXPECT_EQ(importBytes(proto.SerializeAsString(), options), "");
  return error;
}

} // namespace autoglm
