//===- Scatter.cpp - updates at indices, and the best of a row -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
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
/// Loops and arithmetic that these kernels share.
struct Loop {
  FormBuilder &b;

  using Body = llvm::function_ref<void(Value)>;
  void run(int64_t count, Body body, int64_t step = 1) {
    if (count <= 0)
      return;
    OpBuilder::InsertionGuard guard(b);
    auto loop = b.create<scf::ForOp>(b.index(0), b.index(count), b.index(step));
    b.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar());
  }
  /// A nest of loops over a shape.
  void nest(ArrayRef<int64_t> shape,
            llvm::function_ref<void(ArrayRef<Value>)> body) {
    SmallVector<Value> at;
    OpBuilder::InsertionGuard guard(b);
    for (int64_t size : shape) {
      auto loop = b.create<scf::ForOp>(b.index(0), b.index(size), b.index(1));
      b.setInsertionPointToStart(loop.getBody());
      at.push_back(loop.getInductionVar());
    }
    body(at);
  }
  void when(Value condition, llvm::function_ref<void()> body) {
    OpBuilder::InsertionGuard guard(b);
    auto branch = b.create<scf::IfOp>(condition, /*withElseRegion=*/false);
    b.setInsertionPointToStart(branch.thenBlock());
    body();
  }
  Value isBelow(Value a, Value c) {
    return b.create<arith::CmpIOp>(arith::CmpIPredicate::slt, a, c);
  }
  /// All elements of a buffer, side by side.
  Value flatten(Value buffer) {
    auto type = cast<MemRefType>(buffer.getType());
    int64_t count = type.getNumElements();
    return b.create<memref::ReinterpretCastOp>(
        MemRefType::get({count}, type.getElementType()), buffer,
        /*offset=*/int64_t{0}, ArrayRef<int64_t>{count}, ArrayRef<int64_t>{1});
  }
};
} // namespace

