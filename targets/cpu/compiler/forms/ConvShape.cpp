//===- ConvShape.cpp - sizes and tiles of a blocked convolution -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvShape.h"

#include "dialects/AutoGLM/Layout.h"

using namespace mlir;

namespace autoglm::cpu {

/// Whether dimensions are in order, followed by these blocks.
static bool isBlocked(LayoutAttr layout, ArrayRef<int64_t> inner) {
  return layout && llvm::is_sorted(layout.getOrder()) &&
         layout.getInner() == inner;
}

std::optional<ConvShape> ConvShape::of(ConvOp op) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  auto weight = cast<RankedTensorType>(op.getWeight().getType());
  RankedTensorType result = op.getType();
  int64_t rank = result.getRank();
  if ((rank != 3 && rank != 4) || !input.hasStaticShape() ||
      !weight.hasStaticShape() || !result.hasStaticShape() ||
      result.getNumElements() == 0)
    return std::nullopt;
  LayoutAttr layout = getLayout(op.getResult());
  if (!layout || layout.getInner().size() != 2 || layout.getInner()[0] != 1)
    return std::nullopt;
  ConvShape shape;
  shape.batch = result.getDimSize(0);
  shape.inputs = input.getDimSize(1);
  shape.outputs = result.getDimSize(1);
  shape.groups = op.getGroup();
  shape.lanes = layout.getInner()[1];
  shape.hasRows = rank == 4;
  if (!isBlocked(layout, {1, shape.lanes}))
    return std::nullopt;
  LayoutAttr inputLayout = getLayout(op.getInput());
  if (inputLayout && !isBlocked(inputLayout, {1, shape.lanes}))
    return std::nullopt;
  shape.inputLanes = inputLayout ? shape.lanes : 1;
  auto window = [&](int64_t i) -> Window {
    return {weight.getDimSize(i + 2), op.getStrides()[i],
            op.getDilations()[i],     op.getPads()[i],
            input.getDimSize(i + 2),  result.getDimSize(i + 2)};
  };
  shape.rows = shape.hasRows ? window(0) : Window{1, 1, 1, 0, 1, 1};
  shape.columns = window(rank - 3);
  if (!inputLayout && shape.groups > 1)
    return std::nullopt;
  // A block of channels belongs to one group.
  int64_t group = shape.inputsPerGroup();
  if (shape.groups > 1 && !shape.isInner() &&
      (group % shape.lanes != 0 ||
       (shape.outputs / shape.groups) % shape.lanes != 0))
    return std::nullopt;
  int64_t block = shape.isInner() ? group : shape.inputLanes;
  LayoutAttr weights = getLayout(op.getWeight());
  if (block == 1 ? isBlocked(weights, {0, shape.lanes})
                 : isBlocked(weights, {1, block, 0, shape.lanes}))
    return shape;
  return std::nullopt;
}

std::optional<ConvShape> ConvShape::of(WinogradConvOp op) {
  auto input = cast<RankedTensorType>(op.getInput().getType());
  RankedTensorType result = op.getType();
  LayoutAttr layout = getLayout(op.getResult());
  if (!input.hasStaticShape() || !result.hasStaticShape() || !layout ||
      layout.getInner().size() != 2 ||
      !isBlocked(layout, {1, layout.getInner()[1]}) ||
      getLayout(op.getInput()) != layout)
    return std::nullopt;
  auto window = [&](int64_t i) -> Window {
    return {3,
            1,
            1,
            op.getPads()[i],
            input.getDimSize(i + 2),
            result.getDimSize(i + 2)};
  };
  int64_t lanes = layout.getInner()[1];
  return ConvShape{result.getDimSize(0),
                   input.getDimSize(1),
                   result.getDimSize(1),
                   /*groups=*/1,
                   lanes,
                   lanes,
                   window(0),
                   window(1),
                   /*hasRows=*/true};
}

