//===- QuantOps.cpp - between reals and integers -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/Quantization.h"
#include "dialects/AutoGLM/ShapeInference.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace autoglm;

using Decomposition = FailureOr<SmallVector<Value>>;

std::optional<QuantParams> autoglm::getQuantParams(Type elementType) {
  QuantParams params;
  if (auto uniform = dyn_cast<quant::UniformQuantizedType>(elementType)) {
    params.scales.push_back(uniform.getScale());
    params.zeroPoints.push_back(uniform.getZeroPoint());
  } else if (auto perAxis =
                 dyn_cast<quant::UniformQuantizedPerAxisType>(elementType)) {
    params.axis = perAxis.getQuantizedDimension();
    llvm::append_range(params.scales, perAxis.getScales());
    llvm::append_range(params.zeroPoints, perAxis.getZeroPoints());
  } else {
    return std::nullopt;
  }
  auto type = cast<quant::QuantizedType>(elementType);
  params.low = type.getStorageTypeMin();
  params.high = type.getStorageTypeMax();
  params.expressed = dyn_cast<FloatType>(type.getExpressedType());
  if (!params.expressed)
    return std::nullopt;
  return params;
}

//===----------------------------------------------------------------------===//
// Scales in the type
//===----------------------------------------------------------------------===//

/// What has to hold for a tensor of a quantized type, however it is made.
static LogicalResult verifyQuantized(Operation *op, RankedTensorType type) {
  auto params = getQuantParams(type.getElementType());
  if (!params)
    return op->emitOpError("needs a uniform type over floats, got ")
           << type.getElementType();
  if (!params->axis)
    return success();
  int64_t axis = *params->axis, count = params->scales.size();
  if (axis < 0 || axis >= type.getRank())
    return op->emitOpError("has scales along dimension ")
           << axis << " of a tensor of rank " << type.getRank();
  if (!type.isDynamicDim(axis) && type.getDimSize(axis) != count)
    return op->emitOpError("has ") << count << " scales for dimension " << axis
                                   << " of size " << type.getDimSize(axis);
  return success();
}

LogicalResult QuantizeOp::inferReturnTypes(MLIRContext *, Loc, Adaptor adaptor,
                                           Types &types) {
  types.push_back(RankedTensorType::get(
      tensorType(adaptor.getInput()).getShape(), adaptor.getTo()));
  return success();
}

std::optional<IterationSpace> QuantizeOp::getIterationSpace() {
  return elementwiseSpace(*this);
}

LogicalResult QuantizeOp::verify() {
  if (failed(verifyQuantized(*this, getType())))
    return failure();
  auto type = cast<quant::QuantizedType>(getType().getElementType());
  if (type.getStorageTypeIntegralWidth() > 16)
    return emitOpError("gives integers of at most 16 bits, not ")
           << type.getStorageType();
  Type element = tensorType(getInput()).getElementType();
  if (type.getExpressedType() != element)
    return emitOpError("takes ") << type.getExpressedType()
                                 << ", which its type names, not " << element;
  return success();
}

LogicalResult DequantizeOp::inferReturnTypes(MLIRContext *, Loc loc,
                                             Adaptor adaptor, Types &types) {
  RankedTensorType type = tensorType(adaptor.getInput());
  auto params = getQuantParams(type.getElementType());
  if (!params)
    return emitOptionalError(loc, "needs a uniform type over floats, got ",
                             type.getElementType());
  types.push_back(RankedTensorType::get(type.getShape(), params->expressed));
  return success();
}

std::optional<IterationSpace> DequantizeOp::getIterationSpace() {
  return elementwiseSpace(*this);
}

LogicalResult DequantizeOp::verify() {
  return verifyQuantized(*this, tensorType(getInput()));
}

LogicalResult QuantCastOp::inferReturnTypes(MLIRContext *, Loc, Adaptor adaptor,
                                            Types &types) {
  types.push_back(RankedTensorType::get(
      tensorType(adaptor.getInput()).getShape(), adaptor.getTo()));
  return success();
}

