//===- Placement.cpp - blocks of memory with lifetimes -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Each block in turn goes to the lowest offset that no conflicting one has; the
// order decides how much is wasted. Some orders are tried, and each is
// improved: the block that ends highest goes before blocks that were in its
// way. That is repeated until nothing is wasted or a fixed amount of work is
// done.

#include "passes/Memory/Placement.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

using namespace autoglm;
using llvm::ArrayRef;
using llvm::MutableArrayRef;

int64_t autoglm::getMostAlive(ArrayRef<MemoryBlock> blocks) {
  std::map<int64_t, int64_t> changes;
  for (const MemoryBlock &block : blocks) {
    changes[block.first] += block.bytes;
    changes[block.last + 1] -= block.bytes;
  }
  int64_t alive = 0, most = 0;
  for (auto [when, change] : changes)
    most = std::max(most, alive += change);
  return most;
}

namespace {
class Placer {
public:
  Placer(MutableArrayRef<MemoryBlock> blocks, Conflicts conflicts)
      : blocks(blocks), neighbours(std::move(conflicts)),
        offsets(blocks.size()), position(blocks.size()) {}

  int64_t run();

private:
  using Order = std::vector<uint32_t>;

  int64_t place(const Order &order);
  int64_t getEnd(uint32_t i) const { return offsets[i] + blocks[i].bytes; }
  bool improve(Order &order, bool far);
  void keepBest(int64_t total);

  MutableArrayRef<MemoryBlock> blocks;
  Conflicts neighbours;
  std::vector<int64_t> offsets;
  std::vector<uint32_t> position; ///< in the order that was placed last
  int64_t bestTotal = std::numeric_limits<int64_t>::max();
  int64_t work = 0; ///< neighbours looked at
};
} // namespace

Conflicts autoglm::getConflicts(ArrayRef<MemoryBlock> blocks) {
  Conflicts conflicts(blocks.size());
  std::vector<uint32_t> byStart(blocks.size());
  std::iota(byStart.begin(), byStart.end(), 0);
  llvm::stable_sort(byStart, [&](uint32_t a, uint32_t b) {
    return blocks[a].first < blocks[b].first;
  });
  std::vector<uint32_t> alive;
  for (uint32_t i : byStart) {
    llvm::erase_if(alive, [&](uint32_t other) {
      return blocks[other].last < blocks[i].first;
    });
    for (uint32_t other : alive) {
      conflicts[i].push_back(other);
      conflicts[other].push_back(i);
    }
    alive.push_back(i);
  }
  return conflicts;
}

int64_t Placer::place(const Order &order) {
  for (auto [at, i] : llvm::enumerate(order))
    position[i] = at;
  int64_t total = 0;
  std::vector<std::pair<int64_t, int64_t>> taken;
  for (auto [at, i] : llvm::enumerate(order)) {
    taken.clear();
    for (uint32_t other : neighbours[i])
      if (position[other] < at)
        taken.emplace_back(offsets[other], getEnd(other));
    work += neighbours[i].size() + 1;
    llvm::sort(taken);
    int64_t offset = 0;
    for (auto [begin, end] : taken) {
      if (begin >= offset + blocks[i].bytes)
        break;
      offset = std::max(offset, end);
    }
    offsets[i] = offset;
    total = std::max(total, getEnd(i));
  }
  return total;
}

/// Moves the block that ends highest before its first neighbour, or half way.
bool Placer::improve(Order &order, bool far) {
  uint32_t highest = 0;
  for (uint32_t i = 1; i < blocks.size(); ++i)
    if (getEnd(i) > getEnd(highest))
      highest = i;
  uint32_t from = position[highest], to = from;
  for (uint32_t other : neighbours[highest])
    to = std::min(to, position[other]);
  if (to == from)
    return false;
  if (!far)
    to = (from + to) / 2;
  std::rotate(order.begin() + to, order.begin() + from,
              order.begin() + from + 1);
  return true;
}

void Placer::keepBest(int64_t total) {
  if (total >= bestTotal)
    return;
  bestTotal = total;
  for (auto [block, offset] : llvm::zip_equal(blocks, offsets))
    block.offset = offset;
}

int64_t Placer::run() {
  if (blocks.empty())
    return 0;
  const int64_t least = getMostAlive(blocks);
  // Ties keep program order, so the result is the same always.
  auto length = [](const MemoryBlock &block) {
    return block.last - block.first;
  };
  const std::function<bool(const MemoryBlock &, const MemoryBlock &)> orders[] =
      {
          [](const MemoryBlock &a, const MemoryBlock &b) {
            return a.bytes > b.bytes;
          },
          [](const MemoryBlock &a, const MemoryBlock &b) {
            return a.first < b.first;
          },
          [&](const MemoryBlock &a, const MemoryBlock &b) {
            return length(a) > length(b);
          },
          [](const MemoryBlock &a, const MemoryBlock &b) {
            return a.last > b.last;
          },
      };
  constexpr int attempts = 100;
  constexpr int64_t mostWork = 5'000'000; // of each order
  for (const auto &before : orders) {
    Order order(blocks.size());
    std::iota(order.begin(), order.end(), 0);
    llvm::stable_sort(order, [&](uint32_t a, uint32_t b) {
      return before(blocks[a], blocks[b]);
    });
    work = 0;
    for (int attempt = 0; attempt < attempts && work < mostWork; ++attempt) {
      keepBest(place(order));
      if (bestTotal == least)
        return least;
      if (!improve(order, /*far=*/attempt % 2 != 0))
        break;
    }
  }
  return bestTotal;
}

int64_t autoglm::placeBlocks(MutableArrayRef<MemoryBlock> blocks) {
  return placeBlocks(blocks, getConflicts(blocks));
}

int64_t autoglm::placeBlocks(MutableArrayRef<MemoryBlock> blocks,
                             Conflicts conflicts) {
  return Placer(blocks, std::move(conflicts)).run();
}
