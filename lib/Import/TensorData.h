//===- TensorData.h - the data of tensors, wherever it lies -----*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_IMPORT_TENSORDATA_H
#define AUTOGLM_LIB_IMPORT_TENSORDATA_H

#include "ModelFile.h"

#include "autoglm/Support/Tensor.h"

namespace autoglm::onnx_import {

/// The element type that ONNX numbers so, or null if it is not supported.
mlir::Type getElementType(mlir::MLIRContext *context, int32_t dataType);
/// "FLOAT16", or the number if ONNX has no such type.
std::string getElementTypeName(int32_t dataType);

/// Where a tensor's elements are.
struct TensorSource {
  mlir::RankedTensorType type;
  /// The file they lie in, or null if they are in the message.
  std::shared_ptr<const MappedFile> file;
  uint64_t offset = 0;
  /// Of the file: row-major, little-endian elements, or numbers that have to be
  /// decoded.
  llvm::StringRef bytes;
  bool isEncoded = false;

  int64_t getNumBytes() const { return *getTensorBytes(type); }
};

/// Finds and reads the data of the tensors of one model.
class TensorReader {
public:
  TensorReader(mlir::MLIRContext &context, const ModelFile &model)
      : context(context), model(model) {}

  /// Checks a tensor and says where its data is; `loc` and `name` are for
  /// messages. Reads no data.
  llvm::FailureOr<TensorSource> locate(const onnx::TensorProto &tensor,
                                       mlir::Location loc,
                                       llvm::StringRef name);

  /// Brings the elements to the heap.
  llvm::FailureOr<Tensor> read(const onnx::TensorProto &tensor,
                               const TensorSource &source, mlir::Location loc,
                               llvm::StringRef name);

private:
  llvm::FailureOr<TensorSource> locateExternal(const onnx::TensorProto &tensor,
                                               mlir::RankedTensorType type,
                                               mlir::Location loc,
                                               llvm::StringRef name);

  mlir::MLIRContext &context;
  const ModelFile &model;
  /// External files by their location in the model.
  llvm::StringMap<std::shared_ptr<const MappedFile>> files;
};

} // namespace autoglm::onnx_import

#endif // AUTOGLM_LIB_IMPORT_TENSORDATA_H
