//===- HashTest.cpp - tests of content hashes -------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Hash.h"

#include <gtest/gtest.h>

using namespace autoglm;

// What `xxhsum -H2` prints.
TEST(Hash, IsXxh3) {
  EXPECT_EQ(hashBytes(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(hashBytes("a"), "a96faf705af16834e6c632b61e964e1f");
  EXPECT_EQ(hashBytes("abc"), "06b05ab6733a618578af5f94892f3950");
}

TEST(Hash, DoesNotDependOnPieces) {
  std::string bytes;
  for (int i = 0; i < 5000; ++i)
    bytes += static_cast<char>(i * 7);
  for (size_t piece : {1, 3, 240, 4096}) {
    Hasher hasher;
    llvm::StringRef rest = bytes;
    while (!rest.empty()) {
      hasher.add(rest.take_front(piece));
      rest = rest.drop_front(std::min(piece, rest.size()));
    }
    EXPECT_EQ(hasher.finish(), hashBytes(bytes)) << piece;
  }
  EXPECT_EQ(Hasher().finish(), hashBytes(""));
}
