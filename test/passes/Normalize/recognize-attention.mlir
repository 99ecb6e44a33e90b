// RUN: autoglm-opt %s --recognize-attention -split-input-file | FileCheck %s

// Transposed keys, a scale and a mask that is added; keys and values that were
// repeated for heads that share them are taken before that.
autoglm.device @d = #autoglm.device<"a", family = "cpu", digest = "0", {}>
// CHECK-LABEL: func.func @masked
// CHECK-SAME: (%[[Q:.+]]: tensor<1x16x4x8xf32>, %[[K:.+]]: tensor<1x16x2x8xf32>, %[[V:.+]]: tensor<1x2x16x8xf32>, %[[MASK:.+]]: tensor<1x1x16x16xf32>)
// CHECK-DAG: %[[TQ:.+]] = autoglm.transpose %[[Q]] {perm = array<i64: 0, 2, 1, 3>}
// CHECK-DAG: %[[TK:.+]] = autoglm.transpose %[[K]] {perm = array<i64: 0, 2, 1, 3>}
// CHECK: %[[Y:.+]], %{{.+}} = autoglm.attention %[[TQ]], %[[TK]], %[[V]], %[[MASK]] {{.*}}scale = 2.500000e-01 : f32
// CHECK: return %[[Y]]
func.func @masked(%q: tensor<1x16x4x8xf32>, %k: tensor<1x16x2x8xf32>, %v: tensor<1x2x16x8xf32>, %mask: tensor<1x1x16x16xf32>) -> tensor<1x4x16x8xf32> {
  %scale = autoglm.constant dense<0.25> : tensor<f32>
  %many = autoglm.constant dense<[1, 2, 2, 16, 8]> : tensor<5xi64>
  %full = autoglm.constant dense<[1, 4, 16, 8]> : tensor<4xi64>
  %0 = autoglm.transpose %q {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x16x4x8xf32>) -> tensor<1x4x16x8xf32>
  %1 = autoglm.transpose %k {perm = array<i64: 0, 2, 1, 3>} : (tensor<1x16x2x8xf32>) -> tensor<1x2x16x8xf32>
  %2 = autoglm.unsqueeze %1 {axes = array<i64: 2>} : (tensor<1x2x16x8xf32>) -> tensor<1x2x1x16x8xf32>
  %3 = autoglm.expand %2, %many : (tensor<1x2x1x16x8xf32>, tensor<5xi64>) -> tensor<1x2x2x16x8xf32>
  %4 = autoglm.reshape %3, %full : (tensor<1x2x2x16x8xf32>, tensor<4xi64>) -> tensor<1x4x16x8xf32>
  %5 = autoglm.unsqueeze %v {axes = array<i64: 2>} : (tensor<1x2x16x8xf32>) -> tensor<1x2x1x16x8xf32>
  %6 = autoglm.expand %5, %many : (tensor<1x2x1x16x8xf32>, tensor<5xi64>) -> tensor<1x2x2x16x8xf32>
  %7 = autoglm.reshape %6, %full : (tensor<1x2x2x16x8xf32>, tensor<4xi64>) -> tensor<1x4x16x8xf32>
  %8 = autoglm.transpose %4 {perm = array<i64: 0, 1, 3, 2>} : (tensor<1x4x16x8xf32>) -> tensor<1x4x8x16xf32>
  %9 = autoglm.matmul %0, %8 : (tensor<1x4x16x8xf32>, tensor<1x4x8x16xf32>) -> tensor<1x4x16x16xf32>
  %10 = autoglm.mul %9, %scale : (tensor<1x4x16x16xf32>, tensor<f32>) -> tensor<1x4x16x16xf32>
  %11 = autoglm.add %10, %mask : (tensor<1x4x16x16xf32>, tensor<1x1x16x16xf32>) -> tensor<1x4x16x16xf32>
  %12 = autoglm.softmax %11 : (tensor<1x4x16x16xf32>) -> tensor<1x4x16x16xf32>
  %13 = autoglm.matmul %12, %7 : (tensor<1x4x16x16xf32>, tensor<1x4x16x8xf32>) -> tensor<1x4x16x8xf32>
  return %13 : tensor<1x4x16x8xf32>
}

// -----

