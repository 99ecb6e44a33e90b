// Two branches without a common result before their sum. The devices are put in front
// of it.
func.func @main(%x: tensor<320x320xf32> {autoglm.name = "x"}, %z: tensor<320x320xf32> {autoglm.name = "z"})
    -> (tensor<320x320xf32> {autoglm.name = "y"}) {
  %a = autoglm.segment @cpu0 (%0 = %x : tensor<320x320xf32>) -> tensor<320x320xf32> {
    %1 = autoglm.matmul %0, %0 {autoglm.precision = "f32"} : (tensor<320x320xf32>, tensor<320x320xf32>) -> tensor<320x320xf32> loc(fused<#autoglm.node<"a1", "MatMul", "", "two-branches">>[unknown])
    %2 = autoglm.matmul %1, %0 {autoglm.precision = "f32"} : (tensor<320x320xf32>, tensor<320x320xf32>) -> tensor<320x320xf32> loc(fused<#autoglm.node<"a2", "MatMul", "", "two-branches">>[unknown])
    %3 = autoglm.matmul %2, %0 {autoglm.precision = "f32"} : (tensor<320x320xf32>, tensor<320x320xf32>) -> tensor<320x320xf32> loc(fused<#autoglm.node<"a3", "MatMul", "", "two-branches">>[unknown])
    autoglm.yield %3 : tensor<320x320xf32>
  }
  %b = autoglm.segment @cpu1 (%0 = %z : tensor<320x320xf32>) -> tensor<320x320xf32> {
    %1 = autoglm.matmul %0, %0 {autoglm.precision = "f32"} : (tensor<320x320xf32>, tensor<320x320xf32>) -> tensor<320x320xf32> loc(fused<#autoglm.node<"b1", "MatMul", "", "two-branches">>[unknown])
    %2 = autoglm.matmul %1, %0 {autoglm.precision = "f32"} : (tensor<320x320xf32>, tensor<320x320xf32>) -> tensor<320x320xf32> loc(fused<#autoglm.node<"b2", "MatMul", "", "two-branches">>[unknown])
    %3 = autoglm.matmul %2, %0 {autoglm.precision = "f32"} : (tensor<320x320xf32>, tensor<320x320xf32>) -> tensor<320x320xf32> loc(fused<#autoglm.node<"b3", "MatMul", "", "two-branches">>[unknown])
    autoglm.yield %3 : tensor<320x320xf32>
  }
  %y = autoglm.segment @cpu0 (%0 = %a : tensor<320x320xf32>, %1 = %b : tensor<320x320xf32>) -> tensor<320x320xf32> {
    %2 = autoglm.add %0, %1 {autoglm.precision = "f32"} : (tensor<320x320xf32>, tensor<320x320xf32>) -> tensor<320x320xf32> loc(fused<#autoglm.node<"join", "Add", "", "two-branches">>[unknown])
    autoglm.yield %2 : tensor<320x320xf32>
  }
  return %y : tensor<320x320xf32>
}
