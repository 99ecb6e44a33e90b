//===- Passes.td - place -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_PLACE
#define AUTOGLM_PASSES_PLACE

include "mlir/Pass/PassBase.td"

def AssignDevices : Pass<"assign-devices", "::mlir::ModuleOp"> {
  let summary = "Decide device and precision of every operation";
  let description = [{
    Asks every device of the module what it says of each operation (verdict and
    estimate) and chooses by the objective: `latency` is the time from the first
    input to the last output with the devices working at the same time, `energy`
    the joules until then. Moves between devices cost what their `autoglm.link`
    says, once per tensor and device. Where a number is unknown costs cannot be
    compared: a warning says which, and the first device that takes an operation
    gets it. An operation with `autoglm.pin` goes to that device.

    Sets `autoglm.device` (a symbol) and `autoglm.precision` on the operation; a
    composite of which its device takes the parts is decomposed. Constants and
    weights belong to whoever uses them and get neither.

    One error lists every operation that no device takes, with each device's
    reason. An operation that the first device does not take and that goes to
    another one falls back, which `fallback` makes an error, a warning or nothing.
  }];
  let options = [
    Option<"objective", "objective", "std::string", "\"latency\"",
           "what to minimize: latency or energy">,
    Option<"fallback", "fallback", "std::string", "\"error\"",
           "what an operation that falls back is: error, warn or allow">,
    Option<"maxFallbackOps", "max-fallback-ops", "int64_t", "-1",
           "most operations that may fall back; negative: any number">
  ];
  let statistics = [
    Statistic<"numPlaced", "num-placed", "operations placed">,
    Statistic<"numFallbacks", "num-fallbacks",
              "operations that the first device does not take">,
    Statistic<"numByCost", "num-by-cost",
              "functions placed otherwise than by the order of the devices">
  ];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

def FormSegments : Pass<"form-segments", "::mlir::func::FuncOp"> {
  let summary = "Gather operations of one device into segments";
  let description = [{
    Operations with the same `autoglm.device` become as few `autoglm.segment`s as
    their dependences allow: a segment goes on while an operation of its device
    waits for nothing outside. Within a segment the order stays. Weights become
    operands, constants are copied into the segment; the attribute is dropped. The
    results are what the outside uses.
  }];
  let statistics = [Statistic<"numSegments", "num-segments", "segments made">];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

#endif // AUTOGLM_PASSES_PLACE
