//===- ThreadPoolTest.cpp - kernels on several cores ----------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadPool.h"

#include <algorithm>
#include <gtest/gtest.h>

using autoglm::cpu::ThreadPool;

namespace {

TEST(ThreadPool, CoversEveryIndexOnce) {
  for (unsigned threads : {1u, 2u, 3u, 8u}) {
    ThreadPool pool(threads);
    EXPECT_EQ(pool.size(), threads);
    for (int64_t extent : {1, 2, 3, 7, 8, 9, 1000}) {
      std::vector<std::atomic<int>> hits(static_cast<size_t>(extent));
      std::atomic<unsigned> parts{0};
      pool.run(extent, [&](int64_t begin, int64_t end) {
        ++parts;
        for (int64_t i = begin; i < end; ++i)
          ++hits[static_cast<size_t>(i)];
      });
      for (auto &hit : hits)
        ASSERT_EQ(hit, 1);
      EXPECT_EQ(parts, std::min<int64_t>(threads, extent));
    }
  }
}

TEST(ThreadPool, CutsAtTheSamePlaces) {
  ThreadPool pool(3);
  for (int round = 0; round < 50; ++round) {
    std::mutex mutex;
    std::vector<std::pair<int64_t, int64_t>> parts;
    pool.run(10, [&](int64_t begin, int64_t end) {
      std::lock_guard<std::mutex> lock(mutex);
      parts.emplace_back(begin, end);
    });
    std::sort(parts.begin(), parts.end());
    std::vector<std::pair<int64_t, int64_t>> expected = {
        {0, 4}, {4, 7}, {7, 10}};
    ASSERT_EQ(parts, expected);
  }
}

TEST(ThreadPool, ExtremeExtents) {
  ThreadPool pool(4);
  std::atomic<int64_t> total{0};
  pool.run(INT64_MAX,
           [&](int64_t begin, int64_t end) { total += end - begin; });
  EXPECT_EQ(total, INT64_MAX);
}

TEST(ThreadPool, EachRunSeesWhatTheOneBeforeWrote) {
  ThreadPool pool(4);
  std::vector<int64_t> a(64, 1), b(64);
  for (int round = 0; round < 2000; ++round) {
    pool.run(64, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        b[static_cast<size_t>(i)] = a[static_cast<size_t>((i + 17) % 64)] + 1;
    });
    std::swap(a, b);
  }
  for (int64_t value : a)
    ASSERT_EQ(value, 2001);
}

TEST(ThreadPool, OneUserAtATime) {
  ThreadPool pool(2);
  ASSERT_TRUE(pool.acquire());
  std::thread([&] { EXPECT_FALSE(pool.acquire()); }).join();
  pool.release();
  std::thread([&] {
    EXPECT_TRUE(pool.acquire());
    pool.release();
  }).join();
  EXPECT_FALSE(ThreadPool(1).acquire()); // nobody to share with
  EXPECT_GE(ThreadPool::availableCores(), 1u);
}

} // namespace
