//===- MovementOps.td - elements that move and do not change -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_MOVEMENT_OPS
#define AUTOGLM_DIALECTS_AUTOGLM_MOVEMENT_OPS

include "AutoGLMBase.td"

def AutoGLM_IdentityOp : AutoGLM_TensorOp<"identity"> {
  let summary = "its input";
  let description = "Gives the input unchanged; folded away.";
  let arguments = (ins AutoGLM_Tensor:$input);
  let results = (outs AutoGLM_Tensor:$output);
  let hasFolder = 1;
}

def AutoGLM_ReshapeOp : AutoGLM_OpaqueOp<"reshape"> {
  let summary = "the same elements in row-major order under another shape";
  let description = [{
    In `shape` a -1 (at most one) is whatever is left, and a 0 copies the input's
    dimension, unless `allowzero`.
  }];
  let arguments = (ins AutoGLM_Tensor:$input, AutoGLM_ShapeTensor:$shape,
      DefaultValuedAttr<BoolAttr, "false">:$allowzero);
  let results = (outs AutoGLM_Tensor:$output);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def AutoGLM_FlattenOp : AutoGLM_OpaqueOp<"flatten", [AutoGLM_Decomposable]> {
  let summary = "a matrix: dimensions before `axis` by those from it on";
  let description = "`axis` may be negative and may equal the rank.";
  let arguments = (ins AutoGLM_Tensor:$input, DefaultValuedAttr<I64Attr, "1">:$axis);
  let results = (outs AutoGLM_Tensor:$output);
}

def AutoGLM_SqueezeOp : AutoGLM_OpaqueOp<"squeeze", [AutoGLM_Decomposable]> {
  let summary = "removes dimensions of size 1";
  let description = "`axes` may be negative; each must be of size 1.";
  let arguments = (ins AutoGLM_Tensor:$input, DenseI64ArrayAttr:$axes);
  let results = (outs AutoGLM_Tensor:$output);
}

def AutoGLM_UnsqueezeOp : AutoGLM_OpaqueOp<"unsqueeze", [AutoGLM_Decomposable]> {
  let summary = "inserts dimensions of size 1";
  let description = "`axes` are positions in the result and may be negative.";
  let arguments = (ins AutoGLM_Tensor:$input, DenseI64ArrayAttr:$axes);
  let results = (outs AutoGLM_Tensor:$output);
}

def AutoGLM_TransposeOp : AutoGLM_TensorOp<"transpose"> {
  let summary = "permutation of the dimensions";
  let description = "Dimension i of the result is dimension `perm[i]` of the input.";
  let arguments = (ins AutoGLM_Tensor:$input, DenseI64ArrayAttr:$perm);
  let results = (outs AutoGLM_Tensor:$output);
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def AutoGLM_ExpandOp : AutoGLM_TensorOp<"expand"> {
  let summary = "broadcast against a shape";
  let description = "The result's shape is the broadcast of the input's shape and `shape`.";
  let arguments = (ins AutoGLM_Tensor:$input, AutoGLM_ShapeTensor:$shape);
  let results = (outs AutoGLM_Tensor:$output);
  let hasFolder = 1;
}

def AutoGLM_TileOp : AutoGLM_OpaqueOp<"tile"> {
  let summary = "repetition along each dimension";
  let description = "`repeats` has one entry per dimension of the input.";
  let arguments = (ins AutoGLM_Tensor:$input, AutoGLM_ShapeTensor:$repeats);
  let results = (outs AutoGLM_Tensor:$output);
}

def AutoGLM_ConcatOp : AutoGLM_OpaqueOp<"concat"> {
  let summary = "tensors one after the other along a dimension";
  let description = "`axis` may be negative; the other dimensions must agree.";
  let arguments = (ins Variadic<AutoGLM_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs AutoGLM_Tensor:$output);
  let hasFolder = 1;
}

def AutoGLM_SplitOp : AutoGLM_OpaqueOp<"split"> {
  let summary = "a tensor cut into pieces along a dimension";
  let description = "`sizes` are the pieces' sizes along `axis`, whose sum is the dimension; the importer computes equal parts.";
  let arguments = (ins AutoGLM_Tensor:$input, I64Attr:$axis, DenseI64ArrayAttr:$sizes);
  let results = (outs Variadic<AutoGLM_Tensor>:$outputs);
}

def AutoGLM_SliceOp : AutoGLM_OpaqueOp<"slice"> {
  let summary = "a strided part of a tensor";
  let description = [{
    For each of `axes` the elements from `starts` to before `ends` by `steps`,
    which may be negative; bounds are clamped as in ONNX.
  }];
  let arguments = (ins AutoGLM_Tensor:$input, 1DTensorOf<[I32, I64]>:$starts,
      1DTensorOf<[I32, I64]>:$ends, 1DTensorOf<[I32, I64]>:$axes, 1DTensorOf<[I32, I64]>:$steps);
  let results = (outs AutoGLM_Tensor:$output);
}

def AutoGLM_PadOp : AutoGLM_OpaqueOp<"pad"> {
  let summary = "a border around a tensor";
  let description = [{
    `pads` are the begins of all dimensions, then the ends; a negative one cuts.
    `value` (rank 0) fills the border in mode `constant`; `reflect` mirrors
    without the edge, `edge` repeats it, `wrap` goes around.
  }];
  let arguments = (ins AutoGLM_Tensor:$input, AutoGLM_ShapeTensor:$pads, AutoGLM_Tensor:$value,
      DefaultValuedAttr<StrAttr, "\"constant\"">:$mode);
  let results = (outs AutoGLM_Tensor:$output);
}

def AutoGLM_GatherOp : AutoGLM_OpaqueOp<"gather"> {
  let summary = "entries of a dimension by index";
  let description = [{
    The dimension `axis` of the input is replaced by the dimensions of `indices`;
    a negative index counts from the end. An index out of range is an error where
    it is known, and is clamped at run time.
  }];
  let arguments = (ins AutoGLM_Tensor:$input, AutoGLM_IndexTensor:$indices,
      DefaultValuedAttr<I64Attr, "0">:$axis);
  let results = (outs AutoGLM_Tensor:$output);
}

def AutoGLM_GatherElementsOp : AutoGLM_OpaqueOp<"gather_elements"> {
  let summary = "elements by an index each";
  let description = "The result has the shape of `indices`; each element is taken at its own position with `axis` replaced by the index.";
  let arguments = (ins AutoGLM_Tensor:$input, AutoGLM_IndexTensor:$indices,
      DefaultValuedAttr<I64Attr, "0">:$axis);
  let results = (outs AutoGLM_Tensor:$output);
}

def AutoGLM_TriluOp : AutoGLM_OpaqueOp<"trilu"> {
  let summary = "the upper or lower triangle of matrices, zero elsewhere";
  let description = "Keeps column - row >= k with `upper`, else column - row <= k, of the last two dimensions.";
  let arguments = (ins AutoGLM_Tensor:$input, DefaultValuedAttr<BoolAttr, "true">:$upper,
      DefaultValuedAttr<I64Attr, "0">:$k);
  let results = (outs AutoGLM_Tensor:$output);
}

def AutoGLM_ShapeOp : AutoGLM_OpaqueOp<"shape"> {
  let summary = "the dimensions of a tensor, from `start` to before `end`";
  let description = "Both may be negative and are clamped to the rank; `end` is absent for the rank.";
  let arguments = (ins AutoGLM_Tensor:$input, DefaultValuedAttr<I64Attr, "0">:$start,
      OptionalAttr<I64Attr>:$end);
  let results = (outs 1DTensorOf<[I64]>:$output);
  let hasFolder = 1;
}

def AutoGLM_SizeOp : AutoGLM_OpaqueOp<"size"> {
  let summary = "the number of elements of a tensor, as rank 0";
  let description = "Folds where the shape is known.";
  let arguments = (ins AutoGLM_Tensor:$input);
  let results = (outs RankedTensorOf<[I64]>:$output);
  let hasFolder = 1;
}

def AutoGLM_ConstantOfShapeOp : AutoGLM_OpaqueOp<"constant_of_shape"> {
  let summary = "a tensor of a given shape filled with one value";
  let description = "`value` is a splat of one element.";
  let arguments = (ins AutoGLM_ShapeTensor:$shape, ElementsAttr:$value);
  let results = (outs AutoGLM_Tensor:$output);
}

def AutoGLM_RangeOp : AutoGLM_OpaqueOp<"range"> {
  let summary = "start, start + delta, ... before limit";
  let description = "All three have rank 0 and one element type.";
  let arguments = (ins AutoGLM_NumberTensor:$start, AutoGLM_NumberTensor:$limit, AutoGLM_NumberTensor:$delta);
  let results = (outs AutoGLM_NumberTensor:$output);
}

#endif // AUTOGLM_DIALECTS_AUTOGLM_MOVEMENT_OPS
