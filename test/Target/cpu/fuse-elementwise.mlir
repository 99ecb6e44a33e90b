// RUN: autoglm-opt %s --pass-pipeline='builtin.module(cpu-expand-composites,cpu-convert-to-linalg,canonicalize,cse,func.func(cpu-fuse-elementwise))' --split-input-file | FileCheck %s
// RUN: autoglm-opt %s --pass-pipeline='builtin.module(cpu-expand-composites,cpu-convert-to-linalg,canonicalize,cse,func.func(cpu-fuse-elementwise{max-row-bytes=16}))' --split-input-file | FileCheck %s --check-prefix=LONG

// A chain is one loop body.
// CHECK-LABEL: @kernel
// CHECK-COUNT-1: linalg.generic
// CHECK-NOT: linalg.generic
func.func @kernel(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %0 = autoglm.exp %x : (tensor<8xf32>) -> tensor<8xf32>
  %1 = autoglm.add %0, %y : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
  %2 = autoglm.relu %1 : (tensor<8xf32>) -> tensor<8xf32>
  return %2 : tensor<8xf32>
}

// -----

// The exponentials of a softmax are kept: one body computes them. Where a row is
// too long for that, both the sum and the quotient do.
// CHECK-LABEL: @kernel
// CHECK-COUNT-1: math.exp
// CHECK-NOT: math.exp
// LONG-LABEL: @kernel
// LONG-COUNT-2: math.exp
func.func @kernel(%x: tensor<8x16xf32>) -> tensor<8x16xf32> {
  %0 = autoglm.softmax %x : (tensor<8x16xf32>) -> tensor<8x16xf32>
  return %0 : tensor<8x16xf32>
}

// -----

// A product reads an element many times, which must not compute it many times.
// CHECK-LABEL: @kernel
// CHECK: math.exp
// CHECK: linalg.generic
// CHECK: arith.mulf
func.func @kernel(%a: tensor<4x5xf32>, %b: tensor<5x6xf32>) -> tensor<4x6xf32> {
  %0 = autoglm.exp %a : (tensor<4x5xf32>) -> tensor<4x5xf32>
  %1 = autoglm.matmul %0, %b : (tensor<4x5xf32>, tensor<5x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}

// -----

// A transposition is only another way to read.
// CHECK-LABEL: @kernel
// CHECK-COUNT-1: linalg.generic
// CHECK-NOT: linalg.generic
func.func @kernel(%a: tensor<4x5xf32>, %b: tensor<6x5xf32>) -> tensor<4x6xf32> {
  %0 = autoglm.transpose %b {perm = array<i64: 1, 0>} : (tensor<6x5xf32>) -> tensor<5x6xf32>
  %1 = autoglm.matmul %a, %0 : (tensor<4x5xf32>, tensor<5x6xf32>) -> tensor<4x6xf32>
  return %1 : tensor<4x6xf32>
}
