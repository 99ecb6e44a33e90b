//===- ElementwiseOps.td - one result element from one element of each operand -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_ELEMENTWISE_OPS
#define AUTOGLM_DIALECTS_AUTOGLM_ELEMENTWISE_OPS

include "AutoGLMBase.td"

//===----------------------------------------------------------------------===//
// Unary
//===----------------------------------------------------------------------===//

class AutoGLM_UnaryOp<string mnemonic, string meaning, Type type = AutoGLM_FloatTensor,
                      list<Trait> traits = []>
    : AutoGLM_TensorOp<mnemonic, traits # [AutoGLM_ElementwiseTrait]> {
  let summary = meaning;
  let description = "Takes a tensor and gives one of the same shape and element type: " # meaning # ".";
  let arguments = (ins type:$input);
  let results = (outs type:$output);
}

def AutoGLM_AbsOp : AutoGLM_UnaryOp<"abs", "absolute value", AutoGLM_NumberTensor>;
def AutoGLM_NegOp : AutoGLM_UnaryOp<"neg", "negation", AutoGLM_NumberTensor>;
def AutoGLM_SignOp : AutoGLM_UnaryOp<"sign", "-1, 0 or 1 by sign", AutoGLM_NumberTensor>;
def AutoGLM_ExpOp : AutoGLM_UnaryOp<"exp", "e to the power of x">;
def AutoGLM_LogOp : AutoGLM_UnaryOp<"log", "natural logarithm">;
def AutoGLM_SqrtOp : AutoGLM_UnaryOp<"sqrt", "square root">;
def AutoGLM_ReciprocalOp : AutoGLM_UnaryOp<"reciprocal", "1 / x">;
def AutoGLM_FloorOp : AutoGLM_UnaryOp<"floor", "largest integer not above x">;
def AutoGLM_CeilOp : AutoGLM_UnaryOp<"ceil", "smallest integer not below x">;
def AutoGLM_RoundOp : AutoGLM_UnaryOp<"round", "nearest integer, ties to even">;
def AutoGLM_ErfOp : AutoGLM_UnaryOp<"erf", "error function">;
def AutoGLM_SinOp : AutoGLM_UnaryOp<"sin", "sine">;
def AutoGLM_CosOp : AutoGLM_UnaryOp<"cos", "cosine">;
def AutoGLM_TanOp : AutoGLM_UnaryOp<"tan", "tangent">;
def AutoGLM_AsinOp : AutoGLM_UnaryOp<"asin", "inverse sine">;
def AutoGLM_AcosOp : AutoGLM_UnaryOp<"acos", "inverse cosine">;
def AutoGLM_AtanOp : AutoGLM_UnaryOp<"atan", "inverse tangent">;
def AutoGLM_SinhOp : AutoGLM_UnaryOp<"sinh", "hyperbolic sine">;
def AutoGLM_CoshOp : AutoGLM_UnaryOp<"cosh", "hyperbolic cosine">;
def AutoGLM_AsinhOp : AutoGLM_UnaryOp<"asinh", "inverse hyperbolic sine">;
def AutoGLM_AcoshOp : AutoGLM_UnaryOp<"acosh", "inverse hyperbolic cosine">;
def AutoGLM_AtanhOp : AutoGLM_UnaryOp<"atanh", "inverse hyperbolic tangent">;
def AutoGLM_TanhOp : AutoGLM_UnaryOp<"tanh", "hyperbolic tangent">;
def AutoGLM_SigmoidOp : AutoGLM_UnaryOp<"sigmoid", "1 / (1 + exp(-x))">;
def AutoGLM_ReluOp : AutoGLM_UnaryOp<"relu", "max(x, 0)", AutoGLM_NumberTensor>;
def AutoGLM_SoftplusOp : AutoGLM_UnaryOp<"softplus", "log(exp(x) + 1)", AutoGLM_FloatTensor, [AutoGLM_Decomposable]>;
def AutoGLM_SoftsignOp : AutoGLM_UnaryOp<"softsign", "x / (1 + |x|)", AutoGLM_FloatTensor, [AutoGLM_Decomposable]>;
def AutoGLM_HardSwishOp : AutoGLM_UnaryOp<"hard_swish", "x * max(0, min(1, x / 6 + 0.5))", AutoGLM_FloatTensor, [AutoGLM_Decomposable]>;
def AutoGLM_MishOp : AutoGLM_UnaryOp<"mish", "x * tanh(softplus(x))", AutoGLM_FloatTensor, [AutoGLM_Decomposable]>;
def AutoGLM_NotOp : AutoGLM_UnaryOp<"not", "logical negation", AutoGLM_BoolTensor>;

