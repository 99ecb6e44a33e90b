//===- Verdicts.cpp - what becomes one kernel -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verdicts.h"
#include "Layouts.h"
#include "forms/Attention.h"
#include "forms/ProductTile.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace autoglm::cpu {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static bool isKnownType(Type type) {
  // What a quantized type is stored as.
  type = getStorageType(type);
  if (type.isF16() || type.isBF16() || type.isF32() || type.isF64())
    return true;
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer)
    return false;
  switch (integer.getWidth()) {
  case 1:
    return integer.isSignless();
  case 8:
  case 16:
  case 32:
  case 64:
    return true;
  }
  return false;
}

/// What has to hold for every tensor of every operation.
static Verdict checkTensors(Operation *op) {
  auto check = [&](Value value) -> Verdict {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type || !isKnownType(type.getElementType()))
      return Verdict::no(reason::TypeNotSupported,
                         "there are no kernels for this element type");
    if (!type.hasStaticShape())
      return Verdict::no(reason::DimUnknown,
                         "kernels are compiled for known dimensions", "",
                         "fix the shape with --shape or --bind");
    return Verdict::yes();
  };
  for (Value value : llvm::concat<Value>(
           llvm::to_vector(op->getOperands()),
           llvm::map_to_vector(op->getResults(), [](OpResult result) -> Value {
             return result;
           })))
    if (Verdict verdict = check(value); !verdict)
      return verdict;
  return Verdict::yes();
}

static Verdict needConstants(ArrayRef<Value> values, StringRef what) {
  for (Value value : values)
    if (!getConstantInts(value))
      return Verdict::no("cpu:needs-constant",
                         "the kernel needs constant " + what.str());
  return Verdict::yes();
}

/// Decompositions that only exist for floats.
static Verdict needFloat(Operation *op) {
  if (isa<FloatType>(tensorType(op->getOperand(0)).getElementType()))
    return Verdict::yes();
  return Verdict::no(reason::TypeNotSupported,
                     "the kernel computes floats only");
}

/// A scan keeps the rows it works on in the kernel's own memory.
static Verdict checkScan(CumSumOp op) {
  RankedTensorType type = op.getType();
  int64_t axis = op.getAxis();
  if (axis < 0)
    axis += type.getRank();
  if (type.getDimSize(axis) > kMaxKernelBytes / 64)
    return Verdict::no(reason::DimTooLarge,
                       "a running sum over " +
                           std::to_string(type.getDimSize(axis)) +
                           " elements is longer than the kernel can keep");
  return Verdict::yes();
}

/// Two operands are a matrix product, if no letter stands twice in one.
static Verdict checkEinsum(EinsumOp op) {
  auto space = op.getIterationSpace();
  bool isProduct = op.getInputs().size() <= 2 &&
                   llvm::all_of(space->maps, [](AffineMap map) {
                     return map.isProjectedPermutation();
                   });
  return isProduct ? Verdict::decompose() : Verdict::yes();
}

static Verdict checkElements(Operation *op) {
  for (Value value :
       llvm::concat<Value>(llvm::to_vector(op->getOperands()),
                           llvm::to_vector_of<Value>(op->getResults())))
    if (tensorType(value).getNumElements() == 0)
      return Verdict::no(reason::AttributeNotSupported,
                         "the kernel does not take empty tensors");
  return Verdict::yes();
}

/// The states of one row of the batch are the kernel's own memory.
static Verdict checkRecurrence(RecurrenceOp op) {
  if (Verdict verdict = checkElements(op); !verdict)
    return verdict;
  int64_t hidden = tensorType(op.getInitialH()).getDimSize(1);
  if (hidden > kMaxKernelBytes / 64)
    return Verdict::no(reason::DimTooLarge,
                       "a hidden state of " + std::to_string(hidden) +
                           " elements is longer than the kernel can keep");
  return Verdict::yes();
}

