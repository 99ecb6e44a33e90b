//===- Passes.td - normalize -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_NORMALIZE
#define AUTOGLM_PASSES_NORMALIZE

include "mlir/Pass/PassBase.td"

def FoldConstants : Pass<"fold-constants", "::mlir::func::FuncOp"> {
  let summary = "Evaluate what depends on constants alone and refine shapes on the way";
  let description = [{
    Goes over the function once, in order. Each operation's result types are
    inferred again from operands that may be better known by now; an operation
    whose operands are all constants is evaluated by the reference evaluator,
    where its results stay within `max-bytes`. So chains of shape arithmetic end
    in constants, and reshapes in known shapes. Operations on weights stay:
    `derive-weights` moves them.
  }];
  let options = [
    Option<"maxBytes", "max-bytes", "int64_t", "4096", "largest result in bytes">
  ];
  let statistics = [
    Statistic<"numFolded", "num-folded", "operations evaluated">,
    Statistic<"numRefined", "num-refined", "results with a better known shape">
  ];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

def RecognizeComposites : Pass<"recognize-composites", "::mlir::func::FuncOp"> {
  let summary = "Find the activations and normalizations that exporters took apart";
  let description = [{
    Products that are a GELU (with erf or tanh), a layer normalization or a
    normalization by the root mean square of the last dimension become one
    operation, which keeps the locations of all of them. Each product is looked at
    once. A bias that is added stays an addition; what others use of the parts
    stays too.
  }];
  let statistics = [Statistic<"numRecognized", "num-recognized", "composites found">];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

def RecognizeAttention : Pass<"recognize-attention", "::mlir::ModuleOp"> {
  let summary = "Find attention that exporters took apart, where a device takes it whole";
  let description = [{
    A softmax over the last dimension of scaled products of queries and keys, with
    a mask added or none, times the values becomes one `autoglm.attention`, if a
    device of the module answers yes to it; otherwise everything stays. Factors of
    queries and keys go into the scale. Keys and values that were repeated for the
    heads that share them are taken before that. What others use of the parts
    stays, and then nothing is recognized. A query whose mask hides every key
    gives zeros; its parts gave no number.
  }];
  let statistics = [Statistic<"numRecognized", "num-recognized", "attentions found">];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

def MergeProducts : Pass<"merge-products", "::mlir::ModuleOp"> {
  let summary = "Make one product of several with the same left operand, where that pays";
  let description = [{
    Products of one matrix with several weights (queries, keys and values of an
    attention), and the biases added to all or none of them, become one product
    with the weights side by side, split afterwards. Only if every device of the
    module takes product, bias and split as one unit and its model says that this
    is cheaper than the parts. A product whose only reader would join it (an
    activation) stays. `derive-weights` then joins the weights.
  }];
  let statistics = [Statistic<"numMerged", "num-merged", "products that became part of another">];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

def DecomposeComposites : Pass<"decompose-composites", "::mlir::ModuleOp"> {
  let summary = "Expand composites that no device of the module takes whole";
  let description = [{
    A composite stays if any `autoglm.device` answers yes to it. Anything else
    that declares a decomposition is replaced by it, repeatedly. Without devices
    nothing changes.
  }];
  let statistics = [Statistic<"numDecomposed", "num-decomposed", "composites expanded">];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

def FoldBatchNormalization : Pass<"fold-batch-normalization", "::mlir::func::FuncOp"> {
  let summary = "Merge a batch normalization into the convolution before it";
  let description = [{
    Where the convolution has no other user and its weight and all statistics are
    constants or weights, scales filters and bias. The arithmetic is ordinary
    operations on the weight, which `fold-constants` and `derive-weights` then
    take out of the graph.
  }];
  let statistics = [Statistic<"numMerged", "num-merged", "batch normalizations merged">];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

def DeriveWeights : Pass<"derive-weights", "::mlir::ModuleOp"> {
  let summary = "Turn computations on weights into derived weights";
  let description = [{
    An operation that depends on weights and constants alone moves into the
    initializer of a new `autoglm.weight`, with everything it needs, unless its
    result is more than `max-growth` times as large as the weights it reads.
    Integers that are dequantized become a weight of floats. A quantized type has
    no weights: its `autoglm.quant_cast` stays outside.
    Equal initializers become one symbol; weights without a user are removed.
    Bytes are only computed when the bundle is written.
  }];
  let options = [
    Option<"maxGrowth", "max-growth", "int64_t", "4", "largest result over what it reads">
  ];
  let statistics = [
    Statistic<"numDerived", "num-derived", "derived weights made">,
    Statistic<"numMerged", "num-merged", "weights equal to an earlier one">,
    Statistic<"numErased", "num-erased", "weights without a user">
  ];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

#endif // AUTOGLM_PASSES_NORMALIZE
