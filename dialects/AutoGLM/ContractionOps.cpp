//===- ContractionOps.cpp - matmul, convolution, pooling, normalization -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/ShapeInference.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace autoglm;
using utils::IteratorType;

//===----------------------------------------------------------------------===//
// MatMul and Gemm
//===----------------------------------------------------------------------===//

LogicalResult MatMulOp::inferReturnTypes(MLIRContext *context, Loc loc,
                                         Adaptor adaptor, Types &types) {
  RankedTensorType a = tensorType(adaptor.getA());
  RankedTensorType b = tensorType(adaptor.getB());
  if (a.getElementType() != b.getElementType())
    return emitOptionalError(loc, "operands have element types ",
                             a.getElementType(), " and ", b.getElementType(),
                             ", expected one element type");
  if (a.getRank() == 0 || b.getRank() == 0)
    return emitOptionalError(loc, "operands must have rank 1 or more");
  int64_t k = a.getShape().back();
  int64_t kOther = b.getShape()[b.getRank() == 1 ? 0 : b.getRank() - 2];
  if (!ShapedType::isDynamic(k) && !ShapedType::isDynamic(kOther) &&
      k != kOther)
    return emitOptionalError(loc, "cannot multiply ", formatShape(a.getShape()),
                             " by ", formatShape(b.getShape()),
                             ": inner dimensions ", k, " and ", kOther,
                             " differ");
  auto shape = broadcastShapes(
      loc, {a.getShape().drop_back(std::min<int64_t>(2, a.getRank())),
            b.getShape().drop_back(std::min<int64_t>(2, b.getRank()))});
  if (failed(shape))
    return failure();
  if (a.getRank() > 1)
    shape->push_back(a.getShape()[a.getRank() - 2]);
  if (b.getRank() > 1)
    shape->push_back(b.getShape().back());
  types.push_back(RankedTensorType::get(*shape, a.getElementType()));
  return success();
}

std::optional<IterationSpace> MatMulOp::getIterationSpace() {
  RankedTensorType a = tensorType(getA()), b = tensorType(getB());
  RankedTensorType result = getType();
  MLIRContext *context = getContext();
  int64_t loops = result.getRank() + 1;
  AffineExpr k = getAffineDimExpr(loops - 1, context);
  int64_t batch = result.getRank() - (a.getRank() > 1) - (b.getRank() > 1);

  IterationSpace space;
  space.sizes.assign(result.getShape().begin(), result.getShape().end());
  space.sizes.push_back(a.getShape().back());
  space.iterators.assign(loops - 1, IteratorType::parallel);
  space.iterators.push_back(IteratorType::reduction);

  auto operandMap = [&](RankedTensorType type, bool isLhs) {
    SmallVector<AffineExpr> exprs;
    int64_t ownBatch = std::max<int64_t>(0, type.getRank() - 2);
    for (int64_t i = 0; i < ownBatch; ++i) {
      int64_t loop = batch - ownBatch + i;
      bool isBroadcast =
          type.getDimSize(i) == 1 && result.getDimSize(loop) != 1;
      exprs.push_back(isBroadcast ? getAffineConstantExpr(0, context)
                                  : getAffineDimExpr(loop, context));
    }
    if (isLhs) {
      if (type.getRank() > 1)
        exprs.push_back(getAffineDimExpr(batch, context));
      exprs.push_back(k);
    } else {
      exprs.push_back(k);
      if (type.getRank() > 1)
        exprs.push_back(getAffineDimExpr(loops - 2, context));
    }
    return AffineMap::get(loops, 0, exprs, context);
  };
  space.maps = {
      operandMap(a, true), operandMap(b, false),
      AffineMap::getMultiDimIdentityMap(loops, context).dropResult(loops - 1)};
  return space;
}

int64_t MatMulOp::getFlopsPerPoint() { return 2; }

