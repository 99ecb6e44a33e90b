//===- VectorizeReductions.cpp - accumulators in registers -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A reduction whose innermost loop is parallel and contiguous is written with
// vectors: a block of accumulators is loaded, all reduction loops run inside
// and carry it, and it is stored. LLVM's vectorizer would unroll windows of 3
// by 3 and then gather.
//
//===----------------------------------------------------------------------===//

#include "Passes.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using utils::IteratorType;

namespace autoglm::cpu {
#define GEN_PASS_DEF_VECTORIZEREDUCTIONS
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

namespace {
/// How the elements that one vector of iterations touches lie in memory.
enum class Access { Invariant, Contiguous, EverySecond, Unknown };

/// One linalg.generic on buffers.
class Vectorizer {
public:
  Vectorizer(linalg::GenericOp op, int64_t vectorBytes, int64_t registers)
      : op(op), builder(op), loc(op.getLoc()), vectorBytes(vectorBytes),
        registers(registers) {}

  /// Replaces the operation, or leaves it as it is.
  bool run() {
    if (!analyze())
      return false;
    emitParallel(0);
    op.erase();
    return true;
  }

private:
  bool analyze();
  Access getAccess(OpOperand *operand);
  bool isElementwiseBody();
  void chooseBlock();

  void emitParallel(unsigned next);
  void emitBlocks(int64_t loop, int64_t size, int64_t block,
                  llvm::function_ref<void(int64_t)> body);
  void emitVectors();
  void emitReductions(unsigned next, ArrayRef<Value> carried,
                      SmallVector<Value> &result);
  SmallVector<Value> emitPoint(ArrayRef<Value> carried);

  Value constant(int64_t value) {
    return builder.create<arith::ConstantIndexOp>(loc, value);
  }
  Value add(Value a, int64_t b) {
    return b == 0
               ? a
               : builder.create<arith::AddIOp>(loc, a, constant(b)).getResult();
  }
  SmallVector<Value> getIndices(OpOperand *operand, int64_t row,
                                int64_t column);
  Value getMask(Value count, int64_t scale, int64_t shift);
  Value load(OpOperand *operand, int64_t row, int64_t column);
  VectorType vectorOf(Type element) {
    return VectorType::get({lanes}, element);
  }

  linalg::GenericOp op;
  OpBuilder builder;
  Location loc;
  int64_t vectorBytes, registers;

  SmallVector<int64_t> sizes;
  SmallVector<unsigned> parallel, reduction;
  /// Along `inner` a vector lies. `row` and `column` (if not -1) are the loops
  /// of which several iterations are computed together; a column is a vector.
  int64_t inner = -1, row = -1, column = -1;
  int64_t lanes = 1, rows = 1, columns = 1;
  /// Set while vectors are emitted that are cut by the end of `inner`.
  Value tail;
  /// Current iteration of each loop.
  SmallVector<Value> ivs;
};
} // namespace

bool Vectorizer::isElementwiseBody() {
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (inner.hasTrait<OpTrait::ConstantLike>())
      continue;
    // Functions that KernelRT computes are for LLVM to inline and vectorize.
    bool isCall = isa<math::MathDialect>(inner.getDialect()) &&
                  !isa<math::AbsFOp, math::SqrtOp, math::FloorOp>(inner);
    if (isCall || isa<arith::RemFOp>(inner) ||
        !OpTrait::hasElementwiseMappableTraits(&inner) ||
        inner.getNumResults() != 1)
      return false;
  }
  // Only values of the body itself and constants.
  return llvm::all_of(*op.getBody(), [&](Operation &inner) {
    return llvm::all_of(inner.getOperands(), [&](Value value) {
      if (value.getParentBlock() == op.getBody())
        return true;
      Operation *made = value.getDefiningOp();
      return made && made->hasTrait<OpTrait::ConstantLike>();
    });
  });
}

Access Vectorizer::getAccess(OpOperand *operand) {
  auto type = dyn_cast<MemRefType>(operand->get().getType());
  AffineMap map = op.getMatchingIndexingMap(operand);
  if (!map.isFunctionOfDim(inner))
    return Access::Invariant;
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!type || failed(getStridesAndOffset(type, strides, offset)) ||
      strides.back() != 1)
    return Access::Unknown;
  for (AffineExpr expr : map.getResults().drop_back())
    if (expr.isFunctionOfDim(inner))
      return Access::Unknown;
  SmallVector<int64_t> origin(map.getNumDims(), 0), next(origin);
  next[inner] = 1;
  if (!map.getResults().back().isPureAffine() ||
      map.getResults()
          .back()
          .walk([](AffineExpr expr) {
            return expr.getKind() == AffineExprKind::FloorDiv ||
                           expr.getKind() == AffineExprKind::CeilDiv ||
                           expr.getKind() == AffineExprKind::Mod
                       ? WalkResult::interrupt()
                       : WalkResult::advance();
          })
          .wasInterrupted())
    return Access::Unknown;
  int64_t stride = map.compose(next).back() - map.compose(origin).back();
  return stride == 1   ? Access::Contiguous
         : stride == 2 ? Access::EverySecond
                       : Access::Unknown;
}

