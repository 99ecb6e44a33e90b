//===- AttentionOps.cpp - attention and general contractions -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/Composer.h"

using namespace mlir;
using namespace autoglm;
using utils::IteratorType;

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

static bool canEqual(int64_t a, int64_t b) {
  return ShapedType::isDynamic(a) || ShapedType::isDynamic(b) || a == b;
}

LogicalResult AttentionOp::inferReturnTypes(MLIRContext *, Loc loc,
                                            Adaptor adaptor, Types &types) {
  RankedTensorType query = tensorType(adaptor.getQuery());
  RankedTensorType key = tensorType(adaptor.getKey());
  RankedTensorType value = tensorType(adaptor.getValue());
  for (RankedTensorType type : {query, key, value}) {
    if (type.getRank() != 4)
      return emitOptionalError(
          loc, "query, key and value must have rank 4, got ", type.getRank());
    if (type.getElementType() != query.getElementType())
      return emitOptionalError(
          loc, "operands have element types ", query.getElementType(), " and ",
          type.getElementType(), ", expected one element type");
  }
  if (!canEqual(query.getDimSize(0), key.getDimSize(0)) ||
      !canEqual(key.getDimSize(0), value.getDimSize(0)) ||
      !canEqual(key.getDimSize(1), value.getDimSize(1)) ||
      !canEqual(key.getDimSize(2), value.getDimSize(2)) ||
      !canEqual(query.getDimSize(3), key.getDimSize(3)))
    return emitOptionalError(loc, "query ", formatShape(query.getShape()),
                             ", key ", formatShape(key.getShape()),
                             " and value ", formatShape(value.getShape()),
                             " do not fit together");
  int64_t heads = query.getDimSize(1), keyHeads = key.getDimSize(1);
  if (ShapedType::isDynamic(heads) || ShapedType::isDynamic(keyHeads) ||
      keyHeads == 0 || heads % keyHeads != 0)
    return emitOptionalError(loc, formatShape({heads}),
                             " heads are no multiple of ",
                             formatShape({keyHeads}), " key heads");
  SmallVector<int64_t> scores{query.getDimSize(0), heads, query.getDimSize(2),
                              key.getDimSize(2)};
  if (Value mask = adaptor.getMask()) {
    RankedTensorType own = tensorType(mask);
    if (!own.getElementType().isInteger(1) &&
        own.getElementType() != query.getElementType())
      return emitOptionalError(loc, "mask has element type ",
                               own.getElementType(), ", expected bool or ",
                               query.getElementType());
    auto merged = broadcastShapes(loc, {scores, own.getShape()});
    if (failed(merged))
      return failure();
    if (failed(verifyCompatibleShape(*merged, scores)))
      return emitOptionalError(loc, "mask of shape ",
                               formatShape(own.getShape()),
                               " does not broadcast to ", formatShape(scores));
  }
  if (Value valid = adaptor.getValidKeys())
    if (failed(verifyCompatibleShape(tensorType(valid).getShape(),
                                     {query.getDimSize(0)})))
      return emitOptionalError(loc, "valid_keys must have one entry for each ",
                               "of ", formatShape({query.getDimSize(0)}),
                               " batches, got ",
                               formatShape(tensorType(valid).getShape()));
  int64_t stage = adaptor.getScoreStage();
  if (stage < 0 || stage > 3)
    return emitOptionalError(loc, "score_stage must be 0 to 3, got ", stage);
  if (!isa<FloatType>(adaptor.getSoftmaxType()))
    return emitOptionalError(loc, "softmax_type must be a float, got ",
                             adaptor.getSoftmaxType());
  SmallVector<int64_t> output{query.getDimSize(0), heads, query.getDimSize(2),
                              value.getDimSize(3)};
  types.push_back(RankedTensorType::get(output, query.getElementType()));
  types.push_back(RankedTensorType::get(scores, query.getElementType()));
  return success();
}

namespace {
/// What of the keys each query sees, and what is added to its scores.
struct Bias {
  /// Bool, true where a key is seen; null if all are.
  Value seen;
  /// Float; null if nothing is added.
  Value added;
};
} // namespace

