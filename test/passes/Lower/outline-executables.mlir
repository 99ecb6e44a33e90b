// RUN: sample-opt %s --outline-executables | FileCheck %s

// Equal groups are one executable, whatever their weights; segments dissolve.
autoglm.device @s = #autoglm.device<"toy", family = "sample", digest = "0", {}>
// CHECK-LABEL: func.func @main
// CHECK-NOT: autoglm.segment
// CHECK: %[[A:.+]] = autoglm.launch @[[K:add_[0-9a-f]+]] on @s(%arg0, %arg1) {autoglm.bytes = 48 : i64, autoglm.flops = 4 : i64, autoglm.fused_ops = 1 : i64, autoglm.unfused_bytes = 48 : i64}
// CHECK: %[[B:.+]] = autoglm.launch @[[K]] on @s(%[[A]], %arg0)
// CHECK: return %[[B]]
// CHECK: plan.executable @[[K]] on @s
// CHECK: func.func @kernel(%{{.+}}: tensor<4xf32>, %{{.+}}: tensor<4xf32>) -> tensor<4xf32>
// CHECK-NOT: plan.executable
func.func @main(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %z = autoglm.segment @s (%a = %x : tensor<4xf32>, %b = %y : tensor<4xf32>) -> tensor<4xf32> {
    %0 = autoglm.group (%c = %a : tensor<4xf32>, %d = %b : tensor<4xf32>) -> tensor<4xf32> {
      %2 = autoglm.add %c, %d : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
      autoglm.yield %2 : tensor<4xf32>
    }
    %1 = autoglm.group (%c = %0 : tensor<4xf32>, %d = %a : tensor<4xf32>) -> tensor<4xf32> {
      %2 = autoglm.add %c, %d : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
      autoglm.yield %2 : tensor<4xf32>
    }
    autoglm.yield %1 : tensor<4xf32>
  }
  return %z : tensor<4xf32>
}
