//===- Runs.cpp - movements of elements that stay side by side -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Concatenations, splits, reshapes and gathers of whole rows copy runs of
// elements. Threads share out the runs, or parts of long ones.
//
//===----------------------------------------------------------------------===//

#include "../KernelBuilder.h"
#include "Form.h"

using namespace mlir;

namespace autoglm::cpu {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

namespace {
/// A buffer whose runs are a part of those of another one.
struct Piece {
  Value buffer;
  int64_t start, size;
};

/// Writes one kernel.
class RunBuilder {
public:
  RunBuilder(FormBuilder &b, Type element, const MachineShape &machine);

  /// `count` runs of a wide buffer to pieces of it, or back.
  void buildPieces(Value wide, ArrayRef<Piece> pieces, int64_t count,
                   int64_t size, bool toPieces);
  void buildGather(GatherOp op);

  /// A buffer as one dimension.
  Value flatten(Value buffer);

private:
  /// Runs `body` for tiles of `count` times `size` elements.
  void
  forEachTile(int64_t count, int64_t size,
              llvm::function_ref<void(Value run, Value from, Value to)> body);
  void copy(Value from, Value fromStart, Value to, Value toStart, Value length);
  Value add(Value x, Value y) {
    return b.apply(b.getAffineDimExpr(0) + b.getAffineDimExpr(1), {x, y});
  }

