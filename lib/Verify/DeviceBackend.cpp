//===- DeviceBackend.cpp - cases as bundles on the runtime -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Backends.h"

#include "ElementTypes.h"

#include "autoglm/Pipeline/Compiler.h"
#include "autoglm/runtime.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

#include <cstring>
#include <map>

using namespace mlir;

namespace autoglm::verify {

namespace {
/// An open bundle and a context of its only entry.
class Session {
public:
  ~Session() {
    agr_destroy_context(context);
    agr_close(bundle);
  }

  agr_code open(const std::string &path) {
    if (agr_code code = agr_open(path.c_str(), nullptr, &bundle))
      return code;
    return agr_create_context(bundle, 0, &context);
  }

  agr_bundle *bundle = nullptr;
  agr_context *context = nullptr;
};

/// What the runtime has to say about its last error.
Outcome runtimeError(agr_code code) {
  return Outcome::make(Status::Error, std::string(agr_code_name(code)) + ": " +
                                          agr_last_error());
}

RankedTensorType getType(MLIRContext &context, const agr_tensor_info &info) {
  return RankedTensorType::get(ArrayRef(info.shape, info.rank),
                               getElementType(context, info.dtype));
}

class DeviceBackend : public Backend {
public:
  DeviceBackend(MLIRContext &context, const RunOptions &options)
      : context(context), options(options) {}

  std::string getName() const override {
    return llvm::join(llvm::map_range(options.devices,
                                      [](const std::string &device) {
                                        return llvm::sys::path::stem(device);
                                      }),
                      "+");
  }

  Outcome load(const std::string &path) override {
    model = path;
    MessageCollector messages(llvm::sys::path::parent_path(model).str());
    DiagnosticPrinter printer(context, messages.getStream(),
                              DiagnosticPrinter::Format::Json);
    printer.setFallback(ErrorCode::InvalidNode);
    ImportOptions importOptions;
    importOptions.constants = options.constants;
    OwningOpRef<ModuleOp> module = importOnnx(context, model, importOptions);
    if (!module)
      return messages.takeOutcome();
    auto entries = module->getOps<func::FuncOp>();
    if (!llvm::hasSingleElement(entries))
      return Outcome::make(Status::Error, "the model does not have one entry");
    func::FuncOp entry = *entries.begin();
    for (unsigned i = 0; i < entry.getNumArguments(); ++i) {
      auto name = entry.getArgAttrOfType<StringAttr>(i, "autoglm.name");
      auto type = cast<RankedTensorType>(entry.getArgument(i).getType());
      inputs.push_back(
          {name ? name.getValue().str() : "", type.hasStaticShape()});
    }
    // A model whose shapes are known is compiled at once, so that what cannot
    // be compiled is told before any data is read.
    if (llvm::all_of(inputs, [](const Input &input) { return input.isStatic; }))
      return compile({});
    return Outcome();
  }

  Outputs run(const DataSet &dataSet) override {
    std::vector<std::string> names;
    for (const Input &input : inputs)
      names.push_back(input.name);
    auto positions = matchInputs(names, dataSet);
    if (!positions)
      return {Outcome::make(Status::Error,
                            "the model has " + std::to_string(names.size()) +
                                " inputs, the data set " +
                                std::to_string(dataSet.inputs.size())),
              {}};
    // Unknown dimensions get the data set's, as with --shape.
    Shapes shapes;
    for (auto [input, position] : llvm::zip_equal(inputs, *positions))
      if (!input.isStatic) {
        ArrayRef<int64_t> shape = dataSet.inputs[position].tensor.getShape();
        shapes[input.name].assign(shape.begin(), shape.end());
      }
    if (Outcome outcome = compile(shapes); outcome.status != Status::Pass)
      return {outcome, {}};
    return runBundle(bundles[shapes], dataSet, *positions);
  }

private:
  struct Input {
    std::string name;
    bool isStatic;
  };
  using Shapes = std::map<std::string, std::vector<int64_t>>;

