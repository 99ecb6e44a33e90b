//===- LoopBuilder.cpp - loops and index arithmetic of forms -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace autoglm::cpu {

Value LoopBuilder::constant(int64_t value) {
  return builder.create<arith::ConstantIndexOp>(loc, value);
}

Value LoopBuilder::add(Value a, Value b) {
  if (std::optional<int64_t> known = getConstantIntValue(b))
    return add(a, *known);
  if (std::optional<int64_t> known = getConstantIntValue(a))
    return add(b, *known);
  return builder.create<arith::AddIOp>(loc, a, b);
}

Value LoopBuilder::add(Value a, int64_t b) {
  if (b == 0)
    return a;
  if (std::optional<int64_t> known = getConstantIntValue(a))
    return constant(*known + b);
  return builder.create<arith::AddIOp>(loc, a, constant(b));
}

Value LoopBuilder::multiply(Value a, int64_t b) {
  if (b == 1)
    return a;
  if (std::optional<int64_t> known = getConstantIntValue(a))
    return constant(*known * b);
  if (b == 0)
    return constant(0);
  return builder.create<arith::MulIOp>(loc, a, constant(b));
}

Value LoopBuilder::divide(Value a, int64_t b) {
  if (b == 1)
    return a;
  if (std::optional<int64_t> known = getConstantIntValue(a))
    return constant(*known / b);
  return builder.create<arith::DivUIOp>(loc, a, constant(b));
}

Value LoopBuilder::remainder(Value a, int64_t b) {
  if (b == 1)
    return constant(0);
  if (std::optional<int64_t> known = getConstantIntValue(a))
    return constant(*known % b);
  return builder.create<arith::RemUIOp>(loc, a, constant(b));
}

Value LoopBuilder::maximum(Value a, int64_t b) {
  if (std::optional<int64_t> known = getConstantIntValue(a))
    return constant(std::max(*known, b));
  return builder.create<arith::MaxSIOp>(loc, a, constant(b));
}

Value LoopBuilder::minimum(Value a, int64_t b) {
  if (std::optional<int64_t> known = getConstantIntValue(a))
    return constant(std::min(*known, b));
  return builder.create<arith::MinSIOp>(loc, a, constant(b));
}

LoopBuilder::Values LoopBuilder::loop(Value low, Value high, int64_t step,
                                      Values carried, Body body) {
  std::optional<int64_t> first = getConstantIntValue(low);
  std::optional<int64_t> last = getConstantIntValue(high);
  if (first && last) {
    if (*first >= *last)
      return carried;
    if (*first + step >= *last)
      return body(low, std::move(carried));
  }
  auto op = builder.create<scf::ForOp>(loc, low, high, constant(step), carried);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(op.getBody());
  Values results = body(op.getInductionVar(),
                        llvm::to_vector_of<Value>(op.getRegionIterArgs()));
  // Without carried values the loop was built with its terminator.
  if (!carried.empty())
    builder.create<scf::YieldOp>(loc, results);
  return llvm::to_vector_of<Value>(op.getResults());
}

LoopBuilder::Values LoopBuilder::forall(ArrayRef<int64_t> trips) {
  SmallVector<OpFoldResult> bounds;
  for (int64_t count : trips)
    bounds.push_back(builder.getIndexAttr(count));
  auto op = builder.create<scf::ForallOp>(loc, bounds, ValueRange{},
                                          /*mapping=*/std::nullopt);
  builder.setInsertionPointToStart(op.getBody());
  return llvm::to_vector_of<Value>(op.getInductionVars());
}

} // namespace autoglm::cpu
