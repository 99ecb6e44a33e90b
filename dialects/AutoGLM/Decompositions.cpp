//===- Decompositions.cpp - what composites are made of -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/Composer.h"

using namespace mlir;
using namespace autoglm;

//===----------------------------------------------------------------------===//
// Parts that several have
//===----------------------------------------------------------------------===//

Value autoglm::alongChannels(Composer &c, Value vector, int64_t rank) {
  SmallVector<int64_t> shape(rank - 1, 1);
  shape[0] = -1;
  return c.reshape(vector, shape);
}

std::array<Value, 3> autoglm::normalize(Composer &c, Value x,
                                        ArrayRef<int64_t> axes,
                                        double epsilon) {
  Value mean = c.make<ReduceMeanOp>(x, axes);
  Value centered = c.sub(x, mean);
  Value variance = c.make<ReduceMeanOp>(c.mul(centered, centered), axes);
  Value inverse = c.make<ReciprocalOp>(
      c.make<SqrtOp>(c.add(variance, c.constant(epsilon))));
  return {c.mul(centered, inverse), mean, inverse};
}

//===----------------------------------------------------------------------===//
// Activations
//===----------------------------------------------------------------------===//

Decomposition SoftplusOp::decompose(OpBuilder &builder) {
  // max(x, 0) + log(1 + exp(-|x|)) does not overflow.
  Composer c = composerFor(*this, builder);
  Value x = getInput();
  Value tail = c.exp(c.make<NegOp>(c.abs(x)));
  return SmallVector<Value>{
      c.add(c.max(x, c.constant(0)), c.log(c.add(tail, c.constant(1))))};
}

Decomposition SoftsignOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  return SmallVector<Value>{
      c.div(getInput(), c.add(c.abs(getInput()), c.constant(1)))};
}

static Value hardSigmoid(Composer &c, Value x, double alpha, double beta) {
  Value line = c.add(c.mul(x, c.constant(alpha)), c.constant(beta));
  return c.max(c.min(line, c.constant(1)), c.constant(0));
}

Decomposition HardSigmoidOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  return SmallVector<Value>{hardSigmoid(c, getInput(),
                                        getAlpha().convertToDouble(),
                                        getBeta().convertToDouble())};
}

Decomposition HardSwishOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  return SmallVector<Value>{
      c.mul(getInput(), hardSigmoid(c, getInput(), 1.0 / 6.0, 0.5))};
}

Decomposition MishOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  return SmallVector<Value>{
      c.mul(getInput(), c.tanh(c.make<SoftplusOp>(getInput())))};
}

Decomposition LeakyReluOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  Value x = getInput();
  return SmallVector<Value>{
      c.where(c.isNonNegative(x), x,
              c.mul(x, c.constant(getAlpha().convertToDouble())))};
}

Decomposition PReluOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  return SmallVector<Value>{
      c.where(c.isNonNegative(getLhs()), getLhs(), c.mul(getLhs(), getRhs()))};
}

Decomposition EluOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  Value x = getInput();
  Value curve = c.mul(c.sub(c.exp(x), c.constant(1)),
                      c.constant(getAlpha().convertToDouble()));
  return SmallVector<Value>{c.where(c.isNonNegative(x), x, curve)};
}

Decomposition CeluOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  Value x = getInput();
  Value alpha = c.constant(getAlpha().convertToDouble());
  Value curve = c.mul(alpha, c.sub(c.exp(c.div(x, alpha)), c.constant(1)));
  return SmallVector<Value>{
      c.add(c.max(x, c.constant(0)), c.min(curve, c.constant(0)))};
}

Decomposition SeluOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  Value x = getInput();
  Value alpha = c.constant(getAlpha().convertToDouble());
  Value curve = c.sub(c.mul(alpha, c.exp(x)), alpha);
  Value isPositive = c.make<GreaterOp>(x, c.constant(0));
  return SmallVector<Value>{c.mul(c.constant(getGamma().convertToDouble()),
                                  c.where(isPositive, x, curve))};
}

