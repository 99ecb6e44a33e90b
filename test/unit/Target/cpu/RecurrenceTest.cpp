//===- RecurrenceTest.cpp - kernels of this kind -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include <gtest/gtest.h>

using namespace autoglm::test;

namespace {
/// One direction of a layer with `hidden` units, whose sizes are no multiple of
/// a vector.
struct Layer {
  std::string cell, activations;
  int gates, functions;
  std::string element = "f32", more;
  int hidden = 19;
  bool peepholes = false, newGateBias = false, lengths = false;

  std::string check(double tolerance = 1e-4) const {
    auto type = [&](std::string shape) {
      return "tensor<" + shape + "x" + element + ">";
    };
    std::string h = std::to_string(hidden), w = std::to_string(gates * hidden);
    bool isLstm = cell == "lstm";
    std::vector<std::pair<std::string, std::string>> operands;
    if (lengths)
      operands.push_back({"%l", "tensor<3xi32>"});
    std::vector<std::pair<std::string, std::string>> arguments(operands);
    operands = {{"%g", type("4x3x" + w)},
                {"%r", type(h + "x" + w)},
                {"%h", type("3x" + h)}};
    if (isLstm)
      operands.push_back({"%c", type("3x" + h)});
    if (peepholes)
      operands.push_back({"%p", type(std::to_string(3 * hidden))});
    if (newGateBias)
      operands.push_back({"%b", type(h)});
    arguments.insert(arguments.end(), operands.begin(), operands.end());
    if (lengths)
      operands.push_back({"%l", "tensor<3xi32>"});
    std::string signature, names, types;
    for (auto &[name, own] : arguments)
      signature += (signature.empty() ? "" : ", ") + name + ": " + own;
    for (auto &[name, own] : operands) {
      names += (names.empty() ? "" : ", ") + name;
      types += (types.empty() ? "" : ", ") + own;
    }
    std::string results =
        type("4x3x" + h) + ", " + type("3x" + h) + ", " + type("3x" + h);
    std::string numbers = "array<f32";
    for (int i = 0; i < functions; ++i)
      numbers += i ? ", 0.3" : ": 0.3";
    auto has = [](bool given) { return given ? ", 1" : ", 0"; };
    KernelOptions options;
    options.tolerance = tolerance;
    options.low = -0.5;
    options.high = 0.5;
    options.parts = 2;
    options.minExtent = 3;
    if (lengths)
      options.first = {4, 0, 2};
    return checkKernel("(" + signature + ") -> (" + results + ")",
                       "%0:3 = autoglm.recurrence " + names + " {cell = \"" +
                           cell + "\", activations = [" + activations +
                           "], alphas = " + numbers + ">, betas = " + numbers +
                           ">" + more +
                           ", operandSegmentSizes = array<i32: 1, 1, 1" +
                           has(isLstm) + has(peepholes) + has(newGateBias) +
                           has(lengths) + ">} : (" + types + ") -> (" +
                           results + ")\nreturn %0#0, %0#1, %0#2 : " + results,
                       options);
  }
};
} // namespace

TEST(Recurrence, EveryCell) {
  EXPECT_EQ((Layer{"rnn", "\"tanh\"", 1, 1}.check()), "");
  EXPECT_EQ((Layer{"gru", "\"sigmoid\", \"tanh\"", 3, 2}.check()), "");
  EXPECT_EQ((Layer{"lstm", "\"sigmoid\", \"tanh\", \"tanh\"", 4, 3}.check()),
            "");
  Layer gru{"gru", "\"sigmoid\", \"tanh\"", 3, 2};
  gru.newGateBias = true;
  EXPECT_EQ(gru.check(), "");
  Layer lstm{"lstm", "\"sigmoid\", \"tanh\", \"tanh\"", 4, 3};
  lstm.peepholes = true;
  lstm.more = ", clip = 0.4 : f32, input_forget = true";
  EXPECT_EQ(lstm.check(), "");
}

TEST(Recurrence, ReverseSequencesOfTheirOwnLengths) {
  for (const char *more : {"", ", reverse = true"}) {
    Layer layer{"lstm", "\"sigmoid\", \"tanh\", \"tanh\"", 4, 3};
    layer.lengths = true;
    layer.more = more;
    EXPECT_EQ(layer.check(), "") << more;
  }
}

TEST(Recurrence, EveryActivation) {
  for (const std::string name :
       {"relu", "affine", "leaky_relu", "thresholded_relu", "scaled_tanh",
        "hard_sigmoid", "elu", "softsign", "softplus"})
    EXPECT_EQ((Layer{"rnn", "\"" + name + "\"", 1, 1}.check()), "") << name;
}

TEST(Recurrence, ElementTypesAndSizes) {
  Layer layer{"lstm", "\"sigmoid\", \"tanh\", \"tanh\"", 4, 3};
  for (int hidden : {1, 16, 70}) {
    layer.hidden = hidden;
    EXPECT_EQ(layer.check(), "") << hidden;
  }
  layer.hidden = 5;
  layer.element = "f64";
  EXPECT_EQ(layer.check(1e-12), "");
  layer.element = "f16";
  EXPECT_EQ(layer.check(1e-2), "");
}
