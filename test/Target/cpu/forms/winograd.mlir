// RUN: autoglm-opt %s --cpu-build-forms="l2-bytes=1048576 vector-bytes=64 registers=32" --canonicalize --cse | FileCheck %s

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16]>
#packed = #autoglm.layout<order = [0, 2, 3, 1], inner = [0, 32]>

// 49 squares in 4 parts of 13, cut once more by result channels. 36 products of 13
// squares with 32 channels, in tiles of 7 and 6 squares, then the squares of
// results, of which the last may be incomplete.
// CHECK: func.func @kernel({{.*}}) attributes {cpu.form = "conv"}
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<36x848xf32>
// CHECK-DAG: memref.alloca() {alignment = 64 : i64} : memref<36x432xf32>
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (4, 2)
// CHECK: scf.if
// CHECK-NOT: vector.maskedload
// CHECK: else
// CHECK-COUNT-6: vector.maskedload
// CHECK-NOT: vector.maskedload
// CHECK: scf.for %{{.*}} = %c0 to %c36 step %c1
// CHECK: %{{.*}}:14 = scf.for %{{.*}} = %c0 to %c64 step %c4
// CHECK: %{{.*}}:12 = scf.for %{{.*}} = %c0 to %c64 step %c4
func.func @kernel(%x: tensor<1x64x28x28xf32, #blocked>, %w: tensor<64x64x6x6xf32, #packed>) -> tensor<1x64x28x28xf32, #blocked> {
  %0 = autoglm.winograd_conv %x, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x64x28x28xf32, #blocked>, tensor<64x64x6x6xf32, #packed>) -> tensor<1x64x28x28xf32, #blocked>
  return %0 : tensor<1x64x28x28xf32, #blocked>
}
