//===- Rows.cpp - softmax and normalizations of rows -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The elements that are reduced together lie side by side: a row. A row that
// fits the registers is read once; a longer one is read again for each pass,
// from the cache.
//
//===----------------------------------------------------------------------===//

#include "../KernelBuilder.h"
#include "../math/Expansions.h"
#include "Epilogue.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace autoglm::cpu {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// The longest row of a softmax whose exponentials are kept on the stack.
static constexpr int64_t kMaxKept = 16384;

namespace {
/// What is computed along each row.
struct RowOp {
  enum Kind { Softmax, LogSoftmax, Norm, RmsNorm };
  Kind kind;
  Operation *op;
  /// Null, one number per element of a row, or one per row of an image.
  Value scale, bias;
  int64_t firstDim;
  double epsilon = 0;
  bool isPerRow = false;

  Value getInput() const { return op->getOperand(0); }
  static std::optional<RowOp> match(Operation *op);
};

/// Writes one kernel.
class RowBuilder {
public:
  RowBuilder(FormBuilder &b, const RowOp &row, const Epilogue *epilogue,
             int64_t lanes, const MachineShape &machine);
  void run();

private:
  /// Something to do with one vector of a row: where it is, which lanes exist,
  /// which of the unrolled ones it is, and an accumulator to carry on.
  using Body = llvm::function_ref<Value(Value column, Value mask, int64_t part,
                                        Value carried)>;
  SmallVector<Value> forEach(Value init, Body body);
  /// The same, folded into one number that is in all lanes.
  Value fold(Value init, Body body,
             llvm::function_ref<Value(Value, Value)> combine);

  void buildRow();
  void buildSoftmax();
  void buildNorm();
  /// Elements of the row, read again or kept.
  Value load(Value column, Value mask, int64_t part);
  void store(Value vector, Value column, Value mask);
  /// A vector of scale or bias.
  Value loadFactor(Value operand, Value column, Value mask);
  SmallVector<Value> at(Value column);
  Value collapse(Value operand, int64_t firstDim);

  Value splat(double number) {
    return buildNumber(b, b.getLoc(), vectorType, number);
  }
  Value add(Value x, Value y) { return b.create<arith::AddFOp>(x, y); }
  Value sub(Value x, Value y) { return b.create<arith::SubFOp>(x, y); }
  Value mul(Value x, Value y) { return b.create<arith::MulFOp>(x, y); }
  Value div(Value x, Value y) { return b.create<arith::DivFOp>(x, y); }
  Value broadcast(Value x) {
    return b.create<vector::BroadcastOp>(vectorType, x);
  }
  Value fma(Value x, Value y, Value z) {
    return machine.hasFma ? b.create<vector::FMAOp>(x, y, z).getResult()
                          : add(mul(x, y), z);
  }

  FormBuilder &b;
  const RowOp &row;
  /// Null if the result is stored as it is, by rows.
  const Epilogue *epilogue;
  int64_t lanes;
  const MachineShape &machine;
  VectorType vectorType;
  int64_t size, count;
  bool isUnrolled;
  /// Vectors of a row that are in registers.
  SmallVector<Value> kept;
  /// Numbers of a row that do not fit there.
  Value scratch;
  Value input, output, scaleBuffer, biasBuffer;
  /// The row that is being written.
  Value rowIndex;
};
} // namespace

