// RUN: autoglm-opt %s -split-input-file -verify-diagnostics

// Normalization, indexed, resampling, recurrent and attention operations.

func.func @f(%a: tensor<2x4xf32>, %b: tensor<3xf32>) {
  // expected-error @+2 {{shapes 2x4 and 3 cannot be broadcast against each other}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.rms_normalization %a, %b : (tensor<2x4xf32>, tensor<3xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x1xf32>, %b: tensor<3xf32>) {
  // expected-error @+2 {{scale of shape 3 does not broadcast to 2x1}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.rms_normalization %a, %b : (tensor<2x1xf32>, tensor<3xf32>) -> tensor<2x1xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4xf16>, %b: tensor<4xf32>) {
  // expected-error @+2 {{scale has element type 'f32', expected 'f16'}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.rms_normalization %a, %b : (tensor<2x4xf16>, tensor<4xf32>) -> tensor<2x4xf16>
  return
}

// -----

func.func @f(%a: tensor<2x4xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>) {
  // expected-error @+2 {{input must have rank 3 or more, got 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.group_normalization %a, %b, %c {num_groups = 2 : i64} : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4x1xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>) {
  // expected-error @+2 {{num_groups must be positive, got 0}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.group_normalization %a, %b, %c {num_groups = 0 : i64} : (tensor<2x4x1xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4x1xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4x1xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>) {
  // expected-error @+2 {{4 channels do not divide into 3 groups}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.group_normalization %a, %b, %c {num_groups = 3 : i64} : (tensor<2x4x1xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4x1xf32>
  return
}

// -----

func.func @f(%a: tensor<2xf32>) {
  // expected-error @+2 {{input must have rank 2 or more, got 1}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.lrn %a {size = 1 : i64} : (tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4xf32>) {
  // expected-error @+2 {{size must be positive, got 0}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.lrn %a {size = 0 : i64} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4xf32>, %b: tensor<2x1xi64>) {
  // expected-error @+2 {{batch_dims 2 must be below the ranks 2 of the input and 2 of the indices}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.gather_nd %a, %b {batch_dims = 2 : i64} : (tensor<2x4xf32>, tensor<2x1xi64>) -> tensor<2xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4xf32>, %b: tensor<3x1xi64>) {
  // expected-error @+2 {{input 2x4 and indices 3x1 do not share 1 batch dimensions}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.gather_nd %a, %b {batch_dims = 1 : i64} : (tensor<2x4xf32>, tensor<3x1xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4xf32>, %b: tensor<3x?xi64>) {
  // expected-error @+2 {{the last dimension of the indices must be known, got 3x?}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.gather_nd %a, %b {batch_dims = 0 : i64} : (tensor<2x4xf32>, tensor<3x?xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4xf32>, %b: tensor<3x3xi64>) {
  // expected-error @+2 {{index tuples of 3 entries are longer than the 2 dimensions they index}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.gather_nd %a, %b {batch_dims = 0 : i64} : (tensor<2x4xf32>, tensor<3x3xi64>) -> tensor<3xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4xf32>, %b: tensor<i64>, %c: tensor<4xf32>) {
  // expected-error @+2 {{indices must have rank 1 or more}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.scatter_nd %a, %b, %c {reduction = "none"} : (tensor<2x4xf32>, tensor<i64>, tensor<4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4xf32>, %b: tensor<3x1xi64>, %c: tensor<3x4xf16>) {
  // expected-error @+2 {{updates have element type 'f16', expected 'f32'}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.scatter_nd %a, %b, %c {reduction = "none"} : (tensor<2x4xf32>, tensor<3x1xi64>, tensor<3x4xf16>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4xf32>, %b: tensor<3x1xi64>, %c: tensor<3x5xf32>) {
  // expected-error @+2 {{updates have shape 3x5, expected 3x4}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.scatter_nd %a, %b, %c {reduction = "none"} : (tensor<2x4xf32>, tensor<3x1xi64>, tensor<3x5xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4xf32>, %b: tensor<3x1xi64>, %c: tensor<3x4xf32>) {
  // expected-error @+2 {{reduction 'mean' is none of none, add, mul, max, min}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.scatter_nd %a, %b, %c {reduction = "mean"} : (tensor<2x4xf32>, tensor<3x1xi64>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4xi1>, %b: tensor<3x1xi64>, %c: tensor<3x4xi1>) {
  // expected-error @+2 {{reduction 'add' needs numbers, got bool}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.scatter_nd %a, %b, %c {reduction = "add"} : (tensor<2x4xi1>, tensor<3x1xi64>, tensor<3x4xi1>) -> tensor<2x4xi1>
  return
}

