// RUN: autoglm-opt %s --merge-products -split-input-file | FileCheck %s

// Weights side by side, biases too; parts are as wide as they were.
autoglm.device @d = #autoglm.device<"a", family = "none", digest = "0", {fusion = {multi_result = true}}>
// CHECK-LABEL: func.func @qkv
// CHECK-DAG: %[[BIAS:.+]] = autoglm.constant dense<{{.*}}> : tensor<4xf32>
// CHECK-DAG: %[[WEIGHT:.+]] = autoglm.concat %{{.+}}, %{{.+}}, %{{.+}} {axis = -1 : i64} : (tensor<8x1xf32>, tensor<8x1xf32>, tensor<8x2xf32>) -> tensor<8x4xf32>
// CHECK: %[[WIDE:.+]] = autoglm.matmul %arg0, %[[WEIGHT]]
// CHECK-NEXT: %[[SUM:.+]] = autoglm.add %[[WIDE]], %[[BIAS]]
// CHECK-NEXT: %[[PARTS:.+]]:3 = autoglm.split %[[SUM]] {axis = -1 : i64, sizes = array<i64: 1, 1, 2>}
// CHECK-NOT: autoglm.matmul
// CHECK: return %[[PARTS]]#0, %[[PARTS]]#1, %[[PARTS]]#2
func.func @qkv(%x: tensor<4x8xf32>) -> (tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x2xf32>) {
  %q = autoglm.constant dense<1.0> : tensor<8x1xf32>
  %k = autoglm.constant dense<2.0> : tensor<8x1xf32>
  %v = autoglm.constant dense<3.0> : tensor<8x2xf32>
  %bq = autoglm.constant dense<4.0> : tensor<1xf32>
  %bk = autoglm.constant dense<5.0> : tensor<1xf32>
  %bv = autoglm.constant dense<[6.0, 7.0]> : tensor<2xf32>
  %0 = autoglm.matmul %x, %q : (tensor<4x8xf32>, tensor<8x1xf32>) -> tensor<4x1xf32>
  %1 = autoglm.add %0, %bq : (tensor<4x1xf32>, tensor<1xf32>) -> tensor<4x1xf32>
  %2 = autoglm.matmul %x, %k : (tensor<4x8xf32>, tensor<8x1xf32>) -> tensor<4x1xf32>
  %3 = autoglm.add %bk, %2 : (tensor<1xf32>, tensor<4x1xf32>) -> tensor<4x1xf32>
  %4 = autoglm.matmul %x, %v : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
  %5 = autoglm.add %4, %bv : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  return %1, %3, %5 : tensor<4x1xf32>, tensor<4x1xf32>, tensor<4x2xf32>
}

// -----

// A unit with one result would have to be split afterwards.
autoglm.device @d = #autoglm.device<"a", family = "none", digest = "0", {fusion = {multi_result = false}}>
// CHECK-LABEL: func.func @one_result
// CHECK-COUNT-2: autoglm.constant
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: autoglm.matmul
// CHECK-NEXT: return
func.func @one_result(%x: tensor<4x8xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>) {
  %q = autoglm.constant dense<1.0> : tensor<8x2xf32>
  %k = autoglm.constant dense<2.0> : tensor<8x2xf32>
  %0 = autoglm.matmul %x, %q : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
  %1 = autoglm.matmul %x, %k : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
  return %0, %1 : tensor<4x2xf32>, tensor<4x2xf32>
}

// -----

// A second factor that is computed, and a left one that differs, stay.
autoglm.device @d = #autoglm.device<"a", family = "none", digest = "0", {fusion = {multi_result = true}}>
// CHECK-LABEL: func.func @others
// CHECK-NOT: autoglm.concat
func.func @others(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>, %w: tensor<8x2xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>) {
  %q = autoglm.constant dense<1.0> : tensor<8x2xf32>
  %0 = autoglm.matmul %x, %q : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
  %1 = autoglm.matmul %x, %w : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
  %2 = autoglm.matmul %y, %q : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
  return %0, %1, %2 : tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>
}

// -----

// What follows one of them is part of its unit, so it stays; the others are merged.
autoglm.device @d = #autoglm.device<"a", family = "none", digest = "0", {fusion = {multi_result = true}}>
// CHECK-LABEL: func.func @epilogue
// CHECK: autoglm.matmul %arg0, %{{.+}} : (tensor<4x8xf32>, tensor<8x4xf32>)
// CHECK: autoglm.split
// CHECK: %[[OWN:.+]] = autoglm.matmul %arg0, %{{.+}} : (tensor<4x8xf32>, tensor<8x2xf32>)
// CHECK-NEXT: autoglm.relu %[[OWN]]
func.func @epilogue(%x: tensor<4x8xf32>) -> (tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>) {
  %q = autoglm.constant dense<1.0> : tensor<8x2xf32>
  %k = autoglm.constant dense<2.0> : tensor<8x2xf32>
  %v = autoglm.constant dense<3.0> : tensor<8x2xf32>
  %0 = autoglm.matmul %x, %q : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
  %1 = autoglm.matmul %x, %k : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
  %2 = autoglm.relu %1 : (tensor<4x2xf32>) -> tensor<4x2xf32>
  %3 = autoglm.matmul %x, %v : (tensor<4x8xf32>, tensor<8x2xf32>) -> tensor<4x2xf32>
  return %0, %2, %3 : tensor<4x2xf32>, tensor<4x2xf32>, tensor<4x2xf32>
}
