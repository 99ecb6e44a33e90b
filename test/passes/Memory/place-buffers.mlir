// RUN: autoglm-opt %s --pass-pipeline='builtin.module(func.func(place-buffers))' | FileCheck %s

// The third temporary takes the place of the first, which is dead by then; the
// second is alive beside both. So is the lower bound: no byte is wasted.
// CHECK-LABEL: func.func @reuse
// CHECK: %[[ARENA:.+]] = plan.arena @d, 192 alive 192
// CHECK: plan.view %[[ARENA]][0, 128]
// CHECK: plan.view %[[ARENA]][128, 60]
// CHECK: plan.view %[[ARENA]][0, 100]
autoglm.device @d = #autoglm.device<"toy", family = "sample", digest = "0", {}>
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
