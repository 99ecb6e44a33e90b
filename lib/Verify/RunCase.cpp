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

Outcome runCase(const std::string &folder, const RunOptions &options) {
  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);

  std::vector<std::unique_ptr<Backend>> backends;
  if (options.reference)
    backends.push_back(createReferenceBackend(context));
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
  auto dataSets = readDataSets(context, folder);
  if (!dataSets) {
    outcome.merge(
        Outcome::make(Status::Error, llvm::toString(dataSets.takeError())));
    return outcome;
  }
  for (const DataSet &dataSet : *dataSets) {
    std::vector<NamedTensor> first;
    for (Backend *backend : ready) {
      Outputs outputs = backend->run(dataSet);
      if (outputs.outcome.status == Status::Pass)
        outputs.outcome =
            compareAll(outputs.tensors, dataSet.outputs, options.tolerance);
      if (dataSets->size() > 1)
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

} // namespace autoglm::verify
