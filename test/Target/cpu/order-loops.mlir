// RUN: autoglm-opt %s --pass-pipeline='builtin.module(cpu-expand-composites,cpu-convert-to-linalg,canonicalize,cse,func.func(cpu-fuse-elementwise,cpu-order-loops))' --split-input-file | FileCheck %s

// A product runs along the rows of B, with the sum outside.
// CHECK-LABEL: @kernel
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel", "parallel"]
func.func @kernel(%a: tensor<32x32xf32>, %b: tensor<32x32xf32>) -> tensor<32x32xf32> {
  %0 = autoglm.matmul %a, %b : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
  return %0 : tensor<32x32xf32>
}

// -----

// With B transposed the sum is what is contiguous.
// CHECK-LABEL: @kernel
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel", "reduction"]
func.func @kernel(%a: tensor<32x32xf32>, %b: tensor<32x32xf32>) -> tensor<32x32xf32> {
  %0 = autoglm.gemm %a, %b {transB = true} : (tensor<32x32xf32>, tensor<32x32xf32>) -> tensor<32x32xf32>
  return %0 : tensor<32x32xf32>
}
