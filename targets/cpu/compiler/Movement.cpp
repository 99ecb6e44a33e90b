//===- Movement.cpp - elements that move and do not change -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"

#include "autoglm/Support/Diagnostics.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace autoglm::cpu {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static int64_t fromFront(int64_t axis, int64_t rank) {
  return axis < 0 ? axis + rank : axis;
}

namespace {
/// A loop nest over the elements of a result.
struct Mover {
  KernelBuilder &kernel;
  Operation *op;
  Value result;
  RankedTensorType type;
  Loops loops;
  AffineMap identity;

  Mover(KernelBuilder &kernel, Value result)
      : kernel(kernel), op(result.getDefiningOp()), result(result),
        type(tensorType(result)), loops(type.getShape(), kernel.getContext()),
        identity(AffineMap::getMultiDimIdentityMap(type.getRank(),
                                                   kernel.getContext())) {}

  /// Elements pass through as they are in memory.
  void run(ArrayRef<Read> reads,
           llvm::function_ref<Value(OpBuilder &, ValueRange)> body) {
    kernel.setTensor(result,
                     kernel.buildLoops(
                         op->getLoc(), loops, reads,
                         Write{kernel.getDestination(result),
                               loops.squeeze(identity, type), Type()},
                         [&](OpBuilder &nested, ValueRange values, ValueRange) {
                           return SmallVector<Value>{body(nested, values)};
                         })[0]);
  }
  Read read(Value value, AffineMap map, bool convert = false) {
    Read made = kernel.read(value, map, loops, convert);
    if (!made.tensor && !convert)
      made = {kernel.getTensor(value), Attribute(), Type(),
              loops.squeeze(map, tensorType(value))};
    return made;
  }
  void copy(Value value, AffineMap map) {
    run(read(value, map),
        [](OpBuilder &, ValueRange values) -> Value { return values[0]; });
  }

  /// Coordinate of the result's element along a dimension.
  Value index(OpBuilder &builder, int64_t dim) const {
    AffineExpr expr = loops.rewrite(identity).getResult(dim);
    if (auto loop = dyn_cast<AffineDimExpr>(expr))
      return builder.create<linalg::IndexOp>(op->getLoc(), loop.getPosition());
    return builder.create<arith::ConstantIndexOp>(op->getLoc(), 0);
  }
  Value constant(OpBuilder &builder, int64_t value) const {
    return builder.create<arith::ConstantIndexOp>(op->getLoc(), value);
  }
  Value apply(OpBuilder &builder, AffineExpr expr, Value operand) const {
    return builder.create<affine::AffineApplyOp>(
        op->getLoc(), AffineMap::get(1, 0, expr), operand);
  }
  Value clamp(OpBuilder &builder, Value at, int64_t size) const {
    Location loc = op->getLoc();
    return builder.create<arith::MinSIOp>(
        loc, builder.create<arith::MaxSIOp>(loc, at, constant(builder, 0)),
        constant(builder, size - 1));
  }
  Value isLess(OpBuilder &builder, Value a, Value b) const {
    return builder.create<arith::CmpIOp>(op->getLoc(),
                                         arith::CmpIPredicate::slt, a, b);
  }
  /// The element of `tensor` at coordinates of the graph's dimensions.
  Value extract(OpBuilder &builder, Value value, Value tensor,
                ArrayRef<Value> at) const {
    SmallVector<Value> kept;
    for (auto [dim, coordinate] :
         llvm::zip_equal(tensorType(value).getShape(), at))
      if (dim != 1)
        kept.push_back(coordinate);
    return builder.create<tensor::ExtractOp>(op->getLoc(), tensor, kept);
  }
};
} // namespace

/// The constant integers of an operand, or a diagnostic.
static FailureOr<SmallVector<int64_t>> constants(Operation *op, Value value,
                                                 StringRef what) {
  if (auto ints = getConstantInts(value))
    return std::move(*ints);
  return emitError(op->getLoc(), ErrorCode::NeedsConstant)
         << "'" << op->getName() << "' needs constant " << what;
}