Decomposition ThresholdedReluOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  Value above =
      c.make<GreaterOp>(getInput(), c.constant(getAlpha().convertToDouble()));
  return SmallVector<Value>{c.where(above, getInput(), c.constant(0))};
}

Decomposition GeluOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  Value x = getInput();
  if (getTanhApproximation()) {
    // (1 + tanh(u)) / 2 = sigmoid(2 u), u = sqrt(2 / pi) * (x + 0.044715 x^3)
    Value square = c.mul(x, x);
    Value factor = c.add(c.mul(square, c.constant(2 * 0.035677408136300125)),
                         c.constant(2 * 0.79788456080286536));
    return SmallVector<Value>{c.mul(x, c.make<SigmoidOp>(c.mul(x, factor)))};
  }
  Value inner = c.make<ErfOp>(c.mul(x, c.constant(0.70710678118654752)));
  return SmallVector<Value>{
      c.mul(c.mul(x, c.constant(0.5)), c.add(inner, c.constant(1)))};
}

Decomposition ClipOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  return SmallVector<Value>{c.min(c.max(getInput(), getMin()), getMax())};
}

//===----------------------------------------------------------------------===//
// Gemm, pooling, normalization, softmax
//===----------------------------------------------------------------------===//

Decomposition GemmOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  SmallVector<int64_t> swap{1, 0};
  Value a = getTransA() ? c.make<TransposeOp>(getA(), swap) : getA();
  Value b = getTransB() ? c.make<TransposeOp>(getB(), swap) : getB();
  Value result = c.make<MatMulOp>(a, b);
  double alpha = getAlpha().convertToDouble();
  double beta = getBeta().convertToDouble();
  if (alpha != 1)
    result = c.mul(result, c.constant(alpha));
  if (getC() && beta != 0)
    result =
        c.add(result, beta == 1 ? getC() : c.mul(getC(), c.constant(beta)));
  return SmallVector<Value>{result};
}

static SmallVector<int64_t> spatialAxes(Value input) {
  return llvm::to_vector(llvm::seq<int64_t>(2, tensorType(input).getRank()));
}

Decomposition GlobalAveragePoolOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  return SmallVector<Value>{
      c.make<ReduceMeanOp>(getInput(), spatialAxes(getInput()))};
}

Decomposition GlobalMaxPoolOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  return SmallVector<Value>{
      c.make<ReduceMaxOp>(getInput(), spatialAxes(getInput()))};
}

Decomposition BatchNormalizationOp::decompose(OpBuilder &builder) {
  if (!tensorType(getScale()).hasStaticShape())
    return failure();
  Composer c = composerFor(*this, builder);
  int64_t rank = getType().getRank();
  Value deviation = c.make<SqrtOp>(
      c.add(getVar(), c.constant(getEpsilon().convertToDouble())));
  Value factor = c.div(getScale(), deviation);
  Value offset = c.sub(getBias(), c.mul(getMean(), factor));
  return SmallVector<Value>{
      c.add(c.mul(getInput(), alongChannels(c, factor, rank)),
            alongChannels(c, offset, rank))};
}

Decomposition InstanceNormalizationOp::decompose(OpBuilder &builder) {
  if (!tensorType(getScale()).hasStaticShape())
    return failure();
  Composer c = composerFor(*this, builder);
  int64_t rank = getType().getRank();
  Value normal = normalize(c, getInput(), spatialAxes(getInput()),
                           getEpsilon().convertToDouble())[0];
  return SmallVector<Value>{
      c.add(c.mul(normal, alongChannels(c, getScale(), rank)),
            alongChannels(c, getBias(), rank))};
}

Decomposition LayerNormalizationOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  int64_t rank = tensorType(getInput()).getRank();
  int64_t axis = getAxis();
  if (axis < 0)
    axis += rank;
  Type outputType = c.elementType;
  c.elementType = tensorType(getMean()).getElementType();
  auto axes = llvm::to_vector(llvm::seq<int64_t>(axis, rank));
  auto [normal, mean, inverse] =
      normalize(c, c.cast(getInput(), c.elementType), axes,
                getEpsilon().convertToDouble());
  Value result = c.mul(c.cast(normal, outputType), getScale());
  if (getBias())
    result = c.add(result, getBias());
  return SmallVector<Value>{result, mean, inverse};
}

