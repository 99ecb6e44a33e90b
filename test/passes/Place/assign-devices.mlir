// RUN: sample-opt %s --assign-devices -split-input-file -verify-diagnostics | FileCheck %s

autoglm.device @sample0 = #autoglm.device<"toy", family = "sample", digest = "0", {}>
// CHECK-LABEL: func.func @taken
// CHECK: autoglm.add {{.*}}autoglm.device = @sample0, autoglm.precision = "f32"
func.func @taken(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = autoglm.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// One error for all operations with one reason.
autoglm.device @sample0 = #autoglm.device<"toy", family = "sample", digest = "0", {}>
func.func @refused(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{[AGC-E206] no named device takes it (sample0: only float32 additions are supported [op]); the same holds for 1 more: 'autoglm.exp'}}
  %0 = autoglm.log %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = autoglm.exp %0 : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// expected-error @below {{[AGC-E002] the module has no device to place operations on}}
module {
  func.func @nowhere(%x: tensor<4xf32>) -> tensor<4xf32> {
    return %x : tensor<4xf32>
  }
}
