// RUN: autoglm-opt %s --cpu-apply-layouts --split-input-file | FileCheck %s

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 8]>
#channels = #autoglm.layout<order = [0, 1, 2], inner = [0, 8]>

// Elements are computed in the shape they have in memory; a value for each
// channel has a block, too, one for each place gets a dimension of 1.
// CHECK-LABEL: @elements
// CHECK-SAME: (%[[X:.*]]: tensor<1x3x4x5x8xf32>, %[[C:.*]]: tensor<3x1x1x8xf32>, %[[P:.*]]: tensor<4x5xf32>) -> tensor<1x3x4x5x8xf32>
// CHECK: %[[SUM:.*]] = autoglm.add %[[X]], %[[C]] : {{.*}} -> tensor<1x3x4x5x8xf32>
// CHECK: %[[PLACES:.*]] = autoglm.reshape %[[P]], {{.*}} -> tensor<4x5x1xf32>
// CHECK: autoglm.mul %[[SUM]], %[[PLACES]]
func.func @elements(%x: tensor<1x20x4x5xf32, #blocked>, %c: tensor<20x1x1xf32, #channels>, %p: tensor<4x5xf32>) -> tensor<1x20x4x5xf32, #blocked> {
  %0 = autoglm.add %x, %c : (tensor<1x20x4x5xf32, #blocked>, tensor<20x1x1xf32, #channels>) -> tensor<1x20x4x5xf32, #blocked>
  %1 = autoglm.mul %0, %p : (tensor<1x20x4x5xf32, #blocked>, tensor<4x5xf32>) -> tensor<1x20x4x5xf32, #blocked>
  return %1 : tensor<1x20x4x5xf32, #blocked>
}

// -----

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 8]>

// A window gets one more dimension of 1; the plane of a global pool is two of
// three dimensions.
// CHECK-LABEL: @pool
// CHECK: autoglm.max_pool {{.*}} kernel_shape = array<i64: 3, 3, 1>, pads = array<i64: 1, 1, 0, 1, 1, 0>, strides = array<i64: 2, 2, 1>{{.*}} -> tensor<1x2x4x4x8xf32>
// CHECK: autoglm.reduce_mean {{.*}}axes = array<i64: 2, 3>{{.*}} -> tensor<1x2x1x1x8xf32>
func.func @pool(%x: tensor<1x16x8x8xf32, #blocked>) -> tensor<1x16x1x1xf32, #blocked> {
  %0 = autoglm.max_pool %x {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : (tensor<1x16x8x8xf32, #blocked>) -> tensor<1x16x4x4xf32, #blocked>
  %1 = autoglm.global_average_pool %0 : (tensor<1x16x4x4xf32, #blocked>) -> tensor<1x16x1x1xf32, #blocked>
  return %1 : tensor<1x16x1x1xf32, #blocked>
}

// -----

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 8]>
#packed = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 8, 0, 8]>

// A convolution keeps its types; what follows sees its result in memory.
// CHECK-LABEL: @conv
// CHECK: %[[CONV:.*]] = autoglm.conv {{.*}} -> tensor<1x16x8x8xf32, #autoglm.layout
// CHECK: %[[SEEN:.*]] = builtin.unrealized_conversion_cast %[[CONV]] {{.*}} to tensor<1x2x8x8x8xf32>
// CHECK: autoglm.relu %[[SEEN]]
func.func @conv(%x: tensor<1x16x8x8xf32, #blocked>, %w: tensor<16x16x1x1xf32, #packed>) -> tensor<1x16x8x8xf32, #blocked> {
  %0 = autoglm.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x16x8x8xf32, #blocked>, tensor<16x16x1x1xf32, #packed>) -> tensor<1x16x8x8xf32, #blocked>
  %1 = autoglm.relu %0 : (tensor<1x16x8x8xf32, #blocked>) -> tensor<1x16x8x8xf32, #blocked>
  return %1 : tensor<1x16x8x8xf32, #blocked>
}

// -----

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 8]>

// Parts that begin with a block are parts of the blocks.
// CHECK-LABEL: @parts
// CHECK: autoglm.concat {{.*}}axis = 1{{.*}} -> tensor<1x4x2x2x8xf32>
// CHECK: autoglm.split {{.*}}sizes = array<i64: 1, 3>{{.*}} -> (tensor<1x1x2x2x8xf32>, tensor<1x3x2x2x8xf32>)
func.func @parts(%x: tensor<1x16x2x2xf32, #blocked>, %y: tensor<1x12x2x2xf32, #blocked>) -> (tensor<1x8x2x2xf32, #blocked>, tensor<1x20x2x2xf32, #blocked>) {
  %0 = autoglm.concat %x, %y {axis = -3} : (tensor<1x16x2x2xf32, #blocked>, tensor<1x12x2x2xf32, #blocked>) -> tensor<1x28x2x2xf32, #blocked>
  %1, %2 = autoglm.split %0 {axis = 1, sizes = array<i64: 8, 20>} : (tensor<1x28x2x2xf32, #blocked>) -> (tensor<1x8x2x2xf32, #blocked>, tensor<1x20x2x2xf32, #blocked>)
  return %1, %2 : tensor<1x8x2x2xf32, #blocked>, tensor<1x20x2x2xf32, #blocked>
}
