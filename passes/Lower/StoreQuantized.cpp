//===- StoreQuantized.cpp - integers in place of quantized types -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Diagnostics.h"
#include "passes/Lower/Passes.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_STOREQUANTIZED
#include "passes/Lower/Passes.h.inc"
} // namespace autoglm

/// The type in which a tensor of a quantized type is stored; null for others.
static RankedTensorType getStoredType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !isa<quant::QuantizedType>(tensor.getElementType()))
    return {};
  return RankedTensorType::get(tensor.getShape(),
                               getStorageType(tensor.getElementType()),
                               tensor.getEncoding());
}

namespace {
struct StoreQuantized
    : public autoglm::impl::StoreQuantizedBase<StoreQuantized> {
  using StoreQuantizedBase::StoreQuantizedBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (!expand(function))
      return signalPassFailure();
    function.walk([&](QuantCastOp cast) {
      cast->replaceAllUsesWith(ValueRange(cast.getInput()));
      cast.erase();
    });
    function.walk([&](Operation *op) {
      for (Value result : op->getResults())
        store(result);
      for (Region &region : op->getRegions())
        for (BlockArgument argument : region.getArguments())
          store(argument);
    });
    function.setType(FunctionType::get(
        &getContext(), function.getBody().getArgumentTypes(),
        function.getBody().back().getTerminator()->getOperandTypes()));
  }

private:
  /// Replaces conversions by arithmetic; false after a diagnostic.
  bool expand(func::FuncOp function) {
    SmallVector<Operation *> conversions;
    function.walk([&](Operation *op) {
      if (isa<QuantizeOp, DequantizeOp>(op))
        conversions.push_back(op);
    });
    for (Operation *op : conversions) {
      OpBuilder builder(op);
      auto values = cast<DecomposableOpInterface>(op).decompose(builder);
      if (failed(values)) {
        autoglm::emitError(op->getLoc(), ErrorCode::Internal)
            << "a conversion of " << op->getOperandTypes() << " to "
            << op->getResultTypes() << " has no arithmetic";
        return false;
      }
      op->replaceAllUsesWith(*values);
      op->erase();
      ++numExpanded;
    }
    return true;
  }

  void store(Value value) {
    if (RankedTensorType type = getStoredType(value.getType())) {
      value.setType(type);
      ++numStored;
    }
  }
};
} // namespace
