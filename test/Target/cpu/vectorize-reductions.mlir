// RUN: autoglm-opt %s --pass-pipeline='builtin.module(func.func(cpu-vectorize-reductions{vector-bytes=32 registers=16}))' --split-input-file | FileCheck %s

// Blocks of accumulators run through the sum in registers; rest is masked.
// CHECK-LABEL: @product
// CHECK: scf.for
// CHECK: vector.load %{{.*}} : memref<6x20xf32>, vector<8xf32>
// CHECK: scf.for {{.*}} iter_args
// CHECK: vector.broadcast %{{.*}} : f32 to vector<8xf32>
// CHECK: arith.mulf %{{.*}} : vector<8xf32>
// CHECK: vector.store
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
// CHECK-NOT: linalg.generic
func.func @product(%a: memref<6x10xf32>, %b: memref<10x20xf32>, %c: memref<6x20xf32>) {
  linalg.generic {indexing_maps = [affine_map<(k, m, n) -> (m, k)>, affine_map<(k, m, n) -> (k, n)>, affine_map<(k, m, n) -> (m, n)>],
      iterator_types = ["reduction", "parallel", "parallel"]}
      ins(%a, %b : memref<6x10xf32>, memref<10x20xf32>) outs(%c : memref<6x20xf32>) {
  ^bb0(%x: f32, %y: f32, %z: f32):
    %0 = arith.mulf %x, %y : f32
    %1 = arith.addf %z, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

// Every second element comes from two loads that stay inside.
// CHECK-LABEL: @stride
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 2, 4, 6, 9, 11, 13, 15]
func.func @stride(%x: memref<4x17xf32>, %w: memref<2xf32>, %y: memref<4x8xf32>) {
  linalg.generic {indexing_maps = [affine_map<(t, c, o) -> (c, o * 2 + t)>, affine_map<(t, c, o) -> (t)>, affine_map<(t, c, o) -> (c, o)>],
      iterator_types = ["reduction", "parallel", "parallel"]}
      ins(%x, %w : memref<4x17xf32>, memref<2xf32>) outs(%y : memref<4x8xf32>) {
  ^bb0(%a: f32, %b: f32, %z: f32):
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %z, %0 : f32
    linalg.yield %1 : f32
  }
  return
}

// -----

// A sum along the innermost loop is left alone.
// CHECK-LABEL: @rows
// CHECK: linalg.generic
func.func @rows(%x: memref<4x16xf32>, %y: memref<4xf32>) {
  linalg.generic {indexing_maps = [affine_map<(r, c) -> (r, c)>, affine_map<(r, c) -> (r)>],
      iterator_types = ["parallel", "reduction"]} ins(%x : memref<4x16xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%a: f32, %z: f32):
    %0 = arith.addf %z, %a : f32
    linalg.yield %0 : f32
  }
  return
}
