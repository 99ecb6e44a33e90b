//===- Recurrence.cpp - the steps of recurrent layers -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../KernelBuilder.h"
#include "Form.h"

using namespace mlir;

namespace autoglm::cpu {

namespace {
/// One row of the batch is a tile: its states stay in the kernel's own memory
/// while the steps go by, and each step is a product of the hidden state with
/// the recurrent weights, several vectors of gates at a time.
class RecurrenceBuilder {
public:
  RecurrenceBuilder(FormBuilder &b, RecurrenceOp op,
                    const MachineShape &machine);
  void run(func::FuncOp source);

private:
  using Body = llvm::function_ref<void(Value at, Value mask)>;
  /// Runs over vectors of elements; with a mask for the last one, if it is not
  /// whole.
  void forVectors(int64_t count, Body body);
  void forSteps(Value count, llvm::function_ref<void(Value)> body);

  Value scratch(int64_t count);
  Value load(Value buffer, ValueRange at, Value mask = {}) {
    return b.loadVector(buffer, at, lanes, elementType, mask);
  }
  Value loadOwn(Value buffer, Value at) {
    return b.create<vector::LoadOp>(vectorType, buffer, at);
  }
  void storeOwn(Value vector, Value buffer, Value at) {
    b.create<vector::StoreOp>(vector, buffer, at);
  }
  Value number(double value) {
    return buildNumber(b, b.getLoc(), vectorType, value);
  }
  Value add(Value x, Value y) { return b.create<arith::AddFOp>(x, y); }
  Value sub(Value x, Value y) { return b.create<arith::SubFOp>(x, y); }
  Value mul(Value x, Value y) { return b.create<arith::MulFOp>(x, y); }
  Value div(Value x, Value y) { return b.create<arith::DivFOp>(x, y); }
  Value max(Value x, Value y) { return b.create<arith::MaximumFOp>(x, y); }
  Value min(Value x, Value y) { return b.create<arith::MinimumFOp>(x, y); }

  /// The cell's function number `index`.
  Value apply(int64_t index, Value x, bool clips = true);
  /// sums[first..] = x (or 0) + state * weights, for gates from `first` on.
  void multiply(Value state, int64_t first, int64_t count, Value step,
                bool addsInput);
  void multiplyBlock(Value state, Value column, int64_t vectors, Value lastMask,
                     Value step, bool addsInput);
  void stepCell(Value step);
  void updateCell(Value unit, Value mask, Value step);
  Value gate(int64_t number, Value unit) {
    return loadOwn(sums, b.offset(unit, number * hidden));
  }
  Value peephole(int64_t number, Value unit, Value mask, Value state,
                 Value sum);