/// Registers that vectors of a block's lanes take.
static int64_t registersPerVector(const ConvShape &shape,
                                  const MachineShape &machine) {
  return std::max<int64_t>(1, shape.lanes *
                                  static_cast<int64_t>(sizeof(float)) /
                                  machine.vectorBytes);
}

int64_t unrollFor(int64_t pixels, int64_t blocks, const ConvShape &shape,
                  const MachineShape &machine) {
  const int64_t most = 4;
  int64_t vectors = machine.registers / registersPerVector(shape, machine);
  // One register holds the element, two results on their way.
  int64_t free = vectors - pixels * blocks - 3;
  int64_t unroll = std::min(shape.inputLanes, most);
  while (unroll > 1 && unroll * blocks > free)
    unroll /= 2;
  return unroll;
}

/// Accumulators that stay in registers beside weights and an input element.
/// More than 14 gain nothing: a chain of that length hides the latency of two
/// units.
static int64_t maxAccumulators(const ConvShape &shape,
                               const MachineShape &machine) {
  return std::max<int64_t>(1, std::min<int64_t>(machine.registers - 4, 14) /
                                  registersPerVector(shape, machine));
}

/// Tile of the least time: a multiply-add takes as long as two loads, weights
/// come from farther away than the input, and a tile is not faster than the
/// latency of its multiply-adds.
static void chooseTile(const ConvShape &shape, const MachineShape &machine,
                       ConvPlan &plan) {
  const int64_t minChain = 8;
  int64_t budget = maxAccumulators(shape, machine);
  int64_t columns = shape.columns.output;
  int64_t blocksPerGroup = shape.outputBlocks() / shape.groups;
  double best = std::numeric_limits<double>::infinity();
  // Each block needs a register for its weights, too.
  int64_t most = std::min({budget, blocksPerGroup, machine.registers / 4});
  for (int64_t blocks = 1; blocks <= most; ++blocks) {
    if (blocksPerGroup % blocks != 0)
      continue;
    int64_t tiles = llvm::divideCeil(columns, budget / blocks);
    int64_t pixels = llvm::divideCeil(columns, tiles);
    tiles = llvm::divideCeil(columns, pixels);
    double loads = columns + 2 * tiles * blocks, steps = 0;
    for (int64_t tile = 0; tile < tiles; ++tile)
      steps += std::max(minChain,
                        blocks * std::min(pixels, columns - tile * pixels));
    double cost = (steps + loads / 2) / blocks;
    if (cost < best) {
      best = cost;
      plan.pixels = pixels;
      plan.blocks = blocks;
    }
  }
}

ConvPlan ConvPlan::of(const ConvShape &shape, const MachineShape &machine) {
  ConvPlan plan;
  chooseTile(shape, machine, plan);
  plan.unroll = unrollFor(plan.pixels, plan.blocks, shape, machine);
  // Parts that are so small that counting them takes time are put together.
  const int64_t minSteps = 8192;
  int64_t steps = shape.inputsPerGroup() * shape.rows.taps *
                  shape.columns.taps * plan.pixels * plan.blocks;
  int64_t tiles = llvm::divideCeil(shape.columns.output, plan.pixels);
  int64_t perPart = std::min(
      tiles, std::max<int64_t>(1, minSteps / std::max<int64_t>(1, steps)));
  // Rows of many taps are not cut: their edges are special.
  if (!shape.columns.isInside())
    perPart = tiles;
  plan.partPixels = perPart * plan.pixels;

  const int64_t size = sizeof(float);
  int64_t taps = shape.rows.taps * shape.columns.taps;
  int64_t weights = shape.inputsPerGroup() * shape.outputs * taps * size;
  int64_t weightsOfTile =
      shape.inputsPerGroup() * plan.blocks * shape.lanes * taps * size;
  // What is read again for each tile of channels has to leave room for the
  // image in the second cache.
  plan.areRowsOutside = weightsOfTile > machine.l2Bytes * 3 / 10;
  plan.doesPrefetch = weights > machine.l2Bytes;
  return plan;
}

} // namespace autoglm::cpu
