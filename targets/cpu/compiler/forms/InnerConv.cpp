//===- InnerConv.cpp - convolutions inside blocks of channels -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DirectConv.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <map>

using namespace mlir;

namespace autoglm::cpu {

namespace {
/// One convolution while it is written.
struct InnerConv {
  using Values = LoopBuilder::Values;

  LoopBuilder &loops;
  const ConvShape &shape;
  const ConvKernel &kernel;
  /// Pixels of a tile.
  int64_t pixels;

  int64_t lanes = shape.lanes;
  int64_t group = shape.inputsPerGroup();
  int64_t inputRow = lanes * shape.columns.input;
  int64_t weightTap = lanes * group;
  int64_t weightRow = weightTap * shape.columns.taps;

  void buildRow(Value image, Value block, Value row);

private:
  Values reduceDepthwise(const TileRun &run, Value input, Value weight,
                         Values sums);
  Values reduceGroups(const TileRun &run, Value row, Value input, Value weight,
                      Values sums);
};
} // namespace

/// Adds what one row of taps contributes to a tile. Each input vector is loaded
/// once. Loading the weights of a row again for each tile costs nothing beside
/// the multiply-adds.
LoopBuilder::Values InnerConv::reduceDepthwise(const TileRun &run, Value input,
                                               Value weight, Values sums) {
  Values factors;
  for (int64_t tap = 0; tap < shape.columns.taps; ++tap)
    factors.push_back(loadFloats(loops, kernel.weight,
                                 loops.add(weight, tap * lanes), lanes));
  // Which tap of which pixel reads the input at an offset.
  std::map<int64_t, SmallVector<std::pair<int64_t, int64_t>>> uses;
  for (const TapRun &taps : run.taps)
    for (int64_t tap = taps.begin; tap < taps.end; ++tap)
      for (int64_t pixel = taps.firstPixel; pixel < taps.lastPixel; ++pixel)
        uses[pixel * shape.columns.stride + tap * shape.columns.dilation]
            .push_back({pixel, tap});
  for (const auto &[offset, users] : uses) {
    Value vector = loadFloats(loops, kernel.input,
                              loops.add(input, offset * lanes), lanes);
    for (auto [pixel, tap] : users)
      sums[pixel] = loops.builder.create<vector::FMAOp>(
          loops.loc, vector, factors[tap], sums[pixel]);
  }
  return sums;
}

/// The same for several groups in a block: the i-th input channel of each
/// lane's own group is moved to it.
LoopBuilder::Values InnerConv::reduceGroups(const TileRun &run, Value row,
                                            Value input, Value weight,
                                            Values sums) {
  auto reduceTap = [&](const TapRun &taps, Value tap, Values sums) {
    Value at =
        loops.add(input, loops.multiply(tap, shape.columns.dilation * lanes));
    Value weights = loops.add(weight, loops.multiply(tap, weightTap));
    Values vectors(run.pixels);
    for (int64_t pixel = taps.firstPixel; pixel < taps.lastPixel; ++pixel)
      vectors[pixel] = loadFloats(
          loops, kernel.input,
          loops.add(at, pixel * shape.columns.stride * lanes), lanes);
    for (int64_t i = 0; i < group; ++i) {
      Value factor = loadFloats(loops, kernel.weight,
                                loops.add(weights, i * lanes), lanes);
      SmallVector<int64_t> from;
      for (int64_t lane = 0; lane < lanes; ++lane)
        from.push_back(lane / group * group + i);
      for (int64_t pixel = taps.firstPixel; pixel < taps.lastPixel; ++pixel) {
        Value moved = loops.builder.create<vector::ShuffleOp>(
            loops.loc, vectors[pixel], vectors[pixel], from);
        sums[pixel] = loops.builder.create<vector::FMAOp>(loops.loc, moved,
                                                          factor, sums[pixel]);
      }
    }
    return sums;
  };
  return loopOverTaps(loops, run.taps, row, std::move(sums), reduceTap);
}

void InnerConv::buildRow(Value image, Value block, Value row) {
  const Window &columns = shape.columns;
  Value start = kernel.start(block);
  Value plane = loops.add(loops.multiply(image, shape.inputBlocks()), block);
  Value top =
      loops.add(loops.multiply(row, shape.rows.stride), -shape.rows.pad);
  Value origin = loops.add(loops.multiply(plane, inputRow * shape.rows.input),
                           loops.multiply(top, inputRow));
  Value weight = loops.multiply(block, weightRow * shape.rows.taps);
  auto [low, high] = shape.rows.bounds(loops, row);
  auto buildTile = [&, low = low, high = high](const TileRun &run,
                                               Value column) {
    Value left =
        loops.add(loops.multiply(column, columns.stride), -columns.pad);
    Value input = loops.add(origin, loops.multiply(left, lanes));
    Values sums = loops.loop(
        low, high, 1, Values(run.pixels, start), [&](Value tap, Values sums) {
          Value at = loops.add(
              input, loops.multiply(tap, shape.rows.dilation * inputRow));
          Value weights = loops.add(weight, loops.multiply(tap, weightRow));
          return group == 1
                     ? reduceDepthwise(run, at, weights, std::move(sums))
                     : reduceGroups(run, tap, at, weights, std::move(sums));
        });
    kernel.finish({image, block, row, column, /*blocks=*/1, run.pixels, sums});
  };
  for (const TileRun &run : columns.tileRuns(pixels))
    loops.loop(run.start, run.start + run.count * run.pixels, run.pixels, {},
               [&](Value column, Values) {
                 buildTile(run, column);
                 return Values();
               });
}

/// Registers hold the accumulators of a tile and, of a row of taps, the weights
/// and one input vector, or with groups all inputs and, for each channel, an
/// order of lanes and what it gives. LLVM loads some vectors ahead, so they get
/// half of the registers.
static int64_t choosePixels(const ConvShape &shape,
                            const MachineShape &machine) {
  const int64_t maxPixels = 8;
  int64_t perVector =
      std::max<int64_t>(1, shape.lanes * static_cast<int64_t>(sizeof(float)) /
                               machine.vectorBytes);
  int64_t vectors = machine.registers / perVector;
  int64_t group = shape.inputsPerGroup();
  int64_t free =
      group == 1 ? std::min(vectors / 2 - 3, vectors - 2 - shape.columns.taps)
                 : (vectors - 2 - group) / 4;
  int64_t most = std::clamp<int64_t>(free, 1, maxPixels);
  int64_t tiles = llvm::divideCeil(shape.columns.output, most);
  return llvm::divideCeil(shape.columns.output, tiles);
}

void buildInnerConv(LoopBuilder &loops, const ConvShape &shape,
                    const MachineShape &machine, const ConvKernel &kernel) {
  OpBuilder::InsertionGuard guard(loops.builder);
  // Parts that are so small that counting them takes time are put together.
  const int64_t minSteps = 4096;
  int64_t rows = shape.rows.output;
  int64_t steps = shape.columns.output * shape.columns.taps * shape.rows.taps *
                  shape.inputsPerGroup();
  int64_t perPart = std::clamp<int64_t>(minSteps / steps, 1, rows);
  int64_t parts = llvm::divideCeil(rows, perPart);
  LoopBuilder::Values ivs =
      loops.forall({shape.batch, shape.outputBlocks(), parts});
  Value first = loops.multiply(ivs[2], perPart);
  Value last = loops.minimum(loops.add(first, perPart), rows);
  InnerConv conv{loops, shape, kernel, choosePixels(shape, machine)};
  loops.loop(first, last, 1, {}, [&](Value row, LoopBuilder::Values) {
    conv.buildRow(ivs[0], ivs[1], row);
    return LoopBuilder::Values();
  });
}

} // namespace autoglm::cpu
