//===- Passes.td - fuse -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_FUSE
#define AUTOGLM_PASSES_FUSE

include "mlir/Pass/PassBase.td"

def FormGroups : Pass<"form-groups", "::mlir::ModuleOp"> {
  let summary = "Wrap the operations of each segment into groups, one kernel each";
  let description = [{
    Greedy, in order: an operation whose iteration space is parallel joins the
    group that produces one of its operands, if that operand is read at the same
    index it was written, nobody else uses the group's results, and the device
    promises (by its verdict on the joint group) to emit it as one. Every other
    operation starts a group of its own. Reshapes of row-major tensors move no
    bytes and stay outside; so do constants whose differing values are read one by
    one, that kernels which differ in them only are shared.
  }];
  let options = [
    Option<"maxOps", "max-ops", "int64_t", "32", "most operations in a group">
  ];
  let statistics = [
    Statistic<"numGroups", "num-groups", "groups made">,
    Statistic<"numJoined", "num-joined", "operations that joined a group">,
    Statistic<"numRefused", "num-refused", "candidates the device refused">
  ];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

#endif // AUTOGLM_PASSES_FUSE