def AutoGLM_LeakyReluOp : AutoGLM_UnaryOp<"leaky_relu", "x if x >= 0, else alpha * x", AutoGLM_FloatTensor, [AutoGLM_Decomposable]> {
  let arguments = (ins AutoGLM_FloatTensor:$input, DefaultValuedAttr<F32Attr, "0.01f">:$alpha);
}
def AutoGLM_EluOp : AutoGLM_UnaryOp<"elu", "x if x >= 0, else alpha * (exp(x) - 1)", AutoGLM_FloatTensor, [AutoGLM_Decomposable]> {
  let arguments = (ins AutoGLM_FloatTensor:$input, DefaultValuedAttr<F32Attr, "1.0f">:$alpha);
}
def AutoGLM_CeluOp : AutoGLM_UnaryOp<"celu", "max(0, x) + min(0, alpha * (exp(x / alpha) - 1))", AutoGLM_FloatTensor, [AutoGLM_Decomposable]> {
  let arguments = (ins AutoGLM_FloatTensor:$input, DefaultValuedAttr<F32Attr, "1.0f">:$alpha);
}
def AutoGLM_SeluOp : AutoGLM_UnaryOp<"selu", "gamma * x if x > 0, else gamma * (alpha * exp(x) - alpha)", AutoGLM_FloatTensor, [AutoGLM_Decomposable]> {
  let arguments = (ins AutoGLM_FloatTensor:$input,
      DefaultValuedAttr<F32Attr, "1.67326319217681884765625f">:$alpha,
      DefaultValuedAttr<F32Attr, "1.05070102214813232421875f">:$gamma);
}
def AutoGLM_HardSigmoidOp : AutoGLM_UnaryOp<"hard_sigmoid", "max(0, min(1, alpha * x + beta))", AutoGLM_FloatTensor, [AutoGLM_Decomposable]> {
  let arguments = (ins AutoGLM_FloatTensor:$input, DefaultValuedAttr<F32Attr, "0.2f">:$alpha,
      DefaultValuedAttr<F32Attr, "0.5f">:$beta);
}
def AutoGLM_ThresholdedReluOp : AutoGLM_UnaryOp<"thresholded_relu", "x if x > alpha, else 0", AutoGLM_FloatTensor, [AutoGLM_Decomposable]> {
  let arguments = (ins AutoGLM_FloatTensor:$input, DefaultValuedAttr<F32Attr, "1.0f">:$alpha);
}
def AutoGLM_GeluOp : AutoGLM_UnaryOp<"gelu", "0.5 * x * (1 + erf(x / sqrt(2))), or its tanh form", AutoGLM_FloatTensor, [AutoGLM_Decomposable]> {
  let arguments = (ins AutoGLM_FloatTensor:$input,
      DefaultValuedAttr<BoolAttr, "false">:$tanh_approximation);
}

