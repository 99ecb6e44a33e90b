//===- NormalizationOps.td - normalization without stored statistics -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_NORMALIZATION_OPS
#define AUTOGLM_DIALECTS_AUTOGLM_NORMALIZATION_OPS

include "AutoGLMBase.td"

def AutoGLM_RMSNormalizationOp : AutoGLM_OpaqueOp<"rms_normalization", [AutoGLM_Decomposable]> {
  let summary = "division by the root of the mean square from `axis` on";
  let description = [{
    Gives x / sqrt(mean(x * x) + epsilon) * scale, with the mean over the
    dimensions from `axis` on, which may be negative. Half precision is
    normalized in float32 and rounded before it is scaled.
  }];
  let arguments = (ins AutoGLM_FloatTensor:$input, AutoGLM_FloatTensor:$scale,
      DefaultValuedAttr<I64Attr, "-1">:$axis, DefaultValuedAttr<F32Attr, "1.0e-5f">:$epsilon);
  let results = (outs AutoGLM_FloatTensor:$output);
}

def AutoGLM_GroupNormalizationOp : AutoGLM_OpaqueOp<"group_normalization", [AutoGLM_Decomposable]> {
  let summary = "normalization of groups of channels of each image";
  let description = [{
    The channels (dimension 1) are cut into `num_groups` groups; each is
    normalized by its own mean and variance, over the spatial dimensions too,
    then scaled and shifted by one value of `scale` and `bias` per channel.
  }];
  let arguments = (ins AutoGLM_FloatTensor:$input, AutoGLM_FloatTensor:$scale,
      AutoGLM_FloatTensor:$bias, I64Attr:$num_groups,
      DefaultValuedAttr<F32Attr, "1.0e-5f">:$epsilon);
  let results = (outs AutoGLM_FloatTensor:$output);
}

def AutoGLM_LRNOp : AutoGLM_OpaqueOp<"lrn", [AutoGLM_Decomposable]> {
  let summary = "normalization by the squares of neighbouring channels";
  let description = [{
    Gives x / (bias + alpha / size * s) ^ beta, where s sums the squares of the
    `size` channels around each (the larger half after it), those that exist.
  }];
  let arguments = (ins AutoGLM_FloatTensor:$input, I64Attr:$size,
      DefaultValuedAttr<F32Attr, "1.0e-4f">:$alpha,
      DefaultValuedAttr<F32Attr, "0.75f">:$beta, DefaultValuedAttr<F32Attr, "1.0f">:$bias);
  let results = (outs AutoGLM_FloatTensor:$output);
}

#endif // AUTOGLM_DIALECTS_AUTOGLM_NORMALIZATION_OPS
