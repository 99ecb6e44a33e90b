//===- ContractionOps.td - matmul, convolution, pooling, normalization, softmax -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_CONTRACTION_OPS
#define AUTOGLM_DIALECTS_AUTOGLM_CONTRACTION_OPS

include "AutoGLMBase.td"

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

def AutoGLM_MatMulOp : AutoGLM_TensorOp<"matmul", [], ["getIterationSpace", "getFlopsPerPoint"]> {
  let summary = "matrix product as in numpy.matmul";
  let description = [{
    Takes A (..., M, K) and B (..., K, N), broadcasts the leading dimensions, and
    gives (..., M, N). An operand of rank 1 is a row (A) or a column (B) whose
    dimension is not in the result.
  }];
  let arguments = (ins AutoGLM_NumberTensor:$a, AutoGLM_NumberTensor:$b);
  let results = (outs AutoGLM_NumberTensor:$output);
}

def AutoGLM_GemmOp : AutoGLM_TensorOp<"gemm", [AutoGLM_Decomposable], ["getIterationSpace", "getFlops"]> {
  let summary = "alpha * A' * B' + beta * C";
  let description = [{
    A' is A (M, K), or its transpose with `transA`; likewise B. C broadcasts to
    (M, N).
  }];
  let arguments = (ins AutoGLM_NumberTensor:$a, AutoGLM_NumberTensor:$b,
      Optional<AutoGLM_NumberTensor>:$c,
      DefaultValuedAttr<F32Attr, "1.0f">:$alpha, DefaultValuedAttr<F32Attr, "1.0f">:$beta,
      DefaultValuedAttr<BoolAttr, "false">:$transA, DefaultValuedAttr<BoolAttr, "false">:$transB);
  let results = (outs AutoGLM_NumberTensor:$output);
}

// Windows over the spatial dimensions: one entry of strides and dilations per
// spatial dimension; pads are the begins of all, then the ends of all. The
// importer resolves auto_pad.
def AutoGLM_ConvOp : AutoGLM_TensorOp<"conv", [], ["getIterationSpace", "getFlopsPerPoint"]> {
  let summary = "convolution with 1 or more spatial dimensions";
  let description = [{
    Takes the input (N, C, spatial...), the weight (M, C / group, window...) and
    an optional bias (M), and gives (N, M, spatial...). Padding is zeros.
  }];
  let arguments = (ins AutoGLM_FloatTensor:$input, AutoGLM_FloatTensor:$weight,
      Optional<AutoGLM_FloatTensor>:$bias, DenseI64ArrayAttr:$strides,
      DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
      DefaultValuedAttr<I64Attr, "1">:$group);
  let results = (outs AutoGLM_FloatTensor:$output);
}

def AutoGLM_WinogradWeightOp : AutoGLM_OpaqueOp<"winograd_weight"> {
  let summary = "the weight of a 3 by 3 convolution, transformed for F(4x4, 3x3)";
  let description = [{
    Takes W (M, C, 3, 3) and gives U (M, C, 6, 6) with U = G * W * G', where G is

        1/4     0     0
       -1/6  -1/6  -1/6
       -1/6   1/6  -1/6
       1/24  1/12   1/6
       1/24 -1/12   1/6
          0     0     1
  }];
  let arguments = (ins AutoGLM_FloatTensor:$weight);
  let results = (outs AutoGLM_FloatTensor:$output);
}

def AutoGLM_WinogradConvOp : AutoGLM_TensorOp<"winograd_conv", [], ["getFlops"]> {
  let summary = "convolution of 3 by 3 taps with stride 1 by F(4x4, 3x3)";
  let description = [{
    Takes the input (N, C, H, W), the transformed weight (M, C, 6, 6) and an
    optional bias (M), and gives what `conv` gives with strides and dilations of
    1, one group and the weight before its transformation, but for rounding: each
    square D of 6 by 6 inputs gives the square A' * (sum over C of U .* (B' * D * B)) * A
    of 4 by 4 results, with A' and B'

       1  1  1  1  1  0        4  0 -5  0  1  0
       0  1 -1  2 -2  0        0 -4 -4  1  1  0
       0  1  1  4  4  0        0  4 -4 -1  1  0
       0  1 -1  8 -8  1        0 -2 -1  2  1  0
                               0  2 -1 -2  1  0
                               0  4  0 -5  0  1

    No model has it; targets choose it for their kernels.
  }];
  let arguments = (ins AutoGLM_FloatTensor:$input, AutoGLM_FloatTensor:$weight,
      Optional<AutoGLM_FloatTensor>:$bias, DenseI64ArrayAttr:$pads);
  let results = (outs AutoGLM_FloatTensor:$output);
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

def AutoGLM_MaxPoolOp : AutoGLM_TensorOp<"max_pool"> {
  let summary = "largest element of each window";
  let description = [{
    Takes (N, C, spatial...) and gives (N, C, spatial...). Padding never wins.
    With `ceil_mode` the last window may reach beyond the padded input.
  }];
  let arguments = (ins AutoGLM_NumberTensor:$input, DenseI64ArrayAttr:$kernel_shape,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
      DefaultValuedAttr<BoolAttr, "false">:$ceil_mode);
  let results = (outs AutoGLM_NumberTensor:$output);
}

