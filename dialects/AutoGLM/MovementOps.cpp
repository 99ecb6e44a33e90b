//===- MovementOps.cpp - operations that move elements -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/ShapeInference.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace autoglm;
using utils::IteratorType;

//===----------------------------------------------------------------------===//
// Transpose and Expand
//===----------------------------------------------------------------------===//

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *, Loc loc,
                                            Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  auto perm = normalizeAxes(loc, adaptor.getPerm(), input.getRank());
  if (failed(perm))
    return failure();
  if (static_cast<int64_t>(perm->size()) != input.getRank())
    return emitOptionalError(loc, "perm has ", perm->size(),
                             " entries, expected ", input.getRank());
  types.push_back(withShape(adaptor.getInput(),
                            llvm::map_to_vector(*perm, [&](int64_t dim) {
                              return input.getDimSize(dim);
                            })));
  return success();
}

std::optional<IterationSpace> TransposeOp::getIterationSpace() {
  int64_t rank = getType().getRank();
  IterationSpace space;
  space.sizes.assign(getType().getShape().begin(), getType().getShape().end());
  space.iterators.assign(rank, IteratorType::parallel);
  SmallVector<AffineExpr> input(rank);
  for (auto [index, dim] : llvm::enumerate(getPerm()))
    input[dim < 0 ? dim + rank : dim] = getAffineDimExpr(index, getContext());
  space.maps = {AffineMap::get(rank, 0, input, getContext()),
                AffineMap::getMultiDimIdentityMap(rank, getContext())};
  return space;
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  for (auto [index, dim] : llvm::enumerate(getPerm()))
    if (dim != static_cast<int64_t>(index))
      return {};
  return getInput().getType() == getType() ? getInput() : OpFoldResult();
}

namespace {
/// transpose(transpose(x)) is one transpose.
struct MergeTransposes : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<TransposeOp>();
    if (!inner)
      return failure();
    int64_t rank = op.getType().getRank();
    SmallVector<int64_t> perm;
    for (int64_t dim : op.getPerm()) {
      int64_t source = inner.getPerm()[dim < 0 ? dim + rank : dim];
      perm.push_back(source < 0 ? source + rank : source);
    }
    rewriter.replaceOpWithNewOp<TransposeOp>(op, op.getType(), inner.getInput(),
                                             perm);
    return success();
  }
};

/// A transpose that moves only dimensions of size 1 changes no byte.
struct TransposeOfUnitsToReshape : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    RankedTensorType input = tensorType(op.getInput());
    int64_t rank = input.getRank();
    if (!input.hasStaticShape())
      return failure();
    int64_t last = -1;
    for (int64_t dim : op.getPerm()) {
      dim = dim < 0 ? dim + rank : dim;
      if (input.getDimSize(dim) == 1)
        continue;
      if (dim < last)
        return failure();
      last = dim;
    }
    Value shape = createInts(rewriter, op.getLoc(), op.getType().getShape());
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getInput(),
                                           shape, /*allowzero=*/true);
    return success();
  }
};
} // namespace

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<MergeTransposes, TransposeOfUnitsToReshape>(context);
}

LogicalResult ExpandOp::inferReturnTypes(MLIRContext *, Loc loc,
                                         Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  if (auto wanted = getConstantInts(adaptor.getShape())) {
    if (llvm::any_of(*wanted, [](int64_t dim) { return dim < 0; }))
      return emitOptionalError(loc, "shape has a negative entry");
    auto shape = broadcastShapes(loc, {input.getShape(), *wanted});
    if (failed(shape))
      return failure();
    types.push_back(withShape(adaptor.getInput(), *shape));
    return success();
  }
  auto length = getShapeLength(loc, adaptor.getShape(), "shape");
  if (failed(length))
    return failure();
  SmallVector<int64_t> shape(std::max(*length, input.getRank()),
                             ShapedType::kDynamic);
  // A dimension above 1 stays what it is, whatever it is broadcast against.
  for (int64_t i = 0; i < input.getRank(); ++i)
    if (input.getDimSize(i) > 1)
      shape[shape.size() - input.getRank() + i] = input.getDimSize(i);
  types.push_back(withShape(adaptor.getInput(), shape));
  return success();
}