static Verdict checkScatter(Operation *op) {
  if (Verdict verdict = checkElements(op); !verdict)
    return verdict;
  auto topk = dyn_cast<TopKOp>(op);
  if (topk && static_cast<int64_t>(topk.getK()) > kMaxKernelBytes / 16)
    return Verdict::no(reason::DimTooLarge,
                       "the best " + std::to_string(topk.getK()) +
                           " elements are more than the kernel can keep");
  return Verdict::yes();
}

static Verdict getOpVerdict(Operation *op) {
  if (Verdict verdict = checkTensors(op); !verdict)
    return verdict;
  if (!takesLayouts(op))
    return Verdict::no("cpu:layout",
                       "the kernel takes no tensors in these layouts");
  return llvm::TypeSwitch<Operation *, Verdict>(op)
      .Case<FlattenOp, SqueezeOp, UnsqueezeOp, ConvTransposeOp, ResizeOp, RNNOp,
            GRUOp, LSTMOp, GroupNormalizationOp, LRNOp, BatchNormalizationOp,
            QuantizeLinearOp, DequantizeLinearOp>(
          [](Operation *) { return Verdict::decompose(); })
      .Case<AttentionOp>([](AttentionOp op) {
        return AttentionKernel::takes(op) ? Verdict::yes()
                                          : Verdict::decompose();
      })
      .Case<EinsumOp>([](EinsumOp op) { return checkEinsum(op); })
      .Case<RecurrenceOp>([](RecurrenceOp op) { return checkRecurrence(op); })
      .Case<ScatterNDOp, ScatterElementsOp, TopKOp>(
          [](Operation *op) { return checkScatter(op); })
      .Case<GridSampleOp, NonZeroOp>([](Operation *) {
        return Verdict::no(reason::OpNotSupported, "there is no kernel");
      })
      .Case<ReduceL2Op, ReduceLogSumOp, ReduceLogSumExpOp>(
          [](Operation *op) { return needFloat(op); })
      .Case<SliceOp>([](SliceOp op) {
        return needConstants({op.getStarts(), op.getAxes(), op.getSteps()},
                             "starts, axes and steps");
      })
      .Case<PadOp>([](PadOp op) {
        Verdict verdict = needConstants({op.getPads()}, "pads");
        if (verdict && op.getMode() != "constant" &&
            tensorType(op.getInput()).getNumElements() == 0)
          return Verdict::no(reason::AttributeNotSupported,
                             "an empty tensor has nothing to pad with");
        return verdict;
      })
      .Case<CumSumOp>([](CumSumOp op) { return checkScan(op); })
      .Case<GatherOp, GatherElementsOp, GatherNDOp>([](Operation *op) {
        if (tensorType(op->getOperand(0)).getNumElements() == 0)
          return Verdict::no(reason::AttributeNotSupported,
                             "there is nothing to gather from");
        return Verdict::yes();
      })
      .Default([](Operation *) { return Verdict::yes(); });
}

/// Operations whose tile an elementwise epilogue may follow.
static bool takesEpilogue(Operation *op) {
  return !isa<RecurrenceOp, ScatterNDOp, ScatterElementsOp, TopKOp, ConcatOp,
              SplitOp, CumSumOp, ArgMaxOp, ArgMinOp, ReshapeOp, ShapeOp, SizeOp,
              RangeOp>(op);
}

/// Whether an elementwise operation can follow the anchor of a group: it
/// computes elements where the anchor has them.
static bool isEpilogue(Operation *op, Operation *anchor, Block *block) {
  if (!op->hasTrait<Elementwise>() ||
      tensorType(op->getResult(0)).getShape() !=
          tensorType(anchor->getResult(0)).getShape())
    return false;
  auto space = cast<ComputeOpInterface>(op).getIterationSpace();
  return llvm::all_of(op->getOpOperands(), [&](OpOperand &operand) {
    Operation *producer = operand.get().getDefiningOp();
    if (!producer || producer->getBlock() != block || isa<ConstantOp>(producer))
      return true;
    AffineMap map = space->maps[operand.getOperandNumber()];
    return map && map.isIdentity();
  });
}

