//===- ElementwiseOps.cpp - elementwise operations -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/ShapeInference.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace autoglm;

//===----------------------------------------------------------------------===//
// Shape inference and iteration space
//===----------------------------------------------------------------------===//

/// Broadcasts the operands from `first` on; the result has the element type
/// given. Those operands must share one element type unless `mixed`.
static LogicalResult inferElementwise(Loc loc, ValueRange operands,
                                      Type elementType, Types &types,
                                      unsigned first = 0, bool mixed = false) {
  SmallVector<ArrayRef<int64_t>> shapes;
  for (auto [index, operand] : llvm::enumerate(operands)) {
    RankedTensorType type = tensorType(operand);
    shapes.push_back(type.getShape());
    if (!mixed && index > first &&
        type.getElementType() != tensorType(operands[first]).getElementType())
      return emitOptionalError(loc, "operands have element types ",
                               tensorType(operands[first]).getElementType(),
                               " and ", type.getElementType(),
                               ", expected one element type");
  }
  auto shape = broadcastShapes(loc, shapes);
  if (failed(shape))
    return failure();
  types.push_back(RankedTensorType::get(*shape, elementType));
  return success();
}

#define AUTOGLM_ELEMENTWISE(OP, ELEMENT_TYPE, FIRST, MIXED)                    \
  LogicalResult OP::inferReturnTypes(MLIRContext *context, Loc loc,            \
                                     Adaptor adaptor, Types &types) {          \
    ValueRange operands = adaptor.getOperands();                               \
    return inferElementwise(loc, operands, ELEMENT_TYPE, types, FIRST, MIXED); \
  }                                                                            \
  std::optional<IterationSpace> OP::getIterationSpace() {                      \
    return elementwiseSpace(*this);                                            \
  }

#define AUTOGLM_SAME_TYPE(OP)                                                  \
  AUTOGLM_ELEMENTWISE(OP, tensorType(operands[0]).getElementType(), 0, false)
#define AUTOGLM_PREDICATE(OP)                                                  \
  AUTOGLM_ELEMENTWISE(OP, IntegerType::get(context, 1), 0, false)

AUTOGLM_SAME_TYPE(AbsOp)
AUTOGLM_SAME_TYPE(NegOp)
AUTOGLM_SAME_TYPE(SignOp)
AUTOGLM_SAME_TYPE(ExpOp)
AUTOGLM_SAME_TYPE(LogOp)
AUTOGLM_SAME_TYPE(SqrtOp)
AUTOGLM_SAME_TYPE(ReciprocalOp)
AUTOGLM_SAME_TYPE(FloorOp)
AUTOGLM_SAME_TYPE(CeilOp)
AUTOGLM_SAME_TYPE(RoundOp)
AUTOGLM_SAME_TYPE(ErfOp)
AUTOGLM_SAME_TYPE(SinOp)
AUTOGLM_SAME_TYPE(CosOp)
AUTOGLM_SAME_TYPE(TanOp)
AUTOGLM_SAME_TYPE(AsinOp)
AUTOGLM_SAME_TYPE(AcosOp)
AUTOGLM_SAME_TYPE(AtanOp)
AUTOGLM_SAME_TYPE(SinhOp)
AUTOGLM_SAME_TYPE(CoshOp)
AUTOGLM_SAME_TYPE(AsinhOp)
AUTOGLM_SAME_TYPE(AcoshOp)
AUTOGLM_SAME_TYPE(AtanhOp)
AUTOGLM_SAME_TYPE(TanhOp)
AUTOGLM_SAME_TYPE(SigmoidOp)
AUTOGLM_SAME_TYPE(ReluOp)
AUTOGLM_SAME_TYPE(SoftplusOp)
AUTOGLM_SAME_TYPE(SoftsignOp)
AUTOGLM_SAME_TYPE(HardSwishOp)
AUTOGLM_SAME_TYPE(MishOp)
AUTOGLM_SAME_TYPE(NotOp)
AUTOGLM_SAME_TYPE(LeakyReluOp)
AUTOGLM_SAME_TYPE(EluOp)
AUTOGLM_SAME_TYPE(CeluOp)
AUTOGLM_SAME_TYPE(SeluOp)
AUTOGLM_SAME_TYPE(HardSigmoidOp)
AUTOGLM_SAME_TYPE(ThresholdedReluOp)
AUTOGLM_SAME_TYPE(GeluOp)
AUTOGLM_SAME_TYPE(ClipOp)
AUTOGLM_SAME_TYPE(AddOp)
AUTOGLM_SAME_TYPE(SubOp)
AUTOGLM_SAME_TYPE(MulOp)
AUTOGLM_SAME_TYPE(DivOp)
AUTOGLM_SAME_TYPE(MaxOp)
AUTOGLM_SAME_TYPE(MinOp)
AUTOGLM_SAME_TYPE(PReluOp)
AUTOGLM_SAME_TYPE(AndOp)
AUTOGLM_SAME_TYPE(OrOp)
AUTOGLM_SAME_TYPE(XorOp)
AUTOGLM_SAME_TYPE(ModOp)
AUTOGLM_SAME_TYPE(BitwiseNotOp)
AUTOGLM_SAME_TYPE(BitwiseAndOp)
AUTOGLM_SAME_TYPE(BitwiseOrOp)
AUTOGLM_SAME_TYPE(BitwiseXorOp)
AUTOGLM_SAME_TYPE(BitShiftOp)
AUTOGLM_PREDICATE(IsNaNOp)
AUTOGLM_PREDICATE(IsInfOp)
AUTOGLM_PREDICATE(EqualOp)
AUTOGLM_PREDICATE(GreaterOp)
AUTOGLM_PREDICATE(GreaterOrEqualOp)
AUTOGLM_PREDICATE(LessOp)
AUTOGLM_PREDICATE(LessOrEqualOp)
AUTOGLM_ELEMENTWISE(PowOp, tensorType(operands[0]).getElementType(), 0, true)
AUTOGLM_ELEMENTWISE(WhereOp, tensorType(operands[1]).getElementType(), 1, false)
AUTOGLM_ELEMENTWISE(CastOp, adaptor.getTo(), 0, false)

