// RUN: autoglm-opt %s --form-groups -split-input-file | FileCheck %s
// RUN: autoglm-opt %s --form-groups=max-ops=1 -split-input-file | FileCheck %s --check-prefix=ONE

// Bias, activation and residual join the product; the reshape moves no bytes and
// stays outside.
autoglm.device @d = #autoglm.device<"x", family = "cpu", digest = "0", {}>
// CHECK-LABEL: func.func @epilogue
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: autoglm.add
// CHECK-NEXT: autoglm.relu
// CHECK-NEXT: autoglm.add
// CHECK-NEXT: autoglm.yield
// CHECK-NOT: autoglm.group
// CHECK: autoglm.reshape
// ONE-LABEL: func.func @epilogue
// ONE-COUNT-4: autoglm.group
func.func @epilogue(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>, %b: tensor<16xf32>, %r: tensor<4x16xf32>) -> tensor<64xf32> {
  %y = autoglm.segment @d (%0 = %x : tensor<4x8xf32>, %1 = %w : tensor<8x16xf32>, %2 = %b : tensor<16xf32>, %3 = %r : tensor<4x16xf32>) -> tensor<64xf32> {
    %4 = autoglm.matmul %0, %1 : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
    %5 = autoglm.add %4, %2 : (tensor<4x16xf32>, tensor<16xf32>) -> tensor<4x16xf32>
    %6 = autoglm.relu %5 : (tensor<4x16xf32>) -> tensor<4x16xf32>
    %7 = autoglm.add %6, %3 : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32>
    %s = autoglm.constant dense<64> : tensor<1xi64>
    %8 = autoglm.reshape %7, %s : (tensor<4x16xf32>, tensor<1xi64>) -> tensor<64xf32>
    autoglm.yield %8 : tensor<64xf32>
  }
  return %y : tensor<64xf32>
}

// -----

// A product that somebody else reads as well keeps a kernel of its own.
autoglm.device @d = #autoglm.device<"x", family = "cpu", digest = "0", {}>
// CHECK-LABEL: func.func @shared
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: autoglm.yield
// CHECK: autoglm.group
func.func @shared(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
  %y:2 = autoglm.segment @d (%0 = %x : tensor<4x8xf32>, %1 = %w : tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
    %2 = autoglm.matmul %0, %1 : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
    %3 = autoglm.relu %2 : (tensor<4x16xf32>) -> tensor<4x16xf32>
    autoglm.yield %2, %3 : tensor<4x16xf32>, tensor<4x16xf32>
  }
  return %y#0, %y#1 : tensor<4x16xf32>, tensor<4x16xf32>
}

// -----

// Where a value is used twice, all of its users join, whatever lies between.
autoglm.device @d = #autoglm.device<"x", family = "cpu", digest = "0", {}>
// CHECK-LABEL: func.func @twice
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.exp
// CHECK-NEXT: autoglm.yield
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: autoglm.sigmoid
// CHECK-NEXT: autoglm.mul
// CHECK-NEXT: autoglm.yield
func.func @twice(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x8xf32>) {
  %y:2 = autoglm.segment @d (%0 = %x : tensor<4x8xf32>, %1 = %w : tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x8xf32>) {
    %2 = autoglm.matmul %0, %1 : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
    %3 = autoglm.sigmoid %2 : (tensor<4x16xf32>) -> tensor<4x16xf32>
    %other = autoglm.exp %0 : (tensor<4x8xf32>) -> tensor<4x8xf32>
    %4 = autoglm.mul %2, %3 : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32>
    autoglm.yield %4, %other : tensor<4x16xf32>, tensor<4x8xf32>
  }
  return %y#0, %y#1 : tensor<4x16xf32>, tensor<4x8xf32>
}
