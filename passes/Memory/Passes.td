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
    commands of `plan.submit`, row-major reshapes the same buffer, weights and
    constants `plan.weights` and `plan.constant`, intermediates `plan.temp`.

    Each device fills its own command list, which ends only where a value crosses
    devices: whoever needs it waits for the event of the list that made it. So lists
    that do not need each other run at the same time, and the host waits once, at
    the end. Devices that use host memory share buffers, the caller's included; for
    others inputs, outputs and what comes from another device are a
    `plan.transfer`.
  }];
  let statistics = [
    Statistic<"numLaunches", "num-launches", "launches in all entries">,
    Statistic<"numCopies", "num-copies", "copies between memories">
  ];
  let dependentDialects = ["::autoglm::plan::PlanDialect"];
}

def PlaceBuffers : Pass<"place-buffers", "::mlir::func::FuncOp"> {
  let summary = "Give every temporary an offset in its device's arena";
  let description = [{
    A `plan.temp` lives from the first command that names it to the last. Two of
    them may share bytes only if all uses of one happen before all uses of the other,
    as the `plan` dialect defines it: lists without a path of events between them
    may run at the same time. They are placed one after the other, each at the
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
