//===- MergeProducts.cpp - products of one matrix with several -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Target/Target.h"
#include "dialects/AutoGLM/Enclosure.h"
#include "dialects/AutoGLM/Layout.h"
#include "passes/Normalize/Passes.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_MERGEPRODUCTS
#include "passes/Normalize/Passes.h.inc"
} // namespace autoglm

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// Whether a value is known when the bundle is written.
static bool isWeight(Value value) {
  Operation *op = value.getDefiningOp();
  return op && (isa<LoadWeightOp>(op) || matchPattern(op, m_Constant()));
}

namespace {
/// A product with a weight, and the bias that is added to it, if any.
struct Branch {
  mutable MatMulOp product;
  mutable AddOp bias;

  Value getResult() const {
    return bias ? bias.getResult() : product.getResult();
  }
  Value getBiasValue() const {
    return bias.getLhs() == Value(product.getResult()) ? bias.getRhs()
                                                       : bias.getLhs();
  }
  int64_t getColumns() const {
    return tensorType(product.getResult()).getShape().back();
  }
  SmallVector<Operation *> getOps() const {
    SmallVector<Operation *> ops{product};
    if (bias)
      ops.push_back(bias);
    return ops;
  }
};

struct MergeProducts : public autoglm::impl::MergeProductsBase<MergeProducts> {
  using MergeProductsBase::MergeProductsBase;

  void runOnOperation() override {
    SmallVector<DeviceModel> models;
    for (DeviceOp device : getOperation().getOps<DeviceOp>())
      models.push_back(getDeviceModel(device));
    if (models.empty())
      return markAllAnalysesPreserved();
    // In the order of the first product of each left operand.
    llvm::MapVector<Value, SmallVector<Branch>> byLeft;
    getOperation().walk([&](MatMulOp op) {
      std::optional<Branch> branch = match(op);
      if (branch && !hasEpilogue(*branch, models))
        byLeft[op.getA()].push_back(*branch);
    });
    for (auto &[left, branches] : byLeft) {
      llvm::erase_if(branches, [&](const Branch &branch) {
        const Branch &first = branches.front();
        return branch.product->getBlock() != first.product->getBlock() ||
               !branch.bias != !first.bias;
      });
      if (branches.size() > 1)
        merge(branches, models);
    }
  }

private:
  static std::optional<Branch> match(MatMulOp op) {
    RankedTensorType type = tensorType(op.getResult());
    if (!type.hasStaticShape() || !isWeight(op.getB()) ||
        tensorType(op.getB()).getRank() != 2 || type.getRank() < 2)
      return std::nullopt;
    Branch branch{op, {}};
    if (!op->hasOneUse())
      return branch;
    auto add = dyn_cast<AddOp>(*op->user_begin());
    if (!add || add.getResult().getType() != type ||
        add->getBlock() != op->getBlock())
      return branch;
    Branch biased{op, add};
    Value bias = biased.getBiasValue();
    if (isWeight(bias) && tensorType(bias).getRank() == 1 &&
        tensorType(bias).getShape().back() == type.getShape().back())
      return biased;
    return branch;
  }

  /// Whether what follows a branch would be part of the same unit: it would
  /// have to read a part of the wide product again.
  static bool hasEpilogue(const Branch &branch, ArrayRef<DeviceModel> models) {
    Value result = branch.getResult();
    if (!result.hasOneUse())
      return false;
    Operation *user = *result.user_begin();
    if (!isa<ComputeOpInterface>(user) || isView(user) ||
        user->getBlock() != branch.product->getBlock())
      return false;
    SmallVector<Operation *> ops = branch.getOps();
    ops.push_back(user);
    GroupOp group = Enclosure(ops).buildGroup();
    bool isTaken = llvm::any_of(models, [&](const DeviceModel &model) {
      return static_cast<bool>(model.verdict(group));
    });
    group.erase();
    return isTaken;
  }

  /// One value for the columns of all branches, beside each other.
  static Value concatenate(OpBuilder &builder, Location loc,
                           ArrayRef<Value> values) {
    SmallVector<Attribute> elements;
    for (Value value : values) {
      DenseElementsAttr attr;
      if (tensorType(value).getRank() != 1 ||
          !matchPattern(value, m_Constant(&attr))) {
        elements.clear();
        break;
      }
      llvm::append_range(elements, attr.getValues<Attribute>());
    }
    // What is small enough stays a constant.
    if (!elements.empty()) {
      auto type =
          RankedTensorType::get({static_cast<int64_t>(elements.size())},
                                tensorType(values.front()).getElementType());
      return builder.create<ConstantOp>(loc,
                                        DenseElementsAttr::get(type, elements));
    }
    return builder.create<ConcatOp>(loc, values, /*axis=*/-1);
  }

