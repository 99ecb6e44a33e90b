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
    Asks the devices of the module in order and takes the first that answers yes;
    sets `autoglm.device` (a symbol) and `autoglm.precision` on the operation. One
    error lists every operation that no device takes, with each device's reason.
    Constants and weights belong to whoever uses them and get neither.
  }];
  let statistics = [Statistic<"numPlaced", "num-placed", "operations placed">];
}

def FormSegments : Pass<"form-segments", "::mlir::func::FuncOp"> {
  let summary = "Gather neighbouring operations of one device into segments";
  let description = [{
    Runs of operations with the same `autoglm.device` become one
    `autoglm.segment`. Weights become operands, constants are copied into the
    segment; the attribute is dropped. The results are what the outside uses.
  }];
  let statistics = [Statistic<"numSegments", "num-segments", "segments made">];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

#endif // AUTOGLM_PASSES_PLACE
