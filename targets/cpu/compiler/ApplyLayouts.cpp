//===- ApplyLayouts.cpp - tensors of the shape they have in memory -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layouts.h"
#include "Passes.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace autoglm;
using autoglm::cpu::Blocking;

namespace autoglm::cpu {
#define GEN_PASS_DEF_APPLYLAYOUTS
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static int64_t fromFront(int64_t axis, int64_t rank) {
  return axis < 0 ? axis + rank : axis;
}

static SmallVector<int64_t> append(ArrayRef<int64_t> values, int64_t last) {
  SmallVector<int64_t> longer(values);
  longer.push_back(last);
  return longer;
}

namespace {
/// One function on its way from layouts to shapes in memory.
class Applier {
public:
  explicit Applier(func::FuncOp function)
      : function(function), builder(function.getContext()) {}

  int64_t run() {
    Block &body = function.getBody().front();
    SmallVector<Operation *> replaced;
    for (Operation &op : llvm::make_early_inc_range(body.without_terminator()))
      if (hasLayout(&op) && !isa<ConvOp, WinogradConvOp, RelayoutOp>(op)) {
        builder.setInsertionPoint(&op);
        convert(&op);
        replaced.push_back(&op);
      }
    Operation *end = body.getTerminator();
    for (OpOperand &operand : end->getOpOperands())
      if (Value value = converted.lookup(operand.get()))
        operand.set(value);
    for (Operation *op : llvm::reverse(replaced))
      op->erase();
    // Arguments that nobody needs in their layout any more.
    for (BlockArgument argument : body.getArguments()) {
      Value cast = views.lookup(argument);
      if (!cast || !argument.hasOneUse())
        continue;
      argument.setType(cast.getType());
      cast.replaceAllUsesWith(argument);
      cast.getDefiningOp()->erase();
    }
    function.setType(builder.getFunctionType(body.getArgumentTypes(),
                                             end->getOperandTypes()));
    return replaced.size();
  }

private:
  static bool hasLayout(Operation *op) {
    auto has = [](Type type) { return static_cast<bool>(getLayout(type)); };
    return llvm::any_of(op->getOperandTypes(), has) ||
           llvm::any_of(op->getResultTypes(), has);
  }

  /// A value as it lies in memory.
  Value get(Value value) {
    if (Value known = converted.lookup(value))
      return known;
    if (!getLayout(value))
      return value;
    Value &view = views[value];
    if (!view) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointAfterValue(value);
      view = builder
                 .create<UnrealizedConversionCastOp>(value.getLoc(),
                                                     getPhysical(value), value)
                 .getResult(0);
    }
    return view;
  }
  static Type getPhysical(Value value) {
    return getPhysicalType(tensorType(value));
  }

  void convert(Operation *op) {
    // The first result or operand says how channels are blocked.
    LayoutAttr layout = getLayout(op->getResult(0));
    Blocking blocking = *cpu::getBlocking(layout);
    if (isa<GlobalAveragePoolOp, GlobalMaxPoolOp>(op))
      return convertGlobalPool(op);
    Operation *made = builder.clone(*op);
    for (OpOperand &operand : made->getOpOperands())
      operand.set(get(operand.get()));
    for (auto [before, after] :
         llvm::zip_equal(op->getResults(), made->getResults())) {
      after.setType(getPhysical(before));
      converted[before] = after;
    }
    builder.setInsertionPoint(made);
    if (made->hasTrait<Elementwise>())
      return alignOperands(op, made);
    llvm::TypeSwitch<Operation *>(made)
        .Case<MaxPoolOp, AveragePoolOp>([](auto pool) { adjustPool(pool); })
        .Case<ReduceSumOp, ReduceMeanOp, ReduceMaxOp, ReduceMinOp,
              ReduceProdOp>([&](auto reduce) {
          // The last dimension is a new one.
          int64_t rank = tensorType(op->getOperand(0)).getRank();
          SmallVector<int64_t> axes;
          for (int64_t axis : reduce.getAxes())
            axes.push_back(fromFront(axis, rank));
          reduce.setAxes(axes);
        })
        .Case<ConcatOp>([&](ConcatOp concat) {
          concat.setAxis(fromFront(concat.getAxis(),
                                   tensorType(op->getResult(0)).getRank()));
        })
        .Case<SplitOp>([&](SplitOp split) {
          int64_t axis = fromFront(split.getAxis(),
                                   tensorType(op->getOperand(0)).getRank());
          split.setAxis(axis);
          SmallVector<int64_t> sizes;
          for (Value part : split.getOutputs())
            sizes.push_back(tensorType(part).getDimSize(axis));
          split.setSizes(sizes);
        })
        .Case<SliceOp>([&](SliceOp slice) { adjustSlice(slice, op, blocking); })
        .Case<PadOp>([&](PadOp pad) {
          SmallVector<int64_t> pads = *getConstantInts(pad.getPads());
          pads.insert(pads.begin() + pads.size() / 2, 0);
          pads.push_back(0);
          pad->setOperand(1, createInts(builder, pad.getLoc(), pads));
        });
  }

