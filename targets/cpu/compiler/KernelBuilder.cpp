//===- KernelBuilder.cpp - graph operations as linalg on tensors -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"

#include "autoglm/Support/Diagnostics.h"
#include "dialects/AutoGLM/Layout.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using utils::IteratorType;

namespace autoglm::cpu {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

Type getStorageType(Type elementType) {
  auto integer = dyn_cast<IntegerType>(elementType);
  if (!integer)
    return elementType;
  unsigned width = std::max(8u, integer.getWidth());
  return IntegerType::get(elementType.getContext(), width);
}

Type getComputeType(Type elementType) {
  if (elementType.isF16() || elementType.isBF16())
    return Float32Type::get(elementType.getContext());
  return elementType.isInteger(1) ? elementType : getStorageType(elementType);
}

RankedTensorType getStoredType(RankedTensorType type) {
  SmallVector<int64_t> shape;
  llvm::copy_if(getPhysicalType(type).getShape(), std::back_inserter(shape),
                [](int64_t dim) { return dim != 1; });
  return RankedTensorType::get(shape, getStorageType(type.getElementType()));
}

Value loadElement(OpBuilder &builder, Location loc, Value value,
                  Type elementType) {
  Type type = likeShape(value.getType(), getComputeType(elementType));
  if (value.getType() == type)
    return value;
  if (isa<FloatType>(getElementTypeOrSelf(type)))
    return builder.create<arith::ExtFOp>(loc, type, value);
  Value zero = buildNumber(builder, loc, value.getType(), 0);
  return builder.create<arith::CmpIOp>(loc, arith::CmpIPredicate::ne, value,
                                       zero);
}

Value storeElement(OpBuilder &builder, Location loc, Value value,
                   Type elementType) {
  Type type = likeShape(value.getType(), getStorageType(elementType));
  if (value.getType() == type)
    return value;
  if (isa<FloatType>(elementType)) {
    // bfloat16 is made from float32 only.
    Type single = likeShape(value.getType(), builder.getF32Type());
    if (elementType.isBF16() && value.getType() != single)
      value = builder.create<arith::TruncFOp>(loc, single, value);
    return builder.create<arith::TruncFOp>(loc, type, value);
  }
  return builder.create<arith::ExtUIOp>(loc, type, value);
}

TypedAttr convertConstant(Attribute attr, Type type) {
  if (auto number = dyn_cast<FloatAttr>(attr)) {
    APFloat value = number.getValue();
    bool losesInfo;
    value.convert(cast<FloatType>(type).getFloatSemantics(),
                  APFloat::rmNearestTiesToEven, &losesInfo);
    return FloatAttr::get(type, value);
  }
  APInt value = cast<IntegerAttr>(attr).getValue().zextOrTrunc(
      type.getIntOrFloatBitWidth());
  return IntegerAttr::get(type, value);
}

/// A constant of the graph as one of a compute type.
static Value buildConstant(OpBuilder &builder, Location loc, Attribute attr,
                           Type elementType, bool raw) {
  Type type = raw ? getStorageType(elementType) : getComputeType(elementType);
  return builder.create<arith::ConstantOp>(loc, convertConstant(attr, type));
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

Loops::Loops(const IterationSpace &space, MLIRContext *context)
    : context(context) {
  init(space.sizes, space.iterators);
}

Loops::Loops(ArrayRef<int64_t> shape, MLIRContext *context) : context(context) {
  SmallVector<IteratorType> kinds(shape.size(), IteratorType::parallel);
  init(shape, kinds);
}

void Loops::init(ArrayRef<int64_t> sizes, ArrayRef<IteratorType> kinds) {
  for (auto [size, kind] : llvm::zip_equal(sizes, kinds)) {
    if (size == 1) {
      replacements.push_back(getAffineConstantExpr(0, context));
      continue;
    }
    replacements.push_back(getAffineDimExpr(iterators.size(), context));
    iterators.push_back(kind);
  }
}

AffineMap Loops::rewrite(AffineMap map) const {
  return simplifyAffineMap(
      map.replaceDimsAndSymbols(replacements, {}, iterators.size(), 0));
}

AffineMap Loops::squeeze(AffineMap map, RankedTensorType type) const {
  AffineMap full = rewrite(map);
  SmallVector<AffineExpr> exprs;
  for (auto [expr, dim] : llvm::zip_equal(full.getResults(), type.getShape()))
    if (dim != 1)
      exprs.push_back(expr);
  return AffineMap::get(full.getNumDims(), 0, exprs, context);
}

//===----------------------------------------------------------------------===//
// KernelBuilder
//===----------------------------------------------------------------------===//

KernelBuilder::KernelBuilder(func::FuncOp source)
    : source(source), builder(source) {}

Value KernelBuilder::getTensor(Value value) {
  if (Value tensor = tensors.lookup(value))
    return tensor;
  // A splat that somebody wants as a tensor.
  Attribute splat = splats.lookup(value);
  RankedTensorType type = tensorType(value);
  Location loc = value.getLoc();
  RankedTensorType stored = getStoredType(type);
  Value init = builder.create<tensor::EmptyOp>(loc, stored.getShape(),
                                               stored.getElementType());
  return tensors[value] =
             fill(loc, init,
                  buildConstant(builder, loc, splat, type.getElementType(),
                                /*raw=*/true));
}

Value KernelBuilder::getDestination(Value result) {
  // A result that is also used here is copied at the end, so that tiles may
  // compute it again.
  if (result.hasOneUse())
    if (auto ret = dyn_cast<func::ReturnOp>(*result.user_begin()))
      return outputs[result.use_begin()->getOperandNumber()];
  RankedTensorType stored = getStoredType(tensorType(result));
  return builder.create<tensor::EmptyOp>(result.getLoc(), stored.getShape(),
                                         stored.getElementType());
}

Read KernelBuilder::read(Value value, AffineMap map, const Loops &loops,
                         bool convert) {
  RankedTensorType type = getPhysicalType(tensorType(value));
  Type elementType = type.getElementType();
  if (Attribute splat = splats.lookup(value))
    return {Value(), splat, elementType, AffineMap()};
  return {getTensor(value), Attribute(), convert ? elementType : Type(),
          loops.squeeze(map, type)};
}

SmallVector<Value> KernelBuilder::buildLoops(Location loc, const Loops &loops,
                                             ArrayRef<Read> reads,
                                             ArrayRef<Write> writes,
                                             Body body) {
  SmallVector<Value> inputs, inits;
  SmallVector<AffineMap> maps;
  SmallVector<Type> types;
  for (const Read &read : reads) {
    if (!read.tensor)
      continue;
    inputs.push_back(read.tensor);
    maps.push_back(read.map);
  }
  for (const Write &write : writes) {
    inits.push_back(write.init);
    maps.push_back(write.map);
    types.push_back(write.init.getType());
  }
  auto build = [&](OpBuilder &nested, Location loc, ValueRange arguments) {
    SmallVector<Value> loaded;
    size_t next = 0;
    for (const Read &read : reads) {
      if (!read.tensor)
        loaded.push_back(buildConstant(nested, loc, read.splat,
                                       read.elementType, /*raw=*/false));
      else if (read.elementType)
        loaded.push_back(
            loadElement(nested, loc, arguments[next++], read.elementType));
      else
        loaded.push_back(arguments[next++]);
    }
    SmallVector<Value> stored =
        body(nested, loaded, arguments.drop_front(next));
    for (auto [value, write] : llvm::zip_equal(stored, writes))
      if (write.elementType)
        value = storeElement(nested, loc, value, write.elementType);
    nested.create<linalg::YieldOp>(loc, stored);
  };
  auto generic = builder.create<linalg::GenericOp>(
      loc, types, inputs, inits, maps, loops.getIterators(), build);
  return llvm::to_vector(llvm::map_range(
      generic.getResults(), [](OpResult result) -> Value { return result; }));
}

Value KernelBuilder::fill(Location loc, Value init, Value value) {
  return builder.create<linalg::FillOp>(loc, value, init).getResult(0);
}

LogicalResult KernelBuilder::convertElementwise(Operation *op) {
  auto space = cast<ComputeOpInterface>(op).getIterationSpace();
  Loops loops(*space, getContext());
  SmallVector<Read> reads;
  for (auto [operand, map] : llvm::zip(op->getOperands(), space->maps))
    reads.push_back(read(operand, map, loops));
  Value result = op->getResult(0);
  RankedTensorType type = tensorType(result);
  Write write{getDestination(result), loops.squeeze(space->maps.back(), type),
              type.getElementType()};
  bool isKnown = true;
  SmallVector<Value> made =
      buildLoops(op->getLoc(), loops, reads, write,
                 [&](OpBuilder &nested, ValueRange values, ValueRange carried) {
                   Value value = buildScalar(nested, op, values);
                   isKnown = static_cast<bool>(value);
                   return SmallVector<Value>{isKnown ? value : carried[0]};
                 });
  setTensor(result, made[0]);
  if (!isKnown)
    return emitError(op->getLoc(), ErrorCode::LoweringFailed)
           << "no scalar code for '" << op->getName() << "'";
  return success();
}

LogicalResult KernelBuilder::convert(Operation *op) {
  if (auto constant = dyn_cast<ConstantOp>(op)) {
    auto dense = dyn_cast<DenseElementsAttr>(constant.getValue());
    if (!dense)
      return emitError(op->getLoc(), ErrorCode::LoweringFailed)
             << "the value is no dense constant";
    if (dense.isSplat()) {
      splats[constant.getOutput()] = dense.getSplatValue<Attribute>();
      return success();
    }
    FailureOr<Tensor> bytes = Tensor::fromAttr(dense);
    if (failed(bytes))
      return emitError(op->getLoc(), ErrorCode::LoweringFailed)
             << "the value is no dense constant";
    auto attr = DenseElementsAttr::getFromRawBuffer(
        getStoredType(
            dense.getType().isa<RankedTensorType>()
                ? cast<RankedTensorType>(dense.getType())
                : RankedTensorType::get(dense.getType().getShape(),
                                        dense.getType().getElementType())),
        ArrayRef<char>(bytes->data(), bytes->getNumBytes()));
    setTensor(constant.getOutput(),
              builder.create<arith::ConstantOp>(op->getLoc(), attr));
    return success();
  }
  // The same memory under another type.
  if (isa<UnrealizedConversionCastOp>(op)) {
    setTensor(op->getResult(0), getTensor(op->getOperand(0)));
    return success();
  }
  if (op->hasTrait<Elementwise>())
    return convertElementwise(op);
  if (auto done = convertBlocked(*this, op))
    return *done;
  if (auto done = convertContraction(*this, op))
    return *done;
  if (auto done = convertReduction(*this, op))
    return *done;
  if (auto done = convertMovement(*this, op))
    return *done;
  return emitError(op->getLoc(), ErrorCode::LoweringFailed)
         << "no kernel for '" << op->getName() << "'";
}

void KernelBuilder::finish() {
  auto ret = cast<func::ReturnOp>(source.getBody().front().getTerminator());
  for (auto [value, output] : llvm::zip_equal(ret.getOperands(), outputs)) {
    Location loc = ret.getLoc();
    auto destination = output.getDefiningOp<bufferization::ToTensorOp>();
    if (!destination)
      continue; // Nothing to write.
    Value tensor = tensors.lookup(value);
    if (!tensor || !value.hasOneUse() || isa<BlockArgument>(value) ||
        isa<ConstantOp>(value.getDefiningOp())) {
      RankedTensorType type = getPhysicalType(tensorType(value));
      Loops loops(type.getShape(), getContext());
      AffineMap identity =
          AffineMap::getMultiDimIdentityMap(type.getRank(), getContext());
      tensor = buildLoops(
          loc, loops, read(value, identity, loops),
          Write{output, loops.squeeze(identity, type), type.getElementType()},
          [](OpBuilder &, ValueRange values, ValueRange) {
            return SmallVector<Value>{values[0]};
          })[0];
    }
    builder.create<bufferization::MaterializeInDestinationOp>(
        loc, Type(), tensor, destination.getMemref(), /*restrict=*/true,
        /*writable=*/true);
  }
  builder.create<func::ReturnOp>(ret.getLoc());
}

LogicalResult KernelBuilder::run() {
  auto memrefOf = [](Type type) -> Type {
    RankedTensorType stored = getStoredType(cast<RankedTensorType>(type));
    // LLVM's pointers cannot stand for an empty matrix.
    if (stored.getNumElements() == 0)
      return MemRefType::get({0}, stored.getElementType());
    return MemRefType::get(stored.getShape(), stored.getElementType());
  };
  SmallVector<Type> types;
  for (Type type : llvm::concat<const Type>(source.getArgumentTypes(),
                                            source.getResultTypes()))
    types.push_back(memrefOf(type));
  Location loc = source.getLoc();
  builder.setInsertionPoint(source);
  auto function = builder.create<func::FuncOp>(
      loc, source.getName(), builder.getFunctionType(types, {}));
  Block *entry = function.addEntryBlock();
  builder.setInsertionPointToStart(entry);
  size_t numInputs = source.getNumArguments();
  auto ends = llvm::concat<const Type>(source.getArgumentTypes(),
                                       source.getResultTypes());
  for (auto [index, argument, type] :
       llvm::enumerate(entry->getArguments(), ends)) {
    RankedTensorType stored = getStoredType(cast<RankedTensorType>(type));
    Value tensor;
    if (stored.getNumElements() == 0)
      tensor = builder.create<tensor::EmptyOp>(loc, stored.getShape(),
                                               stored.getElementType());
    else
      tensor = builder.create<bufferization::ToTensorOp>(
          loc, argument, /*restrict=*/true, /*writable=*/index >= numInputs);
    if (index < numInputs)
      tensors[source.getArgument(index)] = tensor;
    else
      outputs.push_back(tensor);
  }
  for (Operation &op : source.getBody().front().without_terminator())
    if (failed(convert(&op)))
      return failure();
  finish();
  source.erase();
  return success();
}

} // namespace autoglm::cpu

namespace autoglm::cpu {
#define GEN_PASS_DEF_CONVERTTOLINALG
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

namespace {
struct ConvertToLinalg
    : public autoglm::cpu::impl::ConvertToLinalgBase<ConvertToLinalg> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      if (!function->hasAttr(autoglm::cpu::kFormAttr) &&
          failed(autoglm::cpu::KernelBuilder(function).run()))
        return signalPassFailure();
  }
};
} // namespace
