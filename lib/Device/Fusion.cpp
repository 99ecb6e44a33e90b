//===- Fusion.cpp - what becomes one unit of a device -----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Device/DeviceModel.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace autoglm {

/// Whether an element is stored as one of another kind: a float that becomes a
/// quantized number or an integer, or the reverse.
static bool changesType(Type from, Type to) {
  return isa<FloatType>(from) != isa<FloatType>(to);
}

/// What an operation is to those before it in a group, in the words of the
/// field `fusion.epilogues`. Everything follows from the iteration space.
static StringRef classifyEpilogue(Operation *op) {
  auto space = cast<ComputeOpInterface>(op).getIterationSpace();
  if (!space)
    return "opaque";
  if (!space->isParallel())
    return "reduction";
  Block *block = op->getBlock();
  auto isInside = [&](Value value) {
    Operation *producer = value.getDefiningOp();
    return producer && producer->getBlock() == block &&
           !matchPattern(producer, m_Constant());
  };
  StringRef kind = "activation";
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = space->maps[operand.getOperandNumber()];
    if (!map)
      continue;
    if (isInside(operand.get())) {
      if (!map.isIdentity())
        return "permutation";
      if (changesType(getElementTypeOrSelf(operand.get()),
                      getElementTypeOrSelf(op->getResult(0))))
        return "quantize";
      continue;
    }
    auto type = cast<RankedTensorType>(operand.get().getType());
    // One number for all is part of the operation.
    if (type.getRank() == 0 || type.getNumElements() == 1)
      continue;
    if (map.isIdentity() &&
        operand.get().getType() == cast<Value>(op->getResult(0)).getType())
      kind = "residual";
    else if (kind != "residual")
      kind = "bias";
  }
  return kind;
}

Verdict checkFusion(GroupOp group, DeviceAttr device, bool hasTarget) {
  SmallVector<Operation *> ops;
  for (auto inner : group.getBody().getOps<ComputeOpInterface>())
    ops.push_back(inner);
  if (ops.size() <= 1)
    return Verdict::yes();
  if (!lookupProperty(device, "fusion"))
    return hasTarget
               ? Verdict::yes()
               : Verdict::no(reason::NotOneKernel,
                             "nothing says that it computes several operations "
                             "as one unit",
                             "fusion", "say what it fuses");
  DeviceModel model(device, nullptr);
  auto count = static_cast<double>(ops.size());
  if (auto most = model.getNumber("fusion.max_ops"); most && count > *most)
    return Verdict::no(
        reason::GroupTooLarge,
        std::to_string(ops.size()) + " operations are more than " +
            std::to_string(static_cast<int64_t>(*most)),
        "fusion.max_ops", "at least " + std::to_string(ops.size()));
  auto several =
      dyn_cast_or_null<BoolAttr>(lookupProperty(device, "fusion.multi_result"));
  if (group.getNumResults() > 1 && !(several ? several.getValue() : hasTarget))
    return Verdict::no(reason::SeveralResults,
                       std::to_string(group.getNumResults()) +
                           " results are used outside",
                       "fusion.multi_result", "true");
  auto taken =
      dyn_cast_or_null<ArrayAttr>(lookupProperty(device, "fusion.epilogues"));
  if (!taken)
    return Verdict::yes();
  for (Operation *op : llvm::drop_begin(ops)) {
    StringRef kind = classifyEpilogue(op);
    if (llvm::none_of(taken.getAsValueRange<StringAttr>(),
                      [&](StringRef own) { return own == kind; }))
      return Verdict::no(
          reason::EpilogueNotSupported,
          ("'" + op->getName().getStringRef() + "' is a " + kind).str(),
          "fusion.epilogues", ("add \"" + kind + "\"").str());
  }
  return Verdict::yes();
}

FusionAnswer DeviceModel::fuse(GroupOp candidate,
                               ArrayRef<Estimate> parts) const {
  FusionAnswer answer;
  answer.verdict = verdict(candidate);
  if (!answer)
    return answer;
  Estimate whole = estimate(candidate);
  answer.seconds = -whole.seconds;
  answer.bytes = -whole.bytes;
  answer.launches = static_cast<int64_t>(parts.size()) - 1;
  for (const Estimate &part : parts) {
    answer.seconds += part.seconds;
    answer.bytes += part.bytes;
  }
  // Sums of parts differ from the whole in their last digits.
  if (std::abs(answer.seconds) < 1e-9 * whole.seconds)
    answer.seconds = 0;
  if (answer < FusionAnswer())
    answer.verdict =
        Verdict::no(reason::NoGain, "one unit is not faster than its parts");
  return answer;
}

} // namespace autoglm