/// {x - max, sum(exp(x - max))} along an axis.
static std::pair<Value, Value> shiftedSum(Composer &c, Value x, int64_t axis,
                                          Value &exponential) {
  Value shifted = c.sub(x, c.make<ReduceMaxOp>(x, ArrayRef<int64_t>{axis}));
  exponential = c.exp(shifted);
  return {shifted, c.make<ReduceSumOp>(exponential, ArrayRef<int64_t>{axis})};
}

Decomposition SoftmaxOp::decompose(OpBuilder &builder) {
  if (getType().getRank() == 0)
    return SmallVector<Value>{
        createSplat(builder, getLoc(), getType().getElementType(), 1)};
  Composer c = composerFor(*this, builder);
  Value exponential;
  Value sum = shiftedSum(c, getInput(), getAxis(), exponential).second;
  return SmallVector<Value>{c.div(exponential, sum)};
}

Decomposition LogSoftmaxOp::decompose(OpBuilder &builder) {
  if (getType().getRank() == 0)
    return SmallVector<Value>{
        createSplat(builder, getLoc(), getType().getElementType(), 0)};
  Composer c = composerFor(*this, builder);
  Value exponential;
  auto [shifted, sum] = shiftedSum(c, getInput(), getAxis(), exponential);
  return SmallVector<Value>{c.sub(shifted, c.log(sum))};
}

//===----------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------===//

Decomposition ReduceL1Op::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  return SmallVector<Value>{
      c.make<ReduceSumOp>(c.abs(getInput()), getAxes(), getKeepdims())};
}

Decomposition ReduceL2Op::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  if (!isa<FloatType>(c.elementType))
    return failure();
  return SmallVector<Value>{c.make<SqrtOp>(c.make<ReduceSumOp>(
      c.mul(getInput(), getInput()), getAxes(), getKeepdims()))};
}

Decomposition ReduceSumSquareOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  return SmallVector<Value>{c.make<ReduceSumOp>(c.mul(getInput(), getInput()),
                                                getAxes(), getKeepdims())};
}

Decomposition ReduceLogSumOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  if (!isa<FloatType>(c.elementType))
    return failure();
  return SmallVector<Value>{
      c.log(c.make<ReduceSumOp>(getInput(), getAxes(), getKeepdims()))};
}

Decomposition ReduceLogSumExpOp::decompose(OpBuilder &builder) {
  Composer c = composerFor(*this, builder);
  if (!isa<FloatType>(c.elementType) || !getType().hasStaticShape())
    return failure();
  Value max = c.make<ReduceMaxOp>(getInput(), getAxes(), true);
  Value sum =
      c.make<ReduceSumOp>(c.exp(c.sub(getInput(), max)), getAxes(), true);
  return SmallVector<Value>{
      c.reshape(c.add(c.log(sum), max), getType().getShape())};
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

/// A reshape to the result's own shape, possible where at most one dimension is
/// unknown.
static Decomposition asReshape(Operation *op, OpBuilder &builder) {
  Composer c{builder, op->getLoc(), Type()};
  SmallVector<int64_t> shape(
      cast<RankedTensorType>(op->getResult(0).getType()).getShape());
  if (llvm::count_if(shape, ShapedType::isDynamic) > 1 ||
      (llvm::any_of(shape, ShapedType::isDynamic) &&
       llvm::is_contained(shape, 0)))
    return failure();
  std::replace(shape.begin(), shape.end(), ShapedType::kDynamic, int64_t{-1});
  return SmallVector<Value>{c.reshape(op->getOperand(0), shape)};
}

Decomposition FlattenOp::decompose(OpBuilder &builder) {
  return asReshape(*this, builder);
}
Decomposition SqueezeOp::decompose(OpBuilder &builder) {
  return asReshape(*this, builder);
}
Decomposition UnsqueezeOp::decompose(OpBuilder &builder) {
  return asReshape(*this, builder);
}
