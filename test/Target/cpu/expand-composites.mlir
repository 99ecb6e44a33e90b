// RUN: autoglm-opt %s --cpu-expand-composites | FileCheck %s

// Also what a decomposition is made of, if that is composite.
// CHECK-LABEL: @kernel
// CHECK-NOT: autoglm.mish
// CHECK-NOT: autoglm.softplus
// CHECK: autoglm.tanh
func.func @kernel(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = autoglm.mish %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
