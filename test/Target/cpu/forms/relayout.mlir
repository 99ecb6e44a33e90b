// RUN: autoglm-opt %s --cpu-build-forms="vector-bytes=16 registers=16" --canonicalize --cse --split-input-file | FileCheck %s

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 4]>

// Squares of 4 channels and 4 places are transposed in registers: two steps of
// two pairs of rows.
// CHECK: func.func @kernel({{.*}}) attributes {cpu.form = "relayout"}
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (2, 3)
// CHECK-COUNT-4: vector.load
// CHECK-COUNT-8: vector.shuffle
// CHECK-NOT: vector.shuffle
// CHECK-COUNT-4: vector.store
func.func @kernel(%x: tensor<2x10x5x7xf32>) -> tensor<2x10x5x7xf32, #blocked> {
  %0 = autoglm.relayout %x : tensor<2x10x5x7xf32> to tensor<2x10x5x7xf32, #blocked>
  return %0 : tensor<2x10x5x7xf32, #blocked>
}

// -----

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 4]>

// Back, rows behind the last channel are not written.
// CHECK: func.func @kernel({{.*}}) attributes {cpu.form = "relayout"}
// CHECK-COUNT-2: vector.store
// CHECK: scf.if
// CHECK-COUNT-2: vector.store
func.func @kernel(%x: tensor<2x10x5x7xf32, #blocked>) -> tensor<2x10x5x7xf32> {
  %0 = autoglm.relayout %x : tensor<2x10x5x7xf32, #blocked> to tensor<2x10x5x7xf32>
  return %0 : tensor<2x10x5x7xf32>
}
