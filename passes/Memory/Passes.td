//===- Passes.td - memory -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_MEMORY
#define AUTOGLM_PASSES_MEMORY

include "mlir/Pass/PassBase.td"

def BuildPlan : Pass<"build-plan", "::mlir::ModuleOp"> {
  let summary = "Turn entry functions on tensors into host programs on buffers";
  let description = [{
    An entry becomes a function from input and output buffers. Launches become
    commands of one `plan.submit` per run on one device, row-major reshapes the
    same buffer, weights and constants `plan.weights` and `plan.constant`,
    intermediates `plan.temp`. On a device that uses host
    memory a launch reads the caller's inputs and writes the caller's outputs
    itself; other inputs and outputs are copied.
  }];
  let statistics = [
    Statistic<"numLaunches", "num-launches", "launches in all entries">,
    Statistic<"numCopies", "num-copies", "outputs that need a copy">
  ];
  let dependentDialects = ["::autoglm::plan::PlanDialect"];
}

def PlaceBuffers : Pass<"place-buffers", "::mlir::func::FuncOp"> {
  let summary = "Give every temporary an offset in its device's arena";
  let description = [{
    A `plan.temp` lives from the first command that names it to the last, in the
    order of the submissions. They are placed one after the other, each at the
    lowest offset that is free while it lives; some orders are tried and improved,
    the best is taken (`Placement.cpp`). Replaces them by views of one `plan.arena`
    per device.
  }];
  let statistics = [
    Statistic<"arenaBytes", "arena-bytes", "bytes of all arenas">,
    Statistic<"lowerBound", "lower-bound", "most bytes alive at one time">
  ];
  let dependentDialects = ["::autoglm::plan::PlanDialect"];
}

#endif // AUTOGLM_PASSES_MEMORY
