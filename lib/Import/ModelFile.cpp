//===- ModelFile.cpp - a model file and its parsed message ------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelFile.h"

#include "autoglm/Import/Import.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/stubs/logging.h>

#include <mutex>

using namespace mlir;

namespace autoglm::onnx_import {

Location getFileLocation(MLIRContext &context, StringRef path) {
  return FileLineColLoc::get(&context, path, 0, 0);
}

/// Parses what the scan left. It is well-formed; protobuf still has the word.
static bool parse(const std::string &message, onnx::ModelProto &proto) {
  // What protobuf has to say about bad data, it would print.
  static std::once_flag silence;
  std::call_once(silence, [] { google::protobuf::SetLogHandler(nullptr); });
  google::protobuf::io::CodedInputStream stream(
      reinterpret_cast<const uint8_t *>(message.data()),
      static_cast<int>(message.size()));
  stream.SetRecursionLimit(100);
  return proto.ParsePartialFromCodedStream(&stream) &&
         stream.ConsumedEntireMessage() && proto.IsInitialized();
}

LogicalResult readOpsets(
    Location loc,
    const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto> &list,
    llvm::StringMap<int64_t> &opsets) {
  for (const onnx::OperatorSetIdProto &entry : list) {
    StringRef domain = normalizeDomain(entry.domain());
    auto [it, isNew] = opsets.try_emplace(domain, entry.version());
    if (!isNew && it->second != entry.version())
      return emitError(loc, ErrorCode::BadOpset)
             << "imports two versions of operator set '" << domain << "', "
             << it->second << " and " << entry.version();
  }
  auto own = opsets.find("");
  if (own != opsets.end() &&
      (own->second < kMinOpset || own->second > kMaxOpset))
    return emitError(loc, ErrorCode::BadOpset)
           << "opset " << own->second << " is not supported, only " << kMinOpset
           << " to " << kMaxOpset;
  return success();
}

std::unique_ptr<ModelFile> openModel(MLIRContext &context, StringRef path) {
  Location loc = getFileLocation(context, path);
  auto model = std::make_unique<ModelFile>();
  model->path = path.str();
  auto file = MappedFile::open(model->path);
  if (!file) {
    emitError(loc, ErrorCode::CannotRead)
        << "cannot be read: " << llvm::toString(file.takeError());
    return nullptr;
  }
  model->file = std::move(*file);
  if (model->file->getSize() == 0) {
    emitError(loc, ErrorCode::NotOnnx) << "the file is empty";
    return nullptr;
  }
  auto scanned = scanModel(model->file->getBytes());
  if (!scanned) {
    emitError(loc, ErrorCode::NotOnnx) << "is no ONNX model or is damaged: "
                                       << llvm::toString(scanned.takeError());
    return nullptr;
  }
  if (!parse(scanned->message, model->proto)) {
    emitError(loc, ErrorCode::NotOnnx)
        << "is no ONNX model or is damaged: it does not follow ONNX's schema";
    return nullptr;
  }
  model->payloads = std::move(scanned->payloads);

  const onnx::ModelProto &proto = model->proto;
  if (!proto.has_graph() || !proto.has_ir_version()) {
    emitError(loc, ErrorCode::NotOnnx)
        << "is no ONNX model: it has no "
        << (proto.has_graph() ? "IR version" : "graph");
    return nullptr;
  }
  int64_t newest = onnx::IR_VERSION;
  if (proto.ir_version() < 1 || proto.ir_version() > newest) {
    emitError(loc, ErrorCode::BadOpset)
        << "IR version " << proto.ir_version()
        << " is not supported, only 1 to " << newest;
    return nullptr;
  }
  if (failed(readOpsets(loc, proto.opset_import(), model->opsets)))
    return nullptr;
  // Before IR version 3 there was one operator set only.
  if (proto.ir_version() < 3)
    model->opsets.try_emplace("", 1);
  return model;
}

} // namespace autoglm::onnx_import
