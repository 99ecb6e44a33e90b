//===- Import.cpp - from an ONNX file to the graph dialect ------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Import/Import.h"

#include "GraphImporter.h"

#include "dialects/AutoGLM/AutoGLM.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Path.h"

#include <set>

using namespace mlir;
using namespace autoglm;
using namespace autoglm::onnx_import;

/// What can be said of a model before any of its tensors is looked at.
static LogicalResult checkModel(MLIRContext &context, const ModelFile &model,
                                FunctionMap &functions) {
  Location loc = getFileLocation(context, model.path);
  for (const onnx::FunctionProto &function : model.proto.functions()) {
    FunctionKey key{normalizeDomain(function.domain()).str(), function.name(),
                    function.overload()};
    if (!functions.try_emplace(key, &function).second)
      return emitError(loc, ErrorCode::BadGraph)
             << "function '" << function.name() << "' is defined twice";
  }
  if (failed(checkOperators(context, model, functions)))
    return failure();

  const onnx::GraphProto &graph = model.proto.graph();
  if (graph.sparse_initializer_size() > 0)
    return emitError(loc, ErrorCode::UnsupportedType)
           << "has " << graph.sparse_initializer_size()
           << " sparse initializers, which are not supported";
  SmallVector<StringRef> given, outputs;
  std::set<StringRef> seen;
  for (const onnx::TensorProto &tensor : graph.initializer()) {
    if (tensor.name().empty() || !seen.insert(tensor.name()).second)
      return emitError(loc, ErrorCode::BadGraph)
             << "initializer '" << tensor.name()
             << (tensor.name().empty() ? "' has no name"
                                       : "' is defined twice");
    given.push_back(tensor.name());
  }
  for (const onnx::ValueInfoProto &input : graph.input())
    given.push_back(input.name());
  for (const onnx::ValueInfoProto &output : graph.output())
    outputs.push_back(output.name());
  return checkStructure(context, model.path, graph.node(), given, outputs);
}

/// `main_batch8`: the name of a bucket's function.
static std::string getFunctionName(const ImportOptions &options,
                                   const DimBinding &bucket) {
  std::string name = options.functionName;
  for (const auto &[dimension, value] : bucket)
    name += "_" + dimension + std::to_string(value);
  for (char &c : name)
    if (!llvm::isAlnum(c) && c != '_')
      c = '_';
  return name;
}

OwningOpRef<ModuleOp> autoglm::importOnnx(MLIRContext &context, StringRef path,
                                          const ImportOptions &options) {
  context.loadDialect<AutoGLMDialect, func::FuncDialect>();
  std::unique_ptr<ModelFile> model = openModel(context, path);
  FunctionMap functions;
  if (!model || failed(checkModel(context, *model, functions)))
    return {};
  Location loc = getFileLocation(context, path);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  (*module)->setAttr(
      kModelAttr, StringAttr::get(&context, llvm::sys::path::filename(path)));
  Weights weights(*module, *model, options.checkOnly);

  std::vector<DimBinding> buckets = options.buckets;
  if (buckets.empty())
    buckets.emplace_back();
  std::set<std::string> names;
  for (const DimBinding &bucket : buckets) {
    std::string name = getFunctionName(options, bucket);
    if (!names.insert(name).second) {
      emitError(loc, ErrorCode::BadShapeOption)
          << "two buckets would be the function '" << name << "'";
      return {};
    }
    GraphImporter importer(*module, *model, functions, weights, options,
                           bucket);
    if (failed(importer.importFunction(name)))
      return {};
  }
  return module;
}
