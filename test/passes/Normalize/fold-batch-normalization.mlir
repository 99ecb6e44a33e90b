// RUN: autoglm-opt %s --pass-pipeline='builtin.module(func.func(fold-batch-normalization))' -split-input-file | FileCheck %s

// Scale and offset go into filters and bias.
// CHECK-LABEL: func.func @merge
// CHECK: %[[FACTOR:.+]] = autoglm.div
// CHECK: %[[SHAPED:.+]] = autoglm.reshape %[[FACTOR]]
// CHECK: %[[WEIGHT:.+]] = autoglm.mul %[[SHAPED]], %{{.+}}
// CHECK: %[[BIAS:.+]] = autoglm.add
// CHECK: %[[Y:.+]] = autoglm.conv %arg0, %[[WEIGHT]], %[[BIAS]]
// CHECK: return %[[Y]]
func.func @merge(%x: tensor<1x1x4x4xf32>) -> tensor<1x2x2x2xf32> {
  %w = autoglm.constant dense<1.0> : tensor<2x1x3x3xf32>
  %p = autoglm.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %c = autoglm.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x1x4x4xf32>, tensor<2x1x3x3xf32>) -> tensor<1x2x2x2xf32>
  %y = autoglm.batch_normalization %c, %p, %p, %p, %p : (tensor<1x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  return %y : tensor<1x2x2x2xf32>
}

// -----

// A convolution that others read as well keeps its own result.
// CHECK-LABEL: func.func @shared
// CHECK: autoglm.batch_normalization
func.func @shared(%x: tensor<1x1x4x4xf32>) -> (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) {
  %w = autoglm.constant dense<1.0> : tensor<2x1x3x3xf32>
  %p = autoglm.constant dense<[1.0, 2.0]> : tensor<2xf32>
  %c = autoglm.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x1x4x4xf32>, tensor<2x1x3x3xf32>) -> tensor<1x2x2x2xf32>
  %y = autoglm.batch_normalization %c, %p, %p, %p, %p : (tensor<1x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  return %c, %y : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
}
