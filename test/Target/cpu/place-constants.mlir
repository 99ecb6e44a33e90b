// RUN: autoglm-opt %s --cpu-place-constants | FileCheck %s

// Numbers behind a mark come from a table, at a position that depends on the mark;
// those before it, zeros and vectors of different numbers stay.
// CHECK: memref.global "private" constant @numbers_f32 : memref<2xf32> = dense<[5.000000e-01, 2.000000e+00]>
// CHECK-LABEL: func.func @marked
// CHECK-DAG: %[[HALF:.*]] = arith.constant dense<5.000000e-01> : vector<8xf32>
// CHECK-DAG: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<8xf32>
// CHECK-DAG: %[[STEPS:.*]] = arith.constant dense<[0.000000e+00, 1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00, 5.000000e+00, 6.000000e+00, 7.000000e+00]>
// CHECK: arith.mulf %{{.*}}, %[[HALF]]
// CHECK: %[[MARK:.*]] = llvm.inline_asm has_side_effects "", "=r,0" %{{.*}} : (i64) -> i64
// CHECK: %[[FIRST:.*]] = arith.index_cast %[[MARK]] : i64 to index
// CHECK: %[[AT:.*]] = arith.addi %[[FIRST]], %{{.*}} : index
// CHECK: %[[TABLE:.*]] = memref.get_global @numbers_f32
// CHECK: %[[NUMBER:.*]] = memref.load %[[TABLE]][%[[AT]]]
// CHECK: %[[LOADED:.*]] = vector.broadcast %[[NUMBER]] : f32 to vector<8xf32>
// CHECK: scf.for
// CHECK: arith.mulf %{{.*}}, %[[LOADED]]
// CHECK: arith.maximumf %{{.*}}, %[[ZERO]]
// CHECK: arith.addf %{{.*}}, %[[STEPS]]
func.func @marked(%x: vector<8xf32>, %y: memref<4x8xf32>) -> vector<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %zero = arith.constant 0 : i64
  %none = arith.constant dense<0.0> : vector<8xf32>
  %half = arith.constant dense<0.5> : vector<8xf32>
  %two = arith.constant dense<2.0> : vector<8xf32>
  %steps = arith.constant dense<[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]> : vector<8xf32>
  %0 = arith.mulf %x, %half : vector<8xf32>
  %mark = llvm.inline_asm has_side_effects "", "=r,0" %zero : (i64) -> i64
  scf.for %i = %c0 to %c4 step %c1 {
    %1 = vector.load %y[%i, %c0] : memref<4x8xf32>, vector<8xf32>
    %2 = arith.mulf %1, %half : vector<8xf32>
    %3 = arith.maximumf %2, %none : vector<8xf32>
    %4 = arith.mulf %3, %two : vector<8xf32>
    %5 = arith.addf %4, %steps : vector<8xf32>
    vector.store %5, %y[%i, %c0] : memref<4x8xf32>, vector<8xf32>
  }
  return %0 : vector<8xf32>
}

// CHECK-LABEL: func.func @unmarked
// CHECK-NEXT: arith.constant dense<5.000000e-01>
func.func @unmarked(%x: vector<8xf32>) -> vector<8xf32> {
  %half = arith.constant dense<0.5> : vector<8xf32>
  %0 = arith.mulf %x, %half : vector<8xf32>
  return %0 : vector<8xf32>
}
