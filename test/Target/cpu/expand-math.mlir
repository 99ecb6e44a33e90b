// RUN: autoglm-opt %s --cpu-expand-math | FileCheck %s
// RUN: autoglm-opt %s --cpu-expand-math=has-fma=false | FileCheck %s --check-prefix=SPLIT

// Nothing is left but arithmetic, of scalars and of vectors.
// CHECK-LABEL: func.func @scalars
// CHECK-NOT: math.{{exp|log|tanh|erf|powf|rsqrt}}
// CHECK: return
// SPLIT-LABEL: func.func @scalars
// SPLIT-NOT: math.fma
// SPLIT: return
func.func @scalars(%x: f32, %y: f32) -> (f32, f32, f32, f32, f32, f32) {
  %0 = math.exp %x : f32
  %1 = math.log %x : f32
  %2 = math.tanh %x : f32
  %3 = math.erf %x : f32
  %4 = math.powf %x, %y : f32
  %5 = math.rsqrt %x : f32
  return %0, %1, %2, %3, %4, %5 : f32, f32, f32, f32, f32, f32
}

// CHECK-LABEL: func.func @vector
// CHECK: math.fma {{.*}} : vector<8xf32>
// CHECK-NOT: math.exp
func.func @vector(%x: vector<8xf32>) -> vector<8xf32> {
  %0 = math.exp %x : vector<8xf32>
  return %0 : vector<8xf32>
}

// Results that are too small to matter beside a constant are not rounded with
// care.
// CHECK-LABEL: func.func @sigmoid
// CHECK-COUNT-2: arith.cmpf
// CHECK-NOT: arith.cmpf
// CHECK: return
func.func @sigmoid(%x: f32) -> f32 {
  %one = arith.constant 1.0 : f32
  %0 = math.exp %x : f32
  %1 = arith.addf %0, %one : f32
  %2 = arith.divf %one, %1 : f32
  return %2 : f32
}

// A GELU is computed as a whole: a maximum less a tail.
// CHECK-LABEL: func.func @gelu
// CHECK-NOT: math.copysign
// CHECK: return
func.func @gelu(%x: f32) -> f32 {
  %one = arith.constant 1.0 : f32
  %half = arith.constant 0.5 : f32
  %root = arith.constant 0.707106769 : f32
  %0 = arith.mulf %x, %root : f32
  %1 = math.erf %0 : f32
  %2 = arith.addf %1, %one : f32
  %3 = arith.mulf %x, %half : f32
  %4 = arith.mulf %3, %2 : f32
  return %4 : f32
}

// Large angles are left to scalar code behind a branch.
// CHECK-LABEL: func.func @sine
// CHECK: %[[ANY:.+]] = vector.reduction <or>
// CHECK: scf.if %[[ANY]]
// CHECK-COUNT-4: math.sin %{{.*}} : f32
// CHECK-NOT: math.sin
func.func @sine(%x: vector<4xf32>) -> vector<4xf32> {
  %0 = math.sin %x : vector<4xf32>
  return %0 : vector<4xf32>
}

// Doubles and what is not in the table stay.
// CHECK-LABEL: func.func @left
// CHECK: math.exp %{{.*}} : f64
// CHECK: math.asin %{{.*}} : f32
func.func @left(%x: f64, %y: f32) -> (f64, f32) {
  %0 = math.exp %x : f64
  %1 = math.asin %y : f32
  return %0, %1 : f64, f32
}

// What forms multiply and add is two operations where the processor has no one.
// CHECK-LABEL: func.func @multiply_add
// CHECK: vector.fma
// SPLIT-LABEL: func.func @multiply_add
// SPLIT: %[[P:.*]] = arith.mulf %arg0, %arg1 : vector<8xf32>
// SPLIT: arith.addf %[[P]], %arg2 : vector<8xf32>
func.func @multiply_add(%arg0: vector<8xf32>, %arg1: vector<8xf32>, %arg2: vector<8xf32>) -> vector<8xf32> {
  %0 = vector.fma %arg0, %arg1, %arg2 : vector<8xf32>
  return %0 : vector<8xf32>
}
