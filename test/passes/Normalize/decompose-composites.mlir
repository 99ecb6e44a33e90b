// RUN: sample-opt %s --decompose-composites -split-input-file | FileCheck %s

// No device takes a hard swish whole, so it is expanded, and so are its parts.
autoglm.device @sample0 = #autoglm.device<"toy", family = "sample", digest = "0", {}>
// CHECK-LABEL: func.func @mish
// CHECK-NOT: autoglm.mish
// CHECK-NOT: autoglm.softplus
// CHECK: autoglm.log
// CHECK: autoglm.tanh
func.func @mish(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = autoglm.mish %x : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// Without a device there is nobody to ask, and nothing changes.
// CHECK-LABEL: func.func @no_device
// CHECK: autoglm.gelu
func.func @no_device(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = autoglm.gelu %x : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
