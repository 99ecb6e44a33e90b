//===- ReductionOps.cpp - reductions and scans -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/ShapeInference.h"

using namespace mlir;
using namespace autoglm;
using utils::IteratorType;

template <typename Adaptor>
static LogicalResult inferReduce(Loc loc, Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  auto axes = normalizeAxes(loc, adaptor.getAxes(), input.getRank());
  if (failed(axes))
    return failure();
  SmallVector<int64_t> shape;
  for (int64_t i = 0; i < input.getRank(); ++i) {
    if (!llvm::is_contained(*axes, i))
      shape.push_back(input.getDimSize(i));
    else if (adaptor.getKeepdims())
      shape.push_back(1);
  }
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

template <typename Op> static std::optional<IterationSpace> reduceSpace(Op op) {
  MLIRContext *context = op.getContext();
  RankedTensorType input = tensorType(op.getInput());
  auto axes = normalizeAxes(std::nullopt, op.getAxes(), input.getRank());
  if (failed(axes))
    return std::nullopt;
  IterationSpace space;
  space.sizes.assign(input.getShape().begin(), input.getShape().end());
  SmallVector<AffineExpr> output;
  for (int64_t i = 0; i < input.getRank(); ++i) {
    bool reduced = llvm::is_contained(*axes, i);
    space.iterators.push_back(reduced ? IteratorType::reduction
                                      : IteratorType::parallel);
    if (!reduced)
      output.push_back(getAffineDimExpr(i, context));
    else if (op.getKeepdims())
      output.push_back(getAffineConstantExpr(0, context));
  }
  space.maps = {AffineMap::getMultiDimIdentityMap(input.getRank(), context),
                AffineMap::get(input.getRank(), 0, output, context)};
  return space;
}

#define AUTOGLM_REDUCE(OP)                                                     \
  LogicalResult OP::inferReturnTypes(MLIRContext *, Loc loc, Adaptor adaptor,  \
                                     Types &types) {                           \
    return inferReduce(loc, adaptor, types);                                   \
  }                                                                            \
  std::optional<IterationSpace> OP::getIterationSpace() {                      \
    return reduceSpace(*this);                                                 \
  }
AUTOGLM_REDUCE(ReduceSumOp)
AUTOGLM_REDUCE(ReduceMeanOp)
AUTOGLM_REDUCE(ReduceMaxOp)
AUTOGLM_REDUCE(ReduceMinOp)
AUTOGLM_REDUCE(ReduceProdOp)
AUTOGLM_REDUCE(ReduceL1Op)
AUTOGLM_REDUCE(ReduceL2Op)
AUTOGLM_REDUCE(ReduceSumSquareOp)
AUTOGLM_REDUCE(ReduceLogSumOp)
AUTOGLM_REDUCE(ReduceLogSumExpOp)

template <typename Adaptor>
static LogicalResult inferArgReduce(Loc loc, Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  auto axis = normalizeAxis(loc, adaptor.getAxis(), input.getRank());
  if (failed(axis))
    return failure();
  if (input.getDimSize(*axis) == 0)
    return emitOptionalError(
        loc, "dimension ", *axis,
        " is empty and has no largest or smallest element");
  SmallVector<int64_t> shape(input.getShape());
  if (adaptor.getKeepdims())
    shape[*axis] = 1;
  else
    shape.erase(shape.begin() + *axis);
  types.push_back(
      RankedTensorType::get(shape, IntegerType::get(input.getContext(), 64)));
  return success();
}

LogicalResult ArgMaxOp::inferReturnTypes(MLIRContext *, Loc loc,
                                         Adaptor adaptor, Types &types) {
  return inferArgReduce(loc, adaptor, types);
}

LogicalResult ArgMinOp::inferReturnTypes(MLIRContext *, Loc loc,
                                         Adaptor adaptor, Types &types) {
  return inferArgReduce(loc, adaptor, types);
}

LogicalResult CumSumOp::inferReturnTypes(MLIRContext *, Loc loc,
                                         Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  types.push_back(
      RankedTensorType::get(input.getShape(), input.getElementType()));
  return normalizeAxis(loc, adaptor.getAxis(), input.getRank());
}
