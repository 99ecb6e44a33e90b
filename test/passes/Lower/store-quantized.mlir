// RUN: autoglm-opt %s --store-quantized -split-input-file | FileCheck %s
// RUN: autoglm-opt %s --store-quantized -split-input-file | not grep quant

// Conversions become arithmetic on constants, casts nothing, in regions too.
autoglm.device @s = #autoglm.device<"toy", family = "sample", digest = "0", {}>
// CHECK-LABEL: func.func @main(%arg0: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xi8>)
func.func @main(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xi8>) {
  // CHECK: autoglm.segment @s (%[[X:.*]] = %arg0 : tensor<2x3xf32>) -> (tensor<2x3xi8>, tensor<2x3xf32>)
  %q, %y = autoglm.segment @s (%a = %x : tensor<2x3xf32>) -> (tensor<2x3x!quant.uniform<i8:f32, 0.5:3>>, tensor<2x3xf32>) {
    // CHECK: autoglm.group {{.*}} -> tensor<2x3xi8>
    // CHECK-DAG: %[[SCALE:.*]] = autoglm.constant dense<5.000000e-01> : tensor<f32>
    // CHECK-DAG: %[[ZERO:.*]] = autoglm.constant dense<3.000000e+00> : tensor<f32>
    // CHECK: %[[D:.*]] = autoglm.div %{{.*}}, %[[SCALE]]
    // CHECK: %[[R:.*]] = autoglm.round %[[D]]
    // CHECK: %[[S:.*]] = autoglm.add %[[R]], %[[ZERO]]
    // CHECK: %[[LOW:.*]] = autoglm.constant dense<-1.280000e+02>
    // CHECK: %[[MAX:.*]] = autoglm.max %[[S]], %[[LOW]]
    // CHECK: %[[HIGH:.*]] = autoglm.constant dense<1.270000e+02>
    // CHECK: %[[MIN:.*]] = autoglm.min %[[MAX]], %[[HIGH]]
    // CHECK: %[[I:.*]] = autoglm.cast %[[MIN]] {to = i8}
    // CHECK: autoglm.yield %[[I]] : tensor<2x3xi8>
    %0 = autoglm.group (%b = %a : tensor<2x3xf32>) -> tensor<2x3x!quant.uniform<i8:f32, 0.5:3>> {
      %1 = autoglm.quantize %b {to = !quant.uniform<i8:f32, 0.5:3>} : (tensor<2x3xf32>) -> tensor<2x3x!quant.uniform<i8:f32, 0.5:3>>
      autoglm.yield %1 : tensor<2x3x!quant.uniform<i8:f32, 0.5:3>>
    }
    // CHECK: autoglm.group (%[[Q:.*]] = %{{.*}} : tensor<2x3xi8>)
    // CHECK: %[[F:.*]] = autoglm.cast %[[Q]] {to = f32}
    // CHECK: %[[C:.*]] = autoglm.sub %[[F]]
    // CHECK: autoglm.mul %[[C]]
    %2 = autoglm.group (%b = %0 : tensor<2x3x!quant.uniform<i8:f32, 0.5:3>>) -> tensor<2x3xf32> {
      %3 = autoglm.dequantize %b : (tensor<2x3x!quant.uniform<i8:f32, 0.5:3>>) -> tensor<2x3xf32>
      autoglm.yield %3 : tensor<2x3xf32>
    }
    autoglm.yield %0, %2 : tensor<2x3x!quant.uniform<i8:f32, 0.5:3>>, tensor<2x3xf32>
  }
  %i = autoglm.quant_cast %q {to = i8} : (tensor<2x3x!quant.uniform<i8:f32, 0.5:3>>) -> tensor<2x3xi8>
  return %y, %i : tensor<2x3xf32>, tensor<2x3xi8>
}

// -----

// Scales per index lie so that they broadcast; zero points of 0 need nothing;
// narrow floats take no zero point before they are widened.
// CHECK-LABEL: func.func @axes
func.func @axes(%x: tensor<2x3xui8>, %h: tensor<4xf16>) -> (tensor<2x3xf32>, tensor<4xui8>) {
  // CHECK: %[[S:.*]] = autoglm.constant dense<{{\[}}[5.000000e-01], [2.500000e-01]]> : tensor<2x1xf32>
  // CHECK: %[[F:.*]] = autoglm.cast %arg0 {to = f32}
  // CHECK: autoglm.mul %[[F]], %[[S]]
  %0 = autoglm.quant_cast %x {to = !quant.uniform<u8:f32:0, {0.5, 0.25}>} : (tensor<2x3xui8>) -> tensor<2x3x!quant.uniform<u8:f32:0, {0.5, 0.25}>>
  %1 = autoglm.dequantize %0 : (tensor<2x3x!quant.uniform<u8:f32:0, {0.5, 0.25}>>) -> tensor<2x3xf32>
  // CHECK: %[[R:.*]] = autoglm.round
  // CHECK: %[[W:.*]] = autoglm.cast %[[R]] {to = f32}
  // CHECK: autoglm.add %[[W]]
  %2 = autoglm.quantize %h {to = !quant.uniform<u8:f16, 0.5:128>} : (tensor<4xf16>) -> tensor<4x!quant.uniform<u8:f16, 0.5:128>>
  %3 = autoglm.quant_cast %2 {to = ui8} : (tensor<4x!quant.uniform<u8:f16, 0.5:128>>) -> tensor<4xui8>
  return %1, %3 : tensor<2x3xf32>, tensor<4xui8>
}
