//===- Coefficients.h - polynomials of float32 functions -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Written by scripts/fit-math. Lowest power first; errors are relative to the
// function that is computed, where not said otherwise.
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_MATH_COEFFICIENTS_H
#define AUTOGLM_TARGETS_CPU_COMPILER_MATH_COEFFICIENTS_H

namespace autoglm::cpu {

/// (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2; error 3.1e-09.
inline constexpr float kExpTail[] = {
    0.49999994f, 0.166665211f, 0.0416682586f, 0.00836866908f, 0.00138213043f,
};

/// (2^r - 1) / r for |r| <= 1/2; error 1.3e-08.
inline constexpr float kExp2Slope[] = {
    0.693147182f,   0.240226492f,   0.0555036739f,
    0.00961831026f, 0.00133873941f, 0.000153824338f,
};

/// (log(1 + f) - f + f^2 / 2) / f^3 from sqrt(1/2) to sqrt(2); error 5.9e-09.
inline constexpr float kLogTail[] = {
    0.333333313f, -0.250008225f, 0.200012505f, -0.166233152f,
    0.1420127f,   -0.131601855f, 0.127648026f, -0.0763826519f,
};

/// (sin(r) - r) / r^3 in r^2 up to pi / 4; error 3.7e-09.
inline constexpr float kSinTail[] = {
    -0.166666552f,
    0.00833219104f,
    -0.000195186192f,
};

/// (cos(r) - 1 + r^2 / 2) / r^4 in r^2 up to pi / 4; error 1.1e-10.
inline constexpr float kCosTail[] = {
    0.0416666456f,
    -0.00138873013f,
    2.44306684e-05f,
};

/// -log2(1 - erf(a)) / a up to 4; error 5.6e-09.
inline constexpr float kErfExponent[] = {
    1.62790704f,     0.918447435f,     0.14827925f,
    -0.0276415795f,  -0.000211489009f, 0.00238323584f,
    -0.00090024143f, 0.000165956881f,  -1.29160171e-05f,
};

/// -log2(erfc(a / sqrt(2)) / 2) up to 6; error 8.1e-09.
inline constexpr float kGeluExponent[] = {
    1.0f,
    1.15110517f,
    0.459208518f,
    0.0524952412f,
    -0.00706209196f,
    0.000135923518f,
    0.000186602978f,
    -3.94682065e-05f,
    2.8426623e-06f,
};

/// log2(1 + f) / f from sqrt(1/2) to sqrt(2), in double; error 9.9e-14.
inline constexpr double kLog2Double[] = {
    1.4426950408890384,    -0.72134752044743344, 0.48089834688472693,
    -0.36067375914504501,  0.28853902096714235,  -0.24044929315804298,
    0.20609854910057179,   -0.18033079675818414, 0.16031790483160174,
    -0.14443126473121398,  0.13098689182863069,  -0.11793163126238294,
    0.11025433903771947,   -0.11874888598689977, 0.11711884265047652,
    -0.059145453139318516,
};

/// (2^r - 1) / r for |r| <= 1/2, in double; error 3.1e-12.
inline constexpr double kExp2Double[] = {
    0.69314718055682667,   0.24022650695737163,    0.055504109063795992,
    0.0096181291836610582, 0.0013333478403671206,  0.00015403436446737189,
    1.530372277080868e-05, 1.3259660620203104e-06,
};

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_MATH_COEFFICIENTS_H
