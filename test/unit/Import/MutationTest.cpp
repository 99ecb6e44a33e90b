//===- MutationTest.cpp - damaged models must never crash -------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestModel.h"

#include <random>

using namespace autoglm;

namespace {
/// A model with a bit of everything that the importer reads.
std::string makeModel() {
  TestModel model(13);
  model.addInput("x", {"batch", 3, 8, 8});
  model.addFloats("w", {8, 3, 3, 3});
  model.addFloats("scale", {8});
  model.addFloats("statistics", {8}, 1.0f);
  model.addFloats("big", {128, 10});
  model.addInts("axes", {-1});
  onnx::NodeProto &conv = model.addNode("Conv", {"x", "w"}, {"c"});
  setInts(conv, "pads", {1, 1, 1, 1});
  setInts(conv, "strides", {2, 2});
  model.addNode("BatchNormalization",
                {"c", "scale", "scale", "scale", "statistics"}, {"n"});
  model.addNode("Clip", {"n", "", ""}, {"r"});
  onnx::NodeProto &pool = model.addNode("MaxPool", {"r"}, {"m"});
  setInts(pool, "kernel_shape", {2, 2});
  setString(pool, "auto_pad", "SAME_UPPER");
  setInt(model.addNode("Flatten", {"m"}, {"f"}), "axis", 1);
  setFloat(model.addNode("Gemm", {"f", "big"}, {"g"}), "alpha", 0.5f);
  model.addNode("Shape", {"x"}, {"s"});
  model.addNode("ReduceSum", {"g", "axes"}, {"t"});
  setInts(model.addNode("Transpose", {"t"}, {"y"}), "perm", {1, 0});
  model.addOutput("y", {1, "batch"});
  model.addOutput("s", {4}, onnx::TensorProto::INT64);
  return model.proto.SerializeAsString();
}

using Mutation = ImportFixture;

TEST_F(Mutation, WholeModelIsGood) {
  EXPECT_CONTAINS(importBytes(makeModel()), "autoglm.conv");
}

/// The positions of a model that are not within its weights, 0.5 each, whose
/// elements may have any value.
std::vector<size_t> getPositions(const std::string &model) {
  const std::string weights("\0\0\0\x3f\0\0\0\x3f", 8);
  std::vector<size_t> positions;
  for (size_t i = 0; i < model.size(); ++i) {
    if (i >= 8 && model.compare(i - 8, 8, weights) == 0 &&
        model.compare(i, 4, weights, 0, 4) == 0)
      i += 3;
    else
      positions.push_back(i);
  }
  return positions;
}

TEST_F(Mutation, TruncationIsReported) {
  std::string model = makeModel();
  std::vector<size_t> lengths = getPositions(model);
  ASSERT_LT(lengths.size(), model.size() / 2);
  for (size_t length : lengths) {
    ASSERT_EQ(importBytes(model.substr(0, length)), "") << length;
    ASSERT_CONTAINS(error, "[AGC-E");
  }
}

TEST_F(Mutation, ChangedBytesDoNotCrash) {
  std::string model = makeModel();
  for (size_t i : getPositions(model)) {
    for (unsigned char mask : {0x01, 0x80, 0x08, 0xff}) {
      std::string changed = model;
      changed[i] = static_cast<char>(changed[i] ^ mask);
      importBytes(changed);
    }
  }
}

TEST_F(Mutation, ShuffledPiecesDoNotCrash) {
  std::string model = makeModel();
  std::mt19937 random(1);
  auto below = [&](size_t limit) { return random() % limit; };
  for (int i = 0; i < 1500; ++i) {
    std::string changed = model;
    for (size_t edits = 1 + below(4); edits > 0 && changed.size() > 1;
         --edits) {
      size_t from = below(changed.size());
      size_t length = 1 + below(std::min<size_t>(24, changed.size() - from));
      std::string piece = changed.substr(from, length);
      switch (below(3)) {
      case 0:
        changed.erase(from, length);
        break;
      case 1:
        changed.insert(below(changed.size()), piece);
        break;
      default:
        for (size_t k = 0; k < length; ++k)
          changed[from + k] = static_cast<char>(below(256));
      }
    }
    importBytes(changed);
  }
}
} // namespace
