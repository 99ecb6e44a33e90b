//===- Contractions.cpp - products, convolutions and windows -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace autoglm::cpu {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

//===----------------------------------------------------------------------===//
// Accumulation
//===----------------------------------------------------------------------===//

namespace {
/// A loop nest that folds points into elements of a result. Accumulates in the
/// compute type and converts at the end where the result is stored in another.
struct Accumulation {
  KernelBuilder &kernel;
  Operation *op;
  const Loops &loops;
  AffineMap outputMap;
  /// Type of the accumulator.
  Type type;

  Accumulation(KernelBuilder &kernel, Operation *op, const Loops &loops,
               AffineMap outputMap)
      : kernel(kernel), op(op), loops(loops), outputMap(outputMap),
        type(getComputeType(getResultType().getElementType())) {}

  RankedTensorType getResultType() { return tensorType(op->getResult(0)); }

  Value getInit() {
    RankedTensorType stored = getStoredType(getResultType());
    if (!converts())
      return kernel.getDestination(op->getResult(0));
    return kernel.getBuilder().create<tensor::EmptyOp>(op->getLoc(),
                                                       stored.getShape(), type);
  }
  bool converts() const { return finish || type != storage(); }
  Type storage() const {
    return getStorageType(tensorType(op->getResult(0)).getElementType());
  }

  /// `body` gives the new value of the accumulator, which starts as `init`.
  void run(ArrayRef<Read> reads, Value init, KernelBuilder::Body body) {
    Location loc = op->getLoc();
    RankedTensorType result = getResultType();
    Value sum = kernel.buildLoops(loc, loops, reads,
                                  Write{init, outputMap, Type()}, body)[0];
    if (converts()) {
      Loops parallel(result.getShape(), kernel.getContext());
      AffineMap identity =
          parallel.squeeze(AffineMap::getMultiDimIdentityMap(
                               result.getRank(), kernel.getContext()),
                           result);
      sum = kernel.buildLoops(
          loc, parallel, Read{sum, Attribute(), Type(), identity},
          Write{kernel.getDestination(op->getResult(0)), identity,
                result.getElementType()},
          [&](OpBuilder &nested, ValueRange values, ValueRange) {
            return SmallVector<Value>{finish ? finish(nested, values[0])
                                             : values[0]};
          })[0];
    }
    kernel.setTensor(op->getResult(0), sum);
  }

  /// Applied to each total, if set.
  std::function<Value(OpBuilder &, Value)> finish;
};
} // namespace

static Value multiply(OpBuilder &builder, Location loc, Value a, Value b) {
  if (isa<FloatType>(a.getType()))
    return builder.create<arith::MulFOp>(loc, a, b);
  return builder.create<arith::MulIOp>(loc, a, b);
}

/// acc + a * b.
static SmallVector<Value> multiplyAdd(OpBuilder &builder, Location loc, Value a,
                                      Value b, Value acc) {
  return {buildCombine(builder, loc, Combine::Sum, acc,
                       multiply(builder, loc, a, b), /*isUnsigned=*/false)};
}

static LogicalResult convertMatMul(KernelBuilder &kernel, MatMulOp op) {
  IterationSpace space = *op.getIterationSpace();
  Loops loops(space, kernel.getContext());
  Location loc = op.getLoc();
  Accumulation acc(kernel, op, loops,
                   loops.squeeze(space.maps.back(), op.getType()));
  Value init = kernel.fill(loc, acc.getInit(),
                           buildNumber(kernel.getBuilder(), loc, acc.type, 0));
  acc.run({kernel.read(op.getA(), space.maps[0], loops),
           kernel.read(op.getB(), space.maps[1], loops)},
          init, [&](OpBuilder &nested, ValueRange values, ValueRange carried) {
            return multiplyAdd(nested, loc, values[0], values[1], carried[0]);
          });
  return success();
}

