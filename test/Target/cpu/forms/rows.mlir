// RUN: autoglm-opt %s --cpu-build-forms="vector-bytes=32 registers=16" --canonicalize --split-input-file | FileCheck %s

// A row of eight vectors is loaded once and stored once; what follows is
// computed on the way.
// CHECK-LABEL: func.func @kernel
// CHECK-SAME: (%[[X:.*]]: memref<600x64xf32>, %[[C:.*]]: memref<64xf32>, %[[Y:.*]]: memref<600x64xf32>) attributes {cpu.form = "rows"}
// CHECK: scf.forall (%{{.*}}) in (20)
// CHECK: scf.for
// CHECK-COUNT-8: vector.load %[[X]]
// CHECK-NOT: vector.load %[[X]]
// CHECK: vector.load %[[C]]
// CHECK-NOT: vector.load %[[X]]
// CHECK-COUNT-8: vector.store %{{.*}}, %[[Y]]
// CHECK-NOT: vector.store
func.func @kernel(%x: tensor<600x64xf32>, %c: tensor<64xf32>) -> tensor<600x64xf32> {
  %0 = autoglm.softmax %x : (tensor<600x64xf32>) -> tensor<600x64xf32>
  %1 = autoglm.mul %0, %c : (tensor<600x64xf32>, tensor<64xf32>) -> tensor<600x64xf32>
  return %1 : tensor<600x64xf32>
}

// -----

// A longer one is read by loops with four accumulators, the rest by a mask.
// CHECK-LABEL: func.func @kernel
// CHECK: %{{.*}}:4 = scf.for
// CHECK-COUNT-4: vector.fma
// CHECK: vector.maskedload
// CHECK: math.sqrt
func.func @kernel(%x: tensor<6x1001xf32>, %s: tensor<1001xf32>) -> tensor<6x1001xf32> {
  %0 = autoglm.rms_normalization %x, %s : (tensor<6x1001xf32>, tensor<1001xf32>) -> tensor<6x1001xf32>
  return %0 : tensor<6x1001xf32>
}

// -----

// Along another dimension a softmax is no matter of rows.
// CHECK-LABEL: func.func @kernel
// CHECK: autoglm.softmax
func.func @kernel(%x: tensor<6x64xf32>) -> tensor<6x64xf32> {
  %0 = autoglm.softmax %x {axis = 0 : i64} : (tensor<6x64xf32>) -> tensor<6x64xf32>
  return %0 : tensor<6x64xf32>
}
