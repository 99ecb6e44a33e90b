//===- Placement.h - blocks of memory with lifetimes -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_MEMORY_PLACEMENT_H
#define AUTOGLM_PASSES_MEMORY_PLACEMENT_H

#include "llvm/ADT/ArrayRef.h"

#include <cstdint>
#include <vector>

namespace autoglm {

/// Bytes that are needed from one moment to another, both included, if all is
/// done in one order that is possible.
struct MemoryBlock {
  int64_t bytes = 0;
  int64_t first = 0, last = 0;
  int64_t offset = 0; ///< set by placeBlocks
};

/// Of each block, those that it may not overlap; both name each other.
using Conflicts = std::vector<std::vector<uint32_t>>;

/// The blocks that are alive at the same time in that order.
Conflicts getConflicts(llvm::ArrayRef<MemoryBlock> blocks);

/// The most bytes that are alive at one time: no placement can do with less.
int64_t getMostAlive(llvm::ArrayRef<MemoryBlock> blocks);

/// Gives every block an offset such that conflicting blocks do not overlap;
/// without `conflicts`, those alive at the same time. Blocks that are alive at
/// the same time conflict. Returns the bytes needed for all. Equal blocks and
/// conflicts give equal offsets.
int64_t placeBlocks(llvm::MutableArrayRef<MemoryBlock> blocks);
int64_t placeBlocks(llvm::MutableArrayRef<MemoryBlock> blocks,
                    Conflicts conflicts);

} // namespace autoglm

#endif // AUTOGLM_PASSES_MEMORY_PLACEMENT_H