  FormBuilder &b;
  RecurrenceOp op;
  int64_t steps, batch, hidden, width, lanes, blockVectors;
  Type elementType, type;
  VectorType vectorType;
  Value gates, weights, peepholes, newGateBias, output, row;
  /// Own memory: states, the gates of a step, the masked hidden state of a GRU.
  Value h, c, sums, masked;
};
} // namespace

RecurrenceBuilder::RecurrenceBuilder(FormBuilder &b, RecurrenceOp op,
                                     const MachineShape &machine)
    : b(b), op(op) {
  auto shape = cast<RankedTensorType>(op.getGates().getType());
  steps = shape.getDimSize(0);
  batch = shape.getDimSize(1);
  width = shape.getDimSize(2);
  hidden = cast<RankedTensorType>(op.getInitialH().getType()).getDimSize(1);
  elementType = shape.getElementType();
  type = getComputeType(elementType);
  lanes = machine.vectorBytes * 8 / type.getIntOrFloatBitWidth();
  vectorType = VectorType::get(lanes, type);
  // A register each for the sums, one for the weights, one for the state.
  blockVectors =
      std::max<int64_t>(1, std::min<int64_t>(8, machine.registers / 2));
}

Value RecurrenceBuilder::scratch(int64_t count) {
  return b.create<memref::AllocaOp>(MemRefType::get({count + lanes}, type),
                                    b.getI64IntegerAttr(64));
}

void RecurrenceBuilder::forVectors(int64_t count, Body body) {
  int64_t whole = count / lanes * lanes;
  if (whole > 0) {
    OpBuilder::InsertionGuard guard(b);
    auto loop =
        b.create<scf::ForOp>(b.index(0), b.index(whole), b.index(lanes));
    b.setInsertionPointToStart(loop.getBody());
    body(loop.getInductionVar(), {});
  }
  if (whole < count)
    body(b.index(whole), b.maskOf(count - whole, lanes));
}

void RecurrenceBuilder::forSteps(Value count,
                                 llvm::function_ref<void(Value)> body) {
  OpBuilder::InsertionGuard guard(b);
  auto loop = b.create<scf::ForOp>(b.index(0), count, b.index(1));
  b.setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

Value RecurrenceBuilder::apply(int64_t index, Value x, bool clips) {
  StringRef name = cast<StringAttr>(op.getActivations()[index]).getValue();
  Value alpha = number(op.getAlphas()[index]);
  Value beta = number(op.getBetas()[index]);
  Value zero = number(0), one = number(1);
  double clip = op.getClip().convertToDouble();
  if (clip > 0 && clips)
    x = min(max(x, number(-clip)), number(clip));
  auto exp = [&](Value y) -> Value { return b.create<math::ExpOp>(y); };
  auto negate = [&](Value y) -> Value { return b.create<arith::NegFOp>(y); };
  auto isAtLeast = [&](Value bound) -> Value {
    return b.create<arith::CmpFOp>(arith::CmpFPredicate::OGE, x, bound);
  };
  auto select = [&](Value condition, Value y, Value z) -> Value {
    return b.create<arith::SelectOp>(condition, y, z);
  };
  if (name == "sigmoid")
    return div(one, add(one, exp(negate(x))));
  if (name == "tanh")
    return b.create<math::TanhOp>(x);
  if (name == "relu")
    return max(x, zero);
  if (name == "affine")
    return add(mul(alpha, x), beta);
  if (name == "leaky_relu")
    return select(isAtLeast(zero), x, mul(alpha, x));
  if (name == "thresholded_relu")
    return select(isAtLeast(alpha), x, zero);
  if (name == "scaled_tanh")
    return mul(alpha, b.create<math::TanhOp>(mul(beta, x)));
  if (name == "hard_sigmoid")
    return min(max(add(mul(alpha, x), beta), zero), one);
  if (name == "elu")
    return select(isAtLeast(zero), x, mul(alpha, sub(exp(x), one)));
  Value magnitude = b.create<math::AbsFOp>(x);
  if (name == "softsign")
    return div(x, add(one, magnitude));
  // softplus, which does not overflow so.
  Value tail = b.create<math::LogOp>(add(one, exp(negate(magnitude))));
  return add(max(x, zero), tail);
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

void RecurrenceBuilder::multiplyBlock(Value state, Value column,
                                      int64_t vectors, Value lastMask,
                                      Value step, bool addsInput) {
  auto maskOf = [&](int64_t i) {
    return i + 1 == vectors ? lastMask : Value();
  };
  SmallVector<Value> start;
  for (int64_t i = 0; i < vectors; ++i)
    start.push_back(
        addsInput
            ? load(gates, {step, row, b.offset(column, i * lanes)}, maskOf(i))
            : number(0));
  auto loop =
      b.create<scf::ForOp>(b.index(0), b.index(hidden), b.index(1), start);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    Value x = b.create<vector::BroadcastOp>(vectorType,
                                            b.create<memref::LoadOp>(state, k));
    SmallVector<Value> next;
    for (int64_t i = 0; i < vectors; ++i) {
      Value weight = load(weights, {k, b.offset(column, i * lanes)}, maskOf(i));
      next.push_back(
          b.create<math::FmaOp>(x, weight, loop.getRegionIterArg(i)));
    }
    b.create<scf::YieldOp>(next);
  }
  for (int64_t i = 0; i < vectors; ++i)
    storeOwn(loop.getResult(i), sums, b.offset(column, i * lanes));
}

void RecurrenceBuilder::multiply(Value state, int64_t first, int64_t count,
                                 Value step, bool addsInput) {
  int64_t block = blockVectors * lanes, whole = count / block * block;
  if (whole > 0) {
    OpBuilder::InsertionGuard guard(b);
    auto loop = b.create<scf::ForOp>(b.index(first), b.index(first + whole),
                                     b.index(block));
    b.setInsertionPointToStart(loop.getBody());
    multiplyBlock(state, loop.getInductionVar(), blockVectors, {}, step,
                  addsInput);
  }
  int64_t rest = count - whole;
  if (rest > 0)
    multiplyBlock(state, b.index(first + whole), llvm::divideCeil(rest, lanes),
                  rest % lanes ? b.maskOf(rest % lanes, lanes) : Value(), step,
                  addsInput);
}

//===----------------------------------------------------------------------===//
// Cells
//===----------------------------------------------------------------------===//

Value RecurrenceBuilder::peephole(int64_t number, Value unit, Value mask,
                                  Value state, Value sum) {
  if (!peepholes)
    return sum;
  Value weight = load(peepholes, b.offset(unit, number * hidden), mask);
  return add(sum, mul(weight, state));
}

/// New states of a vector of units, once the gates are summed up.
void RecurrenceBuilder::updateCell(Value unit, Value mask, Value step) {
  Value next;
  if (op.getCell() == "rnn") {
    next = apply(0, gate(0, unit));
  } else if (op.getCell() == "gru") {
    Value update = apply(0, gate(0, unit));
    Value inner = gate(2, unit);
    if (newGateBias) {
      // The sums have no input product here: it is not scaled.
      Value input = load(gates, {step, row, b.offset(unit, 2 * hidden)}, mask);
      Value reset = apply(0, gate(1, unit));
      inner = add(input, mul(reset, add(inner, load(newGateBias, unit, mask))));
    }
    Value fresh = apply(1, inner);
    next =
        add(mul(sub(number(1), update), fresh), mul(update, loadOwn(h, unit)));
  } else {
    Value state = loadOwn(c, unit);
    Value in = apply(0, peephole(0, unit, mask, state, gate(0, unit)));
    Value forget =
        op.getInputForget()
            ? sub(number(1), in)
            : apply(0, peephole(2, unit, mask, state, gate(2, unit)));
    Value cell = add(mul(forget, state), mul(in, apply(1, gate(3, unit))));
    Value out = apply(0, peephole(1, unit, mask, cell, gate(1, unit)));
    next = mul(out, apply(2, cell, /*clips=*/false));
    storeOwn(cell, c, unit);
  }
  storeOwn(next, h, unit);
  if (output)
    b.storeVector(next, output, {step, row, unit}, elementType, mask);
}

void RecurrenceBuilder::stepCell(Value step) {
  bool isGru = op.getCell() == "gru";
  multiply(h, 0, isGru ? 2 * hidden : width, step, /*addsInput=*/true);
  if (isGru && newGateBias) {
    multiply(h, 2 * hidden, hidden, step, /*addsInput=*/false);
  } else if (isGru) {
    forVectors(hidden, [&](Value unit, Value) {
      storeOwn(mul(apply(0, gate(1, unit)), loadOwn(h, unit)), masked, unit);
    });
    multiply(masked, 2 * hidden, hidden, step, /*addsInput=*/true);
  }
  forVectors(hidden,
             [&](Value unit, Value mask) { updateCell(unit, mask, step); });
}

void RecurrenceBuilder::run(func::FuncOp source) {
  auto bufferOf = [&](Value value) {
    return value ? b.getBuffer(value) : Value();
  };
  Value lastH, lastC;
  Operation *end = source.getBody().front().getTerminator();
  for (auto [index, value] : llvm::enumerate(end->getOperands())) {
    Value buffer = b.getResult(index);
    if (value == op.getOutput())
      output = buffer;
    else
      (value == op.getHidden() ? lastH : lastC) = buffer;
  }
  gates = bufferOf(op.getGates());
  weights = bufferOf(op.getRecurrentWeight());
  peepholes = bufferOf(op.getPeepholes());
  newGateBias = bufferOf(op.getNewGateBias());
  Value initialH = bufferOf(op.getInitialH());
  Value initialC = bufferOf(op.getInitialC()),
        lengths = bufferOf(op.getLengths());
  h = scratch(hidden);
  sums = scratch(width);
  if (op.getCell() == "lstm")
    c = scratch(hidden);
  if (op.getCell() == "gru" && !newGateBias)
    masked = scratch(hidden);

  SmallVector<OpFoldResult> extents{b.getIndexAttr(batch)};
  auto rows = b.create<scf::ForallOp>(extents, ValueRange(), std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(rows.getBody());
  row = rows.getInductionVars()[0];
  forVectors(hidden, [&](Value unit, Value mask) {
    storeOwn(load(initialH, {row, unit}, mask), h, unit);
    if (c)
      storeOwn(load(initialC, {row, unit}, mask), c, unit);
  });
  Value count = b.index(steps), zero = b.index(0);
  if (lengths) {
    Value given = b.create<arith::IndexCastOp>(
        b.getIndexType(), b.create<memref::LoadOp>(lengths, row));
    count =
        b.create<arith::MinSIOp>(b.create<arith::MaxSIOp>(given, zero), count);
  }
  forSteps(count, [&](Value i) {
    Value step = i;
    if (op.getReverse())
      step = b.create<arith::SubIOp>(b.create<arith::SubIOp>(count, b.index(1)),
                                     i);
    stepCell(step);
  });
  if (lengths && output) {
    Value beyond = b.create<arith::SubIOp>(b.index(steps), count);
    forSteps(beyond, [&](Value i) {
      Value step = b.create<arith::AddIOp>(count, i);
      forVectors(hidden, [&](Value unit, Value mask) {
        b.storeVector(number(0), output, {step, row, unit}, elementType, mask);
      });
    });
  }
  forVectors(hidden, [&](Value unit, Value mask) {
    if (lastH)
      b.storeVector(loadOwn(h, unit), lastH, {row, unit}, elementType, mask);
    if (lastC)
      b.storeVector(loadOwn(c ? c : h, unit), lastC, {row, unit}, elementType,
                    mask);
  });
}

func::FuncOp buildRecurrence(func::FuncOp source, const MachineShape &machine) {
  auto op = dyn_cast_or_null<RecurrenceOp>(getAnchor(source));
  if (!op || !hasRowMajorTensors(op))
    return {};
  for (Value value : source.getBody().front().getTerminator()->getOperands())
    if (value.getDefiningOp() != op)
      return {};
  FormBuilder b(source);
  RecurrenceBuilder(b, op, machine).run(source);
  return b.finish();
}

} // namespace autoglm::cpu