// -----

func.func @f(%a: tensor<2x4xf32>, %b: tensor<3xi64>, %c: tensor<3xf32>) {
  // expected-error @+2 {{indices must have rank 2, got 1}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.scatter_elements %a, %b, %c : (tensor<2x4xf32>, tensor<3xi64>, tensor<3xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4xf32>, %b: tensor<2x5xi64>, %c: tensor<2x5xf32>) {
  // expected-error @+2 {{dimension 1 of indices has size 5, the input's only 4}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.scatter_elements %a, %b, %c : (tensor<2x4xf32>, tensor<2x5xi64>, tensor<2x5xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x4xf32>) {
  // expected-error @+2 {{cannot take 5 elements of dimension 1 of 2x4}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.topk %a {k = 5 : i64} : (tensor<2x4xf32>) -> (tensor<2x5xf32>, tensor<2x5xi64>)
  return
}

// -----

func.func @f(%a: tensor<1x2xf32>, %b: tensor<2x3xf32>) {
  // expected-error @+2 {{input and weight must have the same rank of 3 or more, got 2 and 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv_transpose %a, %b {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, output_padding = array<i64: 0>, group = 1 : i64} : (tensor<1x2xf32>, tensor<2x3xf32>) -> tensor<1x3x5xf32>
  return
}

// -----

func.func @f(%a: tensor<1x2x4xf32>, %b: tensor<2x3x2xf16>) {
  // expected-error @+2 {{input and weight have element types 'f32' and 'f16', expected one element type}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv_transpose %a, %b {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, output_padding = array<i64: 0>, group = 1 : i64} : (tensor<1x2x4xf32>, tensor<2x3x2xf16>) -> tensor<1x3x5xf32>
  return
}

// -----

func.func @f(%a: tensor<1x2x4xf32>, %b: tensor<2x3x2xf32>) {
  // expected-error @+2 {{needs 1 positive strides and dilations, output_padding of 0 or more and 2 pads}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv_transpose %a, %b {strides = array<i64: 0>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, output_padding = array<i64: 0>, group = 1 : i64} : (tensor<1x2x4xf32>, tensor<2x3x2xf32>) -> tensor<1x3x5xf32>
  return
}

// -----

func.func @f(%a: tensor<1x2x4xf32>, %b: tensor<2x3x2xf32>) {
  // expected-error @+2 {{2 channels do not divide into 3 groups}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv_transpose %a, %b {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, output_padding = array<i64: 0>, group = 3 : i64} : (tensor<1x2x4xf32>, tensor<2x3x2xf32>) -> tensor<1x3x5xf32>
  return
}

// -----

func.func @f(%a: tensor<1x2x4xf32>, %b: tensor<4x3x2xf32>) {
  // expected-error @+2 {{input has 2 channels, but the weight takes 4}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv_transpose %a, %b {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, output_padding = array<i64: 0>, group = 1 : i64} : (tensor<1x2x4xf32>, tensor<4x3x2xf32>) -> tensor<1x3x5xf32>
  return
}

// -----

