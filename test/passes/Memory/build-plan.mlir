// RUN: sample-opt %s --build-plan -split-input-file -verify-diagnostics | FileCheck %s

// Launches of one device are one command list; a reshape is the same buffer; the
// last launch writes into the caller's output.
autoglm.device @d = #autoglm.device<"toy", family = "cpu", digest = "0", {}>
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 16, "00">} : tensor<4xf32>
plan.executable @k on @d { builtin.module {} }
// CHECK-LABEL: func.func @main
// CHECK-SAME: %[[IN:.+]]: !plan.buffer {autoglm.name = "x", plan.tensor = tensor<4xf32>}
// CHECK-SAME: %[[OUT:.+]]: !plan.buffer {autoglm.name = "y", plan.output, plan.tensor = tensor<2x2xf32>}
// CHECK-DAG: %[[W:.+]] = plan.weights @w on @d
// CHECK-DAG: %[[T:.+]] = plan.temp @d, 16
// CHECK: %[[E:.+]] = plan.submit @d {
// CHECK:   plan.launch @k(%[[IN]], %[[W]], %[[T]]) outputs 1
// CHECK:   plan.launch @k(%[[T]], %[[T]], %[[OUT]]) outputs 1
// CHECK: plan.wait %[[E]]
func.func @main(%x: tensor<4xf32> {autoglm.name = "x"}) -> (tensor<2x2xf32> {autoglm.name = "y"}) {
  %w = autoglm.load_weight @w : tensor<4xf32>
  %0 = autoglm.launch @k on @d (%x, %w) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %1 = autoglm.launch @k on @d (%0, %0) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %s = autoglm.constant dense<2> : tensor<2xi64>
  %2 = autoglm.reshape %1, %s : (tensor<4xf32>, tensor<2xi64>) -> tensor<2x2xf32>
  return %2 : tensor<2x2xf32>
}

// -----

