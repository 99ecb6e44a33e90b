//===- ScatterOps.cpp - gathering, scattering and sorting by index -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/ShapeInference.h"

using namespace mlir;
using namespace autoglm;

/// The length of the index tuples, which the shape of the result depends on.
static FailureOr<int64_t> getTupleLength(Loc loc, Value indices,
                                         int64_t maximum) {
  RankedTensorType type = tensorType(indices);
  if (type.getRank() == 0)
    return emitOptionalError(loc, "indices must have rank 1 or more");
  int64_t length = type.getShape().back();
  if (ShapedType::isDynamic(length))
    return emitOptionalError(
        loc, "the last dimension of the indices must be known, got ",
        formatShape(type.getShape()));
  if (length > maximum)
    return emitOptionalError(loc, "index tuples of ", length,
                             " entries are longer than the ", maximum,
                             " dimensions they index");
  return length;
}

static LogicalResult checkReduction(Loc loc, StringRef reduction,
                                    Type elementType) {
  if (reduction == "none")
    return success();
  if (reduction != "add" && reduction != "mul" && reduction != "max" &&
      reduction != "min")
    return emitOptionalError(loc, "reduction '", reduction,
                             "' is none of none, add, mul, max, min");
  if (elementType.isInteger(1))
    return emitOptionalError(loc, "reduction '", reduction,
                             "' needs numbers, got bool");
  return success();
}

static LogicalResult checkUpdates(Loc loc, Value input, Value updates,
                                  ArrayRef<int64_t> shape) {
  RankedTensorType type = tensorType(updates);
  Type element = tensorType(input).getElementType();
  if (type.getElementType() != element)
    return emitOptionalError(loc, "updates have element type ",
                             type.getElementType(), ", expected ", element);
  if (failed(verifyCompatibleShape(type.getShape(), shape)))
    return emitOptionalError(loc, "updates have shape ",
                             formatShape(type.getShape()), ", expected ",
                             formatShape(shape));
  return success();
}

LogicalResult GatherNDOp::inferReturnTypes(MLIRContext *, Loc loc,
                                           Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  RankedTensorType indices = tensorType(adaptor.getIndices());
  int64_t batch = adaptor.getBatchDims();
  if (batch < 0 || batch >= input.getRank() || batch >= indices.getRank())
    return emitOptionalError(
        loc, "batch_dims ", batch, " must be below the ranks ", input.getRank(),
        " of the input and ", indices.getRank(), " of the indices");
  auto length =
      getTupleLength(loc, adaptor.getIndices(), input.getRank() - batch);
  if (failed(length))
    return failure();
  if (failed(verifyCompatibleShape(input.getShape().take_front(batch),
                                   indices.getShape().take_front(batch))))
    return emitOptionalError(loc, "input ", formatShape(input.getShape()),
                             " and indices ", formatShape(indices.getShape()),
                             " do not share ", batch, " batch dimensions");
  SmallVector<int64_t> shape(indices.getShape().drop_back());
  llvm::append_range(shape, input.getShape().drop_front(batch + *length));
  types.push_back(withShape(adaptor.getInput(), shape));
  return success();
}

LogicalResult ScatterNDOp::inferReturnTypes(MLIRContext *, Loc loc,
                                            Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  RankedTensorType indices = tensorType(adaptor.getIndices());
  auto length = getTupleLength(loc, adaptor.getIndices(), input.getRank());
  if (failed(length))
    return failure();
  SmallVector<int64_t> shape(indices.getShape().drop_back());
  llvm::append_range(shape, input.getShape().drop_front(*length));
  types.push_back(withShape(adaptor.getInput(), input.getShape()));
  if (failed(
          checkUpdates(loc, adaptor.getInput(), adaptor.getUpdates(), shape)))
    return failure();
  return checkReduction(loc, adaptor.getReduction(), input.getElementType());
}

LogicalResult ScatterElementsOp::inferReturnTypes(MLIRContext *, Loc loc,
                                                  Adaptor adaptor,
                                                  Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  RankedTensorType indices = tensorType(adaptor.getIndices());
  FailureOr<int64_t> axis =
      normalizeAxis(loc, adaptor.getAxis(), input.getRank());
  if (failed(axis))
    return failure();
  if (indices.getRank() != input.getRank())
    return emitOptionalError(loc, "indices must have rank ", input.getRank(),
                             ", got ", indices.getRank());
  for (int64_t i = 0; i < input.getRank(); ++i)
    if (i != *axis && !input.isDynamicDim(i) && !indices.isDynamicDim(i) &&
        indices.getDimSize(i) > input.getDimSize(i))
      return emitOptionalError(loc, "dimension ", i, " of indices has size ",
                               indices.getDimSize(i), ", the input's only ",
                               input.getDimSize(i));
  types.push_back(withShape(adaptor.getInput(), input.getShape()));
  if (failed(checkUpdates(loc, adaptor.getInput(), adaptor.getUpdates(),
                          indices.getShape())))
    return failure();
  return checkReduction(loc, adaptor.getReduction(), input.getElementType());
}

LogicalResult TopKOp::inferReturnTypes(MLIRContext *context, Loc loc,
                                       Adaptor adaptor, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  FailureOr<int64_t> axis =
      normalizeAxis(loc, adaptor.getAxis(), input.getRank());
  if (failed(axis))
    return failure();
  int64_t k = adaptor.getK();
  if (k < 0 || (!input.isDynamicDim(*axis) && k > input.getDimSize(*axis)))
    return emitOptionalError(loc, "cannot take ", k, " elements of dimension ",
                             *axis, " of ", formatShape(input.getShape()));
  SmallVector<int64_t> shape(input.getShape());
  shape[*axis] = k;
  types.push_back(withShape(adaptor.getInput(), shape));
  types.push_back(RankedTensorType::get(shape, IntegerType::get(context, 64)));
  return success();
}

LogicalResult NonZeroOp::inferReturnTypes(MLIRContext *context, Loc,
                                          Adaptor adaptor, Types &types) {
  // A scalar counts as a vector of one element.
  int64_t rank = std::max<int64_t>(1, tensorType(adaptor.getInput()).getRank());
  types.push_back(RankedTensorType::get({rank, ShapedType::kDynamic},
                                        IntegerType::get(context, 64)));
  return success();
}
