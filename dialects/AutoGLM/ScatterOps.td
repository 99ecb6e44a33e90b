//===- ScatterOps.td - gathering, scattering and sorting by index -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_SCATTER_OPS
#define AUTOGLM_DIALECTS_AUTOGLM_SCATTER_OPS

include "AutoGLMBase.td"

def AutoGLM_GatherNDOp : AutoGLM_OpaqueOp<"gather_nd"> {
  let summary = "parts of a tensor by tuples of indices";
  let description = [{
    The last dimension of `indices` holds tuples: each picks an element of the
    input's dimensions after the first `batch_dims`, which input and indices
    share, or a slice where the tuple is shorter. Negative indices count from the
    end; what is out of range is an error where it is known and is clamped at run
    time.
  }];
  let arguments = (ins AutoGLM_Tensor:$input, AutoGLM_IndexTensor:$indices,
      DefaultValuedAttr<I64Attr, "0">:$batch_dims);
  let results = (outs AutoGLM_Tensor:$output);
}

def AutoGLM_ScatterNDOp : AutoGLM_OpaqueOp<"scatter_nd"> {
  let summary = "a tensor with parts replaced at tuples of indices";
  let description = [{
    The last dimension of `indices` holds tuples, each of which names an element
    or slice of the input as in `gather_nd`; the part of `updates` at the same
    place replaces it, or is combined with it by `reduction`: `none`, `add`,
    `mul`, `max` or `min`. Updates are applied in row-major order. An index out
    of range is an error where it is known; at run time its update is left out.
  }];
  let arguments = (ins AutoGLM_Tensor:$input, AutoGLM_IndexTensor:$indices,
      AutoGLM_Tensor:$updates, DefaultValuedAttr<StrAttr, "\"none\"">:$reduction);
  let results = (outs AutoGLM_Tensor:$output);
}

def AutoGLM_ScatterElementsOp : AutoGLM_OpaqueOp<"scatter_elements"> {
  let summary = "a tensor with elements replaced at an index each";
  let description = [{
    Each element of `updates` goes to its own position with `axis` replaced by
    the index at that position, and replaces what is there, or is combined with
    it by `reduction`, as in `scatter_nd`.
  }];
  let arguments = (ins AutoGLM_Tensor:$input, AutoGLM_IndexTensor:$indices,
      AutoGLM_Tensor:$updates, DefaultValuedAttr<I64Attr, "0">:$axis,
      DefaultValuedAttr<StrAttr, "\"none\"">:$reduction);
  let results = (outs AutoGLM_Tensor:$output);
}

def AutoGLM_TopKOp : AutoGLM_OpaqueOp<"topk"> {
  let summary = "the largest or smallest elements along a dimension, in order";
  let description = [{
    Gives the `k` largest (or smallest) elements along `axis`, best first, and
    their indices. Of equal elements the one with the smaller index comes first;
    NaN is above every number.
  }];
  let arguments = (ins AutoGLM_NumberTensor:$input, I64Attr:$k,
      DefaultValuedAttr<I64Attr, "-1">:$axis, DefaultValuedAttr<BoolAttr, "true">:$largest);
  let results = (outs AutoGLM_NumberTensor:$values, RankedTensorOf<[I64]>:$indices);
}

def AutoGLM_NonZeroOp : AutoGLM_OpaqueOp<"nonzero"> {
  let summary = "the coordinates of the elements that are not zero";
  let description = "One row per dimension of the input, one column per such element, in row-major order; their number is known once the values are.";
  let arguments = (ins AutoGLM_Tensor:$input);
  let results = (outs RankedTensorOf<[I64]>:$output);
}

#endif // AUTOGLM_DIALECTS_AUTOGLM_SCATTER_OPS
