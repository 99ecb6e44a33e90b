//===- WeightLayout.cpp - weights.bin -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Pipeline/Emission.h"
#include "autoglm/Support/Diagnostics.h"
#include "autoglm/Support/Hash.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Alignment.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace autoglm {

/// The bytes of a tensor in the layout of its type: dimensions in `order`, then
/// one block of each inner dimension.
static FailureOr<Tensor> packLayout(Location loc, const Tensor &tensor,
                                    LayoutAttr layout) {
  int64_t rank = tensor.getRank();
  ArrayRef<int64_t> inner = layout.getInner();
  if (static_cast<int64_t>(layout.getOrder().size()) != rank)
    return emitError(loc, ErrorCode::Internal)
           << layout << " does not fit a tensor of rank " << rank;
  // Physical dimensions as (logical dimension, extent, stride in it).
  struct Physical {
    int64_t dim, extent, stride;
  };
  SmallVector<Physical> physical;
  SmallVector<int64_t> block(rank, 1);
  for (size_t i = 0; i < inner.size(); i += 2)
    block[inner[i]] *= inner[i + 1];
  for (int64_t dim : layout.getOrder()) {
    if (tensor.getShape()[dim] % block[dim] != 0)
      return emitError(loc, ErrorCode::LoweringFailed)
             << "dimension " << dim << " of size " << tensor.getShape()[dim]
             << " does not divide into blocks of " << block[dim];
    physical.push_back({dim, tensor.getShape()[dim] / block[dim], block[dim]});
  }
  SmallVector<int64_t> rest(block);
  for (size_t i = 0; i < inner.size(); i += 2) {
    rest[inner[i]] /= inner[i + 1];
    physical.push_back({inner[i], inner[i + 1], rest[inner[i]]});
  }
  SmallVector<int64_t> strides(rank, 1);
  for (int64_t i = rank - 1; i > 0; --i)
    strides[i - 1] = strides[i] * tensor.getShape()[i];

  FailureOr<Tensor> packed = Tensor::allocate(tensor.getType());
  if (failed(packed))
    return emitError(loc, ErrorCode::TooLarge) << "out of memory";
  int64_t width = getElementBytes(tensor.getElementType());
  SmallVector<int64_t> index(physical.size(), 0);
  for (int64_t out = 0, n = tensor.getNumElements(); out < n; ++out) {
    int64_t source = 0;
    for (auto [position, p] : llvm::zip_equal(index, physical))
      source += position * p.stride * strides[p.dim];
    std::memcpy(packed->data() + out * width, tensor.data() + source * width,
                width);
    for (size_t i = physical.size(); i-- > 0;) {
      if (++index[i] < physical[i].extent)
        break;
      index[i] = 0;
    }
  }
  return packed;
}

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
  auto layout = dyn_cast_or_null<LayoutAttr>(
      cast<RankedTensorType>(weight.getType()).getEncoding());
  if (failed(value) || !layout)
    return value;
  return packLayout(op->getLoc(), *value, layout);
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
