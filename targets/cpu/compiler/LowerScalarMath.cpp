//===- LowerScalarMath.cpp - calls of KernelRT -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Passes.h"

#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_LOWERSCALARMATH
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

/// Functions that LLVM turns into instructions on every processor we name, or
/// into calls that KernelRT answers.
static bool isNative(Operation *op) {
  return isa<math::AbsFOp, math::AbsIOp, math::CeilOp, math::CopySignOp,
             math::FloorOp, math::FmaOp, math::RoundEvenOp, math::SqrtOp,
             math::TruncOp>(op);
}

namespace {
struct LowerScalarMath
    : public autoglm::cpu::impl::LowerScalarMathBase<LowerScalarMath> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      bool isMath = isa_and_nonnull<math::MathDialect>(op->getDialect());
      if ((isMath && !isNative(op)) || isa<arith::RemFOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      auto vector = dyn_cast<VectorType>(op->getResult(0).getType());
      if (vector)
        callForElements(op, vector);
      else
        call(op);
    }
    RewritePatternSet patterns(&getContext());
    arith::populateExpandBFloat16Patterns(patterns);
    arith::populateCeilFloorDivExpandOpsPatterns(patterns);
    if (failed(
            applyPatternsAndFoldGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }

private:
  /// One call for each element of a vector.
  void callForElements(Operation *op, VectorType type) {
    OpBuilder builder(op);
    Location loc = op->getLoc();
    Value result =
        builder.create<arith::ConstantOp>(loc, builder.getZeroAttr(type));
    for (int64_t i = 0; i < type.getNumElements(); ++i) {
      SmallVector<Value> operands;
      for (Value operand : op->getOperands())
        operands.push_back(builder.create<vector::ExtractOp>(loc, operand, i));
      OperationState state(loc, op->getName(), operands, type.getElementType(),
                           op->getAttrs());
      Operation *scalar = builder.create(state);
      result = builder.create<vector::InsertOp>(loc, scalar->getResult(0),
                                                result, i);
      call(scalar);
    }
    op->getResult(0).replaceAllUsesWith(result);
    op->erase();
  }

  void call(Operation *op) {
    OpBuilder builder(op);
    Type type = op->getResult(0).getType();
    std::string name = "agk_";
    name += isa<arith::RemFOp>(op) ? StringRef("fmod")
                                   : op->getName().stripDialect();
    llvm::raw_string_ostream(name) << '_' << type;
    ModuleOp module = getOperation();
    auto callee = module.lookupSymbol<func::FuncOp>(name);
    if (!callee) {
      OpBuilder top = OpBuilder::atBlockBegin(module.getBody());
      callee = top.create<func::FuncOp>(
          op->getLoc(), name,
          builder.getFunctionType(op->getOperandTypes(), type));
      callee.setPrivate();
    }
    auto made =
        builder.create<func::CallOp>(op->getLoc(), callee, op->getOperands());
    op->replaceAllUsesWith(made);
    op->erase();
    ++numCalls;
  }
};
} // namespace
