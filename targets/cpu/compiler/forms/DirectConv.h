//===- DirectConv.h - loops of a direct convolution -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_FORMS_DIRECTCONV_H
#define AUTOGLM_TARGETS_CPU_COMPILER_FORMS_DIRECTCONV_H

#include "ConvShape.h"

namespace autoglm::cpu {

/// A tile of results: some blocks of channels of some pixels of a row.
struct ConvTile {
  /// Of the first pixel of the first block.
  mlir::Value image, block, row, column;
  int64_t blocks, pixels;
  /// The pixels of a block are neighbours.
  llvm::ArrayRef<mlir::Value> sums;
};

/// What a convolution reads, in buffers of one dimension, and what it does
/// before and after the multiply-adds of a tile.
struct ConvKernel {
  mlir::Value input, weight;
  /// What the sums of a block of channels start from.
  llvm::function_ref<mlir::Value(mlir::Value block)> start;
  llvm::function_ref<void(const ConvTile &tile)> finish;
};

/// Writes the tiles of a direct convolution as one `scf.forall`. The whole
/// reduction of a tile stays in registers: input blocks, taps of a column, taps
/// of a row, channels of a block, and inside them one multiply-add for each
/// pixel and block of the tile.
void buildDirectConv(LoopBuilder &loops, const ConvShape &shape,
                     const ConvPlan &plan, const ConvKernel &kernel);

/// The same for groups that lie inside one block of channels, of one channel
/// each or of more.
void buildInnerConv(LoopBuilder &loops, const ConvShape &shape,
                    const MachineShape &machine, const ConvKernel &kernel);

/// An element or a vector of elements in single precision.
mlir::Value loadFloat(LoopBuilder &loops, mlir::Value buffer, mlir::Value at);
mlir::Value loadFloats(LoopBuilder &loops, mlir::Value buffer, mlir::Value at,
                       int64_t lanes);

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_FORMS_DIRECTCONV_H
