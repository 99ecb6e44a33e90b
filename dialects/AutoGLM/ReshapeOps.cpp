//===- ReshapeOps.cpp - operations that keep every element in its place -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/ShapeInference.h"

#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace autoglm;

LogicalResult IdentityOp::inferReturnTypes(MLIRContext *, Loc, Adaptor adaptor,
                                           Types &types) {
  types.push_back(
      withShape(adaptor.getInput(), tensorType(adaptor.getInput()).getShape()));
  return success();
}

std::optional<IterationSpace> IdentityOp::getIterationSpace() {
  return elementwiseSpace(*this);
}

OpFoldResult IdentityOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : OpFoldResult();
}

LogicalResult ReshapeOp::inferReturnTypes(MLIRContext *, Loc loc,
                                          Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  auto wanted = getConstantInts(adaptor.getShape());
  if (!wanted) {
    auto rank = getShapeLength(loc, adaptor.getShape(), "shape");
    if (failed(rank))
      return failure();
    types.push_back(withShape(
        adaptor.getInput(), SmallVector<int64_t>(*rank, ShapedType::kDynamic)));
    return success();
  }
  int64_t unknown = -1, known = 1;
  SmallVector<int64_t> shape;
  for (auto [index, dim] : llvm::enumerate(*wanted)) {
    if (dim == 0 && !adaptor.getAllowzero()) {
      if (static_cast<int64_t>(index) >= input.getRank())
        return emitOptionalError(
            loc, "entry ", index, " of shape is 0 (copy), but the input ",
            formatShape(input.getShape()), " has no such dimension");
      dim = input.getDimSize(index);
    } else if (dim == -1) {
      if (unknown >= 0)
        return emitOptionalError(loc, "shape has more than one -1");
      unknown = index;
    } else if (dim < 0) {
      return emitOptionalError(loc, "entry ", index, " of shape is ", dim);
    }
    shape.push_back(dim);
    if (dim != -1 && !ShapedType::isDynamic(dim) &&
        llvm::MulOverflow(known, dim, known))
      return emitOptionalError(loc, "shape is too large");
  }
  bool allKnown = llvm::none_of(shape, ShapedType::isDynamic);
  if (unknown >= 0) {
    shape[unknown] = ShapedType::kDynamic;
    if (allKnown && input.hasStaticShape()) {
      int64_t total = input.getNumElements();
      if (known == 0 ? total != 0 : total % known != 0)
        return emitOptionalError(loc, "cannot reshape ",
                                 formatShape(input.getShape()), " to ",
                                 formatShape(*wanted), ": ", total,
                                 " elements do not divide by ", known);
      shape[unknown] = known == 0 ? 0 : total / known;
    }
  } else if (allKnown && input.hasStaticShape() &&
             known != input.getNumElements()) {
    return emitOptionalError(loc, "cannot reshape ",
                             formatShape(input.getShape()), " (",
                             input.getNumElements(), " elements) to ",
                             formatShape(shape), " (", known, " elements)");
  }
  types.push_back(withShape(adaptor.getInput(), shape));
  return success();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  return getType().hasStaticShape() && getInput().getType() == getType()
             ? getInput()
             : OpFoldResult();
}

namespace {
/// reshape(reshape(x)) is one reshape, to a shape that is written out so that
/// no 0 copies a dimension of what is gone.
struct MergeReshapes : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<ReshapeOp>();
    if (!inner || !op.getType().hasStaticShape())
      return failure();
    Value shape = createInts(rewriter, op.getLoc(), op.getType().getShape());
    rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), inner.getInput(),
                                           shape, /*allowzero=*/true);
    return success();
  }
};
} // namespace

void ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                            MLIRContext *context) {
  patterns.add<MergeReshapes>(context);
}

LogicalResult FlattenOp::inferReturnTypes(MLIRContext *, Loc loc,
                                          Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  int64_t rank = input.getRank(), axis = adaptor.getAxis();
  if (axis < -rank || axis > rank)
    return emitOptionalError(loc, "axis ", axis, " is outside [", -rank, ", ",
                             rank, "]");
  if (axis < 0)
    axis += rank;
  auto product = [](ArrayRef<int64_t> dims) {
    int64_t result = 1;
    for (int64_t dim : dims) {
      if (ShapedType::isDynamic(dim) || llvm::MulOverflow(result, dim, result))
        return ShapedType::kDynamic;
    }
    return result;
  };
  types.push_back(withShape(adaptor.getInput(),
                            {product(input.getShape().take_front(axis)),
                             product(input.getShape().drop_front(axis))}));
  return success();
}

LogicalResult SqueezeOp::inferReturnTypes(MLIRContext *, Loc loc,
                                          Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  auto axes = normalizeAxes(loc, adaptor.getAxes(), input.getRank());
  if (failed(axes))
    return failure();
  SmallVector<int64_t> shape;
  for (int64_t i = 0; i < input.getRank(); ++i) {
    if (!llvm::is_contained(*axes, i))
      shape.push_back(input.getDimSize(i));
    else if (input.getDimSize(i) != 1 && !input.isDynamicDim(i))
      return emitOptionalError(loc, "dimension ", i, " has size ",
                               input.getDimSize(i), ", expected 1");
  }
  types.push_back(withShape(adaptor.getInput(), shape));
  return success();
}

LogicalResult UnsqueezeOp::inferReturnTypes(MLIRContext *, Loc loc,
                                            Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  int64_t rank = input.getRank() + adaptor.getAxes().size();
  auto axes = normalizeAxes(loc, adaptor.getAxes(), rank);
  if (failed(axes))
    return failure();
  SmallVector<int64_t> shape;
  const int64_t *next = input.getShape().begin();
  for (int64_t i = 0; i < rank; ++i)
    shape.push_back(llvm::is_contained(*axes, i) ? 1 : *next++);
  types.push_back(withShape(adaptor.getInput(), shape));
  return success();
}
