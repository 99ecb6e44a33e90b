//===- CollapseDimensions.cpp - fewer, longer loops -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Passes.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_COLLAPSEDIMENSIONS
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

using namespace autoglm;

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// Whether a convolution treats all positions of the plane alike.
static bool isPointwise(ConvOp op) {
  auto areAll = [](ArrayRef<int64_t> values, int64_t wanted) {
    return llvm::all_of(values, [&](int64_t v) { return v == wanted; });
  };
  return areAll(tensorType(op.getWeight()).getShape().drop_front(2), 1) &&
         areAll(op.getStrides(), 1) && areAll(op.getPads(), 0) &&
         op.getWeight().hasOneUse() &&
         (!op.getBias() || op.getBias().hasOneUse());
}

namespace {
/// The tensors of one function and which of their dimensions may be merged.
class Collapse {
public:
  explicit Collapse(func::FuncOp function) : function(function) {}

  /// Gives how many dimensions went away.
  int64_t run() {
    if (!collect())
      return 0;
    for (Value value : values)
      rank = std::max(rank, tensorType(value).getRank());
    if (rank < 2)
      return 0;
    full.assign(rank, 1);
    for (Value value : values)
      for (int64_t i = 0; i < rank; ++i)
        full[i] = std::max(full[i], getSize(value, i));
    // The first dimension of each merged run. A dimension of 1 goes with any
    // other, so a run is compared by the last one that is not.
    starts.push_back(0);
    int64_t last = 0;
    for (int64_t i = 1; i < rank; ++i) {
      bool joins = canMerge(last, i);
      if (!joins)
        starts.push_back(i);
      if (!joins || full[i] != 1)
        last = i;
    }
    if (static_cast<int64_t>(starts.size()) == rank)
      return 0;
    rewrite();
    return rank - starts.size();
  }

private:
  /// All tensors that follow the result's dimensions; false if an operation of
  /// the function does not allow to merge any.
  bool collect() {
    for (Operation &op : function.getBody().front().without_terminator()) {
      if (auto conv = dyn_cast<ConvOp>(op)) {
        if (this->conv || !isPointwise(conv))
          return false;
        this->conv = conv;
        weights.insert(conv.getWeight());
        if (conv.getBias())
          weights.insert(conv.getBias());
      } else if (!isa<ConstantOp>(op) && !op.hasTrait<Elementwise>()) {
        return false;
      }
    }
    auto add = [&](Value value) {
      if (!weights.contains(value))
        values.push_back(value);
    };
    for (BlockArgument argument : function.getArguments())
      add(argument);
    for (Operation &op : function.getBody().front().without_terminator())
      add(op.getResult(0));
    return llvm::all_of(values, [](Value value) {
      return tensorType(value).getNumElements() > 0;
    });
  }

  /// Size of dimension `i`, counted as if all tensors had the same rank.
  int64_t getSize(Value value, int64_t i) const {
    RankedTensorType type = tensorType(value);
    int64_t own = i - (rank - type.getRank());
    return own < 0 ? 1 : type.getDimSize(own);
  }

  /// Whether dimension `i` can follow a run whose last dimension of more than
  /// one element is `last`.
  bool canMerge(int64_t last, int64_t i) const {
    // Batch and channel of a convolution are its own.
    if (conv && i <= 2)
      return false;
    if (full[last] == 1 || full[i] == 1)
      return true;
    return llvm::all_of(values, [&](Value value) {
      int64_t a = getSize(value, last), b = getSize(value, i);
      return (a == full[last] && b == full[i]) || (a == 1 && b == 1);
    });
  }

  RankedTensorType collapse(Value value) const {
    RankedTensorType type = tensorType(value);
    if (type.getRank() == 0)
      return type;
    SmallVector<int64_t> shape;
    for (auto [index, start] : llvm::enumerate(starts)) {
      int64_t end = index + 1 < starts.size() ? starts[index + 1] : rank;
      int64_t size = 1;
      for (int64_t i = start; i < end; ++i)
        size *= getSize(value, i);
      shape.push_back(size);
    }
    return RankedTensorType::get(shape, type.getElementType());
  }

  void rewrite() {
    for (Value value : values) {
      RankedTensorType type = collapse(value);
      if (auto constant = value.getDefiningOp<ConstantOp>())
        if (auto dense = dyn_cast<DenseElementsAttr>(constant.getValue()))
          constant.setValueAttr(dense.reshape(type));
      value.setType(type);
    }
    if (conv) {
      size_t spatial = starts.size() - 2;
      SmallVector<int64_t> shape(
          tensorType(conv.getWeight()).getShape().take_front(2));
      shape.append(spatial, 1);
      auto type = RankedTensorType::get(
          shape, tensorType(conv.getWeight()).getElementType());
      if (auto constant = conv.getWeight().getDefiningOp<ConstantOp>())
        if (auto dense = dyn_cast<DenseElementsAttr>(constant.getValue()))
          constant.setValueAttr(dense.reshape(type));
      conv.getWeight().setType(type);
      conv.setStrides(SmallVector<int64_t>(spatial, 1));
      conv.setDilations(SmallVector<int64_t>(spatial, 1));
      conv.setPads(SmallVector<int64_t>(2 * spatial, 0));
    }
    Block &body = function.getBody().front();
    function.setType(
        FunctionType::get(function.getContext(), body.getArgumentTypes(),
                          body.getTerminator()->getOperandTypes()));
  }

  func::FuncOp function;
  ConvOp conv;
  llvm::SmallDenseSet<Value> weights;
  SmallVector<Value> values;
  int64_t rank = 0;
  SmallVector<int64_t> full, starts;
};

struct CollapseDimensions
    : public autoglm::cpu::impl::CollapseDimensionsBase<CollapseDimensions> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function->hasAttr(autoglm::cpu::kFormAttr))
        numCollapsed += Collapse(function).run();
  }
};
} // namespace
