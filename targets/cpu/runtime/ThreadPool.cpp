//===- ThreadPool.cpp - kernels on several cores --------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadPool.h"

#include <algorithm>
#include <sched.h>
#include <system_error>

using namespace autoglm::cpu;

namespace {
/// About 20 to 100 microseconds.
constexpr int spins = 4000;
constexpr unsigned maxThreads = 1024;

inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Returns when `value` is no longer `old`.
uint32_t waitWhile(const std::atomic<uint32_t> &value, uint32_t old) {
  for (int i = 0; i < spins; ++i) {
    uint32_t now = value.load(std::memory_order_acquire);
    if (now != old)
      return now;
    relax();
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

/// Keeps the calling thread on some cores. Where that fails results are the
/// same.
void stayOn(const std::vector<unsigned> &cores) {
  if (cores.empty())
    return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (unsigned core : cores)
    if (core < CPU_SETSIZE)
      CPU_SET(core, &set);
  (void)sched_setaffinity(0, sizeof set, &set);
}
} // namespace

unsigned ThreadPool::availableCores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0)
    return std::max(CPU_COUNT(&set), 1);
  return std::max(std::thread::hardware_concurrency(), 1u);
}

ThreadPool::ThreadPool(unsigned threads, std::vector<unsigned> cores) {
  if (threads == 0)
    threads =
        cores.empty() ? availableCores() : static_cast<unsigned>(cores.size());
  threads = std::min(threads, maxThreads);
  for (unsigned part = 1; part < threads; ++part) {
    try {
      workers.emplace_back([this, part, cores] {
        stayOn(cores);
        work(part);
      });
    } catch (const std::system_error &) {
      break; // Fewer threads give the same results.
    }
  }
}

ThreadPool::~ThreadPool() {
  stopping = true;
  generation.fetch_add(1, std::memory_order_release);
  generation.notify_all();
  for (std::thread &worker : workers)
    worker.join();
}

void ThreadPool::runPart(unsigned part) {
  // The first `extra` parts get one index more; no product can overflow.
  int64_t parts = size(), each = jobExtent / parts, extra = jobExtent % parts;
  int64_t begin = each * part + std::min<int64_t>(part, extra);
  int64_t end = begin + each + (part < extra ? 1 : 0);
  if (begin != end)
    (*job)(begin, end);
}

void ThreadPool::work(unsigned part) {
  for (uint32_t seen = 0;;) {
    seen = waitWhile(generation, seen);
    if (stopping)
      return;
    runPart(part);
    if (remaining.fetch_sub(1, std::memory_order_acq_rel) == 1)
      remaining.notify_one();
  }
}

void ThreadPool::run(int64_t extent, const Body &body) {
  job = &body;
  jobExtent = extent;
  remaining.store(static_cast<uint32_t>(workers.size()),
                  std::memory_order_relaxed);
  generation.fetch_add(1, std::memory_order_release);
  generation.notify_all();
  runPart(0);
  for (uint32_t left = remaining.load(std::memory_order_acquire); left != 0;)
    left = waitWhile(remaining, left);
}