func.func @f(%a: tensor<1x2x4xf32>, %b: tensor<2x3x2xf32>, %c: tensor<4xf32>) {
  // expected-error @+2 {{bias must be 3 of 'f32', got 4 of 'f32'}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv_transpose %a, %b, %c {strides = array<i64: 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, output_padding = array<i64: 0>, group = 1 : i64} : (tensor<1x2x4xf32>, tensor<2x3x2xf32>, tensor<4xf32>) -> tensor<1x3x5xf32>
  return
}

// -----

func.func @f(%a: tensor<1x2x4xf32>, %b: tensor<2x3x2xf32>) {
  // expected-error @+2 {{pads 3 and 3 leave nothing of dimension 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv_transpose %a, %b {strides = array<i64: 1>, pads = array<i64: 3, 3>, dilations = array<i64: 1>, output_padding = array<i64: 0>, group = 1 : i64} : (tensor<1x2x4xf32>, tensor<2x3x2xf32>) -> tensor<1x3x5xf32>
  return
}

// -----

func.func @f(%a: tensor<1x2x4xf32>, %b: tensor<2x3x2xf32>) {
  // expected-error @+2 {{the result is too large}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.conv_transpose %a, %b {strides = array<i64: 1099511627776>, pads = array<i64: 0, 0>, dilations = array<i64: 1>, output_padding = array<i64: 0>, group = 1 : i64} : (tensor<1x2x4xf32>, tensor<2x3x2xf32>) -> tensor<1x3x5xf32>
  return
}

// -----

func.func @f(%a: tensor<4xf32>) {
  // expected-error @+2 {{needs a scale or a size for each of 1 dimensions, got 0 and 0}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.resize %a {scales = array<f32>, sizes = array<i64>, roi = array<f32>} : (tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%a: tensor<4xf32>) {
  // expected-error @+2 {{mode 'area' is none of nearest, linear, cubic}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.resize %a {scales = array<f32: 2.0>, sizes = array<i64>, roi = array<f32>, mode = "area"} : (tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%a: tensor<4xf32>) {
  // expected-error @+2 {{coordinates 'other' are not known}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.resize %a {scales = array<f32: 2.0>, sizes = array<i64>, roi = array<f32>, coordinates = "other"} : (tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%a: tensor<4xf32>) {
  // expected-error @+2 {{rounding 'up' is not known}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.resize %a {scales = array<f32: 2.0>, sizes = array<i64>, roi = array<f32>, rounding = "up"} : (tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%a: tensor<4xf32>) {
  // expected-error @+2 {{roi must have 2 entries, got 0}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.resize %a {scales = array<f32: 2.0>, sizes = array<i64>, roi = array<f32>, coordinates = "tf_crop_and_resize"} : (tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%a: tensor<4xf32>) {
  // expected-error @+2 {{scale -2.000000 must be positive}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.resize %a {scales = array<f32: -2.0>, sizes = array<i64>, roi = array<f32>} : (tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%a: tensor<4xf32>) {
  // expected-error @+2 {{size -3 must not be negative}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.resize %a {scales = array<f32>, sizes = array<i64: -3>, roi = array<f32>} : (tensor<4xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%a: tensor<0xf32>) {
  // expected-error @+2 {{cannot resize an empty dimension to 8}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.resize %a {scales = array<f32>, sizes = array<i64: 8>, roi = array<f32>} : (tensor<0xf32>) -> tensor<8xf32>
  return
}

// -----

func.func @f(%a: tensor<1x2xf32>, %b: tensor<1x2xf32>) {
  // expected-error @+2 {{input and grid must have the same rank of 3 or more, got 2 and 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.grid_sample %a, %b : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2x5xf32>
  return
}

// -----

func.func @f(%a: tensor<1x2x3xf32>, %b: tensor<1x5x2xf32>) {
  // expected-error @+2 {{grid 1x5x2 does not hold points of 1 dimensions for input 1x2x3}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.grid_sample %a, %b : (tensor<1x2x3xf32>, tensor<1x5x2xf32>) -> tensor<1x2x5xf32>
  return
}

// -----

