//===- Placement.h - blocks of memory with lifetimes -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_MEMORY_PLACEMENT_H
#define AUTOGLM_PASSES_MEMORY_PLACEMENT_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>

namespace autoglm {

/// Bytes that are needed from one moment to another, both included.
struct MemoryBlock {
  int64_t bytes = 0;
  int64_t first = 0, last = 0;
  int64_t offset = 0; ///< set by placeBlocks
};

/// The most bytes that are alive at one time: no placement can do with less.
int64_t getMostAlive(llvm::ArrayRef<MemoryBlock> blocks);

/// Gives every block an offset such that blocks alive at the same time do not
/// overlap. Returns the bytes needed for all. Equal blocks get equal offsets.
int64_t placeBlocks(llvm::MutableArrayRef<MemoryBlock> blocks);

} // namespace autoglm

#endif // AUTOGLM_PASSES_MEMORY_PLACEMENT_H