std::optional<IterationSpace> QuantCastOp::getIterationSpace() {
  return elementwiseSpace(*this);
}

LogicalResult QuantCastOp::verify() {
  Type from = tensorType(getInput()).getElementType();
  Type to = getType().getElementType();
  for (RankedTensorType type : {tensorType(getInput()), getType()})
    if (isa<quant::QuantizedType>(type.getElementType()) &&
        failed(verifyQuantized(*this, type)))
      return failure();
  if (getStorageType(from) != getStorageType(to) || isa<FloatType>(from))
    return emitOpError("may not change the bits of ") << from << " to " << to;
  return success();
}

OpFoldResult QuantCastOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  auto inner = getInput().getDefiningOp<QuantCastOp>();
  if (inner && inner.getInput().getType() == getType())
    return inner.getInput();
  return {};
}

//===----------------------------------------------------------------------===//
// Scales as operands
//===----------------------------------------------------------------------===//

/// Whether scale and zero point have shapes that fit the input's.
static LogicalResult checkScale(Loc loc, RankedTensorType input,
                                RankedTensorType scale, Value zeroPoint,
                                int64_t axis, int64_t block) {
  auto fits = [](int64_t a, int64_t b) {
    return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
  };
  if (zeroPoint && failed(verifyCompatibleShape(
                       scale.getShape(), tensorType(zeroPoint).getShape())))
    return emitOptionalError(loc, "the zero point has shape ",
                             formatShape(tensorType(zeroPoint).getShape()),
                             ", the scale ", formatShape(scale.getShape()));
  if (block < 0)
    return emitOptionalError(loc, "block_size ", block, " is below 0");
  bool isSingle = scale.hasStaticShape() && scale.getNumElements() == 1 &&
                  scale.getRank() <= 1;
  if (isSingle)
    return success();
  auto front = normalizeAxis(loc, axis, input.getRank());
  if (failed(front))
    return failure();
  if (block == 0) {
    if (scale.getRank() == 1 &&
        fits(scale.getDimSize(0), input.getDimSize(*front)))
      return success();
    return emitOptionalError(loc, "a scale of shape ",
                             formatShape(scale.getShape()),
                             " does not fit dimension ", *front, " of ",
                             formatShape(input.getShape()));
  }
  bool isGood = scale.getRank() == input.getRank();
  for (int64_t i = 0; isGood && i < input.getRank(); ++i) {
    int64_t size = input.getDimSize(i);
    if (i == *front && !ShapedType::isDynamic(size))
      size = llvm::divideCeil(size, block);
    isGood = fits(scale.getDimSize(i), size);
  }
  if (isGood)
    return success();
  return emitOptionalError(
      loc, "a scale of shape ", formatShape(scale.getShape()),
      " does not fit blocks of ", block, " along dimension ", *front, " of ",
      formatShape(input.getShape()));
}

LogicalResult QuantizeLinearOp::inferReturnTypes(MLIRContext *, Loc loc,
                                                 Adaptor adaptor,
                                                 Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  types.push_back(RankedTensorType::get(input.getShape(), adaptor.getTo()));
  return checkScale(loc, input, tensorType(adaptor.getScale()),
                    adaptor.getZeroPoint(), adaptor.getAxis(),
                    adaptor.getBlockSize());
}

LogicalResult QuantizeLinearOp::verify() {
  Type element = getType().getElementType();
  if (element.getIntOrFloatBitWidth() > 16)
    return emitOpError("gives integers of at most 16 bits, not ") << element;
  if (getZeroPoint() && tensorType(getZeroPoint()).getElementType() != element)
    return emitOpError("has a zero point of ")
           << tensorType(getZeroPoint()).getElementType() << ", but gives "
           << element;
  if (!isa<FloatType>(getPrecision()))
    return emitOpError("cannot divide in ") << getPrecision();
  return success();
}