/// Whether a function computes the results of one operation and nothing else.
static bool isAlone(func::FuncOp source, Operation *op) {
  Operation *end = source.getBody().front().getTerminator();
  SmallVector<Value> results(end->getOperands());
  for (auto [i, value] : llvm::enumerate(results))
    if (value.getDefiningOp() != op ||
        llvm::is_contained(ArrayRef(results).drop_front(i + 1), value))
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Scatter
//===----------------------------------------------------------------------===//

namespace {
struct ScatterBuilder : Loop {
  Type elementType;
  StringRef reduction;
  Value result, updates, indices;
  RankedTensorType type;

  ScatterBuilder(FormBuilder &b, Operation *op, StringRef reduction)
      : Loop{b}, reduction(reduction), type(tensorType(op->getResult(0))) {
    elementType = type.getElementType();
    result = b.getResult(0);
    b.create<memref::CopyOp>(b.getBuffer(op->getOperand(0)), result);
    indices = b.getBuffer(op->getOperand(1));
    updates = b.getBuffer(op->getOperand(2));
  }

  /// {coordinate, whether it is one}.
  std::pair<Value, Value> toCoordinate(Value index, int64_t size) {
    Value at = b.create<arith::IndexCastOp>(b.getIndexType(), index);
    Value isNegative = isBelow(at, b.index(0));
    Value wrapped = b.create<arith::AddIOp>(at, b.index(size));
    at = b.create<arith::SelectOp>(isNegative, wrapped, at);
    // One comparison: what is below zero is a large unsigned number.
    Value isInside =
        b.create<arith::CmpIOp>(arith::CmpIPredicate::ult, at, b.index(size));
    return {at, isInside};
  }

  Value combine(Value old, Value update) {
    bool isUnsigned =
        elementType.isUnsignedInteger() || elementType.isInteger(1);
    auto with = [&](Combine kind) {
      return buildCombine(b, b.getLoc(), kind, old, update, isUnsigned);
    };
    if (reduction == "add")
      return with(Combine::Sum);
    if (reduction == "mul")
      return with(Combine::Product);
    if (reduction == "max")
      return with(Combine::Maximum);
    return reduction == "min" ? with(Combine::Minimum) : update;
  }

  void update(Value to, ValueRange toAt, Value from, ValueRange fromAt) {
    Value value = b.loadScalar(from, fromAt, elementType);
    if (reduction != "none")
      value = combine(b.loadScalar(to, toAt, elementType), value);
    value = storeElement(b, b.getLoc(), value, elementType);
    b.create<memref::StoreOp>(value, to, toAt);
  }

  void scatterElements(int64_t axis) {
    auto shape = cast<MemRefType>(indices.getType()).getShape();
    nest(shape, [&](ArrayRef<Value> at) {
      Value index = b.create<memref::LoadOp>(indices, at);
      auto [coordinate, isInside] = toCoordinate(index, type.getDimSize(axis));
      SmallVector<Value> to(at);
      to[axis] = coordinate;
      when(isInside, [&] { update(result, to, updates, at); });
    });
  }

  void scatterParts(int64_t lanes);
};
} // namespace

void ScatterBuilder::scatterParts(int64_t lanes) {
  ArrayRef<int64_t> shape = cast<MemRefType>(indices.getType()).getShape();
  int64_t length = shape.back(), tuples = 1, part = 1;
  for (int64_t dim : shape.drop_back())
    tuples *= dim;
  for (int64_t dim : type.getShape().drop_front(length))
    part *= dim;
  Value to = flatten(result), from = flatten(updates);
  Value numbers = length ? flatten(indices) : Value();
  AffineExpr d = getAffineDimExpr(0, b.getContext());
  run(tuples, [&](Value tuple) {
    Value offset = b.index(0), isInside;
    for (int64_t i = 0; i < length; ++i) {
      int64_t size = type.getDimSize(i);
      Value index =
          b.create<memref::LoadOp>(numbers, b.apply(d * length + i, tuple));
      auto [coordinate, inside] = toCoordinate(index, size);
      offset = b.create<arith::AddIOp>(
          b.create<arith::MulIOp>(offset, b.index(size)), coordinate);
      isInside = isInside
                     ? b.create<arith::AndIOp>(isInside, inside).getResult()
                     : inside;
    }
    offset = b.create<arith::MulIOp>(offset, b.index(part));
    Value first = b.apply(d * part, tuple);
    auto move = [&] {
      int64_t whole = part / lanes * lanes;
      auto at = [&](Value base, Value i) -> Value {
        return b.create<arith::AddIOp>(base, i);
      };
      run(
          whole,
          [&](Value i) {
            Value target = at(offset, i), source = at(first, i);
            Value value = b.loadVector(from, source, lanes, elementType);
            if (reduction != "none")
              value =
                  combine(b.loadVector(to, target, lanes, elementType), value);
            b.storeVector(value, to, target, elementType);
          },
          lanes);
      run(part - whole, [&](Value i) {
        Value rest = b.offset(i, whole);
        update(to, at(offset, rest), from, at(first, rest));
      });
    };
    isInside ? when(isInside, move) : move();
  });
}

func::FuncOp buildScatter(func::FuncOp source, const MachineShape &machine) {
  Operation *anchor = getAnchor(source);
  if (!isa_and_nonnull<ScatterNDOp, ScatterElementsOp>(anchor) ||
      !isAlone(source, anchor) || !hasRowMajorTensors(anchor))
    return {};
  FormBuilder b(source);
  if (auto op = dyn_cast<ScatterElementsOp>(anchor)) {
    int64_t axis = op.getAxis();
    ScatterBuilder(b, op, op.getReduction())
        .scatterElements(axis < 0 ? axis + op.getType().getRank() : axis);
    return b.finish();
  }
  auto op = cast<ScatterNDOp>(anchor);
  Type type = getComputeType(op.getType().getElementType());
  ScatterBuilder(b, op, op.getReduction())
      .scatterParts(std::max<int64_t>(1, machine.vectorBytes * 8 /
                                             type.getIntOrFloatBitWidth()));
  return b.finish();
}

//===----------------------------------------------------------------------===//
// TopK
//===----------------------------------------------------------------------===//

namespace {
/// Keeps the best elements so far in order and inserts each element where it
/// belongs among them.
struct TopKBuilder : Loop {
  TopKOp op;
  RankedTensorType type;
  int64_t axis, size, k;
  Type elementType;
  /// The best elements of the row, as they are in memory, and where they were.
  Value best, places;

  TopKBuilder(FormBuilder &b, TopKOp op)
      : Loop{b}, op(op), type(tensorType(op.getInput())), axis(op.getAxis()),
        k(op.getK()), elementType(type.getElementType()) {
    if (axis < 0)
      axis += type.getRank();
    size = type.getDimSize(axis);
    auto row = [&](Type element) -> Value {
      return b.create<memref::AllocaOp>(MemRefType::get({k}, element),
                                        b.getI64IntegerAttr(64));
    };
    best = row(getStorageType(elementType));
    places = row(b.getI64Type());
  }

  /// Whether `x` goes before `y`, which came before it.
  Value isBetter(Value x, Value y) {
    x = loadElement(b, b.getLoc(), x, elementType);
    y = loadElement(b, b.getLoc(), y, elementType);
    bool isLargest = op.getLargest();
    if (isa<FloatType>(elementType)) {
      using P = arith::CmpFPredicate;
      auto compare = [&](P predicate, Value a, Value c) -> Value {
        return b.create<arith::CmpFOp>(predicate, a, c);
      };
      Value low = isLargest ? y : x, high = isLargest ? x : y;
      // NaN is above every number.
      Value isNaN = compare(P::UNO, high, high);
      Value isNumber = compare(P::ORD, low, low);
      return b.create<arith::OrIOp>(compare(P::OGT, high, low),
                                    b.create<arith::AndIOp>(isNaN, isNumber));
    }
    using P = arith::CmpIPredicate;
    P above = elementType.isUnsignedInteger() ? P::ugt : P::sgt;
    return isLargest ? b.create<arith::CmpIOp>(above, x, y)
                     : b.create<arith::CmpIOp>(above, y, x);
  }

  void insert(Value element, Value place, Value i) {
    Value count = b.create<arith::MinSIOp>(i, b.index(k));
    Value one = b.index(1), zero = b.index(0);
    auto before = [&](OpBuilder &, Location, ValueRange carried) {
      OpBuilder::InsertionGuard guard(b);
      Value position = carried[0];
      b.setInsertionPointToEnd(position.getParentBlock());
      Value hasMore = isBelow(zero, position);
      Value previous = b.create<arith::MaxSIOp>(
          b.create<arith::SubIOp>(position, one), zero);
      Value other = b.create<memref::LoadOp>(best, previous);
      Value goes = b.create<arith::AndIOp>(hasMore, isBetter(element, other));
      b.create<scf::ConditionOp>(goes, position);
    };
    auto after = [&](OpBuilder &, Location, ValueRange carried) {
      OpBuilder::InsertionGuard guard(b);
      Value position = carried[0];
      b.setInsertionPointToEnd(position.getParentBlock());
      Value previous = b.create<arith::SubIOp>(position, one);
      when(isBelow(position, b.index(k)), [&] {
        for (Value row : {best, places})
          b.create<memref::StoreOp>(b.create<memref::LoadOp>(row, previous),
                                    row, position);
      });
      b.create<scf::YieldOp>(previous);
    };
    auto search = b.create<scf::WhileOp>(TypeRange(b.getIndexType()),
                                         ValueRange(count), before, after);
    Value position = search.getResult(0);
    when(isBelow(position, b.index(k)), [&] {
      b.create<memref::StoreOp>(element, best, position);
      b.create<memref::StoreOp>(place, places, position);
    });
  }

  void run(func::FuncOp source) {
    Value input = b.getBuffer(op.getInput());
    SmallVector<OpFoldResult> extents;
    for (auto [i, dim] : llvm::enumerate(type.getShape()))
      if (static_cast<int64_t>(i) != axis)
        extents.push_back(b.getIndexAttr(dim));
    SmallVector<Value> at;
    OpBuilder::InsertionGuard guard(b);
    if (!extents.empty()) {
      auto rows = b.create<scf::ForallOp>(extents, ValueRange(), std::nullopt);
      b.setInsertionPointToStart(rows.getBody());
      at = SmallVector<Value>(rows.getInductionVars());
    }
    auto with = [&](Value position) {
      SmallVector<Value> all(at);
      all.insert(all.begin() + axis, position);
      return all;
    };
    Loop::run(size, [&](Value i) {
      Value element = b.create<memref::LoadOp>(input, with(i));
      insert(element, b.create<arith::IndexCastOp>(b.getI64Type(), i), i);
    });
    Operation *end = source.getBody().front().getTerminator();
    Loop::run(k, [&](Value i) {
      for (auto [index, value] : llvm::enumerate(end->getOperands())) {
        Value row = value == op.getValues() ? best : places;
        b.create<memref::StoreOp>(b.create<memref::LoadOp>(row, i),
                                  b.getResult(index), with(i));
      }
    });
  }
};
} // namespace

func::FuncOp buildTopK(func::FuncOp source, const MachineShape &) {
  auto op = dyn_cast_or_null<TopKOp>(getAnchor(source));
  if (!op || !isAlone(source, op) || !hasRowMajorTensors(op))
    return {};
  FormBuilder b(source);
  TopKBuilder(b, op).run(source);
  return b.finish();
}

} // namespace autoglm::cpu
