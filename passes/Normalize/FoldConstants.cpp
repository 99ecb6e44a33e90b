//===- FoldConstants.cpp - evaluate what depends on constants alone -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Normalize/Passes.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_FOLDCONSTANTS
#include "passes/Normalize/Passes.h.inc"
} // namespace autoglm

/// Infers the result types again and takes what is better known than before.
/// Returns how many results changed.
static FailureOr<unsigned> refineTypes(Operation *op) {
  auto inferable = dyn_cast<InferTypeOpInterface>(op);
  if (!inferable || isa<ConstantOp>(op))
    return 0u;
  SmallVector<Type> types;
  if (failed(inferable.inferReturnTypes(
          op->getContext(), op->getLoc(), op->getOperands(),
          op->getDiscardableAttrDictionary(), op->getPropertiesStorage(),
          op->getRegions(), types)))
    return failure();
  unsigned changed = 0;
  for (auto [result, type] : llvm::zip_equal(op->getResults(), types)) {
    auto before = cast<RankedTensorType>(result.getType());
    auto now = cast<RankedTensorType>(type);
    SmallVector<int64_t> shape(before.getShape());
    for (auto [dim, inferred] : llvm::zip_equal(shape, now.getShape()))
      if (ShapedType::isDynamic(dim))
        dim = inferred;
    if (ArrayRef<int64_t>(shape) == before.getShape())
      continue;
    result.setType(RankedTensorType::get(shape, before.getElementType(),
                                         before.getEncoding()));
    ++changed;
  }
  return changed;
}

/// The results of an operation on constants, or nothing if an operand is not
/// constant, a result is too large, or the reference has no meaning for it.
static std::optional<SmallVector<Attribute>>
evaluateConstant(Operation *op, int64_t maxBytes) {
  auto evaluable = dyn_cast<EvaluateOpInterface>(op);
  if (!evaluable || op->getNumResults() == 0)
    return std::nullopt;
  for (Value result : op->getResults()) {
    auto type = cast<RankedTensorType>(result.getType());
    auto bytes = getTensorBytes(type);
    // A dense attribute of a quantized type cannot be written.
    if (!bytes || *bytes > maxBytes || !type.getElementType().isIntOrFloat())
      return std::nullopt;
  }
  SmallVector<Tensor> operands;
  for (Value operand : op->getOperands()) {
    DenseElementsAttr attr;
    // The same bits under another type.
    if (auto cast = operand.getDefiningOp<QuantCastOp>())
      operand = cast.getInput();
    if (!matchPattern(operand, m_Constant(&attr)))
      return std::nullopt;
    FailureOr<Tensor> tensor = Tensor::fromAttr(attr);
    if (failed(tensor))
      return std::nullopt;
    operands.push_back(std::move(*tensor));
  }
  SmallVector<Tensor> results;
  // A failure (say, an index out of range) is the business of whoever runs the
  // model; the operation just stays.
  ScopedDiagnosticHandler silence(op->getContext(),
                                  [](Diagnostic &) { return success(); });
  if (failed(evaluable.evaluate(operands, results)))
    return std::nullopt;
  return llvm::map_to_vector(results, [](const Tensor &tensor) -> Attribute {
    return tensor.toAttr();
  });
}

namespace {
struct FoldConstants : public autoglm::impl::FoldConstantsBase<FoldConstants> {
  using FoldConstantsBase::FoldConstantsBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return markAllAnalysesPreserved();
    OpBuilder builder(&getContext());
    WalkResult walk = function.walk([&](Block *block) {
      for (Operation &op : llvm::make_early_inc_range(*block)) {
        if (isa<ConstantOp>(op))
          continue;
        FailureOr<unsigned> refined = refineTypes(&op);
        if (failed(refined))
          return WalkResult::interrupt();
        numRefined += *refined;
        builder.setInsertionPoint(&op);
        fold(&op, builder);
      }
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return signalPassFailure();
    updateSignature(function);
  }

private:
  void fold(Operation *op, OpBuilder &builder) {
    SmallVector<Value> folded;
    if (isa<ShapeOp, SizeOp>(op) && succeeded(builder.tryFold(op, folded)) &&
        !folded.empty()) {
      op->replaceAllUsesWith(folded);
    } else if (auto attrs = evaluateConstant(op, maxBytes)) {
      for (auto [result, attr] : llvm::zip_equal(op->getResults(), *attrs))
        result.replaceAllUsesWith(
            builder.create<ConstantOp>(op->getLoc(), cast<ElementsAttr>(attr)));
    } else {
      return;
    }
    op->erase();
    ++numFolded;
  }

  /// Results of the function may be better known now.
  void updateSignature(func::FuncOp function) {
    auto types = llvm::to_vector(
        function.getBody().back().getTerminator()->getOperandTypes());
    function.setType(
        FunctionType::get(&getContext(), function.getArgumentTypes(), types));
  }
};
} // namespace
