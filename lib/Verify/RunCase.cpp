//===- RunCase.cpp - one case, in this process -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Backends.h"

#include "ElementTypes.h"

#include "autoglm/Pipeline/Registration.h"
#include "autoglm/Support/Diagnostics.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

#include <nlohmann/json.hpp>

#include <numeric>
#include <set>

using namespace mlir;

namespace autoglm::verify {

/// Codes that say that the model asks for something that is not there.
static bool isUnsupported(StringRef code) {
  for (ErrorCode each : {ErrorCode::UnsupportedOperator,
                         ErrorCode::UnsupportedType, ErrorCode::NeedsConstant,
                         ErrorCode::UnknownDimension, ErrorCode::NotOnDevice})
    if (code == formatCode(each))
      return true;
  return false;
}

Outcome MessageCollector::takeOutcome() {
  SmallVector<StringRef> lines;
  StringRef(text).split(lines, '\n', -1, /*KeepEmpty=*/false);
  for (StringRef line : lines) {
    auto message = nlohmann::json::parse(line.str(), nullptr,
                                         /*allow_exceptions=*/false);
    if (!message.is_object() || message.value("severity", "") != "error")
      continue;
    std::string code = message.value("code", ""),
                node = message.value("op", "");
    std::string reason = message.value("message", "");
    for (size_t at; (at = reason.find(folder + "/")) != std::string::npos;)
      reason.erase(at, folder.size() + 1);
    std::replace(reason.begin(), reason.end(), '\n', ' ');
    text.clear();
    return Outcome::make(
        isUnsupported(code) ? Status::Unsupported : Status::Error,
        code + (node.empty() ? "" : " " + node) + ": " + reason);
  }
  text.clear();
  return Outcome::make(Status::Error, "failed without a message");
}

std::optional<std::vector<size_t>> matchInputs(ArrayRef<std::string> names,
                                               const DataSet &dataSet) {
  if (names.size() != dataSet.inputs.size())
    return std::nullopt;
  std::vector<size_t> positions;
  for (const std::string &name : names) {
    size_t position = 0;
    while (position < dataSet.inputs.size() &&
           dataSet.inputs[position].name != name)
      ++position;
    if (position == dataSet.inputs.size() ||
        llvm::is_contained(positions, position))
      break;
    positions.push_back(position);
  }
  if (positions.size() != names.size()) {
    positions.resize(names.size());
    std::iota(positions.begin(), positions.end(), 0);
  }
  return positions;
}

static Outcome compareAll(ArrayRef<NamedTensor> got, ArrayRef<NamedTensor> want,
                          const Tolerance &tolerance) {
  if (got.size() != want.size())
    return Outcome::make(Status::Fail, std::to_string(got.size()) +
                                           " outputs, expected " +
                                           std::to_string(want.size()));
  Outcome outcome;
  for (auto [own, other] : llvm::zip_equal(got, want))
    outcome.merge(compare(own.tensor,
                          adapt(other.tensor, own.tensor.getElementType()),
                          tolerance, own.name));
  return outcome;
}

/// An outcome with the name of whoever it is about before its reason.
static Outcome about(const std::string &who, Outcome outcome) {
  if (outcome.status != Status::Pass)
    outcome.reason = who + ": " + outcome.reason;
  return outcome;
}

/// Runs a case, or one data set of it.
static Outcome attempt(MLIRContext &context, const std::string &folder,
                       const RunOptions &options,
                       const DataSet *only = nullptr) {
  std::vector<std::unique_ptr<Backend>> backends;
  if (options.reference)
    backends.push_back(createReferenceBackend(context, options));
  if (!options.devices.empty())
    backends.push_back(createDeviceBackend(context, options));

  // With one backend there is no question of whom a reason is about.
  auto tell = [&](const Backend &backend, Outcome outcome) {
    return backends.size() == 1 ? outcome : about(backend.getName(), outcome);
  };
  SmallString<128> model(folder);
  llvm::sys::path::append(model, "model.onnx");
  Outcome outcome;
  std::vector<Backend *> ready;
  for (auto &backend : backends) {
    Outcome loaded = tell(*backend, backend->load(model.str().str()));
    outcome.merge(loaded);
    if (loaded.status == Status::Pass)
      ready.push_back(backend.get());
  }
  if (ready.empty())
    return outcome;
  std::vector<DataSet> dataSets;
  if (only) {
    dataSets.push_back(*only);
  } else {
    auto read = readDataSets(context, folder);
    if (!read) {
      outcome.merge(
          Outcome::make(Status::Error, llvm::toString(read.takeError())));
      return outcome;
    }
    dataSets = std::move(*read);
  }
  for (const DataSet &dataSet : dataSets) {
    std::vector<NamedTensor> first;
    for (Backend *backend : ready) {
      Outputs outputs = backend->run(dataSet);
      if (outputs.outcome.status == Status::Pass)
        outputs.outcome =
            compareAll(outputs.tensors, dataSet.outputs, options.tolerance);
      if (dataSets.size() > 1)
        outputs.outcome = about(dataSet.name, outputs.outcome);
      outcome.merge(tell(*backend, outputs.outcome));
      // Both sides may be near enough to the expected outputs on either side
      // of them; they must be near each other, too.
      if (first.empty())
        first = outputs.tensors;
      else if (!outputs.tensors.empty())
        outcome.merge(
            about(backend->getName() + " against " + ready.front()->getName(),
                  compareAll(outputs.tensors, first, options.tolerance)));
    }
  }
  return outcome;
}

/// Axes, sizes and scales are no longer than this.
static constexpr int64_t kMaxParameters = 64;

/// Takes the inputs out of a data set that may be parameters, by name. Without
/// names nobody knows which input is which once some are gone.
static std::map<std::string, Tensor> takeParameters(DataSet &dataSet) {
  std::map<std::string, Tensor> parameters;
  std::vector<NamedTensor> data;
  std::set<std::string> names;
  for (const NamedTensor &input : dataSet.inputs) {
    if (input.name.empty() || !names.insert(input.name).second)
      return {};
    if (input.tensor.getRank() <= 1 &&
        input.tensor.getNumElements() <= kMaxParameters)
      parameters.emplace(input.name, input.tensor);
    else
      data.push_back(input);
  }
  dataSet.inputs = std::move(data);
  return parameters;
}

/// A model whose axes or sizes are inputs cannot be compiled without them: it
/// is compiled for each data set with its short inputs as constants. Nothing if
/// that does not help, either.
static std::optional<Outcome> attemptWithParameters(MLIRContext &context,
                                                    const std::string &folder,
                                                    RunOptions options) {
  auto dataSets = readDataSets(context, folder);
  if (!dataSets) {
    llvm::consumeError(dataSets.takeError());
    return std::nullopt;
  }
  Outcome outcome;
  for (DataSet &dataSet : *dataSets) {
    options.constants = takeParameters(dataSet);
    if (options.constants.empty())
      return std::nullopt;
    Outcome own = attempt(context, folder, options, &dataSet);
    if (own.status == Status::Unsupported)
      return std::nullopt;
    outcome.merge(own);
  }
  return outcome;
}

Outcome runCase(const std::string &folder, const RunOptions &options) {
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  Outcome outcome = attempt(context, folder, options);
  bool needsValues = llvm::any_of(
      ArrayRef{ErrorCode::NeedsConstant, ErrorCode::UnknownDimension,
               ErrorCode::NotOnDevice},
      [&](ErrorCode code) {
        return StringRef(outcome.reason).contains(formatCode(code));
      });
  if (outcome.status == Status::Unsupported && needsValues)
    if (auto better = attemptWithParameters(context, folder, options))
      return *better;
  return outcome;
}

} // namespace autoglm::verify