func.func @f(%a: tensor<1x2x3xf32>, %b: tensor<1x5x1xf32>) {
  // expected-error @+2 {{mode 'area' is none of linear, nearest, cubic}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.grid_sample %a, %b {mode = "area"} : (tensor<1x2x3xf32>, tensor<1x5x1xf32>) -> tensor<1x2x5xf32>
  return
}

// -----

func.func @f(%a: tensor<1x2x3xf32>, %b: tensor<1x5x1xf32>) {
  // expected-error @+2 {{padding_mode 'none' is none of zeros, border, reflection}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.grid_sample %a, %b {padding_mode = "none"} : (tensor<1x2x3xf32>, tensor<1x5x1xf32>) -> tensor<1x2x5xf32>
  return
}

// -----

func.func @f(%a: tensor<2x3x5xf32>, %b: tensor<1x4x5xf32>, %c: tensor<1x4x4xf32>) {
  // expected-error @+2 {{direction 'up' is none of forward, reverse, bidirectional}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.rnn %a, %b, %c {activations = ["tanh"], alphas = array<f32: 0.0>, betas = array<f32: 0.0>, direction = "up", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<2x3x5xf32>, tensor<1x4x5xf32>, tensor<1x4x4xf32>) -> (tensor<2x1x3x4xf32>, tensor<1x3x4xf32>)
  return
}

// -----

func.func @f(%a: tensor<2x3xf32>, %b: tensor<1x4x5xf32>, %c: tensor<1x4x4xf32>) {
  // expected-error @+2 {{input and recurrent weight must have rank 3, got 2 and 3}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.rnn %a, %b, %c {activations = ["tanh"], alphas = array<f32: 0.0>, betas = array<f32: 0.0>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<2x3xf32>, tensor<1x4x5xf32>, tensor<1x4x4xf32>) -> (tensor<2x1x3x4xf32>, tensor<1x3x4xf32>)
  return
}

// -----

func.func @f(%a: tensor<2x3x5xf32>, %b: tensor<1x4x6xf32>, %c: tensor<1x4x4xf32>) {
  // expected-error @+2 {{weight has shape 1x4x6, expected 1x4x5}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.rnn %a, %b, %c {activations = ["tanh"], alphas = array<f32: 0.0>, betas = array<f32: 0.0>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<2x3x5xf32>, tensor<1x4x6xf32>, tensor<1x4x4xf32>) -> (tensor<2x1x3x4xf32>, tensor<1x3x4xf32>)
  return
}

// -----

func.func @f(%a: tensor<2x3x5xf32>, %b: tensor<1x4x5xf16>, %c: tensor<1x4x4xf32>) {
  // expected-error @+2 {{weight has element type 'f16', expected 'f32'}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.rnn %a, %b, %c {activations = ["tanh"], alphas = array<f32: 0.0>, betas = array<f32: 0.0>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<2x3x5xf32>, tensor<1x4x5xf16>, tensor<1x4x4xf32>) -> (tensor<2x1x3x4xf32>, tensor<1x3x4xf32>)
  return
}

// -----

func.func @f(%a: tensor<2x3x5xf32>, %b: tensor<1x4x5xf32>, %c: tensor<1x4x4xf32>) {
  // expected-error @+2 {{needs 1 activations with one alpha and beta each, got 0, 1 and 1}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.rnn %a, %b, %c {activations = [], alphas = array<f32: 0.0>, betas = array<f32: 0.0>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<2x3x5xf32>, tensor<1x4x5xf32>, tensor<1x4x4xf32>) -> (tensor<2x1x3x4xf32>, tensor<1x3x4xf32>)
  return
}

// -----

func.func @f(%a: tensor<2x3x5xf32>, %b: tensor<1x4x5xf32>, %c: tensor<1x4x4xf32>) {
  // expected-error @+2 {{'sine' is no activation of a recurrent cell}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.rnn %a, %b, %c {activations = ["sine"], alphas = array<f32: 0.0>, betas = array<f32: 0.0>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : (tensor<2x3x5xf32>, tensor<1x4x5xf32>, tensor<1x4x4xf32>) -> (tensor<2x1x3x4xf32>, tensor<1x3x4xf32>)
  return
}