def AutoGLM_IsNaNOp : AutoGLM_TensorOp<"isnan", [AutoGLM_ElementwiseTrait]> {
  let summary = "whether each element is not a number";
  let description = "Takes a float tensor and gives a bool tensor of the same shape.";
  let arguments = (ins AutoGLM_FloatTensor:$input);
  let results = (outs AutoGLM_BoolTensor:$output);
}
def AutoGLM_IsInfOp : AutoGLM_TensorOp<"isinf", [AutoGLM_ElementwiseTrait]> {
  let summary = "whether each element is an infinity of a sign that is asked for";
  let description = "Takes a float tensor and gives a bool tensor of the same shape.";
  let arguments = (ins AutoGLM_FloatTensor:$input,
      DefaultValuedAttr<BoolAttr, "true">:$detect_negative,
      DefaultValuedAttr<BoolAttr, "true">:$detect_positive);
  let results = (outs AutoGLM_BoolTensor:$output);
}

def AutoGLM_CastOp : AutoGLM_TensorOp<"cast", [AutoGLM_ElementwiseTrait]> {
  let summary = "conversion of the element type";
  let description = [{
    Float to integer truncates toward zero, anything to bool is `x != 0`, a wider
    integer wraps. `to` is the new element type.
  }];
  let arguments = (ins AutoGLM_Tensor:$input, TypeAttr:$to);
  let results = (outs AutoGLM_Tensor:$output);
  let hasFolder = 1;
}

def AutoGLM_ClipOp : AutoGLM_TensorOp<"clip", [AutoGLM_ElementwiseTrait, AutoGLM_Decomposable]> {
  let summary = "min(max(x, low), high), elementwise";
  let description = [{
    `min` and `max` are scalars (rank 0) of the input's element type. The importer
    gives the limits of the type where the model leaves them out.
  }];
  let arguments = (ins AutoGLM_NumberTensor:$input, AutoGLM_NumberTensor:$min, AutoGLM_NumberTensor:$max);
  let results = (outs AutoGLM_NumberTensor:$output);
}

//===----------------------------------------------------------------------===//
// Binary and ternary, with multidirectional broadcasting
//===----------------------------------------------------------------------===//

class AutoGLM_BinaryOp<string mnemonic, string meaning, Type type = AutoGLM_NumberTensor,
                       list<Trait> traits = []>
    : AutoGLM_TensorOp<mnemonic, traits # [AutoGLM_ElementwiseTrait]> {
  let summary = meaning;
  let description = "Takes two tensors of one element type, broadcasts their shapes against each other, and gives " # meaning # ".";
  let arguments = (ins type:$lhs, type:$rhs);
  let results = (outs type:$output);
}

def AutoGLM_AddOp : AutoGLM_BinaryOp<"add", "the sum", AutoGLM_NumberTensor, [Commutative]> { let hasFolder = 1; }
def AutoGLM_SubOp : AutoGLM_BinaryOp<"sub", "the difference"> { let hasFolder = 1; }
def AutoGLM_MulOp : AutoGLM_BinaryOp<"mul", "the product", AutoGLM_NumberTensor, [Commutative]> { let hasFolder = 1; }
def AutoGLM_DivOp : AutoGLM_BinaryOp<"div", "the quotient; integers truncate toward zero"> { let hasFolder = 1; }
def AutoGLM_MaxOp : AutoGLM_BinaryOp<"max", "the larger, NaN if either is", AutoGLM_NumberTensor, [Commutative]>;
def AutoGLM_MinOp : AutoGLM_BinaryOp<"min", "the smaller, NaN if either is", AutoGLM_NumberTensor, [Commutative]>;
def AutoGLM_PReluOp : AutoGLM_BinaryOp<"prelu", "x if x >= 0, else slope * x", AutoGLM_NumberTensor, [AutoGLM_Decomposable]>;
def AutoGLM_AndOp : AutoGLM_BinaryOp<"and", "the logical and", AutoGLM_BoolTensor, [Commutative]>;
def AutoGLM_OrOp : AutoGLM_BinaryOp<"or", "the logical or", AutoGLM_BoolTensor, [Commutative]>;
def AutoGLM_XorOp : AutoGLM_BinaryOp<"xor", "the exclusive or", AutoGLM_BoolTensor, [Commutative]>;

