//===- PlacementTest.cpp - tests of blocks with lifetimes -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Memory/Placement.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

using namespace autoglm;

static std::vector<MemoryBlock> make(unsigned count, unsigned seed,
                                     int64_t moments, int64_t longest) {
  std::mt19937 random(seed);
  std::vector<MemoryBlock> blocks(count);
  for (MemoryBlock &block : blocks) {
    block.bytes = 64 * (1 + random() % 100);
    block.first = static_cast<int64_t>(random() % moments);
    block.last = block.first + static_cast<int64_t>(random() % longest);
  }
  return blocks;
}

static void expectDisjoint(llvm::ArrayRef<MemoryBlock> blocks, int64_t total) {
  for (size_t i = 0; i < blocks.size(); ++i) {
    const MemoryBlock &a = blocks[i];
    EXPECT_GE(a.offset, 0);
    EXPECT_LE(a.offset + a.bytes, total);
    for (const MemoryBlock &b : blocks.take_front(i)) {
      bool together = a.first <= b.last && b.first <= a.last;
      bool overlap =
          a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
      ASSERT_FALSE(together && overlap) << i;
    }
  }
}

TEST(Placement, NothingNeedsNothing) {
  EXPECT_EQ(placeBlocks({}), 0);
  EXPECT_EQ(getMostAlive({}), 0);
}

TEST(Placement, BothEndsOfALifetimeCount) {
  std::vector<MemoryBlock> blocks = {{64, 0, 1}, {64, 1, 2}, {64, 2, 3}};
  EXPECT_EQ(getMostAlive(blocks), 128);
  EXPECT_EQ(placeBlocks(blocks), 128);
  expectDisjoint(blocks, 128);
}

// Largest first, earliest first, longest first and last to die first all
// need 9.
TEST(Placement, OrdersThatWasteAreImproved) {
  std::vector<MemoryBlock> blocks = {
      {3, 3, 4}, {4, 1, 3}, {3, 4, 5}, {2, 4, 4}};
  EXPECT_EQ(getMostAlive(blocks), 8);
  EXPECT_EQ(placeBlocks(blocks), 8);
  expectDisjoint(blocks, 8);
}

TEST(Placement, BlocksAliveTogetherAreDisjoint) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    std::vector<MemoryBlock> blocks = make(200, seed, 100, 1 + seed * 3);
    int64_t total = placeBlocks(blocks);
    EXPECT_GE(total, getMostAlive(blocks));
    expectDisjoint(blocks, total);
  }
}

TEST(Placement, IsTheSameEveryTime) {
  std::vector<MemoryBlock> a = make(300, 7, 200, 40), b = a;
  EXPECT_EQ(placeBlocks(a), placeBlocks(b));
  for (size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(a[i].offset, b[i].offset);
}

// The lifetimes of a deep network: every third value lives on beside a branch.
TEST(Placement, DeepNetworksWasteNothing) {
  std::vector<MemoryBlock> blocks;
  for (int64_t i = 0; i < 20000; ++i)
    blocks.push_back({64 * (1 + i % 7), i, i + (i % 3 == 0 ? 4 : 1)});
  int64_t total = placeBlocks(blocks);
  EXPECT_LE(total, getMostAlive(blocks) * 11 / 10);
}

// Blocks that follow each other in one order may meet in another.
TEST(Placement, ConflictsGoBeyondLifetimes) {
  std::vector<MemoryBlock> blocks = {{64, 0, 1}, {64, 2, 3}, {64, 4, 5}};
  Conflicts conflicts = {{1}, {0}, {}};
  EXPECT_EQ(placeBlocks(blocks, conflicts), 128);
  EXPECT_NE(blocks[0].offset, blocks[1].offset);
  EXPECT_EQ(placeBlocks(blocks), 64);
}