std::optional<RowOp> RowOp::match(Operation *op) {
  if (!op)
    return std::nullopt;
  auto fromFront = [&](int64_t axis) -> int64_t {
    return axis < 0 ? axis + tensorType(op->getOperand(0)).getRank() : axis;
  };
  std::optional<RowOp> row =
      llvm::TypeSwitch<Operation *, std::optional<RowOp>>(op)
          .Case<SoftmaxOp>([&](SoftmaxOp op) {
            return RowOp{Softmax, op, {}, {}, fromFront(op.getAxis())};
          })
          .Case<LogSoftmaxOp>([&](LogSoftmaxOp op) {
            return RowOp{LogSoftmax, op, {}, {}, fromFront(op.getAxis())};
          })
          .Case<LayerNormalizationOp>([&](LayerNormalizationOp op) {
            return RowOp{Norm,
                         op,
                         op.getScale(),
                         op.getBias(),
                         fromFront(op.getAxis()),
                         op.getEpsilon().convertToDouble()};
          })
          .Case<RMSNormalizationOp>([&](RMSNormalizationOp op) {
            return RowOp{RmsNorm,
                         op,
                         op.getScale(),
                         {},
                         fromFront(op.getAxis()),
                         op.getEpsilon().convertToDouble()};
          })
          .Case<InstanceNormalizationOp>([&](InstanceNormalizationOp op) {
            return RowOp{Norm,
                         op,
                         op.getScale(),
                         op.getBias(),
                         2,
                         op.getEpsilon().convertToDouble(),
                         /*isPerRow=*/true};
          })
          .Default([](Operation *) { return std::nullopt; });
  if (!row)
    return std::nullopt;
  RankedTensorType type = tensorType(row->getInput());
  auto isPlain = [](Value value) {
    return !value ||
           (!tensorType(value).getEncoding() && isa<BlockArgument>(value) &&
            getComputeType(tensorType(value).getElementType()).isF32());
  };
  if (type.getRank() == 0 || row->firstDim >= type.getRank() ||
      !isPlain(row->getInput()) || !isPlain(row->scale) || !isPlain(row->bias))
    return std::nullopt;
  for (OpResult result : op->getResults())
    if (tensorType(result).getEncoding() ||
        (result.getResultNumber() > 0 && !result.use_empty()))
      return std::nullopt;
  // Between the softmax and a row lies nothing.
  bool isSoftmax = row->kind == Softmax || row->kind == LogSoftmax;
  for (int64_t i = row->firstDim + 1; isSoftmax && i < type.getRank(); ++i)
    if (type.getDimSize(i) != 1)
      return std::nullopt;
  // Factors are as long as a row, or the channels.
  int64_t length = 1;
  for (int64_t i = row->firstDim; i < type.getRank(); ++i)
    length *= type.getDimSize(i);
  if (row->isPerRow)
    length = type.getDimSize(1);
  for (Value factor : {row->scale, row->bias})
    if (factor && tensorType(factor).getNumElements() != length)
      return std::nullopt;
  return row;
}

RowBuilder::RowBuilder(FormBuilder &b, const RowOp &row,
                       const Epilogue *epilogue, int64_t lanes,
                       const MachineShape &machine)
    : b(b), row(row), epilogue(epilogue), lanes(lanes), machine(machine),
      vectorType(VectorType::get(lanes, b.getF32Type())) {
  RankedTensorType type = tensorType(row.getInput());
  size = 1;
  count = 1;
  for (int64_t i = 0; i < type.getRank(); ++i)
    (i < row.firstDim ? count : size) *= type.getDimSize(i);
  int64_t vectors = llvm::divideCeil(size, lanes);
  isUnrolled = vectors <= machine.registers / 2;
  kept.resize(isUnrolled ? vectors : 0);
}

Value RowBuilder::collapse(Value buffer, int64_t firstDim) {
  auto type = cast<MemRefType>(buffer.getType());
  int64_t rank = type.getRank();
  SmallVector<ReassociationIndices> groups(firstDim > 0 ? 2 : 1);
  for (int64_t i = 0; i < rank; ++i)
    groups[firstDim > 0 && i >= firstDim].push_back(i);
  if (rank > static_cast<int64_t>(groups.size()))
    buffer = b.create<memref::CollapseShapeOp>(buffer, groups);
  if (firstDim > 0)
    return buffer;
  // One row.
  int64_t elements = type.getNumElements();
  return b.create<memref::ExpandShapeOp>(
      MemRefType::get({1, elements}, type.getElementType()), buffer,
      ArrayRef<ReassociationIndices>{{0, 1}});
}

