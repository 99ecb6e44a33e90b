//===- MathTest.cpp - error bounds of float32 functions -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Emitted code is compared with libm in double on every 997th float and around
// every power of two; with AUTOGLM_TEST_ALL_FLOATS set, on all of them.
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include "autoglm/Support/File.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/ADT/bit.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace autoglm;
using namespace autoglm::test;

static constexpr int64_t kCount = 1 << 16;
static const float kInf = HUGE_VALF;

namespace {
/// Two kernels of a function with up to two arguments: on vectors, and on
/// scalars, which LLVM vectorizes.
class MathKernel {
public:
  explicit MathKernel(const std::string &body) : inputs(2) {
    context = createContext();
    DeviceAttr device = getHostDevice(context.get());
    for (bool isVector : {true, false}) {
      int64_t extent = 0;
      auto object = emitKernel(*context, write(body, isVector), device, extent);
      if (failed(object))
        return;
      auto files = TargetRegistry::global().lookup("cpu")->link(
          mlir::UnknownLoc::get(context.get()), *object, device);
      if (succeeded(files))
        loaded.push_back(std::make_unique<LoadedKernel>(files->front().bytes));
    }
    for (std::vector<float> &input : inputs)
      input.resize(kCount);
    output.resize(kCount);
  }

  bool isLoaded() const {
    return loaded.size() == 2 && loaded[0]->find("case") &&
           loaded[1]->find("case");
  }

  /// Results for the inputs, by vectors or by scalars.
  const std::vector<float> &run(bool isVector) {
    const void *buffers[] = {inputs[0].data(), inputs[1].data(), output.data()};
    loaded[isVector ? 0 : 1]->find("case")(buffers, nullptr, 0, 1);
    return output;
  }

  std::vector<std::vector<float>> inputs;

private:
  /// `body` computes %r from %x and %y of type T.
  static std::string write(const std::string &body, bool isVector) {
    std::string type = isVector ? "vector<16xf32>" : "f32";
    std::string memref = "memref<" + std::to_string(kCount) + "xf32>";
    std::string text = body;
    for (size_t at = 0; (at = text.find("TYPE", at)) != std::string::npos;)
      text.replace(at, 4, type);
    for (size_t at = 0; (at = text.find("SPLAT", at)) != std::string::npos;)
      text.replace(at, 5, isVector ? "dense" : "");
    if (!isVector)
      for (char c : {'<', '>'})
        text.erase(std::remove(text.begin(), text.end(), c), text.end());
    std::string load = isVector ? "vector.load" : "memref.load";
    std::string store = isVector ? "vector.store" : "memref.store";
    std::string suffix = isVector ? ", " + type : "";
    return "func.func @kernel(%a: " + memref + ", %b: " + memref +
           ", %c: " + memref +
           ") attributes {cpu.form = \"test\"} {\n"
           "%zero = arith.constant 0 : index\n"
           "%size = arith.constant " +
           std::to_string(kCount) +
           " : index\n"
           "%step = arith.constant " +
           (isVector ? "16" : "1") +
           " : index\n"
           "scf.for %i = %zero to %size step %step {\n"
           "%x = " +
           load + " %a[%i] : " + memref + suffix +
           "\n"
           "%y = " +
           load + " %b[%i] : " + memref + suffix + "\n" + text + "\n" + store +
           " %r, %c[%i] : " + memref + suffix + "\n}\nreturn\n}\n";
  }

  std::unique_ptr<mlir::MLIRContext> context;
  std::vector<std::unique_ptr<LoadedKernel>> loaded;
  std::vector<float> output;
};
} // namespace

/// Difference in units of the last place of the exact result.
static double getError(double exact, float got) {
  if (std::isnan(exact) || std::isnan(got))
    return std::isnan(exact) && std::isnan(got) ? 0 : HUGE_VAL;
  if (exact == 0)
    return got == 0 && std::signbit(got) == std::signbit(exact)
               ? 0
               : std::fabs(got) / 0x1p-149;
  // As if the exponents went on, so that an overflow is an error of its own
  // size.
  double limit = 0x1p128;
  if (std::isinf(got) || std::fabs(exact) >= limit) {
    double a = std::isinf(got) ? std::copysign(limit, got) : double(got);
    double b = std::fabs(exact) > limit ? std::copysign(limit, exact) : exact;
    return std::fabs(a - b) / 0x1p104;
  }
  int exponent = std::max(std::ilogb(exact), -126);
  return std::fabs(got - exact) / std::ldexp(1.0, exponent - 23);
}

