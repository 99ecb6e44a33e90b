//===- Passes.td - layout -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_LAYOUT
#define AUTOGLM_PASSES_LAYOUT

include "mlir/Pass/PassBase.td"

def AssignLayouts : Pass<"assign-layouts", "::mlir::ModuleOp"> {
  let summary = "Choose each operation's layouts from what its device offers";
  let description = [{
    Inside each segment, in order: of the choices the device model offers for an
    operation, takes the one with the least time, counting a relayout for every
    operand that arrives otherwise. Changes the encodings of results and inserts
    `autoglm.relayout`; operands from outside a segment and its results are row
    major, except weights, whose relayout moves out of the segment so that it
    becomes a derived weight.
  }];
  let statistics = [
    Statistic<"numBlocked", "num-blocked", "operations not row major">,
    Statistic<"numRelayouts", "num-relayouts", "relayouts inserted">
  ];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

#endif // AUTOGLM_PASSES_LAYOUT
