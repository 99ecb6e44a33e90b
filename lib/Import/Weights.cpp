//===- Weights.cpp - initializers as constants and weights ------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Weights.h"

#include "autoglm/Support/Hash.h"
#include "dialects/AutoGLM/AutoGLM.h"

using namespace mlir;

namespace autoglm::onnx_import {

/// A megabyte: a scale for each of 262,144 channels.
static constexpr int64_t kMaxReadBytes = 1 << 20;

Value Weights::getValue(OpBuilder &builder, Location loc,
                        const onnx::TensorProto &tensor, StringRef name) {
  FailureOr<TensorSource> source = reader.locate(tensor, loc, name);
  if (failed(source))
    return {};
  // What lies in the message or has to be decoded can only be an attribute.
  if (source->getNumBytes() <= kMaxConstantBytes || !source->file ||
      source->isEncoded) {
    FailureOr<Tensor> data = reader.read(tensor, *source, loc, name);
    if (failed(data))
      return {};
    return builder.create<ConstantOp>(loc, data->toAttr());
  }
  FlatSymbolRefAttr &symbol = byPlace[{source->file.get(), source->offset,
                                       source->type.getAsOpaquePointer()}];
  if (!symbol)
    symbol = getSymbol(loc, *source, name);
  if (!symbol)
    return {};
  return builder.create<LoadWeightOp>(loc, source->type, symbol);
}

DenseElementsAttr Weights::getAttr(Location loc,
                                   const onnx::TensorProto &tensor,
                                   StringRef name) {
  FailureOr<TensorSource> source = reader.locate(tensor, loc, name);
  if (failed(source))
    return {};
  if (source->getNumBytes() > kMaxConstantBytes) {
    emitError(loc, ErrorCode::TooLarge)
        << "tensor '" << name << "' has " << source->getNumBytes()
        << " bytes, at most " << kMaxConstantBytes << " are taken here";
    return {};
  }
  FailureOr<Tensor> data = reader.read(tensor, *source, loc, name);
  return failed(data) ? DenseElementsAttr() : data->toAttr();
}

std::optional<Tensor> Weights::read(FlatSymbolRefAttr symbol) const {
  auto found = sources.find(symbol.getAttr());
  if (checkOnly || found == sources.end() ||
      found->second.getNumBytes() > kMaxReadBytes)
    return std::nullopt;
  const TensorSource &source = found->second;
  return Tensor::view(source.type, source.bytes.data(), source.file);
}

FlatSymbolRefAttr Weights::getSymbol(Location loc, const TensorSource &source,
                                     StringRef name) {
  MLIRContext *context = module.getContext();
  std::string hash;
  SmallVector<Content, 1> *same = nullptr;
  if (!checkOnly) {
    if (source.type.getElementType().isInteger(1)) {
      for (auto [index, byte] : llvm::enumerate(source.bytes))
        if (static_cast<uint8_t>(byte) > 1) {
          emitError(loc, ErrorCode::BadTensor)
              << "element " << index << " of bool tensor '" << name
              << "' is neither 0 nor 1";
          return {};
        }
    }
    hash = hashBytes(source.bytes);
    same = &byHash[hash];
    for (const Content &other : *same)
      if (other.source.type == source.type &&
          other.source.bytes == source.bytes)
        return other.symbol;
  }
  OpBuilder builder(context);
  auto attr = FileAttr::get(context, source.file->getPath(), source.offset,
                            source.getNumBytes(), hash);
  auto weight = builder.create<WeightOp>(
      loc, name.empty() ? StringRef("weight") : name, /*sym_visibility=*/
      builder.getStringAttr("private"), attr, source.type);
  Block::iterator place =
      last ? std::next(last->getIterator()) : module.getBody()->begin();
  auto symbol = FlatSymbolRefAttr::get(symbols.insert(weight, place));
  last = weight;
  sources[symbol.getAttr()] = source;
  if (same)
    same->push_back({symbol, source});
  return symbol;
}

} // namespace autoglm::onnx_import
