// RUN: autoglm-opt %s -split-input-file -verify-diagnostics

// Elementwise operations: one element type, shapes that broadcast.

func.func @f(%x: tensor<2xf32>, %y: tensor<2xf16>) {
  // expected-error @+2 {{operands have element types 'f32' and 'f16', expected one element type}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.add %x, %y : (tensor<2xf32>, tensor<2xf16>) -> tensor<2xf32>
  return
}

// -----

func.func @f(%c: tensor<2xi1>, %x: tensor<2xf32>, %y: tensor<2xf16>) {
  // expected-error @+2 {{operands have element types 'f32' and 'f16', expected one element type}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.where %c, %x, %y : (tensor<2xi1>, tensor<2xf32>, tensor<2xf16>) -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>, %y: tensor<4x?xf32>) {
  // expected-error @+2 {{shapes 2x3 and 4x? cannot be broadcast against each other}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.mul %x, %y : (tensor<2x3xf32>, tensor<4x?xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+2 {{inferred type(s) 'tensor<2xf32>' are incompatible with return type(s) of operation 'tensor<3xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.relu %x : (tensor<2xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @f(%x: tensor<2xi32>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of floating-point values}}
  autoglm.exp %x : (tensor<2xi32>) -> tensor<2xi32>
  return
}

// -----

// Products.

func.func @f(%a: tensor<2x3xf32>, %b: tensor<3x2xf64>) {
  // expected-error @+2 {{operands have element types 'f32' and 'f64', expected one element type}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.matmul %a, %b : (tensor<2x3xf32>, tensor<3x2xf64>) -> tensor<2x2xf32>
  return
}

// -----

func.func @f(%a: tensor<f32>, %b: tensor<3x2xf32>) {
  // expected-error @+2 {{operands must have rank 1 or more}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.matmul %a, %b : (tensor<f32>, tensor<3x2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @f(%a: tensor<2x3xf32>, %b: tensor<?x4x2xf32>) {
  // expected-error @+2 {{cannot multiply 2x3 by ?x4x2: inner dimensions 3 and 4 differ}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.matmul %a, %b : (tensor<2x3xf32>, tensor<?x4x2xf32>) -> tensor<?x2x2xf32>
  return
}

// -----

func.func @f(%a: tensor<5x2x3xf32>, %b: tensor<4x3x2xf32>) {
  // expected-error @+2 {{shapes 5 and 4 cannot be broadcast against each other}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.matmul %a, %b : (tensor<5x2x3xf32>, tensor<4x3x2xf32>) -> tensor<5x2x2xf32>
  return
}

// -----

func.func @f(%a: tensor<2x3xf32>, %b: tensor<3xf32>) {
  // expected-error @+2 {{A and B must have rank 2, got 2 and 1}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.gemm %a, %b : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @f(%a: tensor<2x3xf32>, %b: tensor<3x4xf16>) {
  // expected-error @+2 {{operands have element types 'f32' and 'f16', expected one element type}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.gemm %a, %b : (tensor<2x3xf32>, tensor<3x4xf16>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) {
  // expected-error @+2 {{inner dimensions 2 of A and 3 of B differ}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.gemm %a, %b {transA = true} : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>, %c: tensor<5x2x4xf32>) {
  // expected-error @+2 {{C of shape 5x2x4 does not broadcast to 2x4}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.gemm %a, %b, %c : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<5x2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>, %c: tensor<4xf16>) {
  // expected-error @+2 {{C has element type 'f16', expected 'f32'}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.gemm %a, %b, %c : (tensor<2x3xf32>, tensor<3x4xf32>, tensor<4xf16>) -> tensor<2x4xf32>
  return
}

// -----

// Convolution and pooling.

