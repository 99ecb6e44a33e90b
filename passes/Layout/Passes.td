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
    Of the choices the device model offers for each operation of a segment,
    takes those that take the least time together, counting a relayout wherever a
    value is wanted in another layout than it has. Forward, each choice of an
    operation gets the cost of the cheapest way to it; backward, each operation
    takes the choice that is cheapest with what its users took; then single
    choices are improved where values have several users. An elementwise operation
    costs nothing where a producer gives its operand in the layout it takes, as it
    becomes a part of that kernel. Changes the encodings
    of results and inserts one `autoglm.relayout` for each layout a value is
    wanted in. Operands from outside a segment and its results are row major;
    weights and constants come in any layout, as their relayout moves out of the
    segment and becomes a derived weight.
  }];
  let statistics = [
    Statistic<"numBlocked", "num-blocked", "operations not row major">,
    Statistic<"numRelayouts", "num-relayouts", "relayouts that move bytes">,
    Statistic<"numPacked", "num-packed", "weights and constants in another layout">
  ];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

#endif // AUTOGLM_PASSES_LAYOUT
