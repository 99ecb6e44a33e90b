//===- Math.cpp - functions that processors do not have -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Linked as bitcode into every kernel and inlined. The float32 versions of what
// networks use most have no branches, so that loops around them vectorize;
// everything else is computed in double. Truncated Taylor and atanh series: the
// arguments are reduced until the first term left out is below the last bit.
//
//===----------------------------------------------------------------------===//

using u32 = unsigned;
using i64 = long long;
using u64 = unsigned long long;

#define API extern "C" __attribute__((visibility("hidden")))
#define FAST API __attribute__((always_inline))

template <typename To, typename From> static inline To bits(From value) {
  return __builtin_bit_cast(To, value);
}

template <typename T> struct Format;
template <> struct Format<float> {
  using Bits = u32;
  using Int = int;
  static constexpr int kMantissa = 23, kBias = 127;
  static constexpr float kMagic = 12582912.0f; // 1.5 * 2^23
  static constexpr float kLn2High = 0.693359375f;
  static constexpr float kLn2Low = -2.12194440054690583e-4f;
};
template <> struct Format<double> {
  using Bits = u64;
  using Int = i64;
  static constexpr int kMantissa = 52, kBias = 1023;
  static constexpr double kMagic = 6755399441055744.0; // 1.5 * 2^52
  static constexpr double kLn2High = 0.693147180369123816490;
  static constexpr double kLn2Low = 1.90821492927058770002e-10;
};

template <typename T> static inline T absolute(T x) {
  return __builtin_elementwise_abs(x);
}
template <typename T> static inline T withSign(T x, T sign) {
  using Bits = typename Format<T>::Bits;
  constexpr Bits mask = Bits(1) << (8 * sizeof(T) - 1);
  return bits<T>((bits<Bits>(x) & ~mask) | (bits<Bits>(sign) & mask));
}
template <typename T> static inline T root(T x) {
  if constexpr (sizeof(T) == 4)
    return __builtin_sqrtf(x);
  else
    return __builtin_sqrt(x);
}
template <typename T> static constexpr T kInfinity = __builtin_inf();
template <typename T> static constexpr T kNaN = __builtin_nan("");
static constexpr double kPi = 3.14159265358979323846;

/// The integer nearest to a small x, as float and as integer.
template <typename T>
static inline T nearest(T x, typename Format<T>::Int &integer) {
  using F = Format<T>;
  T shifted = x + F::kMagic;
  integer = bits<typename F::Int>(shifted) - bits<typename F::Int>(F::kMagic);
  return shifted - F::kMagic;
}

/// 2^n for n in the exponents of normal numbers.
template <typename T> static inline T powerOfTwo(typename Format<T>::Int n) {
  using F = Format<T>;
  return bits<T>(typename F::Bits(n + F::kBias) << F::kMantissa);
}

/// e^r - 1 for |r| <= ln(2) / 2.
static inline float expm1Reduced(float r) {
  float p = 1.0f / 5040;
  p = p * r + 1.0f / 720;
  p = p * r + 1.0f / 120;
  p = p * r + 1.0f / 24;
  p = p * r + 1.0f / 6;
  p = p * r + 0.5f;
  return p * r * r + r;
}
static inline double expm1Reduced(double r) {
  double p = 1.0 / 6227020800.0;
  p = p * r + 1.0 / 479001600.0;
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  return p * r * r + r;
}

template <typename T>
static inline T reduceExp(T x, typename Format<T>::Int &n) {
  using F = Format<T>;
  T count = nearest<T>(x * T(1.44269504088896340736), n);
  return (x - count * F::kLn2High) - count * F::kLn2Low;
}

template <typename T> static inline T exponential(T x) {
  const T high = sizeof(T) == 4 ? T(90) : T(711);
  const T low = sizeof(T) == 4 ? T(-105) : T(-747);
  T inside = x > high ? high : x;
  inside = inside < low ? low : inside;
  typename Format<T>::Int n;
  T result = expm1Reduced(reduceExp<T>(inside, n)) + 1;
  // In two steps: one factor alone may not be a normal number.
  auto half = n >> 1;
  return result * powerOfTwo<T>(half) * powerOfTwo<T>(n - half);
}

