//===- FormBuilder.cpp - buffers and vectors of hand-written kernels -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../KernelBuilder.h"
#include "Form.h"

#include "autoglm/Support/Tensor.h"

using namespace mlir;

namespace autoglm::cpu {

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static LayoutAttr getLayout(RankedTensorType type) {
  return dyn_cast_or_null<LayoutAttr>(type.getEncoding());
}

/// Elements of each dimension that lie in blocks inside of it.
static SmallVector<int64_t> getBlocks(RankedTensorType type) {
  SmallVector<int64_t> blocks(type.getRank(), 1);
  if (LayoutAttr layout = getLayout(type))
    for (size_t i = 0; i < layout.getInner().size(); i += 2)
      blocks[layout.getInner()[i]] *= layout.getInner()[i + 1];
  return blocks;
}

MemRefType getBufferType(RankedTensorType type) {
  Type element = getStorageType(type.getElementType());
  LayoutAttr layout = getLayout(type);
  if (!layout)
    return MemRefType::get(type.getShape(), element);
  SmallVector<int64_t> shape, blocks = getBlocks(type);
  for (int64_t dim : layout.getOrder())
    shape.push_back(llvm::divideCeil(type.getDimSize(dim), blocks[dim]));
  for (size_t i = 0; i < layout.getInner().size(); i += 2)
    shape.push_back(layout.getInner()[i + 1]);
  return MemRefType::get(shape, element);
}

bool isContiguous(RankedTensorType type, int64_t dim, int64_t lanes) {
  LayoutAttr layout = getLayout(type);
  if (layout && !layout.getInner().empty()) {
    ArrayRef<int64_t> last = layout.getInner().take_back(2);
    return last[0] == dim && last[1] % lanes == 0;
  }
  // Behind it, there may be dimensions of one element.
  for (int64_t i = type.getRank() - 1; i >= 0; --i) {
    int64_t at = layout ? layout.getOrder()[i] : i;
    if (at == dim)
      return true;
    if (type.getDimSize(at) != 1)
      return false;
  }
  return false;
}

bool isPadded(RankedTensorType type, int64_t dim) {
  return getBlocks(type)[dim] > 1;
}

SmallVector<Value> FormBuilder::locate(RankedTensorType type, ValueRange at) {
  LayoutAttr layout = getLayout(type);
  if (!layout)
    return llvm::to_vector(at);
  AffineExpr d = mlir::getAffineDimExpr(0, getContext());
  SmallVector<int64_t> blocks = getBlocks(type);
  SmallVector<Value> position;
  for (int64_t dim : layout.getOrder())
    position.push_back(apply(d.floorDiv(blocks[dim]), at[dim]));
  for (size_t i = 0; i < layout.getInner().size(); i += 2) {
    int64_t dim = layout.getInner()[i], size = layout.getInner()[i + 1];
    blocks[dim] /= size;
    position.push_back(apply(d.floorDiv(blocks[dim]) % size, at[dim]));
  }
  return position;
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

Operation *getAnchor(func::FuncOp source) {
  Operation *anchor = nullptr;
  for (Operation &op : source.getBody().front().without_terminator()) {
    if (isa<ConstantOp>(op))
      continue;
    bool isElementwise = op.hasTrait<Elementwise>();
    if (anchor ? !isElementwise : isElementwise)
      return nullptr;
    if (!anchor)
      anchor = &op;
  }
  return anchor;
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
