// RUN: autoglm-opt %s --pass-pipeline='builtin.module(func.func(cpu-bound-buffers))' | FileCheck %s
// RUN: not autoglm-opt %s --pass-pipeline='builtin.module(func.func(cpu-bound-buffers{max-bytes=100}))' 2>&1 | FileCheck %s --check-prefix=ERROR

// A buffer that varies with the tile gets the most it can take.
// CHECK-LABEL: @tile
// CHECK: %[[A:.*]] = memref.alloca() {{.*}} : memref<8x16xf32>
// CHECK: scf.forall
// CHECK: memref.subview %[[A]][0, 0] [%{{.*}}, 16] [1, 1]
// CHECK-NOT: memref.alloc(
// ERROR: the kernel needs more than 100 bytes of its own memory
func.func @tile(%y: memref<20x16xf32>) {
  scf.forall (%i) = (0) to (20) step (8) {
    %n = affine.min affine_map<(d) -> (20 - d, 8)>(%i)
    %b = memref.alloc(%n) : memref<?x16xf32>
    %zero = arith.constant 0.0 : f32
    linalg.fill ins(%zero : f32) outs(%b : memref<?x16xf32>)
  }
  return
}
