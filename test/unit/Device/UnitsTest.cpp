//===- UnitsTest.cpp - tests of quantities with units -----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Device/Units.h"

#include <gtest/gtest.h>

using namespace autoglm;

namespace {
/// The number, or NaN after checking that the message holds `message`.
double parse(llvm::StringRef text, Unit unit, llvm::StringRef message = "") {
  llvm::Expected<double> number = parseQuantity(text, unit);
  if (number) {
    EXPECT_EQ(message, "") << text.str();
    return *number;
  }
  std::string found = llvm::toString(number.takeError());
  EXPECT_FALSE(message.empty()) << found;
  EXPECT_NE(found.find(message.str()), std::string::npos) << found;
  return -1;
}
} // namespace

TEST(Units, ReadsPrefixes) {
  EXPECT_EQ(parse("64KiB", Unit::Bytes), 65536);
  EXPECT_EQ(parse("64kB", Unit::Bytes), 64000);
  EXPECT_EQ(parse("1.5 MiB", Unit::Bytes), 1572864);
  EXPECT_EQ(parse("0B", Unit::Bytes), 0);
  EXPECT_EQ(parse("800GB/s", Unit::BytesPerSecond), 800e9);
  EXPECT_EQ(parse("1.41GHz", Unit::Hertz), 1.41e9);
  EXPECT_EQ(parse("5us", Unit::Seconds), 5e-6);
  EXPECT_EQ(parse("5µs", Unit::Seconds), 5e-6);
  EXPECT_EQ(parse("1e3ns", Unit::Seconds), 1e3 * 1e-9);
  EXPECT_EQ(parse("19.5TFLOP/s", Unit::OperationsPerSecond), 19.5e12);
  EXPECT_EQ(parse("2OP/s", Unit::OperationsPerSecond), 2);
  EXPECT_EQ(parse("0.9pJ", Unit::Joules), 0.9e-12);
  EXPECT_EQ(parse("20pJ/B", Unit::JoulesPerByte), 20e-12);
  EXPECT_EQ(parse("350mW", Unit::Watts), 0.35);
  EXPECT_EQ(parse("108", Unit::Count), 108);
}

TEST(Units, RefusesWhatIsNone) {
  parse("", Unit::Bytes, "does not start with a number");
  parse("-1B", Unit::Bytes, "does not start with a number");
  parse("nanB", Unit::Bytes, "does not start with a number");
  parse("0x10B", Unit::Bytes, "'x10B' is not a unit that fits here");
  parse("64", Unit::Bytes, "has no unit, such as \"64KiB\"");
  parse("1.", Unit::Hertz, "does not start with a number");
  parse("12 parsecs", Unit::BytesPerSecond, "'parsecs' is not a unit");
  parse("5GB", Unit::BytesPerSecond, "such as \"800GB/s\"");
  parse("5GiHz", Unit::Hertz, "'GiHz' is not a unit");
  parse("64KB", Unit::Bytes, "'kB' for 1000 or 'KiB' for 1024");
  parse("1.3B", Unit::Bytes, "not a whole number of bytes");
  parse("8EB", Unit::Bytes, "not a unit");
  parse("9000PiB", Unit::Bytes, "too large");
  parse("1e400Hz", Unit::Hertz, "1e400Hz");
}

TEST(Units, CountsArePlain) {
  parse("1.5", Unit::Count, "not a whole number");
  parse("5k", Unit::Count, "not a whole number");
  parse("99999999999999999999", Unit::Count, "too large");
}

TEST(Units, RatiosArePlain) {
  EXPECT_EQ(parse("0.8", Unit::Ratio), 0.8);
  EXPECT_EQ(parse("1", Unit::Ratio), 1);
  EXPECT_EQ(parse("1e-3", Unit::Ratio), 1e-3);
  parse("80%", Unit::Ratio, "'80%' is not a plain number, such as \"0.8\"");
  parse("5m", Unit::Ratio, "not a plain number");
  parse("-0.1", Unit::Ratio, "does not start with a number");
}

TEST(Units, PrintsWhatReadsBack) {
  struct {
    double value;
    Unit unit;
    const char *text;
  } cases[] = {{65536, Unit::Bytes, "64KiB"},
               {65537, Unit::Bytes, "65.537kB"},
               {0, Unit::Bytes, "0B"},
               {999, Unit::Bytes, "999B"},
               {800e9, Unit::BytesPerSecond, "800GB/s"},
               {1.41e9, Unit::Hertz, "1.41GHz"},
               {5e-6, Unit::Seconds, "5us"},
               {0.9e-12, Unit::Joules, "0.9pJ"},
               {0.8, Unit::Ratio, "0.8"},
               {0.001, Unit::Ratio, "0.001"},
               {108, Unit::Count, "108"}};
  for (auto &[value, unit, text] : cases) {
    EXPECT_EQ(formatQuantity(value, unit), text);
    EXPECT_EQ(parse(text, unit), value);
  }
}
