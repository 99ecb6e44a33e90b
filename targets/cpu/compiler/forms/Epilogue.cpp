//===- Epilogue.cpp - what follows while vectors are in registers -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Epilogue.h"

#include "../KernelBuilder.h"

using namespace mlir;

namespace autoglm::cpu {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static std::optional<Attribute> getSplat(Value value) {
  auto constant = value.getDefiningOp<ConstantOp>();
  auto dense = constant ? dyn_cast<DenseElementsAttr>(constant.getValue())
                        : DenseElementsAttr();
  if (!dense || !dense.isSplat())
    return std::nullopt;
  return dense.getSplatValue<Attribute>();
}

bool Epilogue::canLoad(Value operand) const {
  if (getSplat(operand))
    return true;
  RankedTensorType full = tensorType(anchor->getResult(0));
  RankedTensorType type = tensorType(operand);
  int64_t missing = full.getRank() - type.getRank();
  if (missing < 0 || !type.hasStaticShape())
    return false;
  if (!isa<BlockArgument>(operand)) {
    auto constant = operand.getDefiningOp<ConstantOp>();
    if (!constant || !isa<DenseElementsAttr>(constant.getValue()))
      return false;
  }
  for (int64_t i = 0; i < type.getRank(); ++i)
    if (type.getDimSize(i) != 1 &&
        type.getDimSize(i) != full.getDimSize(i + missing))
      return false;
  int64_t own = dim - missing;
  return own < 0 || type.getDimSize(own) == 1 || isContiguous(type, own, lanes);
}

std::optional<Epilogue> Epilogue::match(func::FuncOp source, Operation *anchor,
                                        int64_t dim, int64_t lanes) {
  Epilogue epilogue(anchor, dim, lanes);
  for (OpResult result : llvm::drop_begin(anchor->getResults()))
    if (!result.use_empty())
      return std::nullopt;
  llvm::SmallDenseSet<Value> known{anchor->getResult(0)};
  ArrayRef<int64_t> shape = tensorType(anchor->getResult(0)).getShape();
  for (Operation &op : source.getBody().front().without_terminator()) {
    if (&op == anchor || isa<ConstantOp>(op))
      continue;
    if (auto split = dyn_cast<SplitOp>(op);
        split && !epilogue.split && known.contains(split.getInput()) &&
        dim == static_cast<int64_t>(shape.size()) - 1) {
      epilogue.split = split;
      continue;
    }
    if (!op.hasTrait<Elementwise>() || isa<DecomposableOpInterface>(op) ||
        op.getNumResults() != 1 ||
        tensorType(op.getResult(0)).getShape() != shape)
      return std::nullopt;
    for (Value operand : op.getOperands())
      if (!known.contains(operand) && !epilogue.canLoad(operand))
        return std::nullopt;
    known.insert(op.getResult(0));
    epilogue.ops.push_back(&op);
  }
  ValueRange returned = source.getBody().front().getTerminator()->getOperands();
  if (epilogue.split) {
    if (!llvm::all_of(returned, [&](Value value) {
          return value.getDefiningOp() == epilogue.split;
        }))
      return std::nullopt;
    return epilogue;
  }
  for (Value value : returned) {
    if (!known.contains(value) || !isContiguous(tensorType(value), dim, lanes))
      return std::nullopt;
    epilogue.results.push_back(value);
  }
  return epilogue;
}

bool Epilogue::isHeavy() const {
  return ops.size() > 6 || llvm::any_of(ops, [](Operation *op) {
           return isa<ExpOp, LogOp, ErfOp, TanhOp, SigmoidOp, PowOp, SinOp,
                      CosOp, TanOp, AsinOp, AcosOp, AtanOp, SinhOp, CoshOp,
                      AsinhOp, AcoshOp, AtanhOp, ModOp, DivOp, CastOp>(op);
         });
}

Value Epilogue::load(FormBuilder &b, Value operand, ValueRange at,
                     Value mask) const {
  RankedTensorType type = tensorType(operand);
  Type elementType = type.getElementType();
  auto vectorType = VectorType::get(lanes, getComputeType(elementType));
  if (auto splat = getSplat(operand))
    return buildSplat(b, b.getLoc(), vectorType,
                      convertConstant(*splat, vectorType.getElementType()));
  int64_t missing = static_cast<int64_t>(at.size()) - type.getRank();
  SmallVector<Value> index;
  for (int64_t i = 0; i < type.getRank(); ++i)
    index.push_back(type.getDimSize(i) == 1 ? b.index(0) : at[i + missing]);
  int64_t own = dim - missing;
  SmallVector<Value> position = b.locate(type, index);
  Value buffer = b.getBuffer(operand);
  if (own < 0 || type.getDimSize(own) == 1)
    return b.create<vector::BroadcastOp>(
        vectorType, b.loadScalar(buffer, position, elementType));
  return b.loadVector(buffer, position, lanes, elementType,
                      isPadded(type, own) ? Value() : mask);
}

bool Epilogue::takesTiles(int64_t columns) const {
  return !split || llvm::all_of(split.getSizes(), [&](int64_t size) {
    return size % columns == 0;
  });
}

std::optional<Epilogue::Part> Epilogue::selectPart(FormBuilder &b,
                                                   Value column) const {
  if (!split)
    return std::nullopt;
  std::optional<Part> part;
  Operation *ret = split->getBlock()->getTerminator();
  Type element = getStorageType(tensorType(split.getInput()).getElementType());
  int64_t start = 0;
  for (auto [result, size] :
       llvm::zip_equal(split.getOutputs(), split.getSizes())) {
    for (OpOperand &use : ret->getOpOperands()) {
      if (use.get() != result)
        continue;
      Value buffer = b.getResult(use.getOperandNumber());
      auto all = llvm::to_vector<2>(
          llvm::seq<int64_t>(0, cast<MemRefType>(buffer.getType()).getRank()));
      if (all.size() > 1)
        buffer = b.create<memref::CollapseShapeOp>(
            buffer, ArrayRef<ReassociationIndices>{all});
      buffer = b.create<memref::CastOp>(
          MemRefType::get({ShapedType::kDynamic}, element), buffer);
      Part own{buffer, b.index(size), b.index(start)};
      if (!part) {
        part = own;
        continue;
      }
      Value isLater =
          b.create<arith::CmpIOp>(arith::CmpIPredicate::uge, column, own.start);
      part->buffer =
          b.create<arith::SelectOp>(isLater, own.buffer, part->buffer);
      part->size =
          b.createOrFold<arith::SelectOp>(isLater, own.size, part->size);
      part->start = b.create<arith::SelectOp>(isLater, own.start, part->start);
    }
    start += size;
  }
  return part;
}

void Epilogue::emit(FormBuilder &b, Value vector, ValueRange at, Value mask,
                    const std::optional<Part> &part) const {
  llvm::SmallDenseMap<Value, Value> values;
  // Every operation rounds its result to the type it has in the graph.
  auto set = [&](Value result, Value value) {
    Type elementType = tensorType(result).getElementType();
    if (getStorageType(elementType) != getComputeType(elementType) &&
        !elementType.isInteger(1))
      value = loadElement(b, b.getLoc(),
                          storeElement(b, b.getLoc(), value, elementType),
                          elementType);
    values[result] = value;
  };
  set(anchor->getResult(0), vector);
  for (Operation *op : ops) {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      Value known = values.lookup(operand);
      operands.push_back(known ? known : load(b, operand, at, mask));
    }
    set(op->getResult(0), buildScalar(b, op, operands));
  }
  if (part) {
    RankedTensorType type = tensorType(split.getInput());
    AffineExpr row = b.getAffineConstantExpr(0);
    for (int64_t i = 0; i < dim; ++i)
      row = row * type.getDimSize(i) + b.getAffineDimExpr(i);
    Value place =
        b.create<arith::MulIOp>(b.apply(row, at.take_front(dim)), part->size);
    place = b.create<arith::AddIOp>(
        place, b.create<arith::SubIOp>(at[dim], part->start));
    b.storeVector(values.lookup(split.getInput()), part->buffer, place,
                  type.getElementType(), mask);
  }
  for (auto [index, value] : llvm::enumerate(results)) {
    RankedTensorType type = tensorType(value);
    b.storeVector(values.lookup(value), b.getResult(index), b.locate(type, at),
                  type.getElementType(), isPadded(type, dim) ? Value() : mask);
  }
}

} // namespace autoglm::cpu
