// RUN: autoglm-opt %s --cpu-build-forms="vector-bytes=32 registers=16" --canonicalize --cse --split-input-file | FileCheck %s

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 8]>

// A row of windows at a time; taps outside of the input are in no loop, so
// nothing is padded. What follows is computed on the vector that is stored.
// CHECK: func.func @kernel({{.*}}) attributes {cpu.form = "pool"}
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (3, 4)
// CHECK: vector.load
// CHECK: arith.maximumf {{.*}} : vector<8xf32>
// CHECK: vector.store
func.func @kernel(%x: tensor<1x20x8x8xf32, #blocked>) -> tensor<1x20x4x4xf32, #blocked> {
  %0 = autoglm.max_pool %x {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : (tensor<1x20x8x8xf32, #blocked>) -> tensor<1x20x4x4xf32, #blocked>
  %1 = autoglm.relu %0 : (tensor<1x20x4x4xf32, #blocked>) -> tensor<1x20x4x4xf32, #blocked>
  return %1 : tensor<1x20x4x4xf32, #blocked>
}

// -----

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 8]>

// The mean over a plane has several totals, which are added at the end.
// CHECK: func.func @kernel({{.*}}) attributes {cpu.form = "pool"}
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (2, 2)
// CHECK: scf.for %{{.*}} = %c0 to %c48 step %c4 iter_args(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}})
// CHECK: arith.divf
// CHECK: vector.store
func.func @kernel(%x: tensor<2x16x7x7xf32, #blocked>) -> tensor<2x16x1x1xf32, #blocked> {
  %0 = autoglm.reduce_mean %x {axes = array<i64: -1, -2>} : (tensor<2x16x7x7xf32, #blocked>) -> tensor<2x16x1x1xf32, #blocked>
  return %0 : tensor<2x16x1x1xf32, #blocked>
}