func.func @f(%x: tensor<1x8xf32>, %w: tensor<6x3xf32>) {
  // expected-error @+2 {{input and weight must have the same rank of 3 or more, got 2 and 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv %x, %w {strides = array<i64>, pads = array<i64>, dilations = array<i64>} : (tensor<1x8xf32>, tensor<6x3xf32>) -> tensor<1x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x3x8xf32>, %w: tensor<6x3x3xf16>) {
  // expected-error @+2 {{input and weight have element types 'f32' and 'f16', expected one element type}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv %x, %w {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x3x8xf32>, tensor<6x3x3xf16>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x3x8xf32>, %w: tensor<6x3x3xf32>) {
  // expected-error @+2 {{expected 1 strides, 1 dilations and 2 pads, got 2, 1 and 1}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv %x, %w {strides = array<i64: 1, 1>, pads = array<i64: 0>, dilations = array<i64: 1>} : (tensor<1x3x8xf32>, tensor<6x3x3xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x3x8xf32>, %w: tensor<6x3x3xf32>) {
  // expected-error @+2 {{strides and dilations must be positive}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv %x, %w {strides = array<i64: 0>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x3x8xf32>, tensor<6x3x3xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x3x8xf32>, %w: tensor<6x3x3xf32>) {
  // expected-error @+2 {{pads must not be negative}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv %x, %w {strides = array<i64: 1>, pads = array<i64: 0, -1>, dilations = array<i64: 1>} : (tensor<1x3x8xf32>, tensor<6x3x3xf32>) -> tensor<1x6x5xf32>
  return
}

// -----

func.func @f(%x: tensor<1x3x8xf32>, %w: tensor<6x3x3xf32>) {
  // expected-error @+2 {{group must be positive, got 0}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv %x, %w {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, group = 0 : i64} : (tensor<1x3x8xf32>, tensor<6x3x3xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8xf32>, %w: tensor<5x2x3xf32>) {
  // expected-error @+2 {{5 filters do not divide into 2 groups}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv %x, %w {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, group = 2 : i64} : (tensor<1x4x8xf32>, tensor<5x2x3xf32>) -> tensor<1x5x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x3x8xf32>, %w: tensor<6x2x3xf32>) {
  // expected-error @+2 {{input has 3 channels, but the weight takes 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv %x, %w {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x3x8xf32>, tensor<6x2x3xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x3x8xf32>, %w: tensor<6x3x3xf32>, %b: tensor<3xf32>) {
  // expected-error @+2 {{bias must be 6 of 'f32', got 3 of 'f32'}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv %x, %w, %b {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x3x8xf32>, tensor<6x3x3xf32>, tensor<3xf32>) -> tensor<1x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x3x4xf32>, %w: tensor<6x3x3xf32>) {
  // expected-error @+2 {{window of 3 (dilation 3) does not fit into dimension 2 of size 4 padded by 1 and 1}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv %x, %w {strides = array<i64: 1>, pads = array<i64: 1, 1>, dilations = array<i64: 3>} : (tensor<1x3x4xf32>, tensor<6x3x3xf32>) -> tensor<1x6x1xf32>
  return
}

// -----

func.func @f(%w: tensor<6x3x5x5xf32>) {
  // expected-error @+2 {{weight must be of 3 by 3 taps, got 6x3x5x5}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.winograd_weight %w : (tensor<6x3x5x5xf32>) -> tensor<6x3x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x4x8x8xf32>, %w: tensor<6x3x6x6xf32>) {
  // expected-error @+2 {{weight must be a transformed one for the input, got 6x3x6x6 and 1x4x8x8}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.winograd_conv %x, %w {pads = array<i64: 0, 0, 0, 0>} : (tensor<1x4x8x8xf32>, tensor<6x3x6x6xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x3xf32>) {
  // expected-error @+2 {{input must have rank 3 or more, got 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.max_pool %x {kernel_shape = array<i64>, strides = array<i64>, pads = array<i64>, dilations = array<i64>} : (tensor<1x3xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x3x8xf32>) {
  // expected-error @+2 {{kernel_shape has 2 entries, expected 1}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.max_pool %x {kernel_shape = array<i64: 2, 2>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x3x8xf32>) -> tensor<1x3x7xf32>
  return
}

// -----

func.func @f(%x: tensor<1x3x8xf32>) {
  // expected-error @+2 {{kernel_shape must be positive}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.average_pool %x {kernel_shape = array<i64: 0>, strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>} : (tensor<1x3x8xf32>) -> tensor<1x3x8xf32>
  return
}

// -----

func.func @f(%x: tensor<1x3xf32>) {
  // expected-error @+2 {{input must have rank 3 or more, got 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.global_average_pool %x : (tensor<1x3xf32>) -> tensor<1x3xf32>
  return
}

// -----