std::optional<IterationSpace> ExpandOp::getIterationSpace() {
  if (!getType().hasStaticShape() || !tensorType(getInput()).hasStaticShape())
    return std::nullopt;
  RankedTensorType input = tensorType(getInput());
  int64_t rank = getType().getRank();
  IterationSpace space;
  space.sizes.assign(getType().getShape().begin(), getType().getShape().end());
  space.iterators.assign(rank, IteratorType::parallel);
  SmallVector<AffineExpr> exprs;
  for (int64_t i = 0; i < input.getRank(); ++i) {
    int64_t loop = rank - input.getRank() + i;
    exprs.push_back(input.getDimSize(i) == 1 && space.sizes[loop] != 1
                        ? getAffineConstantExpr(0, getContext())
                        : getAffineDimExpr(loop, getContext()));
  }
  space.maps = {AffineMap::get(rank, 0, exprs, getContext()), AffineMap(),
                AffineMap::getMultiDimIdentityMap(rank, getContext())};
  return space;
}

OpFoldResult ExpandOp::fold(FoldAdaptor) {
  return getType().hasStaticShape() && getInput().getType() == getType()
             ? getInput()
             : OpFoldResult();
}

LogicalResult TileOp::inferReturnTypes(MLIRContext *, Loc loc, Adaptor adaptor,
                                       Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  SmallVector<int64_t> shape(input.getRank(), ShapedType::kDynamic);
  if (auto repeats = getConstantInts(adaptor.getRepeats())) {
    if (static_cast<int64_t>(repeats->size()) != input.getRank())
      return emitOptionalError(loc, "repeats has ", repeats->size(),
                               " entries, expected ", input.getRank());
    for (auto [index, repeat] : llvm::enumerate(*repeats)) {
      if (repeat < 0)
        return emitOptionalError(loc, "repeats has a negative entry");
      if (!input.isDynamicDim(index) &&
          llvm::MulOverflow(input.getDimSize(index), repeat, shape[index]))
        return emitOptionalError(loc, "the result is too large");
    }
  }
  types.push_back(withShape(adaptor.getInput(), shape));
  return success();
}

//===----------------------------------------------------------------------===//
// Concat, Split, Slice, Pad
//===----------------------------------------------------------------------===//

LogicalResult ConcatOp::inferReturnTypes(MLIRContext *, Loc loc,
                                         Adaptor adaptor, Types &types) {
  if (adaptor.getInputs().empty())
    return emitOptionalError(loc, "expected at least one input");
  RankedTensorType first = tensorType(adaptor.getInputs().front());
  auto axis = normalizeAxis(loc, adaptor.getAxis(), first.getRank());
  if (failed(axis))
    return failure();
  SmallVector<int64_t> shape(first.getShape());
  for (Value input : adaptor.getInputs().drop_front()) {
    RankedTensorType type = tensorType(input);
    if (type.getElementType() != first.getElementType())
      return emitOptionalError(
          loc, "inputs have element types ", first.getElementType(), " and ",
          type.getElementType(), ", expected one element type");
    if (type.getRank() != first.getRank())
      return emitOptionalError(loc, "inputs have rank ", first.getRank(),
                               " and ", type.getRank());
    for (int64_t i = 0; i < type.getRank(); ++i) {
      int64_t dim = type.getDimSize(i);
      if (i == *axis) {
        if (ShapedType::isDynamic(dim) || ShapedType::isDynamic(shape[i]))
          shape[i] = ShapedType::kDynamic;
        else if (llvm::AddOverflow(shape[i], dim, shape[i]))
          return emitOptionalError(loc, "the result is too large");
      } else if (ShapedType::isDynamic(shape[i]))
        shape[i] = dim;
      else if (!ShapedType::isDynamic(dim) && dim != shape[i])
        return emitOptionalError(loc, "inputs have shapes ",
                                 formatShape(first.getShape()), " and ",
                                 formatShape(type.getShape()),
                                 ", which differ outside axis ", *axis);
    }
  }
  types.push_back(withShape(adaptor.getInputs().front(), shape));
  return success();
}

