//===- ResamplingOps.td - operations that change a resolution -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_RESAMPLING_OPS
#define AUTOGLM_DIALECTS_AUTOGLM_RESAMPLING_OPS

include "AutoGLMBase.td"

def AutoGLM_ConvTransposeOp : AutoGLM_OpaqueOp<"conv_transpose", [AutoGLM_Decomposable]> {
  let summary = "transposed convolution with 1 or more spatial dimensions";
  let description = [{
    Takes the input (N, C, spatial...), the weight (C, M / group, window...) and
    an optional bias (M), and gives (N, M, spatial...): each input element adds
    its window times the weight, windows lie `strides` apart, and `pads` are cut
    off the begin and end. An extent is stride * (input - 1) + output_padding +
    dilation * (window - 1) + 1 - pads; a negative pad adds what no window meets.
  }];
  let arguments = (ins AutoGLM_FloatTensor:$input, AutoGLM_FloatTensor:$weight,
      Optional<AutoGLM_FloatTensor>:$bias, DenseI64ArrayAttr:$strides,
      DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
      DenseI64ArrayAttr:$output_padding, DefaultValuedAttr<I64Attr, "1">:$group);
  let results = (outs AutoGLM_FloatTensor:$output);
}

def AutoGLM_ResizeOp : AutoGLM_OpaqueOp<"resize", [AutoGLM_Decomposable]> {
  let summary = "another resolution of a tensor, by interpolation";
  let description = [{
    One entry per dimension: the extent is `sizes`, or floor(input * `scales`)
    where that is empty; the scale that coordinates are computed with is
    `scales`, or output / input where that is empty. `mode` is `nearest`,
    `linear` or `cubic`; `coordinates` says how an output coordinate becomes an
    input coordinate (`half_pixel`, `half_pixel_symmetric`,
    `pytorch_half_pixel`, `align_corners`, `asymmetric`, `tf_crop_and_resize`
    with `roi`, the begins of all dimensions and then the ends); `rounding` is
    how `nearest` rounds. `antialias` widens the filter when the resolution gets
    smaller. Dimensions of equal size with scale 1 are left alone.
  }];
  let arguments = (ins AutoGLM_NumberTensor:$input, DenseF32ArrayAttr:$scales,
      DenseI64ArrayAttr:$sizes, DenseF32ArrayAttr:$roi,
      DefaultValuedAttr<StrAttr, "\"nearest\"">:$mode,
      DefaultValuedAttr<StrAttr, "\"half_pixel\"">:$coordinates,
      DefaultValuedAttr<StrAttr, "\"round_prefer_floor\"">:$rounding,
      DefaultValuedAttr<F32Attr, "-0.75f">:$cubic_coeff_a,
      DefaultValuedAttr<BoolAttr, "false">:$exclude_outside,
      DefaultValuedAttr<F32Attr, "0.0f">:$extrapolation_value,
      DefaultValuedAttr<BoolAttr, "false">:$antialias);
  let results = (outs AutoGLM_NumberTensor:$output);
}

def AutoGLM_GridSampleOp : AutoGLM_OpaqueOp<"grid_sample"> {
  let summary = "elements at the points of a grid, by interpolation";
  let description = [{
    Takes the input (N, C, spatial...) and the grid (N, points..., dimensions),
    whose last dimension holds a point between -1 and 1 per spatial dimension,
    the last one first, and gives (N, C, points...). `mode` is `linear`,
    `nearest` or `cubic`; outside, `padding_mode` gives `zeros`, the `border` or
    its `reflection`. With `align_corners` -1 and 1 are the centers of the
    corner elements, else their outer edges.
  }];
  let arguments = (ins AutoGLM_FloatTensor:$input, AutoGLM_FloatTensor:$grid,
      DefaultValuedAttr<StrAttr, "\"linear\"">:$mode,
      DefaultValuedAttr<StrAttr, "\"zeros\"">:$padding_mode,
      DefaultValuedAttr<BoolAttr, "false">:$align_corners);
  let results = (outs AutoGLM_FloatTensor:$output);
}

#endif // AUTOGLM_DIALECTS_AUTOGLM_RESAMPLING_OPS
