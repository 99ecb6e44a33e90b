// RUN: autoglm-opt %s --pass-pipeline='builtin.module(func.func(place-buffers))' | FileCheck %s

// The third temporary takes the place of the first, which is dead by then; the
// second is alive beside both. So is the lower bound: no byte is wasted.
// CHECK-LABEL: func.func @reuse
// CHECK: %[[ARENA:.+]] = plan.arena @d, 192 alive 192
// CHECK: plan.view %[[ARENA]][0, 128]
// CHECK: plan.view %[[ARENA]][128, 60]
// CHECK: plan.view %[[ARENA]][0, 100]
autoglm.device @d = #autoglm.device<"toy", family = "sample", digest = "0", {}>
autoglm.device @c = #autoglm.device<"toy", family = "sample", digest = "0", {}>
plan.executable @k on @d { builtin.module {} }
func.func @reuse(%in: !plan.buffer, %out: !plan.buffer) {
  %0 = plan.temp @d, 128
  %1 = plan.temp @d, 60
  %2 = plan.temp @d, 100
  %e = plan.submit @d {
    plan.launch @k(%in, %0) outputs 1
    plan.launch @k(%0, %1) outputs 1
    plan.launch @k(%1, %2) outputs 1
    plan.launch @k(%1, %2, %out) outputs 1
  }
  plan.wait %e
  return
}

// The same two buffers one after the other share bytes where an event orders the
// lists, and do not where none does: then the first may be read, by another device
// too, when the second is written.
// CHECK-LABEL: func.func @ordered
// CHECK: plan.arena @d, 64 alive 64
func.func @ordered(%in: !plan.buffer, %out: !plan.buffer) {
  %0 = plan.temp @d, 64
  %1 = plan.temp @d, 64
  %e0 = plan.submit @d {
    plan.launch @k(%in, %0) outputs 1
  }
  %e1 = plan.submit @c waits(%e0) {
    plan.launch @k(%0, %out) outputs 1
  }
  %e2 = plan.submit @d waits(%e1) {
    plan.launch @k(%in, %1) outputs 1
  }
  plan.wait %e2
  return
}

// CHECK-LABEL: func.func @hazard
// CHECK: plan.arena @d, 128 alive 64
func.func @hazard(%in: !plan.buffer, %out: !plan.buffer) {
  %0 = plan.temp @d, 64
  %1 = plan.temp @d, 64
  %e0 = plan.submit @d {
    plan.launch @k(%in, %0) outputs 1
  }
  %e1 = plan.submit @c waits(%e0) {
    plan.launch @k(%0, %out) outputs 1
  }
  %e2 = plan.submit @d waits(%e0) {
    plan.launch @k(%in, %1) outputs 1
  }
  plan.wait %e1, %e2
  return
}

// A transfer reads as a list does, and a view of a buffer is the buffer.
// CHECK-LABEL: func.func @transfer_hazard
// CHECK: plan.arena @d, 128
func.func @transfer_hazard(%in: !plan.buffer, %out: !plan.buffer) {
  %0 = plan.temp @d, 64
  %1 = plan.temp @d, 64
  %e0 = plan.submit @d {
    plan.launch @k(%in, %0) outputs 1
  }
  %v = plan.view %0[0, 32]
  %e1 = plan.transfer %v to %out on @c waits(%e0)
  %e2 = plan.submit @d waits(%e0) {
    plan.launch @k(%in, %1) outputs 1
  }
  plan.wait %e1, %e2
  return
}

// The host waits for the reader, which orders as well.
// CHECK-LABEL: func.func @host_waits
// CHECK: plan.arena @d, 64
func.func @host_waits(%in: !plan.buffer, %out: !plan.buffer) {
  %0 = plan.temp @d, 64
  %1 = plan.temp @d, 64
  %e0 = plan.submit @d {
    plan.launch @k(%in, %0) outputs 1
  }
  %e1 = plan.submit @c waits(%e0) {
    plan.launch @k(%0, %out) outputs 1
  }
  plan.wait %e1
  %e2 = plan.submit @d {
    plan.launch @k(%in, %1) outputs 1
  }
  plan.wait %e2
  return
}
