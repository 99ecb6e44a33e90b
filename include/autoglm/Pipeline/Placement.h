//===- Placement.h - what is told and asked about a placement ---*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PIPELINE_PLACEMENT_H
#define AUTOGLM_PIPELINE_PLACEMENT_H

#include "autoglm/Support/Diagnostics.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

#include <nlohmann/json.hpp>

namespace autoglm {

/// How devices are chosen; the options of the pass `assign-devices`.
struct PlacementOptions {
  std::string objective = "latency";
  std::string fallback = "error";
  int64_t maxFallbackOps = -1;
};

/// Device, precision, cost and alternatives of every operation of a module
/// after `assign-devices`, the boundaries, and totals:
/// docs/placement.schema.json. The devices are asked again, so this is what the
/// decision rested on.
nlohmann::ordered_json explainPlacement(mlir::ModuleOp module,
                                        const PlacementOptions &options);

/// The same for people.
void printPlacement(const nlohmann::ordered_json &explanation,
                    llvm::raw_ostream &os);

/// Pins the operations that a file in the form of `explainPlacement` names to
/// the devices it names. Only "node", "operation" (any of the node if missing),
/// "index" (any if missing) and "device" (free if missing) count. Fails after
/// an error at the JSON path that is wrong.
mlir::LogicalResult applyPins(mlir::ModuleOp module, const std::string &file,
                              DiagnosticPrinter &diagnostics);

/// By ONNX operator: how many nodes the first device takes, takes the parts of,
/// leaves to another device, or nobody takes; and their share of the operations
/// to compute. Of a module after `normalize`.
void printCoverage(mlir::ModuleOp module, llvm::raw_ostream &os);

/// Adds an `autoglm.link` for every link of the descriptors between devices of
/// the module, and to the caller for devices that are not at home there.
void addLinks(mlir::ModuleOp module);

} // namespace autoglm

#endif // AUTOGLM_PIPELINE_PLACEMENT_H
