//===- WeightStore.cpp - the values of a module's weights -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Reference/WeightStore.h"

#include "autoglm/Reference/Evaluator.h"
#include "autoglm/Support/Diagnostics.h"
#include "autoglm/Support/File.h"
#include "autoglm/Support/Hash.h"
#include "dialects/AutoGLM/Layout.h"

#include <cstring>

using namespace mlir;

namespace autoglm {

WeightStore::~WeightStore() = default;

FailureOr<Tensor> WeightStore::get(WeightOp weight) {
  return weight.getSource() ? load(weight) : derive(weight);
}

FailureOr<Tensor> WeightStore::load(WeightOp weight) {
  FileAttr source = *weight.getSource();
  std::shared_ptr<const MappedFile> &file = files[source.getPath()];
  if (!file) {
    auto opened = MappedFile::open(source.getPath().str());
    if (!opened)
      return emitError(weight.getLoc(), ErrorCode::CannotRead)
             << "cannot read '" << source.getPath()
             << "': " << llvm::toString(opened.takeError());
    file = std::move(*opened);
  }
  auto type = cast<RankedTensorType>(weight.getType());
  std::optional<int64_t> needed = getTensorBytes(type);
  if (!needed || *needed != source.getBytes() || source.getOffset() < 0)
    return emitError(weight.getLoc(), ErrorCode::BadTensor)
           << "weight '" << weight.getSymName() << "' of type " << type
           << " does not have the size of its source";
  std::optional<StringRef> bytes =
      file->getRange(source.getOffset(), source.getBytes());
  if (!bytes)
    return emitError(weight.getLoc(), ErrorCode::BadExternalData)
           << "weight '" << weight.getSymName() << "' needs bytes "
           << source.getOffset() << " to "
           << static_cast<uint64_t>(source.getOffset()) + source.getBytes()
           << " of '" << source.getPath() << "', which has only "
           << file->getSize();
  if (checkHash == CheckHash::Yes && hashBytes(*bytes) != source.getHash())
    return emitError(weight.getLoc(), ErrorCode::BadDump)
           << "weight '" << weight.getSymName() << "' changed in '"
           << source.getPath() << "' since the dump was written";

  // Typed access needs aligned elements; a protobuf does not align them.
  auto address = reinterpret_cast<uintptr_t>(bytes->data());
  if (address % getElementBytes(type.getElementType()) == 0)
    return Tensor::view(type, bytes->data(), file);
  FailureOr<Tensor> copy = Tensor::allocate(type);
  if (failed(copy))
    return emitError(weight.getLoc(), ErrorCode::TooLarge)
           << "weight '" << weight.getSymName() << "' does not fit into memory";
  std::memcpy(copy->data(), bytes->data(), bytes->size());
  return copy;
}

FailureOr<Tensor> WeightStore::derive(WeightOp weight) {
  if (auto known = derived.find(weight); known != derived.end())
    return known->second;
  if (llvm::is_contained(inProgress, weight))
    return emitError(weight.getLoc(), ErrorCode::BadDump)
           << "weight '" << weight.getSymName() << "' is derived from itself";
  inProgress.push_back(weight);
  auto results = Evaluator(*this).run(weight.getInitializer().front(), {});
  inProgress.pop_back();
  if (failed(results))
    return failure();
  // Values are row major whatever their layout.
  if (results->size() != 1 ||
      results->front().getType() != withLayout(weight.getType(), {}))
    return emitError(weight.getLoc(), ErrorCode::BadDump)
           << "the initializer of weight '" << weight.getSymName()
           << "' does not yield a " << weight.getType();
  return derived[weight] = results->front();
}

} // namespace autoglm