  /// Operands without channels get a last dimension of 1 to align.
  void alignOperands(Operation *op, Operation *made) {
    for (OpOperand &operand : made->getOpOperands()) {
      auto type = tensorType(operand.get());
      if (getLayout(op->getOperand(operand.getOperandNumber())) ||
          llvm::all_of(type.getShape(), [](int64_t dim) { return dim == 1; }))
        continue;
      SmallVector<int64_t> shape = append(type.getShape(), 1);
      operand.set(builder.create<ReshapeOp>(
          made->getLoc(), RankedTensorType::get(shape, type.getElementType()),
          operand.get(), createInts(builder, made->getLoc(), shape),
          /*allowzero=*/true));
    }
  }

  /// The block is one more dimension of the plane, with a window of 1.
  template <typename Op> static void adjustPool(Op pool) {
    SmallVector<int64_t> pads(pool.getPads());
    pads.insert(pads.begin() + pads.size() / 2, 0);
    pads.push_back(0);
    pool.setPads(pads);
    pool.setKernelShape(append(pool.getKernelShape(), 1));
    pool.setStrides(append(pool.getStrides(), 1));
    pool.setDilations(append(pool.getDilations(), 1));
  }

  void adjustSlice(SliceOp slice, Operation *op, Blocking blocking) {
    auto before = tensorType(op->getOperand(0));
    SmallVector<int64_t> starts = *getConstantInts(slice.getStarts());
    SmallVector<int64_t> ends = *getConstantInts(slice.getEnds());
    SmallVector<int64_t> axes = *getConstantInts(slice.getAxes());
    for (auto [start, axis] : llvm::zip_equal(starts, axes)) {
      axis = fromFront(axis, before.getRank());
      if (axis != blocking.dim)
        continue;
      int64_t size = before.getDimSize(axis);
      start =
          std::clamp<int64_t>(fromFront(start, size), 0, size) / blocking.block;
    }
    for (auto [end, start, axis] : llvm::zip_equal(ends, starts, axes))
      if (axis == blocking.dim)
        end = start + slice.getType().getDimSize(axis);
    Location loc = slice.getLoc();
    slice->setOperand(1, createInts(builder, loc, starts));
    slice->setOperand(2, createInts(builder, loc, ends));
    slice->setOperand(3, createInts(builder, loc, axes));
  }

  void convertGlobalPool(Operation *op) {
    auto type = tensorType(op->getResult(0));
    SmallVector<int64_t> axes;
    for (int64_t i = 2; i < type.getRank(); ++i)
      axes.push_back(i);
    Value input = get(op->getOperand(0));
    Type result = getPhysical(op->getResult(0));
    if (isa<GlobalAveragePoolOp>(op))
      converted[op->getResult(0)] = builder.create<ReduceMeanOp>(
          op->getLoc(), result, input, axes, /*keepdims=*/true);
    else
      converted[op->getResult(0)] = builder.create<ReduceMaxOp>(
          op->getLoc(), result, input, axes, /*keepdims=*/true);
  }

  func::FuncOp function;
  OpBuilder builder;
  /// Results of converted operations.
  llvm::DenseMap<Value, Value> converted;
  /// Values that keep their layout, seen as they lie in memory.
  llvm::DenseMap<Value, Value> views;
};

struct ApplyLayouts
    : public autoglm::cpu::impl::ApplyLayoutsBase<ApplyLayouts> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function->hasAttr(autoglm::cpu::kFormAttr))
        numApplied += Applier(function).run();
  }
};
} // namespace
