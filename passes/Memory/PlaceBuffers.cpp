//===- PlaceBuffers.cpp - offsets of temporaries in the arena -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Memory/Passes.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

#include <map>

using namespace mlir;
using namespace autoglm;
using namespace autoglm::plan;

namespace autoglm {
#define GEN_PASS_DEF_PLACEBUFFERS
#include "passes/Memory/Passes.h.inc"
} // namespace autoglm

namespace {
/// A temporary between the first and the last command that names it.
struct Lifetime {
  TempOp temp;
  int64_t bytes = 0;
  int64_t first = 0, last = 0;
  int64_t offset = 0;
};

struct PlaceBuffers : public autoglm::impl::PlaceBuffersBase<PlaceBuffers> {
  using PlaceBuffersBase::PlaceBuffersBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    // Commands are numbered in program order: one list waits for the one before
    // it, so this is the order in which they happen.
    llvm::DenseMap<Operation *, int64_t> order;
    int64_t count = 0;
    function.walk<WalkOrder::PreOrder>(
        [&](Operation *op) { order[op] = count++; });

    llvm::MapVector<Attribute, std::vector<Lifetime>> byDevice;
    function.walk([&](TempOp temp) {
      Lifetime life{temp};
      life.bytes = llvm::alignTo(std::max<int64_t>(temp.getBytes(), 1),
                                 kBufferAlignment);
      life.first = std::numeric_limits<int64_t>::max();
      for (Operation *user : temp->getUsers()) {
        life.first = std::min(life.first, order[user]);
        life.last = std::max(life.last, order[user]);
      }
      byDevice[temp.getDeviceAttr()].push_back(life);
    });
    for (auto &[device, lives] : byDevice)
      place(function, cast<FlatSymbolRefAttr>(device), lives);
  }

private:
  void place(func::FuncOp function, FlatSymbolRefAttr device,
             std::vector<Lifetime> &lives) {
    std::vector<Lifetime *> bySize;
    for (Lifetime &life : lives)
      bySize.push_back(&life);
    // Stable: equal sizes keep program order, so the result is the same always.
    llvm::stable_sort(bySize, [](const Lifetime *a, const Lifetime *b) {
      return a->bytes > b->bytes;
    });
    int64_t arena = 0;
    std::vector<Lifetime *> done;
    for (Lifetime *life : bySize) {
      life->offset = findOffset(*life, done);
      arena = std::max(arena, life->offset + life->bytes);
      done.push_back(life);
    }
    int64_t alive = getPeak(lives);
    arenaBytes += arena;
    lowerBound += alive;

    OpBuilder builder(&function.getBody().front().front());
    auto type = BufferType::get(&getContext());
    Value base = builder.create<ArenaOp>(function.getLoc(), type, device,
                                         builder.getI64IntegerAttr(arena),
                                         builder.getI64IntegerAttr(alive));
    for (Lifetime &life : lives) {
      builder.setInsertionPoint(life.temp);
      Value view = builder.create<ViewOp>(
          life.temp.getLoc(), type, base,
          builder.getI64IntegerAttr(life.offset), life.temp.getBytesAttr());
      life.temp.replaceAllUsesWith(view);
      life.temp.erase();
    }
  }

  /// The lowest offset at which a buffer overlaps no other that is alive at the
  /// same time.
  static int64_t findOffset(const Lifetime &life, ArrayRef<Lifetime *> others) {
    SmallVector<const Lifetime *> alive;
    for (const Lifetime *other : others)
      if (other->first <= life.last && life.first <= other->last)
        alive.push_back(other);
    llvm::sort(alive, [](const Lifetime *a, const Lifetime *b) {
      return a->offset < b->offset;
    });
    int64_t offset = 0;
    for (const Lifetime *other : alive) {
      if (other->offset >= offset + life.bytes)
        break;
      offset = std::max(offset, other->offset + other->bytes);
    }
    return offset;
  }

  /// The most bytes that are alive at one time: no plan can do with less.
  static int64_t getPeak(ArrayRef<Lifetime> lives) {
    std::map<int64_t, int64_t> changes;
    for (const Lifetime &life : lives) {
      changes[life.first] += life.bytes;
      changes[life.last + 1] -= life.bytes;
    }
    int64_t alive = 0, peak = 0;
    for (auto [when, change] : changes)
      peak = std::max(peak, alive += change);
    return peak;
  }
};
} // namespace
