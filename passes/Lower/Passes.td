//===- Passes.td - lower -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_LOWER
#define AUTOGLM_PASSES_LOWER

include "mlir/Pass/PassBase.td"

def StoreQuantized : Pass<"store-quantized", "::mlir::func::FuncOp"> {
  let summary = "Replace quantized types by the integers that are stored";
  let description = [{
    `autoglm.quantize` and `autoglm.dequantize` become the arithmetic that they
    mean, on constants made of the scales and zero points of their types;
    `autoglm.quant_cast` goes. Every other operation stays and has integers where
    it had a quantized type. No quantized type is left in the function.
  }];
  let statistics = [
    Statistic<"numExpanded", "num-expanded", "conversions made arithmetic">,
    Statistic<"numStored", "num-stored", "values that became integers">
  ];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

def OutlineExecutables : Pass<"outline-executables", "::mlir::ModuleOp"> {
  let summary = "Make an executable of every group and a launch of every use";
  let description = [{
    The body of an `autoglm.group` becomes the function of a `plan.executable`,
    named by a hash over the body and the device's descriptor, without locations,
    names and weights; equal groups share one. The group becomes an
    `autoglm.launch`, and segments dissolve into the function around them.
  }];
  let statistics = [
    Statistic<"numExecutables", "num-executables", "executables made">,
    Statistic<"numShared", "num-shared", "groups that share an earlier executable">
  ];
  let dependentDialects = ["::autoglm::AutoGLMDialect", "::autoglm::plan::PlanDialect"];
}

def LowerExecutables : Pass<"lower-executables", "::autoglm::plan::ExecutableOp"> {
  let summary = "Run the target's lowering on an executable's module";
  let description = [{
    Before, the module holds one function on tensors; after, the target's exit
    dialect. Takes over the `plan.extent` that the target reports. Executables
    are independent and lowered in parallel.
  }];
}

#endif // AUTOGLM_PASSES_LOWER
