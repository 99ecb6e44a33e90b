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

  using Point = HappensBefore::Point;

  /// Those of the uses after (or before) which no other one is known to come.
  static SmallVector<Point>
  getExtremes(ArrayRef<Point> uses, const HappensBefore &happens, bool last) {
    SmallVector<Point> extremes;
    for (Point use : uses)
      if (llvm::none_of(uses, [&](Point other) {
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
    struct Lifetime {
      SmallVector<Point> firsts, lasts;
      bool isKnown = true;
    };
    std::vector<Lifetime> lives;
    for (TempOp temp : arena.temps) {
      Lifetime &life = lives.emplace_back();
      SmallVector<Point> uses;
      for (Operation *use : getUses(temp)) {
        std::optional<Point> point = happens.locate(use);
        life.isKnown &= point.has_value();
        uses.push_back(point.value_or(Point()));
      }
      life.firsts = getExtremes(uses, happens, /*last=*/false);
      life.lasts = getExtremes(uses, happens, /*last=*/true);
    }
    auto precedes = [&](const Lifetime &a, const Lifetime &b) {
      return a.isKnown && b.isKnown && llvm::all_of(a.lasts, [&](Point last) {
               return llvm::all_of(b.firsts, [&](Point first) {
                 return happens.precedes(last, first);
               });
             });
    };
    Conflicts conflicts(lives.size());
    for (uint32_t i = 0; i < lives.size(); ++i)
      for (uint32_t j = 0; j < i; ++j)
        if (!precedes(lives[i], lives[j]) && !precedes(lives[j], lives[i])) {
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
