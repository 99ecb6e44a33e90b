//===- ResamplingOps.cpp - operations that change a resolution -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/Composer.h"

#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace autoglm;

/// No dimension that is computed from a size and a factor gets longer.
static constexpr int64_t kMaxExtent = int64_t{1} << 40;

//===----------------------------------------------------------------------===//
// ConvTranspose
//===----------------------------------------------------------------------===//

/// The extents of the result along the spatial dimensions.
template <typename Op>
static LogicalResult inferSpatial(Loc loc, Op op, ArrayRef<int64_t> input,
                                  ArrayRef<int64_t> window,
                                  SmallVectorImpl<int64_t> &shape) {
  size_t spatial = window.size();
  for (size_t i = 0; i < spatial; ++i) {
    if (ShapedType::isDynamic(input[i]) || ShapedType::isDynamic(window[i])) {
      shape.push_back(ShapedType::kDynamic);
      continue;
    }
    int64_t reach, steps;
    if (llvm::MulOverflow(window[i] - 1, op.getDilations()[i], reach) ||
        llvm::MulOverflow(input[i] - 1, op.getStrides()[i], steps) ||
        reach > kMaxExtent || steps > kMaxExtent)
      return emitOptionalError(loc, "the result is too large");
    int64_t extent = steps + reach + 1 + op.getOutputPadding()[i] -
                     op.getPads()[i] - op.getPads()[spatial + i];
    if (extent < 1)
      return emitOptionalError(loc, "pads ", op.getPads()[i], " and ",
                               op.getPads()[spatial + i],
                               " leave nothing of dimension ", i + 2);
    shape.push_back(extent);
  }
  return success();
}

LogicalResult ConvTransposeOp::inferReturnTypes(MLIRContext *, Loc loc,
                                                Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  RankedTensorType weight = tensorType(adaptor.getWeight());
  Type element = input.getElementType();
  if (input.getRank() < 3 || weight.getRank() != input.getRank())
    return emitOptionalError(loc,
                             "input and weight must have the same rank of "
                             "3 or more, got ",
                             input.getRank(), " and ", weight.getRank());
  if (weight.getElementType() != element)
    return emitOptionalError(loc, "input and weight have element types ",
                             element, " and ", weight.getElementType(),
                             ", expected one element type");
  size_t spatial = input.getRank() - 2;
  auto inRange = [](int64_t low) {
    return [low](int64_t value) { return value >= low && value <= kMaxExtent; };
  };
  if (adaptor.getStrides().size() != spatial ||
      adaptor.getDilations().size() != spatial ||
      adaptor.getOutputPadding().size() != spatial ||
      adaptor.getPads().size() != 2 * spatial ||
      !llvm::all_of(adaptor.getStrides(), inRange(1)) ||
      !llvm::all_of(adaptor.getDilations(), inRange(1)) ||
      !llvm::all_of(adaptor.getOutputPadding(), inRange(0)) ||
      !llvm::all_of(adaptor.getPads(), inRange(-kMaxExtent)))
    return emitOptionalError(
        loc, "needs ", spatial,
        " positive strides and dilations, output_padding of 0 or more and ",
        2 * spatial, " pads");
  int64_t group = adaptor.getGroup(), channels = input.getDimSize(1);
  int64_t perGroup = weight.getDimSize(1);
  if (group < 1 || (!ShapedType::isDynamic(channels) && channels % group != 0))
    return emitOptionalError(loc, formatShape({channels}),
                             " channels do not divide into ", group, " groups");
  if (failed(verifyCompatibleShape({channels}, {weight.getDimSize(0)})))
    return emitOptionalError(loc, "input has ", channels,
                             " channels, but the weight takes ",
                             weight.getDimSize(0));
  int64_t filters = perGroup;
  if (!ShapedType::isDynamic(perGroup) &&
      llvm::MulOverflow(perGroup, group, filters))
    return emitOptionalError(loc, "the result is too large");
  if (Value bias = adaptor.getBias()) {
    RankedTensorType own = tensorType(bias);
    if (own.getElementType() != element ||
        failed(verifyCompatibleShape(own.getShape(), {filters})))
      return emitOptionalError(
          loc, "bias must be ", formatShape({filters}), " of ", element,
          ", got ", formatShape(own.getShape()), " of ", own.getElementType());
  }
  SmallVector<int64_t> shape{input.getDimSize(0), filters};
  if (failed(inferSpatial(loc, adaptor, input.getShape().drop_front(2),
                          weight.getShape().drop_front(2), shape)))
    return failure();
  types.push_back(RankedTensorType::get(shape, element));
  return success();
}

static Value pad(Composer &c, Value input, ArrayRef<int64_t> pads) {
  if (llvm::all_of(pads, [](int64_t pad) { return pad == 0; }))
    return input;
  return c.make<PadOp>(input, createInts(c.builder, c.loc, pads),
                       c.constant(0));
}