/// 0, 1, ... as i64 along one dimension of rank 4.
static Value positions(Composer &c, int64_t count, int64_t dim) {
  auto scalar = [&](int64_t value) {
    return createSplat(c.builder, c.loc, c.builder.getI64Type(),
                       static_cast<double>(value));
  };
  SmallVector<int64_t> shape(4, 1);
  shape[dim] = count;
  return c.reshape(c.make<RangeOp>(scalar(0), scalar(count), scalar(1)), shape);
}

static Bias buildBias(Composer &c, AttentionOp op, int64_t queries,
                      int64_t keys) {
  Bias bias;
  auto restrict = [&](Value seen) {
    bias.seen = bias.seen ? c.make<AndOp>(bias.seen, seen) : seen;
  };
  if (Value mask = op.getMask()) {
    if (tensorType(mask).getElementType().isInteger(1))
      restrict(mask);
    else
      bias.added = mask;
  }
  Value valid;
  if (op.getValidKeys()) {
    int64_t batch = tensorType(op.getQuery()).getDimSize(0);
    valid = c.reshape(c.cast(op.getValidKeys(), c.builder.getI64Type()),
                      {batch, 1, 1, 1});
    restrict(c.make<LessOp>(positions(c, keys, 3), valid));
  }
  if (op.getCausalOffset()) {
    auto offset = static_cast<int64_t>(*op.getCausalOffset());
    Value last = positions(c, queries, 2);
    Value shift = createSplat(c.builder, c.loc, c.builder.getI64Type(),
                              static_cast<double>(offset));
    if (valid)
      shift = c.add(valid, shift);
    restrict(c.make<LessOrEqualOp>(positions(c, keys, 3), c.add(last, shift)));
  }
  return bias;
}

Decomposition AttentionOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  RankedTensorType query = tensorType(getQuery()), key = tensorType(getKey());
  RankedTensorType value = tensorType(getValue());
  if (!query.hasStaticShape() || !key.hasStaticShape() ||
      !value.hasStaticShape())
    return failure();
  int64_t batch = query.getDimSize(0), heads = query.getDimSize(1);
  int64_t queries = query.getDimSize(2), keys = key.getDimSize(2);
  int64_t keyHeads = key.getDimSize(1), shared = heads / keyHeads;
  Type elementType = c.elementType;

  // The queries of the heads that share a key head are rows of one matrix.
  Value q = c.reshape(getQuery(),
                      {batch, keyHeads, shared * queries, query.getDimSize(3)});
  Value k = c.make<TransposeOp>(getKey(), ArrayRef<int64_t>{0, 1, 3, 2});
  Value product =
      c.reshape(c.make<MatMulOp>(q, k), {batch, heads, queries, keys});
  Value scores = c.mul(product, c.constant(getScale().convertToDouble()));
  Value exposed = scores;
  int64_t stage = getScoreStage();
  double softcap = getSoftcap().convertToDouble();
  if (softcap > 0)
    scores =
        c.mul(c.tanh(c.div(scores, c.constant(softcap))), c.constant(softcap));
  if (stage == 1)
    exposed = scores;
  Bias bias = buildBias(c, *this, queries, keys);
  if (bias.added)
    scores = c.add(scores, bias.added);
  if (bias.seen) {
    Value hidden = c.constant(-std::numeric_limits<double>::infinity());
    scores = c.where(bias.seen, scores, hidden);
  }
  if (stage == 2)
    exposed = scores;

  c.elementType = getSoftmaxType();
  Value x = c.cast(scores, c.elementType);
  Value weights;
  if (bias.added || bias.seen) {
    // A query that sees no key gets zeros, not the quotient of nothing.
    Value maximum = c.make<ReduceMaxOp>(x, ArrayRef<int64_t>{3});
    Value lowest = c.constant(-std::numeric_limits<double>::infinity());
    Value isBlind = c.make<EqualOp>(maximum, lowest);
    maximum = c.where(isBlind, c.constant(0), maximum);
    Value powers = c.exp(c.sub(x, maximum));
    Value sum = c.make<ReduceSumOp>(powers, ArrayRef<int64_t>{3});
    weights = c.div(powers, c.where(isBlind, c.constant(1), sum));
  } else {
    weights = c.make<SoftmaxOp>(x, /*axis=*/-1);
  }
  weights = c.cast(weights, elementType);
  if (stage == 3)
    exposed = weights;
  Value rows = c.reshape(weights, {batch, keyHeads, shared * queries, keys});
  Value output = c.reshape(c.make<MatMulOp>(rows, getValue()),
                           {batch, heads, queries, value.getDimSize(3)});
  return SmallVector<Value>{output, exposed};
}

