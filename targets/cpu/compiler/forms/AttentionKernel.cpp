//===- AttentionKernel.cpp - which attentions are one kernel ----*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Verdicts.h"
#include "Attention.h"

#include <numeric>

using namespace mlir;

namespace autoglm::cpu {

/// Fewer queries leave most lanes of a vector empty.
static constexpr int64_t kMinQueries = 8;
/// Queries whose scores are in the kernel's own memory at once, at most.
static constexpr int64_t kMaxQueriesAtOnce = 32;

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

bool AttentionKernel::takes(AttentionOp op) {
  for (Value value : {op.getQuery(), op.getKey(), op.getValue()}) {
    RankedTensorType type = tensorType(value);
    if (!type.hasStaticShape() || type.getNumElements() == 0 ||
        !type.getElementType().isF32() || type.getEncoding())
      return false;
  }
  if (!op.getScores().use_empty() || op.getValidKeys() ||
      op.getSoftcap().convertToDouble() != 0 || !op.getSoftmaxType().isF32())
    return false;
  RankedTensorType query = tensorType(op.getQuery());
  int64_t keys = tensorType(op.getKey()).getDimSize(2);
  int64_t bytes = (keys + query.getDimSize(3)) * kMaxQueriesAtOnce * 4;
  if (query.getDimSize(2) < kMinQueries || bytes > kMaxKernelBytes)
    return false;
  Value mask = op.getMask();
  if (!mask)
    return true;
  RankedTensorType type = tensorType(mask);
  if (!type.hasStaticShape() || type.getEncoding() || type.getRank() > 4 ||
      !(type.getElementType().isF32() || type.getElementType().isInteger(1)))
    return false;
  SmallVector<int64_t> full{query.getDimSize(0), query.getDimSize(1),
                            query.getDimSize(2), keys};
  for (auto [own, wanted] :
       llvm::zip(llvm::reverse(type.getShape()), llvm::reverse(full)))
    if (own != 1 && own != wanted)
      return false;
  return true;
}

/// Where a tensor of heads comes from.
static HeadTensor findBuffer(Value value) {
  HeadTensor found{value, {0, 1, 2, 3}};
  if (auto transpose = value.getDefiningOp<TransposeOp>())
    found = {transpose.getInput(), llvm::to_vector<4>(transpose.getPerm())};
  return found;
}

std::optional<AttentionKernel> AttentionKernel::match(Block &block) {
  AttentionKernel kernel{};
  llvm::SmallPtrSet<Operation *, 8> rest;
  for (Operation &inner : block.without_terminator()) {
    if (isa<ConstantOp>(inner))
      continue;
    if (auto op = dyn_cast<AttentionOp>(inner); op && !kernel.op)
      kernel.op = op;
    else
      rest.insert(&inner);
  }
  Operation *terminator = block.getTerminator();
  if (!kernel.op || !takes(kernel.op) || terminator->getNumOperands() != 1)
    return std::nullopt;
  kernel.query = findBuffer(kernel.op.getQuery());
  kernel.key = findBuffer(kernel.op.getKey());
  kernel.value = findBuffer(kernel.op.getValue());
  for (Value value :
       {kernel.query.buffer, kernel.key.buffer, kernel.value.buffer})
    if (!isa<BlockArgument>(value) || tensorType(value).getEncoding())
      return std::nullopt;
  Value mask = kernel.op.getMask();
  auto constant = mask ? mask.getDefiningOp<ConstantOp>() : ConstantOp();
  if (mask && !isa<BlockArgument>(mask) &&
      !(constant && isa<DenseElementsAttr>(constant.getValue())))
    return std::nullopt;

  Value result = terminator->getOperand(0);
  kernel.output.dims = {0, 1, 2, 3};
  if (auto transpose = result.getDefiningOp<TransposeOp>();
      transpose && transpose.getInput() == kernel.op.getOutput()) {
    // Dimension i of the result is dimension perm[i] of the attention's.
    for (auto [index, dim] : llvm::enumerate(transpose.getPerm()))
      kernel.output.dims[dim] = static_cast<int64_t>(index);
    rest.erase(transpose);
  } else if (result != kernel.op.getOutput()) {
    return std::nullopt;
  }
  for (Value value :
       {kernel.op.getQuery(), kernel.op.getKey(), kernel.op.getValue()})
    if (Operation *producer = value.getDefiningOp())
      rest.erase(producer);
  // Rows of what is read and written with vectors lie side by side.
  for (const HeadTensor *tensor :
       {&kernel.query, &kernel.value, &kernel.output})
    if (tensor->dims[3] != 3)
      return std::nullopt;
  if (!rest.empty())
    return std::nullopt;

  RankedTensorType query = tensorType(kernel.op.getQuery());
  RankedTensorType key = tensorType(kernel.op.getKey());
  kernel.batch = query.getDimSize(0);
  kernel.heads = query.getDimSize(1);
  kernel.queries = query.getDimSize(2);
  kernel.size = query.getDimSize(3);
  kernel.keyHeads = key.getDimSize(1);
  kernel.keys = key.getDimSize(2);
  kernel.width = tensorType(kernel.op.getValue()).getDimSize(3);
  return kernel;
}

} // namespace autoglm::cpu