/// A sum of products of any number of operands.
static LogicalResult convertEinsum(KernelBuilder &kernel, EinsumOp op) {
  IterationSpace space = *op.getIterationSpace();
  Loops loops(space, kernel.getContext());
  Location loc = op.getLoc();
  Accumulation acc(kernel, op, loops,
                   loops.squeeze(space.maps.back(), op.getType()));
  Value init = kernel.fill(loc, acc.getInit(),
                           buildNumber(kernel.getBuilder(), loc, acc.type, 0));
  SmallVector<Read> reads;
  for (auto [input, map] : llvm::zip(op.getInputs(), space.maps)) {
    Read read = kernel.read(input, map, loops);
    // The loops follow from the operands, so each has to be a tensor.
    if (!read.tensor)
      read = {kernel.getTensor(input), Attribute(),
              tensorType(input).getElementType(),
              loops.squeeze(map, tensorType(input))};
    reads.push_back(read);
  }
  acc.run(reads, init,
          [&](OpBuilder &nested, ValueRange values, ValueRange carried) {
            Value product = values[0];
            for (Value factor : values.drop_front())
              product = multiply(nested, loc, product, factor);
            return SmallVector<Value>{buildCombine(nested, loc, Combine::Sum,
                                                   carried[0], product,
                                                   /*isUnsigned=*/false)};
          });
  return success();
}

//===----------------------------------------------------------------------===//
// Reads that may lie outside
//===----------------------------------------------------------------------===//

namespace {
/// The element of a tensor at a point that may lie outside of it.
struct GuardedRead {
  Value tensor;
  RankedTensorType type;
  AffineMap map;

  /// {element at the nearest point inside, whether the point is inside}.
  std::pair<Value, Value> build(OpBuilder &builder, Location loc) const {
    SmallVector<Value> indices, kept;
    for (unsigned i = 0; i < map.getNumDims(); ++i)
      indices.push_back(builder.create<linalg::IndexOp>(loc, i));
    Value isInside;
    for (auto [i, expr] : llvm::enumerate(map.getResults())) {
      Value at = builder.create<affine::AffineApplyOp>(
          loc, AffineMap::get(map.getNumDims(), 0, expr), indices);
      Value zero = builder.create<arith::ConstantIndexOp>(loc, 0);
      Value last =
          builder.create<arith::ConstantIndexOp>(loc, type.getDimSize(i) - 1);
      Value clamped = builder.create<arith::MinSIOp>(
          loc, builder.create<arith::MaxSIOp>(loc, at, zero), last);
      Value same = builder.create<arith::CmpIOp>(loc, arith::CmpIPredicate::eq,
                                                 at, clamped);
      isInside =
          isInside ? builder.create<arith::AndIOp>(loc, isInside, same) : same;
      if (type.getDimSize(i) != 1)
        kept.push_back(clamped);
    }
    Value element = builder.create<tensor::ExtractOp>(loc, tensor, kept);
    return {loadElement(builder, loc, element, type.getElementType()),
            isInside};
  }
};
} // namespace

/// Whether every point of a window lies inside the input.
template <typename Op>
static bool staysInside(Op op, ArrayRef<int64_t> window) {
  if (llvm::any_of(op.getPads(), [](int64_t pad) { return pad != 0; }))
    return false;
  RankedTensorType input = tensorType(op.getInput()), result = op.getType();
  for (size_t i = 0; i < window.size(); ++i) {
    int64_t last = (result.getDimSize(i + 2) - 1) * op.getStrides()[i] +
                   (window[i] - 1) * op.getDilations()[i];
    if (last >= input.getDimSize(i + 2))
      return false;
  }
  return true;
}

