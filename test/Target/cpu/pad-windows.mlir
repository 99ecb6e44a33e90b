// RUN: autoglm-opt %s --pass-pipeline='builtin.module(func.func(autoglm.segment(cpu-pad-windows)))' | FileCheck %s

autoglm.device @d = #autoglm.device<"d", family = "cpu", digest = "0", {}>

// Zeros go around a convolution's input; what no window reaches is left out.
// CHECK-LABEL: @conv
func.func @conv(%x: tensor<1x3x8x8xf32>, %w: tensor<4x3x3x3xf32>) -> tensor<1x4x4x4xf32> {
  // CHECK-DAG: %[[PADS:.*]] = autoglm.constant dense<[0, 0, 1, 1, 0, 0, 0, 0]>
  // CHECK-DAG: %[[ZERO:.*]] = autoglm.constant dense<0.000000e+00>
  // CHECK: %[[X:.*]] = autoglm.pad %{{.*}}, %[[PADS]], %[[ZERO]] : {{.*}} -> tensor<1x3x9x9xf32>
  // CHECK: autoglm.conv %[[X]], {{.*}}pads = array<i64: 0, 0, 0, 0>
  %0 = autoglm.segment @d (%a = %x : tensor<1x3x8x8xf32>, %b = %w : tensor<4x3x3x3xf32>) -> tensor<1x4x4x4xf32> {
    %1 = autoglm.conv %a, %b {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) -> tensor<1x4x4x4xf32>
    autoglm.yield %1 : tensor<1x4x4x4xf32>
  }
  return %0 : tensor<1x4x4x4xf32>
}

// What never wins goes around a maximum, also where the last window reaches out.
// CHECK-LABEL: @max_pool
func.func @max_pool(%x: tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32> {
  // CHECK-DAG: autoglm.constant dense<[0, 0, 0, 0, 0, 0, 1, 1]>
  // CHECK-DAG: autoglm.constant dense<0xFF800000>
  // CHECK: autoglm.pad {{.*}} -> tensor<1x3x9x9xf32>
  // CHECK-NOT: ceil_mode = true
  %0 = autoglm.segment @d (%a = %x : tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32> {
    %1 = autoglm.max_pool %a {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = true}
      : (tensor<1x3x8x8xf32>) -> tensor<1x3x4x4xf32>
    autoglm.yield %1 : tensor<1x3x4x4xf32>
  }
  return %0 : tensor<1x3x4x4xf32>
}

// The divisor of a mean depends on the padding.
// CHECK-LABEL: @average_pool
func.func @average_pool(%x: tensor<1x3x8x8xf32>) -> tensor<1x3x8x8xf32> {
  // CHECK-NOT: autoglm.pad
  // CHECK: autoglm.average_pool {{.*}}pads = array<i64: 1, 1, 1, 1>
  %0 = autoglm.segment @d (%a = %x : tensor<1x3x8x8xf32>) -> tensor<1x3x8x8xf32> {
    %1 = autoglm.average_pool %a {kernel_shape = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x3x8x8xf32>) -> tensor<1x3x8x8xf32>
    autoglm.yield %1 : tensor<1x3x8x8xf32>
  }
  return %0 : tensor<1x3x8x8xf32>
}
