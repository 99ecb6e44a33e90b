//===- ResizeDecomposition.cpp - interpolation as gathers and sums -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/Composer.h"

#include <cmath>

using namespace mlir;
using namespace autoglm;

/// Filters that are wider than this stay as they are.
static constexpr int64_t kMaxTaps = 64;

namespace {
/// Which input elements one dimension of the result is made of.
struct Filter {
  int64_t taps = 0;
  /// Per tap, then per output position.
  std::vector<std::vector<int64_t>> index;
  std::vector<std::vector<float>> weight;
  /// Output positions that get the extrapolation value.
  std::vector<bool> isOutside;

  bool isIdentity(int64_t input) const {
    auto count = static_cast<int64_t>(index[0].size());
    if (count != input || llvm::is_contained(isOutside, true))
      return false;
    for (int64_t o = 0; o < count; ++o)
      for (int64_t tap = 0; tap < taps; ++tap)
        if (weight[tap][o] != (index[tap][o] == o ? 1.0f : 0.0f) &&
            weight[tap][o] != 0.0f)
          return false;
    return true;
  }
  /// How often each element is repeated, if that is all; else 0.
  int64_t getRepetition(int64_t input) const {
    auto count = static_cast<int64_t>(index[0].size());
    if (taps != 1 || count % input != 0 || llvm::is_contained(isOutside, true))
      return 0;
    for (int64_t o = 0; o < count; ++o)
      if (index[0][o] != o / (count / input))
        return 0;
    return count / input;
  }
};
} // namespace

/// The input coordinate of an output position.
static double locate(ResizeOp op, int64_t dim, int64_t position, int64_t input,
                     int64_t output, double scale) {
  StringRef mode = op.getCoordinates();
  auto x = static_cast<double>(position), size = static_cast<double>(input);
  double resized = scale * size;
  if (mode == "asymmetric")
    return x / scale;
  if (mode == "align_corners")
    return resized == 1 ? 0 : x * (size - 1) / (resized - 1);
  if (mode == "tf_crop_and_resize") {
    double begin = op.getRoi()[dim];
    double end = op.getRoi()[op.getType().getRank() + dim];
    double inside = resized == 1
                        ? (end - begin) * (size - 1) / 2
                        : x * (end - begin) * (size - 1) / (resized - 1);
    return inside + begin * (size - 1);
  }
  if (mode == "pytorch_half_pixel" && output <= 1)
    return 0;
  double at = (x + 0.5) / scale - 0.5;
  if (mode == "half_pixel_symmetric")
    at += size / 2 * (1 - static_cast<double>(output) / resized);
  return at;
}

static double roundNearest(StringRef mode, double x) {
  if (mode == "round_prefer_floor")
    return std::ceil(x - 0.5);
  if (mode == "round_prefer_ceil")
    return std::floor(x + 0.5);
  return mode == "floor" ? std::floor(x) : std::ceil(x);
}

