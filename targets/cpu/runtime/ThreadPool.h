//===- ThreadPool.h - kernels on several cores ------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_THREADPOOL_H
#define AUTOGLM_TARGETS_CPU_THREADPOOL_H

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace autoglm::cpu {

/// Cuts [0, extent) into one contiguous part per thread, always at the same
/// places. A kernel computes each index by itself, so results do not depend on
/// the number of threads. Workers spin for a moment between launches, because
/// the next one usually follows within microseconds, and then sleep.
class ThreadPool {
public:
  using Body = std::function<void(int64_t begin, int64_t end)>;

  /// `threads` includes the caller; 0 means the cores that are named, or those
  /// this process may use. Workers stay on these cores if there are any.
  explicit ThreadPool(unsigned threads, std::vector<unsigned> cores = {});
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  unsigned size() const { return static_cast<unsigned>(workers.size()) + 1; }

  /// The right to use the workers. A caller that finds them taken runs its
  /// kernels alone, which is faster than waiting.
  bool acquire() { return !workers.empty() && owner.try_lock(); }
  void release() { owner.unlock(); }

  /// Runs body over [0, extent) on all threads. Needs the right.
  void run(int64_t extent, const Body &body);

  static unsigned availableCores();

private:
  void work(unsigned part);
  void runPart(unsigned part);

  std::mutex owner;
  std::vector<std::thread> workers;
  const Body *job = nullptr;
  int64_t jobExtent = 0;
  alignas(64) std::atomic<uint32_t> generation{0};
  alignas(64) std::atomic<uint32_t> remaining{0};
  std::atomic<bool> stopping{false};
};

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_THREADPOOL_H
