//===- Conv.cpp - convolutions in blocks of channels -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Epilogue.h"
#include "WinogradConv.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace autoglm::cpu {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// The shape with its two spatial dimensions as one row.
static RankedTensorType flatten(RankedTensorType type) {
  SmallVector<int64_t> shape(type.getShape());
  shape.back() *= shape[shape.size() - 2];
  shape[shape.size() - 2] = 1;
  return RankedTensorType::get(shape, type.getElementType(),
                               type.getEncoding());
}

/// Whether every tensor has the image whole or not at all, so that one tap may
/// run over all pixels as over one row.
static bool canFlatten(func::FuncOp source, const ConvShape &shape) {
  if (!shape.hasRows || shape.rows.output == 1 || !shape.rows.isTrivial() ||
      !shape.columns.isTrivial())
    return false;
  auto isWhole = [&](Value value) {
    // Constants keep their shape, which only matters if they are no splat.
    DenseElementsAttr constant;
    if (matchPattern(value, m_Constant(&constant)) && constant.isSplat())
      return true;
    ArrayRef<int64_t> dims = tensorType(value).getShape();
    if (dims.size() < 2)
      return dims.empty() || dims[0] == 1;
    dims = dims.take_back(2);
    return (dims[0] == 1 && dims[1] == 1) ||
           (!constant && dims[0] == shape.rows.output &&
            dims[1] == shape.columns.output);
  };
  Operation *anchor = getAnchor(source);
  for (Operation &op : source.getBody().front().without_terminator())
    if (&op != anchor && !isa<ConstantOp>(op) &&
        !llvm::all_of(op.getOperands(), isWhole))
      return false;
  return true;
}

/// A function whose tensors have the image as one row.
static func::FuncOp cloneFlat(func::FuncOp source, const ConvShape &shape) {
  OpBuilder builder(source);
  auto clone = cast<func::FuncOp>(builder.clone(*source));
  auto change = [&](Value value) {
    RankedTensorType type = tensorType(value);
    if (type.getRank() >= 2 &&
        type.getDimSize(type.getRank() - 1) == shape.columns.output &&
        type.getDimSize(type.getRank() - 2) == shape.rows.output)
      value.setType(flatten(type));
  };
  Block &body = clone.getBody().front();
  for (BlockArgument argument : body.getArguments())
    change(argument);
  for (Operation &op : body)
    for (Value result : op.getResults())
      if (!isa<ConstantOp>(op))
        change(result);
  clone.setType(builder.getFunctionType(
      body.getArgumentTypes(), body.getTerminator()->getOperandTypes()));
  return clone;
}

namespace {
/// Writes the kernel of one function.
class ConvBuilder {
public:
  ConvBuilder(func::FuncOp source, Operation *conv, const ConvShape &shape,
              const Epilogue &epilogue)
      : b(source), loops(b, b.getLoc()), conv(conv), shape(shape),
        epilogue(epilogue) {}

  func::FuncOp run(const MachineShape &machine);

private:
  /// A buffer as one dimension.
  Value collapse(Value buffer);
  /// A buffer on the stack, made once.
  Value allocate(ArrayRef<int64_t> sizes);
  /// Lanes of a block that are channels; null for all.
  Value maskOf(Value channel);
  Value channelOf(Value block) { return b.apply(d * shape.lanes, block); }
  Value start(Value block);
  void finish(const ConvTile &tile);
  void emit(Value sum, const ConvTile &tile, Value block, Value column);

  FormBuilder b;
  LoopBuilder loops;
  /// Its operands are an input, a weight and perhaps a bias.
  Operation *conv;
  const ConvShape &shape;
  const Epilogue &epilogue;
  AffineExpr d = getAffineDimExpr(0, conv->getContext());
};
} // namespace

Value ConvBuilder::collapse(Value buffer) {
  int64_t rank = cast<MemRefType>(buffer.getType()).getRank();
  if (rank == 1)
    return buffer;
  SmallVector<ReassociationIndices> all{
      llvm::to_vector(llvm::seq<int64_t>(0, rank))};
  return b.create<memref::CollapseShapeOp>(buffer, all);
}

Value ConvBuilder::allocate(ArrayRef<int64_t> sizes) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&b.getInsertionBlock()
                                  ->getParent()
                                  ->getParentOfType<func::FuncOp>()
                                  .getBody()
                                  .front());
  return b.create<memref::AllocaOp>(MemRefType::get(sizes, b.getF32Type()),
                                    b.getI64IntegerAttr(64));
}

