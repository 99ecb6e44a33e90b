//===- Layouts.h - layouts that this target's kernels take -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_LAYOUTS_H
#define AUTOGLM_TARGETS_CPU_COMPILER_LAYOUTS_H

#include "autoglm/Device/DeviceModel.h"
#include "dialects/AutoGLM/Layout.h"

namespace autoglm::cpu {

/// Row major with `block` elements of one dimension innermost: NCHW16c has
/// dimension 1 in blocks of 16.
LayoutAttr getBlockedLayout(mlir::MLIRContext *context, int64_t rank,
                            int64_t dim, int64_t block);

/// The blocked dimension of such a layout and its block; nothing for others.
struct Blocking {
  int64_t dim, block;
};
std::optional<Blocking> getBlocking(LayoutAttr layout);

/// Whether a kernel takes an operation's operands and results in these layouts,
/// operands first; null is row major.
bool takesLayouts(mlir::Operation *op, llvm::ArrayRef<LayoutAttr> layouts);
/// The same, in the layouts they have.
bool takesLayouts(mlir::Operation *op);

/// What the target offers for an operation, row major included, with costs that
/// are comparable among each other.
llvm::SmallVector<LayoutChoice> getLayoutChoices(mlir::Operation *op,
                                                 DeviceAttr device);

/// Seconds of a relayout, in the same scale.
double getRelayoutSeconds(mlir::RankedTensorType from,
                          mlir::RankedTensorType to, DeviceAttr device);

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_LAYOUTS_H