void RowBuilder::run() {
  input = collapse(b.getBuffer(row.getInput()), row.firstDim);
  if (!epilogue)
    output = collapse(b.getResult(0), row.firstDim);
  auto flat = [&](Value operand) -> Value {
    return operand ? collapse(b.getBuffer(operand), 0) : Value();
  };
  scaleBuffer = flat(row.scale);
  biasBuffer = flat(row.bias);
  if (row.kind == RowOp::Softmax && !isUnrolled)
    scratch = b.create<memref::AllocaOp>(
        MemRefType::get({1, size}, b.getF32Type()), b.getI64IntegerAttr(64));

  // Rows of a few kilobytes: threads share out tiles, which cost nothing.
  int64_t rows =
      std::clamp<int64_t>(machine.cacheBytes / 4 / (size * 4), 1, count);
  for (int64_t divisor = rows; divisor * 2 > rows; --divisor)
    if (count % divisor == 0) {
      rows = divisor;
      break;
    }
  auto tiles = b.create<scf::ForallOp>(
      ArrayRef<OpFoldResult>{b.getIndexAttr(0)},
      ArrayRef<OpFoldResult>{b.getIndexAttr(llvm::divideCeil(count, rows))},
      ArrayRef<OpFoldResult>{b.getIndexAttr(1)}, ValueRange(), std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(tiles.getBody());
  AffineExpr d = b.getAffineDimExpr(0);
  Value tile = tiles.getInductionVar(0);
  Value first = b.apply(d * rows, tile), end = b.apply(d * rows + rows, tile);
  if (count % rows != 0)
    end = b.create<arith::MinUIOp>(end, b.index(count));
  auto loop = b.create<scf::ForOp>(first, end, b.index(1));
  b.setInsertionPointToStart(loop.getBody());
  rowIndex = loop.getInductionVar();
  buildRow();
}

void RowBuilder::buildRow() {
  if (row.kind == RowOp::Softmax || row.kind == RowOp::LogSoftmax)
    buildSoftmax();
  else
    buildNorm();
}

//===----------------------------------------------------------------------===//
// Passes over a row
//===----------------------------------------------------------------------===//

SmallVector<Value> RowBuilder::forEach(Value init, Body body) {
  // So many that additions do not wait for each other.
  const int64_t chains = 4;
  SmallVector<Value> carried(init ? chains : 0, init);
  int64_t whole = size / lanes, next = 0;
  auto step = [&](Value column, Value mask, int64_t part, int64_t chain) {
    Value made = body(column, mask, part, init ? carried[chain] : Value());
    if (init)
      carried[chain] = made;
  };
  if (!isUnrolled && whole >= chains) {
    next = whole / chains * chains;
    auto loop = b.create<scf::ForOp>(b.index(0), b.index(next * lanes),
                                     b.index(chains * lanes), carried);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    for (int64_t i = 0; i < static_cast<int64_t>(carried.size()); ++i)
      carried[i] = loop.getRegionIterArg(i);
    for (int64_t i = 0; i < chains; ++i)
      step(b.offset(loop.getInductionVar(), i * lanes), {}, -1, i);
    if (init)
      b.create<scf::YieldOp>(carried);
    carried.assign(loop.getResults().begin(), loop.getResults().end());
  }
  for (int64_t i = next; i < whole; ++i)
    step(b.index(i * lanes), {}, isUnrolled ? i : -1, i % chains);
  if (size % lanes != 0)
    step(b.index(whole * lanes), b.maskOf(size % lanes, lanes),
         isUnrolled ? whole : -1, whole % chains);
  return carried;
}

Value RowBuilder::fold(Value init, Body body,
                       llvm::function_ref<Value(Value, Value)> combine) {
  SmallVector<Value> sums = forEach(init, body);
  Value sum = combine(combine(sums[0], sums[1]), combine(sums[2], sums[3]));
  // Halves until one is left.
  for (int64_t width = lanes / 2; width > 0; width /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < width; ++i) {
      low.push_back(i);
      high.push_back(i + width);
    }
    sum = combine(b.create<vector::ShuffleOp>(sum, sum, low),
                  b.create<vector::ShuffleOp>(sum, sum, high));
  }
  return b.create<vector::ExtractOp>(sum, 0);
}

Value RowBuilder::load(Value column, Value mask, int64_t part) {
  if (part >= 0 && kept[part])
    return kept[part];
  Type elementType = tensorType(row.getInput()).getElementType();
  Value x = b.loadVector(input, {rowIndex, column}, lanes, elementType, mask);
  if (part >= 0)
    kept[part] = x;
  return x;
}

/// Index of an element in the tensor.
SmallVector<Value> RowBuilder::at(Value column) {
  ArrayRef<int64_t> shape = tensorType(row.getInput()).getShape();
  SmallVector<Value> index(shape.size());
  AffineExpr rest = b.getAffineDimExpr(0);
  for (int64_t i = row.firstDim - 1; i >= 0; --i) {
    index[i] = b.apply(i == 0 ? rest : rest % shape[i], rowIndex);
    rest = rest.floorDiv(shape[i]);
  }
  index[row.firstDim] = column;
  for (size_t i = row.firstDim + 1; i < shape.size(); ++i)
    index[i] = b.index(0);
  return index;
}

void RowBuilder::store(Value vector, Value column, Value mask) {
  if (epilogue)
    epilogue->emit(b, vector, at(column), mask);
  else
    b.storeVector(vector, output, {rowIndex, column},
                  tensorType(row.op->getResult(0)).getElementType(), mask);
}

Value RowBuilder::loadFactor(Value operand, Value column, Value mask) {
  Value buffer = operand == row.scale ? scaleBuffer : biasBuffer;
  Type elementType = tensorType(operand).getElementType();
  if (!row.isPerRow)
    return b.loadVector(buffer, {b.index(0), column}, lanes, elementType, mask);
  int64_t channels = tensorType(operand).getNumElements();
  Value channel = b.apply(b.getAffineDimExpr(0) % channels, rowIndex);
  return broadcast(b.loadScalar(buffer, {b.index(0), channel}, elementType));
}

//===----------------------------------------------------------------------===//
// What is computed
//===----------------------------------------------------------------------===//

