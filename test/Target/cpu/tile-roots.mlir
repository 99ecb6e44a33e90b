// RUN: autoglm-opt %s --pass-pipeline='builtin.module(cpu-expand-composites,cpu-convert-to-linalg,canonicalize,cse,func.func(cpu-fuse-elementwise,cpu-tile-roots{cache-bytes=8192 vector-bytes=32}),canonicalize,cse)' --split-input-file | FileCheck %s

// Rows of a softmax are cut apart, and everything a row needs is computed there.
// CHECK-LABEL: @kernel
// CHECK-NOT: linalg.
// CHECK: scf.forall (%{{.*}}) = (0) to (64) step (4)
// CHECK: arith.maximumf
// CHECK: math.exp
// CHECK: arith.divf
// CHECK: tensor.parallel_insert_slice
func.func @kernel(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %0 = autoglm.softmax %x : (tensor<64x64xf32>) -> tensor<64x64xf32>
  return %0 : tensor<64x64xf32>
}

// -----

// The accumulators of a product fit into a quarter of the cache.
// CHECK-LABEL: @kernel
// CHECK: scf.forall (%{{.*}}, %{{.*}}) = (0, 0) to (64, 512) step (8, 64)
// CHECK: linalg.fill
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<8x64xf32>)
// CHECK: tensor.parallel_insert_slice %{{.*}} [8, 64]
func.func @kernel(%a: tensor<64x32xf32>, %b: tensor<32x512xf32>) -> tensor<64x512xf32> {
  %0 = autoglm.matmul %a, %b : (tensor<64x32xf32>, tensor<32x512xf32>) -> tensor<64x512xf32>
  return %0 : tensor<64x512xf32>
}

// -----

// A tile of channels stays within one group of a convolution.
// CHECK-LABEL: @kernel
// CHECK: scf.forall (%{{.*}}) = (0) to (12) step (3)
func.func @kernel(%x: tensor<1x8x9x9xf32>, %w: tensor<12x2x3x3xf32>) -> tensor<1x12x7x7xf32> {
  %0 = autoglm.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 4 : i64}
    : (tensor<1x8x9x9xf32>, tensor<12x2x3x3xf32>) -> tensor<1x12x7x7xf32>
  return %0 : tensor<1x12x7x7xf32>
}

// -----

// A product that starts from a bias is computed in the caller's output; nothing of
// the size of the result is made and copied.
// CHECK-LABEL: @kernel
// CHECK-SAME: %[[OUT:[a-z0-9]+]]: memref<64x512xf32>)
// CHECK-NOT: tensor.empty
// CHECK: %[[INIT:.+]] = bufferization.to_tensor %[[OUT]] restrict writable
// CHECK: scf.forall {{.*}} shared_outs(%{{.+}} = %[[INIT]])
func.func @kernel(%x: tensor<1x32x512xf32>, %w: tensor<64x32x1xf32>, %b: tensor<64xf32>) -> tensor<1x64x512xf32> {
  %0 = autoglm.conv %x, %w, %b {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, group = 1 : i64}
    : (tensor<1x32x512xf32>, tensor<64x32x1xf32>, tensor<64xf32>) -> tensor<1x64x512xf32>
  return %0 : tensor<1x64x512xf32>
}