//===----------------------------------------------------------------------===//
// Folders
//===----------------------------------------------------------------------===//

/// Whether an attribute is a constant with every element equal to `value`,
/// exactly and with its sign.
static bool isSplatOf(Attribute attr, double value) {
  auto dense = dyn_cast_or_null<DenseElementsAttr>(attr);
  if (!dense || !dense.isSplat())
    return false;
  if (isa<FloatType>(dense.getElementType())) {
    APFloat element = dense.getSplatValue<APFloat>();
    return element.convertToDouble() == value &&
           element.isNegative() == std::signbit(value);
  }
  if (dense.getElementType().isInteger(1))
    return false;
  return dense.getSplatValue<APInt>() ==
         APInt(dense.getElementType().getIntOrFloatBitWidth(),
               static_cast<int64_t>(value), /*isSigned=*/true);
}

/// `value` if it already is the result: broadcasting must not change its shape.
static OpFoldResult keep(Value value, Value result) {
  return value.getType() == result.getType() ? OpFoldResult(value)
                                             : OpFoldResult();
}

OpFoldResult AddOp::fold(FoldAdaptor adaptor) {
  // x + 0.0 turns -0.0 into 0.0; x + -0.0 is x.
  bool isFloat = isa<FloatType>(getType().getElementType());
  return isSplatOf(adaptor.getRhs(), isFloat ? -0.0 : 0.0)
             ? keep(getLhs(), getResult())
             : OpFoldResult();
}

OpFoldResult SubOp::fold(FoldAdaptor adaptor) {
  return isSplatOf(adaptor.getRhs(), 0.0) ? keep(getLhs(), getResult())
                                          : OpFoldResult();
}

OpFoldResult MulOp::fold(FoldAdaptor adaptor) {
  return isSplatOf(adaptor.getRhs(), 1.0) ? keep(getLhs(), getResult())
                                          : OpFoldResult();
}

OpFoldResult DivOp::fold(FoldAdaptor adaptor) {
  return isSplatOf(adaptor.getRhs(), 1.0) ? keep(getLhs(), getResult())
                                          : OpFoldResult();
}

OpFoldResult CastOp::fold(FoldAdaptor adaptor) {
  return keep(getInput(), getResult());
}
