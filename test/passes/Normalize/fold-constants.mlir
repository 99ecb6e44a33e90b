// RUN: autoglm-opt %s --pass-pipeline='builtin.module(func.func(fold-constants))' -split-input-file | FileCheck %s
// RUN: autoglm-opt %s --pass-pipeline='builtin.module(func.func(fold-constants{max-bytes=8}))' -split-input-file | FileCheck %s --check-prefix=SMALL

// Shape arithmetic ends in a constant, and the reshape's result is known.
// CHECK-LABEL: func.func @shape_chain
// CHECK: autoglm.reshape {{.*}} -> tensor<2x12xf32>
// CHECK: return {{.*}} : tensor<2x12xf32>
func.func @shape_chain(%x: tensor<2x3x4xf32>) -> tensor<?x?xf32> {
  %shape = autoglm.shape %x {end = 1 : i64} : (tensor<2x3x4xf32>) -> tensor<1xi64>
  %rest = autoglm.constant dense<-1> : tensor<1xi64>
  %to = autoglm.concat %shape, %rest {axis = 0 : i64} : (tensor<1xi64>, tensor<1xi64>) -> tensor<2xi64>
  %y = autoglm.reshape %x, %to : (tensor<2x3x4xf32>, tensor<2xi64>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

// A result above the limit stays.
// CHECK-LABEL: func.func @limit
// CHECK: autoglm.constant dense<3.000000e+00> : tensor<4xf32>
// SMALL-LABEL: func.func @limit
// SMALL: autoglm.add
func.func @limit() -> tensor<4xf32> {
  %a = autoglm.constant dense<1.0> : tensor<4xf32>
  %b = autoglm.constant dense<2.0> : tensor<4xf32>
  %c = autoglm.add %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %c : tensor<4xf32>
}

// -----

// What the reference refuses stays for whoever runs the model.
// CHECK-LABEL: func.func @refused
// CHECK: autoglm.gather
func.func @refused(%x: tensor<?xf32>) -> tensor<1xf32> {
  %i = autoglm.constant dense<7> : tensor<1xi64>
  %y = autoglm.gather %x, %i : (tensor<?xf32>, tensor<1xi64>) -> tensor<1xf32>
  return %y : tensor<1xf32>
}

// -----

// Integers of a quantized type stay a cast of integers; what they stand for is a
// constant.
// CHECK-LABEL: func.func @quantized
// CHECK: %[[I:.*]] = autoglm.constant dense<[1, -2]> : tensor<2xi8>
// CHECK: %[[Q:.*]] = autoglm.quant_cast %[[I]]
// CHECK: %[[R:.*]] = autoglm.constant dense<[5.000000e-01, -1.000000e+00]> : tensor<2xf32>
// CHECK: return %[[Q]], %[[R]]
func.func @quantized() -> (tensor<2x!quant.uniform<i8:f32, 0.5>>, tensor<2xf32>) {
  %i = autoglm.constant dense<[1, -2]> : tensor<2xi8>
  %q = autoglm.quant_cast %i {to = !quant.uniform<i8:f32, 0.5>} : (tensor<2xi8>) -> tensor<2x!quant.uniform<i8:f32, 0.5>>
  %r = autoglm.dequantize %q : (tensor<2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2xf32>
  return %q, %r : tensor<2x!quant.uniform<i8:f32, 0.5>>, tensor<2xf32>
}
