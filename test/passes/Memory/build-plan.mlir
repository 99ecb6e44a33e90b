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
// CHECK: plan.copy %[[X]] to %[[IN]]
// CHECK: %[[OUT:.+]] = plan.temp @d, 16
// CHECK: plan.launch @k(%[[IN]], %[[OUT]]) outputs 1
// CHECK: plan.wait
// CHECK: plan.copy %[[OUT]] to %[[Y]]
func.func @own_memory(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = autoglm.launch @k on @d (%x) : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @below {{[AGC-E205] tensor of type 'tensor<?xf32>' has an unknown dimension; fix it with --shape or --bind}}
func.func @unknown(%x: tensor<?xf32>) -> tensor<?xf32> {
  return %x : tensor<?xf32>
}
