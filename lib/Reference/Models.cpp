//===- Models.cpp - EvaluateOpInterface of every operation -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Reference/Reference.h"

#include "Values.h"

#include "dialects/AutoGLM/ShapeInference.h"

using namespace mlir;

namespace autoglm::reference {

/// Shapes, axes, pads and the like are at most this long; longer operands are
/// data, of which shape inference needs to know no values.
static constexpr int64_t kMaxShapeOperand = 64;

/// The type that a tensor has as a value of the program: a tensor of a
/// quantized type holds integers and does not say for what they stand.
static Type getTypeOf(Value value, const Tensor &tensor) {
  Type element = cast<RankedTensorType>(value.getType()).getElementType();
  if (getStorageType(element) != tensor.getElementType())
    return tensor.getType();
  return RankedTensorType::get(tensor.getShape(), element);
}

/// Types of the results for the operands' actual shapes, by the operation's own
/// shape inference: it sees values of the actual types, and constants where the
/// operand may be a shape.
template <typename Op>
static LogicalResult inferTypes(Op op, Operands operands,
                                SmallVectorImpl<Type> &types) {
  MLIRContext *context = op.getContext();
  if constexpr (std::is_same_v<Op, RelayoutOp>) {
    types.push_back(getTypeOf(op->getOperand(0), operands[0]));
    return success();
  } else {
    Block scratch;
    OpBuilder builder(context);
    builder.setInsertionPointToStart(&scratch);
    SmallVector<Value> values;
    for (auto [operand, tensor] :
         llvm::zip_equal(op->getOperands(), operands)) {
      Type type = getTypeOf(operand, tensor);
      if (type == tensor.getType() && tensor.getRank() <= 1 &&
          tensor.getNumElements() <= kMaxShapeOperand)
        values.push_back(
            builder.create<ConstantOp>(op.getLoc(), tensor.toAttr()));
      else
        values.push_back(scratch.addArgument(type, op.getLoc()));
    }
    // What inference has to say becomes one error with a code.
    std::string message;
    LogicalResult result = failure();
    {
      ScopedDiagnosticHandler handler(context, [&](Diagnostic &diagnostic) {
        message += message.empty() ? "" : "; ";
        message += diagnostic.str();
        return success();
      });
      result = Op::inferReturnTypes(
          context, op.getLoc(), values, op->getAttrDictionary(),
          op->getPropertiesStorage(), op->getRegions(), types);
    }
    if (failed(result))
      return invalid(op) << message;
    // Only the values say how many there are.
    if constexpr (std::is_same_v<Op, NonZeroOp>) {
      auto type = cast<RankedTensorType>(types[0]);
      types[0] =
          RankedTensorType::get({type.getDimSize(0), countNonZero(operands[0])},
                                type.getElementType());
    }
    return success();
  }
}

template <typename Op>
struct Model : EvaluateOpInterface::ExternalModel<Model<Op>, Op> {
  LogicalResult evaluate(Operation *base, ArrayRef<Tensor> operands,
                         SmallVectorImpl<Tensor> &results) const {
    auto op = cast<Op>(base);
    if (operands.size() != op->getNumOperands())
      return invalid(op) << "takes " << op->getNumOperands()
                         << " operands, got " << operands.size();
    SmallVector<Type> types;
    for (auto [operand, tensor] : llvm::zip_equal(op->getOperands(), operands))
      types.push_back(getTypeOf(operand, tensor));
    if (!areCompatibleTypes(op->getOperandTypes(), types))
      return invalid(op) << "operands of types " << types
                         << " do not fit the operation's "
                         << op->getOperandTypes();
    SmallVector<Type> resultTypes;
    if (failed(inferTypes(op, operands, resultTypes)))
      return failure();
    if (!areCompatibleTypes(op->getResultTypes(), resultTypes))
      return invalid(op) << "results have types " << resultTypes
                         << ", but the operation says " << op->getResultTypes();
    results.clear();
    for (Type type : resultTypes) {
      FailureOr<Tensor> result = Tensor::allocate(cast<RankedTensorType>(type));
      if (failed(result))
        return autoglm::emitError(op->getLoc(), ErrorCode::TooLarge)
               << "a result of type " << type << " does not fit into memory";
      results.push_back(*result);
    }
    return reference::evaluate(op, operands, results);
  }
};

/// Operations that hold others, name things or stand for code.
template <typename Op>
static constexpr bool kIsStructural =
    llvm::is_one_of<Op, WeightOp, LoadWeightOp, DeviceOp, LinkOp, SegmentOp,
                    GroupOp, YieldOp, LaunchOp>::value;

template <typename Op> static void attach(MLIRContext *context) {
  if constexpr (!kIsStructural<Op>)
    Op::template attachInterface<Model<Op>>(*context);
}

template <typename... Ops> static void attachAll(MLIRContext *context) {
  (attach<Ops>(context), ...);
}

} // namespace autoglm::reference

void autoglm::registerReferenceModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, AutoGLMDialect *) {
    reference::attachAll<
#define GET_OP_LIST
#include "dialects/AutoGLM/AutoGLMOps.cpp.inc"
        >(context);
  });
}
