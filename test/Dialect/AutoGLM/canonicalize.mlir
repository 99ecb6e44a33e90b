// RUN: autoglm-opt %s -canonicalize="test-convergence" -split-input-file | FileCheck %s

// Neutral elements go away where no shape changes; -0.0 is the neutral of float
// addition, 0.0 is not.
// CHECK-LABEL: @neutral
// CHECK-SAME: (%[[X:.*]]: tensor<2xf32>, %[[S:.*]]: tensor<f32>, %[[I:.*]]: tensor<2xi32>)
func.func @neutral(%x: tensor<2xf32>, %s: tensor<f32>, %i: tensor<2xi32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xi32>) {
  %zero = autoglm.constant dense<0.0> : tensor<f32>
  %negative = autoglm.constant dense<-0.0> : tensor<f32>
  %one = autoglm.constant dense<1.0> : tensor<2xf32>
  %i0 = autoglm.constant dense<0> : tensor<i32>
  %0 = autoglm.add %x, %zero : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %1 = autoglm.add %x, %negative : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %2 = autoglm.sub %x, %zero : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %3 = autoglm.mul %one, %x : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %4 = autoglm.div %x, %one : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %5 = autoglm.mul %s, %one : (tensor<f32>, tensor<2xf32>) -> tensor<2xf32>
  %6 = autoglm.add %i0, %i : (tensor<i32>, tensor<2xi32>) -> tensor<2xi32>
  // CHECK: %[[ADD:.*]] = autoglm.add %[[X]]
  // CHECK: %[[MUL:.*]] = autoglm.mul %[[S]]
  // CHECK: return %[[ADD]], %[[X]], %[[X]], %[[X]], %[[X]], %[[MUL]], %[[I]]
  return %0, %1, %2, %3, %4, %5, %6 : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xi32>
}

// -----

