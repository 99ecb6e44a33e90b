//===- Blocked.cpp - loops over tensors as they lie in memory -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What runs on any layout when no form fits: each point of the result in
// memory finds its operands by arithmetic on its index.

#include "KernelBuilder.h"
#include "dialects/AutoGLM/Layout.h"

using namespace mlir;
using utils::IteratorType;

namespace autoglm::cpu {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

namespace {
/// Builds the body of a loop nest over the elements of a result in memory.
struct PointBuilder {
  OpBuilder &builder;
  Location loc;

  Value constant(int64_t value) const {
    return builder.create<arith::ConstantIndexOp>(loc, value);
  }
  AffineExpr dim(unsigned position) const {
    return getAffineDimExpr(position, builder.getContext());
  }
  Value apply(AffineExpr expr, ValueRange operands) const {
    return builder.create<affine::AffineApplyOp>(
        loc, AffineMap::get(operands.size(), 0, expr), operands);
  }
  Value clamp(Value value, int64_t size) const {
    return builder.create<arith::MinSIOp>(
        loc, builder.create<arith::MaxSIOp>(loc, value, constant(0)),
        constant(size - 1));
  }
  Value isLess(Value a, int64_t bound) const {
    return builder.create<arith::CmpIOp>(loc, arith::CmpIPredicate::slt, a,
                                         constant(bound));
  }
  Value both(Value a, Value b) const {
    return a ? builder.create<arith::AndIOp>(loc, a, b).getResult() : b;
  }

  /// Index of the shape from loops over `dims` in memory; `loopOf` is the loop
  /// of each, negative without one. In the padding, that of the last element.
  SmallVector<Value> getIndex(RankedTensorType type, ArrayRef<PhysicalDim> dims,
                              ArrayRef<int64_t> loopOf) const {
    SmallVector<Value> index(type.getRank());
    for (int64_t i = 0; i < type.getRank(); ++i) {
      AffineExpr expr = getAffineConstantExpr(0, builder.getContext());
      SmallVector<Value> loops;
      int64_t size = 1;
      for (auto [part, loop] : llvm::zip_equal(dims, loopOf)) {
        if (part.dim != i)
          continue;
        size *= part.extent;
        if (loop < 0)
          continue;
        expr = expr + dim(loops.size()) * part.step;
        loops.push_back(builder.create<linalg::IndexOp>(loc, loop));
      }
      index[i] = apply(expr, loops);
      if (size > type.getDimSize(i))
        index[i] = clamp(index[i], type.getDimSize(i));
    }
    return index;
  }

