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
    At first, every operation is a cluster. Pairs of clusters, a producer and a
    consumer, become one as long as that saves anything by the device model: what
    saves most seconds first, then bytes, then launches, then the latest producer.
    A pair may become one if the consumer reads elements as they were written or
    the value as a whole, or if the producer can be computed where it is read (its
    elements depend on one element of each operand); if no path leads out of the
    pair and back into it; and if the device takes the joint group (verdict, with
    the descriptor's field `fusion`). What was refused is on the group, at most
    four candidates (`autoglm.refused`).

    Afterwards, a small cluster whose elements each depend on one element of each
    operand is computed by all of its readers themselves, if that saves time or
    bytes. Reshapes of row-major tensors move no bytes and stay outside; so do
    constants whose differing values are read one by one, that kernels which
    differ in them only are shared.
  }];
  let options = [
    Option<"maxOps", "max-ops", "int64_t", "32", "most operations in a group">
  ];
  let statistics = [
    Statistic<"numGroups", "num-groups", "groups made">,
    Statistic<"numJoined", "num-joined", "operations that joined a group">,
    Statistic<"numRecomputed", "num-recomputed", "clusters that their readers compute themselves">,
    Statistic<"numRefused", "num-refused", "candidates the device refused">
  ];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

#endif // AUTOGLM_PASSES_FUSE
