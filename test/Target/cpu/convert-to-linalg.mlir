// RUN: autoglm-opt %s --cpu-convert-to-linalg --split-input-file | FileCheck %s

// Dimensions of size 1 go away; the result is written where the caller wants it.
// CHECK-LABEL: func.func @kernel(
// CHECK-SAME: %[[X:.*]]: memref<3x4xf32>, %[[Y:.*]]: memref<3x4xf32>)
// CHECK-DAG: %[[IN:.*]] = bufferization.to_tensor %[[X]] restrict : memref<3x4xf32>
// CHECK-DAG: %[[OUT:.*]] = bufferization.to_tensor %[[Y]] restrict writable
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[IN]] : tensor<3x4xf32>) outs(%[[OUT]] : tensor<3x4xf32>)
// CHECK: math.exp
// CHECK: bufferization.materialize_in_destination %[[R]] in restrict writable %[[Y]]
func.func @kernel(%x: tensor<1x3x4xf32>) -> tensor<1x3x4xf32> {
  %0 = autoglm.exp %x : (tensor<1x3x4xf32>) -> tensor<1x3x4xf32>
  return %0 : tensor<1x3x4xf32>
}

// -----

// Unsigned integers are signless with unsigned arithmetic, bool is a byte.
// CHECK: func.func @kernel(%{{.*}}: memref<4xi8>, %{{.*}}: memref<4xi8>, %{{.*}}: memref<4xi8>)
// CHECK: %[[LESS:.*]] = arith.cmpi ult
// CHECK: arith.extui %[[LESS]] : i1 to i8
func.func @kernel(%a: tensor<4xui8>, %b: tensor<4xui8>) -> tensor<4xi1> {
  %0 = autoglm.less %a, %b : (tensor<4xui8>, tensor<4xui8>) -> tensor<4xi1>
  return %0 : tensor<4xi1>
}

// -----

// A product of halves is summed in single precision and rounded once.
// CHECK: tensor.empty() : tensor<2x4xf32>
// CHECK: arith.extf %{{.*}} : f16 to f32
// CHECK: arith.addf %{{.*}} fastmath<reassoc> : f32
// CHECK: arith.truncf %{{.*}} : f32 to f16
func.func @kernel(%a: tensor<2x3xf16>, %b: tensor<3x4xf16>) -> tensor<2x4xf16> {
  %0 = autoglm.matmul %a, %b : (tensor<2x3xf16>, tensor<3x4xf16>) -> tensor<2x4xf16>
  return %0 : tensor<2x4xf16>
}

// -----

// A constant that is the same everywhere is a scalar of the body.
// CHECK: linalg.generic {{.*}} ins(%{{[^,]*}} : tensor<4xf32>)
// CHECK: arith.constant 2.000000e+00 : f32
// CHECK: arith.mulf
func.func @kernel(%a: tensor<4xf32>) -> tensor<4xf32> {
  %c = autoglm.constant dense<2.0> : tensor<f32>
  %0 = autoglm.mul %a, %c : (tensor<4xf32>, tensor<f32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
