//===- ScatterRows.cpp - operators that work by index -----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeImporter.h"

using namespace mlir;

namespace autoglm::onnx_import {

static void importPlain(NodeImporter &n) { n.finish(n.getOperands()); }

static void importGatherND(NodeImporter &n) {
  int64_t batch = n.row.since >= 12 ? n.getInt("batch_dims", 0) : 0;
  n.finish(n.getOperands(), n.intAttr("batch_dims", batch));
}

static void importScatter(NodeImporter &n) {
  SmallVector<NamedAttribute> attrs;
  if (n.row.mnemonic == "scatter_elements")
    attrs.push_back(n.intAttr("axis", n.getInt("axis", 0)));
  if (n.row.since >= 16)
    attrs.push_back(
        n.stringAttr("reduction", n.getString("reduction", "none")));
  n.finish(n.getOperands(), attrs);
}

static void importTopK(NodeImporter &n) {
  int64_t axis = n.getInt("axis", -1), k = 0;
  bool isLargest = n.row.since < 11 || n.getBool("largest", true);
  // Ours is always sorted, which is one order of many otherwise.
  if (n.row.since >= 11)
    n.ignore("sorted");
  if (n.row.since == 1) {
    n.require("k");
    k = n.getInt("k", 0);
  } else if (auto given = n.constantInts(1, "k")) {
    if (given->size() != 1) {
      n.error() << "'k' must have one element";
      return;
    }
    k = given->front();
  }
  Operation *op = n.createOp("topk", n.operand(0),
                             {n.intAttr("k", k), n.intAttr("axis", axis),
                              n.boolAttr("largest", isLargest)});
  if (op)
    n.results.assign(op->result_begin(), op->result_end());
}

/// 0, 1, ... up to a size, along one dimension of a rank, with the element type
/// of `like`.
static Value positions(NodeImporter &n, Value like, int64_t size, int64_t axis,
                       int64_t rank) {
  SmallVector<int64_t> shape(rank, 1);
  shape[axis] = size;
  Value range =
      n.create("range", {n.scalarLike(like, 0),
                         n.scalarLike(like, static_cast<double>(size)),
                         n.scalarLike(like, 1)});
  return n.reshape(range, shape);
}

static void importOneHot(NodeImporter &n) {
  Value indices = n.operand(0), values = n.operand(2);
  int64_t rank = n.rank(indices) + 1;
  int64_t axis = n.normalizeAxis(n.getInt("axis", -1), rank);
  auto depth = n.constantNumbers(1, "depth");
  if (n.hasFailed() || !depth)
    return;
  double size = depth->size() == 1 ? depth->front() : -1;
  if (!(size >= 0 && size < 1e9) || n.rank(values) != 1 ||
      n.type(values).getDimSize(0) != 2) {
    n.error() << "needs a depth of one element, not negative, and two values";
    return;
  }
  // Indices count from the end where they are negative; others than those of
  // the depth are nowhere.
  Type integer = n.builder.getI64Type();
  Value index = n.cast(indices, integer);
  if (!index)
    return;
  Value count = n.scalarLike(index, size);
  Value isNegative = n.create("less", {index, n.scalarLike(index, 0)});
  Value wrapped =
      n.create("where", {isNegative, n.create("add", {index, count}), index});
  Value apart = n.create("unsqueeze", wrapped, n.intsAttr("axes", {axis}));
  Value isHot = n.create(
      "equal",
      {apart, positions(n, index, static_cast<int64_t>(size), axis, rank)});
  Value pair[2];
  for (int64_t i = 0; i < 2; ++i) {
    Value entry =
        n.create("gather", {values, n.ints({i})}, n.intAttr("axis", 0));
    pair[i] = n.reshape(entry, {});
  }
  n.results = {n.create("where", {isHot, pair[1], pair[0]})};
}

static void importEyeLike(NodeImporter &n) {
  RankedTensorType type = n.type(n.operand(0));
  int64_t shift = n.getInt("k", 0);
  Type element = type.getElementType();
  if (n.hasAttr("dtype")) {
    auto number = static_cast<int32_t>(n.getInt("dtype", 1));
    element = getElementType(n.builder.getContext(), number);
    if (!element && !n.hasFailed())
      n.error(ErrorCode::UnsupportedType)
          << "has element type " << getElementTypeName(number)
          << ", which is not supported";
  }
  if (n.hasFailed())
    return;
  if (type.getRank() != 2 || !type.hasStaticShape()) {
    n.error(type.getRank() == 2 ? ErrorCode::UnknownDimension
                                : ErrorCode::InvalidNode)
        << "needs a matrix of known size, got " << type;
    return;
  }
  Value scalar = createSplat(n.builder, n.getLoc(), n.builder.getI64Type(),
                             static_cast<double>(shift));
  Value rows = positions(n, scalar, type.getDimSize(0), 0, 2);
  Value columns = positions(n, scalar, type.getDimSize(1), 1, 2);
  Value isOne = n.create("equal", {n.create("add", {rows, scalar}), columns});
  n.results = {n.cast(isOne, element)};
}

/// 1 at the first maximum along an axis. Until opset 12 all dimensions from the
/// axis on were one.
static void importHardmax(NodeImporter &n) {
  Value input = n.operand(0);
  RankedTensorType type = n.type(input);
  bool isOld = n.row.since < 13;
  int64_t axis = n.normalizeAxis(n.getInt("axis", isOld ? 1 : -1),
                                 std::max<int64_t>(1, type.getRank()));
  if (n.hasFailed())
    return;
  Value matrix = input;
  if (isOld) {
    matrix = n.create("flatten", input, n.intAttr("axis", axis));
    axis = 1;
  }
  if (!matrix)
    return;
  int64_t size = n.type(matrix).getDimSize(axis);
  if (ShapedType::isDynamic(size) || (isOld && !type.hasStaticShape())) {
    n.error(ErrorCode::UnknownDimension)
        << "needs to know dimension " << axis << " of " << type;
    return;
  }
  Value best = n.create("argmax", matrix, n.intAttr("axis", axis));
  if (!best)
    return;
  Value isBest =
      n.create("equal", {best, positions(n, best, size, axis, n.rank(matrix))});
  Value result = n.cast(isBest, type.getElementType());
  n.results = {isOld ? n.reshape(result, type.getShape()) : result};
}

/// Takes each element of the time axis from the mirror image within the length
/// of its sequence.
static void importReverseSequence(NodeImporter &n) {
  Value input = n.operand(0), lengths = n.operand(1);
  RankedTensorType type = n.type(input);
  int64_t rank = type.getRank();
  int64_t time = n.getInt("time_axis", 0), batch = n.getInt("batch_axis", 1);
  if (n.hasFailed())
    return;
  if (rank < 2 || n.rank(lengths) != 1 || time == batch || time < 0 ||
      time > 1 || batch < 0 || batch > 1) {
    n.error() << "needs an input of rank 2 or more, its time and batch in the "
                 "first two dimensions, and one length per batch";
    return;
  }
  if (!type.hasStaticShape()) {
    n.error(ErrorCode::UnknownDimension)
        << "needs to know its input's dimensions, got " << type;
    return;
  }
  SmallVector<int64_t> perBatch(rank, 1);
  perBatch[batch] = type.getDimSize(batch);
  Value length = n.reshape(lengths, perBatch);
  if (!length)
    return;
  Value at = positions(n, length, type.getDimSize(time), time, rank);
  Value isInside = n.create("less", {at, length});
  Value last = n.create("sub", {length, n.scalarLike(length, 1)});
  Value from = n.create("where", {isInside, n.create("sub", {last, at}), at});
  Value index = n.create("expand", {from, n.ints(type.getShape())});
  n.results = {
      n.create("gather_elements", {input, index}, n.intAttr("axis", time))};
}

void addScatterRows(std::vector<Row> &table) {
  addRows(
      table,
      {
          {"GatherND", {11, 12, 13}, importGatherND, "gather_nd", 2, 2},
          {"ScatterND", {11, 13, 16, 18}, importScatter, "scatter_nd", 3, 3},
          {"Scatter", {9, 11}, importScatter, "scatter_elements", 3, 3},
          {"ScatterElements",
           {11, 13, 16, 18},
           importScatter,
           "scatter_elements",
           3,
           3},
          {"TopK", {1}, importTopK, "", 1, 1, 2},
          {"TopK", {10, 11, 24}, importTopK, "", 2, 2, 2},
          {"NonZero", {9, 13}, importPlain, "nonzero"},
          {"OneHot", {9, 11, 28}, importOneHot, "", 3, 3},
          {"EyeLike", {9, 22}, importEyeLike},
          {"Hardmax", {1, 11, 13}, importHardmax},
          {"ReverseSequence", {10, 28}, importReverseSequence, "", 2, 2},
      });
}

} // namespace autoglm::onnx_import
