//===- MatMul.cpp - products of matrices -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../KernelBuilder.h"
#include "Epilogue.h"
#include "ProductTile.h"

using namespace mlir;

namespace autoglm::cpu {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

namespace {
/// Writes one kernel.
class MatMulBuilder {
public:
  MatMulBuilder(FormBuilder &b, const Product &product,
                const Epilogue &epilogue, ProductTile tile, int64_t lanes,
                const MachineShape &machine)
      : b(b), product(product), epilogue(epilogue), tile(tile), lanes(lanes),
        machine(machine) {}

  void run();

private:
  /// `rows` times `columns` elements of the result.
  void buildTile(int64_t rows, int64_t columns);
  SmallVector<Value> accumulate(int64_t rows, int64_t columns);
  void store(ArrayRef<Value> sums, int64_t rows, int64_t columns);
  /// Runs `body` with the size of a tile: the last one may be smaller.
  void withSize(Value block, int64_t size, int64_t step,
                llvm::function_ref<void(int64_t)> body);
  /// Asks for a part of the columns that the tiles after this one will read.
  void prefetch(Value k);
  /// The element of an operand at these positions of its last dimensions.
  SmallVector<Value> locate(Value operand, Value row, Value column,
                            bool isTransposed);
  Value addScaled(Value sum, ArrayRef<Value> at, Value mask);
  Type accumulatorType() const {
    return VectorType::get(lanes,
                           getComputeType(product.type.getElementType()));
  }

