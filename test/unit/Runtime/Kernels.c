/*===- Kernels.c - kernels as the compiler emits them -----------*- C -*-===*\
|*                                                                            *|
|* Part of Open-AutoGLM.                                                      *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#include <stdint.h>

#define KERNEL __attribute__((visibility("default")))

/* c[i] = a[i] + b[i] */
KERNEL void add(const void *const *buffers, const int64_t *scalars,
                int64_t begin, int64_t end) {
  const float *a = buffers[0], *b = buffers[1];
  float *c = (float *)buffers[2];
  (void)scalars;
  for (int64_t i = begin; i < end; ++i)
    c[i] = a[i] + b[i];
}

/* y[i] = x[i] * scalars[0] */
KERNEL void scale(const void *const *buffers, const int64_t *scalars,
                  int64_t begin, int64_t end) {
  const float *x = buffers[0];
  float *y = (float *)buffers[1];
  for (int64_t i = begin; i < end; ++i)
    y[i] = x[i] * (float)scalars[0];
}
