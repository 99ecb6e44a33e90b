//===- Pool.cpp - windows and planes in blocks of channels -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../KernelBuilder.h"
#include "../Layouts.h"
#include "DirectConv.h"
#include "Epilogue.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace autoglm::cpu {

using Values = LoopBuilder::Values;

namespace {
/// A maximum or mean over a window, or over the whole plane.
struct PoolShape {
  int64_t batch, channels, blocks, lanes;
  bool isMean;
  /// The mean divides by all taps, not only by those inside.
  bool countsPadding = false;
  bool isGlobal = false;
  Window rows, columns;

  static std::optional<PoolShape> of(Operation *op);
  template <typename Op> bool setWindow(Op op);
  bool setGlobal(RankedTensorType input);
};

class PoolBuilder {
public:
  PoolBuilder(func::FuncOp source, Operation *op, const PoolShape &shape,
              const Epilogue &epilogue)
      : b(source), loops(b, b.getLoc()), op(op), shape(shape),
        epilogue(epilogue),
        vector(VectorType::get(shape.lanes, b.getF32Type())) {}

  func::FuncOp run();

private:
  Value collapse(Value buffer);
  Value combine(Value total, Value element);
  Value neutral();
  Value divide(Value total, Value count);
  void buildRow(Value image, Value block, Value row);
  void buildPlane(Value image, Value block);
  void emit(Value value, Value image, Value block, Value row, Value column);

  FormBuilder b;
  LoopBuilder loops;
  Operation *op;
  const PoolShape &shape;
  const Epilogue &epilogue;
  VectorType vector;
  Value input;
};
} // namespace

template <typename Op> bool PoolShape::setWindow(Op op) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  auto result = op.getType();
  auto window = [&](int64_t i) -> Window {
    return {op.getKernelShape()[i],  op.getStrides()[i],
            op.getDilations()[i],    op.getPads()[i],
            input.getDimSize(i + 2), result.getDimSize(i + 2)};
  };
  if (result.getRank() != 4)
    return false;
  rows = window(0);
  columns = window(1);
  if constexpr (std::is_same_v<Op, AveragePoolOp>) {
    countsPadding = op.getCountIncludePad();
    // A window beyond the padding counts less.
    auto isWithin = [](const Window &window, int64_t end) {
      return (window.output - 1) * window.stride +
                 (window.taps - 1) * window.dilation <
             window.input + window.pad + end;
    };
    if (countsPadding && (!isWithin(rows, op.getPads()[2]) ||
                          !isWithin(columns, op.getPads()[3])))
      return false;
  }
  return true;
}

bool PoolShape::setGlobal(RankedTensorType input) {
  isGlobal = true;
  int64_t places = 1;
  for (int64_t size : input.getShape().drop_front(2))
    places *= size;
  rows = {1, 1, 1, 0, 1, 1};
  columns = {places, 1, 1, 0, places, 1};
  return true;
}

std::optional<PoolShape> PoolShape::of(Operation *op) {
  if (op->getNumOperands() != 1 || op->getNumResults() != 1)
    return std::nullopt;
  auto input = cast<RankedTensorType>(op->getOperand(0).getType());
  auto result = cast<RankedTensorType>(op->getResult(0).getType());
  auto blocking = getBlocking(getLayout(result));
  if (!blocking || blocking->dim != 1 ||
      getLayout(input) != getLayout(result) || !input.getElementType().isF32())
    return std::nullopt;
  PoolShape shape;
  shape.batch = input.getDimSize(0);
  shape.lanes = blocking->block;
  shape.channels = input.getDimSize(1);
  shape.blocks = llvm::divideCeil(shape.channels, shape.lanes);
  shape.isMean = isa<AveragePoolOp, GlobalAveragePoolOp, ReduceMeanOp>(op);
  auto reducesPlane = [&](auto reduce) {
    SmallVector<int64_t> axes;
    for (int64_t axis : reduce.getAxes())
      axes.push_back(axis < 0 ? axis + input.getRank() : axis);
    llvm::sort(axes);
    return reduce.getKeepdims() && shape.setGlobal(input) &&
           llvm::equal(axes, llvm::seq<int64_t>(2, input.getRank()));
  };
  bool isKnown = llvm::TypeSwitch<Operation *, bool>(op)
                     .Case<MaxPoolOp, AveragePoolOp>(
                         [&](auto pool) { return shape.setWindow(pool); })
                     .Case<GlobalAveragePoolOp, GlobalMaxPoolOp>(
                         [&](Operation *) { return shape.setGlobal(input); })
                     .Case<ReduceMeanOp, ReduceMaxOp>(reducesPlane)
                     .Default([](Operation *) { return false; });
  return isKnown ? std::optional(shape) : std::nullopt;
}

Value PoolBuilder::collapse(Value buffer) {
  int64_t rank = cast<MemRefType>(buffer.getType()).getRank();
  SmallVector<ReassociationIndices> all{
      llvm::to_vector(llvm::seq<int64_t>(0, rank))};
  return b.create<memref::CollapseShapeOp>(buffer, all);
}

Value PoolBuilder::combine(Value total, Value element) {
  return buildCombine(b, b.getLoc(),
                      shape.isMean ? Combine::Sum : Combine::Maximum, total,
                      element, /*isUnsigned=*/false);
}

Value PoolBuilder::neutral() {
  return b.create<vector::BroadcastOp>(
      vector, buildNeutral(b, b.getLoc(),
                           shape.isMean ? Combine::Sum : Combine::Maximum,
                           b.getF32Type(), /*isUnsigned=*/false));
}