LogicalResult DequantizeLinearOp::inferReturnTypes(MLIRContext *, Loc loc,
                                                   Adaptor adaptor,
                                                   Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  types.push_back(RankedTensorType::get(input.getShape(), adaptor.getTo()));
  return checkScale(loc, input, tensorType(adaptor.getScale()),
                    adaptor.getZeroPoint(), adaptor.getAxis(),
                    adaptor.getBlockSize());
}

LogicalResult DequantizeLinearOp::verify() {
  Type element = tensorType(getInput()).getElementType();
  if (element.getIntOrFloatBitWidth() > 32)
    return emitOpError("takes integers of at most 32 bits, not ") << element;
  if (getZeroPoint() && tensorType(getZeroPoint()).getElementType() != element)
    return emitOpError("has a zero point of ")
           << tensorType(getZeroPoint()).getElementType() << ", but takes "
           << element;
  return success();
}

//===----------------------------------------------------------------------===//
// Decompositions
//===----------------------------------------------------------------------===//

namespace {
struct Arithmetic {
  OpBuilder &builder;
  Location loc;

  template <typename Op, typename... Args> Value make(Args &&...args) {
    return builder.create<Op>(loc, std::forward<Args>(args)...)->getResult(0);
  }
  Value cast(Value value, Type type) {
    return tensorType(value).getElementType() == type
               ? value
               : make<CastOp>(value, TypeAttr::get(type));
  }
  Value reshape(Value value, ArrayRef<int64_t> shape) {
    return make<ReshapeOp>(value, createInts(builder, loc, shape),
                           /*allowzero=*/true);
  }

  /// saturate(round(x / scale) + zero point); the zero point may be null.
  Value quantize(Value x, Value scale, Value zeroPoint, FloatType precision,
                 Type integer, int64_t low, int64_t high) {
    Value quotient =
        make<RoundOp>(make<DivOp>(cast(x, precision), cast(scale, precision)));
    // Narrow floats do not have every sum with a zero point.
    Type wide = precision.getWidth() < 32 ? builder.getF32Type() : precision;
    quotient = cast(quotient, wide);
    if (zeroPoint)
      quotient = make<AddOp>(quotient, cast(zeroPoint, wide));
    Value bounded = make<MaxOp>(quotient, createSplat(builder, loc, wide, low));
    bounded = make<MinOp>(bounded, createSplat(builder, loc, wide, high));
    return cast(bounded, integer);
  }

  /// (q - zero point) * scale in float32; the zero point may be null.
  Value dequantize(Value q, Value scale, Value zeroPoint, Type type) {
    Type single = builder.getF32Type();
    Value difference = cast(q, single);
    if (zeroPoint)
      difference = make<SubOp>(difference, cast(zeroPoint, single));
    return cast(make<MulOp>(difference, cast(scale, single)), type);
  }

  /// A parameter of a type as a constant that broadcasts; null if all are 0.
  Value constant(ArrayRef<double> values, std::optional<int64_t> axis,
                 int64_t rank, Type type) {
    if (!axis)
      return createSplat(builder, loc, type, values[0]);
    SmallVector<int64_t> shape(rank - *axis, 1);
    shape[0] = values.size();
    auto elements = llvm::map_to_vector(values, [&](double value) -> Attribute {
      return FloatAttr::get(type, value);
    });
    return make<ConstantOp>(DenseElementsAttr::get(
        RankedTensorType::get(shape, type), ArrayRef<Attribute>(elements)));
  }
  std::pair<Value, Value> constants(const QuantParams &params, int64_t rank,
                                    Type scaleType) {
    Value zeroPoint;
    SmallVector<double> zeros(params.zeroPoints.begin(),
                              params.zeroPoints.end());
    if (llvm::any_of(zeros, [](double zero) { return zero != 0; }))
      zeroPoint = constant(zeros, params.axis, rank, builder.getF32Type());
    return {constant(params.scales, params.axis, rank, scaleType), zeroPoint};
  }

