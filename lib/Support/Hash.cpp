//===- Hash.cpp - content hashes --------------------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Hash.h"

#include "llvm/ADT/StringExtras.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace autoglm {

struct Hasher::State {
  XXH3_state_t xxh;
};

static std::string format(XXH128_hash_t hash) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, hash);
  return llvm::toHex(llvm::ArrayRef<uint8_t>(canonical.digest),
                     /*LowerCase=*/true);
}

std::string hashBytes(llvm::StringRef bytes) {
  return format(XXH3_128bits(bytes.data(), bytes.size()));
}

Hasher::Hasher() : state(std::make_unique<State>()) {
  XXH3_128bits_reset(&state->xxh);
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher &&) noexcept = default;
Hasher &Hasher::operator=(Hasher &&) noexcept = default;

void Hasher::add(llvm::StringRef bytes) {
  XXH3_128bits_update(&state->xxh, bytes.data(), bytes.size());
}

std::string Hasher::finish() const {
  return format(XXH3_128bits_digest(&state->xxh));
}

} // namespace autoglm