/// Operations whose interface says which element goes where.
static LogicalResult convertMapped(KernelBuilder &kernel, Operation *op) {
  auto space = cast<ComputeOpInterface>(op).getIterationSpace();
  Mover(kernel, op->getResult(0)).copy(op->getOperand(0), space->maps[0]);
  return success();
}

static LogicalResult convertReshape(KernelBuilder &kernel, ReshapeOp op) {
  // Dimensions of size 1 do not exist in a kernel.
  RankedTensorType from = getStoredType(tensorType(op.getInput()));
  RankedTensorType to = getStoredType(op.getType());
  Mover mover(kernel, op.getResult());
  if (from == to) {
    // The copy keeps what the value is computed from visible to fusion.
    Read input{kernel.getTensor(op.getInput()), Attribute(), Type(),
               mover.loops.squeeze(mover.identity, op.getType())};
    mover.run(input, [](OpBuilder &, ValueRange values) -> Value {
      return values[0];
    });
    return success();
  }
  Value tensor = kernel.getTensor(op.getInput());
  SmallVector<AffineExpr> exprs;
  mover.run({}, [&](OpBuilder &nested, ValueRange) -> Value {
    Location loc = op.getLoc();
    Value linear = mover.constant(nested, 0);
    for (int64_t i = 0; i < op.getType().getRank(); ++i)
      linear = nested.create<arith::AddIOp>(
          loc,
          nested.create<arith::MulIOp>(
              loc, linear, mover.constant(nested, op.getType().getDimSize(i))),
          mover.index(nested, i));
    SmallVector<Value> at(from.getRank());
    for (int64_t i = from.getRank() - 1; i >= 0; --i) {
      Value size =
          mover.constant(nested, std::max<int64_t>(1, from.getDimSize(i)));
      at[i] = nested.create<arith::RemUIOp>(loc, linear, size);
      linear = nested.create<arith::DivUIOp>(loc, linear, size);
    }
    return nested.create<tensor::ExtractOp>(loc, tensor, at);
  });
  return success();
}

/// A strided part of a tensor, given per dimension of the graph: steps are
/// positive.
static Value extractPart(KernelBuilder &kernel, Location loc, Value value,
                         ArrayRef<int64_t> offsets, ArrayRef<int64_t> sizes,
                         ArrayRef<int64_t> steps) {
  OpBuilder &builder = kernel.getBuilder();
  RankedTensorType type = tensorType(value);
  SmallVector<OpFoldResult> from, count, step;
  for (auto [i, dim] : llvm::enumerate(type.getShape())) {
    if (dim == 1)
      continue;
    from.push_back(builder.getIndexAttr(offsets[i]));
    count.push_back(builder.getIndexAttr(sizes[i]));
    step.push_back(builder.getIndexAttr(steps[i]));
  }
  RankedTensorType part =
      getStoredType(RankedTensorType::get(sizes, type.getElementType()));
  return builder.create<tensor::ExtractSliceOp>(
      loc, part, kernel.getTensor(value), from, count, step);
}

static LogicalResult convertSlice(KernelBuilder &kernel, SliceOp op) {
  RankedTensorType input = tensorType(op.getInput());
  int64_t rank = input.getRank();
  auto starts = constants(op, op.getStarts(), "starts");
  auto axes = constants(op, op.getAxes(), "axes");
  auto steps = constants(op, op.getSteps(), "steps");
  if (failed(starts) || failed(axes) || failed(steps))
    return failure();
  Mover mover(kernel, op.getResult());
  SmallVector<int64_t> offsets(rank, 0), strides(rank, 1);
  SmallVector<AffineExpr> exprs(mover.identity.getResults());
  for (auto [axis, start, step] : llvm::zip_equal(*axes, *starts, *steps)) {
    int64_t i = fromFront(axis, rank), dim = input.getDimSize(i);
    int64_t count = mover.type.getDimSize(i);
    int64_t first = start < -dim ? 0 : fromFront(start, dim);
    first = std::min(first, step > 0 ? dim : dim - 1);
    // Backwards is forwards from the last element taken, read backwards. A
    // single element has no step, which might be too large to count with.
    strides[i] = count > 1 ? std::abs(step) : 1;
    offsets[i] = step < 0 && count > 1 ? first + (count - 1) * step : first;
    if (step < 0)
      exprs[i] = count - 1 - exprs[i];
  }
  if (mover.type.getNumElements() == 0) {
    kernel.setTensor(op.getResult(), kernel.getDestination(op.getResult()));
    return success();
  }
  AffineMap map = AffineMap::get(rank, 0, exprs, kernel.getContext());
  Value part = extractPart(kernel, op.getLoc(), op.getInput(), offsets,
                           mover.type.getShape(), strides);
  mover.run(
      Read{part, Attribute(), Type(), mover.loops.squeeze(map, mover.type)},
      [](OpBuilder &, ValueRange values) -> Value { return values[0]; });
  return success();
}

