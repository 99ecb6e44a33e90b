//===- DirectConv.cpp - loops of a direct convolution -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DirectConv.h"
#include "../KernelBuilder.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace autoglm::cpu {

Value loadFloat(LoopBuilder &loops, Value buffer, Value at) {
  Value value = loops.builder.create<memref::LoadOp>(loops.loc, buffer, at);
  return loadElement(loops.builder, loops.loc, value, value.getType());
}

Value loadFloats(LoopBuilder &loops, Value buffer, Value at, int64_t lanes) {
  Type stored = cast<MemRefType>(buffer.getType()).getElementType();
  Value value = loops.builder.create<vector::LoadOp>(
      loops.loc, VectorType::get(lanes, stored), buffer, at);
  return loadElement(loops.builder, loops.loc, value, stored);
}

namespace {
/// One convolution while it is written.
struct DirectConv {
  using Values = LoopBuilder::Values;

  LoopBuilder &loops;
  const ConvShape &shape;
  const ConvPlan &plan;
  const ConvKernel &kernel;

  /// Elements between neighbours.
  int64_t inputPixel, inputRow, inputBlock, weightTap, weightRow, weightBlock,
      weightOutput;

  DirectConv(LoopBuilder &loops, const ConvShape &shape, const ConvPlan &plan,
             const ConvKernel &kernel);
  void build();

private:
  /// A tile of one row.
  struct Tile {
    Value image, block, row, column;
    /// Position of its first pixel and tap in the input, perhaps outside.
    Value input;
    /// First weight of its block of channels.
    Value weight;
    int64_t pixels;
    ArrayRef<TapRun> taps;
    /// Taps of the row's window that are inside.
    std::pair<Value, Value> rows;
  };

  void buildPart(Value image, Value block, Value row, const TileRun &run,
                 Value column);
  void buildTile(const Tile &tile);
  Values reduceBlock(const Tile &tile, Value input, Value weight,
                     int64_t channels, Values sums);
  Values reduceChannels(const TapRun &run, Value input, Value weight,
                        int64_t channels, int64_t pixels, Values sums);
};
} // namespace

DirectConv::DirectConv(LoopBuilder &loops, const ConvShape &shape,
                       const ConvPlan &plan, const ConvKernel &kernel)
    : loops(loops), shape(shape), plan(plan), kernel(kernel) {
  inputPixel = shape.inputLanes;
  inputRow = inputPixel * shape.columns.input;
  inputBlock = inputRow * shape.rows.input;
  weightTap = shape.inputLanes * shape.lanes;
  weightRow = weightTap * shape.columns.taps;
  weightBlock = weightRow * shape.rows.taps;
  weightOutput =
      weightBlock * llvm::divideCeil(shape.inputsPerGroup(), shape.inputLanes);
}

void DirectConv::build() {
  int64_t columns = shape.columns.output;
  int64_t parts = llvm::divideCeil(columns, plan.partPixels);
  int64_t blocks = shape.outputBlocks() / plan.blocks;
  OpBuilder::InsertionGuard guard(loops.builder);
  Values ivs =
      plan.areRowsOutside
          ? loops.forall({shape.batch, shape.rows.output, parts, blocks})
          : loops.forall({shape.batch, blocks, shape.rows.output, parts});
  Value image = ivs[0];
  Value row = ivs[plan.areRowsOutside ? 1 : 2];
  Value part = ivs[plan.areRowsOutside ? 2 : 3];
  Value block = loops.multiply(ivs[plan.areRowsOutside ? 3 : 1], plan.blocks);
  if (parts == 1) {
    for (const TileRun &run : shape.columns.tileRuns(plan.pixels))
      buildPart(image, block, row, run, loops.constant(run.start));
    return;
  }
  // Inside the input all tiles are alike but the last.
  Value first = loops.multiply(part, plan.partPixels);
  int64_t whole = columns / plan.pixels * plan.pixels;
  TileRun run{0, 1, plan.pixels, shape.columns.tapRuns(0, plan.pixels)};
  Value end = loops.minimum(loops.add(first, plan.partPixels), whole);
  loops.loop(first, end, plan.pixels, {}, [&](Value column, Values) {
    buildPart(image, block, row, run, column);
    return Values();
  });
  if (int64_t rest = columns - whole) {
    Value isLast = loops.builder.create<arith::CmpIOp>(
        loops.loc, arith::CmpIPredicate::eq, part, loops.constant(parts - 1));
    auto branch = loops.builder.create<scf::IfOp>(loops.loc, isLast,
                                                  /*withElseRegion=*/false);
    loops.builder.setInsertionPointToStart(branch.thenBlock());
    buildPart(image, block, row,
              {whole, 1, rest, shape.columns.tapRuns(whole, rest)},
              loops.constant(whole));
  }
}

