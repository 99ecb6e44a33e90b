//===- QuantOps.td - between reals and the integers that stand for them -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_QUANT_OPS
#define AUTOGLM_DIALECTS_AUTOGLM_QUANT_OPS

include "AutoGLMBase.td"

//===----------------------------------------------------------------------===//
// Scales in the type
//===----------------------------------------------------------------------===//

// Constant scales, one for all or one per index of a dimension, are part of the
// element type: !quant.uniform of the upstream dialect, from import to fuse.
def AutoGLM_QuantizedTensor : RankedTensorOf<[AutoGLM_QuantizedType]>;

def AutoGLM_QuantizeOp : AutoGLM_TensorOp<"quantize", [AutoGLM_ElementwiseTrait, AutoGLM_Decomposable]> {
  let summary = "reals as integers, by the scale of the result's type";
  let description = [{
    Gives saturate(round(x / scale) + zero point), where the quotient has the
    precision of x and rounds to the nearest even integer. NaN gives 0.

    ```mlir
    %q = autoglm.quantize %x {to = !quant.uniform<i8:f32, 0.5:3>}
        : (tensor<4xf32>) -> tensor<4x!quant.uniform<i8:f32, 0.5:3>>
    ```
  }];
  let arguments = (ins AutoGLM_FloatTensor:$input, TypeAttr:$to);
  let results = (outs AutoGLM_QuantizedTensor:$output);
  let hasVerifier = 1;
}

def AutoGLM_DequantizeOp : AutoGLM_TensorOp<"dequantize", [AutoGLM_ElementwiseTrait, AutoGLM_Decomposable]> {
  let summary = "the reals that integers stand for, by the scale of their type";
  let description = "Gives (q - zero point) * scale, computed in float32 and rounded to the type that the operand's type names.";
  let arguments = (ins AutoGLM_QuantizedTensor:$input);
  let results = (outs AutoGLM_FloatTensor:$output);
  let hasVerifier = 1;
}

def AutoGLM_QuantCastOp : AutoGLM_TensorOp<"quant_cast", [AutoGLM_ElementwiseTrait]> {
  let summary = "the same integers with or without the scale in their type";
  let description = [{
    Changes no bits. Integer weights are loaded as integers and cast, as a dense
    attribute of a quantized type cannot be written.
  }];
  let arguments = (ins AutoGLM_Tensor:$input, TypeAttr:$to);
  let results = (outs AutoGLM_Tensor:$output);
  let hasVerifier = 1;
  let hasFolder = 1;
}

//===----------------------------------------------------------------------===//
// Scales as operands
//===----------------------------------------------------------------------===//

def AutoGLM_QuantizeLinearOp : AutoGLM_OpaqueOp<"quantize_linear", [AutoGLM_Decomposable]> {
  let summary = "reals as integers, by scales that are operands";
  let description = [{
    As `quantize`; the quotient has the type `precision`. A scale of rank 0, or
    with one element, is for all of x; one of rank 1 has an element per index of
    dimension `axis`; with `block_size` it has the rank of x and one element per
    that many indices of `axis`. The zero point has the shape of the scale.
  }];
  let arguments = (ins AutoGLM_NumberTensor:$input, AutoGLM_FloatTensor:$scale,
      Optional<AutoGLM_IntTensor>:$zero_point, TypeAttr:$to, TypeAttr:$precision,
      DefaultValuedAttr<I64Attr, "1">:$axis, DefaultValuedAttr<I64Attr, "0">:$block_size);
  let results = (outs AutoGLM_IntTensor:$output);
  let hasVerifier = 1;
}

def AutoGLM_DequantizeLinearOp : AutoGLM_OpaqueOp<"dequantize_linear", [AutoGLM_Decomposable]> {
  let summary = "the reals that integers stand for, by scales that are operands";
  let description = "As `dequantize`, with scales and zero points as in `quantize_linear`.";
  let arguments = (ins AutoGLM_IntTensor:$input, AutoGLM_FloatTensor:$scale,
      Optional<AutoGLM_IntTensor>:$zero_point, TypeAttr:$to,
      DefaultValuedAttr<I64Attr, "1">:$axis, DefaultValuedAttr<I64Attr, "0">:$block_size);
  let results = (outs AutoGLM_FloatTensor:$output);
  let hasVerifier = 1;
}

#endif // AUTOGLM_DIALECTS_AUTOGLM_QUANT_OPS