static LogicalResult convertSplit(KernelBuilder &kernel, SplitOp op) {
  int64_t rank = tensorType(op.getInput()).getRank();
  int64_t axis = fromFront(op.getAxis(), rank);
  SmallVector<int64_t> offsets(rank, 0), strides(rank, 1);
  for (auto [result, size] : llvm::zip_equal(op.getOutputs(), op.getSizes())) {
    Mover mover(kernel, result);
    if (mover.type.getNumElements() == 0) {
      kernel.setTensor(result, kernel.getDestination(result));
      continue;
    }
    Value part = extractPart(kernel, op.getLoc(), op.getInput(), offsets,
                             mover.type.getShape(), strides);
    mover.run(
        Read{part, Attribute(), Type(),
             mover.loops.squeeze(mover.identity, mover.type)},
        [](OpBuilder &, ValueRange values) -> Value { return values[0]; });
    offsets[axis] += size;
  }
  return success();
}

static LogicalResult convertConcat(KernelBuilder &kernel, ConcatOp op) {
  Location loc = op.getLoc();
  OpBuilder &builder = kernel.getBuilder();
  int64_t axis = fromFront(op.getAxis(), op.getType().getRank());
  // Only the concatenated dimension may be of size 1 in some inputs and not in
  // others; it is kept then.
  RankedTensorType stored = getStoredType(op.getType());
  int64_t keptAxis = 0;
  for (int64_t i = 0; i < axis; ++i)
    keptAxis += op.getType().getDimSize(i) != 1;
  Value result = kernel.getDestination(op.getResult());
  int64_t position = 0;
  for (Value input : op.getInputs()) {
    RankedTensorType type = tensorType(input);
    int64_t size = type.getDimSize(axis);
    Value tensor = kernel.getTensor(input);
    if (type.getNumElements() == 0) {
      position += size;
      continue;
    }
    if (op.getType().getDimSize(axis) == 1) {
      kernel.setTensor(op.getResult(), tensor);
      Mover(kernel, op.getResult())
          .copy(input, AffineMap::getMultiDimIdentityMap(type.getRank(),
                                                         kernel.getContext()));
      return success();
    }
    SmallVector<OpFoldResult> offsets, sizes, strides;
    for (auto [i, dim] : llvm::enumerate(stored.getShape())) {
      bool isAxis = static_cast<int64_t>(i) == keptAxis;
      offsets.push_back(builder.getIndexAttr(isAxis ? position : 0));
      sizes.push_back(builder.getIndexAttr(isAxis ? size : dim));
      strides.push_back(builder.getIndexAttr(1));
    }
    result = builder.create<tensor::InsertSliceOp>(loc, tensor, result, offsets,
                                                   sizes, strides);
    position += size;
  }
  kernel.setTensor(op.getResult(), result);
  return success();
}

static LogicalResult convertTile(KernelBuilder &kernel, TileOp op) {
  Mover mover(kernel, op.getResult());
  RankedTensorType input = tensorType(op.getInput());
  Value tensor = kernel.getTensor(op.getInput());
  mover.run({}, [&](OpBuilder &nested, ValueRange) {
    SmallVector<Value> at;
    for (int64_t i = 0; i < input.getRank(); ++i)
      at.push_back(mover.apply(nested,
                               getAffineDimExpr(0, kernel.getContext()) %
                                   std::max<int64_t>(1, input.getDimSize(i)),
                               mover.index(nested, i)));
    return mover.extract(nested, op.getInput(), tensor, at);
  });
  return success();
}