/// The weight of an element at a distance.
static double kernelAt(ResizeOp op, double distance) {
  double x = std::abs(distance);
  if (op.getMode() == "linear")
    return std::max(0.0, 1 - x);
  double a = op.getCubicCoeffA().convertToDouble();
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

static std::optional<Filter> buildFilter(ResizeOp op, int64_t dim) {
  int64_t input =
      cast<RankedTensorType>(op.getInput().getType()).getDimSize(dim);
  int64_t output = op.getType().getDimSize(dim);
  double scale = op.getScales().empty()
                     ? static_cast<double>(output) / static_cast<double>(input)
                     : op.getScales()[dim];
  bool isNearest = op.getMode() == "nearest";
  // A wider kernel covers all the elements that one of the result stands for.
  double stretch = op.getAntialias() ? std::min(scale, 1.0) : 1.0;
  double reach = (op.getMode() == "linear" ? 1 : 2) / stretch;
  auto first = static_cast<int64_t>(std::floor(-reach)) + 1;
  Filter filter;
  filter.taps = isNearest ? 1 : 2 - 2 * first;
  if (filter.taps > kMaxTaps)
    return std::nullopt;
  filter.index.assign(filter.taps, std::vector<int64_t>(output));
  filter.weight.assign(filter.taps, std::vector<float>(output, 1.0f));
  filter.isOutside.assign(output, false);
  for (int64_t o = 0; o < output; ++o) {
    double x = locate(op, dim, o, input, output, scale);
    auto last = static_cast<double>(input - 1);
    if (op.getCoordinates() == "tf_crop_and_resize")
      filter.isOutside[o] = x < 0 || x > last;
    auto clamp = [&](double at) {
      return static_cast<int64_t>(std::clamp(at, 0.0, last));
    };
    if (isNearest) {
      filter.index[0][o] = clamp(roundNearest(op.getRounding(), x));
      continue;
    }
    double base = std::floor(x), sum = 0;
    SmallVector<double> weights;
    for (int64_t tap = 0; tap < filter.taps; ++tap) {
      double at = base + static_cast<double>(first + tap);
      filter.index[tap][o] = clamp(at);
      bool counts = !op.getExcludeOutside() || (at >= 0 && at <= last);
      weights.push_back(counts ? kernelAt(op, (at - x) * stretch) : 0);
      sum += weights.back();
    }
    if (!op.getExcludeOutside() && !op.getAntialias())
      sum = 1;
    for (int64_t tap = 0; tap < filter.taps; ++tap)
      filter.weight[tap][o] = static_cast<float>(weights[tap] / sum);
  }
  return filter;
}

/// A constant that lies along one dimension.
template <typename T>
static Value along(Composer &c, Type type, const std::vector<T> &values,
                   int64_t dim, int64_t rank) {
  SmallVector<int64_t> shape(rank, 1);
  shape[dim] = values.size();
  DenseElementsAttr attr;
  auto tensor = RankedTensorType::get(shape, type);
  if constexpr (std::is_same_v<T, bool>) {
    SmallVector<bool> bits(values.begin(), values.end());
    attr = DenseElementsAttr::get(tensor, ArrayRef<bool>(bits));
  } else {
    attr = DenseElementsAttr::get(tensor, ArrayRef<T>(values));
  }
  return c.builder.create<ConstantOp>(c.loc, attr);
}

/// Repeats elements along all dimensions at once.
static Value repeat(Composer &c, Value input, ArrayRef<int64_t> times,
                    ArrayRef<int64_t> result) {
  SmallVector<int64_t> split, spread;
  for (auto [dim, count] : llvm::zip(tensorType(input).getShape(), times)) {
    split.push_back(dim);
    spread.push_back(dim);
    if (count == 1)
      continue;
    split.push_back(1);
    spread.push_back(count);
  }
  Value wide = c.make<ExpandOp>(c.reshape(input, split),
                                createInts(c.builder, c.loc, spread));
  return c.reshape(wide, result);
}

Decomposition ResizeOp::decompose(OpBuilder &builder) {
  RankedTensorType input = tensorType(getInput()), result = getType();
  if (!input.hasStaticShape() || !result.hasStaticShape() ||
      result.getNumElements() == 0)
    return failure();
  int64_t rank = input.getRank();
  std::vector<Filter> filters;
  SmallVector<int64_t> times;
  for (int64_t dim = 0; dim < rank; ++dim) {
    auto filter = buildFilter(*this, dim);
    if (!filter)
      return failure();
    times.push_back(filter->getRepetition(input.getDimSize(dim)));
    filters.push_back(std::move(*filter));
  }
  Composer c = composerFor(*this, builder);
  if (!llvm::is_contained(times, 0))
    return SmallVector<Value>{repeat(c, getInput(), times, result.getShape())};

  Type elementType = c.elementType, computeType = elementType;
  if (getMode() != "nearest" && !elementType.isF64())
    computeType = builder.getF32Type();
  c.elementType = computeType;
  Value value = c.cast(getInput(), computeType);
  for (auto [dim, filter] : llvm::enumerate(filters)) {
    if (filter.isIdentity(input.getDimSize(dim)))
      continue;
    Value sum;
    for (int64_t tap = 0; tap < filter.taps; ++tap) {
      Value part = c.make<GatherOp>(
          value, createInts(builder, getLoc(), filter.index[tap]),
          static_cast<int64_t>(dim));
      if (filter.taps > 1) {
        Value weight =
            along(c, builder.getF32Type(), filter.weight[tap], dim, rank);
        part = c.mul(part, c.cast(weight, computeType));
      }
      sum = sum ? c.add(sum, part) : part;
    }
    value = sum;
  }
  for (auto [dim, filter] : llvm::enumerate(filters))
    if (llvm::is_contained(filter.isOutside, true))
      value =
          c.where(along(c, builder.getI1Type(), filter.isOutside, dim, rank),
                  c.constant(getExtrapolationValue().convertToDouble()), value);
  return SmallVector<Value>{c.cast(value, elementType)};
}
