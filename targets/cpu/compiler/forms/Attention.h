//===- Attention.h - softmax(Q K') V as one kernel --------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_FORMS_ATTENTION_H
#define AUTOGLM_TARGETS_CPU_COMPILER_FORMS_ATTENTION_H

#include "dialects/AutoGLM/AutoGLM.h"

#include <optional>

namespace autoglm::cpu {

/// A tensor of heads as its kernel finds it in memory.
struct HeadTensor {
  /// The buffer, before it was transposed or after.
  mlir::Value buffer;
  /// Dimension of the buffer for each of (batch, head, row, column).
  llvm::SmallVector<int64_t, 4> dims;
};

/// An attention and the transpositions around it: they only say where elements
/// lie.
struct AttentionKernel {
  mutable AttentionOp op;
  HeadTensor query, key, value, output;
  int64_t batch, heads, keyHeads, queries, keys, size, width;

  /// Whether there is a kernel for the operation alone.
  static bool takes(AttentionOp op);
  /// The only thing that a group's or kernel's block computes; nothing if it
  /// computes something else as well, or what no kernel takes.
  static std::optional<AttentionKernel> match(mlir::Block &block);
};

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_FORMS_ATTENTION_H
