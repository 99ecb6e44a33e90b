//===- Libcalls.cpp - functions that code generation may call -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One object per shared object of kernels. Nothing else resolves a symbol: what
// is missing here is an error when a bundle is made, not when it runs.
//
//===----------------------------------------------------------------------===//

using size_t = decltype(sizeof(0));
using u16 = unsigned short;
using u32 = unsigned;
using u64 = unsigned long long;

#define API extern "C" __attribute__((visibility("hidden")))

API void *memcpy(void *__restrict to, const void *__restrict from,
                 size_t count) {
  auto *out = static_cast<unsigned char *>(to);
  auto *in = static_cast<const unsigned char *>(from);
  for (size_t i = 0; i < count; ++i)
    out[i] = in[i];
  return to;
}

API void *memmove(void *to, const void *from, size_t count) {
  auto *out = static_cast<unsigned char *>(to);
  auto *in = static_cast<const unsigned char *>(from);
  if (out < in)
    for (size_t i = 0; i < count; ++i)
      out[i] = in[i];
  else
    for (size_t i = count; i > 0; --i)
      out[i - 1] = in[i - 1];
  return to;
}

API void *memset(void *to, int value, size_t count) {
  auto *out = static_cast<unsigned char *>(to);
  for (size_t i = 0; i < count; ++i)
    out[i] = static_cast<unsigned char>(value);
  return to;
}

//===----------------------------------------------------------------------===//
// Half precision
//===----------------------------------------------------------------------===//

/// The float16 nearest to a double, ties to even.
static u16 toHalf(double value) {
  u64 bits = __builtin_bit_cast(u64, value);
  u16 sign = static_cast<u16>(bits >> 48) & 0x8000;
  int exponent = static_cast<int>(bits >> 52 & 0x7ff);
  u64 mantissa = bits & 0xfffffffffffffull;
  if (exponent == 0x7ff)
    return sign | 0x7c00 | (mantissa ? 0x200 | mantissa >> 42 : 0);
  int target = exponent - 1023 + 15;
  if (target >= 31)
    return sign | 0x7c00;
  if (target < -10)
    return sign;
  mantissa |= 1ull << 52;
  // How many bits are cut: a subnormal result loses more.
  int cut = target > 0 ? 42 : 43 - target;
  u64 kept = mantissa >> cut, rest = mantissa & ((1ull << cut) - 1);
  u64 half = 1ull << (cut - 1);
  kept += rest > half || (rest == half && (kept & 1));
  // A carry runs into the exponent, which is what it should do.
  u32 result =
      target > 0 ? (static_cast<u32>(target - 1) << 10) + static_cast<u32>(kept)
                 : static_cast<u32>(kept);
  return sign | static_cast<u16>(result);
}

static float fromHalf(u16 half) {
  u32 sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31;
  u32 mantissa = half & 0x3ffu;
  if (exponent == 31)
    return __builtin_bit_cast(float, sign | 0x7f800000u | mantissa << 13);
  if (exponent == 0) {
    float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  return __builtin_bit_cast(float,
                            sign | (exponent + 112) << 23 | mantissa << 13);
}

API _Float16 __truncdfhf2(double value) {
  return __builtin_bit_cast(_Float16, toHalf(value));
}
API _Float16 __truncsfhf2(float value) {
  return __builtin_bit_cast(_Float16, toHalf(value));
}
API float __extendhfsf2(_Float16 value) {
  return fromHalf(__builtin_bit_cast(u16, value));
}

//===----------------------------------------------------------------------===//
// Rounding, on processors without such instructions
//===----------------------------------------------------------------------===//

template <typename T, typename Bits, int kMantissa>
static T roundBy(T value, T (*choose)(T value, T nearest)) {
  // Beyond this everything is an integer.
  const T large = static_cast<T>(Bits(1) << kMantissa);
  T magnitude = value < 0 ? -value : value;
  if (!(magnitude < large))
    return value;
  T nearest = value < 0 ? (value - large) + large : (value + large) - large;
  T result = choose(value, nearest);
  // Zero keeps the sign of what was rounded.
  constexpr Bits sign = Bits(1) << (8 * sizeof(T) - 1);
  return __builtin_bit_cast(T, (__builtin_bit_cast(Bits, result) & ~sign) |
                                   (__builtin_bit_cast(Bits, value) & sign));
}
template <typename T> static T below(T value, T nearest) {
  return nearest > value ? nearest - 1 : nearest;
}
template <typename T> static T above(T value, T nearest) {
  return nearest < value ? nearest + 1 : nearest;
}
template <typename T> static T even(T, T nearest) { return nearest; }

API float floorf(float x) { return roundBy<float, u32, 23>(x, below<float>); }
API float ceilf(float x) { return roundBy<float, u32, 23>(x, above<float>); }
API float roundevenf(float x) {
  return roundBy<float, u32, 23>(x, even<float>);
}
API double floor(double x) {
  return roundBy<double, u64, 52>(x, below<double>);
}
API double ceil(double x) { return roundBy<double, u64, 52>(x, above<double>); }
API double roundeven(double x) {
  return roundBy<double, u64, 52>(x, even<double>);
}
