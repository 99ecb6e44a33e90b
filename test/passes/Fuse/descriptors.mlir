// RUN: autoglm-opt %s --form-groups -split-input-file | FileCheck %s

// What is fused is the descriptor's: here everything up to the residual, nothing
// behind two operations, and a bias only.
autoglm.device @d_all = #autoglm.device<"a", family = "none", digest = "0", {fusion = {epilogues = ["bias", "activation", "residual"]}}>
autoglm.device @d_two = #autoglm.device<"b", family = "none", digest = "1", {fusion = {max_ops = 2 : i64}}>
autoglm.device @d_bias = #autoglm.device<"c", family = "none", digest = "2", {fusion = {epilogues = ["bias"]}}>
autoglm.device @d_none = #autoglm.device<"d", family = "none", digest = "3", {}>

// CHECK-LABEL: func.func @all
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: autoglm.add
// CHECK-NEXT: autoglm.relu
// CHECK-NEXT: autoglm.add
// CHECK-NEXT: autoglm.yield
// CHECK-NOT: autoglm.group
func.func @all(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>, %b: tensor<16xf32>, %r: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %y = autoglm.segment @d_all (%0 = %x : tensor<4x8xf32>, %1 = %w : tensor<8x16xf32>, %2 = %b : tensor<16xf32>, %3 = %r : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %4 = autoglm.matmul %0, %1 : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
    %5 = autoglm.add %4, %2 : (tensor<4x16xf32>, tensor<16xf32>) -> tensor<4x16xf32>
    %6 = autoglm.relu %5 : (tensor<4x16xf32>) -> tensor<4x16xf32>
    %7 = autoglm.add %6, %3 : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32>
    autoglm.yield %7 : tensor<4x16xf32>
  }
  return %y : tensor<4x16xf32>
}

// CHECK-LABEL: func.func @two
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: autoglm.add
// CHECK-NEXT: autoglm.yield
// CHECK: autoglm.group {{.*}}autoglm.refused = [{code = "group-too-large", field = "fusion.max_ops", with = "matmul"}]
// CHECK-NEXT: autoglm.relu
// CHECK-NEXT: autoglm.add
func.func @two(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>, %b: tensor<16xf32>, %r: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %y = autoglm.segment @d_two (%0 = %x : tensor<4x8xf32>, %1 = %w : tensor<8x16xf32>, %2 = %b : tensor<16xf32>, %3 = %r : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %4 = autoglm.matmul %0, %1 : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
    %5 = autoglm.add %4, %2 : (tensor<4x16xf32>, tensor<16xf32>) -> tensor<4x16xf32>
    %6 = autoglm.relu %5 : (tensor<4x16xf32>) -> tensor<4x16xf32>
    %7 = autoglm.add %6, %3 : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32>
    autoglm.yield %7 : tensor<4x16xf32>
  }
  return %y : tensor<4x16xf32>
}

// CHECK-LABEL: func.func @bias
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: autoglm.add
// CHECK-NEXT: autoglm.yield
// CHECK: autoglm.group {{.*}}autoglm.refused = [{code = "epilogue-not-supported", field = "fusion.epilogues", with = "matmul"}]
// CHECK-NEXT: autoglm.relu
func.func @bias(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>, %b: tensor<16xf32>) -> tensor<4x16xf32> {
  %y = autoglm.segment @d_bias (%0 = %x : tensor<4x8xf32>, %1 = %w : tensor<8x16xf32>, %2 = %b : tensor<16xf32>) -> tensor<4x16xf32> {
    %4 = autoglm.matmul %0, %1 : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
    %5 = autoglm.add %4, %2 : (tensor<4x16xf32>, tensor<16xf32>) -> tensor<4x16xf32>
    %6 = autoglm.relu %5 : (tensor<4x16xf32>) -> tensor<4x16xf32>
    autoglm.yield %6 : tensor<4x16xf32>
  }
  return %y : tensor<4x16xf32>
}

// A descriptor that says nothing of fusion: one operation each.
// CHECK-LABEL: func.func @none
// CHECK-COUNT-2: autoglm.group
func.func @none(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %y = autoglm.segment @d_none (%0 = %x : tensor<4x8xf32>) -> tensor<4x8xf32> {
    %1 = autoglm.relu %0 : (tensor<4x8xf32>) -> tensor<4x8xf32>
    %2 = autoglm.exp %1 : (tensor<4x8xf32>) -> tensor<4x8xf32>
    autoglm.yield %2 : tensor<4x8xf32>
  }
  return %y : tensor<4x8xf32>
}