def AutoGLM_BitwiseNotOp : AutoGLM_UnaryOp<"bitwise_not", "every bit inverted", AutoGLM_IntTensor>;
def AutoGLM_BitwiseAndOp : AutoGLM_BinaryOp<"bitwise_and", "the bits that both have", AutoGLM_IntTensor, [Commutative]>;
def AutoGLM_BitwiseOrOp : AutoGLM_BinaryOp<"bitwise_or", "the bits that either has", AutoGLM_IntTensor, [Commutative]>;
def AutoGLM_BitwiseXorOp : AutoGLM_BinaryOp<"bitwise_xor", "the bits that one of them has", AutoGLM_IntTensor, [Commutative]>;
def AutoGLM_BitShiftOp : AutoGLM_TensorOp<"bit_shift", [AutoGLM_ElementwiseTrait]> {
  let summary = "bits moved towards the high end, or, with `right`, the low end";
  let description = "Takes unsigned integers and by how many bits; zeros come in, and a shift by the width or more gives 0.";
  let arguments = (ins AutoGLM_IntTensor:$lhs, AutoGLM_IntTensor:$rhs,
      DefaultValuedAttr<BoolAttr, "false">:$right);
  let results = (outs AutoGLM_IntTensor:$output);
}

def AutoGLM_PowOp : AutoGLM_TensorOp<"pow", [AutoGLM_ElementwiseTrait]> {
  let summary = "power with the base's element type";
  let description = "Takes base and exponent, which may differ in element type, broadcasts, and gives base to the power of exponent in the base's type.";
  let arguments = (ins AutoGLM_NumberTensor:$lhs, AutoGLM_NumberTensor:$rhs);
  let results = (outs AutoGLM_NumberTensor:$output);
}
def AutoGLM_ModOp : AutoGLM_TensorOp<"mod", [AutoGLM_ElementwiseTrait]> {
  let summary = "the remainder";
  let description = "The sign follows the divisor, or, with `fmod`, the dividend as in C.";
  let arguments = (ins AutoGLM_NumberTensor:$lhs, AutoGLM_NumberTensor:$rhs,
      DefaultValuedAttr<BoolAttr, "false">:$fmod);
  let results = (outs AutoGLM_NumberTensor:$output);
}

class AutoGLM_CompareOp<string mnemonic, string meaning, Type type = AutoGLM_NumberTensor>
    : AutoGLM_TensorOp<mnemonic, [AutoGLM_ElementwiseTrait]> {
  let summary = meaning;
  let description = "Takes two tensors of one element type, broadcasts, and gives a bool tensor: " # meaning # ". False if either is NaN.";
  let arguments = (ins type:$lhs, type:$rhs);
  let results = (outs AutoGLM_BoolTensor:$output);
}
def AutoGLM_EqualOp : AutoGLM_CompareOp<"equal", "lhs = rhs", AutoGLM_Tensor>;
def AutoGLM_GreaterOp : AutoGLM_CompareOp<"greater", "lhs > rhs">;
def AutoGLM_GreaterOrEqualOp : AutoGLM_CompareOp<"greater_or_equal", "lhs >= rhs">;
def AutoGLM_LessOp : AutoGLM_CompareOp<"less", "lhs < rhs">;
def AutoGLM_LessOrEqualOp : AutoGLM_CompareOp<"less_or_equal", "lhs <= rhs">;

def AutoGLM_WhereOp : AutoGLM_TensorOp<"where", [AutoGLM_ElementwiseTrait]> {
  let summary = "elements of one tensor or the other, by condition";
  let description = "Broadcasts all three and takes `then` where `condition` holds, else `otherwise`.";
  let arguments = (ins AutoGLM_BoolTensor:$condition, AutoGLM_Tensor:$then, AutoGLM_Tensor:$otherwise);
  let results = (outs AutoGLM_Tensor:$output);
}

#endif // AUTOGLM_DIALECTS_AUTOGLM_ELEMENTWISE_OPS
