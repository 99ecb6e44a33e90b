// RUN: sample-opt %s --assign-devices -split-input-file -verify-diagnostics | FileCheck %s

autoglm.device @sample0 = #autoglm.device<"toy", family = "sample", digest = "0", {}>
// CHECK-LABEL: func.func @taken
// CHECK: autoglm.add {{.*}}autoglm.device = @sample0, autoglm.precision = "f32"
func.func @taken(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = autoglm.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// One error for all operations with one reason.
autoglm.device @sample0 = #autoglm.device<"toy", family = "sample", digest = "0", {}>
func.func @refused(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{[AGC-E206] no named device takes it (sample0: only float32 additions are supported [op]); the same holds for 1 more: 'autoglm.exp'}}
  %0 = autoglm.log %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = autoglm.exp %0 : (tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// expected-error @below {{[AGC-E002] the module has no device to place operations on}}
module {
  func.func @nowhere(%x: tensor<4xf32>) -> tensor<4xf32> {
    return %x : tensor<4xf32>
  }
}

// -----

// Costs decide: the product is worth the way, the addition is not.
autoglm.device @near = #autoglm.device<"near", family = "none", digest = "0", {
  compute = {rates = {float32 = 1.0e9 : f64}}, main_memory = "m", memory = {m = {bandwidth = 1.0e9 : f64}},
  supported_ops = {MatMul = {}, Add = {}}}>
autoglm.device @far = #autoglm.device<"far", family = "none", digest = "0", {
  compute = {rates = {float32 = 1.0e12 : f64}}, main_memory = "m", memory = {m = {bandwidth = 1.0e12 : f64}},
  supported_ops = {MatMul = {}, Add = {}}}>
autoglm.link @far {bandwidth = 1.0e9 : f64, latency = 1.0e-6 : f64}
// CHECK-LABEL: func.func @worth_the_way
// CHECK: autoglm.matmul {{.*}}autoglm.device = @far
// CHECK: autoglm.add {{.*}}autoglm.device = @near
func.func @worth_the_way(%x: tensor<64x64xf32>, %y: tensor<4xf32>) -> (tensor<64x64xf32>, tensor<4xf32>) {
  %0 = autoglm.matmul %x, %x : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %1 = autoglm.add %y, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<64x64xf32>, tensor<4xf32>
}

// -----

// The same graph over a link that is a thousand times slower, and pinned.
autoglm.device @near = #autoglm.device<"near", family = "none", digest = "0", {
  compute = {rates = {float32 = 1.0e9 : f64}}, main_memory = "m", memory = {m = {bandwidth = 1.0e9 : f64}},
  supported_ops = {MatMul = {}, Add = {}}}>
autoglm.device @far = #autoglm.device<"far", family = "none", digest = "0", {
  compute = {rates = {float32 = 1.0e12 : f64}}, main_memory = "m", memory = {m = {bandwidth = 1.0e12 : f64}},
  supported_ops = {MatMul = {}, Add = {}}}>
autoglm.link @far {bandwidth = 1.0e6 : f64, latency = 1.0e-6 : f64}
// CHECK-LABEL: func.func @not_worth_the_way
// CHECK: autoglm.matmul {{.*}}autoglm.device = @near
// CHECK: autoglm.add
// CHECK-NOT: autoglm.pin
// CHECK-SAME: autoglm.device = @far
func.func @not_worth_the_way(%x: tensor<64x64xf32>, %y: tensor<4xf32>) -> (tensor<64x64xf32>, tensor<4xf32>) {
  %0 = autoglm.matmul %x, %x : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
  %1 = autoglm.add %y, %y {autoglm.pin = @far} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %0, %1 : tensor<64x64xf32>, tensor<4xf32>
}

// -----

// Weights that the first device has no room for, by the share it may use.
autoglm.device @small {autoglm.max_memory_ratio = 0.5 : f64} = #autoglm.device<"small", family = "none", digest = "0", {
  compute = {rates = {float32 = 1.0e12 : f64}}, main_memory = "m", memory = {m = {bandwidth = 1.0e12 : f64, size = 65536 : i64}},
  supported_ops = {MatMul = {}}}>
autoglm.device @large = #autoglm.device<"large", family = "none", digest = "0", {
  compute = {rates = {float32 = 1.0e9 : f64}}, main_memory = "m", memory = {m = {bandwidth = 1.0e9 : f64}},
  supported_ops = {MatMul = {}}}>
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 40000, "00">} : tensor<100x100xf32>
// CHECK-LABEL: func.func @no_room
// CHECK: autoglm.matmul {{.*}}autoglm.device = @large
func.func @no_room(%x: tensor<1x100xf32>) -> tensor<1x100xf32> {
  %w = autoglm.load_weight @w : tensor<100x100xf32>
  %0 = autoglm.matmul %x, %w : (tensor<1x100xf32>, tensor<100x100xf32>) -> tensor<1x100xf32>
  return %0 : tensor<1x100xf32>
}

// -----

autoglm.device @small = #autoglm.device<"small", family = "none", digest = "0", {
  main_memory = "m", memory = {m = {size = 30000 : i64}}, supported_ops = {MatMul = {}}}>
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 40000, "00">} : tensor<100x100xf32>
// expected-error @below {{[AGC-E208] weights and tensors need 10400 bytes more than there are; small has 30000}}
func.func @nowhere_room(%x: tensor<1x100xf32>) -> tensor<1x100xf32> {
  %w = autoglm.load_weight @w : tensor<100x100xf32>
  %0 = autoglm.matmul %x, %w : (tensor<1x100xf32>, tensor<100x100xf32>) -> tensor<1x100xf32>
  return %0 : tensor<1x100xf32>
}

// -----

// A composite goes whole to the device that takes it so, in parts to the other.
autoglm.device @parts {autoglm.priority = 1 : i64} = #autoglm.device<"parts", family = "none", digest = "0", {
  supported_ops = {ReduceMax = {}, Sub = {}, Exp = {}, ReduceSum = {}, Div = {}}}>
autoglm.device @whole {autoglm.priority = 2 : i64} = #autoglm.device<"whole", family = "none", digest = "0", {
  supported_ops = {Softmax = {}}}>
// CHECK-LABEL: func.func @composite
// CHECK-NOT: softmax
// CHECK: autoglm.reduce_max {{.*}}autoglm.device = @parts
// CHECK: autoglm.div {{.*}}autoglm.device = @parts
// CHECK: autoglm.softmax {{.*}}autoglm.device = @whole
// expected-warning @below {{costs cannot be compared, so the first device that takes an operation gets it; unknown are parts: memory.main.bandwidth, whole: memory.main.bandwidth}}
func.func @composite(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = autoglm.softmax %x {axis = -1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = autoglm.softmax %0 {autoglm.pin = @whole, axis = -1 : i64} : (tensor<4x8xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}