bool Vectorizer::analyze() {
  sizes = op.getStaticLoopRanges();
  op.getParallelDims(parallel);
  op.getReductionDims(reduction);
  if (reduction.empty() || parallel.empty() || op.getNumDpsInits() != 1 ||
      !op.hasPureBufferSemantics() || !isElementwiseBody())
    return false;
  inner = op.getNumLoops() - 1;
  if (parallel.back() != inner)
    return false;
  parallel.pop_back();
  unsigned bits = 8;
  for (OpOperand &operand : op->getOpOperands()) {
    auto type = dyn_cast<MemRefType>(operand.get().getType());
    if (!type)
      return false;
    // A byte of a bool is no number of its own.
    bits = std::max(bits, type.getElementTypeBitWidth());
    Access access = getAccess(&operand);
    if (access == Access::Unknown)
      return false;
    if (op.isDpsInit(&operand) && access != Access::Contiguous)
      return false;
  }
  lanes = std::max<int64_t>(1, vectorBytes * 8 / bits);
  int64_t trips = sizes[inner];
  if (!ShapedType::isDynamic(trips))
    lanes = std::min<int64_t>(lanes, llvm::PowerOf2Ceil(trips));
  if (lanes < 2)
    return false;
  chooseBlock();
  ivs.assign(op.getNumLoops(), Value());
  return true;
}

