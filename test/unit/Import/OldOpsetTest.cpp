//===- OldOpsetTest.cpp - tests of operators' earlier forms -----*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestModel.h"

using namespace autoglm;

namespace {
class OldOpset : public ImportFixture {
protected:
  using Shape = std::vector<TestModel::Dim>;
  /// One node on `x` of a shape, at an opset; more operands are initializers of
  /// one element each or lists of integers.
  std::string importNode(
      int64_t opset, const std::string &op, Shape shape,
      std::function<void(TestModel &, onnx::NodeProto &)> change = nullptr,
      bool mustFail = false) {
    TestModel model(opset);
    model.addInput("x", shape);
    onnx::NodeProto &node = model.addNode(op, {"x"}, {"y"});
    if (change)
      change(model, node);
    model.addOutput("y");
    return mustFail ? importError(model.proto) : import(model.proto);
  }
  static void operand(TestModel &model, onnx::NodeProto &node,
                      const std::vector<int64_t> &values) {
    std::string name = "i" + std::to_string(node.input_size());
    model.addInts(name, values);
    node.add_input(name);
  }
};

TEST_F(OldOpset, AxesMovedFromAttributesToOperands) {
  auto attribute = [](TestModel &, auto &n) { setInts(n, "axes", {1}); };
  auto asOperand = [](TestModel &m, auto &n) { operand(m, n, {1}); };
  for (int opset : {1, 11, 12})
    for (const char *op : {"Squeeze", "Unsqueeze", "ReduceSum"})
      EXPECT_CONTAINS(importNode(opset, op, {2, 1}, attribute),
                      "axes = array<i64: 1>");
  for (int opset : {13, 24, 28})
    for (const char *op : {"Squeeze", "Unsqueeze", "ReduceSum"})
      EXPECT_CONTAINS(importNode(opset, op, {2, 1}, asOperand),
                      "axes = array<i64: 1>");
  EXPECT_CONTAINS(importNode(13, "ReduceMax", {2, 1}, attribute),
                  "axes = array<i64: 1>");
  EXPECT_CONTAINS(importNode(18, "ReduceMax", {2, 1}, asOperand),
                  "axes = array<i64: 1>");
  EXPECT_CONTAINS(importNode(18, "ReduceMax", {2, 1}, attribute, true),
                  "attribute 'axes', which version 18");
}

TEST_F(OldOpset, NoAxesAreAll) {
  EXPECT_CONTAINS(importNode(11, "ReduceMean", {2, 3}),
                  "axes = array<i64: 0, 1>");
  EXPECT_CONTAINS(importNode(18, "ReduceMean", {2, 3}),
                  "axes = array<i64: 0, 1>");
  std::string text = importNode(18, "ReduceMean", {2, 3}, [](auto &, auto &n) {
    setInt(n, "noop_with_empty_axes", 1);
  });
  EXPECT_CONTAINS(text, "axes = array<i64>");
  EXPECT_CONTAINS(importNode(11, "Squeeze", {1, 3, 1}), "-> tensor<3xf32>");
  EXPECT_CONTAINS(importNode(11, "Squeeze", {"n", 3, 1}, nullptr, true),
                  "[AGC-E205]");
}

TEST_F(OldOpset, BinaryOperatorsBroadcastOnDemand) {
  auto add = [&](int opset, std::vector<int64_t> shape, int broadcast, int axis,
                 bool mustFail = false) {
    return importNode(
        opset, "Add", {2, 3, 4},
        [&](TestModel &m, onnx::NodeProto &n) {
          m.addFloats("b", shape);
          n.add_input("b");
          if (broadcast >= 0)
            setInt(n, "broadcast", broadcast);
          if (axis >= -9)
            setInt(n, "axis", axis);
        },
        mustFail);
  };
  EXPECT_CONTAINS(add(6, {2, 3, 4}, -1, -10), "-> tensor<2x3x4xf32>");
  EXPECT_CONTAINS(add(6, {3}, 1, 1), "tensor<2x3x4xf32>, tensor<3x1xf32>)");
  EXPECT_CONTAINS(add(6, {2, 3}, 1, 0),
                  "tensor<2x3x4xf32>, tensor<2x3x1xf32>)");
  EXPECT_CONTAINS(add(6, {3, 4}, 1, -10),
                  "tensor<2x3x4xf32>, tensor<3x4xf32>)");
  EXPECT_CONTAINS(add(1, {4}, 1, -1), "tensor<2x3x4xf32>, tensor<4xf32>)");
  EXPECT_CONTAINS(add(6, {4}, -1, -10, true), "without the attribute");
  EXPECT_CONTAINS(add(6, {3, 4}, 1, 2, true), "does not fit into rank 3");
  EXPECT_CONTAINS(add(7, {4}, 1, -10, true), "attribute 'broadcast'");
}

TEST_F(OldOpset, SoftmaxWasOverAMatrix) {
  std::string text = importNode(11, "Softmax", {2, 3, 4});
  EXPECT_CONTAINS(text, "autoglm.flatten %arg0 : "
                        "(tensor<2x3x4xf32>) -> tensor<2x12xf32>");
  EXPECT_CONTAINS(text, "(tensor<2x12xf32>) -> tensor<2x12xf32>");
  EXPECT_CONTAINS(text, "return %3 : tensor<2x3x4xf32>");
  // On the last axis both mean the same.
  text = importNode(11, "LogSoftmax", {2, 3},
                    [](auto &, auto &n) { setInt(n, "axis", -1); });
  EXPECT_EQ(text.find("flatten"), std::string::npos);
  text = importNode(13, "Softmax", {2, 3, 4});
  EXPECT_EQ(text.find("flatten"), std::string::npos);
}

TEST_F(OldOpset, ClipBoundsMovedToOperands) {
  std::string text = importNode(
      6, "Clip", {2}, [](auto &, auto &n) { setFloat(n, "max", 6.0f); });
  EXPECT_CONTAINS(text, "dense<6.000000e+00> : tensor<f32>");
  EXPECT_CONTAINS(text, "dense<0xFF800000> : tensor<f32>");
  text = importNode(13, "Clip", {2}, [](TestModel &m, auto &n) {
    m.addFloats("low", {}, -1.0f);
    n.add_input("low");
  });
  EXPECT_CONTAINS(text, "dense<-1.000000e+00> : tensor<f32>");
  EXPECT_CONTAINS(text, "dense<0x7F800000> : tensor<f32>");
}

TEST_F(OldOpset, SliceMovedToOperands) {
  auto attributes = [](TestModel &, auto &n) {
    setInts(n, "starts", {1});
    setInts(n, "ends", {INT64_MAX});
    setInts(n, "axes", {1});
  };
  EXPECT_CONTAINS(importNode(9, "Slice", {2, 5}, attributes),
                  "-> tensor<2x4xf32>");
  auto operands = [](TestModel &m, auto &n) {
    for (int64_t value : {-1, -100, 1, -2})
      operand(m, n, {value});
  };
  EXPECT_CONTAINS(importNode(10, "Slice", {2, 5}, operands),
                  "-> tensor<2x3xf32>");
  EXPECT_CONTAINS(importNode(10, "Slice", {2, 5}, attributes, true),
                  "[AGC-E203]");
}

TEST_F(OldOpset, PadMovedToOperands) {
  EXPECT_CONTAINS(
      importNode(1, "Pad", {2, 3},
                 [](auto &, auto &n) { setInts(n, "paddings", {0, 1, 0, 2}); }),
      "-> tensor<2x6xf32>");
  EXPECT_CONTAINS(importNode(2, "Pad", {2, 3},
                             [](auto &, auto &n) {
                               setInts(n, "pads", {0, 1, 0, 2});
                               setFloat(n, "value", 2.0f);
                             }),
                  "dense<2.000000e+00> : tensor<f32>");
  std::string text = importNode(18, "Pad", {2, 3}, [](TestModel &m, auto &n) {
    operand(m, n, {1, 2});
    n.add_input("");
    operand(m, n, {-1});
  });
  EXPECT_CONTAINS(text, "dense<[0, 1, 0, 2]> : tensor<4xi64>");
}

TEST_F(OldOpset, ReshapeConcatCastTileSplitGemm) {
  EXPECT_CONTAINS(
      importNode(1, "Reshape", {2, 3},
                 [](auto &, auto &n) { setInts(n, "shape", {3, -1}); }),
      "-> tensor<3x2xf32>");
  EXPECT_CONTAINS(importNode(1, "Concat", {2, 3},
                             [](auto &, auto &n) { n.add_input("x"); }),
                  "-> tensor<2x6xf32>");
  EXPECT_CONTAINS(
      importNode(1, "Cast", {2},
                 [](auto &, auto &n) { setString(n, "to", "INT32"); }),
      "-> tensor<2xi32>");
  EXPECT_CONTAINS(importNode(6, "Cast", {2},
                             [](auto &, auto &n) {
                               setInt(n, "to", onnx::TensorProto::DOUBLE);
                             }),
                  "-> tensor<2xf64>");
  EXPECT_CONTAINS(importNode(1, "Tile", {2, 3},
                             [](TestModel &m, auto &n) {
                               operand(m, n, {4});
                               operand(m, n, {1});
                             }),
                  "-> tensor<2x12xf32>");
  auto split = [](TestModel &, onnx::NodeProto &n) {
    n.add_output("z");
    setInts(n, "split", {2, 3});
  };
  EXPECT_CONTAINS(importNode(11, "Split", {5}, split),
                  "sizes = array<i64: 2, 3>");
  EXPECT_CONTAINS(importNode(18, "Split", {5},
                             [](TestModel &, onnx::NodeProto &n) {
                               n.add_output("z");
                               setInt(n, "num_outputs", 2);
                             }),
                  "sizes = array<i64: 3, 2>");
  EXPECT_CONTAINS(
      importNode(
          13, "Split", {5},
          [](TestModel &, onnx::NodeProto &n) { n.add_output("z"); }, true),
      "cannot split a dimension of 5 into 2 parts");
  EXPECT_CONTAINS(importNode(6, "Gemm", {2, 3},
                             [](TestModel &m, auto &n) {
                               m.addFloats("b", {3, 4});
                               m.addFloats("c", {4});
                               n.add_input("b");
                               n.add_input("c");
                               setInt(n, "broadcast", 1);
                             }),
                  "-> tensor<2x4xf32>");
}

TEST_F(OldOpset, TrainingFormsAreRefused) {
  EXPECT_CONTAINS(importNode(7, "Dropout", {2}), "return %arg0");
  std::string text = importNode(12, "Dropout", {2},
                                [](auto &, auto &n) { n.add_output("mask"); });
  EXPECT_CONTAINS(text, "autoglm.constant dense<true> : tensor<2xi1>");
  auto normalization = [](TestModel &m, onnx::NodeProto &n) {
    for (const char *name : {"s", "b", "m", "v"}) {
      m.addFloats(name, {3});
      n.add_input(name);
    }
  };
  for (int opset : {1, 6, 7, 9, 14, 15})
    EXPECT_CONTAINS(
        importNode(opset, "BatchNormalization", {2, 3, 4}, normalization),
        "autoglm.batch_normalization");
  EXPECT_CONTAINS(importNode(
                      14, "BatchNormalization", {2, 3, 4},
                      [&](TestModel &m, onnx::NodeProto &n) {
                        normalization(m, n);
                        setInt(n, "training_mode", 1);
                      },
                      true),
                  "as in training");
  EXPECT_CONTAINS(importNode(
                      12, "MaxPool", {1, 1, 4, 4},
                      [](auto &, onnx::NodeProto &n) {
                        setInts(n, "kernel_shape", {2, 2});
                        n.add_output("indices");
                      },
                      true),
                  "gives the indices of the maxima, which is not supported");
}

TEST_F(OldOpset, AutoPadIsResolved) {
  auto pool = [&](const std::string &mode, int64_t stride, Shape shape,
                  bool mustFail = false) {
    return importNode(
        11, "MaxPool", shape,
        [&](auto &, onnx::NodeProto &n) {
          setInts(n, "kernel_shape", {3, 2});
          setInts(n, "strides", {stride, stride});
          setString(n, "auto_pad", mode);
        },
        mustFail);
  };
  EXPECT_CONTAINS(pool("SAME_UPPER", 2, {1, 1, 5, 5}),
                  "pads = array<i64: 1, 0, 1, 1>");
  EXPECT_CONTAINS(pool("SAME_LOWER", 2, {1, 1, 5, 5}),
                  "pads = array<i64: 1, 1, 1, 0>");
  EXPECT_CONTAINS(pool("SAME_UPPER", 2, {1, 1, 5, 5}),
                  "-> tensor<1x1x3x3xf32>");
  EXPECT_CONTAINS(pool("VALID", 2, {1, 1, 5, 5}), "-> tensor<1x1x2x2xf32>");
  EXPECT_CONTAINS(pool("SAME_UPPER", 1, {1, 1, "h", "w"}),
                  "pads = array<i64: 1, 0, 1, 1>");
  EXPECT_CONTAINS(pool("SAME_UPPER", 2, {1, 1, "h", "w"}, true), "[AGC-E205]");
  EXPECT_CONTAINS(pool("SAME", 2, {1, 1, 5, 5}, true), "auto_pad is 'SAME'");
}

TEST_F(OldOpset, DepthToSpaceInBothModes) {
  auto text = importNode(11, "DepthToSpace", {1, 8, 2, 3}, [](auto &, auto &n) {
    setInt(n, "blocksize", 2);
    setString(n, "mode", "CRD");
  });
  EXPECT_CONTAINS(text, "perm = array<i64: 0, 1, 4, 2, 5, 3>");
  EXPECT_CONTAINS(text, "return %4 : tensor<1x2x4x6xf32>");
  text = importNode(1, "SpaceToDepth", {"n", 2, 4, 6},
                    [](auto &, auto &n) { setInt(n, "blocksize", 2); });
  EXPECT_CONTAINS(text, "tensor<?x8x2x3xf32>");
}

TEST_F(OldOpset, ConstantsInEveryForm) {
  auto constant = [&](auto change, bool mustFail = false) {
    TestModel model(13);
    onnx::NodeProto &node = model.addNode("Constant", {}, {"y"});
    change(node);
    model.addOutput("y");
    return mustFail ? importError(model.proto) : import(model.proto);
  };
  EXPECT_CONTAINS(constant([](auto &n) { setInt(n, "value_int", 3); }),
                  "dense<3> : tensor<i64>");
  EXPECT_CONTAINS(constant([](auto &n) { setInts(n, "value_ints", {3, 4}); }),
                  "dense<[3, 4]> : tensor<2xi64>");
  EXPECT_CONTAINS(constant([](auto &n) { setFloat(n, "value_float", 0.5f); }),
                  "dense<5.000000e-01> : tensor<f32>");
  EXPECT_CONTAINS(
      constant([](auto &n) { setString(n, "value_string", "a"); }, true),
      "[AGC-E202]");
  EXPECT_CONTAINS(constant([](auto &) {}, true), "has 0 attributes");
}
TEST_F(OldOpset, UpsampleIsAResizeByDivision) {
  auto asAttribute = [](TestModel &, onnx::NodeProto &n) {
    auto *scales = n.add_attribute();
    scales->set_name("scales");
    scales->set_type(onnx::AttributeProto::FLOATS);
    for (float scale : {1.0f, 1.0f, 2.0f, 2.0f})
      scales->add_floats(scale);
  };
  auto asOperand = [](TestModel &m, onnx::NodeProto &n) {
    m.addFloats("s", {4}, 2.0f);
    n.add_input("s");
  };
  std::string text = importNode(7, "Upsample", {1, 2, 3, 4}, asAttribute);
  EXPECT_CONTAINS(text, "coordinates = \"asymmetric\"");
  EXPECT_CONTAINS(text, "rounding = \"floor\"");
  EXPECT_CONTAINS(text, "-> tensor<1x2x6x8xf32>");
  for (const char *op : {"Upsample", "Resize"})
    EXPECT_CONTAINS(
        importNode(op[0] == 'U' ? 9 : 10, op, {1, 2, 3, 4}, asOperand),
        "-> tensor<2x4x6x8xf32>");
  EXPECT_CONTAINS(importNode(9, "Upsample", {1, 2, 3}, asOperand, true),
                  "has 4 scales, expected 3");
}

TEST_F(OldOpset, TopKOfAnAttribute) {
  EXPECT_CONTAINS(importNode(1, "TopK", {5, 3},
                             [](auto &, auto &n) {
                               setInt(n, "k", 2);
                               setInt(n, "axis", 0);
                             }),
                  "-> (tensor<2x3xf32>, tensor<2x3xi64>)");
  EXPECT_CONTAINS(importNode(10, "TopK", {5, 3},
                             [](auto &m, auto &n) { operand(m, n, {2}); }),
                  "-> (tensor<5x2xf32>, tensor<5x2xi64>)");
}

TEST_F(OldOpset, GroupNormalizationHadOneScalePerGroup) {
  auto perGroup = [](int64_t count) {
    return [count](TestModel &m, onnx::NodeProto &n) {
      m.addFloats("s", {count});
      n.add_input("s");
      n.add_input("s");
      setInt(n, "num_groups", 2);
    };
  };
  EXPECT_CONTAINS(importNode(18, "GroupNormalization", {1, 6, 4}, perGroup(2)),
                  "tensor<6xf32>, tensor<6xf32>) -> tensor<1x6x4xf32>");
  EXPECT_CONTAINS(importNode(21, "GroupNormalization", {1, 6, 4}, perGroup(6)),
                  "tensor<6xf32>, tensor<6xf32>) -> tensor<1x6x4xf32>");
}

TEST_F(OldOpset, RecurrentLayersWithTheBatchFirst) {
  auto weights = [](int64_t layout) {
    return [layout](TestModel &m, onnx::NodeProto &n) {
      m.addFloats("w", {1, 4, 3});
      m.addFloats("r", {1, 4, 4});
      n.add_input("w");
      n.add_input("r");
      setInt(n, "hidden_size", 4);
      if (layout >= 0)
        setInt(n, "layout", layout);
    };
  };
  EXPECT_CONTAINS(importNode(7, "RNN", {5, 2, 3}, weights(-1)),
                  "-> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>)");
  std::string text = importNode(14, "RNN", {2, 5, 3}, weights(1));
  EXPECT_CONTAINS(text, "-> (tensor<5x1x2x4xf32>, tensor<1x2x4xf32>)");
  EXPECT_CONTAINS(text, "return %3 : tensor<2x5x1x4xf32>");
  EXPECT_CONTAINS(importNode(7, "RNN", {5, 2, 3}, weights(1), true),
                  "attribute 'layout', which version 7");
}

} // namespace
