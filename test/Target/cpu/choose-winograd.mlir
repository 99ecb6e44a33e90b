// RUN: autoglm-opt %s --pass-pipeline='builtin.module(func.func(cpu-choose-winograd))' | FileCheck %s

#blocked = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16]>
#packed = #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16, 0, 16]>

autoglm.device @d = #autoglm.device<"d", family = "cpu", digest = "0", {}>
autoglm.weight @w {source = #autoglm.file<"w", 0, 73728, "0">} : tensor<32x64x3x3xf32>

// The weight is transformed outside, the packed one is not passed any more.
// CHECK-LABEL: @many_squares
func.func @many_squares(%x: tensor<1x64x12x12xf32, #blocked>) -> tensor<1x32x12x12xf32, #blocked> {
  // CHECK: %[[W:.*]] = autoglm.load_weight @w
  // CHECK: %[[U:.*]] = autoglm.winograd_weight %[[W]] : (tensor<32x64x3x3xf32>) -> tensor<32x64x6x6xf32>
  // CHECK: %[[P:.*]] = autoglm.relayout %[[U]] : {{.*}} to tensor<32x64x6x6xf32, #autoglm.layout<order = [0, 2, 3, 1], inner = [0, 32]>>
  // CHECK: autoglm.segment @d (%[[X:.*]] = %{{[a-z0-9]+}} : {{.*}}, %[[A:.*]] = %[[P]] : tensor<32x64x6x6xf32, {{[^)]*}}>) ->
  // CHECK: autoglm.winograd_conv %[[X]], %[[A]] {pads = array<i64: 1, 1, 1, 1>}
  %w = autoglm.load_weight @w : tensor<32x64x3x3xf32>
  %p = autoglm.relayout %w : tensor<32x64x3x3xf32> to tensor<32x64x3x3xf32, #packed>
  %0 = autoglm.segment @d (%a = %x : tensor<1x64x12x12xf32, #blocked>, %b = %p : tensor<32x64x3x3xf32, #packed>) -> tensor<1x32x12x12xf32, #blocked> {
    %1 = autoglm.conv %a, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x64x12x12xf32, #blocked>, tensor<32x64x3x3xf32, #packed>) -> tensor<1x32x12x12xf32, #blocked>
    autoglm.yield %1 : tensor<1x32x12x12xf32, #blocked>
  }
  return %0 : tensor<1x32x12x12xf32, #blocked>
}

// Of 4 squares, the weights would be used too seldom; a stride has no squares.
// CHECK-LABEL: @others
// CHECK-NOT: winograd
func.func @others(%x: tensor<1x64x7x7xf32, #blocked>, %y: tensor<1x64x24x24xf32, #blocked>) -> (tensor<1x32x7x7xf32, #blocked>, tensor<1x32x12x12xf32, #blocked>) {
  %w = autoglm.load_weight @w : tensor<32x64x3x3xf32>
  %p = autoglm.relayout %w : tensor<32x64x3x3xf32> to tensor<32x64x3x3xf32, #packed>
  %0:2 = autoglm.segment @d (%a = %x : tensor<1x64x7x7xf32, #blocked>, %c = %y : tensor<1x64x24x24xf32, #blocked>, %b = %p : tensor<32x64x3x3xf32, #packed>) -> (tensor<1x32x7x7xf32, #blocked>, tensor<1x32x12x12xf32, #blocked>) {
    %1 = autoglm.conv %a, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x64x7x7xf32, #blocked>, tensor<32x64x3x3xf32, #packed>) -> tensor<1x32x7x7xf32, #blocked>
    %2 = autoglm.conv %c, %b {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
      : (tensor<1x64x24x24xf32, #blocked>, tensor<32x64x3x3xf32, #packed>) -> tensor<1x32x12x12xf32, #blocked>
    autoglm.yield %1, %2 : tensor<1x32x7x7xf32, #blocked>, tensor<1x32x12x12xf32, #blocked>
  }
  return %0#0, %0#1 : tensor<1x32x7x7xf32, #blocked>, tensor<1x32x12x12xf32, #blocked>
}
