//===- PlaceBuffers.cpp - offsets of temporaries in the arena -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

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
    // Commands are numbered in program order: one list waits for the one before
    // it, so this is the order in which they happen.
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
      for (Operation *user : temp->getUsers()) {
        block.first = std::min(block.first, order[user]);
        block.last = std::max(block.last, order[user]);
      }
      // Nobody uses it: it needs no time, but an offset.
      block.first = std::min(block.first, block.last);
      Arena &arena = arenas[temp.getDeviceAttr()];
      arena.temps.push_back(temp);
      arena.blocks.push_back(block);
    });
    for (auto &[device, arena] : arenas)
      place(function, cast<FlatSymbolRefAttr>(device), arena);
  }

private:
  void place(func::FuncOp function, FlatSymbolRefAttr device, Arena &arena) {
    int64_t bytes = placeBlocks(arena.blocks);
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
