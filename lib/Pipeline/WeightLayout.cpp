//===- WeightLayout.cpp - weights.bin -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Pipeline/Emission.h"
#include "autoglm/Reference/PackTensor.h"
#include "autoglm/Support/Diagnostics.h"
#include "autoglm/Support/Hash.h"
#include "dialects/AutoGLM/Layout.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace autoglm {

/// The value of a `plan.weights` or `plan.constant` as it lies in memory.
static FailureOr<Tensor> getValue(Operation *op, ModuleOp module,
                                  WeightStore &store) {
  if (auto constant = dyn_cast<plan::ConstantOp>(op))
    return Tensor::fromAttr(constant.getValue());
  auto weight =
      module.lookupSymbol<WeightOp>(cast<plan::WeightsOp>(op).getWeight());
  if (!weight)
    return op->emitOpError("refers to a weight that does not exist");
  FailureOr<Tensor> value = store.get(weight);
  // One derived weight at a time is in memory.
  store.drop(weight);
  LayoutAttr layout = getLayout(weight.getType());
  if (failed(value) || !layout)
    return value;
  FailureOr<Tensor> packed = packTensor(*value, layout);
  if (failed(packed))
    return emitError(op->getLoc(), ErrorCode::TooLarge) << "out of memory";
  return packed;
}

LogicalResult WeightLayout::write(ModuleOp module, WeightStore &store,
                                  const std::string &path) {
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  auto fail = [&](std::error_code code) {
    return emitError(module.getLoc(), ErrorCode::CannotWrite)
           << "cannot write " << path << ": " << code.message();
  };
  if (error)
    return fail(error);
  // Over the file as it grows, so that nobody has to read it again.
  Hasher hasher;
  auto append = [&](StringRef bytes) {
    os << bytes;
    hasher.add(bytes);
    total += bytes.size();
  };
  llvm::StringMap<Range> known;
  // A weight that several entries use is read and hashed once.
  llvm::DenseMap<Attribute, Range> bySymbol;
  WalkResult walk = module.walk([&](Operation *op) {
    if (!isa<plan::WeightsOp, plan::ConstantOp>(op))
      return WalkResult::advance();
    auto weights = dyn_cast<plan::WeightsOp>(op);
    if (weights)
      if (auto it = bySymbol.find(weights.getWeightAttr());
          it != bySymbol.end()) {
        ranges[op] = it->second;
        return WalkResult::advance();
      }
    FailureOr<Tensor> value = getValue(op, module, store);
    if (failed(value))
      return WalkResult::interrupt();
    // Read-only: a mapped weight has no other access.
    const Tensor &tensor = *value;
    StringRef bytes(tensor.data(), tensor.getNumBytes());
    auto [entry, isNew] = known.try_emplace(hashBytes(bytes));
    if (isNew) {
      append(std::string(
          llvm::offsetToAlignment(total, llvm::Align(plan::kBufferAlignment)),
          '\0'));
      entry->second = {total, static_cast<int64_t>(bytes.size())};
      append(bytes);
    }
    ranges[op] = entry->second;
    if (weights)
      bySymbol[weights.getWeightAttr()] = entry->second;
    return WalkResult::advance();
  });
  digest = hasher.finish();
  os.close();
  if (os.has_error()) {
    std::error_code code = os.error();
    os.clear_error();
    return fail(code);
  }
  return failure(walk.wasInterrupted());
}

} // namespace autoglm