OpFoldResult ConcatOp::fold(FoldAdaptor) {
  return getInputs().size() == 1 && getInputs().front().getType() == getType()
             ? getInputs().front()
             : OpFoldResult();
}

LogicalResult SplitOp::inferReturnTypes(MLIRContext *, Loc loc, Adaptor adaptor,
                                        Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  auto axis = normalizeAxis(loc, adaptor.getAxis(), input.getRank());
  if (failed(axis))
    return failure();
  SmallVector<int64_t> shape(input.getShape());
  int64_t total = 0;
  for (int64_t size : adaptor.getSizes()) {
    if (size < 0)
      return emitOptionalError(loc, "sizes has a negative entry");
    if (llvm::AddOverflow(total, size, total))
      return emitOptionalError(loc, "sizes add up to more than a dimension "
                                    "can be");
    shape[*axis] = size;
    types.push_back(withShape(adaptor.getInput(), shape));
  }
  if (!input.isDynamicDim(*axis) && total != input.getDimSize(*axis))
    return emitOptionalError(loc, "sizes add up to ", total, ", but dimension ",
                             *axis, " has size ", input.getDimSize(*axis));
  return success();
}

LogicalResult SliceOp::inferReturnTypes(MLIRContext *, Loc loc, Adaptor adaptor,
                                        Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  SmallVector<int64_t> shape(input.getShape());
  auto axes = getConstantInts(adaptor.getAxes());
  if (!axes) {
    shape.assign(input.getRank(), ShapedType::kDynamic);
    types.push_back(withShape(adaptor.getInput(), shape));
    return success();
  }
  auto normal = normalizeAxes(loc, *axes, input.getRank());
  if (failed(normal))
    return failure();
  auto starts = getConstantInts(adaptor.getStarts());
  auto ends = getConstantInts(adaptor.getEnds());
  auto steps = getConstantInts(adaptor.getSteps());
  for (Value operand : adaptor.getOperands().drop_front()) {
    int64_t length = tensorType(operand).getDimSize(0);
    if (!ShapedType::isDynamic(length) &&
        length != static_cast<int64_t>(axes->size()))
      return emitOptionalError(loc, "starts, ends, axes and steps must be "
                                    "equally long");
  }
  for (auto [index, axis] : llvm::enumerate(*normal)) {
    if (steps && (*steps)[index] == 0)
      return emitOptionalError(loc, "step of axis ", axis, " is 0");
    if (!starts || !ends || !steps || input.isDynamicDim(axis)) {
      shape[axis] = ShapedType::kDynamic;
      continue;
    }
    int64_t dim = input.getDimSize(axis), step = (*steps)[index];
    auto clamp = [&](int64_t bound, int64_t low, int64_t high) {
      if (bound < 0)
        bound = bound < -dim ? low : bound + dim;
      return std::clamp(bound, low, high);
    };
    int64_t start = step > 0 ? clamp((*starts)[index], 0, dim)
                             : clamp((*starts)[index], 0, dim - 1);
    int64_t end = step > 0 ? clamp((*ends)[index], 0, dim)
                           : clamp((*ends)[index], -1, dim - 1);
    int64_t span = step > 0 ? end - start : start - end;
    // Division first: steps as far as INT64_MIN appear in exported models.
    uint64_t stride = step > 0 ? step : 0 - static_cast<uint64_t>(step);
    shape[axis] = span <= 0 || dim == 0 ? 0 : (span - 1) / stride + 1;
  }
  types.push_back(withShape(adaptor.getInput(), shape));
  return success();
}

