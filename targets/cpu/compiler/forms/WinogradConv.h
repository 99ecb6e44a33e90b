//===- WinogradConv.h - loops of a Winograd convolution -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_FORMS_WINOGRADCONV_H
#define AUTOGLM_TARGETS_CPU_COMPILER_FORMS_WINOGRADCONV_H

#include "DirectConv.h"

namespace autoglm::cpu {

/// Whether squares save more than their transformations cost: there are enough
/// of them to use the weights, which are 4 times as large, again, and they do
/// not reach far beyond the result.
bool isWinogradFaster(const ConvShape &shape);

/// The order in which transformed weights (M, C, 6, 6) are read:
/// `[M/w][6][6][C][w]`, where w is one block of channels or two.
LayoutAttr getWinogradLayout(const ConvShape &shape,
                             mlir::MLIRContext *context);

/// Writes a convolution of 3 by 3 taps with stride 1 by F(4x4, 3x3): squares of
/// 4 by 4 results from squares of 6 by 6 inputs by 36 products instead of 144.
/// `scratch` allocates a buffer of its own for the kernel.
void buildWinogradConv(
    LoopBuilder &loops, const ConvShape &shape, const MachineShape &machine,
    const ConvKernel &kernel,
    llvm::function_ref<mlir::Value(llvm::ArrayRef<int64_t> shape)> scratch);

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_FORMS_WINOGRADCONV_H