/// A product whose columns are split among several results.
static Verdict checkSplit(Operation *anchor, SplitOp split, DeviceAttr device) {
  std::optional<Product> product = Product::match(anchor);
  if (!product)
    return Verdict::no(reason::NotOneKernel,
                       "only what a product computes is split on the way");
  int64_t rank = tensorType(split.getInput()).getRank();
  int64_t axis = split.getAxis();
  int64_t width = getPackedWidth(*product, MachineShape::of(device));
  bool isWhole = llvm::all_of(split.getSizes(),
                              [&](int64_t size) { return size % width == 0; });
  if ((axis < 0 ? axis + rank : axis) != rank - 1 || !isWhole ||
      product->rowDim == rank - 1 || product->type.getEncoding())
    return Verdict::no(reason::NotOneKernel,
                       "parts of a product are whole tiles of " +
                           std::to_string(width) + " columns");
  return Verdict::yes();
}

static Verdict getGroupVerdict(GroupOp group, DeviceAttr device) {
  Block &block = group.getBody().front();
  SmallVector<Operation *> ops;
  for (Operation &inner : block.without_terminator()) {
    if (isa<RelayoutOp>(inner) &&
        !llvm::hasSingleElement(block.without_terminator()))
      return Verdict::no(reason::NotOneKernel,
                         "a relayout is a kernel of its own");
    if (!isa<ComputeOpInterface>(inner))
      continue;
    if (Verdict verdict = getOpVerdict(&inner); !verdict)
      return verdict;
    ops.push_back(&inner);
  }
  if (ops.size() <= 1)
    return Verdict::yes();
  if (llvm::any_of(ops, [](Operation *op) { return isa<AttentionOp>(op); }))
    return AttentionKernel::match(block)
               ? Verdict::yes()
               : Verdict::no(reason::NotOneKernel,
                             "an attention takes only transpositions of its "
                             "operands and its result");

  // One operation of any kind, and elementwise ones that do not feed it.
  auto *found = llvm::find_if(
      ops, [](Operation *op) { return !op->hasTrait<Elementwise>(); });
  Operation *anchor = found == ops.end() ? ops.front() : *found;
  auto split = dyn_cast<SplitOp>(ops.back());
  if (split && split != anchor) {
    if (Verdict verdict = checkSplit(anchor, split, device); !verdict)
      return verdict;
    if (llvm::any_of(block.getTerminator()->getOperands(), [&](Value value) {
          return value.getDefiningOp() != split;
        }))
      return Verdict::no(reason::SeveralResults,
                         "what is split goes nowhere else");
    ops.pop_back();
  } else if (group.getNumResults() > 1) {
    return Verdict::no(reason::SeveralResults,
                       "a kernel of several operations has one result");
  }
  for (Operation *op : ops) {
    if (op == anchor)
      continue;
    if (!takesEpilogue(anchor))
      return Verdict::no(reason::NotOneKernel,
                         "'" + anchor->getName().getStringRef().str() +
                             "' is a kernel of its own");
    bool feedsAnchor = op->isBeforeInBlock(anchor) &&
                       llvm::any_of(op->getUsers(), [&](Operation *user) {
                         return user == anchor || user->isBeforeInBlock(anchor);
                       });
    if (feedsAnchor || !isEpilogue(op, anchor, &block))
      return Verdict::no(reason::NotOneKernel,
                         "only elementwise operations may follow another in "
                         "one kernel");
  }
  return Verdict::yes();
}

Verdict getVerdict(Operation *op, DeviceAttr device) {
  if (auto group = dyn_cast<GroupOp>(op))
    return getGroupVerdict(group, device);
  return getOpVerdict(op);
}

} // namespace autoglm::cpu
