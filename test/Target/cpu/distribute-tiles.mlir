// RUN: autoglm-opt %s --cpu-distribute-tiles --split-input-file | FileCheck %s

// One loop over tiles becomes the caller's, numbered in row-major order.
// CHECK: module attributes {plan.extent = 12 : i64}
// CHECK: func.func @kernel(%{{.*}}: memref<20x16xf32>, %[[BEGIN:.*]]: index, %[[END:.*]]: index)
// CHECK: scf.for %[[T:.*]] = %[[BEGIN]] to %[[END]]
// CHECK: arith.remui %[[T]]
// CHECK: arith.divui %[[T]]
func.func @kernel(%y: memref<20x16xf32>) {
  %zero = arith.constant 0.0 : f32
  scf.forall (%i, %j) = (0, 0) to (20, 16) step (8, 4) {
    memref.store %zero, %y[%i, %j] : memref<20x16xf32>
  }
  return
}

// -----

// With other work beside it, all of it is one part.
// CHECK: module attributes {plan.extent = 1 : i64}
// CHECK: %[[C5:.*]] = arith.constant 5 : index
// CHECK: scf.for %{{.*}} = %{{.*}} to %[[C5]]
func.func @kernel(%y: memref<20xf32>, %z: memref<f32>) {
  %zero = arith.constant 0.0 : f32
  memref.store %zero, %z[] : memref<f32>
  scf.forall (%i) = (0) to (20) step (4) {
    memref.store %zero, %y[%i] : memref<20xf32>
  }
  return
}
