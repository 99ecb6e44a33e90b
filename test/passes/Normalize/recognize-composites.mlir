// RUN: autoglm-opt %s --pass-pipeline='builtin.module(func.func(recognize-composites))' -split-input-file | FileCheck %s

// GELU as exporters write it, in two orders of its factors.
// CHECK-LABEL: func.func @gelu
// CHECK-NEXT: %[[A:.+]] = autoglm.gelu %arg0 :
// CHECK-NEXT: %[[B:.+]] = autoglm.gelu %[[A]] :
// CHECK-NEXT: return %[[B]]
func.func @gelu(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %root = autoglm.constant dense<1.41421354> : tensor<f32>
  %one = autoglm.constant dense<1.0> : tensor<f32>
  %half = autoglm.constant dense<0.5> : tensor<f32>
  %inverse = autoglm.constant dense<0.707106769> : tensor<f32>
  %0 = autoglm.div %x, %root : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %1 = autoglm.erf %0 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %2 = autoglm.add %1, %one : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %3 = autoglm.mul %x, %2 : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %4 = autoglm.mul %3, %half : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %5 = autoglm.mul %4, %inverse : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %6 = autoglm.erf %5 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %7 = autoglm.add %one, %6 : (tensor<f32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %8 = autoglm.mul %4, %half : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %9 = autoglm.mul %8, %7 : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return %9 : tensor<2x4xf32>
}

// -----

// CHECK-LABEL: func.func @gelu_tanh
// CHECK: autoglm.gelu %arg0 {tanh_approximation = true}
// CHECK-NOT: autoglm.tanh
func.func @gelu_tanh(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %three = autoglm.constant dense<3.0> : tensor<f32>
  %small = autoglm.constant dense<4.471500e-02> : tensor<f32>
  %slope = autoglm.constant dense<0.797884583> : tensor<f32>
  %one = autoglm.constant dense<1.0> : tensor<f32>
  %half = autoglm.constant dense<0.5> : tensor<f32>
  %0 = autoglm.mul %x, %half : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %1 = autoglm.pow %x, %three : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %2 = autoglm.mul %1, %small : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %3 = autoglm.add %x, %2 : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %4 = autoglm.mul %3, %slope : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %5 = autoglm.tanh %4 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %6 = autoglm.add %5, %one : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %7 = autoglm.mul %0, %6 : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return %7 : tensor<2x4xf32>
}

// -----

// Another number is another function.
// CHECK-LABEL: func.func @not_gelu
// CHECK-NOT: autoglm.gelu
func.func @not_gelu(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %root = autoglm.constant dense<1.5> : tensor<f32>
  %one = autoglm.constant dense<1.0> : tensor<f32>
  %half = autoglm.constant dense<0.5> : tensor<f32>
  %0 = autoglm.div %x, %root : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %1 = autoglm.erf %0 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %2 = autoglm.add %1, %one : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  %3 = autoglm.mul %x, %2 : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %4 = autoglm.mul %3, %half : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  return %4 : tensor<2x4xf32>
}

// -----

// The root mean square, with its epsilon; the locations of all parts stay.
// CHECK-LABEL: func.func @rms
// CHECK-NEXT: autoglm.rms_normalization %arg0, %arg1 {epsilon = 9.99999997E-7 : f32}
// CHECK-NEXT: return
func.func @rms(%x: tensor<2x3x4xf32>, %w: tensor<4xf32>) -> tensor<2x3x4xf32> {
  %two = autoglm.constant dense<2.0> : tensor<f32>
  %epsilon = autoglm.constant dense<1.0e-6> : tensor<f32>
  %0 = autoglm.pow %x, %two : (tensor<2x3x4xf32>, tensor<f32>) -> tensor<2x3x4xf32>
  %1 = autoglm.reduce_mean %0 {axes = array<i64: -1>} : (tensor<2x3x4xf32>) -> tensor<2x3x1xf32>
  %2 = autoglm.add %1, %epsilon : (tensor<2x3x1xf32>, tensor<f32>) -> tensor<2x3x1xf32>
  %3 = autoglm.sqrt %2 : (tensor<2x3x1xf32>) -> tensor<2x3x1xf32>
  %4 = autoglm.reciprocal %3 : (tensor<2x3x1xf32>) -> tensor<2x3x1xf32>
  %5 = autoglm.mul %x, %4 : (tensor<2x3x4xf32>, tensor<2x3x1xf32>) -> tensor<2x3x4xf32>
  %6 = autoglm.mul %w, %5 : (tensor<4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  return %6 : tensor<2x3x4xf32>
}

// -----

// A layer normalization of nine operations; the bias stays beside it.
// CHECK-LABEL: func.func @layer
// CHECK-NEXT: %[[N:.+]], %{{.+}}, %{{.+}} = autoglm.layer_normalization %arg0, %arg1
// CHECK-NEXT: autoglm.add %[[N]], %arg2
func.func @layer(%x: tensor<3x4xf32>, %w: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<3x4xf32> {
  %two = autoglm.constant dense<2.0> : tensor<f32>
  %epsilon = autoglm.constant dense<1.0e-5> : tensor<f32>
  %0 = autoglm.reduce_mean %x {axes = array<i64: 1>} : (tensor<3x4xf32>) -> tensor<3x1xf32>
  %1 = autoglm.sub %x, %0 : (tensor<3x4xf32>, tensor<3x1xf32>) -> tensor<3x4xf32>
  %2 = autoglm.pow %1, %two : (tensor<3x4xf32>, tensor<f32>) -> tensor<3x4xf32>
  %3 = autoglm.reduce_mean %2 {axes = array<i64: 1>} : (tensor<3x4xf32>) -> tensor<3x1xf32>
  %4 = autoglm.add %3, %epsilon : (tensor<3x1xf32>, tensor<f32>) -> tensor<3x1xf32>
  %5 = autoglm.sqrt %4 : (tensor<3x1xf32>) -> tensor<3x1xf32>
  %6 = autoglm.div %1, %5 : (tensor<3x4xf32>, tensor<3x1xf32>) -> tensor<3x4xf32>
  %7 = autoglm.mul %6, %w : (tensor<3x4xf32>, tensor<4xf32>) -> tensor<3x4xf32>
  %8 = autoglm.add %7, %b : (tensor<3x4xf32>, tensor<4xf32>) -> tensor<3x4xf32>
  return %8 : tensor<3x4xf32>
}

// -----

// The mean of another dimension is none of these.
// CHECK-LABEL: func.func @other_dimension
// CHECK-NOT: normalization
func.func @other_dimension(%x: tensor<4x4xf32>, %w: tensor<4xf32>) -> tensor<4x4xf32> {
  %epsilon = autoglm.constant dense<1.0e-6> : tensor<f32>
  %0 = autoglm.mul %x, %x : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  %1 = autoglm.reduce_mean %0 {axes = array<i64: 0>} : (tensor<4x4xf32>) -> tensor<1x4xf32>
  %2 = autoglm.add %1, %epsilon : (tensor<1x4xf32>, tensor<f32>) -> tensor<1x4xf32>
  %3 = autoglm.sqrt %2 : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %4 = autoglm.div %x, %3 : (tensor<4x4xf32>, tensor<1x4xf32>) -> tensor<4x4xf32>
  %5 = autoglm.mul %4, %w : (tensor<4x4xf32>, tensor<4xf32>) -> tensor<4x4xf32>
  return %5 : tensor<4x4xf32>
}