static double getBound(const std::string &name) {
#define AUTOGLM_MATH_BOUND(NAME, ULP)                                          \
  if (name == #NAME)                                                           \
    return ULP;
#include "targets/cpu/compiler/math/Bounds.def"
  return 0;
}

/// Worst error over the arguments `bits(0), bits(1), ...` below `count`.
static double measure(MathKernel &kernel, bool isVector, uint64_t count,
                      const std::function<uint32_t(uint64_t)> &bits,
                      double (*exact)(double), float &worst) {
  double most = 0;
  for (uint64_t start = 0; start < count; start += kCount) {
    uint64_t length = std::min<uint64_t>(kCount, count - start);
    std::vector<float> &x = kernel.inputs[0];
    for (uint64_t i = 0; i < length; ++i)
      x[i] = llvm::bit_cast<float>(bits(start + i));
    const std::vector<float> &got = kernel.run(isVector);
    for (uint64_t i = 0; i < length; ++i) {
      double error = getError(exact(x[i]), got[i]);
      if (error > most) {
        most = error;
        worst = x[i];
      }
    }
  }
  return most;
}

static void check(const std::string &name, const std::string &body,
                  double (*exact)(double)) {
  MathKernel kernel(body);
  ASSERT_TRUE(kernel.isLoaded()) << name;
  const uint64_t all = uint64_t(1) << 32;
  const bool isSlow = std::getenv("AUTOGLM_TEST_ALL_FLOATS");
  const double bound = getBound(name);
  auto expect = [&](bool isVector, uint64_t count, auto bits) {
    float worst = 0;
    double error = measure(kernel, isVector, count, bits, exact, worst);
    EXPECT_LE(error, bound) << name << " of " << worst
                            << (isVector ? " in vectors" : " in scalars");
    if (isSlow)
      std::printf("%s: %.3f ulp, at %a\n", name.c_str(), error, worst);
  };
  const uint64_t stride = isSlow ? 1 : 997;
  expect(true, all / stride, [&](uint64_t i) { return uint32_t(i * stride); });
  expect(false, all / 99991, [&](uint64_t i) { return uint32_t(i * 99991); });
  // Five floats around each power of two, of both signs.
  for (bool isVector : {true, false})
    expect(isVector, 512 * 5,
           [](uint64_t i) { return uint32_t((i / 5 << 23) + i % 5 - 2); });
}

TEST(Math, ExponentialsKeepTheirBounds) {
  check("exp", "%r = math.exp %x : TYPE", [](double x) { return std::exp(x); });
  check("exp2", "%r = math.exp2 %x : TYPE",
        [](double x) { return std::exp2(x); });
  check("expm1", "%r = math.expm1 %x : TYPE",
        [](double x) { return std::expm1(x); });
  check("sigmoid", R"(
      %one = arith.constant SPLAT<1.0> : TYPE
      %n = arith.negf %x : TYPE
      %e = math.exp %n : TYPE
      %d = arith.addf %e, %one : TYPE
      %r = arith.divf %one, %d : TYPE)",
        // Where the exponential is infinite, the result is 0.
        [](double x) { return x < -88.722839 ? 0.0 : 1 / (1 + std::exp(-x)); });
}

TEST(Math, LogarithmsKeepTheirBounds) {
  check("log", "%r = math.log %x : TYPE", [](double x) { return std::log(x); });
  check("log2", "%r = math.log2 %x : TYPE",
        [](double x) { return std::log2(x); });
  check("log1p", "%r = math.log1p %x : TYPE",
        [](double x) { return std::log1p(x); });
  check("rsqrt", "%r = math.rsqrt %x : TYPE",
        [](double x) { return 1 / std::sqrt(x); });
}

TEST(Math, CurvesKeepTheirBounds) {
  check("tanh", "%r = math.tanh %x : TYPE",
        [](double x) { return std::tanh(x); });
  check("erf", "%r = math.erf %x : TYPE", [](double x) { return std::erf(x); });
}

TEST(Math, AnglesOfAnySizeKeepTheirBounds) {
  check("sin", "%r = math.sin %x : TYPE", [](double x) { return std::sin(x); });
  check("cos", "%r = math.cos %x : TYPE", [](double x) { return std::cos(x); });
}

