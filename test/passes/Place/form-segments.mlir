// RUN: sample-opt %s --pass-pipeline='builtin.module(func.func(form-segments))' -split-input-file | FileCheck %s

// Neighbours of one device are one segment; weights come in as operands,
// constants are copied in.
autoglm.device @a = #autoglm.device<"toy", family = "sample", digest = "0", {}>
autoglm.device @b = #autoglm.device<"toy", family = "sample", digest = "0", {}>
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 16, "00">} : tensor<4xf32>
// CHECK-LABEL: func.func @two_devices
// CHECK: %[[W:.+]] = autoglm.load_weight @w
// CHECK: %[[FIRST:.+]] = autoglm.segment @a (%{{.+}} = %arg0 : tensor<4xf32>, %{{.+}} = %[[W]] : tensor<4xf32>) -> tensor<4xf32> {
// CHECK:   autoglm.constant
// CHECK:   autoglm.add
// CHECK:   autoglm.add
// CHECK:   autoglm.yield
// CHECK: %[[SECOND:.+]] = autoglm.segment @b (%{{.+}} = %[[FIRST]] : tensor<4xf32>)
// CHECK-NOT: autoglm.device
// CHECK: return %[[SECOND]]
func.func @two_devices(%x: tensor<4xf32>) -> tensor<4xf32> {
  %w = autoglm.load_weight @w : tensor<4xf32>
  %c = autoglm.constant dense<1.0> : tensor<4xf32>
  %0 = autoglm.add %x, %w {autoglm.device = @a} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = autoglm.add %0, %c {autoglm.device = @a} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = autoglm.add %1, %1 {autoglm.device = @b} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// -----

// Two branches that take turns in the block: one segment for each device, and
// the one that needs both after them.
autoglm.device @a = #autoglm.device<"toy", family = "sample", digest = "0", {}>
autoglm.device @b = #autoglm.device<"toy", family = "sample", digest = "0", {}>
// CHECK-LABEL: func.func @branches
// CHECK: %[[A:.+]] = autoglm.segment @a
// CHECK-COUNT-2: autoglm.add
// CHECK: %[[B:.+]] = autoglm.segment @b
// CHECK-COUNT-2: autoglm.mul
// CHECK: autoglm.segment @a (%{{.+}} = %[[A]] : tensor<4xf32>, %{{.+}} = %[[B]] : tensor<4xf32>)
// CHECK-NOT: autoglm.segment
func.func @branches(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = autoglm.add %x, %x {autoglm.device = @a} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = autoglm.mul %x, %x {autoglm.device = @b} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = autoglm.add %0, %0 {autoglm.device = @a} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = autoglm.mul %1, %1 {autoglm.device = @b} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %4 = autoglm.sub %2, %3 {autoglm.device = @a} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %4 : tensor<4xf32>
}