/// The coordinate in the input of one in the result, inside or outside.
static Value padSource(OpBuilder &builder, const Mover &mover, Value at,
                       int64_t pad, int64_t size, StringRef mode) {
  AffineExpr d = getAffineDimExpr(0, builder.getContext());
  if (mode == "wrap")
    return mover.apply(builder, (d - pad) % size, at);
  if (mode == "reflect" && size > 1) {
    int64_t period = 2 * (size - 1);
    Value rest = mover.apply(builder, (d - pad) % period, at);
    Value back = mover.apply(builder, period - d, rest);
    return builder.create<arith::MinSIOp>(mover.op->getLoc(), rest, back);
  }
  return mover.apply(builder, d - pad, at);
}

static LogicalResult convertPad(KernelBuilder &kernel, PadOp op) {
  auto pads = constants(op, op.getPads(), "pads");
  if (failed(pads))
    return failure();
  Mover mover(kernel, op.getResult());
  RankedTensorType input = tensorType(op.getInput());
  if (input.getNumElements() == 0 && op.getMode() != "constant")
    return emitError(op.getLoc(), ErrorCode::InvalidNode)
           << "an empty tensor has nothing to pad with";
  AffineMap scalar =
      AffineMap::get(mover.type.getRank(), 0, {}, kernel.getContext());
  Read value = mover.read(op.getValue(), scalar);
  if (input.getNumElements() == 0) {
    mover.run(value, [](OpBuilder &, ValueRange values) -> Value {
      return values[0];
    });
    return success();
  }
  Value tensor = kernel.getTensor(op.getInput());
  mover.run(value, [&](OpBuilder &nested, ValueRange values) -> Value {
    Location loc = op.getLoc();
    SmallVector<Value> at;
    Value isInside;
    for (int64_t i = 0; i < input.getRank(); ++i) {
      int64_t size = input.getDimSize(i);
      Value source = padSource(nested, mover, mover.index(nested, i),
                               (*pads)[i], size, op.getMode());
      Value inside = mover.clamp(nested, source, size);
      at.push_back(inside);
      if (op.getMode() != "constant" ||
          ((*pads)[i] == 0 && (*pads)[input.getRank() + i] == 0))
        continue;
      Value same = nested.create<arith::CmpIOp>(loc, arith::CmpIPredicate::eq,
                                                source, inside);
      isInside =
          isInside
              ? nested.create<arith::AndIOp>(loc, isInside, same).getResult()
              : same;
    }
    Value element = mover.extract(nested, op.getInput(), tensor, at);
    return isInside
               ? nested
                     .create<arith::SelectOp>(loc, isInside, element, values[0])
                     .getResult()
               : element;
  });
  return success();
}

/// An index of the graph as a coordinate: negative ones count from the end, and
/// what is still outside is clamped.
static Value toCoordinate(OpBuilder &builder, const Mover &mover, Value index,
                          int64_t size) {
  Location loc = mover.op->getLoc();
  Value at =
      builder.create<arith::IndexCastOp>(loc, builder.getIndexType(), index);
  Value wrapped =
      builder.create<arith::AddIOp>(loc, at, mover.constant(builder, size));
  at = builder.create<arith::SelectOp>(
      loc, mover.isLess(builder, at, mover.constant(builder, 0)), wrapped, at);
  return mover.clamp(builder, at, size);
}

static LogicalResult convertGather(KernelBuilder &kernel, GatherOp op) {
  RankedTensorType input = tensorType(op.getInput());
  int64_t axis = fromFront(op.getAxis(), input.getRank());
  int64_t width = tensorType(op.getIndices()).getRank();
  Mover mover(kernel, op.getResult());
  if (mover.type.getNumElements() != 0 && input.getDimSize(axis) == 0)
    return emitError(op.getLoc(), ErrorCode::InvalidNode)
           << "cannot gather from an empty dimension";
  AffineMap indexMap = mover.identity.getSliceMap(axis, width);
  Value tensor = kernel.getTensor(op.getInput());
  mover.run(
      mover.read(op.getIndices(), indexMap, /*convert=*/true),
      [&](OpBuilder &nested, ValueRange values) {
        SmallVector<Value> at;
        for (int64_t i = 0; i < input.getRank(); ++i) {
          if (i == axis)
            at.push_back(
                toCoordinate(nested, mover, values[0], input.getDimSize(i)));
          else
            at.push_back(mover.index(nested, i < axis ? i : i + width - 1));
        }
        return mover.extract(nested, op.getInput(), tensor, at);
      });
  return success();
}

