//===- GraphImporter.h - one function of a model ----------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_IMPORT_GRAPHIMPORTER_H
#define AUTOGLM_LIB_IMPORT_GRAPHIMPORTER_H

#include "ShapeValues.h"
#include "StructureCheck.h"
#include "Weights.h"

#include "autoglm/Import/Import.h"

namespace autoglm::onnx_import {

/// Imports the graph of a model as one function, with some symbolic dimensions
/// bound.
class GraphImporter {
public:
  GraphImporter(mlir::ModuleOp module, const ModelFile &model,
                const FunctionMap &functions, Weights &weights,
                const ImportOptions &options, const DimBinding &bucket);

  llvm::LogicalResult importFunction(llvm::StringRef name);

private:
  /// The values that names stand for, in the graph or in a call of a function.
  struct Scope {
    llvm::StringMap<mlir::Value> values;
    const llvm::StringMap<int64_t> &opsets;
    /// Name of the calls around, as a prefix of node names.
    std::string prefix;
    int depth = 0;
  };

  llvm::LogicalResult bindDimensions();
  llvm::LogicalResult checkConstants();
  llvm::LogicalResult addInput(const onnx::ValueInfoProto &input);
  llvm::LogicalResult importNodes(const NodeList &nodes, Scope &scope);
  llvm::LogicalResult importNode(const onnx::NodeProto &node, Scope &scope);
  llvm::LogicalResult importCall(const onnx::NodeProto &node,
                                 const onnx::FunctionProto &function,
                                 Scope &scope);
  llvm::LogicalResult addOutputs();

  /// The value of a name; an initializer is brought in by its first use.
  mlir::Value lookUp(llvm::StringRef name, Scope &scope, mlir::Location loc);
  llvm::LogicalResult define(llvm::StringRef name, mlir::Value value,
                             Scope &scope, mlir::Location loc);
  /// Compares a value with what the model declares of it, and takes over the
  /// dimensions that only the model knows.
  llvm::LogicalResult checkDeclared(llvm::StringRef name, mlir::Value value,
                                    mlir::Location loc);
  /// The type that a model declares, with symbolic dimensions bound; `dims` are
  /// those dimensions as numbers and names.
  llvm::FailureOr<mlir::RankedTensorType>
  readType(const onnx::TypeProto &type, llvm::StringRef name,
           llvm::SmallVectorImpl<mlir::Attribute> *dims = nullptr);
  mlir::DictionaryAttr describe(llvm::StringRef name,
                                llvm::ArrayRef<mlir::Attribute> dims);

  mlir::ModuleOp module;
  mlir::MLIRContext &context;
  const ModelFile &model;
  const onnx::GraphProto &graph;
  const FunctionMap &functions;
  Weights &weights;
  const ImportOptions &options;
  DimBinding binds;
  mlir::Location fileLoc;
  mlir::OpBuilder builder;
  Scope top;
  ShapeValues shapeValues;
  llvm::StringMap<const onnx::TensorProto *> initializers;
  llvm::StringMap<const onnx::TypeProto *> declared;
  llvm::SmallVector<mlir::DictionaryAttr> argAttrs, resultAttrs;
  mlir::Block *block = nullptr;
  /// Calls of functions multiply nodes, so they are counted.
  int64_t nodeCount = 0;
};

} // namespace autoglm::onnx_import

#endif // AUTOGLM_LIB_IMPORT_GRAPHIMPORTER_H
