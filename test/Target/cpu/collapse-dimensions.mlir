// RUN: autoglm-opt %s --cpu-collapse-dimensions --split-input-file | FileCheck %s

// An elementwise kernel with a value per channel keeps the channel apart.
// CHECK: func.func @kernel(%{{.*}}: tensor<3x400xf32>, %{{.*}}: tensor<3x1xf32>) -> tensor<3x400xf32>
func.func @kernel(%x: tensor<1x3x20x20xf32>, %s: tensor<3x1x1xf32>) -> tensor<1x3x20x20xf32> {
  %0 = autoglm.mul %x, %s : (tensor<1x3x20x20xf32>, tensor<3x1x1xf32>) -> tensor<1x3x20x20xf32>
  return %0 : tensor<1x3x20x20xf32>
}

// -----

// A convolution of one tap runs over the whole plane.
// CHECK: func.func @kernel(%{{.*}}: tensor<1x8x49xf32>, %{{.*}}: tensor<4x8x1xf32>) -> tensor<1x4x49xf32>
// CHECK: autoglm.conv {{.*}}dilations = array<i64: 1>, pads = array<i64: 0, 0>, strides = array<i64: 1>
func.func @kernel(%x: tensor<1x8x7x7xf32>, %w: tensor<4x8x1x1xf32>) -> tensor<1x4x7x7xf32> {
  %0 = autoglm.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : (tensor<1x8x7x7xf32>, tensor<4x8x1x1xf32>) -> tensor<1x4x7x7xf32>
  %1 = autoglm.relu %0 : (tensor<1x4x7x7xf32>) -> tensor<1x4x7x7xf32>
  return %1 : tensor<1x4x7x7xf32>
}

// -----

// Anything else stays.
// CHECK: func.func @kernel(%{{.*}}: tensor<2x3x4xf32>) -> tensor<2x3x1xf32>
func.func @kernel(%x: tensor<2x3x4xf32>) -> tensor<2x3x1xf32> {
  %0 = autoglm.reduce_sum %x {axes = array<i64: 2>} : (tensor<2x3x4xf32>) -> tensor<2x3x1xf32>
  return %0 : tensor<2x3x1xf32>
}

// -----

// A dimension of one element does not join what must stay apart.
// CHECK: func.func @kernel(%{{.*}}: tensor<4x16xf32>, %{{.*}}: tensor<1x16xf32>) -> tensor<4x16xf32>
func.func @kernel(%x: tensor<1x4x1x16xf32>, %s: tensor<1x1x1x16xf32>) -> tensor<1x4x1x16xf32> {
  %0 = autoglm.mul %x, %s : (tensor<1x4x1x16xf32>, tensor<1x1x1x16xf32>) -> tensor<1x4x1x16xf32>
  return %0 : tensor<1x4x1x16xf32>
}