Value PoolBuilder::divide(Value total, Value count) {
  Value number = b.create<arith::SIToFPOp>(
      b.getF32Type(), b.create<arith::IndexCastOp>(b.getI64Type(), count));
  return b.create<arith::DivFOp>(total,
                                 b.create<vector::BroadcastOp>(vector, number));
}

void PoolBuilder::emit(Value value, Value image, Value block, Value row,
                       Value column) {
  SmallVector<Value> at{image, loops.multiply(block, shape.lanes)};
  int64_t rank = cast<RankedTensorType>(op->getResult(0).getType()).getRank();
  // Only windows have two dimensions; a plane has become one element.
  for (int64_t i = 2; i < rank; ++i)
    at.push_back(shape.isGlobal ? loops.constant(0) : i == 2 ? row : column);
  Value mask;
  if (shape.channels % shape.lanes != 0)
    mask = b.create<vector::CreateMaskOp>(
        VectorType::get(shape.lanes, b.getI1Type()),
        b.apply(shape.channels - getAffineDimExpr(0, op->getContext()), at[1]));
  epilogue.emit(b, value, at, mask);
}

void PoolBuilder::buildRow(Value image, Value block, Value row) {
  const int64_t maxPixels = 4;
  const Window &rows = shape.rows, &columns = shape.columns;
  Value plane = loops.add(loops.multiply(image, shape.blocks), block);
  Value top = loops.add(loops.multiply(row, rows.stride), -rows.pad);
  auto [low, high] = rows.bounds(loops, row);
  auto buildTile = [&, low = low, high = high](const TileRun &run,
                                               Value column) {
    Value left =
        loops.add(loops.multiply(column, columns.stride), -columns.pad);
    auto reduceRow = [&](Value tapRow, Values totals) {
      Value line =
          loops.add(loops.multiply(plane, rows.input),
                    loops.add(top, loops.multiply(tapRow, rows.dilation)));
      Value start = loops.add(loops.multiply(line, columns.input), left);
      return loopOverTaps(
          loops, run.taps, tapRow, std::move(totals),
          [&](const TapRun &taps, Value tap, Values totals) {
            Value at = loops.multiply(
                loops.add(start, loops.multiply(tap, columns.dilation)),
                shape.lanes);
            for (int64_t i = taps.firstPixel; i < taps.lastPixel; ++i)
              totals[i] = combine(
                  totals[i],
                  loadFloats(loops, input,
                             loops.add(at, i * columns.stride * shape.lanes),
                             shape.lanes));
            return totals;
          });
    };
    Values totals =
        loops.loop(low, high, 1, Values(run.pixels, neutral()), reduceRow);
    Value tapRows = b.create<arith::SubIOp>(high, low);
    for (int64_t i = 0; i < run.pixels; ++i) {
      Value total = totals[i];
      if (shape.isMean) {
        int64_t taps = 0;
        for (const TapRun &part : run.taps)
          if (part.firstPixel <= i && i < part.lastPixel)
            taps += part.end - part.begin;
        total = divide(total, shape.countsPadding
                                  ? loops.constant(rows.taps * columns.taps)
                                  : loops.multiply(tapRows, taps));
      }
      emit(total, image, block, row, loops.add(column, i));
    }
  };
  for (const TileRun &run : columns.tileRuns(maxPixels))
    loops.loop(run.start, run.start + run.count * run.pixels, run.pixels, {},
               [&](Value column, Values) {
                 buildTile(run, column);
                 return Values();
               });
}

void PoolBuilder::buildPlane(Value image, Value block) {
  // As many totals as hide the latency of an addition.
  const int64_t width = 4;
  int64_t places = shape.columns.taps, whole = places / width * width;
  Value plane = loops.multiply(
      loops.add(loops.multiply(image, shape.blocks), block), places);
  auto load = [&](Value place) {
    return loadFloats(loops, input,
                      loops.multiply(loops.add(plane, place), shape.lanes),
                      shape.lanes);
  };
  Values totals =
      loops.loop(0, whole, width, Values(width, neutral()),
                 [&](Value place, Values totals) {
                   for (int64_t i = 0; i < width; ++i)
                     totals[i] = combine(totals[i], load(loops.add(place, i)));
                   return totals;
                 });
  totals[0] = combine(totals[0], totals[1]);
  totals[2] = combine(totals[2], totals[3]);
  Values total{combine(totals[0], totals[2])};
  for (int64_t i = whole; i < places; ++i)
    total[0] = combine(total[0], load(loops.constant(i)));
  if (shape.isMean)
    total[0] = divide(total[0], loops.constant(places));
  emit(total[0], image, block, loops.constant(0), loops.constant(0));
}

func::FuncOp PoolBuilder::run() {
  input = collapse(b.getBuffer(op->getOperand(0)));
  {
    OpBuilder::InsertionGuard guard(b);
    if (shape.isGlobal) {
      Values ivs = loops.forall({shape.batch, shape.blocks});
      buildPlane(ivs[0], ivs[1]);
    } else {
      Values ivs = loops.forall({shape.batch, shape.blocks, shape.rows.output});
      buildRow(ivs[0], ivs[1], ivs[2]);
    }
  }
  return b.finish();
}

func::FuncOp buildPool(func::FuncOp source, const MachineShape &machine) {
  Operation *op = getAnchor(source);
  auto shape = op ? PoolShape::of(op) : std::nullopt;
  if (!shape || !isa<BlockArgument>(op->getOperand(0)))
    return {};
  auto epilogue = Epilogue::match(source, op, /*dim=*/1, shape->lanes);
  if (!epilogue)
    return {};
  return PoolBuilder(source, op, *shape, *epilogue).run();
}

} // namespace autoglm::cpu
