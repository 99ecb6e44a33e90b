// RUN: autoglm-opt %s --cpu-build-forms="vector-bytes=64 registers=32" --canonicalize --cse --split-input-file | FileCheck %s

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16]>
#packed = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16, 0, 16]>

// 7 pixels of a row and 32 channels are 14 sums, carried by the loops over input
// blocks, taps of a column, taps of a row and channels, in this order. The first
// tile has no tap to the left of its first pixel, the last none to the right.
// CHECK: func.func @kernel({{.*}}) attributes {cpu.form = "conv"}
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (2, 28)
// CHECK: scf.for %{{.*}} = %{{.*}} to %c4 step %c1
// CHECK: scf.for
// CHECK: scf.for
// CHECK: %{{.*}}:12 = scf.for %{{.*}} = %c0 to %c16 step %c4
// CHECK-COUNT-48: vector.fma
// CHECK-NOT: vector.fma
// CHECK: scf.yield
// CHECK: scf.for %{{.*}} = %c1 to %c3
// CHECK: %{{.*}}:14 = scf.for %{{.*}} = %c0 to %c16 step %c4
// CHECK-COUNT-56: vector.fma
// CHECK-NOT: vector.fma
// CHECK: scf.yield
// CHECK-COUNT-14: vector.store
// CHECK: scf.for %{{.*}} = %c7 to %c21 step %c7
// CHECK-COUNT-56: vector.fma
// CHECK-COUNT-14: vector.store
// CHECK-COUNT-56: vector.fma
// CHECK-COUNT-48: vector.fma
// CHECK-COUNT-14: vector.store
// CHECK-NOT: vector.store
func.func @kernel(%x: tensor<1x64x28x28xf32, #blocked>, %w: tensor<64x64x3x3xf32, #packed>) -> tensor<1x64x28x28xf32, #blocked> {
  %0 = autoglm.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : (tensor<1x64x28x28xf32, #blocked>, tensor<64x64x3x3xf32, #packed>) -> tensor<1x64x28x28xf32, #blocked>
  return %0 : tensor<1x64x28x28xf32, #blocked>
}

// -----

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16]>
#packed = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16, 0, 16]>

// The pixels of one tap are one row. Sums start from the bias; what follows the
// convolution is computed on them.
// CHECK: func.func @kernel(%{{.*}}: memref<1x2x1x25x16xf32>, %{{.*}}: memref<2x2x1x1x16x16xf32>, %[[BIAS:.*]]: memref<32xf32>, %[[ADD:.*]]: memref<1x2x1x25x16xf32>, %[[Y:.*]]: memref<1x2x1x25x16xf32>)
// CHECK: vector.load %[[BIAS]]
// CHECK: %[[SUM:.*]]:14 = scf.for
// CHECK: vector.fma
// CHECK: %[[OTHER:.*]] = vector.load %[[ADD]]
// CHECK: %[[ADDED:.*]] = arith.addf %[[SUM]]#0, %[[OTHER]]
// CHECK: vector.store %[[ADDED]], %[[Y]]
func.func @kernel(%x: tensor<1x32x5x5xf32, #blocked>, %w: tensor<32x32x1x1xf32, #packed>, %b: tensor<32xf32>, %y: tensor<1x32x5x5xf32, #blocked>) -> tensor<1x32x5x5xf32, #blocked> {
  %0 = autoglm.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x32x5x5xf32, #blocked>, tensor<32x32x1x1xf32, #packed>, tensor<32xf32>) -> tensor<1x32x5x5xf32, #blocked>
  %1 = autoglm.add %0, %y : (tensor<1x32x5x5xf32, #blocked>, tensor<1x32x5x5xf32, #blocked>) -> tensor<1x32x5x5xf32, #blocked>
  return %1 : tensor<1x32x5x5xf32, #blocked>
}

// -----

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16]>
#packed = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16, 0, 16]>

// Of the last block of 20 input channels, 4 are read. Of a bias of 24 channels,
// the last vector is masked.
// CHECK: func.func @kernel
// CHECK: %[[MASK:.*]] = vector.constant_mask [8] : vector<16xi1>
// CHECK: vector.maskedload %{{.*}}, %[[MASK]]
// CHECK: scf.for %{{.*}} = %c0 to %c16 step %c4
// CHECK-COUNT-40: vector.fma
// CHECK: scf.yield
// CHECK-COUNT-40: vector.fma
// CHECK-NOT: vector.fma
// CHECK: return
func.func @kernel(%x: tensor<1x20x5x1xf32, #blocked>, %w: tensor<24x20x1x1xf32, #packed>, %b: tensor<24xf32>) -> tensor<1x24x5x1xf32, #blocked> {
  %0 = autoglm.conv %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x20x5x1xf32, #blocked>, tensor<24x20x1x1xf32, #packed>, tensor<24xf32>) -> tensor<1x24x5x1xf32, #blocked>
  return %0 : tensor<1x24x5x1xf32, #blocked>
}