// Normalization.

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+2 {{input must have rank 2 or more, got 1}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.batch_normalization %x, %x, %x, %x, %x : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<1x3xf32>, %p: tensor<3xf32>, %q: tensor<4xf32>) {
  // expected-error @+2 {{parameter of shape 4 does not have one value for each of 3 channels}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.batch_normalization %x, %p, %p, %p, %q : (tensor<1x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<4xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @f(%x: tensor<1x3xf16>, %p: tensor<3xf32>) {
  // expected-error @+2 {{parameter has element type 'f32', expected 'f16'}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.batch_normalization %x, %p, %p, %p, %p : (tensor<1x3xf16>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3xf16>
  return
}

// -----

func.func @f(%x: tensor<1x3xf32>, %p: tensor<3xf32>) {
  // expected-error @+2 {{input must have rank 3 or more, got 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.instance_normalization %x, %p, %p : (tensor<1x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>, %p: tensor<3xf32>) {
  // expected-error @+2 {{axis 2 is outside [-2, 1]}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.layer_normalization %x, %p {axis = 2 : i64} : (tensor<2x3xf32>, tensor<3xf32>) -> (tensor<2x3xf32>, tensor<2x1xf32>, tensor<2x1xf32>)
  return
}

// -----

func.func @f(%x: tensor<3xf32>, %p: tensor<2x3xf32>) {
  // expected-error @+2 {{parameter of shape 2x3 does not broadcast to 3}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.layer_normalization %x, %p : (tensor<3xf32>, tensor<2x3xf32>) -> (tensor<3xf32>, tensor<1xf32>, tensor<1xf32>)
  return
}

// -----

func.func @f(%x: tensor<3xf32>, %p: tensor<3xf16>) {
  // expected-error @+2 {{parameter has element type 'f16', expected 'f32'}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.layer_normalization %x, %p : (tensor<3xf32>, tensor<3xf16>) -> (tensor<3xf32>, tensor<1xf32>, tensor<1xf32>)
  return
}

// -----