def AutoGLM_AveragePoolOp : AutoGLM_TensorOp<"average_pool"> {
  let summary = "mean of each window";
  let description = [{
    As `max_pool`; padding counts in the divisor only with `count_include_pad`,
    and what lies beyond the padded input (`ceil_mode`) never does.
  }];
  let arguments = (ins AutoGLM_FloatTensor:$input, DenseI64ArrayAttr:$kernel_shape,
      DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$pads, DenseI64ArrayAttr:$dilations,
      DefaultValuedAttr<BoolAttr, "false">:$ceil_mode,
      DefaultValuedAttr<BoolAttr, "false">:$count_include_pad);
  let results = (outs AutoGLM_FloatTensor:$output);
}

class AutoGLM_GlobalPoolOp<string mnemonic, string meaning>
    : AutoGLM_OpaqueOp<mnemonic, [AutoGLM_Decomposable]> {
  let summary = meaning;
  let description = "Takes (N, C, spatial...) and gives (N, C, 1...): " # meaning # ".";
  let arguments = (ins AutoGLM_FloatTensor:$input);
  let results = (outs AutoGLM_FloatTensor:$output);
}
def AutoGLM_GlobalAveragePoolOp : AutoGLM_GlobalPoolOp<"global_average_pool", "mean over the spatial dimensions">;
def AutoGLM_GlobalMaxPoolOp : AutoGLM_GlobalPoolOp<"global_max_pool", "maximum over the spatial dimensions">;

//===----------------------------------------------------------------------===//
// Normalization and softmax
//===----------------------------------------------------------------------===//

def AutoGLM_BatchNormalizationOp : AutoGLM_TensorOp<"batch_normalization", [AutoGLM_Decomposable]> {
  let summary = "normalization by stored statistics (inference)";
  let description = "Gives (x - mean) / sqrt(var + epsilon) * scale + bias with one value of each per channel (dimension 1).";
  let arguments = (ins AutoGLM_FloatTensor:$input, AutoGLM_FloatTensor:$scale,
      AutoGLM_FloatTensor:$bias, AutoGLM_FloatTensor:$mean, AutoGLM_FloatTensor:$var,
      DefaultValuedAttr<F32Attr, "1.0e-5f">:$epsilon);
  let results = (outs AutoGLM_FloatTensor:$output);
}

def AutoGLM_InstanceNormalizationOp : AutoGLM_OpaqueOp<"instance_normalization", [AutoGLM_Decomposable]> {
  let summary = "normalization of each channel of each image";
  let description = "As `batch_normalization` with the mean and variance of each (n, c) plane.";
  let arguments = (ins AutoGLM_FloatTensor:$input, AutoGLM_FloatTensor:$scale,
      AutoGLM_FloatTensor:$bias, DefaultValuedAttr<F32Attr, "1.0e-5f">:$epsilon);
  let results = (outs AutoGLM_FloatTensor:$output);
}

def AutoGLM_LayerNormalizationOp : AutoGLM_OpaqueOp<"layer_normalization", [AutoGLM_Decomposable]> {
  let summary = "normalization over the dimensions from `axis` on";
  let description = [{
    Gives (x - mean) * inv_std_dev * scale + bias, where mean and inv_std_dev =
    1 / sqrt(variance + epsilon) are over the dimensions from `axis` on, and both
    of them (with those dimensions 1) as second and third result. `axis` may be
    negative.
  }];
  let arguments = (ins AutoGLM_FloatTensor:$input, AutoGLM_FloatTensor:$scale,
      Optional<AutoGLM_FloatTensor>:$bias, DefaultValuedAttr<I64Attr, "-1">:$axis,
      DefaultValuedAttr<F32Attr, "1.0e-5f">:$epsilon);
  let results = (outs AutoGLM_FloatTensor:$output, AutoGLM_FloatTensor:$mean,
      AutoGLM_FloatTensor:$inv_std_dev);
}

class AutoGLM_SoftmaxLikeOp<string mnemonic, string meaning>
    : AutoGLM_OpaqueOp<mnemonic, [AutoGLM_Decomposable]> {
  let summary = meaning;
  let description = "Along `axis`, which may be negative: " # meaning # ", computed after subtracting the maximum.";
  let arguments = (ins AutoGLM_FloatTensor:$input, DefaultValuedAttr<I64Attr, "-1">:$axis);
  let results = (outs AutoGLM_FloatTensor:$output);
}
def AutoGLM_SoftmaxOp : AutoGLM_SoftmaxLikeOp<"softmax", "exp(x) / sum(exp(x))">;
def AutoGLM_LogSoftmaxOp : AutoGLM_SoftmaxLikeOp<"log_softmax", "x - log(sum(exp(x)))">;

#endif // AUTOGLM_DIALECTS_AUTOGLM_CONTRACTION_OPS
