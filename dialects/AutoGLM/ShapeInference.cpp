//===- ShapeInference.cpp - helpers of shape inference -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/ShapeInference.h"

#include "dialects/AutoGLM/Layout.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace autoglm {

std::string formatShape(ArrayRef<int64_t> shape) {
  if (shape.empty())
    return "scalar";
  return llvm::join(llvm::map_range(shape,
                                    [](int64_t dim) {
                                      return ShapedType::isDynamic(dim)
                                                 ? std::string("?")
                                                 : std::to_string(dim);
                                    }),
                    "x");
}

FailureOr<int64_t> getShapeLength(Loc loc, Value shape, StringRef name) {
  int64_t length = tensorType(shape).getDimSize(0);
  if (ShapedType::isDynamic(length))
    return emitOptionalError(loc, "the length of '", name,
                             "' must be known: it is the rank of the result");
  return length;
}

FailureOr<SmallVector<int64_t>>
broadcastShapes(Loc loc, ArrayRef<ArrayRef<int64_t>> shapes) {
  SmallVector<int64_t> result;
  for (ArrayRef<int64_t> shape : shapes) {
    if (shape.size() > result.size())
      result.insert(result.begin(), shape.size() - result.size(), 1);
    size_t offset = result.size() - shape.size();
    for (auto [index, dim] : llvm::enumerate(shape)) {
      int64_t &merged = result[offset + index];
      if (dim == 1 || dim == merged)
        continue;
      if (merged == 1)
        merged = dim;
      else if (ShapedType::isDynamic(merged))
        merged = dim;
      else if (!ShapedType::isDynamic(dim))
        return emitOptionalError(
            loc, "shapes ",
            llvm::join(llvm::map_range(shapes, formatShape), " and "),
            " cannot be broadcast against each other");
    }
  }
  return result;
}

FailureOr<int64_t> normalizeAxis(Loc loc, int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank)
    return emitOptionalError(loc, "axis ", axis, " is outside [", -rank, ", ",
                             rank - 1, "]");
  return axis < 0 ? axis + rank : axis;
}

FailureOr<SmallVector<int64_t>> normalizeAxes(Loc loc, ArrayRef<int64_t> axes,
                                              int64_t rank) {
  SmallVector<int64_t> result;
  for (int64_t axis : axes) {
    FailureOr<int64_t> normal = normalizeAxis(loc, axis, rank);
    if (failed(normal))
      return failure();
    if (llvm::is_contained(result, *normal))
      return emitOptionalError(loc, "axis ", axis, " is given twice");
    result.push_back(*normal);
  }
  return result;
}

std::optional<IterationSpace> elementwiseSpace(Operation *op) {
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  MLIRContext *context = op->getContext();
  IterationSpace space;
  space.sizes.assign(type.getShape().begin(), type.getShape().end());
  space.iterators.assign(type.getRank(), utils::IteratorType::parallel);
  for (Value operand : op->getOperands()) {
    auto operandType = cast<RankedTensorType>(operand.getType());
    int64_t offset = type.getRank() - operandType.getRank();
    SmallVector<AffineExpr> exprs;
    for (int64_t i = 0; i < operandType.getRank(); ++i) {
      // An unknown dimension may turn out to be 1 and broadcast: no affine map
      // says that, so it has to equal the result's.
      if (operandType.getDimSize(i) == 1 && type.getDimSize(offset + i) != 1)
        exprs.push_back(getAffineConstantExpr(0, context));
      else
        exprs.push_back(getAffineDimExpr(offset + i, context));
    }
    space.maps.push_back(AffineMap::get(type.getRank(), 0, exprs, context));
  }
  space.maps.push_back(
      AffineMap::getMultiDimIdentityMap(type.getRank(), context));
  return space;
}

int64_t windowExtent(int64_t input, int64_t window, int64_t stride,
                     int64_t padBegin, int64_t padEnd, int64_t dilation,
                     bool ceilMode) {
  if (ShapedType::isDynamic(input) || ShapedType::isDynamic(window))
    return ShapedType::kDynamic;
  int64_t room = input + padBegin + padEnd - ((window - 1) * dilation + 1);
  if (room < 0)
    return 0;
  int64_t extent =
      (ceilMode ? llvm::divideCeil(room, stride) : room / stride) + 1;
  // A window that would start in the end padding is dropped, as in ONNX.
  if (ceilMode && (extent - 1) * stride >= input + padBegin)
    --extent;
  return extent;
}

bool IterationSpace::isParallel() const {
  return llvm::all_of(iterators, [](utils::IteratorType iterator) {
    return iterator == utils::IteratorType::parallel;
  });
}