LogicalResult PadOp::inferReturnTypes(MLIRContext *, Loc loc, Adaptor adaptor,
                                      Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  StringRef mode = adaptor.getMode();
  if (mode != "constant" && mode != "reflect" && mode != "edge" &&
      mode != "wrap")
    return emitOptionalError(loc, "mode '", mode,
                             "' is none of constant, reflect, edge, wrap");
  RankedTensorType value = tensorType(adaptor.getValue());
  if (value.getRank() != 0 || value.getElementType() != input.getElementType())
    return emitOptionalError(loc, "value must be a scalar of the input's "
                                  "element type");
  SmallVector<int64_t> shape(input.getRank(), ShapedType::kDynamic);
  if (auto pads = getConstantInts(adaptor.getPads())) {
    if (static_cast<int64_t>(pads->size()) != 2 * input.getRank())
      return emitOptionalError(loc, "pads has ", pads->size(),
                               " entries, expected ", 2 * input.getRank());
    for (int64_t i = 0; i < input.getRank(); ++i) {
      if (input.isDynamicDim(i))
        continue;
      int64_t dim = input.getDimSize(i), begin = (*pads)[i],
              end = (*pads)[input.getRank() + i];
      if (llvm::AddOverflow(dim, begin, shape[i]) ||
          llvm::AddOverflow(shape[i], end, shape[i]) || shape[i] < 0)
        return emitOptionalError(loc, "dimension ", i, " of size ", dim,
                                 " padded by ", begin, " and ", end,
                                 " has no valid size");
      if ((mode == "reflect" &&
           std::max(begin, end) >= std::max<int64_t>(dim, 1)) ||
          (mode != "constant" && dim == 0 && shape[i] > 0))
        return emitOptionalError(loc, "dimension ", i, " of size ", dim,
                                 " is too small to be padded by ", begin,
                                 " and ", end, " in mode ", mode);
    }
  }
  types.push_back(withShape(adaptor.getInput(), shape));
  return success();
}

//===----------------------------------------------------------------------===//
// Gather, Trilu
//===----------------------------------------------------------------------===//

LogicalResult GatherOp::inferReturnTypes(MLIRContext *, Loc loc,
                                         Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  auto axis = normalizeAxis(loc, adaptor.getAxis(), input.getRank());
  if (failed(axis))
    return failure();
  int64_t dim = input.getDimSize(*axis);
  if (auto indices = getConstantInts(adaptor.getIndices());
      indices && !ShapedType::isDynamic(dim))
    for (int64_t index : *indices)
      if (index < -dim || index >= dim)
        return emitOptionalError(loc, "index ", index, " is outside [", -dim,
                                 ", ", dim - 1, "] of axis ", *axis);
  SmallVector<int64_t> shape(input.getShape().take_front(*axis));
  llvm::append_range(shape, tensorType(adaptor.getIndices()).getShape());
  llvm::append_range(shape, input.getShape().drop_front(*axis + 1));
  types.push_back(withShape(adaptor.getInput(), shape));
  return success();
}

LogicalResult GatherElementsOp::inferReturnTypes(MLIRContext *, Loc loc,
                                                 Adaptor adaptor,
                                                 Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  RankedTensorType indices = tensorType(adaptor.getIndices());
  if (input.getRank() != indices.getRank())
    return emitOptionalError(loc, "input and indices have rank ",
                             input.getRank(), " and ", indices.getRank());
  types.push_back(withShape(adaptor.getInput(), indices.getShape()));
  return normalizeAxis(loc, adaptor.getAxis(), input.getRank());
}

LogicalResult TriluOp::inferReturnTypes(MLIRContext *, Loc loc, Adaptor adaptor,
                                        Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  if (input.getRank() < 2)
    return emitOptionalError(loc, "input must have rank 2 or more, got ",
                             input.getRank());
  types.push_back(withShape(adaptor.getInput(), input.getShape()));
  return success();
}

//===----------------------------------------------------------------------===//
// Shape, Size, ConstantOfShape, Range
//===----------------------------------------------------------------------===//

