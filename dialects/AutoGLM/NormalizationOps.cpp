//===- NormalizationOps.cpp - normalization without stored statistics -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/Composer.h"

using namespace mlir;
using namespace autoglm;

//===----------------------------------------------------------------------===//
// RMSNormalization
//===----------------------------------------------------------------------===//

LogicalResult RMSNormalizationOp::inferReturnTypes(MLIRContext *, Loc loc,
                                                   Adaptor adaptor,
                                                   Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  RankedTensorType scale = tensorType(adaptor.getScale());
  if (failed(normalizeAxis(loc, adaptor.getAxis(), input.getRank())))
    return failure();
  auto merged = broadcastShapes(loc, {input.getShape(), scale.getShape()});
  if (failed(merged))
    return failure();
  if (failed(verifyCompatibleShape(*merged, input.getShape())))
    return emitOptionalError(
        loc, "scale of shape ", formatShape(scale.getShape()),
        " does not broadcast to ", formatShape(input.getShape()));
  if (scale.getElementType() != input.getElementType())
    return emitOptionalError(loc, "scale has element type ",
                             scale.getElementType(), ", expected ",
                             input.getElementType());
  types.push_back(
      RankedTensorType::get(input.getShape(), input.getElementType()));
  return success();
}

/// The type that statistics are computed in.
static Type statisticsType(Type elementType) {
  return elementType.isF64() ? elementType
                             : Float32Type::get(elementType.getContext());
}

Decomposition RMSNormalizationOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  Type outputType = c.elementType;
  c.elementType = statisticsType(outputType);
  int64_t rank = tensorType(getInput()).getRank(), axis = getAxis();
  if (axis < 0)
    axis += rank;
  auto axes = llvm::to_vector(llvm::seq<int64_t>(axis, rank));
  Value x = c.cast(getInput(), c.elementType);
  Value mean = c.make<ReduceMeanOp>(c.mul(x, x), axes);
  Value inverse = c.make<ReciprocalOp>(
      c.make<SqrtOp>(c.add(mean, c.constant(getEpsilon().convertToDouble()))));
  return SmallVector<Value>{
      c.mul(c.cast(c.mul(x, inverse), outputType), getScale())};
}

//===----------------------------------------------------------------------===//
// GroupNormalization
//===----------------------------------------------------------------------===//

LogicalResult GroupNormalizationOp::inferReturnTypes(MLIRContext *, Loc loc,
                                                     Adaptor adaptor,
                                                     Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  if (input.getRank() < 3)
    return emitOptionalError(loc, "input must have rank 3 or more, got ",
                             input.getRank());
  int64_t groups = adaptor.getNumGroups(), channels = input.getDimSize(1);
  if (groups < 1)
    return emitOptionalError(loc, "num_groups must be positive, got ", groups);
  if (!ShapedType::isDynamic(channels) && channels % groups != 0)
    return emitOptionalError(loc, channels, " channels do not divide into ",
                             groups, " groups");
  types.push_back(
      RankedTensorType::get(input.getShape(), input.getElementType()));
  return checkChannelVectors(loc, adaptor.getInput(),
                             {adaptor.getScale(), adaptor.getBias()});
}

Decomposition GroupNormalizationOp::decompose(OpBuilder &builder) {
  RankedTensorType type = getType();
  if (!type.hasStaticShape())
    return failure();
  Composer c = composerFor(*this, builder);
  Type outputType = c.elementType;
  c.elementType = statisticsType(outputType);
  int64_t groups = getNumGroups(), rank = type.getRank();
  // (N, groups, the rest as one dimension).
  SmallVector<int64_t> grouped{type.getDimSize(0), groups,
                               type.getDimSize(1) / groups};
  for (int64_t dim : type.getShape().drop_front(2))
    grouped[2] *= dim;
  Value x = c.cast(c.reshape(getInput(), grouped), c.elementType);
  Value normal = normalize(c, x, {2}, getEpsilon().convertToDouble())[0];
  normal = c.cast(c.reshape(normal, type.getShape()), outputType);
  return SmallVector<Value>{
      c.add(c.mul(normal, alongChannels(c, getScale(), rank)),
            alongChannels(c, getBias(), rank))};
}

//===----------------------------------------------------------------------===//
// LRN
//===----------------------------------------------------------------------===//

LogicalResult LRNOp::inferReturnTypes(MLIRContext *, Loc loc, Adaptor adaptor,
                                      Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  int64_t size = adaptor.getSize();
  if (input.getRank() < 2)
    return emitOptionalError(loc, "input must have rank 2 or more, got ",
                             input.getRank());
  if (size < 1)
    return emitOptionalError(loc, "size must be positive, got ", size);
  types.push_back(
      RankedTensorType::get(input.getShape(), input.getElementType()));
  return success();
}

Decomposition LRNOp::decompose(OpBuilder &builder) {
  RankedTensorType type = getType();
  if (!type.hasStaticShape())
    return failure();
  Composer c = composerFor(*this, builder);
  // The channels are the rows of an image of one channel; the mean over a
  // window that counts its padding is the sum over `size`.
  int64_t size = getSize(), before = (size - 1) / 2, plane = 1;
  for (int64_t dim : type.getShape().drop_front(2))
    plane *= dim;
  Value image = c.reshape(c.mul(getInput(), getInput()),
                          {type.getDimSize(0), 1, type.getDimSize(1), plane});
  Value mean = c.make<AveragePoolOp>(
      image, ArrayRef<int64_t>{size, 1}, ArrayRef<int64_t>{1, 1},
      ArrayRef<int64_t>{before, 0, size - 1 - before, 0},
      ArrayRef<int64_t>{1, 1}, /*ceil_mode=*/false,
      /*count_include_pad=*/true);
  Value base = c.add(c.mul(c.reshape(mean, type.getShape()),
                           c.constant(getAlpha().convertToDouble())),
                     c.constant(getBias().convertToDouble()));
  Value power = c.make<PowOp>(base, c.constant(getBeta().convertToDouble()));
  return SmallVector<Value>{c.div(getInput(), power)};
}
