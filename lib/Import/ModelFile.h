//===- ModelFile.h - a model file and its parsed message --------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_IMPORT_MODELFILE_H
#define AUTOGLM_LIB_IMPORT_MODELFILE_H

#include "WireScan.h"

#include "autoglm/Support/Diagnostics.h"
#include "autoglm/Support/File.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/StringMap.h"

#include "onnx-ml.pb.h"

namespace autoglm::onnx_import {

/// An ONNX file: mapped, checked, and parsed but for its payloads.
struct ModelFile {
  /// As the user wrote it.
  std::string path;
  std::shared_ptr<const MappedFile> file;
  onnx::ModelProto proto;
  std::vector<Payload> payloads;
  /// Version of each domain's operators; "" is ONNX's own.
  llvm::StringMap<int64_t> opsets;
};

/// A location for what is wrong with the file as a whole.
mlir::Location getFileLocation(mlir::MLIRContext &context,
                               llvm::StringRef path);

/// Opens and parses a model and checks its versions. Null after a diagnostic.
std::unique_ptr<ModelFile> openModel(mlir::MLIRContext &context,
                                     llvm::StringRef path);

/// Reads a list of imported operator sets; fails after a diagnostic on `loc` if
/// a version of ONNX's own domain is not supported.
llvm::LogicalResult readOpsets(
    mlir::Location loc,
    const google::protobuf::RepeatedPtrField<onnx::OperatorSetIdProto> &list,
    llvm::StringMap<int64_t> &opsets);

/// A domain as tables and messages have it: ONNX's own has two spellings.
inline llvm::StringRef normalizeDomain(llvm::StringRef domain) {
  return domain == "ai.onnx" ? "" : domain;
}

} // namespace autoglm::onnx_import

#endif // AUTOGLM_LIB_IMPORT_MODELFILE_H
