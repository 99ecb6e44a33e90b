//===- Emission.h - from lowered executables to the bundle's files -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PIPELINE_EMISSION_H
#define AUTOGLM_PIPELINE_EMISSION_H

#include "autoglm/Reference/WeightStore.h"
#include "dialects/Plan/Plan.h"

#include "mlir/IR/BuiltinOps.h"

#include <nlohmann/json.hpp>

namespace autoglm {

/// Phase `emit`: each executable's code goes into a `plan.binary`, one or more
/// per device, and its body becomes empty. Executables are emitted in parallel
/// and linked in plan order.
mlir::LogicalResult emitExecutables(mlir::ModuleOp module);

/// Where each weight and constant lies in `weights.bin`.
class WeightLayout {
public:
  struct Range {
    int64_t offset = 0, bytes = 0;
  };

  /// Writes all weights and constants the plan names to `path`, each distinct
  /// content once, at 64-byte aligned offsets. Derived weights are evaluated
  /// here, one at a time.
  mlir::LogicalResult write(mlir::ModuleOp module, WeightStore &store,
                            const std::string &path);

  Range lookup(mlir::Operation *op) const { return ranges.lookup(op); }
  int64_t getTotalBytes() const { return total; }
  /// XXH3-128 of the file in hex, known once it is written.
  const std::string &getDigest() const { return digest; }

private:
  /// By `plan.weights` and `plan.constant` operation.
  llvm::DenseMap<mlir::Operation *, Range> ranges;
  int64_t total = 0;
  std::string digest;
};

/// The host programs as `plan.json` has them; fails after a diagnostic.
mlir::FailureOr<nlohmann::json> buildPlanJson(mlir::ModuleOp module,
                                              const WeightLayout &weights);

/// Name of a `plan.binary`'s file in the bundle.
std::string getExecutableFile(plan::BinaryOp binary);

/// The manifest without its file digests.
nlohmann::json buildManifest(mlir::ModuleOp module, const WeightLayout &weights,
                             const nlohmann::json &plan,
                             const std::vector<std::string> &options);

/// What a launch, group or arena costs and where it came from.
nlohmann::json buildReport(mlir::ModuleOp module, const WeightLayout &weights);

/// "float32" for f32 and so on, as manifests spell element types.
std::string getDtypeName(mlir::Type elementType);

} // namespace autoglm

#endif // AUTOGLM_PIPELINE_EMISSION_H
