//===- Movement.cpp - meaning of operations that move elements -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Most of these say, per dimension of the result, which part of the source's
// offset each index contributes; see copyByTables.
//
//===----------------------------------------------------------------------===//

#include "Values.h"

#include <cstring>

using namespace mlir;

namespace autoglm::reference {

using Tables = SmallVector<Values<int64_t>>;

/// offset, offset + stride, … `count` times.
static Values<int64_t> steps(int64_t count, int64_t stride,
                             int64_t offset = 0) {
  Values<int64_t> table(count);
  for (int64_t i = 0; i < count; ++i)
    table[i] = wrapAdd(offset, wrapMul(i, stride));
  return table;
}

/// Tables that leave every dimension as it is.
static Tables identityTables(ArrayRef<int64_t> shape) {
  Tables tables;
  for (auto [dim, stride] : llvm::zip_equal(shape, getStrides(shape)))
    tables.push_back(steps(dim, stride));
  return tables;
}

/// The same bytes under the result's type.
static LogicalResult keepBytes(Operands operands, Results results) {
  results[0] = operands[0].withType(results[0].getType());
  return success();
}

//===----------------------------------------------------------------------===//
// Constants, identities, shapes
//===----------------------------------------------------------------------===//

LogicalResult evaluate(ConstantOp op, Operands, Results results) {
  FailureOr<Tensor> value = Tensor::fromAttr(op.getValue());
  if (failed(value))
    return emitError(op.getLoc(), ErrorCode::BadTensor)
           << "the value is no dense constant";
  results[0] = *value;
  return success();
}

#define KEEP_BYTES(OP)                                                         \
  LogicalResult evaluate(OP, Operands operands, Results results) {             \
    return keepBytes(operands, results);                                       \
  }
KEEP_BYTES(RelayoutOp)
KEEP_BYTES(IdentityOp)
KEEP_BYTES(ReshapeOp)
KEEP_BYTES(FlattenOp)
KEEP_BYTES(SqueezeOp)
KEEP_BYTES(UnsqueezeOp)

LogicalResult evaluate(ShapeOp op, Operands operands, Results results) {
  ArrayRef<int64_t> shape = operands[0].getShape();
  int64_t rank = shape.size(), start = op.getStart();
  int64_t first =
      std::clamp<int64_t>(start < 0 ? start + rank : start, 0, rank);
  write<int64_t>(results[0], shape.slice(first, results[0].getNumElements()));
  return success();
}

LogicalResult evaluate(SizeOp, Operands operands, Results results) {
  results[0].setInt(0, operands[0].getNumElements());
  return success();
}

LogicalResult evaluate(ConstantOfShapeOp op, Operands, Results results) {
  FailureOr<Tensor> value = Tensor::fromAttr(op.getValue());
  if (failed(value))
    return emitError(op.getLoc(), ErrorCode::BadTensor)
           << "the value is no dense constant";
  copyByTables(*value, results[0],
               llvm::map_to_vector(results[0].getShape(),
                                   [](int64_t dim) { return steps(dim, 0); }));
  return success();
}

LogicalResult evaluate(RangeOp op, Operands operands, Results results) {
  return dispatch(operands[0], [&](auto zero) {
    using W = decltype(zero);
    W start = read<W>(operands[0])[0], delta = read<W>(operands[2])[0];
    Values<W> values(results[0].getNumElements());
    for (size_t i = 0; i < values.size(); ++i)
      values[i] = wrapAdd(start, wrapMul(static_cast<W>(i), delta));
    write<W>(results[0], values);
    return success();
  });
}

//===----------------------------------------------------------------------===//
// Transpose, Expand, Tile, Slice, Pad
//===----------------------------------------------------------------------===//

LogicalResult evaluate(TransposeOp op, Operands operands, Results results) {
  SmallVector<int64_t> strides = getStrides(operands[0].getShape());
  Tables tables;
  for (auto [dim, source] :
       llvm::zip_equal(results[0].getShape(), op.getPerm()))
    tables.push_back(steps(dim, strides[fromFront(source, strides.size())]));
  copyByTables(operands[0], results[0], tables);
  return success();
}

LogicalResult evaluate(ExpandOp op, Operands operands, Results results) {
  ArrayRef<int64_t> from = operands[0].getShape();
  SmallVector<int64_t> strides = getStrides(from);
  size_t added = results[0].getShape().size() - from.size();
  Tables tables;
  for (auto [i, dim] : llvm::enumerate(results[0].getShape()))
    tables.push_back(
        steps(dim, i < added || from[i - added] == 1 ? 0 : strides[i - added]));
  copyByTables(operands[0], results[0], tables);
  return success();
}

LogicalResult evaluate(TileOp op, Operands operands, Results results) {
  ArrayRef<int64_t> from = operands[0].getShape();
  Tables tables = identityTables(from);
  for (auto [i, dim] : llvm::enumerate(results[0].getShape())) {
    Values<int64_t> once = std::move(tables[i]);
    tables[i].resize(dim);
    for (int64_t position = 0; position < dim; ++position)
      tables[i][position] = once[position % from[i]];
  }
  copyByTables(operands[0], results[0], tables);
  return success();
}

LogicalResult evaluate(SliceOp op, Operands operands, Results results) {
  const Tensor &input = operands[0];
  SmallVector<int64_t> strides = getStrides(input.getShape());
  Tables tables = identityTables(input.getShape());
  Values<int64_t> starts = read<int64_t>(operands[1]);
  Values<int64_t> axes = read<int64_t>(operands[3]);
  Values<int64_t> stepsOfAxes = read<int64_t>(operands[4]);
  for (size_t i = 0; i < axes.size(); ++i) {
    int64_t axis = fromFront(axes[i], input.getRank());
    int64_t dim = input.getShape()[axis], step = stepsOfAxes[i];
    int64_t start = starts[i] < -dim ? 0 : fromFront(starts[i], dim);
    start = std::min(start, step > 0 ? dim : dim - 1);
    tables[axis] = steps(results[0].getShape()[axis],
                         wrapMul(step, strides[axis]), start * strides[axis]);
  }
  copyByTables(input, results[0], tables);
  return success();
}

/// The source of a position that lies `position` from the start of a dimension,
/// inside or outside of it.
static int64_t padSource(int64_t position, int64_t dim, StringRef mode) {
  if (position >= 0 && position < dim)
    return position;
  if (mode == "edge")
    return position < 0 ? 0 : dim - 1;
  if (mode == "wrap") {
    int64_t rest = position % dim;
    return rest < 0 ? rest + dim : rest;
  }
  if (mode == "reflect" && dim > 1) {
    // There and back again, without either edge twice.
    int64_t period = 2 * (dim - 1), rest = position % period;
    rest = rest < 0 ? rest + period : rest;
    return rest < dim ? rest : period - rest;
  }
  return mode == "reflect" ? 0 : kNoSource;
}

LogicalResult evaluate(PadOp op, Operands operands, Results results) {
  const Tensor &input = operands[0];
  Values<int64_t> pads = read<int64_t>(operands[1]);
  Tables tables, fill;
  for (auto [i, stride] : llvm::enumerate(getStrides(input.getShape()))) {
    int64_t size = results[0].getShape()[i];
    fill.push_back(steps(size, 0));
    Values<int64_t> &table = tables.emplace_back(size);
    for (int64_t position = 0; position < size; ++position) {
      int64_t source =
          padSource(position - pads[i], input.getShape()[i], op.getMode());
      table[position] = source == kNoSource ? kNoSource : source * stride;
    }
  }
  if (op.getMode() == "constant")
    copyByTables(operands[2], results[0], fill);
  copyByTables(input, results[0], tables);
  return success();
}

//===----------------------------------------------------------------------===//
// Concat, Split
//===----------------------------------------------------------------------===//

/// Copies the part of `source` that begins at `from` along the axis to `to` in
/// `result`, `size` long.
static void copyPart(const Tensor &source, int64_t from, Tensor &result,
                     int64_t to, int64_t size, int64_t axis) {
  AxisView in(source.getShape(), axis), out(result.getShape(), axis);
  int64_t width = getElementBytes(result.getElementType());
  for (int64_t outer = 0; outer < out.outer; ++outer)
    std::memcpy(result.data() + (outer * out.size + to) * out.inner * width,
                source.data() + (outer * in.size + from) * in.inner * width,
                static_cast<size_t>(size * out.inner * width));
}

LogicalResult evaluate(ConcatOp op, Operands operands, Results results) {
  int64_t axis = fromFront(op.getAxis(), results[0].getRank()), position = 0;
  for (const Tensor &input : operands) {
    copyPart(input, 0, results[0], position, input.getShape()[axis], axis);
    position += input.getShape()[axis];
  }
  return success();
}

LogicalResult evaluate(SplitOp op, Operands operands, Results results) {
  int64_t axis = fromFront(op.getAxis(), operands[0].getRank()), position = 0;
  for (auto [size, result] : llvm::zip_equal(op.getSizes(), results)) {
    copyPart(operands[0], position, result, 0, size, axis);
    position += size;
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Gather, GatherElements, Trilu
//===----------------------------------------------------------------------===//

/// The indices into a dimension from its front, or an error.
static FailureOr<Values<int64_t>>
readIndices(Operation *op, const Tensor &tensor, int64_t dim) {
  Values<int64_t> indices = read<int64_t>(tensor);
  for (int64_t &index : indices) {
    if (index < -dim || index >= dim)
      return invalid(op) << "index " << index << " is outside [" << -dim << ", "
                         << dim - 1 << "]";
    index = fromFront(index, dim);
  }
  return indices;
}

LogicalResult evaluate(GatherOp op, Operands operands, Results results) {
  ArrayRef<int64_t> shape = operands[0].getShape();
  int64_t axis = fromFront(op.getAxis(), shape.size());
  AxisView view(shape, axis);
  auto indices = readIndices(op, operands[1], view.size);
  if (failed(indices))
    return failure();
  // The dimensions around the axis, and those of the indices, are one each.
  int64_t count = indices->size();
  for (int64_t &index : *indices)
    index *= view.inner;
  Tensor &result = results[0];
  Tensor flat = result.withType(RankedTensorType::get(
      {view.outer, count, view.inner}, result.getElementType()));
  copyByTables(operands[0], flat,
               {steps(view.outer, view.size * view.inner), *indices,
                steps(view.inner, 1)});
  return success();
}

LogicalResult evaluate(GatherElementsOp op, Operands operands,
                       Results results) {
  const Tensor &input = operands[0];
  Tensor &result = results[0];
  int64_t axis = fromFront(op.getAxis(), input.getRank());
  auto indices = readIndices(op, operands[1], input.getShape()[axis]);
  if (failed(indices))
    return failure();
  ArrayRef<int64_t> shape = result.getShape();
  for (int64_t i = 0; i < result.getRank(); ++i)
    if (i != axis && shape[i] > input.getShape()[i])
      return invalid(op) << "dimension " << i << " of indices has size "
                         << shape[i] << ", the input's only "
                         << input.getShape()[i];
  if (indices->empty())
    return success();
  SmallVector<int64_t> strides = getStrides(input.getShape());
  SmallVector<int64_t> position(shape.size(), 0);
  int64_t width = getElementBytes(result.getElementType());
  size_t element = 0;
  do {
    int64_t offset = (*indices)[element] * strides[axis];
    for (int64_t i = 0; i < result.getRank(); ++i)
      if (i != axis)
        offset += position[i] * strides[i];
    std::memcpy(result.data() + element++ * width,
                input.data() + offset * width, width);
  } while (advance(position, shape));
  return success();
}

LogicalResult evaluate(TriluOp op, Operands operands, Results results) {
  const Tensor &input = operands[0];
  int64_t rows = input.getShape()[input.getRank() - 2];
  int64_t columns = input.getShape().back(), k = op.getK();
  int64_t width = getElementBytes(input.getElementType());
  for (int64_t i = 0, e = input.getNumElements(); i < e; ++i) {
    int64_t diagonal = i % columns - i / columns % rows;
    if (op.getUpper() ? diagonal >= k : diagonal <= k)
      std::memcpy(results[0].data() + i * width, input.data() + i * width,
                  width);
  }
  return success();
}

} // namespace autoglm::reference
