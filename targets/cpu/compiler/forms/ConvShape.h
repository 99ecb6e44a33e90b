//===- ConvShape.h - sizes and tiles of a blocked convolution -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_FORMS_CONVSHAPE_H
#define AUTOGLM_TARGETS_CPU_COMPILER_FORMS_CONVSHAPE_H

#include "../Pipeline.h"
#include "Window.h"

#include "dialects/AutoGLM/AutoGLM.h"

namespace autoglm::cpu {

/// A convolution over one or two dimensions whose result lies in blocks of
/// `lanes` channels.
struct ConvShape {
  int64_t batch, inputs, outputs, groups;
  int64_t lanes;
  /// Channels that lie together in the input: `lanes`, or 1 if row major.
  int64_t inputLanes;
  Window rows, columns;
  /// Input and result have two spatial dimensions.
  bool hasRows;

  int64_t inputsPerGroup() const { return inputs / groups; }
  int64_t outputBlocks() const { return llvm::divideCeil(outputs, lanes); }
  int64_t inputBlocks() const { return llvm::divideCeil(inputs, inputLanes); }
  /// Groups have as many results as inputs and lie inside of a block: depthwise
  /// convolutions and narrow groups.
  bool isInner() const {
    return groups > 1 && inputs == outputs && inputsPerGroup() < lanes &&
           lanes % inputsPerGroup() == 0;
  }

  /// What the types of an operation say; nothing if they are not such.
  static std::optional<ConvShape> of(ConvOp op);
  static std::optional<ConvShape> of(WinogradConvOp op);
};

/// Channels in one loop body of a tile: LLVM loads the weights of all of them
/// first.
int64_t unrollFor(int64_t pixels, int64_t blocks, const ConvShape &shape,
                  const MachineShape &machine);

/// How the loops of a direct convolution are cut and ordered.
struct ConvPlan {
  /// Accumulators of a tile: pixels of a row times blocks of channels.
  int64_t pixels, blocks;
  /// Input channels in one loop body.
  int64_t unroll;
  /// Pixels of a part of the work: a row, or some tiles of one.
  int64_t partPixels;
  /// Rows outside, channel blocks inside, so that the input is read once;
  /// otherwise the weights are.
  bool areRowsOutside;
  /// Ask for the next block of weights while this one is used.
  bool doesPrefetch;

  static ConvPlan of(const ConvShape &shape, const MachineShape &machine);
};

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_FORMS_CONVSHAPE_H
