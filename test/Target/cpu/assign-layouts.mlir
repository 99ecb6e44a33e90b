// RUN: autoglm-opt %s --assign-layouts --mlir-print-local-scope --split-input-file | FileCheck %s

autoglm.device @d = #autoglm.device<"d", family = "cpu", digest = "0", {compute = {vector_bits = 256}}>
autoglm.weight @w0 {source = #autoglm.file<"m.onnx", 0, 3456, "00">} : tensor<32x3x3x3xf32>
autoglm.weight @w1 {source = #autoglm.file<"m.onnx", 0, 36864, "01">} : tensor<32x32x3x3xf32>

// A network with a residual and a squeezed branch: few channels are read as they
// are, all that follows stays in blocks, and one element per channel is row
// major for nothing.
// CHECK-LABEL: @network
// CHECK-COUNT-3: autoglm.relayout %{{.*}} to tensor<32{{.*}}xf32, #autoglm.layout
// CHECK: autoglm.segment
// CHECK-NOT: autoglm.relayout
// CHECK: autoglm.conv %{{.*}} : (tensor<1x3x32x32xf32>, {{.*}} -> tensor<1x32x32x32xf32, #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 8]>>
// CHECK-NOT: autoglm.relayout
// CHECK: autoglm.relayout %{{.*}} : tensor<1x32x1x1xf32, #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 8]>> to tensor<1x32x1x1xf32>
// CHECK-NEXT: autoglm.yield
func.func @network(%x: tensor<1x3x32x32xf32>) -> tensor<1x32x1x1xf32> {
  %w0 = autoglm.load_weight @w0 : tensor<32x3x3x3xf32>
  %w1 = autoglm.load_weight @w1 : tensor<32x32x3x3xf32>
  %y = autoglm.segment @d (%a = %x : tensor<1x3x32x32xf32>, %v0 = %w0 : tensor<32x3x3x3xf32>, %v1 = %w1 : tensor<32x32x3x3xf32>) -> tensor<1x32x1x1xf32> {
    %b = autoglm.constant dense<[0.,1.,2.,3.,4.,5.,6.,7.,8.,9.,10.,11.,12.,13.,14.,15.,0.,1.,2.,3.,4.,5.,6.,7.,8.,9.,10.,11.,12.,13.,14.,15.]> : tensor<32xf32>
    %0 = autoglm.conv %a, %v0, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : (tensor<1x3x32x32xf32>, tensor<32x3x3x3xf32>, tensor<32xf32>) -> tensor<1x32x32x32xf32>
    %1 = autoglm.relu %0 : (tensor<1x32x32x32xf32>) -> tensor<1x32x32x32xf32>
    %2 = autoglm.conv %1, %v1 {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : (tensor<1x32x32x32xf32>, tensor<32x32x3x3xf32>) -> tensor<1x32x32x32xf32>
    %3 = autoglm.global_average_pool %2 : (tensor<1x32x32x32xf32>) -> tensor<1x32x1x1xf32>
    %4 = autoglm.sigmoid %3 : (tensor<1x32x1x1xf32>) -> tensor<1x32x1x1xf32>
    %5 = autoglm.mul %2, %4 : (tensor<1x32x32x32xf32>, tensor<1x32x1x1xf32>) -> tensor<1x32x32x32xf32>
    %6 = autoglm.add %5, %1 : (tensor<1x32x32x32xf32>, tensor<1x32x32x32xf32>) -> tensor<1x32x32x32xf32>
    %7 = autoglm.global_average_pool %6 : (tensor<1x32x32x32xf32>) -> tensor<1x32x1x1xf32>
    autoglm.yield %7 : tensor<1x32x1x1xf32>
  }
  return %y : tensor<1x32x1x1xf32>
}

// -----

autoglm.device @d = #autoglm.device<"d", family = "cpu", digest = "0", {compute = {vector_bits = 256}}>

// What computes little is not worth blocks.
// CHECK-LABEL: @elements
// CHECK-NOT: autoglm.relayout
func.func @elements(%x: tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32> {
  %y = autoglm.segment @d (%a = %x : tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32> {
    %0 = autoglm.relu %a : (tensor<1x32x8x8xf32>) -> tensor<1x32x8x8xf32>
    autoglm.yield %0 : tensor<1x32x8x8xf32>
  }
  return %y : tensor<1x32x8x8xf32>
}

// -----

autoglm.device @d = #autoglm.device<"d", family = "cpu", digest = "0", {compute = {vector_bits = 256}}>
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 36864, "01">} : tensor<32x32x3x3xf32>

// A value that is wanted row major by several is changed once.
// CHECK-LABEL: @once
// CHECK: autoglm.segment
// CHECK: autoglm.relayout %{{.*}} : tensor<1x32x16x16xf32> to
// CHECK: autoglm.conv
// CHECK: %[[ROWS:.*]] = autoglm.relayout
// CHECK: autoglm.softmax %[[ROWS]]
// CHECK: autoglm.transpose %[[ROWS]]
// CHECK-NOT: autoglm.relayout
func.func @once(%x: tensor<1x32x16x16xf32>) -> (tensor<1x32x16x16xf32>, tensor<1x16x16x32xf32>) {
  %w = autoglm.load_weight @w : tensor<32x32x3x3xf32>
  %y, %z = autoglm.segment @d (%a = %x : tensor<1x32x16x16xf32>, %v = %w : tensor<32x32x3x3xf32>) -> (tensor<1x32x16x16xf32>, tensor<1x16x16x32xf32>) {
    %0 = autoglm.conv %a, %v {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : (tensor<1x32x16x16xf32>, tensor<32x32x3x3xf32>) -> tensor<1x32x16x16xf32>
    %1 = autoglm.softmax %0 : (tensor<1x32x16x16xf32>) -> tensor<1x32x16x16xf32>
    %2 = autoglm.transpose %0 {perm = array<i64: 0, 2, 3, 1>} : (tensor<1x32x16x16xf32>) -> tensor<1x16x16x32xf32>
    autoglm.yield %1, %2 : tensor<1x32x16x16xf32>, tensor<1x16x16x32xf32>
  }
  return %y, %z : tensor<1x32x16x16xf32>, tensor<1x16x16x32xf32>
}

// -----

autoglm.device @d = #autoglm.device<"d", family = "cpu", digest = "0", {compute = {vector_bits = 256, registers = 16}, llvm = {triple = "x86_64-unknown-linux-gnu", cpu = "x86-64-v3"}}>
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 24576, "01">} : tensor<64x96xf32>
autoglm.weight @t {source = #autoglm.file<"m.onnx", 0, 24576, "02">} : tensor<64x96xf32>

// The columns of a product's weight are packed as wide as its tiles; a right
// operand that is computed stays as it is.
// CHECK-LABEL: @products
// CHECK: autoglm.segment
// CHECK-NOT: autoglm.relayout
// CHECK: autoglm.matmul %{{.*}} : (tensor<12x64xf32>, tensor<64x96xf32, #autoglm.layout<order = [1, 0], inner = [1, 16]>>) -> tensor<12x96xf32>
// CHECK-NOT: autoglm.relayout
// CHECK: autoglm.gemm %{{.*}} : (tensor<12x96xf32>, tensor<64x96xf32, #autoglm.layout<order = [0, 1], inner = [0, 16]>>) -> tensor<12x64xf32>
// CHECK-NOT: autoglm.relayout
// CHECK: autoglm.matmul %{{.*}} : (tensor<64x12xf32>, tensor<12x64xf32>) -> tensor<64x64xf32>
// CHECK-NOT: autoglm.relayout
func.func @products(%x: tensor<12x64xf32>, %l: tensor<64x12xf32>) -> tensor<64x64xf32> {
  %w = autoglm.load_weight @w : tensor<64x96xf32>
  %t = autoglm.load_weight @t : tensor<64x96xf32>
  %y = autoglm.segment @d (%a = %x : tensor<12x64xf32>, %b = %l : tensor<64x12xf32>, %v = %w : tensor<64x96xf32>, %u = %t : tensor<64x96xf32>) -> tensor<64x64xf32> {
    %0 = autoglm.matmul %a, %v : (tensor<12x64xf32>, tensor<64x96xf32>) -> tensor<12x96xf32>
    %1 = autoglm.gemm %0, %u {transB = true} : (tensor<12x96xf32>, tensor<64x96xf32>) -> tensor<12x64xf32>
    %2 = autoglm.matmul %b, %1 : (tensor<64x12xf32>, tensor<12x64xf32>) -> tensor<64x64xf32>
    autoglm.yield %2 : tensor<64x64xf32>
  }
  return %y : tensor<64x64xf32>
}
