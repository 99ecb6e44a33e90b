//===- Passes.td - quantize -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_QUANTIZE
#define AUTOGLM_PASSES_QUANTIZE

include "mlir/Pass/PassBase.td"

def ApplyPrecision : Pass<"apply-precision", "::mlir::func::FuncOp"> {
  let summary = "Carry out the precision that placement decided";
  let description = [{
    An operation whose `autoglm.precision` is that of its element type stays as it
    is. The attribute is dropped: from here on types are the truth. Any other
    precision is an error until there are schemes to carry it out.
  }];
  let statistics = [Statistic<"numKept", "num-kept", "operations that keep their precision">];
}

#endif // AUTOGLM_PASSES_QUANTIZE
