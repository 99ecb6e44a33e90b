//===- ResamplingRows.cpp - Resize, Upsample, GridSample --------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeImporter.h"

#include <cmath>

using namespace mlir;

namespace autoglm::onnx_import {

/// Entries of some axes as entries of all dimensions.
template <typename T>
static SmallVector<T> spread(ArrayRef<double> given, ArrayRef<int64_t> axes,
                             SmallVector<T> all, size_t first = 0) {
  for (auto [i, axis] : llvm::enumerate(axes))
    all[axis] = static_cast<T>(given[first + i]);
  return all;
}

namespace {
/// What a resize does to each dimension.
struct Extents {
  SmallVector<float> scales;
  SmallVector<int64_t> sizes;
};
} // namespace

/// With a policy one scale serves all axes: the one that keeps the result
/// within, or around, the sizes asked for.
static void keepAspectRatio(NodeImporter &n, StringRef policy,
                            ArrayRef<int64_t> axes, Extents &extents) {
  RankedTensorType type = n.type(n.operand(0));
  bool isLarger = policy == "not_smaller";
  if (policy != "not_larger" && !isLarger) {
    n.error() << "keep_aspect_ratio_policy is '" << policy
              << "', expected stretch, not_larger or not_smaller";
    return;
  }
  std::optional<double> scale;
  for (int64_t axis : axes) {
    if (type.isDynamicDim(axis) || type.getDimSize(axis) == 0) {
      n.error(ErrorCode::UnknownDimension)
          << "needs to know dimension " << axis << " of " << type;
      return;
    }
    double own = static_cast<double>(extents.sizes[axis]) /
                 static_cast<double>(type.getDimSize(axis));
    scale = !scale     ? own
            : isLarger ? std::max(*scale, own)
                       : std::min(*scale, own);
  }
  extents.scales.assign(type.getRank(), 1.0f);
  for (int64_t axis : axes) {
    extents.scales[axis] = static_cast<float>(*scale);
    extents.sizes[axis] = static_cast<int64_t>(
        std::floor(*scale * static_cast<double>(type.getDimSize(axis)) + 0.5));
  }
}

/// Scales or sizes, whichever is there. `axes` are those they are about.
static std::optional<Extents> readExtents(NodeImporter &n, unsigned scalesAt,
                                          unsigned sizesAt,
                                          ArrayRef<int64_t> axes,
                                          StringRef policy) {
  RankedTensorType type = n.type(n.operand(0));
  auto isGiven = [&](unsigned index) {
    Value value = n.operand(index);
    return value && (n.rank(value) != 1 || n.type(value).getDimSize(0) != 0);
  };
  bool hasSizes = isGiven(sizesAt);
  if (hasSizes == isGiven(scalesAt)) {
    n.error() << "needs either scales or sizes";
    return std::nullopt;
  }
  auto given = n.constantNumbers(hasSizes ? sizesAt : scalesAt,
                                 hasSizes ? "sizes" : "scales");
  if (!given)
    return std::nullopt;
  if (given->size() != axes.size()) {
    n.error() << "has " << given->size() << " scales or sizes, expected "
              << axes.size();
    return std::nullopt;
  }
  Extents extents;
  if (!hasSizes) {
    extents.scales =
        spread<float>(*given, axes, SmallVector<float>(type.getRank(), 1.0f));
    return extents;
  }
  extents.sizes =
      spread<int64_t>(*given, axes, SmallVector<int64_t>(type.getShape()));
  if (policy != "stretch")
    keepAspectRatio(n, policy, axes, extents);
  return extents;
}

static void importResize(NodeImporter &n) {
  std::string mode = n.getString("mode", "nearest");
  std::string coordinates =
      n.getString("coordinate_transformation_mode", "half_pixel");
  std::string rounding = n.getString("nearest_mode", "round_prefer_floor");
  float cubic = n.getFloat("cubic_coeff_a", -0.75f);
  bool excludesOutside = n.getBool("exclude_outside", false);
  float extrapolation = n.getFloat("extrapolation_value", 0);
  bool isNew = n.row.since >= 18;
  bool antialias = isNew && n.getBool("antialias", false);
  std::string policy =
      isNew ? n.getString("keep_aspect_ratio_policy", "stretch") : "stretch";
  int64_t rank = n.rank(n.operand(0));
  SmallVector<int64_t> axes = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (isNew)
    if (auto given = n.getInts("axes")) {
      axes.clear();
      for (int64_t axis : *given)
        axes.push_back(n.normalizeAxis(axis, rank));
    }
  if (n.hasFailed())
    return;
  // The same points as those of half_pixel, moved by one half.
  if (coordinates == "tf_half_pixel_for_nn" && n.row.since < 13) {
    if (mode != "nearest" || rounding != "floor") {
      n.error(ErrorCode::UnsupportedOperator)
          << "has coordinates tf_half_pixel_for_nn, which are supported with "
             "mode nearest and nearest_mode floor only";
      return;
    }
    coordinates = "half_pixel";
    rounding = "round_prefer_ceil";
  }
  SmallVector<float> roi;
  if (coordinates == "tf_crop_and_resize") {
    auto given = n.constantNumbers(1, "roi");
    if (n.hasFailed())
      return;
    if (!given || given->size() != 2 * axes.size()) {
      n.error() << "roi must have " << 2 * axes.size() << " entries";
      return;
    }
    roi = spread<float>(*given, axes, SmallVector<float>(rank, 0.0f));
    llvm::append_range(roi, spread<float>(*given, axes,
                                          SmallVector<float>(rank, 1.0f),
                                          axes.size()));
  }
  auto extents = readExtents(n, 2, 3, axes, policy);
  if (n.hasFailed() || !extents)
    return;
  n.finish(n.operand(0), {n.floatsAttr("scales", extents->scales),
                          n.intsAttr("sizes", extents->sizes),
                          n.floatsAttr("roi", roi), n.stringAttr("mode", mode),
                          n.stringAttr("coordinates", coordinates),
                          n.stringAttr("rounding", rounding),
                          n.floatAttr("cubic_coeff_a", cubic),
                          n.boolAttr("exclude_outside", excludesOutside),
                          n.floatAttr("extrapolation_value", extrapolation),
                          n.boolAttr("antialias", antialias)});
}

/// Upsample and the first Resize: coordinates are divided by the scale, and
/// nearest rounds down.
static void importUpsample(NodeImporter &n) {
  std::string mode = n.getString("mode", "nearest");
  if (mode == "bilinear")
    mode = "linear";
  int64_t rank = n.rank(n.operand(0));
  SmallVector<float> scales;
  if (n.row.since == 1) {
    n.require("height_scale");
    n.require("width_scale");
    scales = {1, 1, n.getFloat("height_scale", 1),
              n.getFloat("width_scale", 1)};
  } else if (n.row.since == 7) {
    n.require("scales");
    scales = n.getFloats("scales").value_or(SmallVector<float>());
  } else if (auto given = n.constantNumbers(1, "scales")) {
    for (double scale : *given)
      scales.push_back(static_cast<float>(scale));
  }
  if (n.hasFailed())
    return;
  if (static_cast<int64_t>(scales.size()) != rank) {
    n.error() << "has " << scales.size() << " scales, expected " << rank;
    return;
  }
  Operation *op =
      n.createOp("resize", n.operand(0),
                 {n.floatsAttr("scales", scales), n.intsAttr("sizes", {}),
                  n.floatsAttr("roi", {}), n.stringAttr("mode", mode),
                  n.stringAttr("coordinates", "asymmetric"),
                  n.stringAttr("rounding", "floor")});
  if (op)
    n.results = {op->getResult(0)};
}

static void importGridSample(NodeImporter &n) {
  std::string mode =
      n.getString("mode", n.row.since >= 20 ? "linear" : "bilinear");
  if (n.row.since < 20 && StringRef(mode).starts_with("bi"))
    mode = mode.substr(2);
  n.finish(n.getOperands(),
           {n.stringAttr("mode", mode),
            n.stringAttr("padding_mode", n.getString("padding_mode", "zeros")),
            n.boolAttr("align_corners", n.getBool("align_corners", false))});
}

void addResamplingRows(std::vector<Row> &table) {
  addRows(
      table,
      {
          {"Resize", {10}, importUpsample, "resize", 2, 2},
          {"Resize", {11, 13, 18, 19}, importResize, "resize", 1, 4},
          {"Upsample", {1, 7}, importUpsample, "resize"},
          {"Upsample", {9, 10}, importUpsample, "resize", 2, 2},
          {"GridSample", {16, 20, 22}, importGridSample, "grid_sample", 2, 2},
      });
}

} // namespace autoglm::onnx_import