/// Several vectors at a time, so that what is loaded is used more than once and
/// additions do not wait for each other.
void Vectorizer::chooseBlock() {
  auto uses = [&](OpOperand *operand, int64_t loop) {
    return op.getMatchingIndexingMap(operand).isFunctionOfDim(loop);
  };
  auto isReused = [&](int64_t loop) {
    // Something that lies along the vector is the same for all of these.
    return llvm::any_of(op.getDpsInputOperands(), [&](OpOperand *operand) {
      return uses(operand, inner) && !uses(operand, loop);
    });
  };
  for (unsigned loop : parallel)
    if (isReused(loop))
      row = loop;
  int64_t trips = sizes[inner];
  bool isLong = ShapedType::isDynamic(trips) || trips > lanes;
  if (isLong) {
    column = inner;
  } else {
    for (unsigned loop : parallel)
      if (static_cast<int64_t>(loop) != row && !isReused(loop))
        column = loop;
  }
  columns = column < 0 ? 1 : 2;
  if (column >= 0 && row < 0)
    columns = 4;
  int64_t available = column < 0 ? 1 : sizes[column];
  if (column == inner && !ShapedType::isDynamic(available))
    available = available / lanes;
  if (!ShapedType::isDynamic(available))
    columns = std::clamp<int64_t>(available, 1, columns);
  if (row >= 0) {
    // One register for what rows share, one for what columns share.
    rows = std::max<int64_t>(1, (registers - columns - 2) / columns);
    rows = std::min<int64_t>(rows, 8);
    if (!ShapedType::isDynamic(sizes[row])) {
      rows = std::min(rows, std::max<int64_t>(1, sizes[row]));
      for (int64_t divisor = rows; divisor * 2 > rows; --divisor)
        if (sizes[row] % divisor == 0) {
          rows = divisor;
          break;
        }
    }
  }
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

/// Iterations of `loop` in blocks, then one by one. `body` gets how many at a
/// time.
void Vectorizer::emitBlocks(int64_t loop, int64_t unit, int64_t block,
                            llvm::function_ref<void(int64_t)> body) {
  Value size, blocked;
  int64_t known = sizes[loop];
  int64_t step = unit * block;
  if (ShapedType::isDynamic(known)) {
    // Any operand that is indexed by the loop alone knows its length.
    for (OpOperand &operand : op->getOpOperands()) {
      AffineMap map = op.getMatchingIndexingMap(&operand);
      for (auto [dim, expr] : llvm::enumerate(map.getResults()))
        if (!size && expr == builder.getAffineDimExpr(loop))
          size = builder.create<memref::DimOp>(loc, operand.get(), dim);
    }
    Value rest = builder.create<arith::RemUIOp>(loc, size, constant(step));
    blocked = builder.create<arith::SubIOp>(loc, size, rest);
  } else {
    size = constant(known);
    blocked = constant(known / step * step);
  }
  auto emit = [&](Value from, Value to, int64_t count) {
    auto made =
        builder.create<scf::ForOp>(loc, from, to, constant(unit * count));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(made.getBody());
    ivs[loop] = made.getInductionVar();
    body(count);
  };
  bool isKnown = !ShapedType::isDynamic(known);
  if (!isKnown || known >= step)
    emit(constant(0), blocked, block);
  if (step == 1 || (isKnown && known % step == 0))
    return;
  if (unit == 1) {
    emit(blocked, size, 1);
    return;
  }
  // Whole vectors, then what is left of one.
  Value whole;
  if (isKnown) {
    whole = constant(known / unit * unit);
  } else {
    Value rest = builder.create<arith::RemUIOp>(loc, size, constant(unit));
    whole = builder.create<arith::SubIOp>(loc, size, rest);
  }
  if (block > 1 && (!isKnown || known / unit % block != 0))
    emit(blocked, whole, 1);
  if (isKnown && known % unit == 0)
    return;
  auto made = builder.create<scf::ForOp>(loc, whole, size, constant(unit));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(made.getBody());
  ivs[loop] = made.getInductionVar();
  tail = builder.create<arith::SubIOp>(loc, size, whole);
  body(1);
  tail = Value();
}

void Vectorizer::emitParallel(unsigned next) {
  // Loops that are no part of a block are outermost, then columns, so that what
  // lies along them is met again by all rows.
  if (next < parallel.size()) {
    int64_t loop = parallel[next];
    if (loop == row || loop == column)
      return emitParallel(next + 1);
    emitBlocks(loop, 1, 1, [&](int64_t) { emitParallel(next + 1); });
    return;
  }
  int64_t wantedRows = rows, wantedColumns = columns;
  auto emitRows = [&] {
    if (row < 0)
      return emitVectors();
    emitBlocks(row, 1, wantedRows, [&](int64_t count) {
      rows = count;
      emitVectors();
    });
    rows = wantedRows;
  };
  auto emitInner = [&](int64_t block) {
    emitBlocks(inner, lanes, block, [&](int64_t count) {
      if (column == inner)
        columns = count;
      emitRows();
    });
  };
  if (column < 0 || column == inner) {
    emitInner(column == inner ? wantedColumns : 1);
  } else {
    emitBlocks(column, 1, wantedColumns, [&](int64_t count) {
      columns = count;
      emitInner(1);
    });
  }
  columns = wantedColumns;
}

/// Loads a block of accumulators, folds everything into it and stores it.
void Vectorizer::emitVectors() {
  OpOperand *output = op.getDpsInitOperand(0);
  SmallVector<Value> start, result;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c)
      start.push_back(load(output, r, c));
  emitReductions(0, start, result);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c) {
      Value value = result[r * columns + c];
      SmallVector<Value> indices = getIndices(output, r, c);
      if (tail)
        builder.create<vector::MaskedStoreOp>(loc, output->get(), indices,
                                              getMask(tail, 1, 0), value);
      else
        builder.create<vector::StoreOp>(loc, value, output->get(), indices);
    }
}