void DirectConv::buildPart(Value image, Value block, Value row,
                           const TileRun &run, Value column) {
  Tile tile{image,      block,    row,
            column,     Value(),  Value(),
            run.pixels, run.taps, shape.rows.bounds(loops, row)};
  Value top =
      loops.add(loops.multiply(row, shape.rows.stride), -shape.rows.pad);
  Value inputBlocks = loops.multiply(image, shape.inputBlocks());
  if (shape.groups > 1) {
    Value group =
        loops.divide(block, shape.outputs / shape.groups / shape.lanes);
    inputBlocks =
        loops.add(inputBlocks, loops.multiply(group, shape.inputsPerGroup() /
                                                         shape.inputLanes));
  }
  Value base = loops.add(loops.multiply(inputBlocks, inputBlock),
                         loops.multiply(top, inputRow));
  tile.weight = loops.multiply(block, weightOutput);
  Value first = column;
  Value last = loops.add(column, run.count * run.pixels);
  loops.loop(first, last, run.pixels, {}, [&](Value at, Values) {
    tile.column = at;
    Value left =
        loops.add(loops.multiply(at, shape.columns.stride), -shape.columns.pad);
    tile.input = loops.add(base, loops.multiply(left, inputPixel));
    buildTile(tile);
    return Values();
  });
}

void DirectConv::buildTile(const Tile &tile) {
  Values sums;
  for (int64_t block = 0; block < plan.blocks; ++block)
    sums.append(tile.pixels, kernel.start(loops.add(tile.block, block)));
  int64_t whole = shape.inputsPerGroup() / shape.inputLanes;
  int64_t rest = shape.inputsPerGroup() % shape.inputLanes;
  auto reduce = [&](Value at, int64_t channels, Values carried) {
    return reduceBlock(tile,
                       loops.add(tile.input, loops.multiply(at, inputBlock)),
                       loops.add(tile.weight, loops.multiply(at, weightBlock)),
                       channels, std::move(carried));
  };
  sums =
      loops.loop(0, whole, 1, std::move(sums), [&](Value at, Values carried) {
        return reduce(at, shape.inputLanes, std::move(carried));
      });
  // What follows the last channel in its block may be anything.
  if (rest != 0)
    sums = reduce(loops.constant(whole), rest, std::move(sums));
  kernel.finish({tile.image, tile.block, tile.row, tile.column, plan.blocks,
                 tile.pixels, sums});
}

/// Adds what one block of input channels contributes to a tile.
LoopBuilder::Values DirectConv::reduceBlock(const Tile &tile, Value input,
                                            Value weight, int64_t channels,
                                            Values sums) {
  auto [low, high] = tile.rows;
  return loops.loop(low, high, 1, std::move(sums), [&](Value row, Values sums) {
    Value rowInput =
        loops.add(input, loops.multiply(row, shape.rows.dilation * inputRow));
    Value rowWeight = loops.add(weight, loops.multiply(row, weightRow));
    return loopOverTaps(
        loops, tile.taps, row, std::move(sums),
        [&](const TapRun &run, Value tap, Values sums) {
          Value tapInput =
              loops.add(rowInput, loops.multiply(tap, shape.columns.dilation *
                                                          inputPixel));
          return reduceChannels(
              run, tapInput,
              loops.add(rowWeight, loops.multiply(tap, weightTap)), channels,
              tile.pixels, std::move(sums));
        });
  });
}

/// Some channels of one tap. The loop stays a loop, so that LLVM does not keep
/// elements that neighbouring taps share.
LoopBuilder::Values DirectConv::reduceChannels(const TapRun &run, Value input,
                                               Value weight, int64_t channels,
                                               int64_t pixels, Values sums) {
  int64_t whole = channels / plan.unroll * plan.unroll;
  auto reduce = [&](Value first, int64_t count, Values sums) {
    Value channelInput = loops.add(input, first);
    Value channelWeight = loops.add(weight, loops.multiply(first, shape.lanes));
    for (int64_t i = 0; i < count; ++i) {
      Value at = loops.add(channelInput, i);
      Value weights = loops.add(channelWeight, i * shape.lanes);
      Values factors;
      for (int64_t block = 0; block < plan.blocks; ++block)
        factors.push_back(loadFloats(loops, kernel.weight,
                                     loops.add(weights, block * weightOutput),
                                     shape.lanes));
      if (plan.doesPrefetch)
        for (int64_t block = 0; block < plan.blocks; ++block)
          loops.builder.create<memref::PrefetchOp>(
              loops.loc, kernel.weight,
              loops.add(weights, block * weightOutput + weightBlock),
              /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
      for (int64_t pixel = run.firstPixel; pixel < run.lastPixel; ++pixel) {
        Value element =
            loadFloat(loops, kernel.input,
                      loops.add(at, pixel * shape.columns.stride * inputPixel));
        Value spread = loops.builder.create<vector::BroadcastOp>(
            loops.loc, sums.front().getType(), element);
        for (int64_t block = 0; block < plan.blocks; ++block) {
          Value &sum = sums[block * pixels + pixel];
          sum = loops.builder.create<vector::FMAOp>(loops.loc, spread,
                                                    factors[block], sum);
        }
      }
    }
    return sums;
  };
  sums = loops.loop(0, whole, plan.unroll, std::move(sums),
                    [&](Value first, Values sums) {
                      return reduce(first, plan.unroll, std::move(sums));
                    });
  return reduce(loops.constant(whole), channels - whole, std::move(sums));
}

void buildDirectConv(LoopBuilder &loops, const ConvShape &shape,
                     const ConvPlan &plan, const ConvKernel &kernel) {
  DirectConv(loops, shape, plan, kernel).build();
}

} // namespace autoglm::cpu