// -----

func.func @f(%a: tensor<2x3x4xf32>, %b: tensor<4x4xf32>, %c: tensor<3x4xf32>) {
  // expected-error @+2 {{cell 'other' is none of rnn, gru, lstm}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.recurrence %a, %b, %c {cell = "other", activations = ["tanh"], alphas = array<f32: 0.0>, betas = array<f32: 0.0>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>} : (tensor<2x3x4xf32>, tensor<4x4xf32>, tensor<3x4xf32>) -> (tensor<2x3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>)
  return
}

// -----

func.func @f(%a: tensor<2x3xf32>, %b: tensor<4x4xf32>, %c: tensor<3x4xf32>) {
  // expected-error @+2 {{gates must have rank 3 and initial_h rank 2, got 2 and 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.recurrence %a, %b, %c {cell = "rnn", activations = ["tanh"], alphas = array<f32: 0.0>, betas = array<f32: 0.0>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>} : (tensor<2x3xf32>, tensor<4x4xf32>, tensor<3x4xf32>) -> (tensor<2x3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>)
  return
}

// -----

func.func @f(%a: tensor<2x3x16xf32>, %b: tensor<4x16xf32>, %c: tensor<3x4xf32>) {
  // expected-error @+2 {{only an lstm has a cell state and peepholes, only a gru a new gate bias}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.recurrence %a, %b, %c {cell = "lstm", activations = ["tanh"], alphas = array<f32: 0.0>, betas = array<f32: 0.0>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0>} : (tensor<2x3x16xf32>, tensor<4x16xf32>, tensor<3x4xf32>) -> (tensor<2x3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>)
  return
}

// -----

func.func @f(%a: tensor<4x2x8xf32>, %b: tensor<1x2x5x8xf32>, %c: tensor<1x2x5x8xf32>) {
  // expected-error @+2 {{query, key and value must have rank 4, got 3}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.attention %a, %b, %c {scale = 1.0 : f32, softmax_type = f32, score_stage = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<4x2x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>) -> (tensor<1x4x2x8xf32>, tensor<1x4x2x5xf32>)
  return
}

// -----

func.func @f(%a: tensor<1x4x2x8xf32>, %b: tensor<1x2x5x8xf16>, %c: tensor<1x2x5x8xf32>) {
  // expected-error @+2 {{operands have element types 'f32' and 'f16', expected one element type}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.attention %a, %b, %c {scale = 1.0 : f32, softmax_type = f32, score_stage = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<1x4x2x8xf32>, tensor<1x2x5x8xf16>, tensor<1x2x5x8xf32>) -> (tensor<1x4x2x8xf32>, tensor<1x4x2x5xf32>)
  return
}

// -----

func.func @f(%a: tensor<1x4x2x8xf32>, %b: tensor<1x2x6x8xf32>, %c: tensor<1x2x5x8xf32>) {
  // expected-error @+2 {{query 1x4x2x8, key 1x2x6x8 and value 1x2x5x8 do not fit together}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.attention %a, %b, %c {scale = 1.0 : f32, softmax_type = f32, score_stage = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<1x4x2x8xf32>, tensor<1x2x6x8xf32>, tensor<1x2x5x8xf32>) -> (tensor<1x4x2x8xf32>, tensor<1x4x2x5xf32>)
  return
}

// -----

func.func @f(%a: tensor<1x4x2x8xf32>, %b: tensor<1x3x5x8xf32>, %c: tensor<1x3x5x8xf32>) {
  // expected-error @+2 {{4 heads are no multiple of 3 key heads}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.attention %a, %b, %c {scale = 1.0 : f32, softmax_type = f32, score_stage = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<1x4x2x8xf32>, tensor<1x3x5x8xf32>, tensor<1x3x5x8xf32>) -> (tensor<1x4x2x8xf32>, tensor<1x4x2x5xf32>)
  return
}

