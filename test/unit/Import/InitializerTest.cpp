//===- InitializerTest.cpp - tests of constants and weights -----*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestModel.h"

#include "autoglm/Support/Hash.h"
#include "dialects/AutoGLM/AutoGLM.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cstring>
#include <fstream>

using namespace autoglm;

namespace {
class Initializers : public ImportFixture {
protected:
  /// y = x + w for each initializer; the text of the module.
  static TestModel makeSum(std::vector<TestModel::Dim> shape, int32_t type) {
    TestModel model;
    model.addInput("x", shape, type);
    return model;
  }
  static void finish(TestModel &model) {
    std::string value = "x";
    for (const onnx::TensorProto &tensor : model.proto.graph().initializer()) {
      std::string next = "sum_" + tensor.name();
      model.addNode("Add", {value, tensor.name()}, {next});
      value = next;
    }
    model.addOutput(value);
  }
  std::vector<FileAttr> getSources(const onnx::ModelProto &proto,
                                   const ImportOptions &options = {}) {
    import(proto, options);
    module = importOnnx(context, at("model.onnx"), options);
    std::vector<FileAttr> sources;
    if (module)
      module->walk([&](WeightOp op) { sources.push_back(*op.getSource()); });
    return sources;
  }
  std::string read(FileAttr source) {
    std::ifstream file(source.getPath().str(), std::ios::binary);
    std::string bytes(source.getBytes(), '\0');
    file.seekg(source.getOffset());
    file.read(bytes.data(), source.getBytes());
    EXPECT_TRUE(file.good());
    return bytes;
  }
  mlir::OwningOpRef<mlir::ModuleOp> module;
};

TEST_F(Initializers, LargeOnesAreReferredToByPlaceAndHash) {
  TestModel model = makeSum({1025}, onnx::TensorProto::FLOAT);
  model.addFloats("w", {1025}, 0.25f);
  finish(model);
  auto sources = getSources(model.proto);
  ASSERT_EQ(sources.size(), 1u);
  std::string expected = model.proto.graph().initializer(0).raw_data();
  EXPECT_EQ(read(sources[0]), expected);
  EXPECT_EQ(sources[0].getHash(), hashBytes(expected));
  EXPECT_EQ(sources[0].getPath(), at("model.onnx"));
}

TEST_F(Initializers, SmallOnesAreConstants) {
  TestModel model = makeSum({1024}, onnx::TensorProto::FLOAT);
  model.addFloats("w", {1024}, 0.25f);
  finish(model);
  std::string text = import(model.proto);
  EXPECT_CONTAINS(text,
                  "autoglm.constant dense<2.500000e-01> : tensor<1024xf32>");
  EXPECT_EQ(text.find("autoglm.weight"), std::string::npos);
}

TEST_F(Initializers, EqualOnesAreOneSymbol) {
  TestModel model = makeSum({2000}, onnx::TensorProto::FLOAT);
  model.addFloats("a", {2000}, 0.25f);
  model.addFloats("b", {2000}, 0.25f);
  model.addFloats("c", {2000}, 0.5f);
  // The same bytes, but another type.
  model.addFloats("d", {1, 2000}, 0.25f);
  finish(model);
  EXPECT_EQ(getSources(model.proto).size(), 3u);
}

TEST_F(Initializers, CheckReadsNoWeights) {
  TestModel model = makeSum({2000}, onnx::TensorProto::FLOAT);
  model.addFloats("a", {2000});
  model.addFloats("b", {2000});
  finish(model);
  ImportOptions options;
  options.checkOnly = true;
  auto sources = getSources(model.proto, options);
  ASSERT_EQ(sources.size(), 2u);
  EXPECT_EQ(sources[0].getHash(), "");
}

TEST_F(Initializers, UnusedOnesAreLeftOut) {
  TestModel model = makeSum({2000}, onnx::TensorProto::FLOAT);
  finish(model);
  model.addFloats("unused", {2000});
  EXPECT_TRUE(getSources(model.proto).empty());
}

TEST_F(Initializers, PackedFloatsAreReferredToInPlace) {
  TestModel model = makeSum({2000}, onnx::TensorProto::FLOAT);
  onnx::TensorProto &tensor = model.addFloats("w", {2000}, 0.25f);
  std::string raw = tensor.raw_data();
  tensor.clear_raw_data();
  for (int i = 0; i < 2000; ++i)
    tensor.add_float_data(0.25f);
  finish(model);
  auto sources = getSources(model.proto);
  ASSERT_EQ(sources.size(), 1u);
  EXPECT_EQ(read(sources[0]), raw);
}

TEST_F(Initializers, VarintsAreDecodedUpToALimit) {
  TestModel model = makeSum({5000}, onnx::TensorProto::INT64);
  model.addInts("w", std::vector<int64_t>(5000, -7));
  finish(model);
  EXPECT_CONTAINS(import(model.proto), "dense<-7> : tensor<5000xi64>");
  TestModel large = makeSum({9000}, onnx::TensorProto::INT64);
  large.addInts("w", std::vector<int64_t>(9000, -7));
  finish(large);
  EXPECT_CONTAINS(importError(large.proto), "save the model with raw_data "
                                            "[AGC-E109]");
}

TEST_F(Initializers, ReadEveryElementType) {
  struct Case {
    int32_t type;
    const char *text;
  };
  for (auto [type, text] :
       {Case{onnx::TensorProto::FLOAT16, "1.500000e+00> : tensor<2xf16>"},
        Case{onnx::TensorProto::BFLOAT16, "1.500000e+00> : tensor<2xbf16>"},
        Case{onnx::TensorProto::INT8, "-3> : tensor<2xi8>"},
        Case{onnx::TensorProto::INT16, "-3> : tensor<2xi16>"},
        Case{onnx::TensorProto::INT32, "-3> : tensor<2xi32>"},
        Case{onnx::TensorProto::UINT8, "250> : tensor<2xui8>"},
        Case{onnx::TensorProto::UINT16, "250> : tensor<2xui16>"},
        Case{onnx::TensorProto::UINT32, "250> : tensor<2xui32>"},
        Case{onnx::TensorProto::UINT64, "250> : tensor<2xui64>"},
        Case{onnx::TensorProto::DOUBLE, "1.500000e+00> : tensor<2xf64>"},
        Case{onnx::TensorProto::BOOL, "true> : tensor<2xi1>"}}) {
    TestModel model;
    onnx::TensorProto *tensor = model.proto.mutable_graph()->add_initializer();
    tensor->set_name("w");
    tensor->set_data_type(type);
    tensor->add_dims(2);
    for (int i = 0; i < 2; ++i) {
      if (type == onnx::TensorProto::FLOAT16)
        tensor->add_int32_data(0x3e00);
      else if (type == onnx::TensorProto::BFLOAT16)
        tensor->add_int32_data(0x3fc0);
      else if (type == onnx::TensorProto::DOUBLE)
        tensor->add_double_data(1.5);
      else if (type == onnx::TensorProto::UINT32 ||
               type == onnx::TensorProto::UINT64)
        tensor->add_uint64_data(250);
      else if (type == onnx::TensorProto::BOOL)
        tensor->add_int32_data(1);
      else
        tensor->add_int32_data(type == onnx::TensorProto::UINT8 ||
                                       type == onnx::TensorProto::UINT16
                                   ? 250
                                   : -3);
    }
    model.addNode("Identity", {"w"}, {"y"});
    model.addOutput("y");
    EXPECT_CONTAINS(import(model.proto), text);
  }
}

TEST_F(Initializers, ReportDataThatDoesNotFit) {
  auto fails = [&](auto change) {
    TestModel model = makeSum({8}, onnx::TensorProto::FLOAT);
    change(model.addFloats("w", {8}));
    finish(model);
    return importError(model.proto);
  };
  EXPECT_CONTAINS(fails([](auto &t) { t.set_dims(0, 9); }),
                  "tensor 'w' needs 36 bytes, but has 32 [AGC-E105]");
  EXPECT_CONTAINS(fails([](auto &t) { t.set_dims(0, -8); }),
                  "has a dimension of -8 [AGC-E105]");
  EXPECT_CONTAINS(fails([](auto &t) { t.set_dims(0, INT64_MAX); }),
                  "tensor 'w' is too large [AGC-E109]");
  EXPECT_CONTAINS(fails([](auto &t) { t.add_float_data(1); }),
                  "more than one field [AGC-E105]");
  EXPECT_CONTAINS(fails([](auto &t) {
                    t.clear_raw_data();
                    t.add_int32_data(1);
                  }),
                  "field of another type [AGC-E105]");
  EXPECT_CONTAINS(fails([](auto &t) { t.clear_raw_data(); }),
                  "needs 8 elements, but has 0 [AGC-E105]");
  EXPECT_CONTAINS(
      fails([](auto &t) { t.set_data_type(onnx::TensorProto::STRING); }),
      "STRING, which is not supported [AGC-E202]");
  EXPECT_CONTAINS(fails([](auto &t) {
                    t.set_data_type(onnx::TensorProto::BOOL);
                    t.set_dims(0, 32);
                  }),
                  "is neither 0 nor 1 [AGC-E105]");
}

TEST_F(Initializers, ShadowAnInputOfTheSameName) {
  TestModel model;
  model.addInput("x", {2});
  model.addInput("w", {2});
  model.addFloats("w", {2});
  finish(model);
  std::string text = import(model.proto);
  EXPECT_CONTAINS(text, "autoglm.constant");
  EXPECT_EQ(text.find("%arg1"), std::string::npos);
}

//===----------------------------------------------------------------------===//
// External data
//===----------------------------------------------------------------------===//

class ExternalData : public Initializers {
protected:
  /// A sum with a weight of 2000 floats in a file.
  onnx::ModelProto makeModel(const std::string &location,
                             const std::string &offset = "",
                             const std::string &length = "") {
    TestModel model = makeSum({2000}, onnx::TensorProto::FLOAT);
    onnx::TensorProto &tensor = model.addFloats("w", {2000});
    tensor.clear_raw_data();
    tensor.set_data_location(onnx::TensorProto::EXTERNAL);
    auto add = [&](const char *key, const std::string &value) {
      if (value.empty())
        return;
      auto *entry = tensor.add_external_data();
      entry->set_key(key);
      entry->set_value(value);
    };
    add("location", location);
    add("offset", offset);
    add("length", length);
    finish(model);
    return model.proto;
  }
};

TEST_F(ExternalData, IsReferredToInItsFile) {
  std::string bytes(16 + 8000, 'a');
  std::ofstream(at("w.bin"), std::ios::binary) << bytes;
  auto sources = getSources(makeModel("w.bin", "16", "8000"));
  ASSERT_EQ(sources.size(), 1u);
  EXPECT_EQ(sources[0].getPath(), at("w.bin"));
  EXPECT_EQ(sources[0].getOffset(), 16);
  EXPECT_EQ(sources[0].getHash(), hashBytes(bytes.substr(16)));
}

TEST_F(ExternalData, MustLieInTheFolderOfTheModel) {
  std::string message = importError(makeModel("../w.bin"));
  EXPECT_CONTAINS(message, "tensor 'w' in file '../w.bin'");
  EXPECT_CONTAINS(message, "[AGC-E106]");
  EXPECT_CONTAINS(importError(makeModel("a/../../w.bin")), "must stay");
  EXPECT_CONTAINS(importError(makeModel("/etc/passwd")), "must be relative");
  EXPECT_CONTAINS(importError(makeModel(std::string("a\0b", 3))), "[AGC-E106]");
  EXPECT_CONTAINS(importError(makeModel("")), "[AGC-E106]");
  EXPECT_CONTAINS(importError(makeModel(".")), "directory");
  EXPECT_CONTAINS(importError(makeModel("missing")), "No such file");
}

TEST_F(ExternalData, IsNotReachedThroughLinks) {
  std::ofstream(at("w.bin"), std::ios::binary) << std::string(8000, 'a');
  ASSERT_EQ(symlink("w.bin", at("link").c_str()), 0);
  ASSERT_EQ(symlink(".", at("folder").c_str()), 0);
  EXPECT_CONTAINS(importError(makeModel("link")), "links are not followed");
  EXPECT_CONTAINS(importError(makeModel("folder/w.bin")), "[AGC-E106]");
}

TEST_F(ExternalData, MustBeLongEnough) {
  std::ofstream(at("w.bin"), std::ios::binary) << std::string(8000, 'a');
  EXPECT_CONTAINS(importError(makeModel("w.bin", "1")), "too few");
  EXPECT_CONTAINS(importError(makeModel("w.bin", "0", "7999")),
                  "needs 8000 bytes, but 7999 are given");
  EXPECT_CONTAINS(importError(makeModel("w.bin", "18446744073709551615")),
                  "too few");
  EXPECT_CONTAINS(importError(makeModel("w.bin", "-1")), "no number");
}
} // namespace