  FormBuilder &b;
  Type element;
  int64_t lanes, tileElements;
};
} // namespace

RunBuilder::RunBuilder(FormBuilder &b, Type element,
                       const MachineShape &machine)
    : b(b), element(element) {
  int64_t bytes = std::max(1u, element.getIntOrFloatBitWidth() / 8);
  lanes = std::max<int64_t>(1, machine.vectorBytes / bytes);
  tileElements =
      std::max(lanes, machine.cacheBytes / 4 / bytes / lanes * lanes);
}

Value RunBuilder::flatten(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  if (type.getRank() == 1)
    return buffer;
  if (type.getRank() == 0)
    return b.create<memref::ExpandShapeOp>(
        MemRefType::get({1}, type.getElementType()), buffer,
        ArrayRef<ReassociationIndices>{});
  ReassociationIndices all =
      llvm::to_vector<2>(llvm::seq<int64_t>(0, type.getRank()));
  return b.create<memref::CollapseShapeOp>(buffer,
                                           ArrayRef<ReassociationIndices>{all});
}

void RunBuilder::forEachTile(
    int64_t count, int64_t size,
    llvm::function_ref<void(Value, Value, Value)> body) {
  int64_t parts = llvm::divideCeil(size, tileElements);
  auto tiles = b.create<scf::ForallOp>(
      ArrayRef<OpFoldResult>{b.getIndexAttr(0), b.getIndexAttr(0)},
      ArrayRef<OpFoldResult>{b.getIndexAttr(count), b.getIndexAttr(parts)},
      ArrayRef<OpFoldResult>{b.getIndexAttr(1), b.getIndexAttr(1)},
      ValueRange(), std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(tiles.getBody());
  Value from = b.index(0), to = b.index(size);
  if (parts > 1) {
    AffineExpr d = b.getAffineDimExpr(0);
    Value part = tiles.getInductionVar(1);
    from = b.apply(d * tileElements, part);
    to = b.create<arith::MinSIOp>(
        b.apply(d * tileElements + tileElements, part), to);
  }
  body(tiles.getInductionVar(0), from, to);
}

void RunBuilder::copy(Value from, Value fromStart, Value to, Value toStart,
                      Value length) {
  auto type = VectorType::get(lanes, element);
  Value whole = b.create<arith::SubIOp>(
      length, b.create<arith::RemSIOp>(length, b.index(lanes)));
  auto loop = b.create<scf::ForOp>(b.index(0), whole, b.index(lanes));
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value at = loop.getInductionVar();
    Value vector = b.create<vector::LoadOp>(type, from, add(fromStart, at));
    b.create<vector::StoreOp>(vector, to, add(toStart, at));
  }
  loop = b.create<scf::ForOp>(whole, length, b.index(1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value at = loop.getInductionVar();
  Value scalar = b.create<memref::LoadOp>(from, add(fromStart, at));
  b.create<memref::StoreOp>(scalar, to, add(toStart, at));
}

void RunBuilder::buildPieces(Value wide, ArrayRef<Piece> pieces, int64_t count,
                             int64_t size, bool toPieces) {
  forEachTile(count, size, [&](Value run, Value from, Value to) {
    AffineExpr d = b.getAffineDimExpr(0);
    Value base = b.apply(d * size, run);
    for (const Piece &piece : pieces) {
      // What the tile and the piece have in common.
      Value low = b.createOrFold<arith::MaxSIOp>(from, b.index(piece.start));
      Value high =
          b.createOrFold<arith::MinSIOp>(to, b.index(piece.start + piece.size));
      Value length = b.createOrFold<arith::MaxSIOp>(
          b.createOrFold<arith::SubIOp>(high, low), b.index(0));
      Value own = add(b.apply(d * piece.size - piece.start, run), low);
      Value whole = add(base, low);
      if (toPieces)
        copy(wide, whole, piece.buffer, own, length);
      else
        copy(piece.buffer, own, wide, whole, length);
    }
  });
}

void RunBuilder::buildGather(GatherOp op) {
  RankedTensorType input = tensorType(op.getInput());
  int64_t rank = input.getRank();
  int64_t axis = op.getAxis() < 0 ? op.getAxis() + rank
                                  : static_cast<int64_t>(op.getAxis());
  int64_t dim = input.getDimSize(axis), outer = 1, inner = 1;
  for (int64_t i = 0; i < rank; ++i)
    if (i != axis)
      (i < axis ? outer : inner) *= input.getDimSize(i);
  int64_t numIndices = tensorType(op.getIndices()).getNumElements();
  Value from = flatten(b.getBuffer(op.getInput()));
  Value indices = flatten(b.getBuffer(op.getIndices()));
  Value to = flatten(b.getResult(0));
  forEachTile(outer * numIndices, inner, [&](Value run, Value low, Value high) {
    AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
    Value at = b.create<memref::LoadOp>(indices, b.apply(d0 % numIndices, run));
    at = b.create<arith::IndexCastOp>(b.getIndexType(), at);
    // Counted from the end, and never outside.
    Value isNegative =
        b.create<arith::CmpIOp>(arith::CmpIPredicate::slt, at, b.index(0));
    at = b.create<arith::SelectOp>(
        isNegative, b.create<arith::AddIOp>(at, b.index(dim)), at);
    at = b.create<arith::MinSIOp>(b.create<arith::MaxSIOp>(at, b.index(0)),
                                  b.index(dim - 1));
    Value row = b.create<arith::AddIOp>(
        b.apply(d0.floorDiv(numIndices) * dim, run), at);
    Value source = b.apply(d0 * inner + d1, {row, low});
    Value target = b.apply(d0 * inner + d1, {run, low});
    copy(from, source, to, target, b.create<arith::SubIOp>(high, low));
  });
}

/// The elements before and from `axis` on.
static std::pair<int64_t, int64_t> splitAt(RankedTensorType type,
                                           int64_t axis) {
  int64_t outer = 1, inner = 1;
  for (int64_t i = 0; i < type.getRank(); ++i)
    (i < axis ? outer : inner) *= type.getDimSize(i);
  return {outer, inner};
}

func::FuncOp buildRuns(func::FuncOp source, const MachineShape &machine) {
  Operation *op = getAnchor(source);
  if (!isa_and_nonnull<ConcatOp, SplitOp, ReshapeOp, GatherOp>(op) ||
      (isa<GatherOp>(op) &&
       !tensorType(op->getOperand(1)).getElementType().isSignlessInteger()))
    return {};
  // It is alone, and rows are dense.
  Operation *ret = source.getBody().front().getTerminator();
  for (Value value : ret->getOperands())
    if (value.getDefiningOp() != op)
      return {};
  for (Operation &other : source.getBody().front().without_terminator())
    if (&other != op && !isa<ConstantOp>(other))
      return {};
  auto isDense = [](Value value) { return !tensorType(value).getEncoding(); };
  if (!llvm::all_of(op->getOperands(), isDense) ||
      !llvm::all_of(op->getResults(), isDense))
    return {};
  auto isBuffer = [](Value value) {
    if (isa<BlockArgument>(value))
      return true;
    auto constant = value.getDefiningOp<ConstantOp>();
    return constant && isa<DenseElementsAttr>(constant.getValue());
  };
  size_t numData = isa<ConcatOp, GatherOp>(op) ? op->getNumOperands() : 1;
  if (!llvm::all_of(op->getOperands().take_front(numData), isBuffer))
    return {};
  RankedTensorType type = tensorType(op->getOperand(0));
  int64_t rank = type.getRank();
  auto fromFront = [&](int64_t axis) { return axis < 0 ? axis + rank : axis; };
  if (auto gather = dyn_cast<GatherOp>(op)) {
    auto [outer, row] = splitAt(type, fromFront(gather.getAxis()) + 1);
    // Single elements are for other kernels.
    if (row * 4 < machine.vectorBytes || ret->getNumOperands() != 1)
      return {};
  }

  FormBuilder b(source);
  RunBuilder runs(b, getStorageType(type.getElementType()), machine);
  if (auto gather = dyn_cast<GatherOp>(op)) {
    runs.buildGather(gather);
    return b.finish();
  }
  SmallVector<Piece> pieces;
  int64_t position = 0, axis = 0;
  if (auto concat = dyn_cast<ConcatOp>(op))
    axis = fromFront(concat.getAxis());
  if (auto split = dyn_cast<SplitOp>(op))
    axis = fromFront(split.getAxis());
  auto addPiece = [&](Value tensor, Value buffer) {
    int64_t size = splitAt(tensorType(tensor), axis).second;
    if (buffer)
      pieces.push_back({runs.flatten(buffer), position, size});
    position += size;
  };
  Value wide;
  if (isa<ConcatOp>(op)) {
    wide = b.getResult(0);
    for (Value input : op->getOperands())
      addPiece(input, b.getBuffer(input));
  } else {
    wide = b.getBuffer(op->getOperand(0));
    for (OpResult result : op->getResults()) {
      int64_t start = position;
      // A result may be returned several times, or not at all.
      addPiece(result, {});
      for (OpOperand &use : ret->getOpOperands())
        if (use.get() == result) {
          position = start;
          addPiece(result, b.getResult(use.getOperandNumber()));
        }
    }
  }
  RankedTensorType wideType =
      isa<ConcatOp>(op) ? tensorType(op->getResult(0)) : type;
  auto [count, size] = splitAt(wideType, axis);
  runs.buildPieces(runs.flatten(wide), pieces, count, size, !isa<ConcatOp>(op));
  return b.finish();
}

} // namespace autoglm::cpu