  /// A scale or zero point in a shape that broadcasts against the input; null
  /// if that needs sizes that are not known.
  Value spread(Value value, RankedTensorType input, int64_t axis,
               int64_t block) {
    RankedTensorType type = tensorType(value);
    if (type.getRank() == 0)
      return value;
    if (type.hasStaticShape() && type.getNumElements() == 1 &&
        type.getRank() == 1)
      return reshape(value, {});
    if (axis < 0)
      axis += input.getRank();
    if (block == 0) {
      SmallVector<int64_t> shape(input.getRank() - axis, 1);
      shape[0] = -1;
      return shape.size() == 1 ? value : reshape(value, shape);
    }
    if (!input.hasStaticShape() || !type.hasStaticShape())
      return {};
    // Every entry `block` times, and what is too much cut off.
    SmallVector<int64_t> shape(type.getShape());
    int64_t blocks = shape[axis];
    shape.insert(shape.begin() + axis + 1, 1);
    value = reshape(value, shape);
    shape[axis + 1] = block;
    value = make<ExpandOp>(value, createInts(builder, loc, shape));
    shape.erase(shape.begin() + axis + 1);
    shape[axis] = blocks * block;
    value = reshape(value, shape);
    if (shape[axis] == input.getDimSize(axis))
      return value;
    auto one = [&](int64_t entry) { return createInts(builder, loc, {entry}); };
    return make<SliceOp>(value, one(0), one(input.getDimSize(axis)), one(axis),
                         one(1));
  }
};
} // namespace

Decomposition QuantizeOp::decompose(OpBuilder &builder) {
  auto params = getQuantParams(getType().getElementType());
  if (!params)
    return failure();
  Arithmetic a{builder, getLoc()};
  auto [scale, zeroPoint] =
      a.constants(*params, getType().getRank(), params->expressed);
  Value integers = a.quantize(getInput(), scale, zeroPoint, params->expressed,
                              getStorageType(getType().getElementType()),
                              params->low, params->high);
  return SmallVector<Value>{a.make<QuantCastOp>(integers, getToAttr())};
}

Decomposition DequantizeOp::decompose(OpBuilder &builder) {
  RankedTensorType type = tensorType(getInput());
  auto params = getQuantParams(type.getElementType());
  if (!params)
    return failure();
  Arithmetic a{builder, getLoc()};
  auto [scale, zeroPoint] =
      a.constants(*params, type.getRank(), builder.getF32Type());
  Value integers = a.make<QuantCastOp>(
      getInput(), TypeAttr::get(getStorageType(type.getElementType())));
  return SmallVector<Value>{
      a.dequantize(integers, scale, zeroPoint, params->expressed)};
}

Decomposition QuantizeLinearOp::decompose(OpBuilder &builder) {
  Arithmetic a{builder, getLoc()};
  RankedTensorType input = tensorType(getInput());
  int64_t axis = getAxis(), block = getBlockSize();
  Value scale = a.spread(getScale(), input, axis, block);
  Value zeroPoint =
      getZeroPoint() ? a.spread(getZeroPoint(), input, axis, block) : Value();
  if (!scale || (getZeroPoint() && !zeroPoint))
    return failure();
  auto integer = cast<IntegerType>(getType().getElementType());
  auto [low, high] = getIntegerRange(integer);
  return SmallVector<Value>{a.quantize(getInput(), scale, zeroPoint,
                                       cast<FloatType>(getPrecision()), integer,
                                       low, high)};
}

Decomposition DequantizeLinearOp::decompose(OpBuilder &builder) {
  Arithmetic a{builder, getLoc()};
  RankedTensorType input = tensorType(getInput());
  int64_t axis = getAxis(), block = getBlockSize();
  Value scale = a.spread(getScale(), input, axis, block);
  Value zeroPoint =
      getZeroPoint() ? a.spread(getZeroPoint(), input, axis, block) : Value();
  if (!scale || (getZeroPoint() && !zeroPoint))
    return failure();
  return SmallVector<Value>{
      a.dequantize(getInput(), scale, zeroPoint, getType().getElementType())};
}