LogicalResult GemmOp::inferReturnTypes(MLIRContext *context, Loc loc,
                                       Adaptor adaptor, Types &types) {
  RankedTensorType a = tensorType(adaptor.getA());
  RankedTensorType b = tensorType(adaptor.getB());
  if (a.getRank() != 2 || b.getRank() != 2)
    return emitOptionalError(loc, "A and B must have rank 2, got ", a.getRank(),
                             " and ", b.getRank());
  bool transA = adaptor.getTransA(), transB = adaptor.getTransB();
  int64_t m = a.getDimSize(transA ? 1 : 0), k = a.getDimSize(transA ? 0 : 1);
  int64_t n = b.getDimSize(transB ? 0 : 1),
          other = b.getDimSize(transB ? 1 : 0);
  if (a.getElementType() != b.getElementType())
    return emitOptionalError(loc, "operands have element types ",
                             a.getElementType(), " and ", b.getElementType(),
                             ", expected one element type");
  if (!ShapedType::isDynamic(k) && !ShapedType::isDynamic(other) && k != other)
    return emitOptionalError(loc, "inner dimensions ", k, " of A and ", other,
                             " of B differ");
  SmallVector<int64_t> shape{m, n};
  if (Value c = adaptor.getC()) {
    auto merged = broadcastShapes(loc, {shape, tensorType(c).getShape()});
    if (failed(merged))
      return failure();
    if (merged->size() != 2 || failed(verifyCompatibleShape(*merged, shape)))
      return emitOptionalError(loc, "C of shape ",
                               formatShape(tensorType(c).getShape()),
                               " does not broadcast to ", formatShape(shape));
    if (tensorType(c).getElementType() != a.getElementType())
      return emitOptionalError(loc, "C has element type ",
                               tensorType(c).getElementType(), ", expected ",
                               a.getElementType());
  }
  types.push_back(RankedTensorType::get(shape, a.getElementType()));
  return success();
}

std::optional<IterationSpace> GemmOp::getIterationSpace() {
  MLIRContext *context = getContext();
  AffineExpr m, n, k;
  bindDims(context, m, n, k);
  IterationSpace space;
  space.sizes = {getType().getDimSize(0), getType().getDimSize(1),
                 tensorType(getA()).getDimSize(getTransA() ? 0 : 1)};
  space.iterators = {IteratorType::parallel, IteratorType::parallel,
                     IteratorType::reduction};
  auto map = [&](ArrayRef<AffineExpr> exprs) {
    return AffineMap::get(3, 0, exprs, context);
  };
  space.maps.push_back(getTransA() ? map({k, m}) : map({m, k}));
  space.maps.push_back(getTransB() ? map({n, k}) : map({k, n}));
  if (getC()) {
    SmallVector<AffineExpr> exprs;
    AffineExpr loops[] = {m, n};
    RankedTensorType c = tensorType(getC());
    for (int64_t i = 0; i < c.getRank(); ++i) {
      int64_t loop = 2 - c.getRank() + i;
      exprs.push_back(c.getDimSize(i) == 1 && space.sizes[loop] != 1
                          ? getAffineConstantExpr(0, context)
                          : loops[loop]);
    }
    space.maps.push_back(map(exprs));
  }
  space.maps.push_back(map({m, n}));
  return space;
}

