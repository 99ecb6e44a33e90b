//===- Hash.h - content hashes ----------------------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_SUPPORT_HASH_H
#define AUTOGLM_SUPPORT_HASH_H

#include "llvm/ADT/StringRef.h"

#include <memory>
#include <string>

namespace autoglm {

/// XXH3-128 of the bytes as 32 hexadecimal digits, most significant first, the
/// same on every machine. Names content; no protection against an attacker.
std::string hashBytes(llvm::StringRef bytes);

/// The same of bytes that come in pieces.
class Hasher {
public:
  Hasher();
  ~Hasher();
  Hasher(Hasher &&) noexcept;
  Hasher &operator=(Hasher &&) noexcept;

  void add(llvm::StringRef bytes);
  /// The hash of what was added so far.
  std::string finish() const;

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace autoglm

#endif // AUTOGLM_SUPPORT_HASH_H
