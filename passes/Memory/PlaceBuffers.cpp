//===- PlaceBuffers.cpp - offsets of temporaries in the arena -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Memory/HappensBefore.h"
#include "passes/Memory/Passes.h"
#include "passes/Memory/Placement.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace autoglm;
using namespace autoglm::plan;

namespace autoglm {
#define GEN_PASS_DEF_PLACEBUFFERS
#include "passes/Memory/Passes.h.inc"
} // namespace autoglm

namespace {
struct PlaceBuffers : public autoglm::impl::PlaceBuffersBase<PlaceBuffers> {
  using PlaceBuffersBase::PlaceBuffersBase;

  /// Temporaries of one device, and their blocks.
  struct Arena {
    SmallVector<TempOp> temps;
    std::vector<MemoryBlock> blocks;
  };

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    // Program order is one order that is possible.
    llvm::DenseMap<Operation *, int64_t> order;
    int64_t count = 0;
    function.walk<WalkOrder::PreOrder>(
        [&](Operation *op) { order[op] = count++; });

    llvm::MapVector<Attribute, Arena> arenas;
    function.walk([&](TempOp temp) {
      MemoryBlock block;
      block.bytes = llvm::alignTo(std::max<int64_t>(temp.getBytes(), 1),
                                  kBufferAlignment);
      block.first = std::numeric_limits<int64_t>::max();
      for (Operation *user : getUses(temp)) {
        block.first = std::min(block.first, order[user]);
        block.last = std::max(block.last, order[user]);
      }
      // Nobody uses it: it needs no time, but an offset.
      block.first = std::min(block.first, block.last);
      Arena &arena = arenas[temp.getDeviceAttr()];
      arena.temps.push_back(temp);
      arena.blocks.push_back(block);
    });
    HappensBefore happens(function);
    for (auto &[device, arena] : arenas)
      place(function, cast<FlatSymbolRefAttr>(device), arena, happens);
  }

private:
  /// Whoever names a buffer, or a view of it.
  static SmallVector<Operation *> getUses(Value buffer) {
    SmallVector<Operation *> uses;
    for (Operation *user : buffer.getUsers()) {
      if (auto view = dyn_cast<ViewOp>(user))
        llvm::append_range(uses, getUses(view));
      else
        uses.push_back(user);
    }
    return uses;
  }

  /// Those of the uses after (or before) which no other one is known to come.
  static SmallVector<Operation *> getExtremes(ArrayRef<Operation *> uses,
                                              const HappensBefore &happens,
                                              bool last) {
    SmallVector<Operation *> extremes;
    for (Operation *use : uses)
      if (llvm::none_of(uses, [&](Operation *other) {
            return last ? happens.precedes(use, other)
                        : happens.precedes(other, use);
          }))
        extremes.push_back(use);
    return extremes;
  }

  /// Blocks conflict unless all uses of one come before all of the other.
  static Conflicts findConflicts(const Arena &arena,
                                 const HappensBefore &happens) {
    if (happens.isTotal())
      return getConflicts(arena.blocks);
    std::vector<SmallVector<Operation *>> firsts, lasts;
    for (TempOp temp : arena.temps) {
      SmallVector<Operation *> uses = getUses(temp);
      firsts.push_back(getExtremes(uses, happens, /*last=*/false));
      lasts.push_back(getExtremes(uses, happens, /*last=*/true));
    }
    auto precedes = [&](uint32_t a, uint32_t b) {
      return llvm::all_of(lasts[a], [&](Operation *last) {
        return llvm::all_of(firsts[b], [&](Operation *first) {
          return happens.precedes(last, first);
        });
      });
    };
    Conflicts conflicts(arena.blocks.size());
    for (uint32_t i = 0; i < conflicts.size(); ++i)
      for (uint32_t j = 0; j < i; ++j)
        if (!precedes(i, j) && !precedes(j, i)) {
          conflicts[i].push_back(j);
          conflicts[j].push_back(i);
        }
    return conflicts;
  }

  void place(func::FuncOp function, FlatSymbolRefAttr device, Arena &arena,
             const HappensBefore &happens) {
    int64_t bytes = placeBlocks(arena.blocks, findConflicts(arena, happens));
    int64_t alive = getMostAlive(arena.blocks);
    arenaBytes += bytes;
    lowerBound += alive;

    OpBuilder builder(&function.getBody().front().front());
    auto type = BufferType::get(&getContext());
    Value base = builder.create<ArenaOp>(function.getLoc(), type, device,
                                         builder.getI64IntegerAttr(bytes),
                                         builder.getI64IntegerAttr(alive));
    for (auto [temp, block] : llvm::zip_equal(arena.temps, arena.blocks)) {
      builder.setInsertionPoint(temp);
      Value view = builder.create<ViewOp>(
          temp.getLoc(), type, base, builder.getI64IntegerAttr(block.offset),
          temp.getBytesAttr());
      temp.replaceAllUsesWith(view);
      temp.erase();
    }
  }
};
} // namespace
