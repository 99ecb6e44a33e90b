//===- ReferenceBackend.cpp - cases on the evaluator -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Backends.h"

#include "ElementTypes.h"

#include "autoglm/Import/Import.h"
#include "autoglm/Reference/Evaluator.h"
#include "autoglm/Support/Diagnostics.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/Support/Path.h"

using namespace mlir;

namespace autoglm::verify {

namespace {
class ReferenceBackend : public Backend {
public:
  ReferenceBackend(MLIRContext &context, const RunOptions &options)
      : context(context), options(options) {}

  std::string getName() const override { return "reference"; }

  Outcome load(const std::string &model) override {
    folder = llvm::sys::path::parent_path(model).str();
    MessageCollector messages(folder);
    DiagnosticPrinter printer(context, messages.getStream(),
                              DiagnosticPrinter::Format::Json);
    printer.setFallback(ErrorCode::InvalidNode);
    ImportOptions importOptions;
    importOptions.constants = options.constants;
    module = importOnnx(context, model, importOptions);
    if (!module)
      return messages.takeOutcome();
    auto entries = module->getOps<func::FuncOp>();
    if (!llvm::hasSingleElement(entries))
      return Outcome::make(Status::Error, "the model does not have one entry");
    entry = *entries.begin();
    return Outcome();
  }

  Outputs run(const DataSet &dataSet) override {
    std::vector<std::string> names;
    for (unsigned i = 0; i < entry.getNumArguments(); ++i)
      names.push_back(
          getName(entry.getArgAttrOfType<StringAttr>(i, kNameAttr)));
    auto positions = matchInputs(names, dataSet);
    if (!positions)
      return {Outcome::make(Status::Error,
                            "the model has " + std::to_string(names.size()) +
                                " inputs, the data set " +
                                std::to_string(dataSet.inputs.size())),
              {}};
    SmallVector<Tensor> inputs;
    for (auto [type, position] :
         llvm::zip_equal(entry.getArgumentTypes(), *positions))
      inputs.push_back(
          adapt(dataSet.inputs[position].tensor, getElementTypeOrSelf(type)));

    MessageCollector messages(folder);
    DiagnosticPrinter printer(context, messages.getStream(),
                              DiagnosticPrinter::Format::Json);
    printer.setFallback(ErrorCode::Internal);
    auto results = Evaluator(weights).run(entry, inputs);
    if (failed(results))
      return {messages.takeOutcome(), {}};
    Outputs outputs;
    for (auto [index, tensor] : llvm::enumerate(*results))
      outputs.tensors.push_back(
          {getName(entry.getResultAttrOfType<StringAttr>(index, kNameAttr)),
           tensor});
    return outputs;
  }

private:
  static std::string getName(StringAttr name) {
    return name ? name.getValue().str() : std::string();
  }

  MLIRContext &context;
  const RunOptions &options;
  std::string folder;
  OwningOpRef<ModuleOp> module;
  func::FuncOp entry;
  WeightStore weights;
};
} // namespace

std::unique_ptr<Backend> createReferenceBackend(MLIRContext &context,
                                                const RunOptions &options) {
  return std::make_unique<ReferenceBackend>(context, options);
}

} // namespace autoglm::verify
