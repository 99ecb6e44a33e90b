//===- Import.h - from an ONNX file to the graph dialect --------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_IMPORT_IMPORT_H
#define AUTOGLM_IMPORT_IMPORT_H

#include "autoglm/Support/Tensor.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

#include <map>
#include <string>
#include <vector>

namespace autoglm {

/// Values of symbolic dimensions, by name.
using DimBinding = std::map<std::string, int64_t>;

struct ImportOptions {
  /// Shapes of inputs by name (`--shape`); -1 leaves a dimension as the model
  /// states it. A symbolic dimension that gets a value here has it everywhere.
  std::map<std::string, std::vector<int64_t>> shapes;
  /// Values of symbolic dimensions (`--bind`).
  DimBinding binds;
  /// Inputs by name that are constants of these values instead, at most 4 KiB
  /// each: axes, sizes and the like, which nothing can be compiled without.
  std::map<std::string, Tensor> constants;
  /// One function per entry, with these values beside `binds` (`--bucket`), all
  /// in one module over the same weights. Empty: one function.
  std::vector<DimBinding> buckets;
  /// Name of the function; a bucket appends `_<dimension><value>`.
  std::string functionName = "main";
  /// Reads no initializer above 4 KiB: weights have no hash, and equal ones
  /// stay apart. The module is good for questions about coverage only.
  bool checkOnly = false;
};

/// Reads a model into a module of functions over `autoglm` operations with the
/// semantics of the newest opset. Null after diagnostics with codes.
mlir::OwningOpRef<mlir::ModuleOp> importOnnx(mlir::MLIRContext &context,
                                             llvm::StringRef path,
                                             const ImportOptions &options);

/// One operator that the importer knows, at every version where it changed.
struct SupportedOperator {
  /// Empty for ONNX's own.
  std::string domain;
  std::string name;
  /// The `since` versions, ascending.
  std::vector<int> versions;
};

/// All rows of the importer's table, by domain and name.
std::vector<SupportedOperator> getSupportedOperators();

/// The opsets of ONNX's own domain that the importer takes.
inline constexpr int kMinOpset = 1, kMaxOpset = 28;

} // namespace autoglm

#endif // AUTOGLM_IMPORT_IMPORT_H