/// Operations that only move elements, whatever their rule.
static bool onlyMoves(Operation *op) {
  return isa<IdentityOp, ReshapeOp, FlattenOp, SqueezeOp, UnsqueezeOp,
             TransposeOp, ExpandOp, TileOp, ConcatOp, SplitOp, SliceOp, PadOp,
             GatherOp, GatherElementsOp, TriluOp, ShapeOp, SizeOp,
             ConstantOfShapeOp>(op);
}

std::optional<int64_t> defaultFlops(Operation *op) {
  if (onlyMoves(op))
    return 0;
  auto compute = cast<ComputeOpInterface>(op);
  std::optional<IterationSpace> space = compute.getIterationSpace();
  int64_t flops = compute.getFlopsPerPoint();
  if (!space) {
    // Opaque operations touch each result element about once.
    for (Value result : op->getResults()) {
      auto type = cast<RankedTensorType>(result.getType());
      if (!type.hasStaticShape())
        return std::nullopt;
      flops += type.getNumElements();
    }
    return flops;
  }
  for (int64_t size : space->sizes)
    if (ShapedType::isDynamic(size) || llvm::MulOverflow(flops, size, flops))
      return std::nullopt;
  return flops;
}

std::optional<int64_t> defaultBytes(Operation *op) {
  int64_t total = 0;
  auto addAll = [&](auto values) {
    return llvm::all_of(values, [&](Value value) {
      auto bytes = getPhysicalBytes(cast<RankedTensorType>(value.getType()));
      return bytes && !llvm::AddOverflow(total, *bytes, total);
    });
  };
  if (!addAll(op->getOperands()) || !addAll(op->getResults()))
    return std::nullopt;
  return total;
}

bool areCompatibleTypes(TypeRange inferred, TypeRange actual) {
  if (inferred.size() != actual.size())
    return false;
  for (auto [left, right] : llvm::zip_equal(inferred, actual)) {
    auto a = dyn_cast<RankedTensorType>(left);
    auto b = dyn_cast<RankedTensorType>(right);
    if (!a || !b || a.getElementType() != b.getElementType() ||
        failed(verifyCompatibleShape(a.getShape(), b.getShape())))
      return false;
  }
  return true;
}

std::string getNaturalPrecision(Operation *op) {
  std::string text;
  llvm::raw_string_ostream(text)
      << cast<RankedTensorType>(op->getResult(0).getType()).getElementType();
  return text;
}

std::optional<SmallVector<int64_t>> getConstantInts(Value value) {
  DenseIntElementsAttr attr;
  if (!value || !matchPattern(value, m_Constant(&attr)))
    return std::nullopt;
  SmallVector<int64_t> values;
  bool isUnsigned = attr.getElementType().isUnsignedInteger();
  for (const APInt &element : attr.getValues<APInt>())
    values.push_back(isUnsigned ? element.getZExtValue()
                                : element.getSExtValue());
  return values;
}

Value createSplat(OpBuilder &builder, Location loc, Type elementType,
                  double value, ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, elementType);
  DenseElementsAttr attr;
  if (auto floatType = dyn_cast<FloatType>(elementType)) {
    APFloat converted(value);
    bool losesInfo;
    converted.convert(floatType.getFloatSemantics(),
                      APFloat::rmNearestTiesToEven, &losesInfo);
    attr = DenseElementsAttr::get(type, converted);
  } else {
    attr = DenseElementsAttr::get(
        type, APInt(elementType.getIntOrFloatBitWidth(),
                    static_cast<int64_t>(value), /*isSigned=*/true));
  }
  return builder.create<ConstantOp>(loc, attr);
}

Value createInts(OpBuilder &builder, Location loc, ArrayRef<int64_t> values) {
  return builder.create<ConstantOp>(
      loc, DenseElementsAttr::get(
               RankedTensorType::get({static_cast<int64_t>(values.size())},
                                     builder.getI64Type()),
               values));
}

Location getNodeLocation(NodeAttr node) {
  MLIRContext *context = node.getContext();
  return FusedLoc::get({UnknownLoc::get(context)}, node, context);
}

SmallVector<NodeAttr> getNodes(Location loc) {
  SmallVector<NodeAttr> nodes;
  loc->walk([&](Location part) {
    if (auto fused = dyn_cast<FusedLoc>(part))
      if (auto node = dyn_cast_or_null<NodeAttr>(fused.getMetadata()))
        if (!llvm::is_contained(nodes, node))
          nodes.push_back(node);
    return WalkResult::advance();
  });
  return nodes;
}

} // namespace autoglm
