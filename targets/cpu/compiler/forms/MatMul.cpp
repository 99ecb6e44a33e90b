//===- MatMul.cpp - products of matrices -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../KernelBuilder.h"
#include "Epilogue.h"

using namespace mlir;

namespace autoglm::cpu {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

namespace {
/// Rows and vectors of a tile of the result.
struct TileShape {
  int64_t rows, vectors;
};

/// A product whose right operand has its rows in memory one after another.
struct Product {
  Value a, b;
  RankedTensorType type;
  int64_t m, n, k;

  static std::optional<Product> match(Operation *op);
};

/// Writes one kernel.
class MatMulBuilder {
public:
  MatMulBuilder(FormBuilder &b, const Product &product,
                const Epilogue &epilogue, TileShape tile, int64_t lanes)
      : b(b), product(product), epilogue(epilogue), tile(tile), lanes(lanes) {}

  void run();

private:
  /// `rows` times `columns` elements of the result.
  void buildTile(int64_t rows, int64_t columns);
  SmallVector<Value> accumulate(int64_t rows, int64_t columns);
  void store(ArrayRef<Value> sums, int64_t rows, int64_t columns);
  /// Runs `body` with the size of a tile: the last one may be smaller.
  void withSize(Value block, int64_t size, int64_t step,
                llvm::function_ref<void(int64_t)> body);
  SmallVector<Value> getIndex(Value operand, Value row, Value column);
  Type accumulatorType() const {
    return VectorType::get(lanes,
                           getComputeType(product.type.getElementType()));
  }