// -----

// A value that is read outside is a second result where units may have several.
autoglm.device @d_one = #autoglm.device<"a", family = "none", digest = "0", {fusion = {multi_result = false}}>
autoglm.device @d_several = #autoglm.device<"b", family = "none", digest = "1", {fusion = {multi_result = true}}>
// CHECK-LABEL: func.func @one
// CHECK-COUNT-2: autoglm.group
// CHECK-LABEL: func.func @several
// CHECK: autoglm.group {{.*}} -> (tensor<4x16xf32>, tensor<4x16xf32>)
// CHECK-NOT: autoglm.group
func.func @one(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
  %y:2 = autoglm.segment @d_one (%0 = %x : tensor<4x8xf32>, %1 = %w : tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
    %2 = autoglm.matmul %0, %1 : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
    %3 = autoglm.relu %2 : (tensor<4x16xf32>) -> tensor<4x16xf32>
    autoglm.yield %2, %3 : tensor<4x16xf32>, tensor<4x16xf32>
  }
  return %y#0, %y#1 : tensor<4x16xf32>, tensor<4x16xf32>
}
func.func @several(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
  %y:2 = autoglm.segment @d_several (%0 = %x : tensor<4x8xf32>, %1 = %w : tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
    %2 = autoglm.matmul %0, %1 : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
    %3 = autoglm.relu %2 : (tensor<4x16xf32>) -> tensor<4x16xf32>
    autoglm.yield %2, %3 : tensor<4x16xf32>, tensor<4x16xf32>
  }
  return %y#0, %y#1 : tensor<4x16xf32>, tensor<4x16xf32>
}

// -----

// Rows are reduced behind a product only where the descriptor says so.
autoglm.device @yes = #autoglm.device<"a", family = "none", digest = "0", {fusion = {epilogues = ["reduction", "permutation", "quantize", "opaque"]}}>
autoglm.device @no = #autoglm.device<"b", family = "none", digest = "1", {fusion = {epilogues = ["permutation"]}}>
// CHECK-LABEL: func.func @rows
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: autoglm.transpose
// CHECK-NEXT: autoglm.softmax
// CHECK-NEXT: autoglm.reduce_max
// CHECK-NEXT: autoglm.cast
// CHECK-NEXT: autoglm.yield
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: autoglm.transpose
// CHECK-NEXT: autoglm.yield
// CHECK: autoglm.group {{.*}}field = "fusion.epilogues"
// CHECK-NEXT: autoglm.softmax
func.func @rows(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>) -> (tensor<16x1xi32>, tensor<16x1xi32>) {
  %y = autoglm.segment @yes (%0 = %x : tensor<4x8xf32>, %1 = %w : tensor<8x16xf32>) -> tensor<16x1xi32> {
    %2 = autoglm.matmul %0, %1 : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
    %3 = autoglm.transpose %2 {perm = array<i64: 1, 0>} : (tensor<4x16xf32>) -> tensor<16x4xf32>
    %4 = autoglm.softmax %3 : (tensor<16x4xf32>) -> tensor<16x4xf32>
    %5 = autoglm.reduce_max %4 {axes = array<i64: -1>} : (tensor<16x4xf32>) -> tensor<16x1xf32>
    %6 = autoglm.cast %5 {to = i32} : (tensor<16x1xf32>) -> tensor<16x1xi32>
    autoglm.yield %6 : tensor<16x1xi32>
  }
  %z = autoglm.segment @no (%0 = %x : tensor<4x8xf32>, %1 = %w : tensor<8x16xf32>) -> tensor<16x1xi32> {
    %2 = autoglm.matmul %0, %1 : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
    %3 = autoglm.transpose %2 {perm = array<i64: 1, 0>} : (tensor<4x16xf32>) -> tensor<16x4xf32>
    %4 = autoglm.softmax %3 : (tensor<16x4xf32>) -> tensor<16x4xf32>
    %5 = autoglm.reduce_max %4 {axes = array<i64: -1>} : (tensor<16x4xf32>) -> tensor<16x1xf32>
    %6 = autoglm.cast %5 {to = i32} : (tensor<16x1xf32>) -> tensor<16x1xi32>
    autoglm.yield %6 : tensor<16x1xi32>
  }
  return %y, %z : tensor<16x1xi32>, tensor<16x1xi32>
}