static LogicalResult convertConv(KernelBuilder &kernel, ConvOp op) {
  IterationSpace space = *op.getIterationSpace();
  Loops loops(space, kernel.getContext());
  Location loc = op.getLoc();
  OpBuilder &builder = kernel.getBuilder();
  RankedTensorType result = op.getType();
  Accumulation acc(kernel, op, loops, loops.squeeze(space.maps.back(), result));
  Value init = acc.getInit();
  if (!op.getBias()) {
    init = kernel.fill(loc, init, buildNumber(builder, loc, acc.type, 0));
  } else {
    // The sum starts from the bias.
    Loops parallel(result.getShape(), kernel.getContext());
    AffineMap identity = AffineMap::getMultiDimIdentityMap(result.getRank(),
                                                           kernel.getContext());
    AffineMap channel = identity.getSubMap({1});
    init = kernel.buildLoops(
        loc, parallel, kernel.read(op.getBias(), channel, parallel),
        Write{init, parallel.squeeze(identity, result), Type()},
        [](OpBuilder &, ValueRange values, ValueRange) {
          return SmallVector<Value>{values[0]};
        })[0];
  }
  Read weight = kernel.read(op.getWeight(), space.maps[1], loops);
  ArrayRef<int64_t> window =
      tensorType(op.getWeight()).getShape().drop_front(2);
  if (staysInside(op, window)) {
    acc.run({kernel.read(op.getInput(), space.maps[0], loops), weight}, init,
            [&](OpBuilder &nested, ValueRange values, ValueRange carried) {
              return multiplyAdd(nested, loc, values[0], values[1], carried[0]);
            });
    return success();
  }
  GuardedRead input{kernel.getTensor(op.getInput()), tensorType(op.getInput()),
                    loops.rewrite(space.maps[0])};
  // The loops over the window follow from the weight, which is no constant
  // everywhere here.
  if (!weight.tensor)
    weight = {kernel.getTensor(op.getWeight()), Attribute(),
              tensorType(op.getWeight()).getElementType(),
              loops.squeeze(space.maps[1], tensorType(op.getWeight()))};
  acc.run(weight, init,
          [&](OpBuilder &nested, ValueRange values, ValueRange carried) {
            auto [element, isInside] = input.build(nested, loc);
            Value zero = buildNumber(nested, loc, element.getType(), 0);
            Value x =
                nested.create<arith::SelectOp>(loc, isInside, element, zero);
            return multiplyAdd(nested, loc, x, values[0], carried[0]);
          });
  return success();
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

/// Taps of the window at output index `at` that count in a mean: those from
/// `low` to before `high` of the input's coordinates.
static Value countTaps(OpBuilder &builder, Location loc, Value at,
                       int64_t window, int64_t stride, int64_t pad,
                       int64_t dilation, int64_t low, int64_t high) {
  // ceil((bound - start) / dilation), between 0 and the window.
  auto tapsBefore = [&](int64_t bound) -> Value {
    AffineExpr start = getAffineDimExpr(0, builder.getContext()) * stride - pad;
    AffineExpr taps = (bound - start).ceilDiv(dilation);
    Value value = builder.create<affine::AffineApplyOp>(
        loc, AffineMap::get(1, 0, taps), at);
    value = builder.create<arith::MaxSIOp>(
        loc, value, builder.create<arith::ConstantIndexOp>(loc, 0));
    return builder.create<arith::MinSIOp>(
        loc, value, builder.create<arith::ConstantIndexOp>(loc, window));
  };
  return builder.create<arith::SubIOp>(loc, tapsBefore(high), tapsBefore(low));
}

/// The number of taps that the mean at an output position divides by.
static Value buildDivisor(OpBuilder &builder, AveragePoolOp op,
                          ArrayRef<int64_t> loopOfDim, Type type) {
  Location loc = op.getLoc();
  size_t spatial = op.getKernelShape().size();
  Value count = builder.create<arith::ConstantIndexOp>(loc, 1);
  for (size_t i = 0; i < spatial; ++i) {
    int64_t loop = loopOfDim[i + 2];
    Value at = loop < 0
                   ? builder.create<arith::ConstantIndexOp>(loc, 0).getResult()
                   : builder.create<linalg::IndexOp>(loc, loop).getResult();
    int64_t pad = op.getPads()[i],
            size = tensorType(op.getInput()).getDimSize(i + 2);
    bool padded = op.getCountIncludePad();
    Value taps =
        countTaps(builder, loc, at, op.getKernelShape()[i], op.getStrides()[i],
                  pad, op.getDilations()[i], padded ? -pad : 0,
                  padded ? size + op.getPads()[spatial + i] : size);
    count = builder.create<arith::MulIOp>(loc, count, taps);
  }
  Value integer =
      builder.create<arith::IndexCastOp>(loc, builder.getI64Type(), count);
  return builder.create<arith::SIToFPOp>(loc, type, integer);
}

template <typename Op>
static LogicalResult convertPool(KernelBuilder &kernel, Op op,
                                 Combine combine) {
  IterationSpace space = *op.getIterationSpace();
  Loops loops(space, kernel.getContext());
  Location loc = op.getLoc();
  OpBuilder &builder = kernel.getBuilder();
  RankedTensorType result = op.getType();
  Type elementType = result.getElementType();
  bool isUnsigned = elementType.isUnsignedInteger();
  bool isInside = staysInside(op, op.getKernelShape());
  Accumulation acc(kernel, op, loops, loops.squeeze(space.maps.back(), result));
  if constexpr (std::is_same_v<Op, AveragePoolOp>) {
    double taps = 1;
    for (int64_t size : op.getKernelShape())
      taps *= size;
    SmallVector<int64_t> loopOfDim;
    for (int64_t dim : result.getShape())
      loopOfDim.push_back(dim == 1 ? -1
                                   : llvm::count_if(loopOfDim, [](int64_t i) {
                                       return i >= 0;
                                     }));
    acc.finish = [=, type = acc.type](OpBuilder &nested, Value total) -> Value {
      Value count = isInside ? buildNumber(nested, loc, type, taps)
                             : buildDivisor(nested, op, loopOfDim, type);
      return nested.create<arith::DivFOp>(loc, total, count);
    };
  }
  Value neutral = buildNeutral(builder, loc, combine, acc.type, isUnsigned);
  Value init = kernel.fill(loc, acc.getInit(), neutral);

  // Nothing else says how many iterations the loops over the window have.
  SmallVector<AffineExpr> tapExprs;
  for (size_t i = 0; i < op.getKernelShape().size(); ++i)
    tapExprs.push_back(
        getAffineDimExpr(result.getRank() + i, kernel.getContext()));
  AffineMap tapMap =
      AffineMap::get(space.sizes.size(), 0, tapExprs, kernel.getContext());
  RankedTensorType windowType =
      RankedTensorType::get(op.getKernelShape(), builder.getI8Type());
  Read window{
      builder.create<tensor::EmptyOp>(loc, getStoredType(windowType).getShape(),
                                      builder.getI8Type()),
      Attribute(), Type(), loops.squeeze(tapMap, windowType)};
  auto fold = [&](OpBuilder &nested, Value total, Value element) {
    return SmallVector<Value>{
        buildCombine(nested, loc, combine, total, element, isUnsigned)};
  };
  if (isInside) {
    acc.run({kernel.read(op.getInput(), space.maps[0], loops), window}, init,
            [&](OpBuilder &nested, ValueRange values, ValueRange carried) {
              return fold(nested, carried[0], values[0]);
            });
    return success();
  }
  GuardedRead input{kernel.getTensor(op.getInput()), tensorType(op.getInput()),
                    loops.rewrite(space.maps[0])};
  acc.run(window, init, [&](OpBuilder &nested, ValueRange, ValueRange carried) {
    auto [element, isInside] = input.build(nested, loc);
    Value outside =
        buildNeutral(nested, loc, combine, element.getType(), isUnsigned);
    return fold(
        nested, carried[0],
        nested.create<arith::SelectOp>(loc, isInside, element, outside));
  });
  return success();
}

std::optional<LogicalResult> convertContraction(KernelBuilder &kernel,
                                                Operation *op) {
  using Result = std::optional<LogicalResult>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<MatMulOp>([&](auto op) { return convertMatMul(kernel, op); })
      .Case<EinsumOp>([&](auto op) { return convertEinsum(kernel, op); })
      .Case<ConvOp>([&](auto op) { return convertConv(kernel, op); })
      .Case<MaxPoolOp>(
          [&](auto op) { return convertPool(kernel, op, Combine::Maximum); })
      .Case<AveragePoolOp>(
          [&](auto op) { return convertPool(kernel, op, Combine::Sum); })
      .Default([](Operation *) { return std::nullopt; });
}

} // namespace autoglm::cpu
