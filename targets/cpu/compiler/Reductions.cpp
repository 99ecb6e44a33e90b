//===- Reductions.cpp - many elements to one, and scans -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using utils::IteratorType;

namespace autoglm::cpu {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static int64_t fromFront(int64_t axis, int64_t rank) {
  return axis < 0 ? axis + rank : axis;
}

/// Copies a tensor to where the result belongs, converting its elements.
static void finish(KernelBuilder &kernel, Operation *op, Value tensor,
                   llvm::function_ref<Value(OpBuilder &, Value)> convert) {
  Value result = op->getResult(0);
  RankedTensorType type = tensorType(result);
  Loops loops(type.getShape(), kernel.getContext());
  AffineMap identity = loops.squeeze(
      AffineMap::getMultiDimIdentityMap(type.getRank(), kernel.getContext()),
      type);
  kernel.setTensor(
      result,
      kernel.buildLoops(
          op->getLoc(), loops, Read{tensor, Attribute(), Type(), identity},
          Write{kernel.getDestination(result), identity, type.getElementType()},
          [&](OpBuilder &nested, ValueRange values, ValueRange) {
            return SmallVector<Value>{convert(nested, values[0])};
          })[0]);
}

static Value keep(OpBuilder &, Value value) { return value; }

template <typename Op>
static LogicalResult convertReduce(KernelBuilder &kernel, Op op,
                                   Combine combine, bool isMean = false) {
  IterationSpace space = *op.getIterationSpace();
  Loops loops(space, kernel.getContext());
  Location loc = op.getLoc();
  OpBuilder &builder = kernel.getBuilder();
  RankedTensorType result = op.getType();
  Type elementType = result.getElementType();
  Type type = getComputeType(elementType);
  bool isUnsigned = elementType.isUnsignedInteger();
  // The sum behind a mean of integers does not wrap.
  bool widens = isMean && isa<IntegerType>(type);
  if (widens)
    type = builder.getI64Type();
  bool converts = isMean || type != getStorageType(elementType);

  RankedTensorType stored = getStoredType(result);
  Value init =
      converts ? builder.create<tensor::EmptyOp>(loc, stored.getShape(), type)
                     .getResult()
               : kernel.getDestination(op.getResult());
  init = kernel.fill(loc, init,
                     buildNeutral(builder, loc, combine, type, isUnsigned));
  Read input = kernel.read(op.getInput(), space.maps[0], loops);
  if (!input.tensor)
    input = {kernel.getTensor(op.getInput()), Attribute(), elementType,
             loops.squeeze(space.maps[0], tensorType(op.getInput()))};
  Value total = kernel.buildLoops(
      loc, loops, input,
      Write{init, loops.squeeze(space.maps.back(), result), Type()},
      [&](OpBuilder &nested, ValueRange values, ValueRange carried) {
        Value x = values[0];
        if (widens && x.getType() != type)
          x = isUnsigned
                  ? nested.create<arith::ExtUIOp>(loc, type, x).getResult()
                  : nested.create<arith::ExtSIOp>(loc, type, x).getResult();
        return SmallVector<Value>{
            buildCombine(nested, loc, combine, carried[0], x, isUnsigned)};
      })[0];
  if (!converts) {
    kernel.setTensor(op.getResult(), total);
    return success();
  }
  int64_t count = 1;
  for (auto [size, kind] : llvm::zip_equal(space.sizes, space.iterators))
    if (kind == IteratorType::reduction)
      count *= size;
  finish(kernel, op, total, [&](OpBuilder &nested, Value value) -> Value {
    if (!isMean)
      return value;
    if (isa<FloatType>(type))
      return nested.create<arith::DivFOp>(
          loc, value, buildNumber(nested, loc, type, count));
    Value mean = nested.create<arith::DivSIOp>(
        loc, value,
        buildNumber(nested, loc, type, std::max<int64_t>(1, count)));
    Type storage = getStorageType(elementType);
    return storage == type
               ? mean
               : nested.create<arith::TruncIOp>(loc, storage, mean).getResult();
  });
  return success();
}

/// The index of the extremum: a fold over (best element, its index).
template <typename Op>
static LogicalResult convertArgReduce(KernelBuilder &kernel, Op op,
                                      bool isMaximum) {
  Location loc = op.getLoc();
  OpBuilder &builder = kernel.getBuilder();
  RankedTensorType input = tensorType(op.getInput());
  int64_t rank = input.getRank(), axis = fromFront(op.getAxis(), rank);
  Type elementType = input.getElementType();
  Type type = getComputeType(elementType);
  bool isUnsigned = elementType.isUnsignedInteger();

  IterationSpace space;
  space.sizes.assign(input.getShape().begin(), input.getShape().end());
  space.iterators.assign(rank, IteratorType::parallel);
  space.iterators[axis] = IteratorType::reduction;
  AffineMap identity =
      AffineMap::getMultiDimIdentityMap(rank, kernel.getContext());
  Loops loops(space, kernel.getContext());
  SmallVector<int64_t> reduced(input.getShape());
  reduced[axis] = 1;
  RankedTensorType stored =
      getStoredType(RankedTensorType::get(reduced, elementType));
  AffineMap outputMap =
      loops.squeeze(identity, RankedTensorType::get(reduced, elementType));

  auto empty = [&](Type type) -> Value {
    return builder.create<tensor::EmptyOp>(loc, stored.getShape(), type);
  };
  Combine combine = isMaximum ? Combine::Maximum : Combine::Minimum;
  Value best = kernel.fill(
      loc, empty(type), buildNeutral(builder, loc, combine, type, isUnsigned));
  // Before the first element there is none.
  Value index =
      kernel.fill(loc, empty(builder.getI64Type()),
                  buildNumber(builder, loc, builder.getI64Type(), -1));
  int64_t axisLoop = -1;
  if (auto dim =
          dyn_cast<AffineDimExpr>(loops.rewrite(identity).getResult(axis)))
    axisLoop = dim.getPosition();

  auto results = kernel.buildLoops(
      loc, loops, kernel.read(op.getInput(), identity, loops),
      {Write{best, outputMap, Type()}, Write{index, outputMap, Type()}},
      [&](OpBuilder &nested, ValueRange values, ValueRange carried) {
        Value x = values[0], champion = carried[0], at;
        if (axisLoop >= 0)
          at = nested.create<arith::IndexCastOp>(
              loc, nested.getI64Type(),
              nested.create<linalg::IndexOp>(loc, axisLoop));
        else
          at = buildNumber(nested, loc, nested.getI64Type(), 0);
        Value first = nested.create<arith::CmpIOp>(
            loc, arith::CmpIPredicate::slt, carried[1],
            buildNumber(nested, loc, nested.getI64Type(), 0));
        Value better;
        if (isa<FloatType>(type)) {
          using P = arith::CmpFPredicate;
          auto compare = [&](P predicate, Value a, Value b) -> Value {
            return nested.create<arith::CmpFOp>(loc, predicate, a, b);
          };
          Value wins = op.getSelectLastIndex()
                           ? compare(isMaximum ? P::OGE : P::OLE, x, champion)
                           : compare(isMaximum ? P::OGT : P::OLT, x, champion);
          // NaN beats every number; among NaNs the order decides.
          Value isNaN = compare(P::UNO, x, x);
          if (!op.getSelectLastIndex())
            isNaN = nested.create<arith::AndIOp>(
                loc, isNaN, compare(P::ORD, champion, champion));
          better = nested.create<arith::OrIOp>(loc, wins, isNaN);
        } else {
          using P = arith::CmpIPredicate;
          bool last = op.getSelectLastIndex();
          P predicate = isMaximum ? (isUnsigned ? (last ? P::uge : P::ugt)
                                                : (last ? P::sge : P::sgt))
                                  : (isUnsigned ? (last ? P::ule : P::ult)
                                                : (last ? P::sle : P::slt));
          better = nested.create<arith::CmpIOp>(loc, predicate, x, champion);
        }
        better = nested.create<arith::OrIOp>(loc, better, first);
        return SmallVector<Value>{
            nested.create<arith::SelectOp>(loc, better, x, champion),
            nested.create<arith::SelectOp>(loc, better, at, carried[1])};
      });
  finish(kernel, op, results[1], keep);
  return success();
}

/// A running sum: the loop over the axis goes in order, so that it carries the
/// total from element to element.
static LogicalResult convertCumSum(KernelBuilder &kernel, CumSumOp op) {
  Location loc = op.getLoc();
  OpBuilder &builder = kernel.getBuilder();
  MLIRContext *context = kernel.getContext();
  RankedTensorType type = op.getType();
  int64_t rank = type.getRank(), axis = fromFront(op.getAxis(), rank);
  Type elementType = type.getElementType();
  Type computeType = getComputeType(elementType);

  IterationSpace space;
  space.sizes.assign(type.getShape().begin(), type.getShape().end());
  space.iterators.assign(rank, IteratorType::parallel);
  space.iterators[axis] = IteratorType::reduction;
  Loops loops(space, context);
  SmallVector<AffineExpr> walk, total;
  SmallVector<int64_t> totalShape;
  for (int64_t i = 0; i < rank; ++i) {
    AffineExpr loop = getAffineDimExpr(i, context);
    walk.push_back(i == axis && op.getReverse() ? type.getDimSize(i) - 1 - loop
                                                : loop);
    if (i != axis) {
      total.push_back(loop);
      totalShape.push_back(type.getDimSize(i));
    }
  }
  AffineMap walkMap = AffineMap::get(rank, 0, walk, context);
  RankedTensorType totalType = RankedTensorType::get(totalShape, elementType);
  AffineMap totalMap =
      loops.squeeze(AffineMap::get(rank, 0, total, context), totalType);
  RankedTensorType stored = getStoredType(type);
  Value running = builder.create<tensor::EmptyOp>(
      loc, getStoredType(totalType).getShape(), computeType);
  running =
      kernel.fill(loc, running, buildNumber(builder, loc, computeType, 0));
  Value sums = builder.create<tensor::EmptyOp>(loc, stored.getShape(),
                                               stored.getElementType());
  // Something has to say how many iterations each loop has, in its order.
  Read order{
      builder.create<tensor::EmptyOp>(loc, stored.getShape(),
                                      stored.getElementType()),
      Attribute(), Type(),
      loops.squeeze(AffineMap::getMultiDimIdentityMap(rank, context), type)};
  SmallVector<Read> reads{kernel.read(op.getInput(), walkMap, loops)};
  if (op.getReverse())
    reads.push_back(order);
  auto results = kernel.buildLoops(
      loc, loops, reads,
      {Write{sums, loops.squeeze(walkMap, type), elementType},
       Write{running, totalMap, Type()}},
      [&](OpBuilder &nested, ValueRange values, ValueRange carried) {
        Value next;
        if (isa<FloatType>(computeType))
          next = nested.create<arith::AddFOp>(loc, carried[1], values[0]);
        else
          next = nested.create<arith::AddIOp>(loc, carried[1], values[0]);
        return SmallVector<Value>{op.getExclusive() ? carried[1] : next, next};
      });
  finish(kernel, op, results[0], [&](OpBuilder &nested, Value value) {
    return loadElement(nested, loc, value, elementType);
  });
  return success();
}

std::optional<LogicalResult> convertReduction(KernelBuilder &kernel,
                                              Operation *op) {
  using Result = std::optional<LogicalResult>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case<ReduceSumOp>(
          [&](auto op) { return convertReduce(kernel, op, Combine::Sum); })
      .Case<ReduceMeanOp>([&](auto op) {
        return convertReduce(kernel, op, Combine::Sum, /*isMean=*/true);
      })
      .Case<ReduceMaxOp>(
          [&](auto op) { return convertReduce(kernel, op, Combine::Maximum); })
      .Case<ReduceMinOp>(
          [&](auto op) { return convertReduce(kernel, op, Combine::Minimum); })
      .Case<ReduceProdOp>(
          [&](auto op) { return convertReduce(kernel, op, Combine::Product); })
      .Case<ArgMaxOp>(
          [&](auto op) { return convertArgReduce(kernel, op, true); })
      .Case<ArgMinOp>(
          [&](auto op) { return convertArgReduce(kernel, op, false); })
      .Case<CumSumOp>([&](auto op) { return convertCumSum(kernel, op); })
      .Default([](Operation *) { return std::nullopt; });
}

} // namespace autoglm::cpu
