// RUN: autoglm-opt %s --cpu-build-forms="vector-bytes=32 registers=16 cache-bytes=32768" --canonicalize --split-input-file | FileCheck %s

// Every tile of the result takes what lies in it of each operand.
// CHECK-LABEL: func.func @kernel
// CHECK-SAME: attributes {cpu.form = "runs"}
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (2, 2)
// CHECK-COUNT-2: vector.store
// CHECK-NOT: vector.store
func.func @kernel(%a: tensor<2x3000xf32>, %b: tensor<2x1000xf32>) -> tensor<2x4000xf32> {
  %0 = autoglm.concat %a, %b {axis = 1 : i64} : (tensor<2x3000xf32>, tensor<2x1000xf32>) -> tensor<2x4000xf32>
  return %0 : tensor<2x4000xf32>
}

// -----

// One run per index.
// CHECK-LABEL: func.func @kernel
// CHECK: scf.forall (%{{.*}}) in (5)
// CHECK: arith.index_cast
// CHECK: vector.load
// CHECK: vector.store
func.func @kernel(%a: tensor<100x64xf32>, %i: tensor<5xi64>) -> tensor<5x64xf32> {
  %0 = autoglm.gather %a, %i {axis = 0 : i64} : (tensor<100x64xf32>, tensor<5xi64>) -> tensor<5x64xf32>
  return %0 : tensor<5x64xf32>
}

// -----

// Single elements are gathered by another kernel.
// CHECK-LABEL: func.func @kernel
// CHECK: autoglm.gather
func.func @kernel(%a: tensor<100x64xf32>, %i: tensor<5xi64>) -> tensor<100x5xf32> {
  %0 = autoglm.gather %a, %i {axis = 1 : i64} : (tensor<100x64xf32>, tensor<5xi64>) -> tensor<100x5xf32>
  return %0 : tensor<100x5xf32>
}
