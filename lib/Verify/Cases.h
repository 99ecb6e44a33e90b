//===- Cases.h - cases in ONNX's backend-test layout -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A case is a folder with `model.onnx` and `test_data_set_*`, each of which has
// `input_*.pb` and `output_*.pb`.
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_VERIFY_CASES_H
#define AUTOGLM_LIB_VERIFY_CASES_H

#include "autoglm/Support/Tensor.h"

#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace autoglm::verify {

struct Case {
  /// The folder's path below the argument it was found in.
  std::string name;
  std::string folder;
};

/// The case at `path`, or all below it, sorted by name.
llvm::Expected<std::vector<Case>> findCases(const std::string &path);

/// A tensor with the name that its file gives it, maybe none.
struct NamedTensor {
  std::string name;
  Tensor tensor;
};

struct DataSet {
  std::string name;
  std::vector<NamedTensor> inputs, outputs;
};

llvm::Expected<std::vector<DataSet>> readDataSets(mlir::MLIRContext &context,
                                                  const std::string &folder);

} // namespace autoglm::verify

#endif // AUTOGLM_LIB_VERIFY_CASES_H
