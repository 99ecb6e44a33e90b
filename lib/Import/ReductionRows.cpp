//===- ReductionRows.cpp - reductions, normalization, softmax ---*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeImporter.h"

using namespace mlir;

namespace autoglm::onnx_import {

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

static void finishReduce(NodeImporter &n,
                         std::optional<SmallVector<int64_t>> axes,
                         bool emptyIsNone) {
  Value input = n.operand(0);
  bool keepDims = n.getBool("keepdims", true);
  if (!axes || (axes->empty() && !emptyIsNone)) {
    axes.emplace();
    if (!emptyIsNone)
      llvm::append_range(*axes, llvm::seq<int64_t>(0, n.rank(input)));
  }
  n.finish(input,
           {n.intsAttr("axes", *axes), n.boolAttr("keepdims", keepDims)});
}

/// Axes as attribute; none are all.
static void importOldReduce(NodeImporter &n) {
  finishReduce(n, n.getInts("axes"), /*emptyIsNone=*/false);
}

/// Axes as operand; none are all, or the input stays with an attribute.
static void importReduce(NodeImporter &n) {
  bool isNoop = n.getBool("noop_with_empty_axes", false);
  Value axes = n.operand(1);
  // An operand of no elements need not be a constant.
  if (axes && n.rank(axes) == 1 && n.type(axes).getDimSize(0) == 0)
    return finishReduce(n, std::nullopt, isNoop);
  auto values = n.constantInts(1, "axes");
  if (!n.hasFailed())
    finishReduce(n, values, isNoop);
}

static void importArgReduce(NodeImporter &n) {
  n.finish(
      n.operand(0),
      {n.intAttr("axis", n.getInt("axis", 0)),
       n.boolAttr("keepdims", n.getBool("keepdims", true)),
       n.boolAttr("select_last_index",
                  n.row.since >= 12 && n.getBool("select_last_index", false))});
}

static void importCumSum(NodeImporter &n) {
  bool isExclusive = n.getBool("exclusive", false);
  bool isReverse = n.getBool("reverse", false);
  auto axis = n.constantInts(1, "axis");
  if (n.hasFailed())
    return;
  if (!axis || axis->size() != 1) {
    n.error() << "'axis' must have one element";
    return;
  }
  n.finish(n.operand(0), {n.intAttr("axis", axis->front()),
                          n.boolAttr("exclusive", isExclusive),
                          n.boolAttr("reverse", isReverse)});
}

//===----------------------------------------------------------------------===//
// Softmax
//===----------------------------------------------------------------------===//

static void importSoftmax(NodeImporter &n) {
  n.finish(n.operand(0), n.intAttr("axis", n.getInt("axis", -1)));
}

/// Until opset 12 the input was seen as a matrix, all dimensions from `axis` on
/// being one. The dimensions before it are independent of each other anyway.
static void importOldSoftmax(NodeImporter &n) {
  Value input = n.operand(0);
  int64_t axis = n.getInt("axis", 1), rank = n.rank(input);
  // At axis == rank each row has one element.
  if (n.hasFailed())
    return;
  if (axis < -rank || axis > rank) {
    n.error() << "axis " << axis << " is outside [" << -rank << ", " << rank
              << "]";
    return;
  }
  if (axis < 0)
    axis += rank;
  if (axis == rank - 1)
    return n.finish(input, n.intAttr("axis", axis));
  Value matrix = n.create("flatten", input, n.intAttr("axis", axis));
  Value result = n.create(n.row.mnemonic, matrix, n.intAttr("axis", 1));
  if (!result)
    return;
  RankedTensorType type = n.type(input);
  Value shape = type.hasStaticShape() ? n.ints(type.getShape())
                                      : n.create("shape", input);
  n.results = {
      n.create("reshape", {result, shape}, n.boolAttr("allowzero", true))};
}

//===----------------------------------------------------------------------===//
// Normalization
//===----------------------------------------------------------------------===//

static void importBatchNormalization(NodeImporter &n) {
  float epsilon = n.getFloat("epsilon", 1e-5f);
  n.ignore("momentum");
  // In opsets 1 and 6 the outputs decide, and `is_test` agrees with them.
  bool isTraining = n.getBool("training_mode", false);
  if (n.row.since < 7)
    n.ignore("is_test");
  for (unsigned i = 1; i < 5; ++i)
    isTraining |= n.wants(i);
  bool isSpatial = n.row.since >= 9 || n.getBool("spatial", true);
  if (n.hasFailed())
    return;
  if (isTraining) {
    n.error(ErrorCode::UnsupportedOperator)
        << "computes statistics as in training, which is not supported: export "
           "the model for inference";
    return;
  }
  if (!isSpatial && n.rank(n.operand(0)) != 2) {
    n.error(ErrorCode::UnsupportedOperator)
        << "has 'spatial' 0, which is not supported";
    return;
  }
  n.finish(n.getOperands(), n.floatAttr("epsilon", epsilon));
}

static void importInstanceNormalization(NodeImporter &n) {
  n.finish(n.getOperands(),
           n.floatAttr("epsilon", n.getFloat("epsilon", 1e-5f)));
}

/// What statistics are computed in, which is float32 but for float64.
static bool checkStashType(NodeImporter &n) {
  int64_t stash = n.getInt("stash_type", 1);
  if (stash != onnx::TensorProto::FLOAT && !n.hasFailed()) {
    Type element = n.type(n.operand(0)).getElementType();
    if (getElementType(n.builder.getContext(), static_cast<int32_t>(stash)) !=
            element ||
        !element.isF64()) {
      n.error(ErrorCode::UnsupportedOperator)
          << "has stash_type " << stash << ", only 1 (FLOAT) is supported";
      return false;
    }
  }
  return true;
}

static void importLayerNormalization(NodeImporter &n) {
  int64_t axis = n.getInt("axis", -1);
  float epsilon = n.getFloat("epsilon", 1e-5f);
  if (!checkStashType(n))
    return;
  SmallVector<Value> inputs{n.operand(0), n.operand(1)};
  if (n.operand(2))
    inputs.push_back(n.operand(2));
  Operation *op =
      n.createOp("layer_normalization", inputs,
                 {n.intAttr("axis", axis), n.floatAttr("epsilon", epsilon)});
  if (op)
    n.results.assign(op->result_begin(), op->result_end());
}

static void importRMSNormalization(NodeImporter &n) {
  int64_t axis = n.getInt("axis", -1);
  float epsilon = n.getFloat("epsilon", 1e-5f);
  if (checkStashType(n))
    n.finish(n.getOperands(),
             {n.intAttr("axis", axis), n.floatAttr("epsilon", epsilon)});
}

static void importGroupNormalization(NodeImporter &n) {
  n.require("num_groups");
  int64_t groups = n.getInt("num_groups", 1);
  float epsilon = n.getFloat("epsilon", 1e-5f);
  if (n.row.since >= 21 && !checkStashType(n))
    return;
  SmallVector<Value> inputs(n.getOperands());
  // The first version had one scale and bias per group.
  for (unsigned i = 1; n.row.since < 21 && i < inputs.size(); ++i) {
    int64_t channels = n.rank(inputs[0]) > 1 ? n.type(inputs[0]).getDimSize(1)
                                             : ShapedType::kDynamic;
    if (ShapedType::isDynamic(channels) || groups < 1 ||
        channels % groups != 0) {
      n.error() << "input of type " << n.type(inputs[0])
                << " does not have channels that divide into " << groups
                << " groups";
      return;
    }
    Value column = n.reshape(inputs[i], {groups, 1});
    if (n.hasFailed())
      return;
    Value spread =
        n.create("expand", {column, n.ints({groups, channels / groups})});
    inputs[i] = n.reshape(spread, {channels});
  }
  if (!n.hasFailed())
    n.finish(inputs, {n.intAttr("num_groups", groups),
                      n.floatAttr("epsilon", epsilon)});
}

static void importLRN(NodeImporter &n) {
  n.require("size");
  n.finish(n.operand(0), {n.intAttr("size", n.getInt("size", 1)),
                          n.floatAttr("alpha", n.getFloat("alpha", 1e-4f)),
                          n.floatAttr("beta", n.getFloat("beta", 0.75f)),
                          n.floatAttr("bias", n.getFloat("bias", 1.0f))});
}

/// (x - mean) / deviation over some axes; a deviation of 0 counts as a little.
static void importMeanVariance(NodeImporter &n) {
  Value x = n.operand(0);
  auto axes = n.getInts("axes").value_or(SmallVector<int64_t>{0, 2, 3});
  NamedAttribute over = n.intsAttr("axes", axes);
  Value mean = n.create("reduce_mean", x, over);
  if (n.hasFailed())
    return;
  Value centered = n.create("sub", {x, mean});
  Value square = n.create("mul", {centered, centered});
  Value deviation = n.create("sqrt", n.create("reduce_mean", square, over));
  if (n.hasFailed())
    return;
  n.results = {n.create(
      "div", {centered, n.create("add", {deviation, n.scalarLike(x, 1e-9)})})};
}

/// x / norm along an axis; where the norm is 0 the result is 0.
static void importLpNormalization(NodeImporter &n) {
  Value x = n.operand(0);
  int64_t p = n.getInt("p", 2), axis = n.getInt("axis", -1);
  if (!n.hasFailed() && p != 1 && p != 2)
    n.error() << "p is " << p << ", expected 1 or 2";
  if (n.hasFailed())
    return;
  Value norm = n.create(p == 1 ? "reduce_l1" : "reduce_l2", x,
                        n.intsAttr("axes", {axis}));
  if (n.hasFailed())
    return;
  Value isZero = n.create("equal", {norm, n.scalarLike(x, 0)});
  Value divisor = n.create("where", {isZero, n.scalarLike(x, 1), norm});
  if (!n.hasFailed())
    n.results = {n.create("div", {x, divisor})};
}

void addReductionRows(std::vector<Row> &table) {
  struct Reduction {
    StringLiteral op, mnemonic;
    std::initializer_list<int> oldVersions, versions;
  };
  const Reduction reductions[] = {
      {"ReduceL1", "reduce_l1", {1, 11, 13}, {18}},
      {"ReduceL2", "reduce_l2", {1, 11, 13}, {18}},
      {"ReduceLogSum", "reduce_log_sum", {1, 11, 13}, {18, 28}},
      {"ReduceLogSumExp", "reduce_log_sum_exp", {1, 11, 13}, {18, 28}},
      {"ReduceMax", "reduce_max", {1, 11, 12, 13}, {18, 20}},
      {"ReduceMean", "reduce_mean", {1, 11, 13}, {18}},
      {"ReduceMin", "reduce_min", {1, 11, 12, 13}, {18, 20}},
      {"ReduceProd", "reduce_prod", {1, 11, 13}, {18}},
      {"ReduceSum", "reduce_sum", {1, 11}, {13}},
      {"ReduceSumSquare", "reduce_sum_square", {1, 11, 13}, {18}}};
  for (const Reduction &entry : reductions)
    addRows(table,
            {{entry.op, entry.oldVersions, importOldReduce, entry.mnemonic},
             {entry.op, entry.versions, importReduce, entry.mnemonic, 1, 2}});
  addRows(table, {
                     {"ArgMax", {1, 11, 12, 13}, importArgReduce, "argmax"},
                     {"ArgMin", {1, 11, 12, 13}, importArgReduce, "argmin"},
                     {"CumSum", {11, 14}, importCumSum, "cumsum", 2, 2},
                     {"Softmax", {1, 11}, importOldSoftmax, "softmax"},
                     {"Softmax", {13}, importSoftmax, "softmax"},
                     {"LogSoftmax", {1, 11}, importOldSoftmax, "log_softmax"},
                     {"LogSoftmax", {13}, importSoftmax, "log_softmax"},
                     {"BatchNormalization",
                      {1, 6, 7, 9, 14, 15},
                      importBatchNormalization,
                      "batch_normalization",
                      5,
                      5,
                      5},
                     {"InstanceNormalization",
                      {1, 6, 22},
                      importInstanceNormalization,
                      "instance_normalization",
                      3,
                      3},
                     {"LayerNormalization",
                      {17},
                      importLayerNormalization,
                      "layer_normalization",
                      2,
                      3,
                      3},
                     {"RMSNormalization",
                      {23},
                      importRMSNormalization,
                      "rms_normalization",
                      2,
                      2},
                     {"GroupNormalization",
                      {18, 21},
                      importGroupNormalization,
                      "group_normalization",
                      3,
                      3},
                     {"LRN", {1, 13}, importLRN, "lrn"},
                     {"MeanVarianceNormalization", {9, 13}, importMeanVariance},
                     {"LpNormalization", {1, 22}, importLpNormalization},
                 });
}

} // namespace autoglm::onnx_import