// -----

func.func @f(%a: tensor<1x4x2x8xf32>, %b: tensor<1x2x5x8xf32>, %c: tensor<1x2x5x8xf32>, %d: tensor<2x5xi32>) {
  // expected-error @+2 {{mask has element type 'i32', expected bool or 'f32'}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.attention %a, %b, %c, %d {scale = 1.0 : f32, softmax_type = f32, score_stage = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>} : (tensor<1x4x2x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<2x5xi32>) -> (tensor<1x4x2x8xf32>, tensor<1x4x2x5xf32>)
  return
}

// -----

func.func @f(%a: tensor<1x4x2x8xf32>, %b: tensor<1x2x5x8xf32>, %c: tensor<1x2x5x8xf32>, %d: tensor<2x1x1x2x5xf32>) {
  // expected-error @+2 {{mask of shape 2x1x1x2x5 does not broadcast to 1x4x2x5}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.attention %a, %b, %c, %d {scale = 1.0 : f32, softmax_type = f32, score_stage = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>} : (tensor<1x4x2x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<2x1x1x2x5xf32>) -> (tensor<1x4x2x8xf32>, tensor<1x4x2x5xf32>)
  return
}

// -----

func.func @f(%a: tensor<1x4x2x8xf32>, %b: tensor<1x2x5x8xf32>, %c: tensor<1x2x5x8xf32>, %d: tensor<2xi64>) {
  // expected-error @+2 {{valid_keys must have one entry for each of 1 batches, got 2}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.attention %a, %b, %c, %d {scale = 1.0 : f32, softmax_type = f32, score_stage = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 1>} : (tensor<1x4x2x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>, tensor<2xi64>) -> (tensor<1x4x2x8xf32>, tensor<1x4x2x5xf32>)
  return
}

// -----

func.func @f(%a: tensor<1x4x2x8xf32>, %b: tensor<1x2x5x8xf32>, %c: tensor<1x2x5x8xf32>) {
  // expected-error @+2 {{score_stage must be 0 to 3, got 4}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.attention %a, %b, %c {scale = 1.0 : f32, softmax_type = f32, score_stage = 4 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<1x4x2x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>) -> (tensor<1x4x2x8xf32>, tensor<1x4x2x5xf32>)
  return
}

// -----

func.func @f(%a: tensor<1x4x2x8xf32>, %b: tensor<1x2x5x8xf32>, %c: tensor<1x2x5x8xf32>) {
  // expected-error @+2 {{softmax_type must be a float, got 'i32'}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.attention %a, %b, %c {scale = 1.0 : f32, softmax_type = i32, score_stage = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0>} : (tensor<1x4x2x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32>) -> (tensor<1x4x2x8xf32>, tensor<1x4x2x5xf32>)
  return
}

// -----

func.func @f(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) {
  // expected-error @+2 {{equation 'ij,j->i' does not have one letter for each dimension of each of 2 operands}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.einsum %a, %b {equation = "ij,j->i"} : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) {
  // expected-error @+2 {{equation 'ij,jk->ii' has 'i' twice in its result, or only there}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.einsum %a, %b {equation = "ij,jk->ii"} : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x3xf32>, %b: tensor<3x4xf32>) {
  // expected-error @+2 {{'i' is both 2 and 3}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.einsum %a, %b {equation = "ij,ik->ik"} : (tensor<2x3xf32>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%a: tensor<2x3xf16>, %b: tensor<3x4xf32>) {
  // expected-error @+2 {{operands have element types 'f16' and 'f32', expected one element type}}
  // expected-error @+1 {{failed to infer returned types}}
  autoglm.einsum %a, %b {equation = "ij,jk->ik"} : (tensor<2x3xf16>, tensor<3x4xf32>) -> tensor<2x4xf32>
  return
}
