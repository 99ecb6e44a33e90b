//===- Digest.cpp - CRC-32 and XXH3-128 -----------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/Archive.h"

#include <array>

#define XXH_INLINE_ALL
#include <xxhash.h>

using namespace autoglm::rt;

namespace {
constexpr std::array<uint32_t, 256> makeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = value & 1 ? 0xEDB88320u ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  return table;
}
constexpr std::array<uint32_t, 256> crcTable = makeTable();
} // namespace

uint32_t autoglm::rt::crc32(Bytes data) {
  uint32_t value = ~0u;
  for (uint8_t byte : data)
    value = crcTable[(value ^ byte) & 0xFF] ^ (value >> 8);
  return ~value;
}

std::string autoglm::rt::digest(Bytes data) {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits(data.data(), data.size()));
  static const char digits[] = "0123456789abcdef";
  std::string text = "xxh3:";
  for (unsigned char byte : canonical.digest) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}
