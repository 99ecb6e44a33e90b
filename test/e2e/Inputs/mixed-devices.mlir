// Values cross to a device with memory of its own and back, and one output is made
// there. The devices are put in front of it.
func.func @main(%x: tensor<4x16xf32> {autoglm.name = "x"})
    -> (tensor<4x16xf32> {autoglm.name = "y"}, tensor<4x16xf32> {autoglm.name = "w"}) {
  %a = autoglm.segment @cpu0 (%0 = %x : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %1 = autoglm.mul %0, %0 {autoglm.precision = "f32"} : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32> loc(fused<#autoglm.node<"square", "Mul", "", "mixed">>[unknown])
    autoglm.yield %1 : tensor<4x16xf32>
  }
  %b, %w = autoglm.segment @sample0 (%0 = %a : tensor<4x16xf32>, %1 = %x : tensor<4x16xf32>) -> (tensor<4x16xf32>, tensor<4x16xf32>) {
    %2 = autoglm.add %0, %1 {autoglm.precision = "f32"} : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32> loc(fused<#autoglm.node<"sum", "Add", "", "mixed">>[unknown])
    %3 = autoglm.add %2, %1 {autoglm.precision = "f32"} : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32> loc(fused<#autoglm.node<"more", "Add", "", "mixed">>[unknown])
    %4 = autoglm.add %2, %0 {autoglm.precision = "f32"} : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32> loc(fused<#autoglm.node<"apart", "Add", "", "mixed">>[unknown])
    autoglm.yield %3, %4 : tensor<4x16xf32>, tensor<4x16xf32>
  }
  %y = autoglm.segment @cpu0 (%0 = %a : tensor<4x16xf32>, %1 = %b : tensor<4x16xf32>) -> tensor<4x16xf32> {
    %2 = autoglm.mul %0, %1 {autoglm.precision = "f32"} : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32> loc(fused<#autoglm.node<"product", "Mul", "", "mixed">>[unknown])
    autoglm.yield %2 : tensor<4x16xf32>
  }
  return %y, %w : tensor<4x16xf32>, tensor<4x16xf32>
}
