//===- Relayout.cpp - between rows and blocks of channels -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Layouts.h"
#include "Form.h"
#include "LoopBuilder.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace autoglm::cpu {

/// In each step, pairs of rows exchange the halves of their parts of twice
/// `distance` elements.
SmallVector<Value> transposeSquare(OpBuilder &builder, Location loc,
                                   SmallVector<Value> rows) {
  int64_t size = rows.size();
  for (int64_t distance = 1; distance < size; distance *= 2)
    for (int64_t i = 0; i < size; ++i) {
      if (i & distance)
        continue;
      SmallVector<int64_t> upper, lower;
      for (int64_t j = 0; j < size; ++j) {
        bool isSecond = j & distance;
        upper.push_back(isSecond ? size + j - distance : j);
        lower.push_back(isSecond ? size + j : j + distance);
      }
      Value a = rows[i], b = rows[i + distance];
      rows[i] = builder.create<vector::ShuffleOp>(loc, a, b, upper);
      rows[i + distance] = builder.create<vector::ShuffleOp>(loc, a, b, lower);
    }
  return rows;
}

namespace {
/// Writes the kernel: channels `lanes` at a time, and as many neighbouring
/// places, are a square that is transposed in registers.
class RelayoutBuilder {
public:
  RelayoutBuilder(func::FuncOp source, RankedTensorType shape,
                  Blocking blocking, bool makesBlocks)
      : b(source), loops(b, b.getLoc()), lanes(blocking.block),
        makesBlocks(makesBlocks) {
    for (auto [dim, size] : llvm::enumerate(shape.getShape())) {
      int64_t i = static_cast<int64_t>(dim);
      (i < blocking.dim    ? images
       : i == blocking.dim ? channels
                           : places) *= size;
    }
    blocks = llvm::divideCeil(channels, lanes);
    vector = VectorType::get(lanes, b.getF32Type());
  }

  func::FuncOp run(Value input);

private:
  Value collapse(Value buffer);
  void buildSquare(Value image, Value block, Value place);
  Value load(Value at) {
    return b.create<vector::LoadOp>(vector, from, ValueRange{at});
  }
  void store(Value value, Value at) {
    b.create<vector::StoreOp>(value, to, ValueRange{at});
  }

  FormBuilder b;
  LoopBuilder loops;
  int64_t lanes;
  bool makesBlocks;
  int64_t images = 1, channels = 1, places = 1, blocks;
  VectorType vector;
  Value from, to;
};
} // namespace

Value RelayoutBuilder::collapse(Value buffer) {
  int64_t rank = cast<MemRefType>(buffer.getType()).getRank();
  SmallVector<ReassociationIndices> all{
      llvm::to_vector(llvm::seq<int64_t>(0, rank))};
  return b.create<memref::CollapseShapeOp>(buffer, all);
}

void RelayoutBuilder::buildSquare(Value image, Value block, Value place) {
  Value first = loops.multiply(block, lanes);
  Value row = loops.multiply(image, channels);
  auto rowAt = [&](Value channel) {
    return loops.add(loops.multiply(loops.add(row, channel), places), place);
  };
  Value blockAt = loops.multiply(
      loops.add(loops.multiply(loops.add(loops.multiply(image, blocks), block),
                               places),
                place),
      lanes);
  SmallVector<Value> values;
  for (int64_t i = 0; i < lanes; ++i)
    // What is behind the last channel is padding: any value does.
    values.push_back(load(
        makesBlocks ? rowAt(loops.minimum(loops.add(first, i), channels - 1))
                    : loops.add(blockAt, i * lanes)));
  values = transposeSquare(b, b.getLoc(), values);
  int64_t rest = channels % lanes;
  OpBuilder::InsertionGuard guard(b);
  for (int64_t i = 0; i < lanes; ++i) {
    if (makesBlocks) {
      store(values[i], loops.add(blockAt, i * lanes));
      continue;
    }
    if (rest != 0 && i == rest) {
      // Not in the last block.
      Value exists = b.create<arith::CmpIOp>(arith::CmpIPredicate::slt, block,
                                             loops.constant(blocks - 1));
      auto branch = b.create<scf::IfOp>(exists, /*withElseRegion=*/false);
      b.setInsertionPointToStart(branch.thenBlock());
    }
    store(values[i], rowAt(loops.add(first, i)));
  }
}

func::FuncOp RelayoutBuilder::run(Value input) {
  from = collapse(b.getBuffer(input));
  to = collapse(b.getResult(0));
  // Parts of some squares; the last takes what is left.
  const int64_t minPlaces = 16 * lanes;
  int64_t parts = std::max<int64_t>(1, places / minPlaces);
  {
    OpBuilder::InsertionGuard guard(b);
    LoopBuilder::Values ivs = loops.forall({images, blocks, parts});
    Value low = loops.multiply(ivs[2], minPlaces);
    Value isLast = b.create<arith::CmpIOp>(arith::CmpIPredicate::eq, ivs[2],
                                           loops.constant(parts - 1));
    Value high = b.create<arith::SelectOp>(isLast, loops.constant(places),
                                           loops.add(low, minPlaces));
    loops.loop(low, high, lanes, {}, [&](Value place, LoopBuilder::Values) {
      // The last square overlaps the one before.
      buildSquare(ivs[0], ivs[1], loops.minimum(place, places - lanes));
      return LoopBuilder::Values();
    });
  }
  return b.finish();
}

func::FuncOp buildRelayout(func::FuncOp source, const MachineShape &machine) {
  auto op = dyn_cast_or_null<RelayoutOp>(getAnchor(source));
  if (!op || !isa<BlockArgument>(op.getInput()) || !op->hasOneUse())
    return {};
  auto input = cast<RankedTensorType>(op.getInput().getType());
  LayoutAttr from = getLayout(input), to = getLayout(op.getType());
  auto blocking = getBlocking(to ? to : from);
  if ((from && to) || !blocking || !input.getElementType().isF32() ||
      !llvm::isPowerOf2_64(blocking->block) || blocking->block < 2 ||
      blocking->block * static_cast<int64_t>(sizeof(float)) >
          machine.vectorBytes)
    return {};
  int64_t places = 1;
  for (int64_t size : input.getShape().drop_front(blocking->dim + 1))
    places *= size;
  if (places < blocking->block)
    return {};
  return RelayoutBuilder(source, input, *blocking, static_cast<bool>(to))
      .run(op.getInput());
}

} // namespace autoglm::cpu