static LogicalResult convertGatherElements(KernelBuilder &kernel,
                                           GatherElementsOp op) {
  RankedTensorType input = tensorType(op.getInput());
  int64_t axis = fromFront(op.getAxis(), input.getRank());
  Mover mover(kernel, op.getResult());
  Value tensor = kernel.getTensor(op.getInput());
  mover.run(mover.read(op.getIndices(), mover.identity, /*convert=*/true),
            [&](OpBuilder &nested, ValueRange values) {
              SmallVector<Value> at;
              for (int64_t i = 0; i < input.getRank(); ++i)
                at.push_back(i == axis ? toCoordinate(nested, mover, values[0],
                                                      input.getDimSize(i))
                                       : mover.index(nested, i));
              return mover.extract(nested, op.getInput(), tensor, at);
            });
  return success();
}

static LogicalResult convertGatherND(KernelBuilder &kernel, GatherNDOp op) {
  RankedTensorType input = tensorType(op.getInput());
  RankedTensorType indices = tensorType(op.getIndices());
  int64_t batch = op.getBatchDims(), length = indices.getShape().back();
  int64_t width = indices.getRank() - 1;
  Mover mover(kernel, op.getResult());
  Value tensor = kernel.getTensor(op.getInput());
  Value tuples = kernel.getTensor(op.getIndices());
  mover.run({}, [&](OpBuilder &nested, ValueRange) {
    SmallVector<Value> at, tuple;
    for (int64_t i = 0; i < width; ++i)
      tuple.push_back(mover.index(nested, i));
    for (int64_t i = 0; i < input.getRank(); ++i) {
      if (i < batch) {
        at.push_back(mover.index(nested, i));
        continue;
      }
      if (i >= batch + length) {
        at.push_back(mover.index(nested, width + i - batch - length));
        continue;
      }
      SmallVector<Value> entry(tuple);
      entry.push_back(mover.constant(nested, i - batch));
      Value index = mover.extract(nested, op.getIndices(), tuples, entry);
      at.push_back(toCoordinate(nested, mover, index, input.getDimSize(i)));
    }
    return mover.extract(nested, op.getInput(), tensor, at);
  });
  return success();
}

static LogicalResult convertTrilu(KernelBuilder &kernel, TriluOp op) {
  Mover mover(kernel, op.getResult());
  int64_t rank = mover.type.getRank();
  mover.run(mover.read(op.getInput(), mover.identity),
            [&](OpBuilder &nested, ValueRange values) -> Value {
              Location loc = op.getLoc();
              Value diagonal = nested.create<arith::SubIOp>(
                  loc, mover.index(nested, rank - 1),
                  mover.index(nested, rank - 2));
              Value kept = nested.create<arith::CmpIOp>(
                  loc,
                  op.getUpper() ? arith::CmpIPredicate::sge
                                : arith::CmpIPredicate::sle,
                  diagonal, mover.constant(nested, op.getK()));
              return nested.create<arith::SelectOp>(
                  loc, kept, values[0],
                  buildNumber(nested, loc, values[0].getType(), 0));
            });
  return success();
}

static LogicalResult convertConstantOfShape(KernelBuilder &kernel,
                                            ConstantOfShapeOp op) {
  auto dense = dyn_cast<DenseElementsAttr>(op.getValue());
  FailureOr<Tensor> element = failure();
  if (dense)
    element = Tensor::fromAttr(dense);
  if (failed(element) || element->getNumElements() < 1)
    return emitError(op.getLoc(), ErrorCode::LoweringFailed)
           << "the value is no dense constant";
  Type storage = getStorageType(op.getType().getElementType());
  auto attr = DenseElementsAttr::getFromRawBuffer(
      RankedTensorType::get({}, storage),
      ArrayRef<char>(element->data(),
                     getElementBytes(op.getType().getElementType())));
  OpBuilder &builder = kernel.getBuilder();
  Value value = builder.create<arith::ConstantOp>(
      op.getLoc(), cast<TypedAttr>(attr.getSplatValue<Attribute>()));
  kernel.setTensor(
      op.getResult(),
      kernel.fill(op.getLoc(), kernel.getDestination(op.getResult()), value));
  return success();
}