Value ConvBuilder::maskOf(Value channel) {
  if (shape.outputs % shape.lanes == 0)
    return {};
  return b.create<vector::CreateMaskOp>(
      VectorType::get(shape.lanes, b.getI1Type()),
      b.apply(shape.outputs - d, channel));
}

Value ConvBuilder::start(Value block) {
  auto type = VectorType::get(shape.lanes, b.getF32Type());
  if (conv->getNumOperands() < 3)
    return b.create<arith::ConstantOp>(type, b.getZeroAttr(type));
  Value channel = channelOf(block);
  RankedTensorType bias = tensorType(conv->getOperand(2));
  return b.loadVector(b.getBuffer(conv->getOperand(2)), b.locate(bias, channel),
                      shape.lanes, bias.getElementType(),
                      isPadded(bias, 0) ? Value() : maskOf(channel));
}

void ConvBuilder::emit(Value sum, const ConvTile &tile, Value block,
                       Value column) {
  Value channel = channelOf(block);
  SmallVector<Value> at{tile.image, channel};
  if (shape.hasRows)
    at.push_back(tile.row);
  at.push_back(column);
  epilogue.emit(b, sum, at, maskOf(channel));
}

void ConvBuilder::finish(const ConvTile &tile) {
  int64_t count = tile.sums.size();
  if (!epilogue.isHeavy() || count == 1) {
    for (int64_t i = 0; i < count; ++i)
      emit(tile.sums[i], tile, loops.add(tile.block, i / tile.pixels),
           loops.add(tile.column, i % tile.pixels));
    return;
  }
  auto type = cast<VectorType>(tile.sums.front().getType());
  Value scratch = allocate({tile.blocks, tile.pixels, shape.lanes});
  for (int64_t i = 0; i < count; ++i)
    b.create<vector::StoreOp>(tile.sums[i], scratch,
                              ValueRange{loops.constant(i / tile.pixels),
                                         loops.constant(i % tile.pixels),
                                         loops.constant(0)});
  markConstants(b, b.getLoc());
  loops.loop(0, tile.blocks, 1, {}, [&](Value block, LoopBuilder::Values) {
    loops.loop(0, tile.pixels, 1, {}, [&](Value pixel, LoopBuilder::Values) {
      Value sum = b.create<vector::LoadOp>(
          type, scratch, ValueRange{block, pixel, loops.constant(0)});
      emit(sum, tile, loops.add(tile.block, block),
           loops.add(tile.column, pixel));
      return LoopBuilder::Values();
    });
    return LoopBuilder::Values();
  });
}

func::FuncOp ConvBuilder::run(const MachineShape &machine) {
  auto startBlock = [&](Value block) { return start(block); };
  auto finishTile = [&](const ConvTile &tile) { finish(tile); };
  ConvKernel kernel{collapse(b.getBuffer(conv->getOperand(0))),
                    collapse(b.getBuffer(conv->getOperand(1))), startBlock,
                    finishTile};
  if (isa<WinogradConvOp>(conv))
    buildWinogradConv(loops, shape, machine, kernel,
                      [&](ArrayRef<int64_t> sizes) { return allocate(sizes); });
  else if (shape.isInner())
    buildInnerConv(loops, shape, machine, kernel);
  else
    buildDirectConv(loops, shape, ConvPlan::of(shape, machine), kernel);
  return b.finish();
}

func::FuncOp buildConv(func::FuncOp source, const MachineShape &machine) {
  Operation *anchor = getAnchor(source);
  std::optional<ConvShape> shape;
  if (auto conv = dyn_cast_or_null<ConvOp>(anchor))
    shape = ConvShape::of(conv);
  else if (auto conv = dyn_cast_or_null<WinogradConvOp>(anchor))
    shape = ConvShape::of(conv);
  if (!shape || !isa<BlockArgument>(anchor->getOperand(0)) ||
      !isa<BlockArgument>(anchor->getOperand(1)))
    return {};
  auto epilogue = Epilogue::match(source, anchor, /*dim=*/1, shape->lanes);
  if (!epilogue)
    return {};
  if (!canFlatten(source, *shape))
    return ConvBuilder(source, anchor, *shape, *epilogue).run(machine);
  func::FuncOp flat = cloneFlat(source, *shape);
  func::FuncOp kernel = buildConv(flat, machine);
  flat.erase();
  return kernel;
}

} // namespace autoglm::cpu
