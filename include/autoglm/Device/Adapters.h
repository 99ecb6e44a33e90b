//===- Adapters.h - a file that chooses among devices -----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DEVICE_ADAPTERS_H
#define AUTOGLM_DEVICE_ADAPTERS_H

#include "autoglm/Device/Descriptor.h"

namespace autoglm {

/// One entry of an adapters file, with the device it stands for.
struct Adapter {
  DeviceAttr device;
  /// From 1; the lower, the earlier it is asked.
  int64_t priority = 0;
  /// Share of the main memory that may be used, above 0 and up to 1.
  std::optional<double> maxMemoryRatio;
};

/// Reads an adapters file (YAML or JSON) and resolves its entries, which come
/// in the order of their priorities. Everything that is wrong is added to
/// `problems`; then the result is a failure. `settings` as for
/// `DescriptorLoader::load`, each with the entry's `type` or `device` before it
/// unless there is only one entry.
mlir::FailureOr<std::vector<Adapter>>
loadAdapters(mlir::MLIRContext *context, const DescriptorLoader &loader,
             llvm::StringRef file, llvm::ArrayRef<std::string> settings,
             std::vector<DescriptorProblem> &problems);

/// Whether a file holds adapters rather than a descriptor.
bool isAdaptersFile(llvm::StringRef file);

/// Prints the JSON Schema of adapters files, `docs/adapters.schema.json`.
void printAdaptersSchema(llvm::raw_ostream &os);

} // namespace autoglm

#endif // AUTOGLM_DEVICE_ADAPTERS_H
