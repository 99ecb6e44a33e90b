//===- ConvFormTest.cpp - convolutions written vector by vector -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include <gtest/gtest.h>

namespace autoglm::test {
namespace {

/// A convolution of `channels` to `filters` with square windows.
struct Conv {
  int64_t batch, channels, height, width, filters, window, stride, pad;
  int64_t dilation = 1, group = 1;

  int64_t out(int64_t size) const {
    return (size + 2 * pad - dilation * (window - 1) - 1) / stride + 1;
  }
};

std::string tensor(std::initializer_list<int64_t> dims,
                   const std::string &inner) {
  std::string text = "tensor<", order;
  size_t rank = 0;
  for (int64_t dim : dims) {
    text += std::to_string(dim) + "x";
    order += (rank ? ", " : "") + std::to_string(rank);
    ++rank;
  }
  return text + "f32" +
         (inner.empty() ? ""
                        : ", #autoglm.layout<order = [" + order +
                              "], inner = [" + inner + "]>") +
         ">";
}

/// Compares the kernel of a convolution with bias, residual and clamp; the
/// device of the tests has 8 lanes. What lies behind the last channel is no
/// number.
std::string check(const Conv &conv, const std::string &inputInner,
                  const std::string &weightInner,
                  const std::string &biasInner = "") {
  auto list = [](int64_t value, int count) {
    std::string text = "array<i64: ";
    for (int i = 0; i < count; ++i)
      text += (i ? ", " : "") + std::to_string(value);
    return text + ">";
  };
  std::string x =
      tensor({conv.batch, conv.channels, conv.height, conv.width}, inputInner);
  std::string w = tensor(
      {conv.filters, conv.channels / conv.group, conv.window, conv.window},
      weightInner);
  std::string b = tensor({conv.filters}, biasInner);
  std::string y = tensor(
      {conv.batch, conv.filters, conv.out(conv.height), conv.out(conv.width)},
      "1, 8");
  return checkKernel(
      "(%x: " + x + ", %w: " + w + ", %b: " + b + ", %r: " + y + ") -> " + y,
      "%0 = autoglm.conv %x, %w, %b {strides = " + list(conv.stride, 2) +
          ", pads = " + list(conv.pad, 4) +
          ", dilations = " + list(conv.dilation, 2) +
          ", group = " + std::to_string(conv.group) + " : i64} : (" + x + ", " +
          w + ", " + b + ") -> " + y + "\n %1 = autoglm.add %0, %r : (" + y +
          ", " + y + ") -> " + y + "\n %2 = autoglm.relu %1 : (" + y + ") -> " +
          y + "\n return %2 : " + y,
      {.tolerance = 1e-4, .parts = 3});
}

const char *const kBlocks = "1, 8", *const kPacked = "1, 8, 0, 8";
const char *const kRows = "0, 8";

TEST(ConvForm, LeavesOutTapsBeyondTheBorder) {
  EXPECT_EQ(check({1, 16, 14, 14, 16, 3, 1, 1}, kBlocks, kPacked), "");
  EXPECT_EQ(check({2, 16, 5, 23, 32, 3, 2, 1}, kBlocks, kPacked), "");
  EXPECT_EQ(check({1, 8, 9, 9, 8, 5, 1, 2}, kBlocks, kPacked), "");
  EXPECT_EQ(check({1, 8, 2, 2, 40, 3, 1, 1}, kBlocks, kPacked), "");
  // Taps farther apart than the input is wide.
  EXPECT_EQ(check({1, 8, 8, 8, 8, 3, 1, 6, 6}, kBlocks, kPacked), "");
}

TEST(ConvForm, ReadsNoChannelThatDoesNotExist) {
  EXPECT_EQ(check({1, 12, 7, 7, 20, 3, 1, 1}, kBlocks, kPacked), "");
  EXPECT_EQ(check({1, 9, 7, 7, 12, 3, 2, 0}, kBlocks, kPacked, "0, 8"), "");
}

TEST(ConvForm, RunsOneTapOverAllPixels) {
  EXPECT_EQ(check({2, 16, 9, 11, 24, 1, 1, 0}, kBlocks, kPacked), "");
  EXPECT_EQ(check({1, 16, 9, 11, 24, 1, 2, 0}, kBlocks, kPacked), "");
  EXPECT_EQ(check({1, 24, 1, 1, 72, 1, 1, 0}, kBlocks, kPacked), "");
}

TEST(ConvForm, TakesFewRowMajorChannels) {
  EXPECT_EQ(check({1, 3, 30, 31, 16, 7, 2, 3}, "", kRows), "");
  EXPECT_EQ(check({2, 1, 6, 6, 12, 3, 1, 1}, "", kRows), "");
}

TEST(ConvForm, KeepsGroupsApart) {
  // Depthwise, two groups in a block, two blocks in a group.
  EXPECT_EQ(check({1, 20, 15, 15, 20, 3, 1, 1, 1, 20}, kBlocks, kRows), "");
  EXPECT_EQ(check({2, 16, 9, 17, 16, 5, 2, 2, 1, 16}, kBlocks, kRows), "");
  EXPECT_EQ(check({1, 20, 9, 9, 20, 3, 1, 1, 1, 5}, kBlocks, "1, 4, 0, 8"), "");
  EXPECT_EQ(check({1, 48, 5, 6, 32, 3, 1, 1, 1, 2}, kBlocks, kPacked), "");
}

std::string checkWinograd(int64_t channels, int64_t filters, int64_t height,
                          int64_t width, int64_t pad) {
  std::string x = tensor({2, channels, height, width}, kBlocks);
  std::string y =
      tensor({2, filters, height + 2 * pad - 2, width + 2 * pad - 2}, kBlocks);
  std::string w = "tensor<" + std::to_string(filters) + "x" +
                  std::to_string(channels) +
                  "x6x6xf32, #autoglm.layout<order = [0, 2, 3, 1], inner = "
                  "[0, " +
                  ((filters + 7) / 8 % 2 == 0 ? "16" : "8") + "]>>";
  std::string b = tensor({filters}, "0, 8"), p = std::to_string(pad);
  return checkKernel(
      "(%x: " + x + ", %w: " + w + ", %b: " + b + ") -> " + y,
      "%0 = autoglm.winograd_conv %x, %w, %b {pads = array<i64: " + p + ", " +
          p + ", " + p + ", " + p + ">} : (" + x + ", " + w + ", " + b +
          ") -> " + y +
          "\n %1 = "
          "autoglm.relu %0 : (" +
          y + ") -> " + y + "\n return %1 : " + y,
      // Sums of products of up to 100 times the inputs cancel.
      {.tolerance = 1e-3, .parts = 3});
}

TEST(WinogradForm, ComputesSquares) {
  EXPECT_EQ(checkWinograd(16, 16, 12, 12, 1), "");
  // Squares that reach beyond the result, lanes that are no channels.
  EXPECT_EQ(checkWinograd(12, 20, 13, 9, 1), "");
  EXPECT_EQ(checkWinograd(9, 8, 7, 22, 0), "");
}

} // namespace
} // namespace autoglm::test
