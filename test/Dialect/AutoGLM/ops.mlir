// RUN: autoglm-opt %s > %t.1
// RUN: autoglm-opt %t.1 | diff %t.1 -
// RUN: autoglm-opt %s --mlir-print-op-generic | autoglm-opt | diff %t.1 -
// RUN: FileCheck %s < %t.1

// Every operation of the dialect is in this file.
// RUN: cd %source && mlir-tblgen -gen-op-doc dialects/AutoGLM/AutoGLMOps.td \
// RUN:   -I dialects/AutoGLM -I %source -I %llvm-include > %t.doc
// RUN: %python -c "import re, sys; text = open(sys.argv[2]).read(); ops = re.findall(r'### `(autoglm[.]\w+)`', open(sys.argv[1]).read()); assert len(ops) > 90, ops; missing = [o for o in ops if not re.search(re.escape(o) + r'\b', text)]; assert not missing, missing" %t.doc %s

// Parsing, printing and the generic form agree; results have the inferred types.

// CHECK: autoglm.weight @w {source = #autoglm.file<"m.onnx", 128, 4096, "00ff">} : tensor<32x32xf32>
autoglm.weight @w {source = #autoglm.file<"m.onnx", 128, 4096, "00ff">} : tensor<32x32xf32>
// CHECK: autoglm.weight @wt : tensor<32x32xf32> {
// CHECK-NEXT: %[[W:.*]] = autoglm.load_weight @w : tensor<32x32xf32>
// CHECK-NEXT: %[[T:.*]] = autoglm.transpose %[[W]] {perm = array<i64: 1, 0>}
// CHECK-NEXT: autoglm.yield %[[T]] : tensor<32x32xf32>
autoglm.weight @wt : tensor<32x32xf32> {
  %0 = autoglm.load_weight @w : tensor<32x32xf32>
  %1 = autoglm.transpose %0 {perm = array<i64: 1, 0>} : (tensor<32x32xf32>) -> tensor<32x32xf32>
  autoglm.yield %1 : tensor<32x32xf32>
}
// CHECK: autoglm.device @d0 = #autoglm.device<"sample", family = "sample", digest = "0123", {compute = {units = 4 : i64}}>
autoglm.device @d0 = #autoglm.device<"sample", family = "sample", digest = "0123", {compute = {units = 4 : i64}}>

func.func @unary(%x: tensor<2x?xf32>, %i: tensor<2xi32>, %b: tensor<2xi1>) {
  autoglm.exp %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.log %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.sqrt %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.reciprocal %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.floor %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.ceil %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.round %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.erf %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.sin %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.cos %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.tan %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.asin %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.acos %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.atan %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.sinh %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.cosh %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.asinh %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.acosh %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.atanh %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.tanh %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.sigmoid %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.softplus %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.softsign %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.hard_swish %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.mish %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.abs %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.neg %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.sign %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.relu %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.abs %i : (tensor<2xi32>) -> tensor<2xi32>
  autoglm.not %b : (tensor<2xi1>) -> tensor<2xi1>
  autoglm.leaky_relu %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.leaky_relu %x {alpha = 2.0e-1 : f32} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.elu %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.elu %x {alpha = 2.0 : f32} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.celu %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.celu %x {alpha = 2.0 : f32} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.selu %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.selu %x {alpha = 2.0 : f32, gamma = 3.0 : f32} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.hard_sigmoid %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.hard_sigmoid %x {alpha = 2.0 : f32, beta = 1.0 : f32} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.thresholded_relu %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.thresholded_relu %x {alpha = 2.0 : f32} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.gelu %x : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.gelu %x {tanh_approximation = true} : (tensor<2x?xf32>) -> tensor<2x?xf32>
  autoglm.isnan %x : (tensor<2x?xf32>) -> tensor<2x?xi1>
  autoglm.isinf %x {detect_negative = false} : (tensor<2x?xf32>) -> tensor<2x?xi1>
  autoglm.cast %x {to = f16} : (tensor<2x?xf32>) -> tensor<2x?xf16>
  return
}

func.func @binary(%x: tensor<2x1x4xf32>, %y: tensor<3x4xf32>, %i: tensor<2x1x4xi64>, %b: tensor<2x1xi1>, %s: tensor<f32>) {
  autoglm.add %x, %y : (tensor<2x1x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  autoglm.sub %x, %y : (tensor<2x1x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  autoglm.mul %x, %y : (tensor<2x1x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  autoglm.div %x, %y : (tensor<2x1x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  autoglm.max %x, %y : (tensor<2x1x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  autoglm.min %x, %y : (tensor<2x1x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  autoglm.prelu %x, %y : (tensor<2x1x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  autoglm.pow %x, %y : (tensor<2x1x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  autoglm.mod %x, %y : (tensor<2x1x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xf32>
  autoglm.pow %x, %i : (tensor<2x1x4xf32>, tensor<2x1x4xi64>) -> tensor<2x1x4xf32>
  autoglm.mod %x, %s {fmod = true} : (tensor<2x1x4xf32>, tensor<f32>) -> tensor<2x1x4xf32>
  autoglm.equal %x, %y : (tensor<2x1x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xi1>
  autoglm.greater %x, %y : (tensor<2x1x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xi1>
  autoglm.greater_or_equal %x, %y : (tensor<2x1x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xi1>
  autoglm.less %x, %y : (tensor<2x1x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xi1>
  autoglm.less_or_equal %x, %y : (tensor<2x1x4xf32>, tensor<3x4xf32>) -> tensor<2x3x4xi1>
  autoglm.and %b, %b : (tensor<2x1xi1>, tensor<2x1xi1>) -> tensor<2x1xi1>
  autoglm.or %b, %b : (tensor<2x1xi1>, tensor<2x1xi1>) -> tensor<2x1xi1>
  autoglm.xor %b, %b : (tensor<2x1xi1>, tensor<2x1xi1>) -> tensor<2x1xi1>
  autoglm.equal %b, %b : (tensor<2x1xi1>, tensor<2x1xi1>) -> tensor<2x1xi1>
  autoglm.clip %x, %s, %s : (tensor<2x1x4xf32>, tensor<f32>, tensor<f32>) -> tensor<2x1x4xf32>
  autoglm.where %b, %x, %s : (tensor<2x1xi1>, tensor<2x1x4xf32>, tensor<f32>) -> tensor<2x2x4xf32>
  return
}

func.func @contractions(%a: tensor<5x2x3xf32>, %b: tensor<3x4xf32>, %v: tensor<3xf32>, %c: tensor<4xf32>, %x: tensor<1x4x8x?xf32>, %k: tensor<6x2x3x3xf32>, %bias: tensor<6xf32>, %u: tensor<6x4x6x6xf32>) {
  autoglm.matmul %a, %b : (tensor<5x2x3xf32>, tensor<3x4xf32>) -> tensor<5x2x4xf32>
  autoglm.matmul %v, %b : (tensor<3xf32>, tensor<3x4xf32>) -> tensor<4xf32>
  autoglm.matmul %v, %v : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
  autoglm.gemm %b, %b, %c {alpha = 2.0 : f32, beta = 5.0e-1 : f32, transA = true} : (tensor<3x4xf32>, tensor<3x4xf32>, tensor<4xf32>) -> tensor<4x4xf32>
  autoglm.gemm %b, %b {transB = true} : (tensor<3x4xf32>, tensor<3x4xf32>) -> tensor<3x3xf32>
  autoglm.conv %x, %k, %bias {strides = array<i64: 2, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 2 : i64} : (tensor<1x4x8x?xf32>, tensor<6x2x3x3xf32>, tensor<6xf32>) -> tensor<1x6x4x?xf32>
  autoglm.winograd_weight %k : (tensor<6x2x3x3xf32>) -> tensor<6x2x6x6xf32>
  autoglm.winograd_conv %x, %u, %bias {pads = array<i64: 1, 1, 0, 0>} : (tensor<1x4x8x?xf32>, tensor<6x4x6x6xf32>, tensor<6xf32>) -> tensor<1x6x7x?xf32>
  autoglm.max_pool %x {kernel_shape = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, ceil_mode = true} : (tensor<1x4x8x?xf32>) -> tensor<1x4x4x?xf32>
  autoglm.average_pool %x {kernel_shape = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, count_include_pad = true} : (tensor<1x4x8x?xf32>) -> tensor<1x4x4x?xf32>
  autoglm.global_average_pool %x : (tensor<1x4x8x?xf32>) -> tensor<1x4x1x1xf32>
  autoglm.global_max_pool %x : (tensor<1x4x8x?xf32>) -> tensor<1x4x1x1xf32>
  autoglm.batch_normalization %x, %c, %c, %c, %c {epsilon = 1.0e-3 : f32} : (tensor<1x4x8x?xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x?xf32>
  autoglm.instance_normalization %x, %c, %c : (tensor<1x4x8x?xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x?xf32>
  autoglm.layer_normalization %b, %c {axis = -1 : i64} : (tensor<3x4xf32>, tensor<4xf32>) -> (tensor<3x4xf32>, tensor<3x1xf32>, tensor<3x1xf32>)
  autoglm.softmax %x {axis = 1 : i64} : (tensor<1x4x8x?xf32>) -> tensor<1x4x8x?xf32>
  autoglm.log_softmax %x : (tensor<1x4x8x?xf32>) -> tensor<1x4x8x?xf32>
  return
}

func.func @reductions(%x: tensor<2x?x4xf32>) {
  autoglm.reduce_sum %x {axes = array<i64: -1>} : (tensor<2x?x4xf32>) -> tensor<2x?x1xf32>
  autoglm.reduce_sum %x {axes = array<i64: 0, 1>, keepdims = false} : (tensor<2x?x4xf32>) -> tensor<4xf32>
  autoglm.reduce_mean %x {axes = array<i64: -1>} : (tensor<2x?x4xf32>) -> tensor<2x?x1xf32>
  autoglm.reduce_mean %x {axes = array<i64: 0, 1>, keepdims = false} : (tensor<2x?x4xf32>) -> tensor<4xf32>
  autoglm.reduce_max %x {axes = array<i64: -1>} : (tensor<2x?x4xf32>) -> tensor<2x?x1xf32>
  autoglm.reduce_max %x {axes = array<i64: 0, 1>, keepdims = false} : (tensor<2x?x4xf32>) -> tensor<4xf32>
  autoglm.reduce_min %x {axes = array<i64: -1>} : (tensor<2x?x4xf32>) -> tensor<2x?x1xf32>
  autoglm.reduce_min %x {axes = array<i64: 0, 1>, keepdims = false} : (tensor<2x?x4xf32>) -> tensor<4xf32>
  autoglm.reduce_prod %x {axes = array<i64: -1>} : (tensor<2x?x4xf32>) -> tensor<2x?x1xf32>
  autoglm.reduce_prod %x {axes = array<i64: 0, 1>, keepdims = false} : (tensor<2x?x4xf32>) -> tensor<4xf32>
  autoglm.reduce_l1 %x {axes = array<i64: -1>} : (tensor<2x?x4xf32>) -> tensor<2x?x1xf32>
  autoglm.reduce_l1 %x {axes = array<i64: 0, 1>, keepdims = false} : (tensor<2x?x4xf32>) -> tensor<4xf32>
  autoglm.reduce_l2 %x {axes = array<i64: -1>} : (tensor<2x?x4xf32>) -> tensor<2x?x1xf32>
  autoglm.reduce_l2 %x {axes = array<i64: 0, 1>, keepdims = false} : (tensor<2x?x4xf32>) -> tensor<4xf32>
  autoglm.reduce_sum_square %x {axes = array<i64: -1>} : (tensor<2x?x4xf32>) -> tensor<2x?x1xf32>
  autoglm.reduce_sum_square %x {axes = array<i64: 0, 1>, keepdims = false} : (tensor<2x?x4xf32>) -> tensor<4xf32>
  autoglm.reduce_log_sum %x {axes = array<i64: -1>} : (tensor<2x?x4xf32>) -> tensor<2x?x1xf32>
  autoglm.reduce_log_sum %x {axes = array<i64: 0, 1>, keepdims = false} : (tensor<2x?x4xf32>) -> tensor<4xf32>
  autoglm.reduce_log_sum_exp %x {axes = array<i64: -1>} : (tensor<2x?x4xf32>) -> tensor<2x?x1xf32>
  autoglm.reduce_log_sum_exp %x {axes = array<i64: 0, 1>, keepdims = false} : (tensor<2x?x4xf32>) -> tensor<4xf32>
  autoglm.argmax %x {axis = 2 : i64, keepdims = false} : (tensor<2x?x4xf32>) -> tensor<2x?xi64>
  autoglm.argmin %x {select_last_index = true} : (tensor<2x?x4xf32>) -> tensor<1x?x4xi64>
  autoglm.cumsum %x {axis = 1 : i64, exclusive = true, reverse = true} : (tensor<2x?x4xf32>) -> tensor<2x?x4xf32>
  return
}

func.func @movement(%x: tensor<2x3x4xf32>, %i: tensor<2xi64>, %s3: tensor<3xi64>, %s6: tensor<6xi64>, %e: tensor<2x3x4xi32>, %v: tensor<f32>, %u: tensor<1x2x1xf32>) {
  autoglm.identity %x : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  autoglm.reshape %x, %i {allowzero = true} : (tensor<2x3x4xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  autoglm.flatten %x {axis = 2 : i64} : (tensor<2x3x4xf32>) -> tensor<6x4xf32>
  autoglm.squeeze %u {axes = array<i64: 0, -1>} : (tensor<1x2x1xf32>) -> tensor<2xf32>
  autoglm.unsqueeze %x {axes = array<i64: 0, -1>} : (tensor<2x3x4xf32>) -> tensor<1x2x3x4x1xf32>
  autoglm.transpose %x {perm = array<i64: 2, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  autoglm.expand %u, %s3 : (tensor<1x2x1xf32>, tensor<3xi64>) -> tensor<?x2x?xf32>
  autoglm.tile %x, %s3 : (tensor<2x3x4xf32>, tensor<3xi64>) -> tensor<?x?x?xf32>
  autoglm.concat %x, %x {axis = -1 : i64} : (tensor<2x3x4xf32>, tensor<2x3x4xf32>) -> tensor<2x3x8xf32>
  autoglm.split %x {axis = 2 : i64, sizes = array<i64: 1, 3>} : (tensor<2x3x4xf32>) -> (tensor<2x3x1xf32>, tensor<2x3x3xf32>)
  autoglm.slice %x, %i, %i, %i, %i : (tensor<2x3x4xf32>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) -> tensor<?x?x?xf32>
  autoglm.pad %x, %s6, %v {mode = "reflect"} : (tensor<2x3x4xf32>, tensor<6xi64>, tensor<f32>) -> tensor<?x?x?xf32>
  autoglm.gather %x, %i {axis = 1 : i64} : (tensor<2x3x4xf32>, tensor<2xi64>) -> tensor<2x2x4xf32>
  autoglm.gather_elements %x, %e {axis = 1 : i64} : (tensor<2x3x4xf32>, tensor<2x3x4xi32>) -> tensor<2x3x4xf32>
  autoglm.trilu %x {upper = false, k = -1 : i64} : (tensor<2x3x4xf32>) -> tensor<2x3x4xf32>
  autoglm.shape %x {start = 1 : i64, end = -1 : i64} : (tensor<2x3x4xf32>) -> tensor<1xi64>
  autoglm.size %x : (tensor<2x3x4xf32>) -> tensor<i64>
  autoglm.constant_of_shape %i {value = dense<1.0> : tensor<1xf32>} : (tensor<2xi64>) -> tensor<?x?xf32>
  autoglm.range %v, %v, %v : (tensor<f32>, tensor<f32>, tensor<f32>) -> tensor<?xf32>
  return
}

// CHECK-LABEL: func.func @structure
func.func @structure(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // CHECK: autoglm.constant dense<1.000000e+00> : tensor<f32>
  %c = autoglm.constant dense<1.0> : tensor<f32>
  // CHECK: autoglm.segment @d0 (%[[A:.*]] = %{{.*}} : tensor<1x8xf32>, %{{.*}} = %{{.*}} : tensor<f32>) -> tensor<1x8xf32> attributes {note = "x"} {
  %0 = autoglm.segment @d0 (%a = %x : tensor<1x8xf32>, %k = %c : tensor<f32>) -> tensor<1x8xf32> attributes {note = "x"} {
    // CHECK-NEXT: autoglm.group (%[[B:.*]] = %[[A]] : tensor<1x8xf32>) -> (tensor<1x8xf32>, tensor<1x8xf32>) {
    %1:2 = autoglm.group (%b = %a : tensor<1x8xf32>) -> (tensor<1x8xf32>, tensor<1x8xf32>) {
      %2 = autoglm.relu %b : (tensor<1x8xf32>) -> tensor<1x8xf32>
      autoglm.yield %2, %b : tensor<1x8xf32>, tensor<1x8xf32>
    }
    autoglm.yield %1#0 : tensor<1x8xf32>
  }
  // CHECK: autoglm.group () {
  // CHECK-NEXT: autoglm.yield
  autoglm.group () {
    autoglm.yield
  }
  // CHECK: autoglm.relayout %{{.*}} : tensor<1x8xf32> to tensor<1x8xf32, #autoglm.layout<order = [0, 1], inner = [1, 4]>>
  %3 = autoglm.relayout %0 : tensor<1x8xf32> to tensor<1x8xf32, #autoglm.layout<order = [0, 1], inner = [1, 4]>>
  // CHECK: autoglm.launch @k on @d0(%{{.*}}) : (tensor<1x8xf32>) -> tensor<1x8xf32>
  %4 = autoglm.launch @k on @d0(%0) : (tensor<1x8xf32>) -> tensor<1x8xf32>
  return %4 : tensor<1x8xf32>
}

// The location of an ONNX node is kept.
// RUN: autoglm-opt %s --mlir-print-debuginfo | autoglm-opt --mlir-print-debuginfo | FileCheck %s --check-prefix=LOC
// LOC: #autoglm.node<"relu1", "Relu", "", "m.onnx">
func.func @location(%x: tensor<1xf32>) {
  autoglm.relu %x : (tensor<1xf32>) -> tensor<1xf32> loc(fused<#autoglm.node<"relu1", "Relu", "", "m.onnx">>[unknown])
  return
}

func.func @normalizations(%x: tensor<1x4x8x?xf32>, %c: tensor<4xf32>, %s: tensor<?xf32>) {
  autoglm.rms_normalization %x, %s {axis = -1 : i64} : (tensor<1x4x8x?xf32>, tensor<?xf32>) -> tensor<1x4x8x?xf32>
  autoglm.group_normalization %x, %c, %c {num_groups = 2 : i64} : (tensor<1x4x8x?xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x4x8x?xf32>
  autoglm.lrn %x {size = 3 : i64} : (tensor<1x4x8x?xf32>) -> tensor<1x4x8x?xf32>
  return
}

func.func @scatter(%x: tensor<4x?xf32>, %i: tensor<3x1xi64>, %u: tensor<3x?xf32>, %e: tensor<3x2xi32>, %v: tensor<3x2xf32>) {
  autoglm.gather_nd %x, %i : (tensor<4x?xf32>, tensor<3x1xi64>) -> tensor<3x?xf32>
  autoglm.scatter_nd %x, %i, %u {reduction = "add"} : (tensor<4x?xf32>, tensor<3x1xi64>, tensor<3x?xf32>) -> tensor<4x?xf32>
  autoglm.scatter_elements %x, %e, %v {axis = 1 : i64} : (tensor<4x?xf32>, tensor<3x2xi32>, tensor<3x2xf32>) -> tensor<4x?xf32>
  autoglm.topk %x {k = 2 : i64, axis = 0 : i64} : (tensor<4x?xf32>) -> (tensor<2x?xf32>, tensor<2x?xi64>)
  autoglm.nonzero %x : (tensor<4x?xf32>) -> tensor<2x?xi64>
  return
}

func.func @resampling(%x: tensor<?x2x3x4xf32>, %w: tensor<2x3x2x2xf32>, %g: tensor<?x5x6x2xf32>) {
  autoglm.conv_transpose %x, %w {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 0>, dilations = array<i64: 1, 1>, output_padding = array<i64: 0, 1>}
    : (tensor<?x2x3x4xf32>, tensor<2x3x2x2xf32>) -> tensor<?x3x5x9xf32>
  autoglm.resize %x {scales = array<f32: 1.0, 1.0, 2.5, 0.5>, sizes = array<i64>, roi = array<f32>} : (tensor<?x2x3x4xf32>) -> tensor<?x2x7x2xf32>
  autoglm.grid_sample %x, %g {mode = "cubic"} : (tensor<?x2x3x4xf32>, tensor<?x5x6x2xf32>) -> tensor<?x2x5x6xf32>
  return
}

func.func @recurrent(%x: tensor<?x2x3xf32>, %w: tensor<1x16x3xf32>, %r: tensor<1x16x4xf32>, %g: tensor<?x2x16xf32>, %t: tensor<4x16xf32>, %h: tensor<2x4xf32>, %u: tensor<1x12x3xf32>, %s: tensor<1x12x4xf32>, %v: tensor<1x4x3xf32>, %q: tensor<1x4x4xf32>) {
  autoglm.lstm %x, %w, %r {activations = ["sigmoid", "tanh", "tanh"], alphas = array<f32: 0.0, 0.0, 0.0>, betas = array<f32: 0.0, 0.0, 0.0>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0, 0, 0>}
    : (tensor<?x2x3xf32>, tensor<1x16x3xf32>, tensor<1x16x4xf32>) -> (tensor<?x1x2x4xf32>, tensor<1x2x4xf32>, tensor<1x2x4xf32>)
  autoglm.gru %x, %u, %s {activations = ["sigmoid", "tanh"], alphas = array<f32: 0.0, 0.0>, betas = array<f32: 0.0, 0.0>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}
    : (tensor<?x2x3xf32>, tensor<1x12x3xf32>, tensor<1x12x4xf32>) -> (tensor<?x1x2x4xf32>, tensor<1x2x4xf32>)
  autoglm.rnn %x, %v, %q {activations = ["tanh"], alphas = array<f32: 0.0>, betas = array<f32: 0.0>, operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>}
    : (tensor<?x2x3xf32>, tensor<1x4x3xf32>, tensor<1x4x4xf32>) -> (tensor<?x1x2x4xf32>, tensor<1x2x4xf32>)
  autoglm.recurrence %g, %t, %h, %h {cell = "lstm", activations = ["sigmoid", "tanh", "tanh"], alphas = array<f32: 0.0, 0.0, 0.0>, betas = array<f32: 0.0, 0.0, 0.0>, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>}
    : (tensor<?x2x16xf32>, tensor<4x16xf32>, tensor<2x4xf32>, tensor<2x4xf32>) -> (tensor<?x2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>)
  return
}

func.func @attention(%q: tensor<?x4x2x8xf32>, %k: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x6xf32>, %m: tensor<2x?xi1>, %a: tensor<2x3xf32>, %b: tensor<3x?xf32>) {
  autoglm.attention %q, %k, %v, %m {scale = 0.5 : f32, softmax_type = f32, operandSegmentSizes = array<i32: 1, 1, 1, 1, 0>}
    : (tensor<?x4x2x8xf32>, tensor<?x2x?x8xf32>, tensor<?x2x?x6xf32>, tensor<2x?xi1>) -> (tensor<?x4x2x6xf32>, tensor<?x4x2x?xf32>)
  autoglm.einsum %a, %b {equation = "ij,jk->ki"} : (tensor<2x3xf32>, tensor<3x?xf32>) -> tensor<?x2xf32>
  return
}

func.func @bits(%x: tensor<2xui8>, %y: tensor<2xui8>) {
  autoglm.bitwise_not %x : (tensor<2xui8>) -> tensor<2xui8>
  autoglm.bitwise_and %x, %y : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  autoglm.bitwise_or %x, %y : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  autoglm.bitwise_xor %x, %y : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  autoglm.bit_shift %x, %y {right = true} : (tensor<2xui8>, tensor<2xui8>) -> tensor<2xui8>
  return
}

// Scales of a type are printed so that they are read back as they were.
// CHECK-LABEL: @quantized
func.func @quantized(%x: tensor<2x?xf32>, %h: tensor<4xf16>, %s: tensor<2xf32>, %z: tensor<2xui8>, %b: tensor<2x1xf32>) {
  // CHECK: !quant.uniform<i8:f32, 0.0078431377187371254:-3>
  %0 = autoglm.quantize %x {to = !quant.uniform<i8:f32, 0.007843137718737125:-3>} : (tensor<2x?xf32>) -> tensor<2x?x!quant.uniform<i8:f32, 0.007843137718737125:-3>>
  %1 = autoglm.dequantize %0 : (tensor<2x?x!quant.uniform<i8:f32, 0.007843137718737125:-3>>) -> tensor<2x?xf32>
  %2 = autoglm.quant_cast %0 {to = i8} : (tensor<2x?x!quant.uniform<i8:f32, 0.007843137718737125:-3>>) -> tensor<2x?xi8>
  %3 = autoglm.quantize %x {to = !quant.uniform<u16:f32:0, {0.5, 0.25:7}>} : (tensor<2x?xf32>) -> tensor<2x?x!quant.uniform<u16:f32:0, {0.5, 0.25:7}>>
  %4 = autoglm.quantize %h {to = !quant.uniform<u8:f16, 0.5>} : (tensor<4xf16>) -> tensor<4x!quant.uniform<u8:f16, 0.5>>
  %5 = autoglm.quant_cast %z {to = !quant.uniform<u8:f32, 0.5>} : (tensor<2xui8>) -> tensor<2x!quant.uniform<u8:f32, 0.5>>
  %6 = autoglm.quantize_linear %x, %s, %z {axis = 0 : i64, precision = f32, to = ui8} : (tensor<2x?xf32>, tensor<2xf32>, tensor<2xui8>) -> tensor<2x?xui8>
  %7 = autoglm.dequantize_linear %6, %b {block_size = 16 : i64, to = f16} : (tensor<2x?xui8>, tensor<2x1xf32>) -> tensor<2x?xf16>
  // Operations that move elements take them as they are.
  // CHECK: autoglm.transpose {{.*}} -> tensor<?x2x!quant.uniform
  %8 = autoglm.transpose %0 {perm = array<i64: 1, 0>} : (tensor<2x?x!quant.uniform<i8:f32, 0.007843137718737125:-3>>) -> tensor<?x2x!quant.uniform<i8:f32, 0.007843137718737125:-3>>
  return
}

// Links of a device to the caller, and between devices.
// CHECK: autoglm.link @linked0 {bandwidth = 6.400000e+10 : f64, latency = 9.9999999999999995E-7 : f64}
// CHECK: autoglm.link @linked0 to @linked1 {energy = 1.250000e-01 : f64}
autoglm.device @linked0 = #autoglm.device<"d", family = "sample", digest = "0", {}>
autoglm.device @linked1 = #autoglm.device<"d", family = "sample", digest = "0", {}>
autoglm.link @linked0 {bandwidth = 6.4e10 : f64, latency = 1.0e-6 : f64}
autoglm.link @linked0 to @linked1 {energy = 0.125 : f64}
