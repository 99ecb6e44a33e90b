//===- WireScanTest.cpp - tests of the scan for payloads --------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WireScan.h"
#include "TestModel.h"

using namespace autoglm;
using namespace autoglm::onnx_import;

namespace {
/// The message of a scan that must fail.
std::string scanError(const std::string &bytes) {
  auto result = scanModel(bytes);
  EXPECT_FALSE(static_cast<bool>(result));
  return result ? "" : llvm::toString(result.takeError());
}

/// A field with a length.
std::string field(char number, const std::string &content) {
  EXPECT_LT(content.size(), 128u);
  return std::string(1, static_cast<char>(number << 3 | 2)) +
         static_cast<char>(content.size()) + content;
}

TEST(WireScan, CutsOutLargePayloadsOnly) {
  TestModel model;
  model.addFloats("small", {1024}, 1.0f);
  model.addFloats("large", {1025}, 2.0f);
  model.addFloats("larger", {2000}, 3.0f);
  std::string bytes = model.proto.SerializeAsString();
  auto scanned = scanModel(bytes);
  ASSERT_TRUE(static_cast<bool>(scanned));
  EXPECT_LT(scanned->message.size(), 4096u + 300u);
  ASSERT_EQ(scanned->payloads.size(), 2u);
  EXPECT_EQ(scanned->payloads[0].length, 4100u);
  EXPECT_EQ(scanned->payloads[1].length, 8000u);

  onnx::ModelProto parsed;
  ASSERT_TRUE(parsed.ParseFromString(scanned->message));
  const auto &tensors = parsed.graph().initializer();
  EXPECT_EQ(tensors[0].raw_data(),
            model.proto.graph().initializer(0).raw_data());
  EXPECT_FALSE(tensors[0].has_segment());
  for (int i : {1, 2}) {
    const Payload &payload = scanned->payloads[tensors[i].segment().begin()];
    EXPECT_EQ(bytes.substr(payload.offset, payload.length),
              model.proto.graph().initializer(i).raw_data());
    EXPECT_EQ(tensors[i].name(), model.proto.graph().initializer(i).name());
    EXPECT_TRUE(tensors[i].raw_data().empty());
  }
}

TEST(WireScan, KeepsEverythingElseAndDropsDocumentation) {
  TestModel model;
  model.addInput("x", {"batch", 4});
  onnx::NodeProto &node = model.addNode("Clip", {"x", "", "high"}, {"y"});
  setFloat(node, "f", 0.25f);
  setInts(node, "is", {1, -1, INT64_MIN});
  model.addFloats("high", {}, 6.0f);
  model.addOutput("y", {"batch", 4});
  onnx::ModelProto plain = model.proto;
  model.proto.mutable_graph()->set_doc_string(std::string(100000, 'x'));
  node.set_doc_string("text");
  model.proto.set_doc_string("text");
  auto scanned = scanModel(model.proto.SerializeAsString());
  ASSERT_TRUE(static_cast<bool>(scanned));
  onnx::ModelProto parsed;
  ASSERT_TRUE(parsed.ParseFromString(scanned->message));
  EXPECT_EQ(parsed.SerializeAsString(), plain.SerializeAsString());
}

TEST(WireScan, RefusesUnknownFields) {
  std::string error = scanError(field(7, field(1, field(11, "?"))));
  EXPECT_CONTAINS(error, "field 11 of NodeProto is unknown");
  EXPECT_CONTAINS(error, "byte 4");
  EXPECT_CONTAINS(scanError(field(9, "")), "field 9 of ModelProto is unknown");
  EXPECT_CONTAINS(scanError(field(7, field(3, ""))), "field 3 of GraphProto");
}

TEST(WireScan, RefusesWrongWireTypesAndTags) {
  EXPECT_CONTAINS(scanError(std::string("\x38\x01", 2)),
                  "field 7 of ModelProto has wire type 0");
  // A group, which protobuf would skip.
  EXPECT_CONTAINS(scanError(std::string("\x3b\x3c", 2)), "wire type 3");
  EXPECT_CONTAINS(scanError(std::string(1, '\0')), "no valid tag");
  EXPECT_CONTAINS(scanError(std::string(11, '\xff')), "no valid tag");
}

TEST(WireScan, RefusesWhatIsCutOff) {
  EXPECT_CONTAINS(scanError("\x3a\x05"
                            "abc"),
                  "field 7 of ModelProto is cut off");
  EXPECT_CONTAINS(scanError("\x3a"), "cut off");
  // A length that would wrap around.
  EXPECT_CONTAINS(scanError("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
                  "cut off");
  EXPECT_CONTAINS(scanError(std::string("\x08\x80", 2)), "cut off");
}

TEST(WireScan, RefusesDeepNesting) {
  // Graphs in attributes of nodes of graphs.
  std::string bytes;
  for (int i = 0; i < 8; ++i)
    bytes = field(1, field(5, field(6, bytes)));
  EXPECT_TRUE(static_cast<bool>(scanModel(field(7, bytes))));
  onnx::ModelProto model;
  onnx::GraphProto *graph = model.mutable_graph();
  for (int i = 0; i < 1000; ++i)
    graph = graph->add_node()->add_attribute()->mutable_g();
  EXPECT_CONTAINS(scanError(model.SerializeAsString()), "nested too deeply");
}

TEST(WireScan, RefusesRepeatedGraphsAndSegments) {
  EXPECT_CONTAINS(scanError(field(7, "") + field(7, "")),
                  "field 7 of ModelProto is given twice");
  EXPECT_CONTAINS(scanError(field(7, field(5, field(3, "")))),
                  "segments is not supported");
}

TEST(WireScan, RefusesPayloadsInPieces) {
  TestModel model;
  model.addFloats("w", {1025});
  onnx::TensorProto *tensor =
      model.proto.mutable_graph()->mutable_initializer(0);
  for (int i = 0; i < 2000; ++i)
    tensor->add_float_data(0.0f);
  EXPECT_CONTAINS(scanError(model.proto.SerializeAsString()), "several pieces");
}

TEST(WireScan, ReadsVarints) {
  auto read = [](std::string bytes) -> std::optional<uint64_t> {
    llvm::StringRef rest = bytes;
    uint64_t value;
    return readVarint(rest, value) && rest.empty() ? std::optional(value)
                                                   : std::nullopt;
  };
  EXPECT_EQ(read(std::string(1, '\0')), 0u);
  EXPECT_EQ(read("\xac\x02"), 300u);
  EXPECT_EQ(read("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), UINT64_MAX);
  EXPECT_EQ(read("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"), std::nullopt);
  EXPECT_EQ(read("\x80"), std::nullopt);
  EXPECT_EQ(read(""), std::nullopt);
}
} // namespace