// What moves nothing goes away.
// CHECK-LABEL: @nothing
// CHECK-SAME: (%[[X:.*]]: tensor<2x3xf32>, %[[D:.*]]: tensor<?x3xf32>)
func.func @nothing(%x: tensor<2x3xf32>, %d: tensor<?x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<?x3xf32>) {
  %s = autoglm.constant dense<[2, 3]> : tensor<2xi64>
  %0 = autoglm.identity %x : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = autoglm.reshape %x, %s : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  %2 = autoglm.transpose %x {perm = array<i64: 0, 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = autoglm.expand %x, %s : (tensor<2x3xf32>, tensor<2xi64>) -> tensor<2x3xf32>
  %4 = autoglm.concat %x {axis = 0 : i64} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %5 = autoglm.cast %x {to = f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  // A reshape to the type with an unknown dimension may still change the shape.
  %q = autoglm.constant dense<[-1, 3]> : tensor<2xi64>
  %6 = autoglm.reshape %d, %q : (tensor<?x3xf32>, tensor<2xi64>) -> tensor<?x3xf32>
  // CHECK: %[[R:.*]] = autoglm.reshape %[[D]]
  // CHECK: return %[[X]], %[[X]], %[[X]], %[[X]], %[[X]], %[[X]], %[[R]]
  return %0, %1, %2, %3, %4, %5, %6 : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<?x3xf32>
}

// -----

// Two reshapes are one, with the shape written out.
// CHECK-LABEL: @reshapes
// CHECK-SAME: (%[[X:.*]]: tensor<2x6xf32>)
func.func @reshapes(%x: tensor<2x6xf32>) -> tensor<4x3xf32> {
  %s = autoglm.constant dense<[4, -1, 1]> : tensor<3xi64>
  %t = autoglm.constant dense<[0, 3]> : tensor<2xi64>
  %0 = autoglm.reshape %x, %s : (tensor<2x6xf32>, tensor<3xi64>) -> tensor<4x3x1xf32>
  %1 = autoglm.reshape %0, %t : (tensor<4x3x1xf32>, tensor<2xi64>) -> tensor<4x3xf32>
  // CHECK: %[[S:.*]] = autoglm.constant dense<[4, 3]>
  // CHECK-NEXT: %[[R:.*]] = autoglm.reshape %[[X]], %[[S]] {allowzero = true}
  // CHECK-NEXT: return %[[R]]
  return %1 : tensor<4x3xf32>
}

// -----

// Two transposes are one, or none; negative entries of perm count from the end.
// CHECK-LABEL: @transposes
// CHECK-SAME: (%[[X:.*]]: tensor<2x3x4xf32>)
func.func @transposes(%x: tensor<2x3x4xf32>) -> (tensor<4x3x2xf32>, tensor<2x3x4xf32>) {
  %0 = autoglm.transpose %x {perm = array<i64: -1, 0, 1>} : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>
  %1 = autoglm.transpose %0 {perm = array<i64: 0, 2, -2>} : (tensor<4x2x3xf32>) -> tensor<4x3x2xf32>
  %2 = autoglm.transpose %0 {perm = array<i64: 1, 2, 0>} : (tensor<4x2x3xf32>) -> tensor<2x3x4xf32>
  // CHECK: %[[T:.*]] = autoglm.transpose %[[X]] {perm = array<i64: 2, 1, 0>}
  // CHECK-NEXT: return %[[T]], %[[X]]
  return %1, %2 : tensor<4x3x2xf32>, tensor<2x3x4xf32>
}

// -----

// A transpose that moves only dimensions of size 1 is a reshape.
// CHECK-LABEL: @units
func.func @units(%x: tensor<1x3x1x4xf32>, %y: tensor<1x3x4xf32>) -> (tensor<3x1x4x1xf32>, tensor<1x4x3xf32>) {
  %0 = autoglm.transpose %x {perm = array<i64: 1, 0, 3, 2>} : (tensor<1x3x1x4xf32>) -> tensor<3x1x4x1xf32>
  %1 = autoglm.transpose %y {perm = array<i64: 0, 2, 1>} : (tensor<1x3x4xf32>) -> tensor<1x4x3xf32>
  // CHECK: autoglm.constant dense<[3, 1, 4, 1]>
  // CHECK: autoglm.reshape
  // CHECK: autoglm.transpose
  return %0, %1 : tensor<3x1x4x1xf32>, tensor<1x4x3xf32>
}

// -----

// Shapes that are known are constants.
// CHECK-LABEL: @shapes
func.func @shapes(%x: tensor<2x?x4xf32>, %y: tensor<2x3xf32>) -> (tensor<1xi64>, tensor<2xi64>, tensor<i64>, tensor<i64>, tensor<0xi64>) {
  // CHECK-DAG: %[[FOUR:.*]] = autoglm.constant dense<4> : tensor<1xi64>
  // CHECK-DAG: %[[SIX:.*]] = autoglm.constant dense<6> : tensor<i64>
  // CHECK-DAG: %[[NONE:.*]] = autoglm.constant dense<> : tensor<0xi64>
  // CHECK-DAG: %[[SHAPE:.*]] = autoglm.shape
  // CHECK-DAG: %[[SIZE:.*]] = autoglm.size
  %0 = autoglm.shape %x {start = -1 : i64} : (tensor<2x?x4xf32>) -> tensor<1xi64>
  %1 = autoglm.shape %x {end = 2 : i64} : (tensor<2x?x4xf32>) -> tensor<2xi64>
  %2 = autoglm.size %y : (tensor<2x3xf32>) -> tensor<i64>
  %3 = autoglm.size %x : (tensor<2x?x4xf32>) -> tensor<i64>
  %4 = autoglm.shape %x {start = 2 : i64, end = 1 : i64} : (tensor<2x?x4xf32>) -> tensor<0xi64>
  // CHECK: return %[[FOUR]], %[[SHAPE]], %[[SIX]], %[[SIZE]], %[[NONE]]
  return %0, %1, %2, %3, %4 : tensor<1xi64>, tensor<2xi64>, tensor<i64>, tensor<i64>, tensor<0xi64>
}

// -----

// A relayout and its inverse are nothing.
// CHECK-LABEL: @relayouts
// CHECK-SAME: (%[[X:.*]]: tensor<2x8xf32>)
func.func @relayouts(%x: tensor<2x8xf32>) -> (tensor<2x8xf32>, tensor<2x8xf32>) {
  %0 = autoglm.relayout %x : tensor<2x8xf32> to tensor<2x8xf32, #autoglm.layout<order = [1, 0]>>
  %1 = autoglm.relayout %0 : tensor<2x8xf32, #autoglm.layout<order = [1, 0]>> to tensor<2x8xf32>
  %2 = autoglm.relayout %x : tensor<2x8xf32> to tensor<2x8xf32>
  // CHECK-NEXT: return %[[X]], %[[X]]
  return %1, %2 : tensor<2x8xf32>, tensor<2x8xf32>
}

// -----

// A cast there and back again is nothing; one to another scale is not.
// CHECK-LABEL: @quant_cast
// CHECK-SAME: (%[[Q:.*]]: tensor<2x!quant.uniform<i8:f32, 5.000000e-01>>)
func.func @quant_cast(%q: tensor<2x!quant.uniform<i8:f32, 0.5>>) -> (tensor<2x!quant.uniform<i8:f32, 0.5>>, tensor<2x!quant.uniform<i8:f32, 0.25>>) {
  // CHECK: %[[I:.*]] = autoglm.quant_cast %[[Q]] {to = i8}
  // CHECK: %[[O:.*]] = autoglm.quant_cast %[[I]]
  // CHECK: return %[[Q]], %[[O]]
  %0 = autoglm.quant_cast %q {to = i8} : (tensor<2x!quant.uniform<i8:f32, 0.5>>) -> tensor<2xi8>
  %1 = autoglm.quant_cast %0 {to = !quant.uniform<i8:f32, 0.5>} : (tensor<2xi8>) -> tensor<2x!quant.uniform<i8:f32, 0.5>>
  %2 = autoglm.quant_cast %0 {to = !quant.uniform<i8:f32, 0.25>} : (tensor<2xi8>) -> tensor<2x!quant.uniform<i8:f32, 0.25>>
  return %1, %2 : tensor<2x!quant.uniform<i8:f32, 0.5>>, tensor<2x!quant.uniform<i8:f32, 0.25>>
}