//===----------------------------------------------------------------------===//
// Einsum
//===----------------------------------------------------------------------===//

namespace {
struct Equation {
  SmallVector<StringRef> operands;
  StringRef result;
  /// Result letters in order, then those that are summed over.
  std::string letters;
};
} // namespace

static FailureOr<Equation> parseEquation(Loc loc, StringRef text,
                                         ValueRange inputs) {
  auto [left, result] = text.split("->");
  Equation equation;
  left.split(equation.operands, ',');
  equation.result = result;
  bool isGood = text.contains("->") &&
                equation.operands.size() == inputs.size() &&
                llvm::all_of(left,
                             [](char letter) {
                               return letter == ',' || llvm::isAlpha(letter);
                             }) &&
                llvm::all_of(result, llvm::isAlpha);
  for (auto [letters, input] : llvm::zip(equation.operands, inputs))
    isGood &=
        static_cast<int64_t>(letters.size()) == tensorType(input).getRank();
  if (!isGood)
    return emitOptionalError(loc, "equation '", text,
                             "' does not have one letter for each dimension ",
                             "of each of ", inputs.size(), " operands");
  for (char letter : result) {
    if (llvm::is_contained(equation.letters, letter) || !left.contains(letter))
      return emitOptionalError(loc, "equation '", text, "' has '",
                               StringRef(&letter, 1),
                               "' twice in its result, or only there");
    equation.letters += letter;
  }
  for (char letter : left)
    if (letter != ',' && !llvm::is_contained(equation.letters, letter))
      equation.letters += letter;
  return equation;
}

static FailureOr<SmallVector<int64_t>>
getExtents(Loc loc, const Equation &equation, ValueRange inputs) {
  SmallVector<int64_t> extents(equation.letters.size(), ShapedType::kDynamic);
  for (auto [letters, input] : llvm::zip(equation.operands, inputs))
    for (auto [letter, dim] :
         llvm::zip(letters, tensorType(input).getShape())) {
      int64_t &extent = extents[equation.letters.find(letter)];
      if (!canEqual(extent, dim))
        return emitOptionalError(loc, "'", StringRef(&letter, 1), "' is both ",
                                 extent, " and ", dim);
      if (ShapedType::isDynamic(extent))
        extent = dim;
    }
  return extents;
}

LogicalResult EinsumOp::inferReturnTypes(MLIRContext *, Loc loc,
                                         Adaptor adaptor, Types &types) {
  ValueRange inputs = adaptor.getInputs();
  if (inputs.empty())
    return emitOptionalError(loc, "needs an operand");
  Type elementType = tensorType(inputs[0]).getElementType();
  for (Value input : inputs)
    if (tensorType(input).getElementType() != elementType)
      return emitOptionalError(loc, "operands have element types ", elementType,
                               " and ", tensorType(input).getElementType(),
                               ", expected one element type");
  auto equation = parseEquation(loc, adaptor.getEquation(), inputs);
  if (failed(equation))
    return failure();
  auto extents = getExtents(loc, *equation, inputs);
  if (failed(extents))
    return failure();
  extents->truncate(equation->result.size());
  types.push_back(RankedTensorType::get(*extents, elementType));
  return success();
}

