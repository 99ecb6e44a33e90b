//===- AttentionOps.td - attention and general contractions -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_ATTENTION_OPS
#define AUTOGLM_DIALECTS_AUTOGLM_ATTENTION_OPS

include "AutoGLMBase.td"

def AutoGLM_AttentionOp : AutoGLM_OpaqueOp<"attention", [AutoGLM_Decomposable, AttrSizedOperandSegments]> {
  let summary = "softmax(Q * K' * scale + mask) * V for each head";
  let description = [{
    Takes Q (batch, heads, queries, size), K (batch, key heads, keys, size) and V
    (batch, key heads, keys, value size); heads are a multiple of key heads, of
    which each serves as many in a row. `mask` broadcasts to (batch, heads,
    queries, keys): true keeps, a float is added. `causal_offset`, if not
    absent, hides key j from query i where j > i + offset. `valid_keys` (batch)
    hides the keys from there on, and counts the causal offset from the end of
    what is valid. With `softcap`, scores become softcap * tanh(score /
    softcap). The second result are the scores: `score_stage` 0 the products, 1
    after the soft cap, 2 with the mask (as ONNX numbers them), 3 after the
    softmax. The softmax is computed in `softmax_type`.
  }];
  let arguments = (ins AutoGLM_FloatTensor:$query, AutoGLM_FloatTensor:$key,
      AutoGLM_FloatTensor:$value, Optional<AutoGLM_Tensor>:$mask,
      Optional<AutoGLM_IndexTensor>:$valid_keys, F32Attr:$scale,
      OptionalAttr<I64Attr>:$causal_offset, DefaultValuedAttr<F32Attr, "0.0f">:$softcap,
      DefaultValuedAttr<I64Attr, "0">:$score_stage, TypeAttr:$softmax_type);
  let results = (outs AutoGLM_FloatTensor:$output, AutoGLM_FloatTensor:$scores);
}

def AutoGLM_EinsumOp : AutoGLM_TensorOp<"einsum", [AutoGLM_Decomposable]> {
  let summary = "sum of products by the letters of an equation";
  let description = [{
    One letter per dimension of each operand and of the result, as in
    numpy.einsum, with the result written out and no ellipsis, which the importer
    resolves: `bij,bjk->bik`. A letter that the result does not have is summed
    over; one that an operand has twice takes its diagonal.
  }];
  let arguments = (ins Variadic<AutoGLM_NumberTensor>:$inputs, StrAttr:$equation);
  let results = (outs AutoGLM_NumberTensor:$output);
}

#endif // AUTOGLM_DIALECTS_AUTOGLM_ATTENTION_OPS