// What is returned twice, and an input that is returned, are copied.
autoglm.device @d = #autoglm.device<"toy", family = "cpu", digest = "0", {}>
plan.executable @k on @d { builtin.module {} }
// CHECK-LABEL: func.func @copies
// CHECK-SAME: %[[X:[^:]+]]: !plan.buffer {{[^%]*}}%[[A:[^:]+]]: !plan.buffer {{[^%]*}}%[[B:[^:]+]]: !plan.buffer {{[^%]*}}%[[C:[^:]+]]: !plan.buffer
// CHECK: plan.launch @k(%[[X]], %[[A]]) outputs 1
// CHECK: plan.wait
// CHECK: plan.copy %[[A]] to %[[B]]
// CHECK: plan.copy %[[X]] to %[[C]]
func.func @copies(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  %0 = autoglm.launch @k on @d (%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0, %0, %x : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// A device with memory of its own gets copies, and what it computes is copied
// back.
autoglm.device @d = #autoglm.device<"toy", family = "sample", digest = "0", {}>
plan.executable @k on @d { builtin.module {} }
// CHECK-LABEL: func.func @own_memory
// CHECK-SAME: %[[X:[^:]+]]: !plan.buffer {{[^%]*}}%[[Y:[^:]+]]: !plan.buffer
// CHECK: %[[IN:.+]] = plan.temp @d, 16
// CHECK: %[[E0:.+]] = plan.transfer %[[X]] to %[[IN]] on @d
// CHECK: %[[OUT:.+]] = plan.temp @d, 16
// CHECK: %[[E1:.+]] = plan.submit @d waits(%[[E0]]) {
// CHECK:   plan.launch @k(%[[IN]], %[[OUT]]) outputs 1
// CHECK: %[[E2:.+]] = plan.transfer %[[OUT]] to %[[Y]] on @d waits(%[[E1]])
// CHECK: plan.wait %[[E2]]
func.func @own_memory(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = autoglm.launch @k on @d (%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Two branches on two devices are two lists that do not wait for each other, however
// their launches are mixed; the join waits for both. Both devices use host memory,
// so nothing is copied, and the weight is made before everything.
autoglm.device @c0 = #autoglm.device<"a", family = "cpu", digest = "0", {}>
autoglm.device @c1 = #autoglm.device<"a", family = "cpu", digest = "0", {}>
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 16, "00">} : tensor<4xf32>
plan.executable @k on @c0 { builtin.module {} }
plan.executable @l on @c1 { builtin.module {} }
// CHECK-LABEL: func.func @branches
// CHECK-SAME: %[[X:[^:]+]]: !plan.buffer {{[^%]*}}%[[Y:[^:]+]]: !plan.buffer
// CHECK-NEXT: %[[W:.+]] = plan.weights @w on @c1
// CHECK-NEXT: %[[A0:.+]] = plan.temp @c0, 16
// CHECK-NEXT: %[[A1:.+]] = plan.temp @c0, 16
// CHECK-NEXT: %[[E0:.+]] = plan.submit @c0 {
// CHECK-NEXT:   plan.launch @k(%[[X]], %[[A0]]) outputs 1
// CHECK-NEXT:   plan.launch @k(%[[A0]], %[[A1]]) outputs 1
// CHECK:      %[[B0:.+]] = plan.temp @c1, 16
// CHECK-NEXT: %[[B1:.+]] = plan.temp @c1, 16
// CHECK-NEXT: %[[E1:.+]] = plan.submit @c1 {
// CHECK-NEXT:   plan.launch @l(%[[X]], %[[B0]]) outputs 1
// CHECK-NEXT:   plan.launch @l(%[[B0]], %[[W]], %[[B1]]) outputs 1
// CHECK:      plan.submit @c0 waits(%[[E0]], %[[E1]]) {
// CHECK-NEXT:   plan.launch @k(%[[A1]], %[[B1]], %[[Y]]) outputs 1
// CHECK-NEXT: }
// CHECK-NEXT: plan.wait %{{[0-9]+}}, %[[E1]]
// CHECK-NEXT: return
func.func @branches(%x: tensor<4xf32>) -> tensor<4xf32> {
  %w = autoglm.load_weight @w : tensor<4xf32>
  %a0 = autoglm.launch @k on @c0 (%x) : (tensor<4xf32>) -> tensor<4xf32>
  %b0 = autoglm.launch @l on @c1 (%x) : (tensor<4xf32>) -> tensor<4xf32>
  %a1 = autoglm.launch @k on @c0 (%a0) : (tensor<4xf32>) -> tensor<4xf32>
  %b1 = autoglm.launch @l on @c1 (%b0, %w) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %y = autoglm.launch @k on @c0 (%a1, %b1) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// A list ends where another device needs what it made, and goes on in a new one; who
// has waited for a list has waited for what that one waited for.
autoglm.device @c0 = #autoglm.device<"a", family = "cpu", digest = "0", {}>
autoglm.device @c1 = #autoglm.device<"a", family = "cpu", digest = "0", {}>
plan.executable @k on @c0 { builtin.module {} }
plan.executable @l on @c1 { builtin.module {} }
// CHECK-LABEL: func.func @ping_pong
// CHECK: %[[E0:.+]] = plan.submit @c0 {
// CHECK-NEXT: plan.launch @k(%{{.+}}, %[[T0:.+]]) outputs 1
// CHECK-NEXT: }
// CHECK: %[[E1:.+]] = plan.submit @c1 waits(%[[E0]]) {
// CHECK-NEXT: plan.launch @l(%[[T0]], %[[T1:.+]]) outputs 1
// CHECK-NEXT: }
// CHECK: %[[E2:.+]] = plan.submit @c0 waits(%[[E0]], %[[E1]]) {
// CHECK-NEXT: plan.launch @k(%[[T1]], %[[T0]], %[[T2:.+]]) outputs 1
// CHECK-NEXT: }
// CHECK: %[[E3:.+]] = plan.submit @c1 waits(%[[E1]], %[[E2]]) {
// CHECK-NEXT: plan.launch @l(%[[T2]], %[[T0]], %{{.+}}) outputs 1
// CHECK-NEXT: }
// CHECK-NEXT: plan.wait %[[E2]], %[[E3]]
func.func @ping_pong(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = autoglm.launch @k on @c0 (%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = autoglm.launch @l on @c1 (%0) : (tensor<4xf32>) -> tensor<4xf32>
  %2 = autoglm.launch @k on @c0 (%1, %0) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = autoglm.launch @l on @c1 (%2, %0) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// -----

// What crosses to a device with memory of its own is copied once, in the queue of the
// device that reads it, after the list that made it.
autoglm.device @c = #autoglm.device<"a", family = "cpu", digest = "0", {}>
autoglm.device @d = #autoglm.device<"toy", family = "sample", digest = "0", {}>
plan.executable @k on @c { builtin.module {} }
plan.executable @l on @d { builtin.module {} }
// CHECK-LABEL: func.func @mixed
// CHECK-SAME: %[[X:[^:]+]]: !plan.buffer {{[^%]*}}%[[Y:[^:]+]]: !plan.buffer
// CHECK: %[[E0:.+]] = plan.submit @c {
// CHECK-NEXT: plan.launch @k(%[[X]], %[[A:.+]]) outputs 1
// CHECK: %[[B:.+]] = plan.temp @d, 16
// CHECK-NEXT: %[[E1:.+]] = plan.transfer %[[A]] to %[[B]] on @d waits(%[[E0]])
// CHECK: %[[E2:.+]] = plan.submit @d waits(%[[E1]]) {
// CHECK-NEXT: plan.launch @l(%[[B]], %[[B]], %[[C:.+]]) outputs 1
// CHECK-NEXT: plan.launch @l(%[[B]], %[[C]], %[[D:.+]]) outputs 1
// CHECK: %[[F:.+]] = plan.temp @c, 16
// CHECK-NEXT: %[[E3:.+]] = plan.transfer %[[D]] to %[[F]] on @c waits(%[[E0]], %[[E2]])
// CHECK: plan.submit @c waits(%[[E3]]) {
// CHECK-NEXT: plan.launch @k(%[[F]], %[[Y]]) outputs 1
func.func @mixed(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = autoglm.launch @k on @c (%x) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = autoglm.launch @l on @d (%0, %0) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %2 = autoglm.launch @l on @d (%0, %1) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %3 = autoglm.launch @k on @c (%2) : (tensor<4xf32>) -> tensor<4xf32>
  return %3 : tensor<4xf32>
}

// -----

// expected-error @below {{[AGC-E205] tensor of type 'tensor<?xf32>' has an unknown dimension; fix it with --shape or --bind}}
func.func @unknown(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}