std::optional<IterationSpace> EinsumOp::getIterationSpace() {
  MLIRContext *context = getContext();
  Equation equation = *parseEquation(std::nullopt, getEquation(), getInputs());
  IterationSpace space;
  space.sizes = *getExtents(std::nullopt, equation, getInputs());
  unsigned loops = space.sizes.size();
  space.iterators.assign(equation.result.size(), IteratorType::parallel);
  space.iterators.resize(loops, IteratorType::reduction);
  for (StringRef letters : equation.operands)
    space.maps.push_back(AffineMap::get(
        loops, 0,
        llvm::map_to_vector(letters,
                            [&](char letter) {
                              return getAffineDimExpr(
                                  equation.letters.find(letter), context);
                            }),
        context));
  space.maps.push_back(AffineMap::getMultiDimIdentityMap(loops, context)
                           .getSliceMap(0, equation.result.size()));
  return space;
}

/// An operand with the letters `wanted`, of which it has every one, in that
/// order; `groups` of them become one dimension each.
static Value arrange(Composer &c, Value input, StringRef letters,
                     ArrayRef<std::string> groups) {
  SmallVector<int64_t> perm, shape;
  for (const std::string &group : groups) {
    int64_t size = 1;
    for (char letter : group) {
      perm.push_back(letters.find(letter));
      size *= tensorType(input).getDimSize(perm.back());
    }
    shape.push_back(size);
  }
  return c.reshape(c.make<TransposeOp>(input, perm), shape);
}

static bool hasTwice(StringRef letters) {
  for (size_t i = 0; i < letters.size(); ++i)
    if (letters.drop_front(i + 1).contains(letters[i]))
      return true;
  return false;
}

Decomposition EinsumOp::decompose(OpBuilder &builder) {
  Equation equation = *parseEquation(std::nullopt, getEquation(), getInputs());
  Composer c = composerFor(*this, builder);
  SmallVector<Value> inputs(getInputs());
  if (inputs.size() > 2 || llvm::any_of(equation.operands, hasTwice))
    return failure();
  for (Value input : inputs)
    if (!tensorType(input).hasStaticShape())
      return failure();
  // What only one operand has and the result has not is summed first.
  SmallVector<std::string> letters;
  for (auto [i, own] : llvm::enumerate(equation.operands)) {
    SmallVector<int64_t> axes;
    std::string left;
    for (auto [axis, letter] : llvm::enumerate(own)) {
      bool isNeeded = equation.result.contains(letter);
      for (auto [j, other] : llvm::enumerate(equation.operands))
        isNeeded |= i != j && other.contains(letter);
      if (isNeeded)
        left += letter;
      else
        axes.push_back(axis);
    }
    if (!axes.empty())
      inputs[i] = c.make<ReduceSumOp>(inputs[i], axes, /*keepdims=*/false);
    letters.push_back(left);
  }
  auto inResult = [&](StringRef made, Value value) -> Value {
    SmallVector<int64_t> perm;
    for (char letter : equation.result)
      perm.push_back(made.find(letter));
    return c.make<TransposeOp>(value, perm);
  };
  if (inputs.size() == 1)
    return SmallVector<Value>{inResult(letters[0], inputs[0])};

  // Batches are in both and the result, rows and columns in one of them.
  std::string batch, rows, columns, summed;
  for (char letter : letters[0]) {
    bool inOther = llvm::is_contained(letters[1], letter);
    if (!equation.result.contains(letter))
      summed += letter;
    else
      (inOther ? batch : rows) += letter;
  }
  for (char letter : letters[1])
    if (!llvm::is_contained(letters[0], letter))
      columns += letter;
  Value a = arrange(c, inputs[0], letters[0], {batch, rows, summed});
  Value b = arrange(c, inputs[1], letters[1], {batch, summed, columns});
  Value product = c.make<MatMulOp>(a, b);
  std::string made = batch + rows + columns;
  SmallVector<int64_t> shape;
  for (char letter : made)
    shape.push_back(getType().getDimSize(equation.result.find(letter)));
  return SmallVector<Value>{inResult(made, c.reshape(product, shape))};
}
