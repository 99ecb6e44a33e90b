// RUN: autoglm-opt %s --derive-weights -split-input-file | FileCheck %s

// A chain on a weight becomes one derived weight; what is equal is shared, and
// what nobody reads goes.
// CHECK-DAG: autoglm.weight @[[DERIVED:derived[_0-9]*]] {{.*}}: tensor<64x32xf32> {
// CHECK-DAG: autoglm.weight @w {source
// CHECK-NOT: @unused
// CHECK-LABEL: func.func @chain
// CHECK: %[[A:.+]] = autoglm.load_weight @[[DERIVED]]
// CHECK: %[[B:.+]] = autoglm.load_weight @[[DERIVED]]
// CHECK: return %[[A]], %[[B]]
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 8192, "00">, sym_visibility = "private"} : tensor<32x64xf32>
autoglm.weight @unused {source = #autoglm.file<"m.onnx", 8192, 8192, "01">, sym_visibility = "private"} : tensor<32x64xf32>
func.func @chain() -> (tensor<64x32xf32>, tensor<64x32xf32>) {
  %two = autoglm.constant dense<2.0> : tensor<f32>
  %w = autoglm.load_weight @w : tensor<32x64xf32>
  %0 = autoglm.mul %w, %two : (tensor<32x64xf32>, tensor<f32>) -> tensor<32x64xf32>
  %1 = autoglm.transpose %0 {perm = array<i64: 1, 0>} : (tensor<32x64xf32>) -> tensor<64x32xf32>
  %2 = autoglm.mul %w, %two : (tensor<32x64xf32>, tensor<f32>) -> tensor<32x64xf32>
  %3 = autoglm.transpose %2 {perm = array<i64: 1, 0>} : (tensor<32x64xf32>) -> tensor<64x32xf32>
  return %1, %3 : tensor<64x32xf32>, tensor<64x32xf32>
}

// -----

// A result much larger than what it is made of would blow the bundle up.
// CHECK-LABEL: func.func @grows
// CHECK: autoglm.tile
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 8192, "00">} : tensor<32x64xf32>
func.func @grows() -> tensor<3200x64xf32> {
  %w = autoglm.load_weight @w : tensor<32x64xf32>
  %r = autoglm.constant dense<[100, 1]> : tensor<2xi64>
  %t = autoglm.tile %w, %r : (tensor<32x64xf32>, tensor<2xi64>) -> tensor<3200x64xf32>
  return %t : tensor<3200x64xf32>
}

// -----

// An operation that also reads an input stays.
// CHECK-LABEL: func.func @reads_input
// CHECK: autoglm.matmul
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 8192, "00">} : tensor<32x64xf32>
func.func @reads_input(%x: tensor<1x32xf32>) -> tensor<1x64xf32> {
  %w = autoglm.load_weight @w : tensor<32x64xf32>
  %y = autoglm.matmul %x, %w : (tensor<1x32xf32>, tensor<32x64xf32>) -> tensor<1x64xf32>
  return %y : tensor<1x64xf32>
}

// -----

// Integer weights are dequantized when the bundle is written, constants too that
// become larger than a constant may be; a cast alone makes no weight.
// CHECK-DAG: autoglm.weight @w {source
// CHECK-DAG: autoglm.weight @[[W:derived[_0-9]*]] {{.*}}: tensor<128x64xf32> {
// CHECK-DAG: autoglm.weight @[[C:derived[_0-9]*]] {{.*}}: tensor<4096xf32> {
// CHECK-LABEL: func.func @quantized
// CHECK: %[[L:.+]] = autoglm.load_weight @w
// CHECK: %[[Q:.+]] = autoglm.quant_cast %[[L]]
// CHECK: %[[A:.+]] = autoglm.load_weight @[[W]] : tensor<128x64xf32>
// CHECK: %[[B:.+]] = autoglm.load_weight @[[C]] : tensor<4096xf32>
// CHECK: return %[[Q]], %[[A]], %[[B]]
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 8192, "00">} : tensor<128x64xi8>
func.func @quantized() -> (tensor<128x64x!quant.uniform<i8:f32, 0.5>>, tensor<128x64xf32>, tensor<4096xf32>) {
  %w = autoglm.load_weight @w : tensor<128x64xi8>
  %q = autoglm.quant_cast %w {to = !quant.uniform<i8:f32, 0.5>} : (tensor<128x64xi8>) -> tensor<128x64x!quant.uniform<i8:f32, 0.5>>
  %r = autoglm.dequantize %q : (tensor<128x64x!quant.uniform<i8:f32, 0.5>>) -> tensor<128x64xf32>
  %c = autoglm.constant dense<3> : tensor<4096xi8>
  %d = autoglm.quant_cast %c {to = !quant.uniform<i8:f32, 0.5>} : (tensor<4096xi8>) -> tensor<4096x!quant.uniform<i8:f32, 0.5>>
  %e = autoglm.dequantize %d : (tensor<4096x!quant.uniform<i8:f32, 0.5>>) -> tensor<4096xf32>
  return %q, %r, %e : tensor<128x64x!quant.uniform<i8:f32, 0.5>>, tensor<128x64xf32>, tensor<4096xf32>
}