/// e^x - 1 without cancellation, up to overflow.
template <typename T> static inline T exponentialMinusOne(T x) {
  const T high = sizeof(T) == 4 ? T(88) : T(709);
  T inside = x > high ? high : x;
  inside = inside < T(-40) ? T(-40) : inside;
  typename Format<T>::Int n;
  T p = expm1Reduced(reduceExp<T>(inside, n));
  T scale = powerOfTwo<T>(n);
  return p * scale + (scale - 1);
}

/// log((1 + s) / (1 - s)) - 2 s for |s| < 0.18.
static inline float atanhTail(float s) {
  float z = s * s;
  float p = 2.0f / 11;
  p = p * z + 2.0f / 9;
  p = p * z + 2.0f / 7;
  p = p * z + 2.0f / 5;
  p = p * z + 2.0f / 3;
  return p * z * s;
}
static inline double atanhTail(double s) {
  double z = s * s, p = 0;
#pragma clang loop unroll(full)
  for (int i = 23; i >= 3; i -= 2)
    p = p * z + 2.0 / i;
  return p * z * s;
}

template <typename T> static inline T logarithm(T x) {
  using F = Format<T>;
  using Int = typename F::Int;
  const T least = powerOfTwo<T>(1 - F::kBias);
  bool isTiny = x < least;
  T scaled = isTiny ? x * powerOfTwo<T>(F::kMantissa + 1) : x;
  // The mantissa between sqrt(1/2) and sqrt(2), and the exponent that is left.
  Int start = bits<Int>(T(0.70710678118654752440));
  Int offset = bits<Int>(scaled) - start;
  Int exponent = offset >> F::kMantissa;
  T m = bits<T>(
      Int(bits<Int>(scaled) - (typename F::Bits(exponent) << F::kMantissa)));
  exponent -= isTiny ? F::kMantissa + 1 : 0;
  T e = T(exponent), f = m - 1, s = f / (2 + f);
  // 2 s = f - s f exactly enough: the rounding of the quotient cancels.
  T result = e * F::kLn2High + (f - (s * f - (atanhTail(s) + e * F::kLn2Low)));
  result = x == 0 ? -kInfinity<T> : result;
  result = x < 0 ? kNaN<T> : result;
  return x < kInfinity<T> ? result : x;
}

static inline double log1p(double u) {
  if (u > -0.3 && u < 0.4) {
    double s = u / (2 + u);
    return u - (s * u - atanhTail(s));
  }
  return logarithm<double>(1 + u);
}

template <typename T> static inline T tangentHyperbolic(T x) {
  const T limit = sizeof(T) == 4 ? T(10) : T(20);
  T a = absolute(x);
  T t = exponentialMinusOne<T>(2 * (a < limit ? a : limit));
  T result = withSign(t / (t + 2), x);
  return x != x ? x : result;
}