/// Spreads the window of a weight (channels, filters, window...) by dilations:
/// the elements between are zeros.
static Value spread(Composer &c, Value weight, ArrayRef<int64_t> dilations) {
  ArrayRef<int64_t> shape = tensorType(weight).getShape();
  if (llvm::all_of(dilations, [](int64_t value) { return value == 1; }))
    return weight;
  SmallVector<int64_t> split(shape.take_front(2)), merged(split);
  for (auto [size, dilation] : llvm::zip(shape.drop_front(2), dilations)) {
    split.append({size, 1});
    merged.push_back(size * dilation);
  }
  SmallVector<int64_t> pads(2 * split.size(), 0);
  SmallVector<int64_t> cut(2 * merged.size(), 0);
  for (size_t i = 0; i < dilations.size(); ++i) {
    pads[split.size() + 3 + 2 * i] = dilations[i] - 1;
    cut[merged.size() + 2 + i] = 1 - dilations[i];
  }
  return pad(c, c.reshape(pad(c, c.reshape(weight, split), pads), merged), cut);
}

/// The results that lie `stride` apart read the same input elements, each with
/// its own part of the window: an ordinary convolution gives all of them as
/// channels, which are then laid side by side. Nothing is multiplied by zero
/// but what fills the window up to a multiple of the stride.
Decomposition ConvTransposeOp::decompose(OpBuilder &builder) {
  RankedTensorType input = tensorType(getInput()), result = getType();
  RankedTensorType given = tensorType(getWeight());
  if (!input.hasStaticShape() || !given.hasStaticShape())
    return failure();
  Composer c = composerFor(*this, builder);
  int64_t group = getGroup(), channels = given.getDimSize(0);
  int64_t filters = given.getDimSize(1), spatial = given.getRank() - 2;
  ArrayRef<int64_t> strides = getStrides();

  Value weight = spread(c, getWeight(), getDilations());
  ArrayRef<int64_t> window = tensorType(weight).getShape().drop_front(2);
  SmallVector<int64_t> taps, fill(2 * given.getRank(), 0);
  for (int64_t i = 0; i < spatial; ++i) {
    taps.push_back(llvm::divideCeil(window[i], strides[i]));
    fill[given.getRank() + 2 + i] = taps[i] * strides[i] - window[i];
  }
  // (group, channels, filters, (tap, phase)...) becomes
  // (group, filters, phase..., channels, tap...).
  SmallVector<int64_t> split{group, channels / group, filters}, perm{0, 2};
  for (int64_t i = 0; i < spatial; ++i) {
    split.append({taps[i], strides[i]});
    perm.push_back(4 + 2 * i);
  }
  perm.push_back(1);
  int64_t phases = 1;
  for (int64_t i = 0; i < spatial; ++i) {
    perm.push_back(3 + 2 * i);
    phases *= strides[i];
  }
  Value parts =
      c.make<TransposeOp>(c.reshape(pad(c, weight, fill), split), perm);
  SmallVector<int64_t> kernel{group * filters * phases, channels / group};
  llvm::append_range(kernel, taps);
  parts = c.reshape(parts, kernel);
  // Taps run the other way.
  SmallVector<int64_t> axes, last, ends(spatial, INT64_MIN), steps(spatial, -1);
  for (int64_t i = 0; i < spatial; ++i) {
    axes.push_back(2 + i);
    last.push_back(-1);
  }
  auto ints = [&](ArrayRef<int64_t> values) {
    return createInts(builder, getLoc(), values);
  };
  if (llvm::any_of(taps, [](int64_t count) { return count > 1; }))
    parts =
        c.make<SliceOp>(parts, ints(last), ints(ends), ints(axes), ints(steps));

  SmallVector<int64_t> ones(spatial, 1), around(2 * spatial), cut;
  for (int64_t i = 0; i < spatial; ++i)
    around[i] = around[spatial + i] = taps[i] - 1;
  cut.assign(2 * given.getRank(), 0);
  bool isWithin = true;
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t full = (input.getDimSize(2 + i) + taps[i] - 1) * strides[i];
    cut[2 + i] = -getPads()[i];
    cut[given.getRank() + 2 + i] =
        result.getDimSize(2 + i) + getPads()[i] - full;
    isWithin &= cut[2 + i] <= 0 && cut[given.getRank() + 2 + i] <= 0;
  }
  // What no window meets is the bias alone, which is added last then.
  Value bias = getBias(), spreadBias;
  if (bias && isWithin) {
    int64_t count = group * filters;
    spreadBias =
        c.make<ExpandOp>(c.reshape(bias, {count, 1}), ints({count, phases}));
    spreadBias = c.reshape(spreadBias, {count * phases});
  }
  Value values = c.make<ConvOp>(getInput(), parts, spreadBias, ones, around,
                                ones, static_cast<uint64_t>(group));
  // (N, filters, phase..., position...) becomes (N, filters, (position,
  // phase)...).
  SmallVector<int64_t> apart{input.getDimSize(0), group * filters}, order{0, 1};
  SmallVector<int64_t> joint(apart);
  llvm::append_range(apart, strides);
  for (int64_t i = 0; i < spatial; ++i) {
    int64_t positions = input.getDimSize(2 + i) + taps[i] - 1;
    apart.push_back(positions);
    order.append({2 + spatial + i, 2 + i});
    joint.push_back(positions * strides[i]);
  }
  if (phases > 1)
    values =
        c.reshape(c.make<TransposeOp>(c.reshape(values, apart), order), joint);
  values = pad(c, values, cut);
  if (bias && !isWithin)
    values = c.add(values, alongChannels(c, bias, result.getRank()));
  return SmallVector<Value>{values};
}