TEST(Math, GeluDoesNotCancel) {
  MathKernel kernel(R"(
      %one = arith.constant SPLAT<1.0> : TYPE
      %half = arith.constant SPLAT<0.5> : TYPE
      %root = arith.constant SPLAT<0.70710678> : TYPE
      %s = arith.mulf %x, %root : TYPE
      %e = math.erf %s : TYPE
      %p = arith.addf %e, %one : TYPE
      %h = arith.mulf %x, %half : TYPE
      %r = arith.mulf %h, %p : TYPE)");
  ASSERT_TRUE(kernel.isLoaded());
  for (bool isVector : {true, false}) {
    std::vector<float> &x = kernel.inputs[0];
    for (int64_t i = 0; i < kCount; ++i)
      x[i] = -20 + 40.0f * i / kCount;
    x[0] = kInf, x[1] = std::nanf(""), x[2] = 1e30f, x[3] = -1e30f;
    std::vector<float> got = kernel.run(isVector);
    EXPECT_EQ(got[0], kInf);
    EXPECT_TRUE(std::isnan(got[1]));
    EXPECT_EQ(got[2], 1e30f);
    EXPECT_NEAR(got[3], 0, 1e-30);
    for (int64_t i = 4; i < kCount; ++i) {
      double exact = 0.5 * x[i] * std::erfc(-double(x[i]) * M_SQRT1_2);
      ASSERT_NEAR(got[i], exact, 2e-7 * std::fabs(exact) + 5e-8) << x[i];
    }
  }
}

TEST(Math, PowersOfAnySign) {
  MathKernel kernel("%r = math.powf %x, %y : TYPE");
  ASSERT_TRUE(kernel.isLoaded());
  const float special[] = {0.0f,
                           -0.0f,
                           1,
                           -1,
                           2,
                           -2,
                           3,
                           -3,
                           0.5f,
                           -0.5f,
                           2.5f,
                           -2.5f,
                           1e-40f,
                           -1e-40f,
                           1e30f,
                           -1e30f,
                           kInf,
                           -kInf,
                           std::nanf(""),
                           16777215,
                           16777216,
                           -16777215,
                           7,
                           -7,
                           0x1.fffffep-1f,
                           0x1.000002p0f,
                           150,
                           -150,
                           1e-10f};
  const double bound = getBound("pow");
  std::vector<float> &x = kernel.inputs[0], &y = kernel.inputs[1];
  uint32_t state = 1;
  auto random = [&] { return state = state * 1664525 + 1013904223; };
  for (bool isVector : {true, false})
    for (int round = 0; round < 20; ++round) {
      for (int64_t i = 0; i < kCount; ++i) {
        size_t n = std::size(special);
        if (round == 0) {
          x[i] = special[i % n], y[i] = special[i / n % n];
        } else if (round % 2) {
          // Results between the smallest and the largest float.
          x[i] = std::exp2((random() >> 8) * 0x1p-23f - 1) * (i % 3 ? 1 : -1);
          y[i] = std::ldexp(float(random() >> 8) - 0x1p23f, i % 24 - 23);
          if (i % 3 == 0)
            y[i] = std::round(y[i]);
        } else {
          x[i] = llvm::bit_cast<float>(random());
          y[i] = llvm::bit_cast<float>(random() % 0x10000000 + 0x38000000);
        }
      }
      const std::vector<float> &got = kernel.run(isVector);
      for (int64_t i = 0; i < kCount; ++i)
        ASSERT_LE(getError(std::pow(double(x[i]), double(y[i])), got[i]), bound)
            << x[i] << " to the power of " << y[i] << " is " << got[i];
    }
}

TEST(Math, ThePageShowsTheBounds) {
  auto page = MappedFile::open(AUTOGLM_SOURCE_DIR "/docs/targets/cpu.md");
  ASSERT_TRUE(static_cast<bool>(page)) << llvm::toString(page.takeError());
#define AUTOGLM_MATH_BOUND(NAME, ULP)                                          \
  EXPECT_NE((*page)->getBytes().find("| `" #NAME "` | " #ULP " |"),            \
            llvm::StringRef::npos)                                             \
      << #NAME;
#include "targets/cpu/compiler/math/Bounds.def"
}