/// Coefficients by least squares at Chebyshev nodes: erf(x) / x in x^2 up to 1,
/// log(1 - erf(x)) in x from 0.9 to 4; the error is below 2e-7 of the result.
static inline float errorFunction(float x) {
  float a = absolute(x), z = x * x;
  float near = -9.673591193859465e-06f;
  near = near * z + 0.00011268253729213029f;
  near = near * z - 0.0008484396385028958f;
  near = near * z + 0.005221053492277861f;
  near = near * z - 0.026865437626838684f;
  near = near * z + 0.11283782869577408f;
  near = near * z - 0.37612637877464294f;
  near = near * z + 1.128379225730896f;
  float c = a < 4.0f ? a : 4.0f;
  float far = 1.6102404742923682e-06f;
  far = far * c - 4.551277379505336e-05f;
  far = far * c + 0.0005920927505940199f;
  far = far * c - 0.004736950621008873f;
  far = far * c + 0.026355121284723282f;
  far = far * c - 0.10996080189943314f;
  far = far * c - 0.6319562196731567f;
  far = far * c - 1.130155086517334f;
  far = far * c + 0.0003002688172273338f;
  float result = withSign(1 - exponential<float>(far), x);
  result = a < 1 ? near * x : result;
  return x != x ? x : result;
}
/// 2 / sqrt(pi) e^(-x^2) (x + 2/3 x^3 + 4/15 x^5 ...): all terms positive.
static double errorFunction(double x) {
  double a = absolute(x);
  if (!(a < 6))
    return x != x ? x : withSign(1.0, x);
  double term = a, sum = a;
  for (int i = 1; i < 200 && term > sum * 1e-17; ++i) {
    term *= 2 * a * a / (2 * i + 1);
    sum += term;
  }
  double result = 1.12837916709551257390 * exponential<double>(-a * a) * sum;
  return withSign(result < 1 ? result : 1.0, x);
}

//===----------------------------------------------------------------------===//
// Trigonometric functions
//===----------------------------------------------------------------------===//

/// Bits of 2 / pi behind the point.
static const u64 kTwoOverPi[20] = {
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041,
    0xfe5163abdebbc561, 0xb7246e3a424dd2e0, 0x06492eea09d1921c,
    0xfe1deb1cb129a73e, 0xe88235f52ebb4484, 0xe99c7026b45f7e41,
    0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b, 0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08,
    0x56033046fc7b6bab, 0xf0cfbc209af4361d};

/// The same for |x| >= 2^20, by multiplying with the bits of 2 / pi that decide
/// the quadrant and the fraction (Payne and Hanek).
static double reduceLargeAngle(double x, i64 &quadrant) {
  using u128 = unsigned __int128;
  u64 word = bits<u64>(x);
  u64 mantissa = (word & ((u64(1) << 52) - 1)) | u64(1) << 52;
  // |x| = mantissa * 2^exponent. Bits of 2 / pi worth 4 or more after the
  // multiplication do not matter: start 2 bits before the point.
  int exponent = int(word >> 52 & 0x7ff) - 1075;
  int start = exponent - 2;
  auto window = [&](int index) -> u64 {
    int at = start + 64 * index;
    auto wordAt = [](int i) { return i < 0 || i >= 20 ? 0 : kTwoOverPi[i]; };
    int first = at >> 6, shift = at & 63;
    u64 high = wordAt(first) << shift;
    return shift ? high | wordAt(first + 1) >> (64 - shift) : high;
  };
  // mantissa * (w0 w1 w2) * 2^-190, modulo 4: the top 128 of 192 bits.
  u128 low = u128(mantissa) * window(2) >> 64;
  u128 middle = u128(mantissa) * window(1);
  u128 high = u128(mantissa) * window(0) << 64;
  u128 sum = high + middle + low;
  int turns = int(sum >> 126);
  // The fraction as a signed number, so that the rest is at most pi / 4.
  __int128 fraction = __int128(sum << 2);
  if (fraction < 0)
    ++turns;
  double top = double(i64(fraction >> 64)) * 0x1p-64;
  double rest = double(u64(fraction)) * 0x1p-128;
  double r =
      top * (kPi / 2) + (top * 6.12323399573676588613e-17 + rest * (kPi / 2));
  bool isNegative = x < 0;
  quadrant = isNegative ? -turns : turns;
  return isNegative ? -r : r;
}

