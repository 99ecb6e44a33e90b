//===- ReductionOps.td - many elements to one -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_REDUCTION_OPS
#define AUTOGLM_DIALECTS_AUTOGLM_REDUCTION_OPS

include "AutoGLMBase.td"

class AutoGLM_ReduceOp<string mnemonic, string meaning, Type type = AutoGLM_NumberTensor,
                       list<Trait> traits = []>
    : AutoGLM_TensorOp<mnemonic, traits> {
  let summary = meaning # " over some dimensions";
  let description = [{
    `axes` are the dimensions that are reduced (negative ones count from the
    end, none at all reduces nothing); they stay as 1 with `keepdims`. An empty
    set of elements gives the neutral element.
  }];
  let arguments = (ins type:$input, DenseI64ArrayAttr:$axes,
      DefaultValuedAttr<BoolAttr, "true">:$keepdims);
  let results = (outs type:$output);
}
def AutoGLM_ReduceSumOp : AutoGLM_ReduceOp<"reduce_sum", "sum">;
def AutoGLM_ReduceMeanOp : AutoGLM_ReduceOp<"reduce_mean", "mean">;
def AutoGLM_ReduceMaxOp : AutoGLM_ReduceOp<"reduce_max", "maximum">;
def AutoGLM_ReduceMinOp : AutoGLM_ReduceOp<"reduce_min", "minimum">;
def AutoGLM_ReduceProdOp : AutoGLM_ReduceOp<"reduce_prod", "product">;
def AutoGLM_ReduceL1Op : AutoGLM_ReduceOp<"reduce_l1", "sum of absolute values", AutoGLM_NumberTensor, [AutoGLM_Decomposable]>;
def AutoGLM_ReduceL2Op : AutoGLM_ReduceOp<"reduce_l2", "square root of the sum of squares", AutoGLM_NumberTensor, [AutoGLM_Decomposable]>;
def AutoGLM_ReduceSumSquareOp : AutoGLM_ReduceOp<"reduce_sum_square", "sum of squares", AutoGLM_NumberTensor, [AutoGLM_Decomposable]>;
def AutoGLM_ReduceLogSumOp : AutoGLM_ReduceOp<"reduce_log_sum", "logarithm of the sum", AutoGLM_NumberTensor, [AutoGLM_Decomposable]>;
def AutoGLM_ReduceLogSumExpOp : AutoGLM_ReduceOp<"reduce_log_sum_exp", "logarithm of the sum of exponentials, computed after subtracting the maximum", AutoGLM_NumberTensor, [AutoGLM_Decomposable]>;

class AutoGLM_ArgReduceOp<string mnemonic, string meaning> : AutoGLM_OpaqueOp<mnemonic> {
  let summary = meaning;
  let description = "Gives the index along `axis` of the " # meaning # "; the first of several, or the last with `select_last_index`.";
  let arguments = (ins AutoGLM_NumberTensor:$input, DefaultValuedAttr<I64Attr, "0">:$axis,
      DefaultValuedAttr<BoolAttr, "true">:$keepdims,
      DefaultValuedAttr<BoolAttr, "false">:$select_last_index);
  let results = (outs RankedTensorOf<[I64]>:$output);
}
def AutoGLM_ArgMaxOp : AutoGLM_ArgReduceOp<"argmax", "largest element">;
def AutoGLM_ArgMinOp : AutoGLM_ArgReduceOp<"argmin", "smallest element">;

def AutoGLM_CumSumOp : AutoGLM_OpaqueOp<"cumsum"> {
  let summary = "running sum along one dimension";
  let description = "Each element is the sum of those before it along `axis` (and itself unless `exclusive`), from the end with `reverse`.";
  let arguments = (ins AutoGLM_NumberTensor:$input, I64Attr:$axis,
      DefaultValuedAttr<BoolAttr, "false">:$exclusive, DefaultValuedAttr<BoolAttr, "false">:$reverse);
  let results = (outs AutoGLM_NumberTensor:$output);
}

#endif // AUTOGLM_DIALECTS_AUTOGLM_REDUCTION_OPS