void Vectorizer::emitReductions(unsigned next, ArrayRef<Value> carried,
                                SmallVector<Value> &result) {
  if (next == reduction.size()) {
    result = emitPoint(carried);
    return;
  }
  int64_t loop = reduction[next];
  Value size;
  if (ShapedType::isDynamic(sizes[loop])) {
    for (OpOperand &operand : op->getOpOperands())
      for (auto [dim, expr] :
           llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
        if (!size && expr == builder.getAffineDimExpr(loop))
          size = builder.create<memref::DimOp>(loc, operand.get(), dim);
  } else {
    size = constant(sizes[loop]);
  }
  auto made =
      builder.create<scf::ForOp>(loc, constant(0), size, constant(1), carried);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(made.getBody());
  ivs[loop] = made.getInductionVar();
  SmallVector<Value> inside;
  emitReductions(next + 1,
                 llvm::to_vector(llvm::map_range(
                     made.getRegionIterArgs(),
                     [](BlockArgument arg) -> Value { return arg; })),
                 inside);
  builder.create<scf::YieldOp>(loc, inside);
  result.assign(made.getResults().begin(), made.getResults().end());
}

//===----------------------------------------------------------------------===//
// One point of the reduction loops
//===----------------------------------------------------------------------===//

SmallVector<Value> Vectorizer::getIndices(OpOperand *operand, int64_t r,
                                          int64_t c) {
  SmallVector<Value> at(ivs);
  if (row >= 0)
    at[row] = add(at[row], r);
  if (column >= 0)
    at[column] = add(at[column], column == inner ? c * lanes : c);
  AffineMap map = op.getMatchingIndexingMap(operand);
  SmallVector<Value> indices;
  for (AffineExpr expr : map.getResults()) {
    if (auto dim = dyn_cast<AffineDimExpr>(expr))
      indices.push_back(at[dim.getPosition()]);
    else
      indices.push_back(builder.create<affine::AffineApplyOp>(
          loc, AffineMap::get(map.getNumDims(), 0, expr), at));
  }
  return indices;
}

/// The first `count * scale - shift` lanes.
Value Vectorizer::getMask(Value count, int64_t scale, int64_t shift) {
  if (scale != 1)
    count = builder.create<arith::MulIOp>(loc, count, constant(scale));
  if (shift != 0)
    count = builder.create<arith::SubIOp>(loc, count, constant(shift));
  return builder.create<vector::CreateMaskOp>(
      loc, vectorOf(builder.getI1Type()), count);
}

Value Vectorizer::load(OpOperand *operand, int64_t r, int64_t c) {
  Type element = cast<MemRefType>(operand->get().getType()).getElementType();
  VectorType type = vectorOf(element);
  SmallVector<Value> indices = getIndices(operand, r, c);
  auto part = [&](int64_t offset, int64_t scale, int64_t shift) -> Value {
    SmallVector<Value> from(indices);
    from.back() = add(from.back(), offset);
    if (!tail)
      return builder.create<vector::LoadOp>(loc, type, operand->get(), from);
    Value none =
        builder.create<arith::ConstantOp>(loc, builder.getZeroAttr(type));
    return builder.create<vector::MaskedLoadOp>(
        loc, type, operand->get(), from, getMask(tail, scale, shift), none);
  };
  switch (getAccess(operand)) {
  case Access::Contiguous:
    return part(0, 1, 0);
  case Access::EverySecond: {
    // Elements 0, 2, ... 2 (lanes - 1): the second load ends at the last one.
    Value low = part(0, 2, 1), high = part(lanes - 1, 2, lanes);
    SmallVector<int64_t> pick;
    for (int64_t i = 0; i < lanes; ++i)
      pick.push_back(2 * i < lanes ? 2 * i : lanes + 2 * i - (lanes - 1));
    return builder.create<vector::ShuffleOp>(loc, low, high, pick);
  }
  default: {
    Value scalar = builder.create<memref::LoadOp>(loc, operand->get(), indices);
    return builder.create<vector::BroadcastOp>(loc, type, scalar);
  }
  }
}

SmallVector<Value> Vectorizer::emitPoint(ArrayRef<Value> carried) {
  // Equal loads of different accumulators are one.
  llvm::DenseMap<std::tuple<OpOperand *, int64_t, int64_t>, Value> loaded;
  auto get = [&](OpOperand *operand, int64_t r, int64_t c) {
    AffineMap map = op.getMatchingIndexingMap(operand);
    r = row >= 0 && map.isFunctionOfDim(row) ? r : 0;
    c = column >= 0 && map.isFunctionOfDim(column) ? c : 0;
    Value &value = loaded[{operand, r, c}];
    if (!value)
      value = load(operand, r, c);
    return value;
  };
  auto spread = [&](Value value) -> Value {
    if (isa<VectorType>(value.getType()))
      return value;
    return builder.create<vector::BroadcastOp>(loc, vectorOf(value.getType()),
                                               value);
  };
  SmallVector<Value> result;
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t c = 0; c < columns; ++c) {
      IRMapping mapping;
      Block *body = op.getBody();
      for (OpOperand *operand : op.getDpsInputOperands())
        mapping.map(body->getArgument(operand->getOperandNumber()),
                    get(operand, r, c));
      mapping.map(body->getArguments().back(), carried[r * columns + c]);
      for (Operation &inner : body->without_terminator()) {
        if (inner.hasTrait<OpTrait::ConstantLike>()) {
          mapping.map(inner.getResult(0), builder.clone(inner)->getResult(0));
          continue;
        }
        OperationState state(loc, inner.getName());
        for (Value operand : inner.getOperands())
          state.operands.push_back(spread(mapping.lookupOrDefault(operand)));
        state.addTypes(vectorOf(inner.getResult(0).getType()));
        state.addAttributes(inner.getAttrs());
        mapping.map(inner.getResult(0), builder.create(state)->getResult(0));
      }
      result.push_back(spread(
          mapping.lookupOrDefault(body->getTerminator()->getOperand(0))));
    }
  return result;
}

namespace {
struct VectorizeReductions
    : public autoglm::cpu::impl::VectorizeReductionsBase<VectorizeReductions> {
  using VectorizeReductionsBase::VectorizeReductionsBase;

  void runOnOperation() override {
    SmallVector<linalg::GenericOp> ops;
    getOperation().walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops)
      if (Vectorizer(op, vectorBytes, registers).run())
        ++numVectorized;
  }
};
} // namespace
