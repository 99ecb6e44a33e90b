// RUN: autoglm-opt %s --cpu-lower-scalar-math | FileCheck %s

// CHECK-DAG: func.func private @agk_exp_f32(f32) -> f32
// CHECK-DAG: func.func private @agk_fmod_f64(f64, f64) -> f64
// CHECK-LABEL: @f
func.func @f(%a: f32, %b: f64, %c: f32) -> (f32, f64, f32, bf16) {
  // CHECK: call @agk_exp_f32
  %0 = math.exp %a : f32
  // CHECK: call @agk_fmod_f64
  %1 = arith.remf %b, %b : f64
  // Processors have this one.
  // CHECK: math.sqrt
  %2 = math.sqrt %c : f32
  // CHECK-NOT: arith.truncf
  %3 = arith.truncf %c : f32 to bf16
  return %0, %1, %2, %3 : f32, f64, f32, bf16
}


// One call for each element of a vector.
// CHECK-LABEL: func.func @vector
// CHECK: %[[E0:.*]] = vector.extract %{{.*}}[0]
// CHECK: %[[R0:.*]] = call @agk_exp_f32(%[[E0]])
// CHECK: vector.insert %[[R0]]
// CHECK: %[[E1:.*]] = vector.extract %{{.*}}[1]
// CHECK: call @agk_exp_f32(%[[E1]])
func.func @vector(%x: vector<2xf32>) -> vector<2xf32> {
  %0 = math.exp %x : vector<2xf32>
  return %0 : vector<2xf32>
}