/// The dimensions that a shape operation gives.
static ArrayRef<int64_t> slicedShape(RankedTensorType input, int64_t start,
                                     std::optional<int64_t> end) {
  int64_t rank = input.getRank();
  auto clamp = [&](int64_t bound) {
    return std::clamp<int64_t>(bound < 0 ? bound + rank : bound, 0, rank);
  };
  int64_t first = clamp(start), last = clamp(end.value_or(rank));
  return input.getShape().slice(first, std::max<int64_t>(0, last - first));
}

LogicalResult ShapeOp::inferReturnTypes(MLIRContext *context, Loc,
                                        Adaptor adaptor, Types &types) {
  int64_t length = slicedShape(tensorType(adaptor.getInput()),
                               adaptor.getStart(), adaptor.getEnd())
                       .size();
  types.push_back(
      RankedTensorType::get({length}, IntegerType::get(context, 64)));
  return success();
}

OpFoldResult ShapeOp::fold(FoldAdaptor) {
  ArrayRef<int64_t> dims =
      slicedShape(tensorType(getInput()), getStart(), getEnd());
  if (llvm::any_of(dims, ShapedType::isDynamic))
    return {};
  return DenseElementsAttr::get(getType(), dims);
}

LogicalResult SizeOp::inferReturnTypes(MLIRContext *context, Loc, Adaptor,
                                       Types &types) {
  types.push_back(RankedTensorType::get({}, IntegerType::get(context, 64)));
  return success();
}

OpFoldResult SizeOp::fold(FoldAdaptor) {
  RankedTensorType input = tensorType(getInput());
  if (!input.hasStaticShape())
    return {};
  return DenseElementsAttr::get(getType(), input.getNumElements());
}

LogicalResult ConstantOfShapeOp::inferReturnTypes(MLIRContext *, Loc loc,
                                                  Adaptor adaptor,
                                                  Types &types) {
  if (adaptor.getValue().getNumElements() != 1)
    return emitOptionalError(loc, "value must have one element, got ",
                             adaptor.getValue().getNumElements());
  SmallVector<int64_t> shape;
  if (auto dims = getConstantInts(adaptor.getShape())) {
    if (llvm::any_of(*dims, [](int64_t dim) { return dim < 0; }))
      return emitOptionalError(loc, "shape has a negative entry");
    shape = *dims;
  } else {
    auto length = getShapeLength(loc, adaptor.getShape(), "shape");
    if (failed(length))
      return failure();
    shape.assign(*length, ShapedType::kDynamic);
  }
  types.push_back(
      RankedTensorType::get(shape, adaptor.getValue().getElementType()));
  return success();
}

/// The value of a constant of one element.
static std::optional<double> getConstantScalar(Value value) {
  DenseElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr)) || attr.getNumElements() != 1)
    return std::nullopt;
  auto tensor = Tensor::fromAttr(attr);
  return failed(tensor) ? std::nullopt
                        : std::optional<double>(tensor->getFloat(0));
}

LogicalResult RangeOp::inferReturnTypes(MLIRContext *, Loc loc, Adaptor adaptor,
                                        Types &types) {
  Type elementType = tensorType(adaptor.getStart()).getElementType();
  for (Value operand : adaptor.getOperands())
    if (tensorType(operand).getRank() != 0 ||
        tensorType(operand).getElementType() != elementType)
      return emitOptionalError(
          loc, "start, limit and delta must be scalars of one element type");
  auto start = getConstantScalar(adaptor.getStart());
  auto limit = getConstantScalar(adaptor.getLimit());
  auto delta = getConstantScalar(adaptor.getDelta());
  int64_t length = ShapedType::kDynamic;
  if (delta && *delta == 0)
    return emitOptionalError(loc, "delta is 0");
  if (start && limit && delta) {
    double count = std::ceil((*limit - *start) / *delta);
    if (!(count < 1e15))
      return emitOptionalError(loc, "the range has too many elements");
    length = std::max<double>(0, count);
  }
  types.push_back(RankedTensorType::get({length}, elementType));
  return success();
}