  /// The element of a tensor in memory at an index of its shape.
  Value extract(Value tensor, RankedTensorType type,
                ArrayRef<Value> index) const {
    SmallVector<Value> at;
    SmallVector<int64_t> left(type.getShape());
    SmallVector<PhysicalDim> dims = getPhysicalDims(type);
    for (auto [i, part] : llvm::enumerate(dims)) {
      if (part.extent == 1)
        continue;
      AffineExpr expr = dim(0).floorDiv(part.step);
      // The outermost part counts as far as the dimension goes.
      bool isInner = llvm::any_of(dims, [&](const PhysicalDim &other) {
        return other.dim == part.dim && other.step > part.step;
      });
      at.push_back(apply(isInner ? expr % part.extent : expr, index[part.dim]));
    }
    return builder.create<tensor::ExtractOp>(loc, tensor, at);
  }
};
} // namespace

/// Loops over a result in memory, then over `taps`.
static IterationSpace getSpace(RankedTensorType physical,
                               ArrayRef<int64_t> taps, MLIRContext *context) {
  IterationSpace space;
  llvm::append_range(space.sizes, physical.getShape());
  space.iterators.assign(physical.getRank(), IteratorType::parallel);
  llvm::append_range(space.sizes, taps);
  space.iterators.append(taps.size(), IteratorType::reduction);
  AffineMap all =
      AffineMap::getMultiDimIdentityMap(space.sizes.size(), context);
  space.maps = {all.getMajorSubMap(physical.getRank()),
                all.getMinorSubMap(taps.size())};
  return space;
}

/// The loop of each dimension that has one.
static SmallVector<int64_t> getLoops(ArrayRef<int64_t> sizes) {
  SmallVector<int64_t> loops;
  int64_t next = 0;
  for (int64_t size : sizes)
    loops.push_back(size == 1 ? -1 : next++);
  return loops;
}

static LogicalResult convertRelayout(KernelBuilder &kernel, RelayoutOp op) {
  RankedTensorType from = tensorType(op.getInput()), to = op.getType();
  RankedTensorType physical = getPhysicalType(to);
  Loops loops(physical.getShape(), kernel.getContext());
  AffineMap identity = AffineMap::getMultiDimIdentityMap(physical.getRank(),
                                                         kernel.getContext());
  SmallVector<int64_t> loopOf = getLoops(physical.getShape());
  Value tensor = kernel.getTensor(op.getInput());
  kernel.setTensor(
      op.getResult(),
      kernel.buildLoops(
          op.getLoc(), loops, {},
          Write{kernel.getDestination(op.getResult()),
                loops.squeeze(identity, physical), Type()},
          [&](OpBuilder &nested, ValueRange, ValueRange) {
            PointBuilder point{nested, op.getLoc()};
            auto index = point.getIndex(to, getPhysicalDims(to), loopOf);
            return SmallVector<Value>{point.extract(tensor, from, index)};
          })[0]);
  return success();
}

static LogicalResult convertConv(KernelBuilder &kernel, ConvOp op) {
  MLIRContext *context = kernel.getContext();
  OpBuilder &builder = kernel.getBuilder();
  Location loc = op.getLoc();
  RankedTensorType input = tensorType(op.getInput()), result = op.getType();
  RankedTensorType weight = tensorType(op.getWeight());
  RankedTensorType physical = getPhysicalType(result);
  Type elementType = result.getElementType(),
       type = getComputeType(elementType);

  // Channels of the group, then the window.
  ArrayRef<int64_t> taps = weight.getShape().drop_front();
  IterationSpace space = getSpace(physical, taps, context);
  Loops loops(space, context);
  SmallVector<int64_t> loopOf = getLoops(space.sizes);
  auto resultLoops = ArrayRef(loopOf).take_front(physical.getRank());
  auto tapLoops = ArrayRef(loopOf).drop_front(physical.getRank());
  AffineMap outputMap = loops.squeeze(space.maps[0], physical);
  SmallVector<PhysicalDim> dims = getPhysicalDims(result);

  Value x = kernel.getTensor(op.getInput()),
        w = kernel.getTensor(op.getWeight());
  Value bias = op.getBias() ? kernel.getTensor(op.getBias()) : Value();
  Loops parallel(physical.getShape(), context);
  AffineMap identity = parallel.squeeze(
      AffineMap::getMultiDimIdentityMap(physical.getRank(), context), physical);
  auto empty = [&](Type type) -> Value {
    return builder.create<tensor::EmptyOp>(
        loc, getStoredType(physical).getShape(), type);
  };
  bool converts = type != getStorageType(elementType);
  Value init = converts ? empty(type) : kernel.getDestination(op.getResult());
  init = kernel.buildLoops(
      loc, parallel, {}, Write{init, identity, Type()},
      [&](OpBuilder &nested, ValueRange, ValueRange) -> SmallVector<Value> {
        if (!bias)
          return {buildNumber(nested, loc, type, 0)};
        PointBuilder point{nested, loc};
        auto index = point.getIndex(result, dims, resultLoops);
        return {
            loadElement(nested, loc,
                        point.extract(bias, tensorType(op.getBias()), index[1]),
                        elementType)};
      })[0];

  // Nothing else says how many iterations the loops over taps have.
  RankedTensorType window = RankedTensorType::get(taps, builder.getI8Type());
  Read order{builder.create<tensor::EmptyOp>(
                 loc, getStoredType(window).getShape(), builder.getI8Type()),
             Attribute(), Type(), loops.squeeze(space.maps[1], window)};
  auto body = [&](OpBuilder &nested, ValueRange,
                  ValueRange carried) -> SmallVector<Value> {
    PointBuilder point{nested, loc};
    SmallVector<Value> at = point.getIndex(result, dims, resultLoops);
    SmallVector<Value> tap;
    for (int64_t loop : tapLoops)
      tap.push_back(
          loop < 0 ? point.constant(0)
                   : nested.create<linalg::IndexOp>(loc, loop).getResult());
    int64_t perGroup =
        result.getDimSize(1) / static_cast<int64_t>(op.getGroup());
    SmallVector<Value> from{
        at[0],
        point.apply(point.dim(0).floorDiv(perGroup) * taps[0] + point.dim(1),
                    {at[1], tap[0]})};
    Value isInside;
    for (size_t i = 0; i + 2 < static_cast<size_t>(input.getRank()); ++i) {
      int64_t size = input.getDimSize(i + 2);
      int64_t stride = op.getStrides()[i], dilation = op.getDilations()[i];
      int64_t pad = op.getPads()[i];
      Value place =
          point.apply(point.dim(0) * stride + point.dim(1) * dilation - pad,
                      {at[i + 2], tap[i + 1]});
      int64_t last = (result.getDimSize(i + 2) - 1) * stride +
                     (taps[i + 1] - 1) * dilation - pad;
      if (pad > 0 || last >= size) {
        Value inside = point.clamp(place, size);
        isInside = point.both(
            isInside, nested.create<arith::CmpIOp>(
                          loc, arith::CmpIPredicate::eq, place, inside));
        place = inside;
      }
      from.push_back(place);
    }
    Value a =
        loadElement(nested, loc, point.extract(x, input, from), elementType);
    if (isInside)
      a = nested.create<arith::SelectOp>(loc, isInside, a,
                                         buildNumber(nested, loc, type, 0));
    SmallVector<Value> weightAt{at[1]};
    llvm::append_range(weightAt, tap);
    Value b = loadElement(nested, loc, point.extract(w, weight, weightAt),
                          elementType);
    Value product = nested.create<arith::MulFOp>(loc, a, b);
    return {
        buildCombine(nested, loc, Combine::Sum, carried[0], product, false)};
  };
  Value sum = kernel.buildLoops(loc, loops, order,
                                Write{init, outputMap, Type()}, body)[0];
  if (converts)
    sum = kernel.buildLoops(
        loc, parallel, Read{sum, Attribute(), Type(), identity},
        Write{kernel.getDestination(op.getResult()), identity, elementType},
        [](OpBuilder &, ValueRange values, ValueRange) {
          return SmallVector<Value>{values[0]};
        })[0];
  kernel.setTensor(op.getResult(), sum);
  return success();
}

std::optional<LogicalResult> convertBlocked(KernelBuilder &kernel,
                                            Operation *op) {
  if (auto relayout = dyn_cast<RelayoutOp>(op))
    return convertRelayout(kernel, relayout);
  auto conv = dyn_cast<ConvOp>(op);
  if (!conv || (llvm::none_of(op->getOperandTypes(),
                              [](Type type) {
                                return static_cast<bool>(getLayout(type));
                              }) &&
                !getLayout(conv.getType())))
    return std::nullopt;
  return convertConv(kernel, conv);
}

} // namespace autoglm::cpu