func.func @f(%x: tensor<3xf32>) {
  // expected-error @+2 {{axis -2 is outside [-1, 0]}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.softmax %x {axis = -2 : i64} : (tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

// Reductions.

func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{axis 2 is outside [-2, 1]}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.reduce_sum %x {axes = array<i64: 2>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{axis -1 is given twice}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.reduce_mean %x {axes = array<i64: 1, -1>} : (tensor<2x3xf32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @f(%x: tensor<2x0xf32>) {
  // expected-error @+2 {{dimension 1 is empty and has no largest or smallest element}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.argmax %x {axis = 1 : i64} : (tensor<2x0xf32>) -> tensor<2x1xi64>
  return
}

// -----

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+2 {{axis 1 is outside [-1, 0]}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.cumsum %x {axis = 1 : i64} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

// Reshape and its relatives.

func.func @f(%x: tensor<2x3xf32>, %s: tensor<?xi64>) {
  // expected-error @+2 {{the length of 'shape' must be known: it is the rank of the result}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.reshape %x, %s : (tensor<2x3xf32>, tensor<?xi64>) -> tensor<6xf32>
  return
}

// -----

func.func @f(%x: tensor<6xf32>) {
  %s = autoglm.constant dense<[6, 0]> : tensor<2xi64>
  // expected-error @+2 {{entry 1 of shape is 0 (copy), but the input 6 has no such dimension}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.reshape %x, %s : (tensor<6xf32>, tensor<2xi64>) -> tensor<6x1xf32>
  return
}

// -----

func.func @f(%x: tensor<6xf32>) {
  %s = autoglm.constant dense<[-1, -1]> : tensor<2xi64>
  // expected-error @+2 {{shape has more than one -1}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.reshape %x, %s : (tensor<6xf32>, tensor<2xi64>) -> tensor<6x1xf32>
  return
}

// -----

func.func @f(%x: tensor<6xf32>) {
  %s = autoglm.constant dense<[6, -2]> : tensor<2xi64>
  // expected-error @+2 {{entry 1 of shape is -2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.reshape %x, %s : (tensor<6xf32>, tensor<2xi64>) -> tensor<6x1xf32>
  return
}

// -----

func.func @f(%x: tensor<6xf32>) {
  %s = autoglm.constant dense<4611686018427387904> : tensor<2xi64>
  // expected-error @+2 {{shape is too large}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.reshape %x, %s : (tensor<6xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %s = autoglm.constant dense<[4, -1]> : tensor<2xi64>
  // expected-error @+2 {{cannot reshape 2x3 to 4x-1: 6 elements do not divide by 4}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.reshape %x, %s : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<4x?xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %s = autoglm.constant dense<[4, 2]> : tensor<2xi64>
  // expected-error @+2 {{cannot reshape 2x3 (6 elements) to 4x2 (8 elements)}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.reshape %x, %s : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<4x2xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{axis 3 is outside [-2, 2]}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.flatten %x {axis = 3 : i64} : (tensor<2x3xf32>) -> tensor<6x1xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{dimension 0 has size 2, expected 1}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.squeeze %x {axes = array<i64: 0>} : (tensor<2x3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{axis 3 is outside [-3, 2]}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.unsqueeze %x {axes = array<i64: 3>} : (tensor<2x3xf32>) -> tensor<2x3x1xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{perm has 1 entries, expected 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.transpose %x {perm = array<i64: 0>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @+2 {{axis 1 is given twice}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.transpose %x {perm = array<i64: 1, 1>} : (tensor<2x3xf32>) -> tensor<3x3xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %s = autoglm.constant dense<[2, -1]> : tensor<2xi64>
  // expected-error @+2 {{shape has a negative entry}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.expand %x, %s : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %s = autoglm.constant dense<2> : tensor<3xi64>
  // expected-error @+2 {{repeats has 3 entries, expected 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.tile %x, %s : (tensor<2x3xf32>, tensor<3xi64>) -> tensor<4x6xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %s = autoglm.constant dense<-1> : tensor<2xi64>
  // expected-error @+2 {{repeats has a negative entry}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.tile %x, %s : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>) {
  %s = autoglm.constant dense<4611686018427387904> : tensor<2xi64>
  // expected-error @+2 {{the result is too large}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.tile %x, %s : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return
}

// -----

// Concat, split, slice, pad.

func.func @f() {
  // expected-error @+2 {{expected at least one input}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.concat {axis = 0 : i64} : () -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<2xf32>, %y: tensor<2xf16>) {
  // expected-error @+2 {{inputs have element types 'f32' and 'f16', expected one element type}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.concat %x, %y {axis = 0 : i64} : (tensor<2xf32>, tensor<2xf16>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<2xf32>, %y: tensor<2x1xf32>) {
  // expected-error @+2 {{inputs have rank 1 and 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.concat %x, %y {axis = 0 : i64} : (tensor<2xf32>, tensor<2x1xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>, %y: tensor<2x4xf32>) {
  // expected-error @+2 {{inputs have shapes 2x3 and 2x4, which differ outside axis 0}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.concat %x, %y {axis = 0 : i64} : (tensor<2x3xf32>, tensor<2x4xf32>) -> tensor<4x3xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+2 {{sizes add up to 3, but dimension 0 has size 4}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.split %x {axis = 0 : i64, sizes = array<i64: 1, 2>} : (tensor<4xf32>) -> (tensor<1xf32>, tensor<2xf32>)
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+2 {{sizes has a negative entry}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.split %x {axis = 0 : i64, sizes = array<i64: -1, 5>} : (tensor<4xf32>) -> (tensor<1xf32>, tensor<5xf32>)
  return
}

// -----

func.func @f(%x: tensor<?xf32>) {
  // expected-error @+2 {{sizes add up to more than a dimension can be}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.split %x {axis = 0 : i64, sizes = array<i64: 9223372036854775807, 1>} : (tensor<?xf32>) -> (tensor<?xf32>, tensor<1xf32>)
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %s: tensor<2xi64>) {
  %a = autoglm.constant dense<0> : tensor<1xi64>
  // expected-error @+2 {{starts, ends, axes and steps must be equally long}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.slice %x, %s, %a, %a, %a : (tensor<4xf32>, tensor<2xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %s: tensor<1xi64>) {
  %a = autoglm.constant dense<0> : tensor<1xi64>
  // expected-error @+2 {{step of axis 0 is 0}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.slice %x, %s, %s, %a, %a : (tensor<4xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<?xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %p: tensor<2xi64>, %v: tensor<f32>) {
  // expected-error @+2 {{mode 'mirror' is none of constant, reflect, edge, wrap}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.pad %x, %p, %v {mode = "mirror"} : (tensor<4xf32>, tensor<2xi64>, tensor<f32>) -> tensor<?xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %p: tensor<2xi64>, %v: tensor<1xf32>) {
  // expected-error @+2 {{value must be a scalar of the input's element type}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.pad %x, %p, %v : (tensor<4xf32>, tensor<2xi64>, tensor<1xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %v: tensor<f32>) {
  %p = autoglm.constant dense<1> : tensor<3xi64>
  // expected-error @+2 {{pads has 3 entries, expected 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.pad %x, %p, %v : (tensor<4xf32>, tensor<3xi64>, tensor<f32>) -> tensor<?xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %v: tensor<f32>) {
  %p = autoglm.constant dense<[-3, -2]> : tensor<2xi64>
  // expected-error @+2 {{dimension 0 of size 4 padded by -3 and -2 has no valid size}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.pad %x, %p, %v : (tensor<4xf32>, tensor<2xi64>, tensor<f32>) -> tensor<?xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %v: tensor<f32>) {
  %p = autoglm.constant dense<[4, 0]> : tensor<2xi64>
  // expected-error @+2 {{dimension 0 of size 4 is too small to be padded by 4 and 0 in mode reflect}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.pad %x, %p, %v {mode = "reflect"} : (tensor<4xf32>, tensor<2xi64>, tensor<f32>) -> tensor<8xf32>
  return
}

// -----

// Gather and the rest.

func.func @f(%x: tensor<4xf32>) {
  %i = autoglm.constant dense<[0, 4]> : tensor<2xi64>
  // expected-error @+2 {{index 4 is outside [-4, 3] of axis 0}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.gather %x, %i : (tensor<4xf32>, tensor<2xi64>) -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>, %i: tensor<2x2xi64>) {
  // expected-error @+2 {{input and indices have rank 1 and 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.gather_elements %x, %i : (tensor<4xf32>, tensor<2x2xi64>) -> tensor<2x2xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32>) {
  // expected-error @+2 {{input must have rank 2 or more, got 1}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.trilu %x : (tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%s: tensor<1xi64>) {
  // expected-error @+2 {{value must have one element, got 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.constant_of_shape %s {value = dense<1.0> : tensor<2xf32>} : (tensor<1xi64>) -> tensor<?xf32>
  return
}

// -----

func.func @f() {
  %s = autoglm.constant dense<-1> : tensor<1xi64>
  // expected-error @+2 {{shape has a negative entry}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.constant_of_shape %s {value = dense<1.0> : tensor<1xf32>} : (tensor<1xi64>) -> tensor<?xf32>
  return
}

// -----

func.func @f(%a: tensor<i64>, %b: tensor<1xi64>) {
  // expected-error @+2 {{start, limit and delta must be scalars of one element type}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.range %a, %b, %a : (tensor<i64>, tensor<1xi64>, tensor<i64>) -> tensor<?xi64>
  return
}

// -----

func.func @f(%a: tensor<i64>) {
  %d = autoglm.constant dense<0> : tensor<i64>
  // expected-error @+2 {{delta is 0}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.range %a, %a, %d : (tensor<i64>, tensor<i64>, tensor<i64>) -> tensor<?xi64>
  return
}

// -----

func.func @f() {
  %a = autoglm.constant dense<0.0> : tensor<f64>
  %b = autoglm.constant dense<1.0e300> : tensor<f64>
  %d = autoglm.constant dense<1.0e-300> : tensor<f64>
  // expected-error @+2 {{the range has too many elements}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.range %a, %b, %d : (tensor<f64>, tensor<f64>, tensor<f64>) -> tensor<?xf64>
  return
}

// -----

// Weights.

// expected-error @+1 {{must be a tensor of known shape, got 'tensor<?xf32>'}}
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 8, "00">} : tensor<?xf32>

// -----

// expected-error @+1 {{must have either a source or an initializer}}
autoglm.weight @w : tensor<2xf32>

// -----

// expected-error @+1 {{of type 'tensor<2xf32>' needs 8 bytes, but its source has 9}}
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 9, "00">} : tensor<2xf32>

// -----

// expected-error @+1 {{must have an initializer that yields one 'tensor<2xf32>'}}
autoglm.weight @w : tensor<2xf32> {
  %0 = autoglm.constant dense<1.0> : tensor<f32>
  autoglm.yield %0 : tensor<f32>
}

// -----

func.func @f() {
  // expected-error @+1 {{refers to 'f', which is no autoglm.weight}}
  autoglm.load_weight @f : tensor<2xf32>
  return
}

// -----

autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 8, "00">} : tensor<2xf32>
func.func @f() {
  // expected-error @+1 {{has type 'tensor<3xf32>', but the weight has 'tensor<2xf32>'}}
  autoglm.load_weight @w : tensor<3xf32>
  return
}

// -----

// Segments, groups, layouts.

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+1 {{is on 'd', which is no autoglm.device}}
  autoglm.segment @d (%a = %x : tensor<2xf32>) -> tensor<2xf32> {
    autoglm.yield %a : tensor<2xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+1 {{must yield values of its result types}}
  autoglm.group (%a = %x : tensor<2xf32>) -> tensor<3xf32> {
    autoglm.yield %a : tensor<2xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+1 {{has 1 inputs, whose types differ from the 0 arguments of its body}}
  "autoglm.group"(%x) ({
    autoglm.yield
  }) : (tensor<2xf32>) -> ()
  return
}

// -----

func.func @f(%x: tensor<2xf32>) {
  autoglm.group () {
    // expected-error @+2 {{using value defined outside the region}}
    // expected-note @-2 {{required by region isolation constraints}}
    autoglm.relu %x : (tensor<2xf32>) -> tensor<2xf32>
    autoglm.yield
  }
  return
}

// -----

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+1 {{may only change the layout, not 'tensor<2xf32>' to 'tensor<3xf32>'}}
  autoglm.relayout %x : tensor<2xf32> to tensor<3xf32>
  return
}

// -----

// expected-error @+1 {{order must be a permutation of 0 to 1}}
func.func private @f(tensor<2x2xf32, #autoglm.layout<order = [0, 2]>>)

// -----

// expected-error @+1 {{inner must be pairs of dimension and block size}}
func.func private @f(tensor<2x2xf32, #autoglm.layout<order = [0, 1], inner = [1]>>)

// -----

// expected-error @+1 {{inner names dimension 2 of 2}}
func.func private @f(tensor<2x2xf32, #autoglm.layout<order = [0, 1], inner = [2, 4]>>)

// -----

// expected-error @+1 {{block size 0 is below 1}}
func.func private @f(tensor<2x2xf32, #autoglm.layout<order = [0, 1], inner = [1, 0]>>)

// -----

// expected-error @+1 {{#autoglm.layout<order = [0, 1, 2], inner = [1, 4, 0, 4]> does not fit a tensor of rank 2}}
func.func private @f(tensor<2x2xf32, #autoglm.layout<order = [0, 1, 2], inner = [1, 4, 0, 4]>>)

// -----

// expected-error @+1 {{inner names dimension 2 of a tensor of rank 2}}
func.func private @f(tensor<2x2xf32, #autoglm.layout<order = [0, 2, 1], inner = [2, 4]>>)

// -----

// expected-error @+1 {{order names blocks that are innermost anyway}}
func.func private @f(tensor<2x2xf32, #autoglm.layout<order = [0, 1, 2], inner = [1, 4]>>)

// -----

// Quantized types and scales.

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+1 {{needs a uniform type over floats, got '!quant.any<i8:f32>'}}
  autoglm.quantize %x {to = !quant.any<i8:f32>} : (tensor<2xf32>) -> tensor<2x!quant.any<i8:f32>>
  return
}

// -----

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+1 {{has 3 scales for dimension 0 of size 2}}
  autoglm.quantize %x {to = !quant.uniform<i8:f32:0, {1.0, 2.0, 3.0}>} : (tensor<2xf32>) -> tensor<2x!quant.uniform<i8:f32:0, {1.0, 2.0, 3.0}>>
  return
}

// -----

func.func @f(%x: tensor<2x!quant.uniform<i8:f32:1, {1.0, 2.0}>>) {
  // expected-error @+1 {{has scales along dimension 1 of a tensor of rank 1}}
  autoglm.dequantize %x : (tensor<2x!quant.uniform<i8:f32:1, {1.0, 2.0}>>) -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<2x!quant.any<i8:f32>>) {
  // expected-error @+1 {{needs a uniform type over floats, got '!quant.any<i8:f32>'}}
  autoglm.dequantize %x : (tensor<2x!quant.any<i8:f32>>) -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+1 {{gives integers of at most 16 bits, not 'i32'}}
  autoglm.quantize %x {to = !quant.uniform<i32:f32, 1.0>} : (tensor<2xf32>) -> tensor<2x!quant.uniform<i32:f32, 1.0>>
  return
}

// -----

func.func @f(%x: tensor<2xf16>) {
  // expected-error @+1 {{takes 'f32', which its type names, not 'f16'}}
  autoglm.quantize %x {to = !quant.uniform<i8:f32, 1.0>} : (tensor<2xf16>) -> tensor<2x!quant.uniform<i8:f32, 1.0>>
  return
}

// -----

func.func @f(%x: tensor<2xui8>) {
  // expected-error @+1 {{may not change the bits of 'ui8' to '!quant.uniform<i8:f32, 1.000000e+00>'}}
  autoglm.quant_cast %x {to = !quant.uniform<i8:f32, 1.0>} : (tensor<2xui8>) -> tensor<2x!quant.uniform<i8:f32, 1.0>>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>, %s: tensor<3xf32>, %z: tensor<2xi8>) {
  // expected-error @+2 {{the zero point has shape 2, the scale 3}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.quantize_linear %x, %s, %z {precision = f32, to = i8} : (tensor<2x3xf32>, tensor<3xf32>, tensor<2xi8>) -> tensor<2x3xi8>
  return
}

// -----

func.func @f(%x: tensor<2x3xf32>, %s: tensor<2xf32>) {
  // expected-error @+2 {{a scale of shape 2 does not fit dimension 1 of 2x3}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.quantize_linear %x, %s {precision = f32, to = i8} : (tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x3xi8>
  return
}

// -----

func.func @f(%x: tensor<2x5xi8>, %s: tensor<2x2xf32>) {
  // expected-error @+2 {{a scale of shape 2x2 does not fit blocks of 2 along dimension 1 of 2x5}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.dequantize_linear %x, %s {block_size = 2 : i64, to = f32} : (tensor<2x5xi8>, tensor<2x2xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<2x5xi8>, %s: tensor<2x2xf32>) {
  // expected-error @+2 {{block_size -1 is below 0}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.dequantize_linear %x, %s {block_size = -1 : i64, to = f32} : (tensor<2x5xi8>, tensor<2x2xf32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @f(%x: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error @+1 {{gives integers of at most 16 bits, not 'i32'}}
  autoglm.quantize_linear %x, %s {precision = f32, to = i32} : (tensor<2xf32>, tensor<f32>) -> tensor<2xi32>
  return
}

// -----

func.func @f(%x: tensor<2xf32>, %s: tensor<f32>, %z: tensor<i8>) {
  // expected-error @+1 {{has a zero point of 'i8', but gives 'ui8'}}
  autoglm.quantize_linear %x, %s, %z {precision = f32, to = ui8} : (tensor<2xf32>, tensor<f32>, tensor<i8>) -> tensor<2xui8>
  return
}

// -----

func.func @f(%x: tensor<2xf32>, %s: tensor<f32>) {
  // expected-error @+1 {{cannot divide in 'i32'}}
  autoglm.quantize_linear %x, %s {precision = i32, to = i8} : (tensor<2xf32>, tensor<f32>) -> tensor<2xi8>
  return
}

// -----

func.func @f(%x: tensor<2xi64>, %s: tensor<f32>) {
  // expected-error @+1 {{takes integers of at most 32 bits, not 'i64'}}
  autoglm.dequantize_linear %x, %s {to = f32} : (tensor<2xi64>, tensor<f32>) -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<2xi8>, %s: tensor<f32>, %z: tensor<ui8>) {
  // expected-error @+1 {{has a zero point of 'ui8', but takes 'i8'}}
  autoglm.dequantize_linear %x, %s, %z {to = f32} : (tensor<2xi8>, tensor<f32>, tensor<ui8>) -> tensor<2xf32>
  return
}

// -----

autoglm.device @d = #autoglm.device<"d", family = "sample", digest = "0", {}>
// expected-error @+1 {{ends at 'nobody', which is no autoglm.device}}
autoglm.link @d to @nobody
