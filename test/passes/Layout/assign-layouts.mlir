// RUN: sample-opt %s --assign-layouts --derive-weights -split-input-file | FileCheck %s

// The blocked layout flows through the segment; it is left where the segment
// ends, and a weight arrives in it.
autoglm.device @s = #autoglm.device<"toy", family = "sample", digest = "0", {main_memory = "m", memory = {m = {bandwidth = 1.0e9}}}>
autoglm.weight @w {source = #autoglm.file<"m.onnx", 0, 1024, "00">} : tensor<1x16x4x4xf32>
// CHECK: autoglm.weight @[[DERIVED:derived[_0-9]*]] {{.*}}tensor<1x16x4x4xf32, #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16]>> {
// CHECK:   autoglm.relayout
// CHECK-LABEL: func.func @blocked
// CHECK: autoglm.load_weight @[[DERIVED]]
// CHECK: autoglm.segment @s
// CHECK: %[[IN:.+]] = autoglm.relayout %{{.+}} to tensor<1x16x4x4xf32, #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16]>>
// CHECK: autoglm.add %[[IN]], {{.*}} -> tensor<1x16x4x4xf32, #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16]>>
// CHECK-NEXT: autoglm.add
// CHECK-NEXT: %[[SUM:.+]] = autoglm.add {{.*}} -> tensor<1x16x4x4xf32, #autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16]>>
// CHECK-NEXT: %[[OUT:.+]] = autoglm.relayout %[[SUM]] {{.*}} to tensor<1x16x4x4xf32>
// CHECK-NEXT: autoglm.yield %[[OUT]]
func.func @blocked(%x: tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32> {
  %w = autoglm.load_weight @w : tensor<1x16x4x4xf32>
  %y = autoglm.segment @s (%a = %x : tensor<1x16x4x4xf32>, %b = %w : tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32> {
    %0 = autoglm.add %a, %b : (tensor<1x16x4x4xf32>, tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32>
    %1 = autoglm.add %b, %b : (tensor<1x16x4x4xf32>, tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32>
    %2 = autoglm.add %0, %1 : (tensor<1x16x4x4xf32>, tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32>
    autoglm.yield %2 : tensor<1x16x4x4xf32>
  }
  return %y : tensor<1x16x4x4xf32>
}

// -----

// No layout is offered for what does not divide into blocks.
autoglm.device @s = #autoglm.device<"toy", family = "sample", digest = "0", {main_memory = "m", memory = {m = {bandwidth = 1.0e9}}}>
// CHECK-LABEL: func.func @plain
// CHECK-NOT: autoglm.relayout
func.func @plain(%x: tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32> {
  %y = autoglm.segment @s (%a = %x : tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32> {
    %0 = autoglm.add %a, %a : (tensor<1x3x4x4xf32>, tensor<1x3x4x4xf32>) -> tensor<1x3x4x4xf32>
    autoglm.yield %0 : tensor<1x3x4x4xf32>
  }
  return %y : tensor<1x3x4x4xf32>
}


// -----

// An addition behind another is a part of its kernel, so blocks gain less than
// the relayouts around them cost.
autoglm.device @s = #autoglm.device<"toy", family = "sample", digest = "0", {main_memory = "m", memory = {m = {bandwidth = 1.0e9}}}>
// CHECK-LABEL: func.func @follower
// CHECK-NOT: autoglm.relayout
func.func @follower(%x: tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32> {
  %y = autoglm.segment @s (%a = %x : tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32> {
    %0 = autoglm.add %a, %a : (tensor<1x16x4x4xf32>, tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32>
    %1 = autoglm.add %0, %0 : (tensor<1x16x4x4xf32>, tensor<1x16x4x4xf32>) -> tensor<1x16x4x4xf32>
    autoglm.yield %1 : tensor<1x16x4x4xf32>
  }
  return %y : tensor<1x16x4x4xf32>
}
