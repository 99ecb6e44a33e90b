// RUN: autoglm-opt %s --pass-pipeline='builtin.module(func.func(apply-precision))' -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @natural
// CHECK-NOT: autoglm.precision
func.func @natural(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = autoglm.relu %x {autoglm.precision = "f32"} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

func.func @unknown(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{[AGC-E202] precision "i8" of an operation on 'f32' cannot be carried out}}
  %y = autoglm.relu %x {autoglm.precision = "i8"} : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