static LogicalResult convertRange(KernelBuilder &kernel, RangeOp op) {
  Mover mover(kernel, op.getResult());
  Type elementType = op.getType().getElementType();
  AffineMap scalar = AffineMap::get(1, 0, {}, kernel.getContext());
  mover.run(
      {mover.read(op.getStart(), scalar, /*convert=*/true),
       mover.read(op.getDelta(), scalar, /*convert=*/true)},
      [&](OpBuilder &nested, ValueRange values) -> Value {
        Location loc = op.getLoc();
        Value at = nested.create<arith::IndexCastOp>(loc, nested.getI64Type(),
                                                     mover.index(nested, 0));
        Type type = values[0].getType();
        Value result;
        if (isa<FloatType>(type)) {
          Value step = nested.create<arith::MulFOp>(
              loc, nested.create<arith::SIToFPOp>(loc, type, at), values[1]);
          result = nested.create<arith::AddFOp>(loc, values[0], step);
        } else {
          if (!type.isInteger(64))
            at = nested.create<arith::TruncIOp>(loc, type, at);
          result = nested.create<arith::AddIOp>(
              loc, values[0], nested.create<arith::MulIOp>(loc, at, values[1]));
        }
        return storeElement(nested, loc, result, elementType);
      });
  return success();
}

/// A shape or size that nobody folded.
static LogicalResult convertKnown(KernelBuilder &kernel, Operation *op,
                                  ArrayRef<int64_t> values) {
  OpBuilder &builder = kernel.getBuilder();
  RankedTensorType stored = getStoredType(tensorType(op->getResult(0)));
  kernel.setTensor(op->getResult(0),
                   builder.create<arith::ConstantOp>(
                       op->getLoc(), DenseElementsAttr::get(stored, values)));
  return success();
}

std::optional<LogicalResult> convertMovement(KernelBuilder &kernel,
                                             Operation *op) {
  using Result = std::optional<LogicalResult>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<IdentityOp, TransposeOp, ExpandOp>(
          [&](Operation *op) { return convertMapped(kernel, op); })
      .Case<ReshapeOp>([&](auto op) { return convertReshape(kernel, op); })
      .Case<SliceOp>([&](auto op) { return convertSlice(kernel, op); })
      .Case<SplitOp>([&](auto op) { return convertSplit(kernel, op); })
      .Case<ConcatOp>([&](auto op) { return convertConcat(kernel, op); })
      .Case<TileOp>([&](auto op) { return convertTile(kernel, op); })
      .Case<PadOp>([&](auto op) { return convertPad(kernel, op); })
      .Case<GatherOp>([&](auto op) { return convertGather(kernel, op); })
      .Case<GatherElementsOp>(
          [&](auto op) { return convertGatherElements(kernel, op); })
      .Case<GatherNDOp>([&](auto op) { return convertGatherND(kernel, op); })
      .Case<TriluOp>([&](auto op) { return convertTrilu(kernel, op); })
      .Case<ConstantOfShapeOp>(
          [&](auto op) { return convertConstantOfShape(kernel, op); })
      .Case<RangeOp>([&](auto op) { return convertRange(kernel, op); })
      .Case<ShapeOp>([&](ShapeOp op) {
        ArrayRef<int64_t> shape = tensorType(op.getInput()).getShape();
        int64_t rank = shape.size(), start = fromFront(op.getStart(), rank);
        start = std::clamp<int64_t>(start, 0, rank);
        return convertKnown(kernel, op,
                            shape.slice(start, op.getType().getDimSize(0)));
      })
      .Case<SizeOp>([&](SizeOp op) {
        return convertKnown(kernel, op,
                            tensorType(op.getInput()).getNumElements());
      })
      .Default([](Operation *) { return std::nullopt; });
}

} // namespace autoglm::cpu