/// x minus the nearest multiple of pi / 2, whose number is `quadrant`.
static inline double reduceAngle(double x, i64 &quadrant) {
  if (!(absolute(x) < 1048576.0))
    return reduceLargeAngle(x, quadrant);
  double n = nearest<double>(x * (2 / kPi), quadrant);
  double r = x - n * 1.57079632673412561417;
  r -= n * 6.07710050630396597660e-11;
  return r - n * 2.02226624879595063154e-21;
}
static inline double sine(double r) {
  double z = r * r, p = 0;
  p = p * z - 1.0 / 1307674368000.0;
  p = p * z + 1.0 / 6227020800.0;
  p = p * z - 1.0 / 39916800.0;
  p = p * z + 1.0 / 362880.0;
  p = p * z - 1.0 / 5040.0;
  p = p * z + 1.0 / 120.0;
  p = p * z - 1.0 / 6.0;
  return p * z * r + r;
}
static inline double cosine(double r) {
  double z = r * r, p = 1.0 / 20922789888000.0;
  p = p * z - 1.0 / 87178291200.0;
  p = p * z + 1.0 / 479001600.0;
  p = p * z - 1.0 / 3628800.0;
  p = p * z + 1.0 / 40320.0;
  p = p * z - 1.0 / 720.0;
  p = p * z + 1.0 / 24.0;
  return (p * z - 0.5) * z + 1;
}
static inline double sineOf(double x, i64 shift) {
  i64 quadrant;
  double r = reduceAngle(x, quadrant);
  quadrant += shift;
  double value = quadrant & 1 ? cosine(r) : sine(r);
  value = quadrant & 2 ? -value : value;
  return absolute(x) < kInfinity<double> ? value : kNaN<double>;
}
static inline double tangent(double x) {
  i64 quadrant;
  double r = reduceAngle(x, quadrant), s = sine(r), c = cosine(r);
  double value = quadrant & 1 ? -c / s : s / c;
  return absolute(x) < kInfinity<double> ? value : kNaN<double>;
}

static inline double arcTangent(double x) {
  double a = absolute(x);
  bool isLarge = a > 1;
  double t = isLarge ? 1 / a : a;
  // tan(y / 2) from tan(y), twice.
  t = t / (1 + root(1 + t * t));
  t = t / (1 + root(1 + t * t));
  double z = t * t, p = 0;
#pragma clang loop unroll(full)
  for (int i = 25; i >= 3; i -= 2)
    p = p * z + (i & 2 ? -1.0 : 1.0) / i;
  double y = 4 * (p * z * t + t);
  y = isLarge ? kPi / 2 - y : y;
  return withSign(y, x);
}
/// The angle of a point to the right of the y axis.
static inline double angle(double y, double x) {
  return x == 0 && y != 0 ? withSign(kPi / 2, y)
         : y == 0         ? y
                          : arcTangent(y / x);
}
static inline double arcSine(double x) {
  return angle(x, root((1 - x) * (1 + x)));
}
static inline double arcCosine(double x) {
  if (x == -1)
    return kPi;
  return 2 * angle(root(1 - x), root(1 + x));
}

static inline double sineHyperbolic(double x) {
  double a = absolute(x);
  if (a > 700) {
    double e = exponential<double>(a / 2);
    return withSign(0.5 * e * e, x);
  }
  double t = exponentialMinusOne<double>(a);
  return x != x ? x : withSign((t + t / (t + 1)) / 2, x);
}
static inline double cosineHyperbolic(double x) {
  double a = absolute(x);
  double e = exponential<double>(a / 2);
  return a > 700 ? 0.5 * e * e : 0.5 * (e * e + 1 / (e * e));
}
static inline double areaSine(double x) {
  double a = absolute(x);
  double y = a > 1e100 ? logarithm<double>(a) + 0.69314718055994530942
                       : log1p(a + a * a / (1 + root(1 + a * a)));
  return withSign(y, x);
}
static inline double areaCosine(double x) {
  double t = x - 1;
  if (t < 0)
    return kNaN<double>;
  return x > 1e100 ? logarithm<double>(x) + 0.69314718055994530942
                   : log1p(t + root(2 * t + t * t));
}
static inline double areaTangent(double x) {
  double a = absolute(x);
  if (a > 1)
    return kNaN<double>;
  return withSign(0.5 * log1p(2 * a / (1 - a)), x);
}

//===----------------------------------------------------------------------===//
// Power and remainder
//===----------------------------------------------------------------------===//