  FormBuilder &b;
  const Product &product;
  const Epilogue &epilogue;
  ProductTile tile;
  int64_t lanes;
  const MachineShape &machine;
  /// Of the tile that is being written.
  SmallVector<Value> batch;
  Value row, column, columnBlock;
  std::optional<Epilogue::Part> part;
  /// Where in a row of the next columns this tile reads ahead.
  SmallVector<Value> shares;
  /// Where a tile waits for an epilogue that is a loop.
  Value scratch;
};
} // namespace

SmallVector<Value> MatMulBuilder::locate(Value operand, Value row, Value column,
                                         bool isTransposed) {
  RankedTensorType type = tensorType(operand);
  SmallVector<Value> index;
  int64_t missing = product.type.getRank() - type.getRank();
  for (int64_t i = 0; i < type.getRank() - 2; ++i)
    index.push_back(type.getDimSize(i) == 1 ? b.index(0) : batch[i + missing]);
  if (isTransposed)
    std::swap(row, column);
  index.append({row, column});
  if (operand == product.a)
    std::swap(index[product.rowDim - missing], index.end()[-2]);
  return b.locate(type, index);
}

void MatMulBuilder::prefetch(Value k) {
  // Only what is packed like the tiles lies where it is easily asked for.
  RankedTensorType type = product.getRightType();
  ArrayRef<int64_t> memory = getBufferType(type).getShape();
  int64_t width = tile.vectors * lanes;
  if (!isPadded(type, product.getColumnDim()) || memory.back() != width)
    return;
  int64_t rowBytes = width * type.getElementTypeBitWidth() / 8;
  SmallVector<Value> at = locate(product.b, k, column, product.transB);
  if (product.m <= tile.rows)
    // Everything is read once: the rows that follow, or those of the next
    // block.
    at.end()[-2] = b.offset(k, llvm::divideCeil(4096, rowBytes));
  else if (2 * product.k * rowBytes <= machine.l2Bytes)
    at.end()[-3] = b.offset(columnBlock, 1);
  else
    return;
  for (Value share : shares) {
    at.back() = share;
    b.create<memref::PrefetchOp>(b.getBuffer(product.b), at, /*isWrite=*/false,
                                 /*localityHint=*/2, /*isDataCache=*/true);
  }
}

SmallVector<Value> MatMulBuilder::accumulate(int64_t rows, int64_t columns) {
  int64_t vectors = llvm::divideCeil(columns, lanes);
  Value zero = buildNumber(b, b.getLoc(), accumulatorType(), 0);
  SmallVector<Value> zeros(rows * vectors, zero);
  Type elementType = product.type.getElementType();
  Value aBuffer = b.getBuffer(product.a), bBuffer = b.getBuffer(product.b);
  bool isWhole = isPadded(product.getRightType(), product.getColumnDim());
  auto loop =
      b.create<scf::ForOp>(b.index(0), b.index(product.k), b.index(1), zeros);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value k = loop.getInductionVar();
  auto loadRight = [&](int64_t j) {
    return b.loadVector(
        bBuffer,
        locate(product.b, k, b.offset(column, j * lanes), product.transB),
        lanes, elementType,
        isWhole ? Value() : b.maskOf(columns - j * lanes, lanes));
  };
  SmallVector<Value> right, sums;
  for (int64_t j = 0; j < vectors && rows > 1; ++j)
    right.push_back(loadRight(j));
  for (int64_t i = 0; i < rows; ++i) {
    Value left = b.loadScalar(
        aBuffer, locate(product.a, b.offset(row, i), k, product.transA),
        elementType);
    left = b.create<vector::BroadcastOp>(accumulatorType(), left);
    // What is used once is an operand of its multiplication and needs no
    // register.
    for (int64_t j = 0; j < vectors; ++j)
      sums.push_back(
          b.create<vector::FMAOp>(left, rows > 1 ? right[j] : loadRight(j),
                                  loop.getRegionIterArg(i * vectors + j)));
  }
  prefetch(k);
  b.create<scf::YieldOp>(sums);
  return llvm::to_vector_of<Value>(loop.getResults());
}

Value MatMulBuilder::addScaled(Value sum, ArrayRef<Value> at, Value mask) {
  auto scale = [&](Value value, double factor) -> Value {
    if (factor == 1)
      return value;
    return b.create<arith::MulFOp>(
        value, buildNumber(b, b.getLoc(), value.getType(), factor));
  };
  sum = scale(sum, product.alpha);
  if (!product.c)
    return sum;
  return b.create<arith::AddFOp>(
      sum, scale(epilogue.load(b, product.c, at, mask), product.beta));
}

void MatMulBuilder::store(ArrayRef<Value> sums, int64_t rows, int64_t columns) {
  int64_t vectors = llvm::divideCeil(columns, lanes);
  auto emit = [&](Value sum, Value i, Value j, Value mask) {
    SmallVector<Value> at(batch);
    at.append({i, j});
    std::swap(at[product.rowDim], at[product.type.getRank() - 2]);
    epilogue.emit(b, addScaled(sum, at, mask), at, mask, part);
  };
  if (!scratch) {
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < vectors; ++j)
        emit(sums[i * vectors + j], b.offset(row, i),
             b.offset(column, j * lanes), b.maskOf(columns - j * lanes, lanes));
    return;
  }
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < vectors; ++j)
      b.create<vector::StoreOp>(sums[i * vectors + j], scratch,
                                ValueRange{b.index(i), b.index(j * lanes)});
  markConstants(b, b.getLoc());
  OpBuilder::InsertionGuard guard(b);
  auto outer = b.create<scf::ForOp>(b.index(0), b.index(rows), b.index(1));
  b.setInsertionPointToStart(outer.getBody());
  AffineExpr sum =
      getAffineDimExpr(0, b.getContext()) + getAffineDimExpr(1, b.getContext());
  Value i = outer.getInductionVar();
  Value atRow = b.apply(sum, {row, i});
  auto emitAt = [&](Value j, Value mask) {
    Value vector = b.create<vector::LoadOp>(cast<VectorType>(accumulatorType()),
                                            scratch, ValueRange{i, j});
    emit(vector, atRow, b.apply(sum, {column, j}), mask);
  };
  int64_t whole = columns / lanes * lanes;
  if (whole > 0) {
    OpBuilder::InsertionGuard inGuard(b);
    auto inner =
        b.create<scf::ForOp>(b.index(0), b.index(whole), b.index(lanes));
    b.setInsertionPointToStart(inner.getBody());
    emitAt(inner.getInductionVar(), {});
  }
  if (whole < columns)
    emitAt(b.index(whole), b.maskOf(columns - whole, lanes));
}