  /// Cost of some operations as one unit, where the device takes them so.
  static SmallVector<Estimate> getCosts(const DeviceModel &model,
                                        ArrayRef<Operation *> ops) {
    GroupOp group = Enclosure(ops).buildGroup();
    SmallVector<Estimate> costs;
    if (model.verdict(group))
      costs.push_back(model.estimate(group));
    else
      for (Operation *op : ops)
        costs.push_back(model.estimate(op));
    group.erase();
    return costs;
  }

  void merge(ArrayRef<Branch> branches, ArrayRef<DeviceModel> models) {
    // Everything that is read is there before the first of them, or a weight.
    Operation *at = branches.front().product;
    OpBuilder builder(at);
    auto locs = llvm::map_to_vector(branches, [](const Branch &branch) {
      return branch.product->getLoc();
    });
    Location loc = builder.getFusedLoc(locs);
    SmallVector<Operation *> moved;
    SmallVector<Value> weights, biases;
    SmallVector<int64_t> sizes;
    auto copy = [&](Value value) {
      Operation *clone = builder.clone(*value.getDefiningOp());
      moved.push_back(clone);
      return clone->getResult(0);
    };
    for (const Branch &branch : branches) {
      weights.push_back(copy(branch.product.getB()));
      sizes.push_back(branch.getColumns());
      if (branch.bias)
        biases.push_back(copy(branch.getBiasValue()));
    }
    Value weight = concatenate(builder, loc, weights);
    Value bias;
    if (!biases.empty())
      bias = concatenate(builder, loc, biases);
    auto wide =
        builder.create<MatMulOp>(loc, branches.front().product.getA(), weight);
    SmallVector<Operation *> ops{wide};
    Value result = wide.getResult();
    if (bias) {
      auto biasLocs = llvm::map_to_vector(
          branches, [](const Branch &branch) { return branch.bias->getLoc(); });
      auto add =
          builder.create<AddOp>(builder.getFusedLoc(biasLocs), result, bias);
      result = add.getResult();
      ops.push_back(add);
    }
    SmallVector<Type> types;
    for (const Branch &branch : branches)
      types.push_back(branch.getResult().getType());
    auto split = builder.create<SplitOp>(loc, types, result,
                                         builder.getI64IntegerAttr(-1),
                                         builder.getDenseI64ArrayAttr(sizes));
    ops.push_back(split);

    if (!pays(ops, split, branches, models)) {
      for (Operation *op : llvm::reverse(ops))
        op->erase();
      for (Value made : {bias, weight})
        if (made)
          made.getDefiningOp()->erase();
      for (Operation *op : llvm::reverse(moved))
        op->erase();
      return;
    }
    for (auto [branch, part] : llvm::zip_equal(branches, split.getOutputs())) {
      branch.getResult().replaceAllUsesWith(part);
      if (branch.bias)
        branch.bias.erase();
      branch.product.erase();
      ++numMerged;
    }
    for (Operation *op : llvm::reverse(moved))
      if (op->use_empty())
        op->erase();
  }

  /// Whether every device makes one unit of what replaces the branches, and
  /// gains by it.
  static bool pays(ArrayRef<Operation *> ops, SplitOp split,
                   ArrayRef<Branch> branches, ArrayRef<DeviceModel> models) {
    return llvm::all_of(models, [&](const DeviceModel &model) {
      SmallVector<Estimate> parts;
      for (const Branch &branch : branches)
        llvm::append_range(parts, getCosts(model, branch.getOps()));
      // The outside does not read the parts yet.
      OpBuilder builder(split->getBlock(), std::next(Block::iterator(split)));
      auto keep = builder.create<YieldOp>(split.getLoc(), split.getOutputs());
      GroupOp group = Enclosure(ops).buildGroup();
      FusionAnswer answer = model.fuse(group, parts);
      group.erase();
      keep.erase();
      return static_cast<bool>(answer);
    });
  }
};
} // namespace