  FormBuilder &b;
  const Product &product;
  const Epilogue &epilogue;
  TileShape tile;
  int64_t lanes;
  /// Of the tile that is being written.
  SmallVector<Value> batch;
  Value row, column;
  /// Where a tile waits for an epilogue that is a loop.
  Value scratch;
};
} // namespace

std::optional<Product> Product::match(Operation *op) {
  auto matmul = dyn_cast_or_null<MatMulOp>(op);
  if (!matmul)
    return std::nullopt;
  Product product{matmul.getA(), matmul.getB(), matmul.getType(), 0, 0, 0};
  RankedTensorType a = tensorType(product.a), b = tensorType(product.b);
  if (a.getRank() < 2 || b.getRank() < 2 || a.getEncoding() ||
      b.getEncoding() || product.type.getEncoding() ||
      !isa<FloatType>(a.getElementType()) || !isa<BlockArgument>(product.a) ||
      !isa<BlockArgument>(product.b))
    return std::nullopt;
  product.m = a.getShape().drop_back().back();
  product.k = a.getShape().back();
  product.n = b.getShape().back();
  return product;
}

/// The tile with the least modelled cycles. One multiplication of vectors takes
/// a unit of time, and so does a load or a step of the loop; results are ready
/// after eight.
static TileShape chooseTile(const Product &product, int64_t lanes,
                            const MachineShape &machine) {
  int64_t vectors = llvm::divideCeil(product.n, lanes);
  int64_t strideBytes =
      product.k * tensorType(product.a).getElementTypeBitWidth() / 8;
  // Rows at such a distance compete for the same few lines of the cache.
  int64_t maxRows = strideBytes % 4096 == 0 ? 8 : 16;
  maxRows = std::min(maxRows, product.m);
  TileShape best{1, 1};
  double least = std::numeric_limits<double>::infinity();
  auto step = [](int64_t rows, int64_t vectors) -> double {
    return 1 +
           std::max({rows * vectors, rows + vectors, 2 * vectors, int64_t(8)});
  };
  for (int64_t v = 1; v <= vectors; ++v) {
    for (int64_t r = 1; r <= maxRows; ++r) {
      if (r * v > machine.registers * 3 / 4 ||
          r * v + v + 1 > machine.registers)
        break;
      int64_t tailRows = product.m % r, tailVectors = vectors % v;
      double fullRows = product.m / r, fullVectors = vectors / v;
      double cycles = fullRows * fullVectors * step(r, v);
      if (tailRows)
        cycles += fullVectors * step(tailRows, v);
      if (tailVectors)
        cycles += fullRows * step(r, tailVectors);
      if (tailRows && tailVectors)
        cycles += step(tailRows, tailVectors);
      if (cycles < least) {
        least = cycles;
        best = {r, v};
      }
    }
  }
  return best;
}

SmallVector<Value> MatMulBuilder::getIndex(Value operand, Value row,
                                           Value column) {
  RankedTensorType type = tensorType(operand);
  SmallVector<Value> index;
  int64_t missing = product.type.getRank() - type.getRank();
  for (int64_t i = 0; i < type.getRank() - 2; ++i)
    index.push_back(type.getDimSize(i) == 1 ? b.index(0) : batch[i + missing]);
  index.append({row, column});
  return index;
}

SmallVector<Value> MatMulBuilder::accumulate(int64_t rows, int64_t columns) {
  int64_t vectors = llvm::divideCeil(columns, lanes);
  Value zero = buildNumber(b, b.getLoc(), accumulatorType(), 0);
  SmallVector<Value> zeros(rows * vectors, zero);
  Type elementType = product.type.getElementType();
  Value aBuffer = b.getBuffer(product.a), bBuffer = b.getBuffer(product.b);
  auto loop =
      b.create<scf::ForOp>(b.index(0), b.index(product.k), b.index(1), zeros);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value k = loop.getInductionVar();
  SmallVector<Value> right, sums;
  for (int64_t j = 0; j < vectors; ++j)
    right.push_back(b.loadVector(
        bBuffer, getIndex(product.b, k, b.offset(column, j * lanes)), lanes,
        elementType, b.maskOf(columns - j * lanes, lanes)));
  for (int64_t i = 0; i < rows; ++i) {
    Value left = b.loadScalar(aBuffer, getIndex(product.a, b.offset(row, i), k),
                              elementType);
    left = b.create<vector::BroadcastOp>(accumulatorType(), left);
    for (int64_t j = 0; j < vectors; ++j)
      sums.push_back(b.create<vector::FMAOp>(
          left, right[j], loop.getRegionIterArg(i * vectors + j)));
  }
  b.create<scf::YieldOp>(sums);
  return llvm::to_vector_of<Value>(loop.getResults());
}

void MatMulBuilder::store(ArrayRef<Value> sums, int64_t rows, int64_t columns) {
  int64_t vectors = llvm::divideCeil(columns, lanes);
  auto emit = [&](Value sum, Value i, Value j, Value mask) {
    SmallVector<Value> at(batch);
    at.append({i, j});
    epilogue.emit(b, sum, at, mask);
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
  for (int64_t dim : product.type.getShape().drop_back(2))
    extents.push_back(b.getIndexAttr(dim));
  extents.push_back(b.getIndexAttr(llvm::divideCeil(product.n, width)));
  extents.push_back(b.getIndexAttr(llvm::divideCeil(product.m, tile.rows)));
  auto tiles = b.create<scf::ForallOp>(extents, ValueRange(), std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(tiles.getBody());
  SmallVector<Value> ivs(tiles.getInductionVars());
  Value rowBlock = ivs.pop_back_val(), columnBlock = ivs.pop_back_val();
  batch = ivs;
  AffineExpr d = getAffineDimExpr(0, b.getContext());
  row = b.apply(d * tile.rows, rowBlock);
  column = b.apply(d * width, columnBlock);
  withSize(columnBlock, product.n, width, [&](int64_t columns) {
    withSize(rowBlock, product.m, tile.rows,
             [&](int64_t rows) { buildTile(rows, columns); });
  });
}

func::FuncOp buildMatMul(func::FuncOp source, const MachineShape &machine) {
  Operation *anchor = getAnchor(source);
  std::optional<Product> product = Product::match(anchor);
  if (!product)
    return {};
  Type type = getComputeType(product->type.getElementType());
  int64_t lanes = machine.vectorBytes * 8 / type.getIntOrFloatBitWidth();
  if (product->n < lanes / 2)
    return {};
  auto epilogue =
      Epilogue::match(source, anchor, product->type.getRank() - 1, lanes);
  if (!epilogue)
    return {};
  FormBuilder b(source);
  MatMulBuilder(b, *product, *epilogue, chooseTile(*product, lanes, machine),
                lanes)
      .run();
  return b.finish();
}

} // namespace autoglm::cpu
