//===- FormBuilder.cpp - buffers and vectors of hand-written kernels -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../KernelBuilder.h"
#include "Form.h"

#include "autoglm/Support/Tensor.h"
#include "dialects/AutoGLM/Layout.h"

using namespace mlir;

namespace autoglm::cpu {

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

MemRefType getBufferType(RankedTensorType type) {
  return MemRefType::get(getPhysicalType(type).getShape(),
                         getStorageType(type.getElementType()));
}

bool isContiguous(RankedTensorType type, int64_t dim, int64_t lanes) {
  // Behind it, there may be dimensions of one element.
  for (const PhysicalDim &part : llvm::reverse(getPhysicalDims(type))) {
    if (part.dim == dim)
      return part.step == 1 &&
             (!isPadded(type, dim) || part.extent % lanes == 0);
    if (part.extent != 1)
      return false;
  }
  return false;
}

bool isPadded(RankedTensorType type, int64_t dim) {
  return llvm::any_of(getPhysicalDims(type), [&](const PhysicalDim &part) {
    return part.dim == dim && part.step > 1;
  });
}

SmallVector<Value> FormBuilder::locate(RankedTensorType type, ValueRange at) {
  if (!getLayout(type))
    return llvm::to_vector(at);
  AffineExpr d = mlir::getAffineDimExpr(0, getContext());
  SmallVector<PhysicalDim> parts = getPhysicalDims(type);
  SmallVector<Value> position;
  for (const PhysicalDim &part : parts) {
    AffineExpr expr = d.floorDiv(part.step);
    bool isOutermost = llvm::none_of(parts, [&](const PhysicalDim &other) {
      return other.dim == part.dim && other.step > part.step;
    });
    position.push_back(
        apply(isOutermost ? expr : expr % part.extent, at[part.dim]));
  }
  return position;
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

Operation *getAnchor(func::FuncOp source) {
  Operation *anchor = nullptr;
  for (Operation &op : source.getBody().front().without_terminator()) {
    if (isa<ConstantOp>(op) || op.hasTrait<Elementwise>())
      continue;
    // Parts of a product are its results.
    if (anchor && !(isa<SplitOp>(op) && isa<MatMulOp, GemmOp>(anchor)))
      return nullptr;
    if (!anchor)
      anchor = &op;
  }
  if (!anchor)
    return nullptr;
  bool isFed = llvm::any_of(anchor->getOperands(), [](Value operand) {
    Operation *producer = operand.getDefiningOp();
    return producer && !isa<ConstantOp>(producer);
  });
  return isFed ? nullptr : anchor;
}

bool hasRowMajorTensors(Operation *op) {
  auto isRowMajor = [](Type type) {
    return !cast<RankedTensorType>(type).getEncoding();
  };
  return llvm::all_of(op->getOperandTypes(), isRowMajor) &&
         llvm::all_of(op->getResultTypes(), isRowMajor);
}

FormBuilder::FormBuilder(func::FuncOp source)
    : ImplicitLocOpBuilder(source.getLoc(), source), source(source) {
  SmallVector<Type> types;
  for (Type type : llvm::concat<const Type>(source.getArgumentTypes(),
                                            source.getResultTypes()))
    types.push_back(getBufferType(cast<RankedTensorType>(type)));
  function = create<func::FuncOp>(source.getName(), getFunctionType(types, {}));
  setInsertionPointToStart(function.addEntryBlock());
}

func::FuncOp FormBuilder::finish() {
  create<func::ReturnOp>();
  return function;
}

Value FormBuilder::getResult(unsigned index) {
  return function.getArgument(source.getNumArguments() + index);
}

Value FormBuilder::getBuffer(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return function.getArgument(argument.getArgNumber());
  Value &buffer = constants[value];
  if (buffer)
    return buffer;
  auto attr =
      cast<DenseElementsAttr>(value.getDefiningOp<ConstantOp>().getValue());
  MemRefType type = getBufferType(cast<RankedTensorType>(value.getType()));
  FailureOr<Tensor> bytes = Tensor::fromAttr(attr);
  auto stored = DenseElementsAttr::getFromRawBuffer(
      RankedTensorType::get(type.getShape(), type.getElementType()),
      ArrayRef<char>(bytes->data(), bytes->getNumBytes()));
  std::string name = "constant_" + std::to_string(constants.size() - 1);
  {
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPoint(function);
    create<memref::GlobalOp>(name, getStringAttr("private"), type, stored,
                             /*constant=*/true, getI64IntegerAttr(64));
  }
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(&function.getBody().front());
  return buffer = create<memref::GetGlobalOp>(type, name);
}

//===----------------------------------------------------------------------===//
// Indices
//===----------------------------------------------------------------------===//

Value FormBuilder::index(int64_t value) {
  return create<arith::ConstantIndexOp>(value);
}

Value FormBuilder::apply(AffineExpr expr, ValueRange indices) {
  SmallVector<OpFoldResult> operands(indices);
  OpFoldResult made = affine::makeComposedFoldedAffineApply(
      *this, getLoc(), AffineMap::get(indices.size(), 0, expr), operands);
  return getValueOrCreateConstantIndexOp(*this, getLoc(), made);
}

Value FormBuilder::offset(Value at, int64_t by) {
  return by == 0 ? at : apply(mlir::getAffineDimExpr(0, getContext()) + by, at);
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

Value FormBuilder::loadScalar(Value buffer, ValueRange at, Type elementType) {
  return loadElement(*this, getLoc(), create<memref::LoadOp>(buffer, at),
                     elementType);
}

Value FormBuilder::loadVector(Value buffer, ValueRange at, int64_t lanes,
                              Type elementType, Value mask) {
  auto type = VectorType::get(lanes, getStorageType(elementType));
  Value vector;
  if (mask)
    vector = create<vector::MaskedLoadOp>(
        type, buffer, at, mask, buildNumber(*this, getLoc(), type, 0));
  else
    vector = create<vector::LoadOp>(type, buffer, at);
  return loadElement(*this, getLoc(), vector, elementType);
}

void FormBuilder::storeVector(Value vector, Value buffer, ValueRange at,
                              Type elementType, Value mask) {
  vector = storeElement(*this, getLoc(), vector, elementType);
  if (mask)
    create<vector::MaskedStoreOp>(buffer, at, mask, vector);
  else
    create<vector::StoreOp>(vector, buffer, at);
}

Value FormBuilder::maskOf(int64_t count, int64_t lanes) {
  if (count >= lanes)
    return {};
  SmallVector<bool> bits(lanes, false);
  std::fill_n(bits.begin(), count, true);
  return create<arith::ConstantOp>(DenseElementsAttr::get(
      VectorType::get(lanes, getI1Type()), ArrayRef<bool>(bits)));
}

} // namespace autoglm::cpu
