// RUN: autoglm-opt %s --cpu-finish-kernel | FileCheck %s

// CHECK: llvm.func internal @kernel_body(%{{.*}}: !llvm.ptr {llvm.noalias, llvm.nonnull}, %{{.*}}: !llvm.ptr {llvm.noalias, llvm.nonnull}, %{{.*}}: i64, %{{.*}}: i64)
// CHECK: llvm.func @kernel(%[[BUFFERS:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr, %[[BEGIN:.*]]: i64, %[[END:.*]]: i64)
// CHECK: %[[A:.*]] = llvm.load
// CHECK: %[[SLOT:.*]] = llvm.getelementptr %[[BUFFERS]][1]
// CHECK: %[[B:.*]] = llvm.load %[[SLOT]]
// CHECK: llvm.call @kernel_body(%[[A]], %[[B]], %[[BEGIN]], %[[END]])
llvm.func @kernel(%x: !llvm.ptr, %y: !llvm.ptr, %begin: i64, %end: i64) {
  llvm.return
}
