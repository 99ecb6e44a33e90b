//===- ImportTest.cpp - tests of graphs, shapes and options -----*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestModel.h"

#include "dialects/AutoGLM/AutoGLM.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace autoglm;

namespace {
using Import = ImportFixture;

/// x: batch x 4, y = Relu(x).
TestModel makeRelu(int64_t opset = 18) {
  TestModel model(opset);
  model.addInput("x", {"batch", 4});
  model.addNode("Relu", {"x"}, {"y"}).set_name("only");
  model.addOutput("y", {"batch", 4});
  return model;
}

TEST_F(Import, KeepsNamesAndSymbolicDimensions) {
  std::string text = import(makeRelu().proto);
  EXPECT_CONTAINS(text, "autoglm.model = \"model.onnx\"");
  EXPECT_CONTAINS(text, "func.func @main(%arg0: tensor<?x4xf32> {autoglm.dims "
                        "= [\"batch\", 4], autoglm.name = \"x\"})");
  EXPECT_CONTAINS(text, "(tensor<?x4xf32> {autoglm.dims = [\"batch\", 4], "
                        "autoglm.name = \"y\"})");
  EXPECT_CONTAINS(text, "autoglm.relu %arg0 : (tensor<?x4xf32>)");
}

TEST_F(Import, BindsDimensions) {
  ImportOptions options;
  options.binds["batch"] = 8;
  EXPECT_CONTAINS(import(makeRelu().proto, options), "%arg0: tensor<8x4xf32>");
  options.binds.clear();
  options.shapes["x"] = {3, -1};
  std::string text = import(makeRelu().proto, options);
  EXPECT_CONTAINS(text, "%arg0: tensor<3x4xf32>");
  EXPECT_CONTAINS(text, "autoglm.dims = [3, 4], autoglm.name = \"y\"");
}

TEST_F(Import, TakesInputsAsConstants) {
  TestModel model(18);
  model.addInput("x", {2, 3});
  model.addInput("axes", {1}, onnx::TensorProto::INT64);
  model.addNode("ReduceSum", {"x", "axes"}, {"y"});
  model.addOutput("y");
  EXPECT_CONTAINS(importError(model.proto), "[AGC-E204]");
  ImportOptions options;
  mlir::Builder builder(&context);
  auto type = mlir::RankedTensorType::get({1}, builder.getI64Type());
  options.constants["axes"] =
      *Tensor::fromAttr(mlir::DenseElementsAttr::get(type, int64_t{-1}));
  std::string text = import(model.proto, options);
  EXPECT_CONTAINS(text, "axes = array<i64: -1>");
  EXPECT_EQ(text.find("%arg1"), std::string::npos) << text;
  // It must be an input, of this type.
  options.constants["z"] = options.constants["axes"];
  EXPECT_CONTAINS(importError(model.proto, options), "has no input 'z'");
  options.constants.erase("z");
  auto wrong = mlir::RankedTensorType::get({2}, builder.getI64Type());
  options.constants["axes"] =
      *Tensor::fromAttr(mlir::DenseElementsAttr::get(wrong, int64_t{0}));
  EXPECT_CONTAINS(importError(model.proto, options), "cannot be");
}

TEST_F(Import, ReportsOptionsThatDoNotFit) {
  auto fails = [&](const ImportOptions &options) {
    return importError(makeRelu().proto, options);
  };
  ImportOptions options;
  options.binds["sequence"] = 8;
  std::string text = fails(options);
  EXPECT_CONTAINS(text, "'sequence', only 'batch'");
  EXPECT_CONTAINS(text, "[AGC-E004]");
  options.binds = {{"batch", 8}};
  options.shapes["x"] = {9, 4};
  EXPECT_CONTAINS(fails(options), "'batch' cannot be both 8 and 9");
  options.binds.clear();
  options.shapes["x"] = {9, 5};
  EXPECT_CONTAINS(fails(options), "is 4 in the model and cannot be 5");
  options.shapes["x"] = {9};
  EXPECT_CONTAINS(fails(options), "has 2 dimensions, but 1 are given");
  options.shapes = {{"z", {1}}};
  EXPECT_CONTAINS(fails(options), "no input 'z', its inputs are 'x'");
}

TEST_F(Import, MakesOneFunctionPerBucketOverSharedWeights) {
  TestModel model;
  model.addInput("x", {"batch", 64});
  model.addFloats("w", {64, 32});
  model.addNode("MatMul", {"x", "w"}, {"y"});
  model.addOutput("y", {"batch", 32});
  ImportOptions options;
  options.buckets = {{{"batch", 1}}, {{"batch", 32}}};
  std::string text = import(model.proto, options);
  EXPECT_CONTAINS(text, "@main_batch1(%arg0: tensor<1x64xf32>");
  EXPECT_CONTAINS(text, "@main_batch32(%arg0: tensor<32x64xf32>");
  size_t first = text.find("autoglm.weight @w");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(text.find("autoglm.weight", first + 1), std::string::npos);
  options.buckets.push_back({{"batch", 1}});
  EXPECT_CONTAINS(importError(model.proto, options),
                  "two buckets would be the function 'main_batch1'");
}

TEST_F(Import, LocationsNameTheNode) {
  std::string bytes = makeRelu().proto.SerializeAsString();
  importBytes(bytes);
  auto module = importOnnx(context, at("model.onnx"), {});
  ASSERT_TRUE(module);
  std::vector<NodeAttr> nodes;
  module->walk([&](ReluOp op) {
    for (NodeAttr node : getNodes(op.getLoc()))
      nodes.push_back(node);
  });
  ASSERT_EQ(nodes.size(), 1u);
  EXPECT_EQ(nodes[0].getName(), "only");
  EXPECT_EQ(nodes[0].getOp(), "Relu");
  EXPECT_EQ(nodes[0].getDomain(), "");
  EXPECT_EQ(nodes[0].getFile(), at("model.onnx"));
}

//===----------------------------------------------------------------------===//
// Versions and operators
//===----------------------------------------------------------------------===//

TEST_F(Import, TellsSupportedOpsetsAndVersions) {
  std::string text = importError(makeRelu(99).proto);
  EXPECT_CONTAINS(text, "opset 99 is not supported, only 1 to 28 [AGC-E103]");
  onnx::ModelProto proto = makeRelu().proto;
  proto.set_ir_version(1000);
  EXPECT_CONTAINS(importError(proto), "IR version 1000 is not supported");
  proto.set_ir_version(8);
  proto.clear_opset_import();
  EXPECT_CONTAINS(importError(proto), "[AGC-E103]");
  // Both spellings of ONNX's own domain.
  proto.add_opset_import()->set_domain("ai.onnx");
  proto.mutable_opset_import(0)->set_version(18);
  EXPECT_CONTAINS(import(proto), "autoglm.relu");
}

TEST_F(Import, ListsAllUnsupportedOperators) {
  TestModel model;
  model.addInput("x", {4});
  model.addNode("Fancy", {"x"}, {"a"}).set_domain("com.example");
  model.addNode("Fancy", {"a"}, {"b"}).set_domain("com.example");
  model.addNode("Relu", {"b"}, {"c"});
  model.addNode("Gelu", {"c"}, {"d"}).set_name("gelu");
  model.addNode("Odd", {"d"}, {"y"});
  model.addOutput("y");
  EXPECT_CONTAINS(importError(model.proto),
                  "3 operators are not supported: Fancy (domain com.example, 2 "
                  "nodes: 'a', 'b'); Gelu (known from opset 20 on, not in 18, "
                  "1 node: 'gelu'); Odd (1 node: 'y') [AGC-E201]");
}

TEST_F(Import, TableIsSortedWithoutDoubles) {
  auto operators = getSupportedOperators();
  EXPECT_GT(operators.size(), 100u);
  for (size_t i = 0; i < operators.size(); ++i) {
    auto key = [&](size_t at) {
      return std::pair(operators[at].domain, operators[at].name);
    };
    if (i)
      EXPECT_LT(key(i - 1), key(i));
    const auto &versions = operators[i].versions;
    for (size_t k = 1; k < versions.size(); ++k)
      EXPECT_LT(versions[k - 1], versions[k]) << operators[i].name;
    EXPECT_LE(versions.back(), kMaxOpset) << operators[i].name;
  }
}

//===----------------------------------------------------------------------===//
// Malformed graphs and nodes
//===----------------------------------------------------------------------===//

TEST_F(Import, ReportsNamesThatDoNotFit) {
  TestModel model;
  model.addInput("x", {4});
  model.addNode("Add", {"x", "z"}, {"y"}).set_name("first");
  model.addNode("Relu", {"y"}, {"z"}).set_name("second");
  model.addOutput("z");
  std::string text = importError(model.proto);
  EXPECT_CONTAINS(text, "node 'first' (Add)");
  EXPECT_CONTAINS(text, "the nodes 'first', 'second' form a cycle [AGC-E104]");

  model.proto.mutable_graph()->mutable_node(0)->set_input(1, "nowhere");
  EXPECT_CONTAINS(importError(model.proto), "uses 'nowhere', which nothing");

  model.proto.mutable_graph()->mutable_node(0)->set_input(1, "x");
  model.proto.mutable_graph()->mutable_node(1)->set_output(0, "y");
  EXPECT_CONTAINS(importError(model.proto),
                  "computes 'y', which node 'first' already computes");

  model.proto.mutable_graph()->mutable_node(1)->set_output(0, "x");
  EXPECT_CONTAINS(importError(model.proto), "already an input or initializer");
}

TEST_F(Import, ReportsNodesOutOfOrder) {
  TestModel model;
  model.addInput("x", {4});
  model.addNode("Relu", {"a"}, {"y"}).set_name("late");
  model.addNode("Neg", {"x"}, {"a"}).set_name("early");
  model.addOutput("y");
  EXPECT_CONTAINS(importError(model.proto),
                  "uses 'a' before node 'early' computes it");
}

TEST_F(Import, ReportsInvalidNodes) {
  auto fails = [&](const std::string &op, auto change) {
    TestModel model;
    model.addInput("x", {2, 4});
    change(model.addNode(op, {"x"}, {"y"}));
    model.addOutput("y");
    return importError(model.proto);
  };
  EXPECT_CONTAINS(fails("Add", [](auto &) {}),
                  "node 'y' (Add): has 1 operands, expected at least 2 "
                  "[AGC-E203]");
  EXPECT_CONTAINS(fails("Relu", [](auto &n) { setInt(n, "size", 1); }),
                  "has an attribute 'size', which version 14 of the operator "
                  "does not have");
  EXPECT_CONTAINS(fails("Flatten", [](auto &n) { setFloat(n, "axis", 1); }),
                  "attribute 'axis' must be of type INT, not FLOAT");
  EXPECT_CONTAINS(fails("Flatten", [](auto &n) { setInt(n, "axis", 7); }),
                  "axis 7 is outside [-2, 2] [AGC-E203]");
  EXPECT_CONTAINS(fails("Relu", [](auto &n) { n.add_output("z"); }),
                  "has 2 outputs, expected 1");
  EXPECT_CONTAINS(fails("Not", [](auto &) {}), "operand #0");
  EXPECT_CONTAINS(fails("Concat", [](auto &) {}), "has no attribute 'axis'");
}

TEST_F(Import, ReportsDeclaredShapesThatContradict) {
  TestModel model = makeRelu();
  auto *dim = model.proto.mutable_graph()
                  ->mutable_output(0)
                  ->mutable_type()
                  ->mutable_tensor_type()
                  ->mutable_shape()
                  ->mutable_dim(1);
  dim->set_dim_value(5);
  EXPECT_CONTAINS(importError(model.proto),
                  "the model declares 'y' as 'tensor<?x5xf32>', but it is "
                  "'tensor<?x4xf32>' [AGC-E104]");
}

TEST_F(Import, ReportsInputsThatAreNoTensors) {
  TestModel model = makeRelu();
  onnx::ValueInfoProto *input = model.proto.mutable_graph()->mutable_input(0);
  input->mutable_type()->mutable_tensor_type()->set_elem_type(
      onnx::TensorProto::STRING);
  EXPECT_CONTAINS(importError(model.proto), "STRING, which is not supported "
                                            "[AGC-E202]");
  input->mutable_type()->mutable_sequence_type();
  EXPECT_CONTAINS(importError(model.proto), "'x' is no tensor");
  input->clear_type();
  EXPECT_CONTAINS(importError(model.proto), "input 'x' has no type");
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

TEST_F(Import, FollowsShapeArithmetic) {
  // As exporters write x.reshape(x.shape[0], -1, 2).
  TestModel model;
  model.addInput("x", {"batch", 3, 4});
  model.addInts("zero", {0});
  model.addInts("rest", {-1, 2});
  model.addNode("Shape", {"x"}, {"shape"});
  setInt(model.addNode("Gather", {"shape", "zero"}, {"first"}), "axis", 0);
  setInt(model.addNode("Concat", {"first", "rest"}, {"wanted"}), "axis", 0);
  model.addNode("Reshape", {"x", "wanted"}, {"y"});
  model.addOutput("y");
  EXPECT_CONTAINS(import(model.proto), "-> tensor<?x?x2xf32>");
  ImportOptions options;
  options.binds["batch"] = 5;
  std::string text = import(model.proto, options);
  EXPECT_CONTAINS(text, "-> tensor<5x6x2xf32>");
  EXPECT_CONTAINS(text, "dense<[5, -1, 2]> : tensor<3xi64>");
  EXPECT_EQ(text.find("autoglm.gather"), std::string::npos);
}

TEST_F(Import, TakesOverDimensionsThatTheModelDeclares) {
  TestModel model;
  model.addInput("x", {"batch", 6});
  model.addInput("shape", {3}, onnx::TensorProto::INT64);
  model.addNode("Reshape", {"x", "shape"}, {"y"});
  model.addOutput("y", {"batch", 2, 3});
  EXPECT_CONTAINS(import(model.proto), "-> tensor<?x2x3xf32>");
}

TEST_F(Import, NeedsConstantAxes) {
  TestModel model;
  model.addInput("x", {2, 1});
  model.addInput("axes", {1}, onnx::TensorProto::INT64);
  model.addNode("Squeeze", {"x", "axes"}, {"y"});
  model.addOutput("y");
  EXPECT_CONTAINS(importError(model.proto),
                  "node 'y' (Squeeze): 'axes' must be a constant [AGC-E204]");
}

//===----------------------------------------------------------------------===//
// Functions of the model
//===----------------------------------------------------------------------===//

TEST_F(Import, InlinesFunctions) {
  TestModel model;
  model.addInput("x", {4});
  model.proto.set_ir_version(8);
  onnx::FunctionProto *function = model.proto.add_functions();
  function->set_domain("local");
  function->set_name("Leaky");
  function->add_input("a");
  function->add_output("b");
  function->add_attribute("slope");
  function->add_opset_import()->set_version(18);
  onnx::NodeProto *node = function->add_node();
  node->set_op_type("LeakyRelu");
  node->add_input("a");
  node->add_output("b");
  onnx::AttributeProto *alpha = node->add_attribute();
  alpha->set_name("alpha");
  alpha->set_ref_attr_name("slope");
  alpha->set_type(onnx::AttributeProto::FLOAT);
  model.proto.add_opset_import()->set_domain("local");
  model.proto.mutable_opset_import(1)->set_version(1);
  onnx::NodeProto &call = model.addNode("Leaky", {"x"}, {"t"});
  call.set_domain("local");
  setFloat(call, "slope", 0.25f);
  model.addNode("Leaky", {"t"}, {"y"}).set_domain("local");
  model.addOutput("y");
  std::string text = import(model.proto);
  EXPECT_CONTAINS(text, "alpha = 2.500000e-01");
  EXPECT_CONTAINS(text, "%1 = autoglm.leaky_relu %0 : ");

  // A function that calls itself.
  node->set_op_type("Leaky");
  node->set_domain("local");
  node->clear_attribute();
  EXPECT_CONTAINS(importError(model.proto), "functions call each other");
}
} // namespace
