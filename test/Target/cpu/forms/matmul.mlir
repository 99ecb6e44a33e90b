// RUN: autoglm-opt %s --cpu-build-forms="vector-bytes=32 registers=16" --canonicalize --split-input-file | FileCheck %s

// Accumulators are carried by the loop over K, what follows is computed on them.
// CHECK: func.func @kernel(%[[A:.*]]: memref<12x20xf32>, %[[B:.*]]: memref<20x24xf32>, %[[C:.*]]: memref<24xf32>, %[[Y:.*]]: memref<12x24xf32>) attributes {cpu.form = "matmul"}
// CHECK: scf.forall (%{{.*}}) in (3)
// CHECK-NOT: scf.if
// CHECK: %[[SUM:.*]]:12 = scf.for
// CHECK-COUNT-3: vector.load %[[B]]
// CHECK: memref.load %[[A]]
// CHECK-COUNT-12: vector.fma
// CHECK: scf.yield
// CHECK: %[[BIAS:.*]] = vector.load %[[C]]
// CHECK: %[[ADDED:.*]] = arith.addf %[[SUM]]#0, %[[BIAS]] : vector<8xf32>
// CHECK: vector.store %[[ADDED]], %[[Y]]
func.func @kernel(%a: tensor<12x20xf32>, %b: tensor<20x24xf32>, %c: tensor<24xf32>) -> tensor<12x24xf32> {
  %0 = autoglm.matmul %a, %b : (tensor<12x20xf32>, tensor<20x24xf32>) -> tensor<12x24xf32>
  %1 = autoglm.add %0, %c : (tensor<12x24xf32>, tensor<24xf32>) -> tensor<12x24xf32>
  return %1 : tensor<12x24xf32>
}

// -----

// What is missing of the last vector is masked, the last rows have their own code.
// CHECK: func.func @kernel
// CHECK-DAG: %[[MASK:.*]] = arith.constant dense<[true, true, true, false, false, false, false, false]>
// CHECK: scf.if
// CHECK: vector.maskedload %{{.*}}, %[[MASK]]
// CHECK: vector.maskedstore %{{.*}}, %[[MASK]]
// CHECK: else
// CHECK: vector.maskedload %{{.*}}, %[[MASK]]
func.func @kernel(%a: tensor<2x13x20xf32>, %b: tensor<2x20x11xf32>) -> tensor<2x13x11xf32> {
  %0 = autoglm.matmul %a, %b : (tensor<2x13x20xf32>, tensor<2x20x11xf32>) -> tensor<2x13x11xf32>
  return %0 : tensor<2x13x11xf32>
}

// -----

// An epilogue of many instructions is a loop over the tile, once in the code.
// CHECK: func.func @kernel
// CHECK: %[[TILE:.*]] = memref.alloca() {alignment = 64 : i64} : memref<4x24xf32>
// CHECK: scf.for
// CHECK: scf.for
// CHECK: scf.for
// CHECK: vector.load %[[TILE]]
// CHECK: math.exp
// CHECK-NOT: math.exp
func.func @kernel(%a: tensor<12x20xf32>, %b: tensor<20x24xf32>) -> tensor<12x24xf32> {
  %0 = autoglm.matmul %a, %b : (tensor<12x20xf32>, tensor<20x24xf32>) -> tensor<12x24xf32>
  %1 = autoglm.sigmoid %0 : (tensor<12x24xf32>) -> tensor<12x24xf32>
  return %1 : tensor<12x24xf32>
}

// -----

// Integers stay for other passes.
// CHECK: func.func @kernel(%{{.*}}: tensor<12x20xi32>
// CHECK: autoglm.matmul
func.func @kernel(%a: tensor<12x20xi32>, %b: tensor<20x24xi32>) -> tensor<12x24xi32> {
  %0 = autoglm.matmul %a, %b : (tensor<12x20xi32>, tensor<20x24xi32>) -> tensor<12x24xi32>
  return %0 : tensor<12x24xi32>
}

// -----

// Rows in a batch dimension share the right operand like rows of a matrix.
// CHECK: func.func @kernel(%[[A:.*]]: memref<12x1x20xf32>, %[[B:.*]]: memref<20x24xf32>, %[[Y:.*]]: memref<12x1x24xf32>)
// CHECK: scf.forall (%{{.*}}) in (3)
// CHECK: scf.for
// CHECK-COUNT-3: vector.load %[[B]]
// CHECK-COUNT-12: vector.fma
// CHECK: vector.store %{{.*}}, %[[Y]][%{{.*}}, %c0, %c0]
func.func @kernel(%a: tensor<12x1x20xf32>, %b: tensor<20x24xf32>) -> tensor<12x1x24xf32> {
  %0 = autoglm.matmul %a, %b : (tensor<12x1x20xf32>, tensor<20x24xf32>) -> tensor<12x1x24xf32>
  return %0 : tensor<12x1x24xf32>
}

// -----

// One row is one row, also where the left operand has fewer dimensions.
// CHECK: func.func @kernel(%[[A:.*]]: memref<1x20xf32>, %[[B:.*]]: memref<1x20x24xf32>, %[[Y:.*]]: memref<1x1x24xf32>)
// CHECK: memref.load %[[A]][%c0, %{{.*}}]
// CHECK: vector.store %{{.*}}, %[[Y]][%c0, %c0, %c0]
func.func @kernel(%a: tensor<1x20xf32>, %b: tensor<1x20x24xf32>) -> tensor<1x1x24xf32> {
  %0 = autoglm.matmul %a, %b : (tensor<1x20xf32>, tensor<1x20x24xf32>) -> tensor<1x1x24xf32>
  return %0 : tensor<1x1x24xf32>
}

// -----

// Columns that are split among results: a tile selects the buffer that has its own.
// CHECK: func.func @kernel({{.*}}memref<128xf32>, {{.*}}memref<6x64xf32>, {{.*}}memref<6x64xf32>) attributes {cpu.form = "matmul"}
// CHECK: arith.select {{.*}} : memref<?xf32>
// CHECK: vector.store {{.*}} : memref<?xf32>
func.func @kernel(%a: tensor<6x64xf32>, %b: tensor<64x128xf32>, %c: tensor<128xf32>) -> (tensor<6x64xf32>, tensor<6x64xf32>) {
  %0 = autoglm.matmul %a, %b : (tensor<6x64xf32>, tensor<64x128xf32>) -> tensor<6x128xf32>
  %1 = autoglm.add %0, %c : (tensor<6x128xf32>, tensor<128xf32>) -> tensor<6x128xf32>
  %2:2 = autoglm.split %1 {axis = -1 : i64, sizes = array<i64: 64, 64>} : (tensor<6x128xf32>) -> (tensor<6x64xf32>, tensor<6x64xf32>)
  return %2#0, %2#1 : tensor<6x64xf32>, tensor<6x64xf32>
}
