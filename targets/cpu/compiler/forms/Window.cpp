//===- Window.cpp - taps of a window along one dimension -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Window.h"

using namespace mlir;

namespace autoglm::cpu {

SmallVector<TapRun> Window::tapRuns(int64_t start, int64_t pixels) const {
  SmallVector<TapRun> runs;
  for (int64_t tap = 0; tap < taps; ++tap) {
    auto isInside = [&](int64_t pixel) {
      int64_t at = (start + pixel) * stride + tap * dilation - pad;
      return at >= 0 && at < input;
    };
    int64_t first = 0, last = pixels;
    while (first < last && !isInside(first))
      ++first;
    while (first < last && !isInside(last - 1))
      --last;
    if (first == last)
      continue;
    if (!runs.empty() && runs.back().end == tap &&
        runs.back().firstPixel == first && runs.back().lastPixel == last)
      ++runs.back().end;
    else
      runs.push_back({tap, tap + 1, first, last});
  }
  return runs;
}

SmallVector<TileRun> Window::tileRuns(int64_t pixels) const {
  return tileRuns(0, output, pixels);
}

SmallVector<TileRun> Window::tileRuns(int64_t begin, int64_t end,
                                      int64_t pixels) const {
  SmallVector<TileRun> runs;
  for (int64_t start = begin; start < end; start += pixels) {
    int64_t width = std::min(pixels, end - start);
    SmallVector<TapRun> taps = tapRuns(start, width);
    if (!runs.empty() && runs.back().pixels == width &&
        runs.back().taps == taps)
      ++runs.back().count;
    else
      runs.push_back({start, 1, width, taps});
  }
  return runs;
}

std::pair<Value, Value> Window::bounds(LoopBuilder &loops, Value at) const {
  if (isInside())
    return {loops.constant(0), loops.constant(taps)};
  // Tap t reads at * stride + t * dilation - pad.
  Value origin = loops.multiply(at, -stride);
  auto firstAtLeast = [&](int64_t position) {
    Value distance = loops.maximum(loops.add(origin, position + pad), 0);
    return loops.minimum(
        loops.divide(loops.add(distance, dilation - 1), dilation), taps);
  };
  return {firstAtLeast(0), firstAtLeast(input)};
}

LoopBuilder::Values
loopOverTaps(LoopBuilder &loops, ArrayRef<TapRun> runs, Value row,
             LoopBuilder::Values sums,
             llvm::function_ref<LoopBuilder::Values(const TapRun &, Value,
                                                    LoopBuilder::Values)>
                 body) {
  for (const TapRun &run : runs) {
    Value begin = loops.constant(run.begin), end = loops.constant(run.end);
    if (runs.size() > 1 && run.end == run.begin + 1)
      end = loops.add(loops.minimum(loops.add(row, 1), 1), run.begin);
    sums = loops.loop(begin, end, 1, std::move(sums),
                      [&](Value tap, LoopBuilder::Values sums) {
                        return body(run, tap, std::move(sums));
                      });
  }
  return sums;
}

} // namespace autoglm::cpu
