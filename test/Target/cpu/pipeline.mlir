// RUN: autoglm-opt %s --lower-executables 2>&1 | FileCheck %s

autoglm.device @d = #autoglm.device<"d", family = "cpu", digest = "0", {compute = {vector_bits = 256 : i64}}>

// A kernel ends in the LLVM dialect, with its interface and its extent.
// CHECK: plan.executable @relu on @d attributes {extent = {{[1-9][0-9]*}} : i64}
// CHECK-NOT: func.func
// CHECK-NOT: unrealized_conversion_cast
// CHECK: llvm.func @kernel(%{{.*}}: !llvm.ptr, %{{.*}}: !llvm.ptr, %{{.*}}: i64, %{{.*}}: i64)
plan.executable @relu on @d {
  builtin.module {
    func.func @kernel(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
      %0 = autoglm.relu %x : (tensor<64x64xf32>) -> tensor<64x64xf32>
      return %0 : tensor<64x64xf32>
    }
  }
}
