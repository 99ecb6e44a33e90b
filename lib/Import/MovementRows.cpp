//===- MovementRows.cpp - operators that move elements ----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeImporter.h"

using namespace mlir;

namespace autoglm::onnx_import {

static void importPlain(NodeImporter &n) { n.finish(n.getOperands()); }

//===----------------------------------------------------------------------===//
// Reshape and its relatives
//===----------------------------------------------------------------------===//

static void importOldReshape(NodeImporter &n) {
  auto shape = n.getInts("shape").value_or(SmallVector<int64_t>());
  n.finish({n.operand(0), n.ints(shape)});
}

static void importReshape(NodeImporter &n) {
  bool allowZero = n.row.since >= 14 && n.getBool("allowzero", false);
  n.finish(n.getOperands(), n.boolAttr("allowzero", allowZero));
}

static void importFlatten(NodeImporter &n) {
  n.finish(n.operand(0), n.intAttr("axis", n.getInt("axis", 1)));
}

static void importTranspose(NodeImporter &n) {
  auto perm = n.getInts("perm");
  if (!perm) {
    perm.emplace();
    for (int64_t i = n.rank(n.operand(0)); i > 0; --i)
      perm->push_back(i - 1);
  }
  n.finish(n.operand(0), n.intsAttr("perm", *perm));
}

/// Squeeze and Unsqueeze, whose axes were an attribute until opset 12. Squeeze
/// without axes removes what is 1.
static void importAxes(NodeImporter &n) {
  auto axes = n.row.since < 13 ? n.getInts("axes") : n.constantInts(1, "axes");
  if (n.hasFailed())
    return;
  if (!axes && n.row.op == "Unsqueeze") {
    n.error() << "has no axes, which it needs";
    return;
  }
  if (!axes) {
    axes.emplace();
    for (auto [index, dim] : llvm::enumerate(n.type(n.operand(0)).getShape())) {
      if (ShapedType::isDynamic(dim)) {
        n.error(ErrorCode::UnknownDimension)
            << "removes the dimensions of size 1, but dimension " << index
            << " is unknown: give it with --shape or --bind";
        return;
      }
      if (dim == 1)
        axes->push_back(index);
    }
  }
  n.finish(n.operand(0), n.intsAttr("axes", *axes));
}

static void importSpaceToDepth(NodeImporter &n) {
  n.require("blocksize");
  int64_t block = n.getInt("blocksize", 1);
  bool toDepth = n.row.op == "SpaceToDepth";
  std::string mode = "DCR";
  if (toDepth ? n.row.since >= 28 : n.row.since >= 11)
    mode = n.getString("mode", "DCR");
  if (n.hasFailed())
    return;
  RankedTensorType type = n.type(n.operand(0));
  if (type.getRank() != 4 || block < 1 || block > 65536 ||
      (mode != "DCR" && mode != "CRD")) {
    n.error() << "needs an input of rank 4, a positive blocksize and mode DCR "
                 "or CRD";
    return;
  }
  int64_t c = type.getDimSize(1), h = type.getDimSize(2),
          w = type.getDimSize(3);
  for (int64_t dim : {c, h, w})
    if (ShapedType::isDynamic(dim)) {
      n.error(ErrorCode::UnknownDimension)
          << "needs to know channels, height and width, got " << type;
      return;
    }
  // The batch is copied by 0 and may be unknown; the shapes have up to six
  // dimensions of which one may be inferred.
  bool isDcr = mode == "DCR";
  if (toDepth) {
    if (h % block != 0 || w % block != 0) {
      n.error() << "height " << h << " and width " << w
                << " do not divide by blocksize " << block;
      return;
    }
    Value split =
        n.reshape(n.operand(0), {0, c, h / block, block, w / block, block});
    SmallVector<int64_t> perm = isDcr ? SmallVector<int64_t>{0, 3, 5, 1, 2, 4}
                                      : SmallVector<int64_t>{0, 1, 3, 5, 2, 4};
    Value moved = n.create("transpose", split, n.intsAttr("perm", perm));
    n.results = {
        n.reshape(moved, {0, c * block * block, h / block, w / block})};
    return;
  }
  if (c % (block * block) != 0) {
    n.error() << c << " channels do not divide by blocksize " << block
              << " squared";
    return;
  }
  int64_t depth = c / (block * block);
  Value split = isDcr ? n.reshape(n.operand(0), {0, block, block, depth, h, w})
                      : n.reshape(n.operand(0), {0, depth, block, block, h, w});
  SmallVector<int64_t> perm = isDcr ? SmallVector<int64_t>{0, 3, 4, 1, 5, 2}
                                    : SmallVector<int64_t>{0, 1, 4, 2, 5, 3};
  Value moved = n.create("transpose", split, n.intsAttr("perm", perm));
  n.results = {n.reshape(moved, {0, depth, h * block, w * block})};
}

//===----------------------------------------------------------------------===//
// Concat, Split, Slice, Pad, Tile
//===----------------------------------------------------------------------===//

static void importConcat(NodeImporter &n) {
  if (n.row.since >= 4)
    n.require("axis");
  n.finish(n.getOperands(), n.intAttr("axis", n.getInt("axis", 1)));
}

static void importSplit(NodeImporter &n) {
  Value input = n.operand(0);
  int64_t axis = n.normalizeAxis(n.getInt("axis", 0), n.rank(input));
  std::optional<SmallVector<int64_t>> sizes;
  if (n.row.since < 13)
    sizes = n.getInts("split");
  if (!sizes)
    sizes = n.constantInts(1, "split");
  int64_t outputs = n.node.output_size();
  if (n.row.since >= 18 && n.hasAttr("num_outputs")) {
    int64_t wanted = n.getInt("num_outputs", outputs);
    if (!n.hasFailed() && (sizes || wanted != outputs))
      n.error() << "has num_outputs " << wanted << " and "
                << (sizes ? "sizes as well" : "another number of outputs");
  }
  if (n.hasFailed())
    return;
  if (!sizes) {
    int64_t dim = n.type(input).getDimSize(axis);
    if (ShapedType::isDynamic(dim)) {
      n.error(ErrorCode::UnknownDimension)
          << "splits dimension " << axis
          << " evenly, which is unknown: give it with --shape or --bind";
      return;
    }
    // From opset 18 the last part may be smaller.
    int64_t part = (dim + outputs - 1) / outputs;
    int64_t last = dim - part * (outputs - 1);
    if (last < 0 || (n.row.since < 18 && last != part)) {
      n.error() << "cannot split a dimension of " << dim << " into " << outputs
                << " parts";
      return;
    }
    sizes.emplace(outputs, part);
    sizes->back() = last;
  }
  if (static_cast<int64_t>(sizes->size()) != outputs) {
    n.error() << "has " << sizes->size() << " sizes and " << outputs
              << " outputs";
    return;
  }
  Operation *op = n.createOp(
      "split", input, {n.intAttr("axis", axis), n.intsAttr("sizes", *sizes)});
  if (op)
    n.results.assign(op->result_begin(), op->result_end());
}

static void importOldSlice(NodeImporter &n) {
  n.require("starts");
  n.require("ends");
  auto starts = n.getInts("starts"), ends = n.getInts("ends");
  auto axes = n.getInts("axes");
  if (n.hasFailed() || !starts || !ends)
    return;
  if (!axes)
    axes = llvm::to_vector(llvm::seq<int64_t>(0, starts->size()));
  SmallVector<int64_t> steps(axes->size(), 1);
  n.finish({n.operand(0), n.ints(*starts), n.ints(*ends), n.ints(*axes),
            n.ints(steps)});
}

static void importSlice(NodeImporter &n) {
  Value starts = n.operand(1), axes = n.operand(3), steps = n.operand(4);
  if (!starts || n.rank(starts) != 1) {
    n.error() << "'starts' must have rank 1";
    return;
  }
  int64_t count = n.type(starts).getDimSize(0);
  if (ShapedType::isDynamic(count) || count > n.rank(n.operand(0))) {
    n.error() << "'starts' must have one entry for each of up to "
              << n.rank(n.operand(0)) << " dimensions";
    return;
  }
  if (!axes)
    axes = n.ints(llvm::to_vector(llvm::seq<int64_t>(0, count)));
  if (!steps)
    steps = n.ints(SmallVector<int64_t>(count, 1));
  n.finish({n.operand(0), starts, n.operand(2), axes, steps});
}

/// Pad-1 and Pad-2, all in attributes, the first under another name.
static void importOldPad(NodeImporter &n) {
  StringRef name = n.row.since == 1 ? "paddings" : "pads";
  n.require(name);
  auto pads = n.getInts(name).value_or(SmallVector<int64_t>());
  std::string mode = n.getString("mode", "constant");
  Value value = n.scalarLike(n.operand(0), n.getFloat("value", 0));
  n.finish({n.operand(0), n.ints(pads), value},
           n.attr("mode", n.builder.getStringAttr(mode)));
}

static void importPad(NodeImporter &n) {
  Value input = n.operand(0), pads = n.operand(1), value = n.operand(2);
  std::string mode = n.getString("mode", "constant");
  if (!value) {
    value = n.type(input).getElementType().isInteger(1)
                ? n.cast(n.ints({0}), n.type(input).getElementType())
                : n.scalarLike(input, 0);
  }
  if (value && n.rank(value) == 1 && n.type(value).getDimSize(0) == 1)
    value = n.reshape(value, {});
  // Pads of some axes are pads of all, the others being 0.
  if (n.operand(3)) {
    auto axes = n.constantInts(3, "axes");
    auto given = n.constantInts(1, "pads");
    if (n.hasFailed() || !axes || !given)
      return;
    int64_t rank = n.rank(input), count = axes->size();
    if (static_cast<int64_t>(given->size()) != 2 * count) {
      n.error() << "pads has " << given->size() << " entries, expected "
                << 2 * count;
      return;
    }
    SmallVector<int64_t> all(2 * rank, 0), seen;
    for (auto [index, axis] : llvm::enumerate(*axes)) {
      int64_t at = n.normalizeAxis(axis, rank);
      if (n.hasFailed())
        return;
      if (llvm::is_contained(seen, at)) {
        n.error() << "axis " << axis << " is given twice";
        return;
      }
      seen.push_back(at);
      all[at] = (*given)[index];
      all[rank + at] = (*given)[count + index];
    }
    pads = n.ints(all);
  }
  if (!n.hasFailed())
    n.finish({input, pads, value},
             n.attr("mode", n.builder.getStringAttr(mode)));
}

/// Tile-1 repeats along one dimension.
static void importOldTile(NodeImporter &n) {
  auto tiles = n.constantInts(1, "tiles"), axis = n.constantInts(2, "axis");
  if (n.hasFailed() || !tiles || !axis)
    return;
  if (tiles->size() != 1 || axis->size() != 1) {
    n.error() << "tiles and axis must have one element each";
    return;
  }
  int64_t rank = n.rank(n.operand(0));
  int64_t at = n.normalizeAxis(axis->front(), rank);
  SmallVector<int64_t> repeats(rank, 1);
  if (n.hasFailed())
    return;
  repeats[at] = tiles->front();
  n.finish({n.operand(0), n.ints(repeats)});
}

//===----------------------------------------------------------------------===//
// Gather, Trilu, Shape, Dropout
//===----------------------------------------------------------------------===//

static void importGather(NodeImporter &n) {
  n.finish(n.getOperands(), n.intAttr("axis", n.getInt("axis", 0)));
}

static void importTrilu(NodeImporter &n) {
  bool isUpper = n.getBool("upper", true);
  auto k = n.constantInts(1, "k");
  if (!n.hasFailed() && k && k->size() != 1)
    n.error() << "'k' must have one element";
  if (n.hasFailed())
    return;
  n.finish(n.operand(0),
           {n.boolAttr("upper", isUpper), n.intAttr("k", k ? k->front() : 0)});
}

static void importShape(NodeImporter &n) {
  SmallVector<NamedAttribute> attrs;
  if (n.row.since >= 15) {
    attrs.push_back(n.intAttr("start", n.getInt("start", 0)));
    if (n.hasAttr("end"))
      attrs.push_back(n.intAttr("end", n.getInt("end", 0)));
  }
  n.finish(n.operand(0), attrs);
}

/// At inference the input goes through and the mask, if wanted, is all true.
static void importDropout(NodeImporter &n) {
  n.ignore("ratio");
  n.ignore("seed");
  bool isTraining = false;
  if (n.row.since < 7)
    isTraining = n.hasAttr("is_test") && !n.getBool("is_test", false);
  if (n.row.since >= 12 && n.operand(2)) {
    auto mode = n.constantInts(2, "training_mode");
    if (n.hasFailed())
      return;
    isTraining = mode && !mode->empty() && mode->front() != 0;
  }
  if (isTraining) {
    // With a ratio of 0 training drops nothing, either.
    DenseElementsAttr ratio;
    Value given = n.operand(1);
    if (auto constant = given ? given.getDefiningOp<ConstantOp>() : nullptr)
      ratio = dyn_cast<DenseElementsAttr>(constant.getValue());
    if (!ratio || !ratio.isSplat() || !isa<FloatType>(ratio.getElementType()) ||
        !ratio.getSplatValue<APFloat>().isZero()) {
      n.error(ErrorCode::UnsupportedOperator)
          << "drops elements at random as in training, which is not supported: "
             "export the model for inference";
      return;
    }
  }
  Value input = n.operand(0);
  n.results = {n.create("identity", input)};
  if (!n.wants(1))
    return;
  // Until opset 9 the mask had the input's type.
  Type element = n.row.since >= 10 ? n.builder.getI1Type()
                                   : n.type(input).getElementType();
  auto one = RankedTensorType::get({1}, element);
  DenseElementsAttr value =
      isa<FloatType>(element)
          ? DenseElementsAttr::get(one, n.builder.getFloatAttr(element, 1.0))
          : DenseElementsAttr::get(one,
                                   APInt(element.getIntOrFloatBitWidth(), 1));
  Value shape = n.create("shape", input);
  n.results.push_back(
      n.create("constant_of_shape", shape, n.attr("value", value)));
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

static void importConstant(NodeImporter &n) {
  OpBuilder &b = n.builder;
  auto constant = [&](Type element, ArrayRef<int64_t> shape, auto values) {
    auto type = RankedTensorType::get(shape, element);
    n.results = {
        b.create<ConstantOp>(n.getLoc(), DenseElementsAttr::get(type, values))};
  };
  if (n.node.attribute_size() != 1) {
    n.error() << "has " << n.node.attribute_size()
              << " attributes, expected one that gives the value";
    return;
  }
  StringRef name = n.node.attribute(0).name();
  if (name == "value") {
    if (const onnx::TensorProto *tensor = n.getTensor("value")) {
      Value value =
          n.weights.getValue(b, n.getLoc(), *tensor, n.node.output(0));
      if (value)
        n.results = {value};
      else
        n.markFailed();
    }
    return;
  }
  if (name == "value_float") {
    constant(b.getF32Type(), {}, ArrayRef<float>(n.getFloat(name, 0)));
  } else if (name == "value_int") {
    constant(b.getI64Type(), {}, ArrayRef<int64_t>(n.getInt(name, 0)));
  } else if (name == "value_floats") {
    auto values = n.getFloats(name).value_or(SmallVector<float>());
    constant(b.getF32Type(), {static_cast<int64_t>(values.size())},
             ArrayRef<float>(values));
  } else if (name == "value_ints") {
    auto values = n.getInts(name).value_or(SmallVector<int64_t>());
    constant(b.getI64Type(), {static_cast<int64_t>(values.size())},
             ArrayRef<int64_t>(values));
  } else if (name == "value_string" || name == "value_strings" ||
             name == "sparse_value") {
    n.error(ErrorCode::UnsupportedType)
        << "is a constant by '" << name << "', which is not supported";
  }
}

static void importConstantOfShape(NodeImporter &n) {
  DenseElementsAttr value = DenseElementsAttr::get(
      RankedTensorType::get({1}, n.builder.getF32Type()), 0.0f);
  if (const onnx::TensorProto *tensor = n.getTensor("value")) {
    value = n.weights.getAttr(n.getLoc(), *tensor, "value");
    if (!value)
      return n.markFailed();
  }
  n.finish(n.operand(0), n.attr("value", value));
}

static void importRange(NodeImporter &n) {
  // How half-precision steps are added up; ours are computed from the start.
  if (n.row.since >= 27)
    n.ignore("stash_type");
  SmallVector<Value> inputs;
  for (Value value : n.getOperands()) {
    if (value && n.rank(value) == 1 && n.type(value).getDimSize(0) == 1)
      value = n.reshape(value, {});
    inputs.push_back(value);
  }
  if (!n.hasFailed())
    n.finish(inputs);
}

void addMovementRows(std::vector<Row> &table) {
  addRows(
      table,
      {
          {"Identity",
           {1, 13, 14, 16, 19, 21, 23, 24, 25},
           importPlain,
           "identity"},
          {"Reshape", {1}, importOldReshape, "reshape"},
          {"Reshape",
           {5, 13, 14, 19, 21, 23, 24, 25},
           importReshape,
           "reshape",
           2,
           2},
          {"Flatten", {1, 9, 11, 13, 21, 23, 24, 25}, importFlatten, "flatten"},
          {"Squeeze", {1, 11}, importAxes, "squeeze"},
          {"Squeeze", {13, 21, 23, 24, 25}, importAxes, "squeeze", 1, 2},
          {"Unsqueeze", {1, 11}, importAxes, "unsqueeze"},
          {"Unsqueeze", {13, 21, 23, 24, 25}, importAxes, "unsqueeze", 2, 2},
          {"Transpose", {1, 13, 21, 23, 24, 25}, importTranspose, "transpose"},
          {"DepthToSpace", {1, 11, 13, 28}, importSpaceToDepth},
          {"SpaceToDepth", {1, 13, 28}, importSpaceToDepth},
          {"Expand", {8, 13}, importPlain, "expand", 2, 2},
          {"Tile", {1}, importOldTile, "tile", 3, 3},
          {"Tile", {6, 13}, importPlain, "tile", 2, 2},
          {"Concat", {1, 4, 11, 13}, importConcat, "concat", 1, kAny},
          {"Split", {1}, importSplit, "", 1, 2, kAny},
          {"Split", {2, 11}, importSplit, "", 1, 1, kAny},
          {"Split", {13, 18}, importSplit, "", 1, 2, kAny},
          {"Slice", {1}, importOldSlice, "slice"},
          {"Slice", {10, 11, 13}, importSlice, "slice", 3, 5},
          {"Pad", {1, 2}, importOldPad, "pad"},
          {"Pad", {11, 13}, importPad, "pad", 2, 3},
          {"Pad", {18, 19, 21, 23, 24, 25}, importPad, "pad", 2, 4},
          {"Gather", {1, 11, 13}, importGather, "gather", 2, 2},
          {"GatherElements", {11, 13}, importGather, "gather_elements", 2, 2},
          {"Trilu", {14}, importTrilu, "trilu", 1, 2},
          {"Shape", {1, 13, 15, 19, 21, 23, 24, 25}, importShape, "shape"},
          {"Size", {1, 13, 19, 21, 23, 24, 25}, importPlain, "size"},
          {"Dropout", {1, 6, 7, 10}, importDropout, "", 1, 1, 2},
          {"Dropout", {12, 13, 22}, importDropout, "", 1, 3, 2},
          {"Constant",
           {1, 9, 11, 12, 13, 19, 21, 23, 24, 25},
           importConstant,
           "",
           0,
           0},
          {"ConstantOfShape",
           {9, 20, 21, 23, 24, 25},
           importConstantOfShape,
           "constant_of_shape"},
          {"Range", {11, 27}, importRange, "range", 3, 3},
      });
}

} // namespace autoglm::onnx_import
