//===- RecurrentOps.cpp - RNN, GRU, LSTM and their steps -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/Composer.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace autoglm;

namespace {
/// What distinguishes the cells.
struct Cell {
  int64_t gates;
  size_t functions;
};
} // namespace

static std::optional<Cell> describeCell(StringRef name) {
  return llvm::StringSwitch<std::optional<Cell>>(name)
      .Case("rnn", Cell{1, 1})
      .Case("gru", Cell{3, 2})
      .Case("lstm", Cell{4, 3})
      .Default(std::nullopt);
}

static constexpr StringRef kActivations[] = {
    "sigmoid",          "tanh",        "relu",         "affine", "leaky_relu",
    "thresholded_relu", "scaled_tanh", "hard_sigmoid", "elu",    "softsign",
    "softplus"};

static LogicalResult checkActivations(Loc loc, ArrayAttr activations,
                                      ArrayRef<float> alphas,
                                      ArrayRef<float> betas, size_t count) {
  if (activations.size() != count || alphas.size() != count ||
      betas.size() != count)
    return emitOptionalError(
        loc, "needs ", count, " activations with one alpha and beta each, got ",
        activations.size(), ", ", alphas.size(), " and ", betas.size());
  for (StringRef name : activations.getAsValueRange<StringAttr>())
    if (!llvm::is_contained(kActivations, name))
      return emitOptionalError(loc, "'", name,
                               "' is no activation of a recurrent cell");
  return success();
}

