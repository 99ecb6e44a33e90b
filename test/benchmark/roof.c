/*===- roof.c - what one core of this machine can do
 *-------------------------===
 *
 * Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 *===------------------------------------------------------------------------===
 *
 * For every line on standard input, one line on standard output: float32
 * operations per second of multiplications and additions that stay in
 * registers, and bytes per second read from memory that no cache holds.
 */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#if defined(__AVX512F__)
#define WIDTH 64
#define CHAINS 16
#elif defined(__AVX__)
#define WIDTH 32
#define CHAINS 10
#else
#define WIDTH 16
#define CHAINS 12
#endif

typedef float Vector __attribute__((vector_size(WIDTH)));
typedef uint64_t Words __attribute__((vector_size(WIDTH)));

enum { LANES = WIDTH / 4, REPEATS = 9, STEPS = 1000000 };
static const size_t readBytes = (size_t)512 << 20;

static double seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* The best of some repeats: a core may be disturbed, never too fast. */
static double multiplyAdd(volatile float *sink) {
  double best = 1e9;
  for (int repeat = 0; repeat < REPEATS; ++repeat) {
    Vector sums[CHAINS];
    for (int i = 0; i < CHAINS; ++i)
      sums[i] = (Vector){0} + (float)i;
    Vector factor = (Vector){0} + 0.999f, term = (Vector){0} + 0.001f;
    /* What the compiler does not know it cannot compute. */
    __asm__ volatile("" : "+m"(factor), "+m"(term));
    double begin = seconds();
    for (int step = 0; step < STEPS; ++step)
#pragma GCC unroll 16
      for (int i = 0; i < CHAINS; ++i)
        sums[i] = sums[i] * factor + term;
    double taken = seconds() - begin;
    for (int i = 0; i < CHAINS; ++i)
      *sink += sums[i][0];
    if (taken < best)
      best = taken;
  }
  return 2.0 * LANES * CHAINS * STEPS / best;
}

static double readAll(const Words *data, volatile uint64_t *sink) {
  double best = 1e9;
  for (int repeat = 0; repeat < 3; ++repeat) {
    Words sums[8] = {{0}};
    double begin = seconds();
    for (size_t i = 0, n = readBytes / WIDTH; i < n; i += 8)
#pragma GCC unroll 8
      for (int k = 0; k < 8; ++k)
        sums[k] += data[i + k];
    double taken = seconds() - begin;
    for (int k = 0; k < 8; ++k)
      *sink += sums[k][0];
    if (taken < best)
      best = taken;
  }
  return (double)readBytes / best;
}

int main(void) {
  volatile float floatSink = 0;
  volatile uint64_t wordSink = 0;
  Words *data = aligned_alloc((size_t)2 << 20, readBytes);
  if (!data)
    return 1;
  madvise(data, readBytes, MADV_HUGEPAGE);
  memset(data, 1, readBytes);
  char line[64];
  while (fgets(line, sizeof line, stdin)) {
    printf("{\"flops\": %.4e, \"bytes\": %.4e}\n", multiplyAdd(&floatSink),
           readAll(data, &wordSink));
    fflush(stdout);
  }
  return 0;
}