void MatMulBuilder::withSize(Value block, int64_t size, int64_t step,
                             llvm::function_ref<void(int64_t)> body) {
  int64_t tail = size % step;
  if (tail == 0)
    return body(step);
  if (size < step)
    return body(size);
  OpBuilder::InsertionGuard guard(b);
  Value isLast = b.create<arith::CmpIOp>(arith::CmpIPredicate::eq, block,
                                         b.index(size / step));
  auto branch = b.create<scf::IfOp>(isLast, /*withElseRegion=*/true);
  b.setInsertionPointToStart(branch.thenBlock());
  body(tail);
  b.setInsertionPointToStart(branch.elseBlock());
  body(step);
}

void MatMulBuilder::buildTile(int64_t rows, int64_t columns) {
  store(accumulate(rows, columns), rows, columns);
}

void MatMulBuilder::run() {
  int64_t width = tile.vectors * lanes;
  if (epilogue.isHeavy())
    scratch = b.create<memref::AllocaOp>(
        MemRefType::get({tile.rows, width},
                        cast<VectorType>(accumulatorType()).getElementType()),
        b.getI64IntegerAttr(64));
  // Columns outside: what is read of the right operand stays in the cache.
  SmallVector<OpFoldResult> extents;
  for (auto [i, dim] : llvm::enumerate(product.type.getShape().drop_back(2)))
    extents.push_back(
        b.getIndexAttr(static_cast<int64_t>(i) == product.rowDim ? 1 : dim));
  extents.push_back(b.getIndexAttr(llvm::divideCeil(product.n, width)));
  extents.push_back(b.getIndexAttr(llvm::divideCeil(product.m, tile.rows)));
  auto tiles = b.create<scf::ForallOp>(extents, ValueRange(), std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(tiles.getBody());
  SmallVector<Value> ivs(tiles.getInductionVars());
  Value rowBlock = ivs.pop_back_val();
  columnBlock = ivs.pop_back_val();
  batch = ivs;
  AffineExpr d = getAffineDimExpr(0, b.getContext());
  row = b.apply(d * tile.rows, rowBlock);
  column = b.apply(d * width, columnBlock);
  part = epilogue.selectPart(b, column);
  // The tiles of the same columns share the work: each asks for one vector of a
  // row, or for as many as are needed where there are few tiles.
  int64_t rowTiles = llvm::divideCeil(product.m, tile.rows);
  int64_t count = llvm::divideCeil(tile.vectors, rowTiles);
  for (int64_t i = 0; i < count; ++i)
    shares.push_back(b.apply((d * count + i) % tile.vectors * lanes, rowBlock));
  withSize(columnBlock, product.n, width, [&](int64_t columns) {
    withSize(rowBlock, product.m, tile.rows,
             [&](int64_t rows) { buildTile(rows, columns); });
  });
}

static bool isBuffer(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  return isa<BlockArgument>(value) ||
         (constant && isa<DenseElementsAttr>(constant.getValue()));
}

func::FuncOp buildMatMul(func::FuncOp source, const MachineShape &machine) {
  Operation *anchor = getAnchor(source);
  std::optional<Product> product = Product::match(anchor);
  if (!product || !isBuffer(product->a) || !isBuffer(product->b) ||
      product->type.getEncoding() || tensorType(product->a).getEncoding())
    return {};
  int64_t lanes = getLanes(*product, machine);
  RankedTensorType right = product->getRightType();
  if (product->n < lanes / 2 ||
      !isContiguous(right, product->getColumnDim(), lanes))
    return {};
  auto epilogue =
      Epilogue::match(source, anchor, product->type.getRank() - 1, lanes);
  if (!epilogue || (product->c && !epilogue->canLoad(product->c)))
    return {};
  int64_t block = 0;
  if (isPadded(right, product->getColumnDim()))
    block = getBufferType(right).getShape().back();
  ProductTile tile = ProductTile::choose(*product, machine, block);
  if (!epilogue->takesTiles(tile.vectors * lanes))
    return {};
  FormBuilder b(source);
  MatMulBuilder(b, *product, *epilogue, tile, lanes, machine).run();
  return b.finish();
}

} // namespace autoglm::cpu
