//===- Verdicts.cpp - what becomes one kernel -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Verdicts.h"

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
    if (type.getEncoding())
      return Verdict::no("cpu:layout", "kernels take row-major tensors");
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
  return llvm::TypeSwitch<Operation *, Verdict>(op)
      .Case<FlattenOp, SqueezeOp, UnsqueezeOp, ConvTransposeOp, ResizeOp, RNNOp,
            GRUOp, LSTMOp, AttentionOp, GroupNormalizationOp, LRNOp,
            QuantizeLinearOp, DequantizeLinearOp>(
          [](Operation *) { return Verdict::decompose(); })
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

Verdict getVerdict(Operation *op) {
  auto group = dyn_cast<GroupOp>(op);
  if (!group)
    return getOpVerdict(op);
  // One operation of any kind, then elementwise ones.
  Operation *anchor = nullptr;
  for (Operation &inner : group.getBody().front().without_terminator()) {
    if (!isa<ComputeOpInterface>(inner))
      continue;
    if (Verdict verdict = getOpVerdict(&inner); !verdict)
      return verdict;
    if (!anchor) {
      anchor = &inner;
      continue;
    }
    if (!takesEpilogue(anchor))
      return Verdict::no(reason::NotOneKernel,
                         "'" + anchor->getName().getStringRef().str() +
                             "' is a kernel of its own");
    if (!inner.hasTrait<Elementwise>())
      return Verdict::no(reason::NotOneKernel,
                         "only elementwise operations may follow another in "
                         "one kernel");
  }
  return Verdict::yes();
}

} // namespace autoglm::cpu