  Outcome compile(const Shapes &shapes) {
    if (bundles.count(shapes))
      return Outcome();
    CompileOptions compileOptions;
    compileOptions.input = model;
    compileOptions.output =
        options.workFolder + "/" + std::to_string(bundles.size()) + ".agb";
    compileOptions.devices = options.devices;
    compileOptions.import.shapes = shapes;
    compileOptions.import.constants = options.constants;
    compileOptions.toolPath = options.toolPath;
    // Cases are what runs side by side.
    compileOptions.jobs = 1;
    MessageCollector messages(llvm::sys::path::parent_path(model).str());
    DiagnosticPrinter printer(context, messages.getStream(),
                              DiagnosticPrinter::Format::Json);
    Progress progress(llvm::nulls(), Progress::When::Never);
    Compiler compiler(compileOptions, context, printer, progress);
    if (failed(compiler.run()))
      return messages.takeOutcome();
    bundles[shapes] = compileOptions.output;
    return Outcome();
  }

  Outputs runBundle(const std::string &bundle, const DataSet &dataSet,
                    ArrayRef<size_t> positions) {
    Session session;
    if (agr_code code = session.open(bundle))
      return {runtimeError(code), {}};
    size_t numInputs = agr_num_inputs(session.bundle, 0);
    size_t numOutputs = agr_num_outputs(session.bundle, 0);
    if (numInputs != positions.size())
      return {Outcome::make(Status::Error,
                            "the bundle has " + std::to_string(numInputs) +
                                " inputs, the model " +
                                std::to_string(positions.size())),
              {}};
    // Bound memory is aligned, which a tensor out of a file need not be.
    SmallVector<Tensor> bound;
    for (size_t i = 0; i < numInputs; ++i) {
      agr_tensor_info info;
      if (agr_code code = agr_input_info(session.bundle, 0, i, &info))
        return {runtimeError(code), {}};
      const Tensor input = adapt(dataSet.inputs[positions[i]].tensor,
                                 getElementType(context, info.dtype));
      FailureOr<Tensor> copy = Tensor::allocate(input.getType());
      if (failed(copy))
        return {Outcome::make(Status::Error, "out of memory"), {}};
      std::memcpy(copy->data(), input.data(), input.getNumBytes());
      bound.push_back(*copy);
      if (getType(context, info) != input.getType()) {
        std::string text;
        llvm::raw_string_ostream(text)
            << "the bundle's input '" << info.name << "' is "
            << getType(context, info) << ", the data set has "
            << input.getType();
        return {Outcome::make(Status::Error, text), {}};
      }
      if (agr_code code = agr_bind_input(session.context, i, copy->data(),
                                         copy->getNumBytes()))
        return {runtimeError(code), {}};
    }
    Outputs outputs;
    for (size_t i = 0; i < numOutputs; ++i) {
      agr_tensor_info info;
      if (agr_code code = agr_output_info(session.bundle, 0, i, &info))
        return {runtimeError(code), {}};
      FailureOr<Tensor> tensor = Tensor::allocate(getType(context, info));
      if (failed(tensor))
        return {Outcome::make(Status::Error, "out of memory"), {}};
      if (agr_code code = agr_bind_output(session.context, i, tensor->data(),
                                          tensor->getNumBytes()))
        return {runtimeError(code), {}};
      outputs.tensors.push_back({info.name, *tensor});
    }
    if (agr_code code = agr_run(session.context))
      return {runtimeError(code), {}};
    return outputs;
  }

  MLIRContext &context;
  const RunOptions &options;
  std::string model;
  std::vector<Input> inputs;
  /// Bundles by the shapes they were compiled for.
  std::map<Shapes, std::string> bundles;
};
} // namespace

std::unique_ptr<Backend> createDeviceBackend(MLIRContext &context,
                                             const RunOptions &options) {
  return std::make_unique<DeviceBackend>(context, options);
}

} // namespace autoglm::verify