std::optional<int64_t> GemmOp::getFlops() {
  IterationSpace space = *getIterationSpace();
  int64_t flops = getC() ? 2 * space.sizes[2] + 1 : 2 * space.sizes[2];
  for (int64_t size : space.sizes)
    if (ShapedType::isDynamic(size))
      return std::nullopt;
  if (llvm::MulOverflow(flops, space.sizes[0], flops) ||
      llvm::MulOverflow(flops, space.sizes[1], flops))
    return std::nullopt;
  return flops;
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// Checks the attributes that all windowed operations share.
static LogicalResult checkWindow(Loc loc, int64_t spatial,
                                 ArrayRef<int64_t> strides,
                                 ArrayRef<int64_t> pads,
                                 ArrayRef<int64_t> dilations) {
  if (static_cast<int64_t>(strides.size()) != spatial ||
      static_cast<int64_t>(dilations.size()) != spatial ||
      static_cast<int64_t>(pads.size()) != 2 * spatial)
    return emitOptionalError(loc, "expected ", spatial, " strides, ", spatial,
                             " dilations and ", 2 * spatial, " pads, got ",
                             strides.size(), ", ", dilations.size(), " and ",
                             pads.size());
  auto positive = [](int64_t value) { return value > 0; };
  if (!llvm::all_of(strides, positive) || !llvm::all_of(dilations, positive))
    return emitOptionalError(loc, "strides and dilations must be positive");
  if (llvm::any_of(pads, [](int64_t value) { return value < 0; }))
    return emitOptionalError(loc, "pads must not be negative");
  return success();
}

/// Appends the spatial extents of the result of a window operation.
static LogicalResult inferWindow(Loc loc, ArrayRef<int64_t> input,
                                 ArrayRef<int64_t> window,
                                 ArrayRef<int64_t> strides,
                                 ArrayRef<int64_t> pads,
                                 ArrayRef<int64_t> dilations, bool ceilMode,
                                 SmallVectorImpl<int64_t> &shape) {
  size_t spatial = window.size();
  for (size_t i = 0; i < spatial; ++i) {
    int64_t extent = windowExtent(input[i], window[i], strides[i], pads[i],
                                  pads[spatial + i], dilations[i], ceilMode);
    if (extent == 0)
      return emitOptionalError(loc, "window of ", window[i], " (dilation ",
                               dilations[i], ") does not fit into dimension ",
                               i + 2, " of size ", input[i], " padded by ",
                               pads[i], " and ", pads[spatial + i]);
    shape.push_back(extent);
  }
  return success();
}

LogicalResult ConvOp::inferReturnTypes(MLIRContext *context, Loc loc,
                                       Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  RankedTensorType weight = tensorType(adaptor.getWeight());
  int64_t group = adaptor.getGroup();
  if (input.getRank() < 3 || weight.getRank() != input.getRank())
    return emitOptionalError(loc,
                             "input and weight must have the same rank of "
                             "3 or more, got ",
                             input.getRank(), " and ", weight.getRank());
  if (input.getElementType() != weight.getElementType())
    return emitOptionalError(
        loc, "input and weight have element types ", input.getElementType(),
        " and ", weight.getElementType(), ", expected one element type");
  if (failed(checkWindow(loc, input.getRank() - 2, adaptor.getStrides(),
                         adaptor.getPads(), adaptor.getDilations())))
    return failure();
  int64_t channels = input.getDimSize(1), filters = weight.getDimSize(0);
  int64_t perGroup = weight.getDimSize(1);
  if (group < 1)
    return emitOptionalError(loc, "group must be positive, got ", group);
  if (!ShapedType::isDynamic(filters) && filters % group != 0)
    return emitOptionalError(loc, filters, " filters do not divide into ",
                             group, " groups");
  if (!ShapedType::isDynamic(channels) && !ShapedType::isDynamic(perGroup) &&
      channels != perGroup * group)
    return emitOptionalError(loc, "input has ", channels,
                             " channels, but the weight takes ",
                             perGroup * group);
  if (Value bias = adaptor.getBias()) {
    RankedTensorType type = tensorType(bias);
    if (type.getElementType() != input.getElementType() ||
        failed(verifyCompatibleShape(type.getShape(), {filters})))
      return emitOptionalError(loc, "bias must be ", formatShape({filters}),
                               " of ", input.getElementType(), ", got ",
                               formatShape(type.getShape()), " of ",
                               type.getElementType());
  }
  SmallVector<int64_t> shape{input.getDimSize(0), filters};
  if (failed(inferWindow(loc, input.getShape().drop_front(2),
                         weight.getShape().drop_front(2), adaptor.getStrides(),
                         adaptor.getPads(), adaptor.getDilations(),
                         /*ceilMode=*/false, shape)))
    return failure();
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

/// Input coordinate of a window: out * stride + tap * dilation - pad.
static AffineExpr windowExpr(int64_t outLoop, int64_t tapLoop, int64_t stride,
                             int64_t dilation, int64_t pad,
                             MLIRContext *context) {
  return getAffineDimExpr(outLoop, context) * stride +
         getAffineDimExpr(tapLoop, context) * dilation - pad;
}

std::optional<IterationSpace> ConvOp::getIterationSpace() {
  MLIRContext *context = getContext();
  RankedTensorType weight = tensorType(getWeight()), result = getType();
  if (getGroup() > 1 && result.isDynamicDim(1))
    return std::nullopt;
  int64_t spatial = weight.getRank() - 2;
  // Loops: n, filter, spatial..., channel of the group, window...
  int64_t channelLoop = 2 + spatial, loops = 3 + 2 * spatial;

  IterationSpace space;
  space.sizes.assign(result.getShape().begin(), result.getShape().end());
  llvm::append_range(space.sizes, weight.getShape().drop_front(1));
  space.iterators.assign(2 + spatial, IteratorType::parallel);
  space.iterators.append(1 + spatial, IteratorType::reduction);

  AffineExpr filter = getAffineDimExpr(1, context);
  AffineExpr channel = getAffineDimExpr(channelLoop, context);
  AffineExpr inputChannel = channel;
  if (getGroup() > 1)
    inputChannel = filter.floorDiv(result.getDimSize(1) /
                                   static_cast<int64_t>(getGroup())) *
                       weight.getDimSize(1) +
                   channel;
  SmallVector<AffineExpr> input{getAffineDimExpr(0, context), inputChannel};
  SmallVector<AffineExpr> taps{filter, channel};
  for (int64_t i = 0; i < spatial; ++i) {
    input.push_back(windowExpr(2 + i, channelLoop + 1 + i, getStrides()[i],
                               getDilations()[i], getPads()[i], context));
    taps.push_back(getAffineDimExpr(channelLoop + 1 + i, context));
  }
  space.maps = {AffineMap::get(loops, 0, input, context),
                AffineMap::get(loops, 0, taps, context)};
  if (getBias())
    space.maps.push_back(AffineMap::get(loops, 0, {filter}, context));
  AffineMap output = AffineMap::getMultiDimIdentityMap(2 + spatial, context);
  space.maps.push_back(AffineMap::get(loops, 0, output.getResults(), context));
  return space;
}

int64_t ConvOp::getFlopsPerPoint() { return 2; }

LogicalResult WinogradWeightOp::inferReturnTypes(MLIRContext *context, Loc loc,
                                                 Adaptor adaptor,
                                                 Types &types) {
  RankedTensorType weight = tensorType(adaptor.getWeight());
  if (weight.getRank() != 4 ||
      failed(verifyCompatibleShape(
          weight.getShape(),
          {weight.getDimSize(0), weight.getDimSize(1), 3, 3})))
    return emitOptionalError(loc, "weight must be of 3 by 3 taps, got ",
                             formatShape(weight.getShape()));
  types.push_back(
      RankedTensorType::get({weight.getDimSize(0), weight.getDimSize(1), 6, 6},
                            weight.getElementType()));
  return success();
}

LogicalResult WinogradConvOp::inferReturnTypes(MLIRContext *context, Loc loc,
                                               Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  RankedTensorType weight = tensorType(adaptor.getWeight());
  if (input.getRank() != 4 || weight.getRank() != 4 ||
      failed(verifyCompatibleShape(
          weight.getShape(),
          {weight.getDimSize(0), input.getDimSize(1), 6, 6})))
    return emitOptionalError(loc, "weight must be a transformed one for ",
                             "the input, got ", formatShape(weight.getShape()),
                             " and ", formatShape(input.getShape()));
  const int64_t ones[] = {1, 1}, taps[] = {3, 3};
  if (failed(checkWindow(loc, 2, ones, adaptor.getPads(), ones)))
    return failure();
  SmallVector<int64_t> shape{input.getDimSize(0), weight.getDimSize(0)};
  if (failed(inferWindow(loc, input.getShape().drop_front(2), taps, ones,
                         adaptor.getPads(), ones, /*ceilMode=*/false, shape)))
    return failure();
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

/// 36 products and their sums for each square of results, as without the
/// transformations.
std::optional<int64_t> WinogradConvOp::getFlops() {
  RankedTensorType weight = tensorType(getWeight()), result = getType();
  if (!weight.hasStaticShape() || !result.hasStaticShape())
    return std::nullopt;
  int64_t squares = llvm::divideCeil(result.getDimSize(2), 4) *
                    llvm::divideCeil(result.getDimSize(3), 4);
  return 2 * result.getDimSize(0) * squares * weight.getNumElements();
}

template <typename Adaptor>
static LogicalResult inferPool(Loc loc, Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  ArrayRef<int64_t> window = adaptor.getKernelShape();
  if (input.getRank() < 3)
    return emitOptionalError(loc, "input must have rank 3 or more, got ",
                             input.getRank());
  int64_t spatial = input.getRank() - 2;
  if (static_cast<int64_t>(window.size()) != spatial)
    return emitOptionalError(loc, "kernel_shape has ", window.size(),
                             " entries, expected ", spatial);
  if (llvm::any_of(window, [](int64_t size) { return size < 1; }))
    return emitOptionalError(loc, "kernel_shape must be positive");
  if (failed(checkWindow(loc, spatial, adaptor.getStrides(), adaptor.getPads(),
                         adaptor.getDilations())))
    return failure();
  SmallVector<int64_t> shape{input.getDimSize(0), input.getDimSize(1)};
  if (failed(inferWindow(loc, input.getShape().drop_front(2), window,
                         adaptor.getStrides(), adaptor.getPads(),
                         adaptor.getDilations(), adaptor.getCeilMode(), shape)))
    return failure();
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

template <typename Op> static IterationSpace poolSpace(Op op) {
  MLIRContext *context = op.getContext();
  RankedTensorType result = op.getType();
  int64_t spatial = result.getRank() - 2, loops = 2 + 2 * spatial;
  IterationSpace space;
  space.sizes.assign(result.getShape().begin(), result.getShape().end());
  llvm::append_range(space.sizes, op.getKernelShape());
  space.iterators.assign(2 + spatial, IteratorType::parallel);
  space.iterators.append(spatial, IteratorType::reduction);
  SmallVector<AffineExpr> input{getAffineDimExpr(0, context),
                                getAffineDimExpr(1, context)};
  for (int64_t i = 0; i < spatial; ++i)
    input.push_back(windowExpr(2 + i, 2 + spatial + i, op.getStrides()[i],
                               op.getDilations()[i], op.getPads()[i], context));
  AffineMap output = AffineMap::getMultiDimIdentityMap(2 + spatial, context);
  space.maps = {AffineMap::get(loops, 0, input, context),
                AffineMap::get(loops, 0, output.getResults(), context)};
  return space;
}

#define AUTOGLM_POOL(OP)                                                       \
  LogicalResult OP::inferReturnTypes(MLIRContext *context, Loc loc,            \
                                     Adaptor adaptor, Types &types) {          \
    return inferPool(loc, adaptor, types);                                     \
  }                                                                            \
  std::optional<IterationSpace> OP::getIterationSpace() {                      \
    return poolSpace(*this);                                                   \
  }
AUTOGLM_POOL(MaxPoolOp)
AUTOGLM_POOL(AveragePoolOp)

template <typename Adaptor>
static LogicalResult inferGlobalPool(Loc loc, Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  if (input.getRank() < 3)
    return emitOptionalError(loc, "input must have rank 3 or more, got ",
                             input.getRank());
  SmallVector<int64_t> shape(input.getRank(), 1);
  shape[0] = input.getDimSize(0);
  shape[1] = input.getDimSize(1);
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

LogicalResult GlobalAveragePoolOp::inferReturnTypes(MLIRContext *, Loc loc,
                                                    Adaptor adaptor,
                                                    Types &types) {
  return inferGlobalPool(loc, adaptor, types);
}

LogicalResult GlobalMaxPoolOp::inferReturnTypes(MLIRContext *, Loc loc,
                                                Adaptor adaptor, Types &types) {
  return inferGlobalPool(loc, adaptor, types);
}

//===----------------------------------------------------------------------===//
// Normalization and softmax
//===----------------------------------------------------------------------===//

LogicalResult autoglm::checkChannelVectors(Loc loc, Value input,
                                           ValueRange vectors) {
  RankedTensorType type = tensorType(input);
  if (type.getRank() < 2)
    return emitOptionalError(loc, "input must have rank 2 or more, got ",
                             type.getRank());
  for (Value vector : vectors) {
    RankedTensorType own = tensorType(vector);
    if (failed(verifyCompatibleShape(own.getShape(), {type.getDimSize(1)})))
      return emitOptionalError(loc, "parameter of shape ",
                               formatShape(own.getShape()),
                               " does not have one value for each of ",
                               formatShape({type.getDimSize(1)}), " channels");
    if (own.getElementType() != type.getElementType())
      return emitOptionalError(loc, "parameter has element type ",
                               own.getElementType(), ", expected ",
                               type.getElementType());
  }
  return success();
}

LogicalResult BatchNormalizationOp::inferReturnTypes(MLIRContext *, Loc loc,
                                                     Adaptor adaptor,
                                                     Types &types) {
  types.push_back(
      RankedTensorType::get(tensorType(adaptor.getInput()).getShape(),
                            tensorType(adaptor.getInput()).getElementType()));
  return checkChannelVectors(loc, adaptor.getInput(),
                             adaptor.getOperands().drop_front());
}

std::optional<IterationSpace> BatchNormalizationOp::getIterationSpace() {
  MLIRContext *context = getContext();
  RankedTensorType type = getType();
  AffineMap identity =
      AffineMap::getMultiDimIdentityMap(type.getRank(), context);
  AffineMap channel = AffineMap::get(type.getRank(), 0,
                                     {getAffineDimExpr(1, context)}, context);
  IterationSpace space;
  space.sizes.assign(type.getShape().begin(), type.getShape().end());
  space.iterators.assign(type.getRank(), IteratorType::parallel);
  space.maps = {identity, channel, channel, channel, channel, identity};
  return space;
}

LogicalResult InstanceNormalizationOp::inferReturnTypes(MLIRContext *, Loc loc,
                                                        Adaptor adaptor,
                                                        Types &types) {
  RankedTensorType type = tensorType(adaptor.getInput());
  if (type.getRank() < 3)
    return emitOptionalError(loc, "input must have rank 3 or more, got ",
                             type.getRank());
  types.push_back(
      RankedTensorType::get(type.getShape(), type.getElementType()));
  return checkChannelVectors(loc, adaptor.getInput(),
                             adaptor.getOperands().drop_front());
}

LogicalResult LayerNormalizationOp::inferReturnTypes(MLIRContext *context,
                                                     Loc loc, Adaptor adaptor,
                                                     Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  FailureOr<int64_t> axis =
      normalizeAxis(loc, adaptor.getAxis(), input.getRank());
  if (failed(axis))
    return failure();
  for (Value parameter : adaptor.getOperands().drop_front()) {
    RankedTensorType own = tensorType(parameter);
    auto merged = broadcastShapes(loc, {input.getShape(), own.getShape()});
    if (failed(merged))
      return failure();
    if (failed(verifyCompatibleShape(*merged, input.getShape())))
      return emitOptionalError(
          loc, "parameter of shape ", formatShape(own.getShape()),
          " does not broadcast to ", formatShape(input.getShape()));
    if (own.getElementType() != input.getElementType())
      return emitOptionalError(loc, "parameter has element type ",
                               own.getElementType(), ", expected ",
                               input.getElementType());
  }
  types.push_back(
      RankedTensorType::get(input.getShape(), input.getElementType()));
  SmallVector<int64_t> statistics(input.getShape());
  for (int64_t i = *axis; i < input.getRank(); ++i)
    statistics[i] = 1;
  // ONNX computes the statistics in float32, but for wider inputs.
  Type statisticsType = input.getElementType().isF64()
                            ? input.getElementType()
                            : Float32Type::get(context);
  types.append(2, RankedTensorType::get(statistics, statisticsType));
  return success();
}

template <typename Adaptor>
static LogicalResult inferAlongAxis(Loc loc, Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  types.push_back(
      RankedTensorType::get(input.getShape(), input.getElementType()));
  return normalizeAxis(loc, adaptor.getAxis(),
                       std::max<int64_t>(1, input.getRank()));
}

LogicalResult SoftmaxOp::inferReturnTypes(MLIRContext *, Loc loc,
                                          Adaptor adaptor, Types &types) {
  return inferAlongAxis(loc, adaptor, types);
}

LogicalResult LogSoftmaxOp::inferReturnTypes(MLIRContext *, Loc loc,
                                             Adaptor adaptor, Types &types) {
  return inferAlongAxis(loc, adaptor, types);
}
