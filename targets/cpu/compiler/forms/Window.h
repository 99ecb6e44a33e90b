//===- Window.h - taps of a window along one dimension -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_FORMS_WINDOW_H
#define AUTOGLM_TARGETS_CPU_COMPILER_FORMS_WINDOW_H

#include "LoopBuilder.h"

namespace autoglm::cpu {

/// Neighbouring taps that are inside the input for the same pixels of a tile.
struct TapRun {
  int64_t begin, end;
  int64_t firstPixel, lastPixel;

  bool operator==(const TapRun &other) const = default;
};

/// Neighbouring tiles of equal width that miss the same taps.
struct TileRun {
  int64_t start;
  int64_t count;
  int64_t pixels;
  llvm::SmallVector<TapRun> taps;
};

/// A window along one dimension.
struct Window {
  int64_t taps, stride, dilation, pad;
  int64_t input, output;

  bool isTrivial() const { return taps == 1 && stride == 1 && pad == 0; }
  /// Whether every tap of every window is inside the input.
  bool isInside() const {
    return pad == 0 && (output - 1) * stride + (taps - 1) * dilation < input;
  }

  /// The taps that some of the pixels from `start` on have inside the input.
  llvm::SmallVector<TapRun> tapRuns(int64_t start, int64_t pixels) const;
  /// Cuts the output into tiles of at most `pixels`.
  llvm::SmallVector<TileRun> tileRuns(int64_t pixels) const;
  /// Cuts a part of the output.
  llvm::SmallVector<TileRun> tileRuns(int64_t begin, int64_t end,
                                      int64_t pixels) const;
  /// First and last (exclusive) tap that position `at` has inside the input.
  std::pair<mlir::Value, mlir::Value> bounds(LoopBuilder &loops,
                                             mlir::Value at) const;
};

/// A loop over the taps of each run of a tile. One tap stays a loop, too, whose
/// end LLVM does not know: it would keep in registers, and spill, what
/// neighbouring taps share. `row` is the tap of the column.
LoopBuilder::Values loopOverTaps(
    LoopBuilder &loops, llvm::ArrayRef<TapRun> runs, mlir::Value row,
    LoopBuilder::Values sums,
    llvm::function_ref<LoopBuilder::Values(const TapRun &run, mlir::Value tap,
                                           LoopBuilder::Values sums)>
        body);

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_FORMS_WINDOW_H