// Factors of queries and keys are parts of the scale; keys were transposed in one
// step with their heads, before a dimension was added.
autoglm.device @d = #autoglm.device<"a", family = "cpu", digest = "0", {}>
// CHECK-LABEL: func.func @scaled
// CHECK-SAME: (%[[Q:.+]]: tensor<1x2x16x8xf32>, %[[K:.+]]: tensor<16x2x8xf32>,
// CHECK: %[[TK:.+]] = autoglm.transpose %[[K]] {perm = array<i64: 1, 0, 2>}
// CHECK: %[[RK:.+]] = autoglm.reshape %[[TK]]
// CHECK: autoglm.attention %[[Q]], %[[RK]], %{{.+}} {{.*}}scale = 1.250000e-01 : f32
func.func @scaled(%q: tensor<1x2x16x8xf32>, %k: tensor<16x2x8xf32>, %v: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  %half = autoglm.constant dense<0.5> : tensor<1xf32>
  %four = autoglm.constant dense<4.0> : tensor<f32>
  %0 = autoglm.transpose %k {perm = array<i64: 1, 2, 0>} : (tensor<16x2x8xf32>) -> tensor<2x8x16xf32>
  %1 = autoglm.unsqueeze %0 {axes = array<i64: 0>} : (tensor<2x8x16xf32>) -> tensor<1x2x8x16xf32>
  %2 = autoglm.mul %q, %half : (tensor<1x2x16x8xf32>, tensor<1xf32>) -> tensor<1x2x16x8xf32>
  %3 = autoglm.div %1, %four : (tensor<1x2x8x16xf32>, tensor<f32>) -> tensor<1x2x8x16xf32>
  %4 = autoglm.matmul %2, %3 : (tensor<1x2x16x8xf32>, tensor<1x2x8x16xf32>) -> tensor<1x2x16x16xf32>
  %5 = autoglm.softmax %4 {axis = 3 : i64} : (tensor<1x2x16x16xf32>) -> tensor<1x2x16x16xf32>
  %6 = autoglm.matmul %5, %v : (tensor<1x2x16x16xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %6 : tensor<1x2x16x8xf32>
}

// -----

// Nothing is left behind where the device does not take the whole: here the
// descriptor does not name it.
autoglm.device @d = #autoglm.device<"a", family = "cpu", digest = "0", {supported_ops = {matmul = {}, softmax = {}, transpose = {}}}>
// CHECK-LABEL: func.func @refused
// CHECK-NEXT: autoglm.transpose
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: autoglm.softmax
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: return
func.func @refused(%q: tensor<1x2x16x8xf32>, %k: tensor<1x2x16x8xf32>, %v: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  %0 = autoglm.transpose %k {perm = array<i64: 0, 1, 3, 2>} : (tensor<1x2x16x8xf32>) -> tensor<1x2x8x16xf32>
  %1 = autoglm.matmul %q, %0 : (tensor<1x2x16x8xf32>, tensor<1x2x8x16xf32>) -> tensor<1x2x16x16xf32>
  %2 = autoglm.softmax %1 : (tensor<1x2x16x16xf32>) -> tensor<1x2x16x16xf32>
  %3 = autoglm.matmul %2, %v : (tensor<1x2x16x16xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %3 : tensor<1x2x16x8xf32>
}

// -----

// What others read of the parts is still needed; keys that nobody transposed and
// another axis are something else.
autoglm.device @d = #autoglm.device<"a", family = "cpu", digest = "0", {}>
// CHECK-NOT: autoglm.attention
func.func @shared(%q: tensor<1x2x16x8xf32>, %k: tensor<1x2x16x8xf32>, %v: tensor<1x2x16x8xf32>) -> (tensor<1x2x16x8xf32>, tensor<1x2x16x16xf32>) {
  %0 = autoglm.transpose %k {perm = array<i64: 0, 1, 3, 2>} : (tensor<1x2x16x8xf32>) -> tensor<1x2x8x16xf32>
  %1 = autoglm.matmul %q, %0 : (tensor<1x2x16x8xf32>, tensor<1x2x8x16xf32>) -> tensor<1x2x16x16xf32>
  %2 = autoglm.softmax %1 : (tensor<1x2x16x16xf32>) -> tensor<1x2x16x16xf32>
  %3 = autoglm.matmul %2, %v : (tensor<1x2x16x16xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %3, %2 : tensor<1x2x16x8xf32>, tensor<1x2x16x16xf32>
}
func.func @not_transposed(%q: tensor<1x2x16x8xf32>, %k: tensor<1x2x8x16xf32>, %v: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  %1 = autoglm.matmul %q, %k : (tensor<1x2x16x8xf32>, tensor<1x2x8x16xf32>) -> tensor<1x2x16x16xf32>
  %2 = autoglm.softmax %1 : (tensor<1x2x16x16xf32>) -> tensor<1x2x16x16xf32>
  %3 = autoglm.matmul %2, %v : (tensor<1x2x16x16xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %3 : tensor<1x2x16x8xf32>
}
func.func @other_axis(%q: tensor<1x2x16x8xf32>, %k: tensor<1x2x16x8xf32>, %v: tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32> {
  %0 = autoglm.transpose %k {perm = array<i64: 0, 1, 3, 2>} : (tensor<1x2x16x8xf32>) -> tensor<1x2x8x16xf32>
  %1 = autoglm.matmul %q, %0 : (tensor<1x2x16x8xf32>, tensor<1x2x8x16xf32>) -> tensor<1x2x16x16xf32>
  %2 = autoglm.softmax %1 {axis = 2 : i64} : (tensor<1x2x16x16xf32>) -> tensor<1x2x16x16xf32>
  %3 = autoglm.matmul %2, %v : (tensor<1x2x16x16xf32>, tensor<1x2x16x8xf32>) -> tensor<1x2x16x8xf32>
  return %3 : tensor<1x2x16x8xf32>
}
