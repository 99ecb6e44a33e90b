//===- Backends.h - who computes a case's outputs -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_VERIFY_BACKENDS_H
#define AUTOGLM_LIB_VERIFY_BACKENDS_H

#include "Cases.h"
#include "Compare.h"

#include "mlir/IR/MLIRContext.h"

#include <map>
#include <memory>

namespace autoglm::verify {

struct RunOptions {
  bool reference = false;
  /// Names or files of device descriptors; none: no bundle is made.
  std::vector<std::string> devices;
  Tolerance tolerance;
  /// Inputs that are constants of the model instead.
  std::map<std::string, Tensor> constants;
  /// A folder for temporary files, which the parent process removes.
  std::string workFolder;
  /// Where shipped descriptors are found from.
  std::string toolPath;
};

/// The outputs of one data set, or what kept them from being computed.
struct Outputs {
  /// Pass, or the reason why there are no tensors.
  Outcome outcome;
  /// With the names of the model's outputs.
  std::vector<NamedTensor> tensors;
};

/// Computes a model's outputs from its inputs.
class Backend {
public:
  virtual ~Backend() = default;
  /// "reference" or the devices' names.
  virtual std::string getName() const = 0;
  /// Refuses what cannot be run at all, before any data is read.
  virtual Outcome load(const std::string &model) = 0;
  virtual Outputs run(const DataSet &dataSet) = 0;
};

std::unique_ptr<Backend> createReferenceBackend(mlir::MLIRContext &context,
                                                const RunOptions &options);
std::unique_ptr<Backend> createDeviceBackend(mlir::MLIRContext &context,
                                             const RunOptions &options);

/// Runs one case on the backends that the options name and compares.
Outcome runCase(const std::string &folder, const RunOptions &options);

/// Turns the messages that a context emits into an outcome.
class MessageCollector {
public:
  explicit MessageCollector(std::string folder) : folder(std::move(folder)) {}

  llvm::raw_ostream &getStream() { return stream; }
  /// Of the first error: unsupported where the model asks for what there is
  /// not, else an error. An error without a message is one, too.
  Outcome takeOutcome();

private:
  /// Cut out of messages, so that a reason does not depend on the machine.
  std::string folder;
  std::string text;
  llvm::raw_string_ostream stream{text};
};

/// Positions of the data set's inputs for the model's inputs: by name if the
/// files have all of them, else one after the other. Nothing if the numbers
/// differ.
std::optional<std::vector<size_t>>
matchInputs(llvm::ArrayRef<std::string> names, const DataSet &dataSet);

} // namespace autoglm::verify

#endif // AUTOGLM_LIB_VERIFY_BACKENDS_H