//===----------------------------------------------------------------------===//
// Resize and GridSample
//===----------------------------------------------------------------------===//

LogicalResult ResizeOp::inferReturnTypes(MLIRContext *, Loc loc,
                                         Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  size_t rank = input.getRank();
  ArrayRef<float> scales = adaptor.getScales();
  ArrayRef<int64_t> sizes = adaptor.getSizes();
  if ((scales.empty() && sizes.empty() && rank != 0) ||
      (!scales.empty() && scales.size() != rank) ||
      (!sizes.empty() && sizes.size() != rank))
    return emitOptionalError(loc, "needs a scale or a size for each of ", rank,
                             " dimensions, got ", scales.size(), " and ",
                             sizes.size());
  auto isOneOf = [](StringRef value, std::initializer_list<StringRef> list) {
    return llvm::is_contained(list, value);
  };
  if (!isOneOf(adaptor.getMode(), {"nearest", "linear", "cubic"}))
    return emitOptionalError(loc, "mode '", adaptor.getMode(),
                             "' is none of nearest, linear, cubic");
  StringRef coordinates = adaptor.getCoordinates();
  if (!isOneOf(coordinates,
               {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",
                "align_corners", "asymmetric", "tf_crop_and_resize"}))
    return emitOptionalError(loc, "coordinates '", coordinates,
                             "' are not known");
  if (!isOneOf(adaptor.getRounding(),
               {"round_prefer_floor", "round_prefer_ceil", "floor", "ceil"}))
    return emitOptionalError(loc, "rounding '", adaptor.getRounding(),
                             "' is not known");
  if (coordinates == "tf_crop_and_resize" &&
      adaptor.getRoi().size() != 2 * rank)
    return emitOptionalError(loc, "roi must have ", 2 * rank, " entries, got ",
                             adaptor.getRoi().size());
  SmallVector<int64_t> shape;
  for (size_t i = 0; i < rank; ++i) {
    int64_t extent = input.getDimSize(i);
    if (!scales.empty() && !(scales[i] > 0 && std::isfinite(scales[i])))
      return emitOptionalError(loc, "scale ", std::to_string(scales[i]),
                               " must be positive");
    if (!sizes.empty())
      extent = sizes[i];
    else if (!ShapedType::isDynamic(extent))
      extent = static_cast<int64_t>(std::min<double>(
          kMaxExtent, std::floor(static_cast<double>(extent) * scales[i])));
    if (extent < 0 && !ShapedType::isDynamic(extent))
      return emitOptionalError(loc, "size ", extent, " must not be negative");
    if (input.getDimSize(i) == 0 && extent != 0)
      return emitOptionalError(loc, "cannot resize an empty dimension to ",
                               extent);
    shape.push_back(extent);
  }
  types.push_back(withShape(adaptor.getInput(), shape));
  return success();
}

LogicalResult GridSampleOp::inferReturnTypes(MLIRContext *, Loc loc,
                                             Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  RankedTensorType grid = tensorType(adaptor.getGrid());
  int64_t rank = input.getRank();
  if (rank < 3 || grid.getRank() != rank)
    return emitOptionalError(
        loc, "input and grid must have the same rank of 3 or more, got ", rank,
        " and ", grid.getRank());
  if (failed(verifyCompatibleShape({grid.getDimSize(0), grid.getShape().back()},
                                   {input.getDimSize(0), rank - 2})))
    return emitOptionalError(
        loc, "grid ", formatShape(grid.getShape()), " does not hold points of ",
        rank - 2, " dimensions for input ", formatShape(input.getShape()));
  if (!llvm::is_contained({"linear", "nearest", "cubic"}, adaptor.getMode()))
    return emitOptionalError(loc, "mode '", adaptor.getMode(),
                             "' is none of linear, nearest, cubic");
  if (!llvm::is_contained({"zeros", "border", "reflection"},
                          adaptor.getPaddingMode()))
    return emitOptionalError(loc, "padding_mode '", adaptor.getPaddingMode(),
                             "' is none of zeros, border, reflection");
  SmallVector<int64_t> shape{input.getDimSize(0), input.getDimSize(1)};
  llvm::append_range(shape, grid.getShape().drop_front().drop_back());
  types.push_back(withShape(adaptor.getInput(), shape));
  return success();
}
