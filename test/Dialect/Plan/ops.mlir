// RUN: autoglm-opt %s > %t.1
// RUN: autoglm-opt %t.1 | diff %t.1 -
// RUN: autoglm-opt %s --mlir-print-op-generic | autoglm-opt | diff %t.1 -
// RUN: FileCheck %s < %t.1

// Every operation of the host program.

autoglm.device @d0 = #autoglm.device<"sample", family = "sample", digest = "0123", {}>
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 8, "00">} : tensor<2xf32>

// CHECK: plan.binary @code on @d0 format "elf" extension "so" = "\7FELF"
plan.binary @code on @d0 format "elf" extension "so" = "\7FELF"

// CHECK: plan.executable @k on @d0 attributes {binary = @code, extent = 4 : i64} {
// CHECK-NEXT: module {
plan.executable @k on @d0 attributes {extent = 4 : i64, binary = @code} {
  builtin.module {
  }
}

// CHECK-LABEL: func.func @main(%arg0: !plan.buffer, %arg1: !plan.buffer, %arg2: !plan.event)
func.func @main(%in: !plan.buffer, %out: !plan.buffer, %before: !plan.event) -> i64 {
  // CHECK: %[[ARENA:.*]] = plan.arena @d0, 1024
  %arena = plan.arena @d0, 1024
  // CHECK: %[[W:.*]] = plan.weights @w on @d0
  %w = plan.weights @w on @d0
  // CHECK: %[[C:.*]] = plan.constant dense<1.000000e+00> : tensor<2xf32> on @d0
  %c = plan.constant dense<1.0> : tensor<2xf32> on @d0
  %n = arith.constant 64 : i64
  // CHECK: %[[A:.*]] = plan.alloc @d0, %{{.*}}
  %a = plan.alloc @d0, %n
  // CHECK: %[[T:.*]] = plan.temp @d0, 128
  %t = plan.temp @d0, 128
  // CHECK: %[[V:.*]] = plan.view %[[ARENA]][64, 8]
  %v = plan.view %arena[64, 8]
  // CHECK: plan.copy %arg0 to %[[T]]
  plan.copy %in to %t
  // CHECK: %[[S:.*]] = plan.read_scalar %arg0[8] "int32" : i64
  %s = plan.read_scalar %in[8] "int32" : i64
  // CHECK: plan.read_scalar %arg0[0] "bool" : i1
  %p = plan.read_scalar %in[0] "bool" : i1
  // CHECK: %[[E:.*]] = plan.submit @d0 waits(%arg2) {
  %e = plan.submit @d0 waits(%before) {
    // CHECK-NEXT: plan.launch @k(%arg0, %[[W]], %[[C]], %[[V]]) outputs 1
    plan.launch @k(%in, %w, %c, %v) outputs 1
    // CHECK-NEXT: plan.copy %[[V]] to %arg1
    plan.copy %v to %out
  }
  // CHECK: %[[F:.*]] = plan.submit @d0 {
  %f = plan.submit @d0 {
  }
  // CHECK: %[[G:.*]] = plan.transfer %[[V]] to %arg1 on @d0 waits(%[[E]], %[[F]])
  %g = plan.transfer %v to %out on @d0 waits(%e, %f)
  // CHECK: plan.transfer %arg0 to %[[A]] on @d0
  %h = plan.transfer %in to %a on @d0
  // CHECK: plan.wait %[[E]], %[[F]], %[[G]]
  plan.wait %e, %f, %g
  // CHECK: return %[[S]]
  return %s : i64
}