// -----

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16]>
#packed = #autoglm.layout<order = [0, 1, 2, 3], inner = [0, 16]>

// A row-major input with few channels is read as it is.
// CHECK: func.func @kernel(%[[X:.*]]: memref<1x3x16x16xf32>
// CHECK: %[[FLAT:.*]] = memref.collapse_shape %[[X]]
// CHECK: scf.for %{{.*}} = %c0 to %c3 step %c1
// CHECK: memref.load %[[FLAT]]
func.func @kernel(%x: tensor<1x3x16x16xf32>, %w: tensor<32x3x3x3xf32, #packed>) -> tensor<1x32x8x8xf32, #blocked> {
  %0 = autoglm.conv %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : (tensor<1x3x16x16xf32>, tensor<32x3x3x3xf32, #packed>) -> tensor<1x32x8x8xf32, #blocked>
  return %0 : tensor<1x32x8x8xf32, #blocked>
}

// -----

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16]>
#packed = #autoglm.layout<order = [0, 1, 2, 3], inner = [0, 16]>

// Depthwise: 7 pixels of a row are 7 sums; a row of taps reads 9 vectors of the
// input and multiplies each with up to 3 weights.
// CHECK: func.func @kernel(%[[X:.*]]: memref<1x2x9x16x16xf32>, %[[W:.*]]: memref<2x1x3x3x16xf32>
// CHECK: %[[FLAT:.*]] = memref.collapse_shape %[[X]]
// CHECK: %{{.*}}:7 = scf.for %{{.*}} = %c0 to %c3 step %c1
// CHECK-COUNT-12: vector.load
// CHECK-NOT: vector.load
// CHECK: scf.yield
func.func @kernel(%x: tensor<1x32x9x16xf32, #blocked>, %w: tensor<32x1x3x3xf32, #packed>) -> tensor<1x32x7x14xf32, #blocked> {
  %0 = autoglm.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, group = 32 : i64} : (tensor<1x32x9x16xf32, #blocked>, tensor<32x1x3x3xf32, #packed>) -> tensor<1x32x7x14xf32, #blocked>
  return %0 : tensor<1x32x7x14xf32, #blocked>
}

// -----

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16]>
#packed = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 8, 0, 16]>

// Two groups in a block: each lane gets the input of its own group.
// CHECK: func.func @kernel
// CHECK: vector.shuffle %[[V:.*]], %[[V]] [0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8, 8, 8, 8, 8]
// CHECK: vector.shuffle %{{.*}} [7, 7, 7, 7, 7, 7, 7, 7, 15, 15, 15, 15, 15, 15, 15, 15]
func.func @kernel(%x: tensor<1x40x4x4xf32, #blocked>, %w: tensor<40x8x3x3xf32, #packed>) -> tensor<1x40x4x4xf32, #blocked> {
  %0 = autoglm.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 5 : i64} : (tensor<1x40x4x4xf32, #blocked>, tensor<40x8x3x3xf32, #packed>) -> tensor<1x40x4x4xf32, #blocked>
  return %0 : tensor<1x40x4x4xf32, #blocked>
}

// -----

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16]>
#packed = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16, 0, 16]>

// Blocks of a group read the blocks of the same group.
// CHECK: func.func @kernel
// CHECK: scf.forall (%[[BLOCK:.*]], %{{.*}}) in (2, 4)
// CHECK: %[[FIRST:.*]] = arith.muli %[[BLOCK]], %c2
// CHECK: arith.divui %[[FIRST]], %c2
func.func @kernel(%x: tensor<1x64x4x4xf32, #blocked>, %w: tensor<64x32x3x3xf32, #packed>) -> tensor<1x64x4x4xf32, #blocked> {
  %0 = autoglm.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 2 : i64} : (tensor<1x64x4x4xf32, #blocked>, tensor<64x32x3x3xf32, #packed>) -> tensor<1x64x4x4xf32, #blocked>
  return %0 : tensor<1x64x4x4xf32, #blocked>
}

// -----

// Without layouts it is a kernel of other passes.
// CHECK: func.func @kernel(%{{.*}}: tensor<1x4x8x8xf32>
// CHECK: autoglm.conv
func.func @kernel(%x: tensor<1x4x8x8xf32>, %w: tensor<8x4x3x3xf32>) -> tensor<1x8x6x6xf32> {
  %0 = autoglm.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<8x4x3x3xf32>) -> tensor<1x8x6x6xf32>
  return %0 : tensor<1x8x6x6xf32>
}
