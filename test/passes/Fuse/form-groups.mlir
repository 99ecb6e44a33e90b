// RUN: autoglm-opt %s --form-groups -split-input-file | FileCheck %s
// RUN: autoglm-opt %s --form-groups=max-ops=1 -split-input-file | FileCheck %s --check-prefix=ONE

// Bias, activation and residual join the product; the reshape moves no bytes and
// stays outside.
autoglm.device @d = #autoglm.device<"x", family = "cpu", digest = "0", {}>
// CHECK-LABEL: func.func @epilogue
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: autoglm.add
// CHECK-NEXT: autoglm.relu
// CHECK-NEXT: autoglm.add
// CHECK-NEXT: autoglm.yield
// CHECK-NOT: autoglm.group
// CHECK: autoglm.reshape
// ONE-LABEL: func.func @epilogue
// ONE-COUNT-4: autoglm.group
func.func @epilogue(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>, %b: tensor<16xf32>, %r: tensor<4x16xf32>) -> tensor<64xf32> {
  %y = autoglm.segment @d (%0 = %x : tensor<4x8xf32>, %1 = %w : tensor<8x16xf32>, %2 = %b : tensor<16xf32>, %3 = %r : tensor<4x16xf32>) -> tensor<64xf32> {
    %4 = autoglm.matmul %0, %1 : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
    %5 = autoglm.add %4, %2 : (tensor<4x16xf32>, tensor<16xf32>) -> tensor<4x16xf32>
    %6 = autoglm.relu %5 : (tensor<4x16xf32>) -> tensor<4x16xf32>
    %7 = autoglm.add %6, %3 : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32>
    %s = autoglm.constant dense<64> : tensor<1xi64>
    %8 = autoglm.reshape %7, %s : (tensor<4x16xf32>, tensor<1xi64>) -> tensor<64xf32>
    autoglm.yield %8 : tensor<64xf32>
  }
  return %y : tensor<64xf32>
}

// -----

// A product that somebody else reads as well keeps a kernel of its own.
autoglm.device @d = #autoglm.device<"x", family = "cpu", digest = "0", {}>
// CHECK-LABEL: func.func @shared
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: autoglm.yield
// CHECK: autoglm.group
func.func @shared(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
  %y:2 = autoglm.segment @d (%0 = %x : tensor<4x8xf32>, %1 = %w : tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
    %2 = autoglm.matmul %0, %1 : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
    %3 = autoglm.relu %2 : (tensor<4x16xf32>) -> tensor<4x16xf32>
    autoglm.yield %2, %3 : tensor<4x16xf32>, tensor<4x16xf32>
  }
  return %y#0, %y#1 : tensor<4x16xf32>, tensor<4x16xf32>
}

// -----

// Where a value is used twice, all of its users join, whatever lies between.
autoglm.device @d = #autoglm.device<"x", family = "cpu", digest = "0", {}>
// CHECK-LABEL: func.func @twice
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.exp
// CHECK-NEXT: autoglm.yield
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: autoglm.sigmoid
// CHECK-NEXT: autoglm.mul
// CHECK-NEXT: autoglm.yield
func.func @twice(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x8xf32>) {
  %y:2 = autoglm.segment @d (%0 = %x : tensor<4x8xf32>, %1 = %w : tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x8xf32>) {
    %2 = autoglm.matmul %0, %1 : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
    %3 = autoglm.sigmoid %2 : (tensor<4x16xf32>) -> tensor<4x16xf32>
    %other = autoglm.exp %0 : (tensor<4x8xf32>) -> tensor<4x8xf32>
    %4 = autoglm.mul %2, %3 : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32>
    autoglm.yield %4, %other : tensor<4x16xf32>, tensor<4x8xf32>
  }
  return %y#0, %y#1 : tensor<4x16xf32>, tensor<4x8xf32>
}

// -----

// Values that differ come in from outside, so that the two kernels are one; one
// value for all, and what is not read one by one, is part of the kernel.
autoglm.device @d = #autoglm.device<"x", family = "cpu", digest = "0", {}>
// CHECK-LABEL: func.func @tables
// CHECK: %[[T0:.+]] = autoglm.constant dense<[1.0{{.*}}, 2.0
// CHECK: autoglm.group (%{{.+}} = %{{.+}} : tensor<2xf32>, %[[A:.+]] = %[[T0]] : tensor<2xf32>)
// CHECK-NEXT: %[[HALF:.+]] = autoglm.constant dense<5.0
// CHECK-NEXT: %[[SUM:.+]] = autoglm.add %{{.+}}, %[[A]]
// CHECK-NEXT: autoglm.mul %[[SUM]], %[[HALF]]
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.constant dense<[1, 0]> : tensor<2xi64>
// CHECK-NEXT: autoglm.gather
func.func @tables(%x: tensor<2xf32>) -> tensor<2xf32> {
  %y = autoglm.segment @d (%0 = %x : tensor<2xf32>) -> tensor<2xf32> {
    %t = autoglm.constant dense<[1.0, 2.0]> : tensor<2xf32>
    %h = autoglm.constant dense<0.5> : tensor<2xf32>
    %i = autoglm.constant dense<[1, 0]> : tensor<2xi64>
    %1 = autoglm.add %0, %t : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %2 = autoglm.mul %1, %h : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
    %3 = autoglm.gather %2, %i {axis = 0 : i64} : (tensor<2xf32>, tensor<2xi64>) -> tensor<2xf32>
    autoglm.yield %3 : tensor<2xf32>
  }
  return %y : tensor<2xf32>
}

// -----

// A product is quantized and dequantized in its own kernel; a cast moves no bytes.
autoglm.device @d = #autoglm.device<"x", family = "cpu", digest = "0", {}>
// CHECK-LABEL: func.func @quantized
// CHECK: autoglm.group
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: autoglm.quantize
// CHECK-NEXT: autoglm.dequantize
// CHECK-NEXT: autoglm.yield
// CHECK: %[[G:.*]] = autoglm.group
// CHECK-NEXT: autoglm.quantize
// CHECK-NEXT: autoglm.yield
// CHECK: autoglm.quant_cast %[[G]]
// CHECK-NOT: autoglm.group
func.func @quantized(%x: tensor<4x8xf32>, %w: tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x8xi8>) {
  %y:2 = autoglm.segment @d (%0 = %x : tensor<4x8xf32>, %1 = %w : tensor<8x16xf32>) -> (tensor<4x16xf32>, tensor<4x8xi8>) {
    %2 = autoglm.matmul %0, %1 : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
    %3 = autoglm.quantize %2 {to = !quant.uniform<i8:f32, 0.5>} : (tensor<4x16xf32>) -> tensor<4x16x!quant.uniform<i8:f32, 0.5>>
    %4 = autoglm.dequantize %3 : (tensor<4x16x!quant.uniform<i8:f32, 0.5>>) -> tensor<4x16xf32>
    %5 = autoglm.quantize %0 {to = !quant.uniform<i8:f32, 0.5>} : (tensor<4x8xf32>) -> tensor<4x8x!quant.uniform<i8:f32, 0.5>>
    %6 = autoglm.quant_cast %5 {to = i8} : (tensor<4x8x!quant.uniform<i8:f32, 0.5>>) -> tensor<4x8xi8>
    autoglm.yield %4, %6 : tensor<4x16xf32>, tensor<4x8xi8>
  }
  return %y#0, %y#1 : tensor<4x16xf32>, tensor<4x8xi8>
}
