//===- DeriveWeights.cpp - computations on weights become weights -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Normalize/Passes.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_DERIVEWEIGHTS
#include "passes/Normalize/Passes.h.inc"
} // namespace autoglm

/// A weight's text without its name and locations: equal text, equal value.
static std::string getValueText(WeightOp weight) {
  std::string text;
  llvm::raw_string_ostream os(text);
  OpPrintingFlags flags;
  flags.useLocalScope().skipRegions(false).enableDebugInfo(false);
  WeightOp copy = weight.clone();
  copy.setSymName("w");
  copy.print(os, flags);
  copy.erase();
  return text;
}

namespace {
struct DeriveWeights : public autoglm::impl::DeriveWeightsBase<DeriveWeights> {
  using DeriveWeightsBase::DeriveWeightsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    onWeights.clear();
    names.clear();
    SymbolTable symbols(module);
    for (WeightOp weight : module.getOps<WeightOp>())
      names.try_emplace(getValueText(weight), weight.getSymNameAttr());

    // Weights live in functions and, after placement, around segments.
    module.walk([&](func::FuncOp function) {
      function.walk([&](Block *block) {
        for (Operation &op : llvm::make_early_inc_range(*block))
          if (isDerivable(&op))
            derive(&op, symbols);
      });
    });
    eraseUnused(module, symbols);
  }

private:
  /// Whether an operation is the last of a chain on weights: it depends on
  /// known values alone, on one weight at least, and some user does not.
  bool isDerivable(Operation *op) {
    // Weights are stored as integers; a cast stays with who reads them.
    if (!isOnWeights(op) || isa<QuantCastOp>(op))
      return false;
    return llvm::any_of(op->getUsers(),
                        [&](Operation *user) { return !isOnWeights(user); });
  }

  /// Whether an operation computes from weights and constants alone.
  bool isOnWeights(Operation *op) {
    if (auto known = onWeights.find(op); known != onWeights.end())
      return known->second;
    bool result = false;
    if (isa<ComputeOpInterface, RelayoutOp>(op) && op->getNumResults() == 1) {
      // Dequantized constants may be larger than a constant.
      bool hasWeight = isa<DequantizeOp, QuantCastOp>(op);
      int64_t read = 0;
      result = llvm::all_of(op->getOperands(), [&](Value operand) {
        Operation *producer = operand.getDefiningOp();
        if (!producer)
          return false;
        read += getTensorBytes(cast<RankedTensorType>(operand.getType()))
                    .value_or(0);
        bool isWeight = isa<LoadWeightOp>(producer) || isOnWeights(producer);
        hasWeight |= isWeight;
        return isWeight || matchPattern(producer, m_Constant());
      });
      auto bytes =
          getTensorBytes(cast<RankedTensorType>(op->getResult(0).getType()));
      result &= hasWeight && bytes && *bytes / maxGrowth <= read;
    }
    return onWeights[op] = result;
  }

  void derive(Operation *op, SymbolTable &symbols) {
    OpBuilder builder(&getContext());
    Value result = op->getResult(0);
    auto weight =
        builder.create<WeightOp>(op->getLoc(), builder.getStringAttr("derived"),
                                 builder.getStringAttr("private"), FileAttr(),
                                 TypeAttr::get(result.getType()));
    builder.createBlock(&weight.getInitializer());
    IRMapping mapping;
    Value value = cloneChain(result, builder, mapping);
    builder.create<YieldOp>(op->getLoc(), value);

    auto [entry, isNew] = names.try_emplace(getValueText(weight), StringAttr());
    if (isNew) {
      entry->second = symbols.insert(weight, getOperation().getBody()->begin());
      ++numDerived;
    } else {
      weight.erase();
      ++numMerged;
    }
    builder.setInsertionPointAfter(op);
    auto load = builder.create<LoadWeightOp>(
        op->getLoc(), result.getType(), FlatSymbolRefAttr::get(entry->second));
    result.replaceUsesWithIf(
        load, [&](OpOperand &use) { return !isOnWeights(use.getOwner()); });
    if (op->use_empty())
      eraseChain(op);
  }

  /// Clones the operations behind a value; iterative chains are short here:
  /// what follows a weight is a handful of operations.
  Value cloneChain(Value value, OpBuilder &builder, IRMapping &mapping) {
    if (Value known = mapping.lookupOrNull(value))
      return known;
    Operation *op = value.getDefiningOp();
    for (Value operand : op->getOperands())
      cloneChain(operand, builder, mapping);
    builder.clone(*op, mapping);
    return mapping.lookup(value);
  }

  void eraseChain(Operation *op) {
    SmallVector<Operation *> worklist{op};
    while (!worklist.empty()) {
      Operation *dead = worklist.pop_back_val();
      if (!dead->use_empty() || !isOnWeights(dead))
        continue;
      SmallVector<Value> operands(dead->getOperands());
      onWeights.erase(dead);
      dead->erase();
      for (Value operand : operands)
        if (Operation *producer = operand.getDefiningOp();
            producer && isOnWeights(producer) &&
            !llvm::is_contained(worklist, producer))
          worklist.push_back(producer);
    }
  }

  /// Loads without a user go, then weights without a load; a derived weight may
  /// be the last user of another, so from the youngest to the oldest.
  void eraseUnused(ModuleOp module, SymbolTable &symbols) {
    module.walk([&](LoadWeightOp load) {
      if (load->use_empty())
        load.erase();
    });
    llvm::DenseMap<StringAttr, unsigned> uses;
    module.walk(
        [&](LoadWeightOp load) { ++uses[load.getWeightAttr().getAttr()]; });
    SmallVector<WeightOp> worklist;
    for (WeightOp weight : module.getOps<WeightOp>())
      if (!uses.count(weight.getSymNameAttr()))
        worklist.push_back(weight);
    while (!worklist.empty()) {
      WeightOp weight = worklist.pop_back_val();
      weight.walk([&](LoadWeightOp load) {
        if (--uses[load.getWeightAttr().getAttr()] == 0)
          worklist.push_back(symbols.lookup<WeightOp>(load.getWeight()));
      });
      symbols.erase(weight);
      ++numErased;
    }
  }

  llvm::DenseMap<Operation *, bool> onWeights;
  llvm::StringMap<StringAttr> names;
};
} // namespace
