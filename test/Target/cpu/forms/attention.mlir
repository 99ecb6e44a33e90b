// RUN: autoglm-opt %s --cpu-build-forms="vector-bytes=32 registers=16" --canonicalize --split-input-file | FileCheck %s

// Transpositions around it only say where elements lie. Two vectors of queries are a
// tile; scores are kept keys by queries; a mask for all queries is a broadcast.
// CHECK-LABEL: func.func @kernel
// CHECK-SAME: (%[[Q:.*]]: memref<1x20x2x8xf32>, %[[K:.*]]: memref<1x12x2x8xf32>, %[[V:.*]]: memref<1x12x2x8xf32>, %[[MASK:.*]]: memref<1x1x1x12xf32>, %[[Y:.*]]: memref<1x20x2x8xf32>) attributes {cpu.form = "attention"}
// CHECK-DAG: memref.alloca() {{.*}} : memref<8x16xf32>
// CHECK-DAG: memref.alloca() {{.*}} : memref<12x16xf32>
// CHECK: scf.forall {{.*}} in (2, 2)
// CHECK: vector.load %[[Q]]
// CHECK: vector.shuffle
// CHECK: memref.load %[[K]]
// CHECK: vector.fma
// CHECK: memref.load %[[MASK]]
// CHECK-NOT: vector.gather
// CHECK: vector.load %[[V]]
// CHECK: vector.store %{{.*}}, %[[Y]]
func.func @kernel(%q: tensor<1x20x2x8xf32>, %k: tensor<1x12x2x8xf32>, %v: tensor<1x12x2x8xf32>, %mask: tensor<1x1x1x12xf32>) -> tensor<1x20x2x8xf32> {
  %0 = autoglm.transpose %q {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x20x2x8xf32>) -> tensor<1x2x20x8xf32>
  %1 = autoglm.transpose %k {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x12x2x8xf32>) -> tensor<1x2x12x8xf32>
  %2 = autoglm.transpose %v {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x12x2x8xf32>) -> tensor<1x2x12x8xf32>
  %y, %s = autoglm.attention %0, %1, %2, %mask {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>, scale = 0.5 : f32, softmax_type = f32} : (tensor<1x2x20x8xf32>, tensor<1x2x12x8xf32>, tensor<1x2x12x8xf32>, tensor<1x1x1x12xf32>) -> (tensor<1x2x20x8xf32>, tensor<1x2x20x12xf32>)
  %3 = autoglm.transpose %y {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x2x20x8xf32>) -> tensor<1x20x2x8xf32>
  return %3 : tensor<1x20x2x8xf32>
}

// -----

// Two heads read one key head; a mask for each query is gathered.
// CHECK-LABEL: func.func @kernel
// CHECK: %[[SHARED:.*]] = arith.divui %{{.*}}, %c2
// CHECK: memref.load %{{.*}}[%{{.*}}, %[[SHARED]],
// CHECK: vector.gather %{{.*}} : memref<16x12xi8>
func.func @kernel(%q: tensor<1x4x16x8xf32>, %k: tensor<1x2x12x8xf32>, %v: tensor<1x2x12x8xf32>, %mask: tensor<16x12xi1>) -> tensor<1x4x16x8xf32> {
  %y, %s = autoglm.attention %q, %k, %v, %mask {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>, scale = 0.5 : f32, softmax_type = f32} : (tensor<1x4x16x8xf32>, tensor<1x2x12x8xf32>, tensor<1x2x12x8xf32>, tensor<16x12xi1>) -> (tensor<1x4x16x8xf32>, tensor<1x4x16x12xf32>)
  return %y : tensor<1x4x16x8xf32>
}

// -----

// Scores that somebody reads, few queries and a soft cap go the generic way.
// CHECK-NOT: cpu.form = "attention"
func.func @scores(%q: tensor<1x4x16x8xf32>, %k: tensor<1x4x12x8xf32>) -> (tensor<1x4x16x8xf32>, tensor<1x4x16x12xf32>) {
  %y, %s = autoglm.attention %q, %k, %k {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, scale = 0.5 : f32, softmax_type = f32} : (tensor<1x4x16x8xf32>, tensor<1x4x12x8xf32>, tensor<1x4x12x8xf32>) -> (tensor<1x4x16x8xf32>, tensor<1x4x16x12xf32>)
  return %y, %s : tensor<1x4x16x8xf32>, tensor<1x4x16x12xf32>
}
func.func @one_query(%q: tensor<1x4x1x8xf32>, %k: tensor<1x4x12x8xf32>) -> tensor<1x4x1x8xf32> {
  %y, %s = autoglm.attention %q, %k, %k {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, scale = 0.5 : f32, softmax_type = f32} : (tensor<1x4x1x8xf32>, tensor<1x4x12x8xf32>, tensor<1x4x12x8xf32>) -> (tensor<1x4x1x8xf32>, tensor<1x4x1x12xf32>)
  return %y : tensor<1x4x1x8xf32>
}
func.func @softcap(%q: tensor<1x4x16x8xf32>, %k: tensor<1x4x12x8xf32>) -> tensor<1x4x16x8xf32> {
  %y, %s = autoglm.attention %q, %k, %k {operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>, scale = 0.5 : f32, softcap = 2.0 : f32, softmax_type = f32} : (tensor<1x4x16x8xf32>, tensor<1x4x12x8xf32>, tensor<1x4x12x8xf32>) -> (tensor<1x4x16x8xf32>, tensor<1x4x16x12xf32>)
  return %y : tensor<1x4x16x8xf32>
}
