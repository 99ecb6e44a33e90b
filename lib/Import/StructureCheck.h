//===- StructureCheck.h - names and order of a graph's nodes ----*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_IMPORT_STRUCTURECHECK_H
#define AUTOGLM_LIB_IMPORT_STRUCTURECHECK_H

#include "ModelFile.h"

namespace autoglm::onnx_import {

using NodeList = google::protobuf::RepeatedPtrField<onnx::NodeProto>;
/// Functions of a model by domain, name and overload.
using FunctionKey = std::tuple<std::string, std::string, std::string>;
using FunctionMap = std::map<FunctionKey, const onnx::FunctionProto *>;

FunctionKey getKey(const onnx::NodeProto &node);

/// The location of a node; `prefix` names the call of a function it is in.
mlir::Location getLocation(mlir::MLIRContext &context,
                           const onnx::NodeProto &node, llvm::StringRef file,
                           llvm::StringRef prefix = {});

/// Fails after one diagnostic that lists every operator of the model, with its
/// nodes, that the table does not have.
llvm::LogicalResult checkOperators(mlir::MLIRContext &context,
                                   const ModelFile &model,
                                   const FunctionMap &functions);

/// Fails after a diagnostic if the names of a graph or function do not fit:
/// something is defined twice, or used but never or only later defined, or
/// nodes wait for each other.
llvm::LogicalResult checkStructure(mlir::MLIRContext &context,
                                   llvm::StringRef file, const NodeList &nodes,
                                   llvm::ArrayRef<llvm::StringRef> given,
                                   llvm::ArrayRef<llvm::StringRef> outputs);

} // namespace autoglm::onnx_import

#endif // AUTOGLM_LIB_IMPORT_STRUCTURECHECK_H