/// Checks an operand that may be absent.
static LogicalResult checkOperand(Loc loc, Value value, StringRef name,
                                  ArrayRef<int64_t> shape, Type elementType) {
  if (!value)
    return success();
  RankedTensorType type = tensorType(value);
  if (type.getElementType() != elementType)
    return emitOptionalError(loc, name, " has element type ",
                             type.getElementType(), ", expected ", elementType);
  if (failed(verifyCompatibleShape(type.getShape(), shape)))
    return emitOptionalError(loc, name, " has shape ",
                             formatShape(type.getShape()), ", expected ",
                             formatShape(shape));
  return success();
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

static int64_t scaled(int64_t dim, int64_t factor) {
  return ShapedType::isDynamic(dim) ? dim : dim * factor;
}

template <typename Adaptor>
static LogicalResult inferLayer(MLIRContext *context, Loc loc, Adaptor adaptor,
                                StringRef cellName, Types &types) {
  RankedTensorType input = tensorType(adaptor.getInput());
  RankedTensorType recurrent = tensorType(adaptor.getRecurrentWeight());
  Cell cell = *describeCell(cellName);
  Type element = input.getElementType();
  StringRef direction = adaptor.getDirection();
  if (direction != "forward" && direction != "reverse" &&
      direction != "bidirectional")
    return emitOptionalError(loc, "direction '", direction,
                             "' is none of forward, reverse, bidirectional");
  int64_t directions = direction == "bidirectional" ? 2 : 1;
  if (input.getRank() != 3 || recurrent.getRank() != 3)
    return emitOptionalError(
        loc, "input and recurrent weight must have rank 3, got ",
        input.getRank(), " and ", recurrent.getRank());
  int64_t batch = input.getDimSize(1), hidden = recurrent.getDimSize(2);
  int64_t rows = scaled(hidden, cell.gates);
  auto check = [&](Value value, StringRef name, ArrayRef<int64_t> shape) {
    return checkOperand(loc, value, name, shape, element);
  };
  if (failed(check(adaptor.getWeight(), "weight",
                   {directions, rows, input.getDimSize(2)})) ||
      failed(check(adaptor.getRecurrentWeight(), "recurrent weight",
                   {directions, rows, hidden})) ||
      failed(check(adaptor.getBias(), "bias", {directions, scaled(rows, 2)})) ||
      failed(check(adaptor.getInitialH(), "initial_h",
                   {directions, batch, hidden})) ||
      failed(checkOperand(loc, adaptor.getLengths(), "lengths", {batch},
                          IntegerType::get(context, 32))) ||
      failed(checkActivations(loc, adaptor.getActivations(),
                              adaptor.getAlphas(), adaptor.getBetas(),
                              cell.functions * directions)))
    return failure();
  types.push_back(RankedTensorType::get(
      {input.getDimSize(0), directions, batch, hidden}, element));
  types.push_back(RankedTensorType::get({directions, batch, hidden}, element));
  return success();
}

LogicalResult RNNOp::inferReturnTypes(MLIRContext *context, Loc loc,
                                      Adaptor adaptor, Types &types) {
  return inferLayer(context, loc, adaptor, "rnn", types);
}

LogicalResult GRUOp::inferReturnTypes(MLIRContext *context, Loc loc,
                                      Adaptor adaptor, Types &types) {
  return inferLayer(context, loc, adaptor, "gru", types);
}

LogicalResult LSTMOp::inferReturnTypes(MLIRContext *context, Loc loc,
                                       Adaptor adaptor, Types &types) {
  if (failed(inferLayer(context, loc, adaptor, "lstm", types)))
    return failure();
  auto state = cast<RankedTensorType>(types.back());
  types.push_back(state);
  Type element = state.getElementType();
  if (failed(checkOperand(loc, adaptor.getInitialC(), "initial_c",
                          state.getShape(), element)))
    return failure();
  return checkOperand(loc, adaptor.getPeepholes(), "peepholes",
                      {state.getDimSize(0), scaled(state.getDimSize(2), 3)},
                      element);
}

//===----------------------------------------------------------------------===//
// Recurrence
//===----------------------------------------------------------------------===//

LogicalResult RecurrenceOp::inferReturnTypes(MLIRContext *context, Loc loc,
                                             Adaptor adaptor, Types &types) {
  RankedTensorType gates = tensorType(adaptor.getGates());
  RankedTensorType initial = tensorType(adaptor.getInitialH());
  std::optional<Cell> cell = describeCell(adaptor.getCell());
  Type element = gates.getElementType();
  if (!cell)
    return emitOptionalError(loc, "cell '", adaptor.getCell(),
                             "' is none of rnn, gru, lstm");
  if (gates.getRank() != 3 || initial.getRank() != 2)
    return emitOptionalError(
        loc, "gates must have rank 3 and initial_h rank 2, got ",
        gates.getRank(), " and ", initial.getRank());
  bool isLstm = adaptor.getCell() == "lstm", isGru = adaptor.getCell() == "gru";
  if (static_cast<bool>(adaptor.getInitialC()) != isLstm ||
      (adaptor.getPeepholes() && !isLstm) ||
      (adaptor.getNewGateBias() && !isGru))
    return emitOptionalError(
        loc, "only an lstm has a cell state and peepholes, only a gru a new ",
        "gate bias");
  int64_t batch = gates.getDimSize(1), hidden = initial.getDimSize(1);
  int64_t width = scaled(hidden, cell->gates);
  auto check = [&](Value value, StringRef name, ArrayRef<int64_t> shape) {
    return checkOperand(loc, value, name, shape, element);
  };
  if (failed(check(adaptor.getGates(), "gates",
                   {gates.getDimSize(0), batch, width})) ||
      failed(check(adaptor.getRecurrentWeight(), "recurrent weight",
                   {hidden, width})) ||
      failed(check(adaptor.getInitialH(), "initial_h", {batch, hidden})) ||
      failed(check(adaptor.getInitialC(), "initial_c", {batch, hidden})) ||
      failed(check(adaptor.getPeepholes(), "peepholes", {scaled(hidden, 3)})) ||
      failed(check(adaptor.getNewGateBias(), "new gate bias", {hidden})) ||
      failed(checkOperand(loc, adaptor.getLengths(), "lengths", {batch},
                          IntegerType::get(context, 32))) ||
      failed(checkActivations(loc, adaptor.getActivations(),
                              adaptor.getAlphas(), adaptor.getBetas(),
                              cell->functions)))
    return failure();
  types.push_back(
      RankedTensorType::get({gates.getDimSize(0), batch, hidden}, element));
  types.append(2, RankedTensorType::get({batch, hidden}, element));
  return success();
}

//===----------------------------------------------------------------------===//
// Decomposition
//===----------------------------------------------------------------------===//

namespace {
/// One direction of a layer.
struct Direction {
  Composer &c;
  int64_t number, directions;

  /// The part of an operand for this direction, without its first dimension.
  Value part(Value value) const {
    SmallVector<int64_t> shape(tensorType(value).getShape().drop_front());
    return c.reshape(slice(value, 0, number, 1), shape);
  }
  Value slice(Value value, int64_t axis, int64_t first, int64_t count) const {
    if (tensorType(value).getDimSize(axis) == count)
      return value;
    auto ints = [&](int64_t entry) {
      return createInts(c.builder, c.loc, {entry});
    };
    return c.make<SliceOp>(value, ints(first), ints(first + count), ints(axis),
                           ints(1));
  }
  template <typename T> ArrayRef<T> part(ArrayRef<T> values) const {
    size_t count = values.size() / directions;
    return values.slice(number * count, count);
  }
};
} // namespace

/// Builds one direction: {hidden states of all steps, last one, last cell}.
template <typename Op>
static SmallVector<Value> buildDirection(Composer &c, Op op, StringRef cellName,
                                         const Direction &direction) {
  RankedTensorType input = tensorType(op.getInput());
  Cell cell = *describeCell(cellName);
  int64_t steps = input.getDimSize(0), batch = input.getDimSize(1);
  int64_t hidden = tensorType(op.getRecurrentWeight()).getDimSize(2);
  int64_t width = hidden * cell.gates;
  SmallVector<int64_t> swap{1, 0};

  // The products with the input, all steps at once.
  Value rows = c.reshape(op.getInput(), {steps * batch, input.getDimSize(2)});
  Value weight = c.make<TransposeOp>(direction.part(op.getWeight()), swap);
  Value gates = c.make<MatMulOp>(rows, weight);
  Value newGateBias;
  if (op.getBias()) {
    Value both = direction.part(op.getBias());
    Value own = direction.slice(both, 0, 0, width);
    Value recurrent = direction.slice(both, 0, width, width);
    if constexpr (std::is_same_v<Op, GRUOp>) {
      if (op.getLinearBeforeReset()) {
        newGateBias = direction.slice(recurrent, 0, 2 * hidden, hidden);
        Value zeros = createSplat(c.builder, c.loc, c.elementType, 0, {hidden});
        Value parts[] = {direction.slice(recurrent, 0, 0, 2 * hidden), zeros};
        recurrent = c.make<ConcatOp>(ValueRange(parts), int64_t{0});
      }
    }
    gates = c.add(gates, c.add(own, recurrent));
  } else if constexpr (std::is_same_v<Op, GRUOp>) {
    if (op.getLinearBeforeReset())
      newGateBias = createSplat(c.builder, c.loc, c.elementType, 0, {hidden});
  }
  gates = c.reshape(gates, {steps, batch, width});
  Value recurrent =
      c.make<TransposeOp>(direction.part(op.getRecurrentWeight()), swap);

  auto initial = [&](Value state) {
    return state ? direction.part(state)
                 : createSplat(c.builder, c.loc, c.elementType, 0,
                               {batch, hidden});
  };
  Value cellState, peepholes;
  bool inputForget = false;
  if constexpr (std::is_same_v<Op, LSTMOp>) {
    cellState = initial(op.getInitialC());
    if (op.getPeepholes())
      peepholes = direction.part(op.getPeepholes());
    inputForget = op.getInputForget();
  }
  ArrayRef<Attribute> functions =
      direction.part(op.getActivations().getValue());
  bool isReverse = op.getDirection() == "reverse" || direction.number == 1;
  auto recurrence = c.builder.create<RecurrenceOp>(
      c.loc, gates, recurrent, initial(op.getInitialH()), cellState, peepholes,
      newGateBias, op.getLengths(), cellName, c.builder.getArrayAttr(functions),
      direction.part(op.getAlphas()), direction.part(op.getBetas()),
      op.getClip(), isReverse, inputForget);
  SmallVector<Value> results;
  results.push_back(
      c.reshape(recurrence.getOutput(), {steps, 1, batch, hidden}));
  results.push_back(c.reshape(recurrence.getHidden(), {1, batch, hidden}));
  results.push_back(c.reshape(recurrence.getLastCell(), {1, batch, hidden}));
  return results;
}

template <typename Op>
static Decomposition decomposeLayer(Op op, StringRef cellName,
                                    OpBuilder &builder) {
  Composer c = composerFor(op, builder);
  for (Value value : op->getOperands())
    if (!tensorType(value).hasStaticShape())
      return failure();
  int64_t directions = op.getDirection() == "bidirectional" ? 2 : 1;
  SmallVector<SmallVector<Value>> parts(op->getNumResults());
  for (int64_t i = 0; i < directions; ++i) {
    auto made = buildDirection(c, op, cellName, {c, i, directions});
    for (auto [part, value] : llvm::zip(parts, made))
      part.push_back(value);
  }
  SmallVector<Value> results;
  for (auto [index, part] : llvm::enumerate(parts))
    results.push_back(
        directions == 1
            ? part[0]
            : c.make<ConcatOp>(ValueRange(part), int64_t{index == 0 ? 1 : 0}));
  return results;
}

Decomposition RNNOp::decompose(OpBuilder &builder) {
  return decomposeLayer(*this, "rnn", builder);
}
Decomposition GRUOp::decompose(OpBuilder &builder) {
  return decomposeLayer(*this, "gru", builder);
}
Decomposition LSTMOp::decompose(OpBuilder &builder) {
  return decomposeLayer(*this, "lstm", builder);
}
