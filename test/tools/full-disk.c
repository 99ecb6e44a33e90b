//===- full-disk.c - a folder on a full disk ---------------------*- C -*-===//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//===----------------------------------------------------------------------===//
//
// Preloaded by full-disk: the folder in FULL_DISK_FOLDER behaves like a disk
// that is full once FULL_DISK_BYTES were written to files in it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ssize_t left = -1;

static int isInside(int descriptor) {
  const char *folder = getenv("FULL_DISK_FOLDER");
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (!folder || length < 0)
    return 0;
  path[length] = 0;
  size_t n = strlen(folder);
  return strncmp(path, folder, n) == 0 && path[n] == '/';
}

// How many of `count` bytes still fit, which is less than all only once.
static size_t room(int descriptor, size_t count) {
  if (!isInside(descriptor))
    return count;
  if (left < 0)
    left = atol(getenv("FULL_DISK_BYTES"));
  size_t fits = count < (size_t)left ? count : (size_t)left;
  left -= fits;
  return fits;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
  ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
  size_t fits = room(descriptor, count);
  if (count && !fits) {
    errno = ENOSPC;
    return -1;
  }
  return real(descriptor, bytes, fits);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
  ssize_t (*real)(int, const void *, size_t, off_t) =
      dlsym(RTLD_NEXT, "pwrite");
  size_t fits = room(descriptor, count);
  if (count && !fits) {
    errno = ENOSPC;
    return -1;
  }
  return real(descriptor, bytes, fits, offset);
}

// Growing a file takes room too; its size does not matter here.
int ftruncate(int descriptor, off_t length) {
  int (*real)(int, off_t) = dlsym(RTLD_NEXT, "ftruncate");
  if (length > 0 && room(descriptor, length) < (size_t)length) {
    errno = ENOSPC;
    return -1;
  }
  return real(descriptor, length);
}