static double power(double x, double y) {
  if (y == 0 || x == 1)
    return 1;
  if (x != x || y != y)
    return x + y;
  double magnitude = absolute(x);
  if (magnitude == 1 && absolute(y) == kInfinity<double>)
    return 1;
  // Every double from 2^53 on is an even integer.
  bool isHuge = absolute(y) >= 9007199254740992.0;
  i64 integer = isHuge ? 0 : i64(y);
  bool isInteger = isHuge || double(integer) == y;
  bool isOdd = integer & 1;
  double result;
  if (isInteger && !isHuge && integer >= -32 && integer <= 32) {
    double base = magnitude;
    result = 1;
    for (i64 n = integer < 0 ? -integer : integer; n; n >>= 1) {
      result = n & 1 ? result * base : result;
      base *= base;
    }
    result = integer < 0 ? 1 / result : result;
  } else {
    result = exponential<double>(y * logarithm<double>(magnitude));
  }
  if (!isInteger && x < 0 && magnitude < kInfinity<double>)
    return kNaN<double>;
  return isInteger && isOdd ? withSign(result, x) : result;
}

static i64 integerPower(i64 base, i64 exponent) {
  if (exponent < 0) {
    if (base == -1)
      return exponent & 1 ? -1 : 1;
    return base == 1;
  }
  u64 result = 1, factor = u64(base);
  for (u64 n = u64(exponent); n; n >>= 1) {
    result = n & 1 ? result * factor : result;
    factor *= factor;
  }
  return i64(result);
}

/// Exact: every difference of a step is a floating-point number.
template <typename T> static T remainder(T x, T y) {
  T a = absolute(x), b = absolute(y);
  if (!(a < kInfinity<T>) || y != y || b == 0)
    return kNaN<T>;
  while (a >= b) {
    T part = b;
    while (part * 2 <= a)
      part *= 2;
    a -= part;
  }
  return withSign(a, x);
}

//===----------------------------------------------------------------------===//
// Names that kernels call
//===----------------------------------------------------------------------===//

FAST float agk_exp_f32(float x) { return exponential<float>(x); }
FAST float agk_log_f32(float x) { return logarithm<float>(x); }
FAST float agk_tanh_f32(float x) { return tangentHyperbolic<float>(x); }
FAST float agk_erf_f32(float x) { return errorFunction(x); }
API double agk_exp_f64(double x) { return exponential<double>(x); }
API double agk_log_f64(double x) { return logarithm<double>(x); }
API double agk_tanh_f64(double x) { return tangentHyperbolic<double>(x); }
API double agk_erf_f64(double x) { return errorFunction(x); }

#define IN_DOUBLE(NAME, FORMULA)                                               \
  API float agk_##NAME##_f32(float value) {                                    \
    double x = value;                                                          \
    return float(FORMULA);                                                     \
  }                                                                            \
  API double agk_##NAME##_f64(double x) { return FORMULA; }
IN_DOUBLE(sin, sineOf(x, 0))
IN_DOUBLE(cos, sineOf(x, 1))
IN_DOUBLE(tan, tangent(x))
IN_DOUBLE(asin, arcSine(x))
IN_DOUBLE(acos, arcCosine(x))
IN_DOUBLE(atan, arcTangent(x))
IN_DOUBLE(sinh, sineHyperbolic(x))
IN_DOUBLE(cosh, cosineHyperbolic(x))
IN_DOUBLE(asinh, areaSine(x))
IN_DOUBLE(acosh, areaCosine(x))
IN_DOUBLE(atanh, areaTangent(x))

API float agk_powf_f32(float x, float y) { return float(power(x, y)); }
API double agk_powf_f64(double x, double y) { return power(x, y); }
API i64 agk_ipowi_i64(i64 x, i64 y) { return integerPower(x, y); }
API float agk_fmod_f32(float x, float y) { return remainder<float>(x, y); }
API double agk_fmod_f64(double x, double y) { return remainder<double>(x, y); }
