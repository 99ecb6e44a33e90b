//===- Evaluator.cpp - runs functions on tensors -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Reference/Evaluator.h"

#include "autoglm/Support/Diagnostics.h"

#include "dialects/AutoGLM/ShapeInference.h"

using namespace mlir;

namespace autoglm {

namespace {
/// The values of a block that will still be used.
class LiveValues {
public:
  void define(Value value, const Tensor &tensor) {
    auto uses = std::distance(value.use_begin(), value.use_end());
    if (uses > 0)
      live[value] = {tensor, uses};
  }

  /// The operands of an operation, which forgets those used for the last time.
  FailureOr<SmallVector<Tensor>> take(Operation *op) {
    SmallVector<Tensor> tensors;
    for (Value operand : op->getOperands()) {
      auto entry = live.find(operand);
      if (entry == live.end())
        return emitError(op->getLoc(), ErrorCode::Internal)
               << "an operand is not defined in the block of its use";
      tensors.push_back(entry->second.first);
      if (--entry->second.second == 0)
        live.erase(entry);
    }
    return tensors;
  }

private:
  DenseMap<Value, std::pair<Tensor, int64_t>> live;
};
} // namespace

/// "'x'", or the position of an argument without a name.
static std::string describeArgument(func::FuncOp function, unsigned index) {
  if (auto name = function.getArgAttrOfType<StringAttr>(index, kNameAttr))
    return ("'" + name.getValue() + "'").str();
  return std::to_string(index);
}

static LogicalResult checkInputs(func::FuncOp function,
                                 ArrayRef<Tensor> inputs) {
  if (inputs.size() != function.getNumArguments())
    return emitError(function.getLoc(), ErrorCode::BadTensor)
           << "entry '" << function.getSymName() << "' takes "
           << function.getNumArguments() << " inputs, got " << inputs.size();
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes())) {
    auto wanted = dyn_cast<RankedTensorType>(type);
    RankedTensorType actual = inputs[index].getType();
    if (!wanted || !actual ||
        wanted.getElementType() != actual.getElementType() ||
        failed(verifyCompatibleShape(wanted.getShape(), actual.getShape())))
      return emitError(function.getLoc(), ErrorCode::BadTensor)
             << "input " << describeArgument(function, index) << " must be "
             << type << ", got "
             << (actual ? Type(actual)
                        : Type(NoneType::get(function.getContext())));
  }
  return success();
}

FailureOr<SmallVector<Tensor>> Evaluator::run(func::FuncOp function,
                                              ArrayRef<Tensor> inputs) {
  if (!function.getBody().hasOneBlock())
    return emitError(function.getLoc(), ErrorCode::Internal)
           << "function '" << function.getSymName()
           << "' cannot be evaluated: it is not one block";
  if (failed(checkInputs(function, inputs)))
    return failure();
  return run(function.getBody().front(), inputs);
}

FailureOr<SmallVector<Tensor>> Evaluator::run(Block &block,
                                              ArrayRef<Tensor> arguments) {
  LiveValues live;
  if (arguments.size() != block.getNumArguments())
    return emitError(block.getParentOp()->getLoc(), ErrorCode::Internal)
           << "a block of " << block.getNumArguments()
           << " arguments was given " << arguments.size();
  for (auto [argument, tensor] :
       llvm::zip_equal(block.getArguments(), arguments))
    live.define(argument, tensor);
  for (Operation &op : block) {
    FailureOr<SmallVector<Tensor>> operands = live.take(&op);
    if (failed(operands))
      return failure();
    if (op.hasTrait<OpTrait::IsTerminator>())
      return operands;
    SmallVector<Tensor> results;
    if (failed(evaluate(&op, *operands, results)))
      return failure();
    if (observer)
      observer(&op, *operands, results);
    for (auto [result, tensor] : llvm::zip_equal(op.getResults(), results))
      live.define(result, tensor);
  }
  return emitError(block.getParentOp()->getLoc(), ErrorCode::Internal)
         << "a block has no terminator";
}

LogicalResult Evaluator::evaluate(Operation *op, ArrayRef<Tensor> operands,
                                  SmallVectorImpl<Tensor> &results) {
  if (isa<SegmentOp, GroupOp>(op)) {
    auto inner = run(op->getRegion(0).front(), operands);
    if (failed(inner))
      return failure();
    results = std::move(*inner);
    return success();
  }
  if (auto loadWeight = dyn_cast<LoadWeightOp>(op)) {
    auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(
        op, loadWeight.getWeightAttr());
    if (!weight)
      return emitError(op->getLoc(), ErrorCode::Internal)
             << "there is no weight '" << loadWeight.getWeight() << "'";
    FailureOr<Tensor> value = weights.get(weight);
    if (failed(value))
      return failure();
    results.push_back(*value);
    return success();
  }
  auto model = dyn_cast<EvaluateOpInterface>(op);
  if (!model)
    return emitError(op->getLoc(), ErrorCode::Internal)
           << "'" << op->getName() << "' cannot be evaluated";
  return model.evaluate(operands, results);
}

} // namespace autoglm
