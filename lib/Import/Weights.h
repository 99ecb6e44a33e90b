//===- Weights.h - initializers as constants and weights --------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_IMPORT_WEIGHTS_H
#define AUTOGLM_LIB_IMPORT_WEIGHTS_H

#include "TensorData.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"

#include <map>
#include <tuple>

namespace autoglm::onnx_import {

/// Makes values of tensors: constants of small ones, weights, which are shared
/// by all functions of the module, of the others.
class Weights {
public:
  Weights(mlir::ModuleOp module, const ModelFile &model, bool checkOnly)
      : module(module), symbols(module), reader(*module.getContext(), model),
        checkOnly(checkOnly) {}

  /// The value of `tensor` at the builder's place; null after a diagnostic.
  mlir::Value getValue(mlir::OpBuilder &builder, mlir::Location loc,
                       const onnx::TensorProto &tensor, llvm::StringRef name);

  /// The elements of a small tensor, for what takes it as an attribute; null
  /// after a diagnostic.
  mlir::DenseElementsAttr getAttr(mlir::Location loc,
                                  const onnx::TensorProto &tensor,
                                  llvm::StringRef name);

  /// The value of a weight that is no larger than a constant per channel may
  /// be; nothing if it is, or if data is not to be read.
  std::optional<Tensor> read(mlir::FlatSymbolRefAttr symbol) const;

private:
  mlir::FlatSymbolRefAttr getSymbol(mlir::Location loc,
                                    const TensorSource &source,
                                    llvm::StringRef name);

  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  TensorReader reader;
  bool checkOnly;
  /// The last weight, behind which the next is put.
  mlir::Operation *last = nullptr;
  /// Symbols of each place in a file with a type, and of each content.
  using Place = std::tuple<const MappedFile *, uint64_t, const void *>;
  std::map<Place, mlir::FlatSymbolRefAttr> byPlace;
  struct Content {
    mlir::FlatSymbolRefAttr symbol;
    TensorSource source;
  };
  llvm::StringMap<llvm::SmallVector<Content, 1>> byHash;
  llvm::DenseMap<mlir::StringAttr, TensorSource> sources;
};

} // namespace autoglm::onnx_import

#endif // AUTOGLM_LIB_IMPORT_WEIGHTS_H