void RowBuilder::buildSoftmax() {
  MathBuilder math(b, b.getLoc(), machine.hasFma);
  Value none = splat(-std::numeric_limits<double>::infinity());
  auto larger = [&](Value x, Value y) -> Value {
    // NaN is not larger; it comes back with the exponentials.
    Value isLarger = b.create<arith::CmpFOp>(arith::CmpFPredicate::OGT, y, x);
    return b.create<arith::SelectOp>(isLarger, y, x);
  };
  auto outside = [&](Value x, Value mask, Value instead) -> Value {
    return mask ? b.create<arith::SelectOp>(mask, x, instead).getResult() : x;
  };
  Value most = broadcast(fold(
      none,
      [&](Value column, Value mask, int64_t part, Value carried) {
        return larger(carried, outside(load(column, mask, part), mask, none));
      },
      larger));
  bool isLog = row.kind == RowOp::LogSoftmax;
  Value total = fold(
      splat(0),
      [&](Value column, Value mask, int64_t part, Value carried) {
        Value shifted = sub(load(column, mask, part), most);
        Value e = math.exp(outside(shifted, mask, none),
                           {/*small=*/false, /*large=*/false});
        if (part >= 0)
          kept[part] = isLog ? shifted : e;
        else if (!isLog)
          b.storeVector(e, scratch, {b.index(0), column}, b.getF32Type(), mask);
        return add(carried, e);
      },
      [&](Value x, Value y) { return add(x, y); });
  if (isLog) {
    Value logarithm = broadcast(math.log(total));
    forEach({}, [&](Value column, Value mask, int64_t part, Value) -> Value {
      Value shifted =
          part >= 0 ? kept[part] : sub(load(column, mask, part), most);
      store(sub(shifted, logarithm), column, mask);
      return {};
    });
    return;
  }
  Value one = buildNumber(b, b.getLoc(), b.getF32Type(), 1);
  Value inverse = broadcast(div(one, total));
  forEach({}, [&](Value column, Value mask, int64_t part, Value) -> Value {
    Value e = part >= 0 ? kept[part]
                        : b.loadVector(scratch, {b.index(0), column}, lanes,
                                       b.getF32Type(), mask);
    store(mul(e, inverse), column, mask);
    return {};
  });
}

void RowBuilder::buildNorm() {
  auto sum = [&](Value x, Value y) { return add(x, y); };
  auto number = [&](double value) {
    return buildNumber(b, b.getLoc(), b.getF32Type(), value);
  };
  Value length = number(size), mean;
  if (row.kind == RowOp::Norm)
    mean = broadcast(
        div(fold(
                splat(0),
                [&](Value column, Value mask, int64_t part, Value carried) {
                  return add(carried, load(column, mask, part));
                },
                sum),
            length));
  auto centered = [&](Value column, Value mask, int64_t part) {
    Value x = load(column, mask, part);
    return mean ? sub(x, mean) : x;
  };
  Value squares = fold(
      splat(0),
      [&](Value column, Value mask, int64_t part, Value carried) {
        Value x = centered(column, mask, part);
        if (mask)
          x = b.create<arith::SelectOp>(mask, x, splat(0));
        return fma(x, x, carried);
      },
      sum);
  Value variance = add(div(squares, length), number(row.epsilon));
  Value inverse = broadcast(div(number(1), b.create<math::SqrtOp>(variance)));
  forEach({}, [&](Value column, Value mask, int64_t part, Value) -> Value {
    Value x = mul(centered(column, mask, part), inverse);
    Value scale;
    if (row.scale)
      scale = loadFactor(row.scale, column, mask);
    if (row.bias)
      x = fma(x, scale, loadFactor(row.bias, column, mask));
    else if (scale)
      x = mul(x, scale);
    store(x, column, mask);
    return {};
  });
}

func::FuncOp buildRows(func::FuncOp source, const MachineShape &machine) {
  std::optional<RowOp> row = RowOp::match(getAnchor(source));
  if (!row)
    return {};
  RankedTensorType type = tensorType(row->getInput());
  int64_t size = 1;
  for (int64_t i = row->firstDim; i < type.getRank(); ++i)
    size *= type.getDimSize(i);
  // What a long row keeps is on the stack.
  if (row->kind == RowOp::Softmax && size > kMaxKept)
    return {};
  int64_t lanes = machine.vectorBytes / 4;
  while (lanes > 4 && lanes / 2 >= size)
    lanes /= 2;
  // Behind a row of several dimensions nothing follows.
  std::optional<Epilogue> epilogue;
  bool isOneDim = type.getDimSize(row->firstDim) == size;
  if (isOneDim) {
    epilogue = Epilogue::match(source, row->op, row->firstDim, lanes);
    if (!epilogue)
      return {};
  } else {
    Operation *ret = source.getBody().front().getTerminator();
    if (ret->getNumOperands() != 1 ||
        ret->getOperand(0) != row->op->getResult(0))
      return {};
  }
  FormBuilder b(source);
  RowBuilder(b, *row, isOneDim ? &*epilogue : nullptr, lanes, machine).run();
  return b.finish();
}

} // namespace autoglm::cpu