// -----

// Convolutions read windows: a value that the first one computes leaves its unit,
// whatever a descriptor says; and no path leads out of a group and back (here
// through a reshape, which stays outside).
autoglm.device @d = #autoglm.device<"a", family = "none", digest = "0", {fusion = {multi_result = true}}>
// CHECK-LABEL: func.func @windows
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.conv
// CHECK-NEXT: autoglm.yield
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.conv
// CHECK-LABEL: func.func @detour
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.exp
// CHECK-NEXT: autoglm.yield
// CHECK: autoglm.reshape
// CHECK: autoglm.group {{.*}}code = "not-convex"
// CHECK-NEXT: autoglm.mul
func.func @windows(%x: tensor<1x4x8x8xf32>, %w: tensor<4x4x3x3xf32>) -> tensor<1x4x4x4xf32> {
  %y = autoglm.segment @d (%0 = %x : tensor<1x4x8x8xf32>, %1 = %w : tensor<4x4x3x3xf32>) -> tensor<1x4x4x4xf32> {
    %2 = autoglm.conv %0, %1 {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x4x8x8xf32>, tensor<4x4x3x3xf32>) -> tensor<1x4x6x6xf32>
    %3 = autoglm.conv %2, %1 {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : (tensor<1x4x6x6xf32>, tensor<4x4x3x3xf32>) -> tensor<1x4x4x4xf32>
    autoglm.yield %3 : tensor<1x4x4x4xf32>
  }
  return %y : tensor<1x4x4x4xf32>
}
func.func @detour(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %y = autoglm.segment @d (%0 = %x : tensor<4x4xf32>) -> tensor<4x4xf32> {
    %s = autoglm.constant dense<[4, 4]> : tensor<2xi64>
    %1 = autoglm.exp %0 : (tensor<4x4xf32>) -> tensor<4x4xf32>
    %2 = autoglm.reshape %1, %s : (tensor<4x4xf32>, tensor<2xi64>) -> tensor<4x4xf32>
    %3 = autoglm.mul %1, %2 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    autoglm.yield %3 : tensor<4x4xf32>
  }
  return %y : tensor<4x4xf32>
}

// -----

// An elementwise value with two readers is computed by both where that moves less:
// it is four times as large as what it is made of.
autoglm.device @d = #autoglm.device<"a", family = "none", digest = "0", {fusion = {}}>
// CHECK-LABEL: func.func @recompute
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.add
// CHECK-NEXT: autoglm.exp
// CHECK-NEXT: autoglm.reduce_max
// CHECK-NEXT: autoglm.yield
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.add
// CHECK-NEXT: autoglm.neg
// CHECK-NEXT: autoglm.reduce_max
// CHECK-NOT: autoglm.group
func.func @recompute(%x: tensor<16x1xf32>, %b: tensor<1x16xf32>) -> (tensor<16x1xf32>, tensor<16x1xf32>) {
  %y:2 = autoglm.segment @d (%0 = %x : tensor<16x1xf32>, %1 = %b : tensor<1x16xf32>) -> (tensor<16x1xf32>, tensor<16x1xf32>) {
    %2 = autoglm.add %0, %1 : (tensor<16x1xf32>, tensor<1x16xf32>) -> tensor<16x16xf32>
    %3 = autoglm.exp %2 : (tensor<16x16xf32>) -> tensor<16x16xf32>
    %4 = autoglm.neg %2 : (tensor<16x16xf32>) -> tensor<16x16xf32>
    %5 = autoglm.reduce_max %3 {axes = array<i64: -1>} : (tensor<16x16xf32>) -> tensor<16x1xf32>
    %6 = autoglm.reduce_max %4 {axes = array<i64: -1>} : (tensor<16x16xf32>) -> tensor<16x1xf32>
    autoglm.yield %5, %6 : tensor<16x1xf32>, tensor<16x1xf32>
  }
  return %y#0, %y#1 : tensor<16x1xf32>, tensor<16x1xf32>
}
