// RUN: not autoglm-opt %s --cpu-convert-to-linalg 2>&1 | FileCheck %s

// CHECK: 'autoglm.pad' needs constant pads
func.func @kernel(%x: tensor<4xf32>, %p: tensor<2xi64>, %v: tensor<f32>) -> tensor<6xf32> {
  %0 = autoglm.pad %x, %p, %v : (tensor<4xf32>, tensor<2xi64>, tensor<f32>) -> tensor<6xf32>
  return %0 : tensor<6xf32>
}
