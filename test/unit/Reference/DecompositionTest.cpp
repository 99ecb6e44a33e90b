//===- DecompositionTest.cpp - composites mean what they are made of -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceTest.h"

#include <random>

using namespace mlir;

namespace autoglm::test {
namespace {

class DecompositionTest : public ReferenceTest {
protected:
  /// Random numbers; 0 and 1 for bool, from 0 to below `limit` for integers.
  Tensor random(Type type, int64_t limit) {
    auto tensor = cast<RankedTensorType>(type);
    std::vector<double> values(tensor.getNumElements());
    std::normal_distribution<double> normal;
    for (double &value : values) {
      value = normal(generator);
      if (tensor.getElementType().isInteger(1))
        value = value > 0;
      else if (isa<IntegerType>(tensor.getElementType()))
        value = std::floor(
            std::fmod(std::abs(value) * 100, static_cast<double>(limit)));
    }
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return make(text, values);
  }

  /// Evaluates @f of a module as it is and with every composite replaced, which
  /// must agree.
  void check(const std::string &text, int64_t limit = 4,
             double tolerance = 1e-5) {
    ModuleOp own = parse(text);
    ASSERT_TRUE(own) << errors;
    auto function = *own.getOps<func::FuncOp>().begin();
    SmallVector<Tensor> inputs;
    for (Type type : function.getArgumentTypes())
      inputs.push_back(random(type, limit));
    auto want = Evaluator(weights).run(function, inputs);
    ASSERT_TRUE(succeeded(want)) << errors;
    int replaced = 0;
    for (bool changed = true; changed;) {
      changed = false;
      SmallVector<DecomposableOpInterface> found;
      function.walk([&](DecomposableOpInterface op) { found.push_back(op); });
      for (DecomposableOpInterface op : found) {
        OpBuilder builder(op);
        auto values = op.decompose(builder);
        ASSERT_TRUE(succeeded(values)) << text;
        op->replaceAllUsesWith(*values);
        op->erase();
        changed = true;
        ++replaced;
      }
    }
    EXPECT_GT(replaced, 0);
    auto got = Evaluator(weights).run(function, inputs);
    ASSERT_TRUE(succeeded(got)) << errors;
    ASSERT_EQ(got->size(), want->size());
    for (auto [a, b] : llvm::zip_equal(*got, *want)) {
      EXPECT_EQ(a.getType(), b.getType());
      std::vector<double> left = toVector(a), right = toVector(b);
      // What is hidden is minus infinity in both.
      for (auto [x, y] : llvm::zip_equal(left, right))
        if (std::isinf(x) && x == y)
          x = y = 0;
      expectNear(left, right, tolerance);
    }
  }

  std::mt19937 generator{11};
};

static std::string ints(std::initializer_list<int64_t> values) {
  std::string text = "array<i64";
  const char *separator = ": ";
  for (int64_t value : values) {
    text += separator + std::to_string(value);
    separator = ", ";
  }
  return text + ">";
}

TEST_F(DecompositionTest, ConvTransposeIsAConvolutionWithPhasesAsChannels) {
  struct Case {
    const char *input, *weight, *output;
    std::initializer_list<int64_t> strides, pads, dilations, padding;
    int64_t group;
  };
  for (const Case &c : {
           Case{"1x2x3x4",
                "2x3x3x3",
                "1x3x5x6",
                {1, 1},
                {0, 0, 0, 0},
                {1, 1},
                {0, 0},
                1},
           // The window is the stride: no two meet.
           Case{"2x4x3x5",
                "4x3x2x2",
                "2x3x6x10",
                {2, 2},
                {0, 0, 0, 0},
                {1, 1},
                {0, 0},
                1},
           // Neither window nor pads fit the stride.
           Case{"1x2x3x3",
                "2x3x5x4",
                "1x3x7x7",
                {2, 3},
                {1, 2, 1, 1},
                {1, 1},
                {0, 0},
                1},
           // Output padding reaches beyond every window.
           Case{"1x2x3x3",
                "2x1x1x1",
                "1x1x10x8",
                {4, 3},
                {0, 0, 0, 0},
                {1, 1},
                {1, 1},
                1},
           Case{"1x4x3x3",
                "4x3x3x3",
                "1x6x8x8",
                {2, 2},
                {0, 0, 0, 0},
                {1, 1},
                {1, 1},
                2},
           Case{"1x1x3x3",
                "1x1x2x2",
                "1x1x5x5",
                {1, 1},
                {0, 0, 0, 0},
                {2, 2},
                {0, 0},
                1},
           Case{"1x1x3x3",
                "1x1x2x2",
                "1x1x9x5",
                {3, 1},
                {0, 0, 0, 0},
                {2, 2},
                {0, 0},
                1},
       }) {
    std::string input = std::string("tensor<") + c.input + "xf32>";
    std::string weight = std::string("tensor<") + c.weight + "xf32>";
    std::string output = std::string("tensor<") + c.output + "xf32>";
    std::string filters = c.output;
    filters = filters.substr(filters.find('x') + 1);
    std::string bias =
        "tensor<" + filters.substr(0, filters.find('x')) + "xf32>";
    check("func.func @f(%x: " + input + ", %w: " + weight + ", %b: " + bias +
          ") -> " + output + " {\n%0 = autoglm.conv_transpose %x, %w, %b " +
          "{strides = " + ints(c.strides) + ", pads = " + ints(c.pads) +
          ", dilations = " + ints(c.dilations) + ", output_padding = " +
          ints(c.padding) + ", group = " + std::to_string(c.group) +
          " : i64} : (" + input + ", " + weight + ", " + bias + ") -> " +
          output + "\nreturn %0 : " + output + "\n}");
  }
}

TEST_F(DecompositionTest, ResizeInEveryMode) {
  for (const std::string mode : {"nearest", "linear", "cubic"})
    for (const std::string coordinates :
         {"half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",
          "align_corners", "asymmetric", "tf_crop_and_resize"})
      for (const std::string output : {"1x2x8x10", "1x2x3x4", "1x2x1x7"})
        for (bool antialias : {false, true}) {
          if (antialias &&
              (mode == "nearest" || coordinates == "tf_crop_and_resize"))
            continue;
          std::string sizes = output;
          std::replace(sizes.begin(), sizes.end(), 'x', ',');
          std::string type = "tensor<" + output + "xf32>";
          check("func.func @f(%x: tensor<1x2x4x5xf32>) -> " + type +
                " {\n%0 = autoglm.resize %x {sizes = array<i64: " + sizes +
                ">, scales = array<f32>, roi = array<f32: 0.0, 0.0, 0.2, "
                "-0.1, 1.0, 1.0, 0.9, 1.2>, mode = \"" +
                mode + "\", coordinates = \"" + coordinates +
                "\", exclude_outside = " + (antialias ? "false" : "true") +
                ", antialias = " + (antialias ? "true" : "false") +
                ", extrapolation_value = 7.0 : f32} : "
                "(tensor<1x2x4x5xf32>) -> " +
                type + "\nreturn %0 : " + type + "\n}");
        }
}

TEST_F(DecompositionTest, RecurrentLayersAreAProductAndARecurrence) {
  for (const std::string direction : {"forward", "reverse", "bidirectional"}) {
    std::string d = direction == "bidirectional" ? "2" : "1";
    auto f = [&](std::string one) {
      return d == "1" ? "[" + one + "]" : "[" + one + ", " + one + "]";
    };
    auto floats = [&](size_t count) {
      std::string text = "array<f32";
      for (size_t i = 0; i < count * std::stoul(d); ++i)
        text += i ? ", 0.25" : ": 0.25";
      return text + ">";
    };
    std::string common = "direction = \"" + direction + "\"";
    std::string state = "tensor<" + d + "x2x4xf32>";
    std::string all = "tensor<3x" + d + "x2x4xf32>";
    check("func.func @f(%x: tensor<3x2x5xf32>, %w: tensor<" + d +
          "x16x5xf32>, %r: tensor<" + d + "x16x4xf32>, %b: tensor<" + d +
          "x32xf32>, %l: tensor<2xi32>, %h: " + state + ", %c: " + state +
          ", %p: tensor<" + d + "x12xf32>) -> (" + all + ", " + state + ", " +
          state + ") {\n%0:3 = autoglm.lstm %x, %w, %r, %b, %l, %h, %c, %p {" +
          common +
          ", activations = " + f("\"sigmoid\", \"tanh\", \"softsign\"") +
          ", alphas = " + floats(3) + ", betas = " + floats(3) +
          ", clip = 0.5 : f32, operandSegmentSizes = array<i32: 1, 1, 1, 1, "
          "1, 1, 1, 1>} : (tensor<3x2x5xf32>, tensor<" +
          d + "x16x5xf32>, tensor<" + d + "x16x4xf32>, tensor<" + d +
          "x32xf32>, tensor<2xi32>, " + state + ", " + state + ", tensor<" + d +
          "x12xf32>) -> (" + all + ", " + state + ", " + state +
          ")\nreturn %0#0, %0#1, %0#2 : " + all + ", " + state + ", " + state +
          "\n}");
    for (const char *before : {"false", "true"})
      check("func.func @f(%x: tensor<3x2x5xf32>, %w: tensor<" + d +
            "x12x5xf32>, %r: tensor<" + d + "x12x4xf32>, %b: tensor<" + d +
            "x24xf32>) -> (" + all + ", " + state +
            ") {\n%0:2 = autoglm.gru %x, %w, %r, %b {" + common +
            ", linear_before_reset = " + before +
            ", activations = " + f("\"hard_sigmoid\", \"elu\"") +
            ", alphas = " + floats(2) + ", betas = " + floats(2) +
            ", operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0>} : "
            "(tensor<3x2x5xf32>, tensor<" +
            d + "x12x5xf32>, tensor<" + d + "x12x4xf32>, tensor<" + d +
            "x24xf32>) -> (" + all + ", " + state +
            ")\nreturn %0#0, %0#1 : " + all + ", " + state + "\n}");
    check("func.func @f(%x: tensor<3x2x5xf32>, %w: tensor<" + d +
          "x4x5xf32>, %r: tensor<" + d + "x4x4xf32>) -> (" + all + ", " +
          state + ") {\n%0:2 = autoglm.rnn %x, %w, %r {" + common +
          ", activations = " + f("\"leaky_relu\"") + ", alphas = " + floats(1) +
          ", betas = " + floats(1) +
          ", operandSegmentSizes = array<i32: 1, 1, 1, 0, 0, 0>} : "
          "(tensor<3x2x5xf32>, tensor<" +
          d + "x4x5xf32>, tensor<" + d + "x4x4xf32>) -> (" + all + ", " +
          state + ")\nreturn %0#0, %0#1 : " + all + ", " + state + "\n}");
  }
}

TEST_F(DecompositionTest, AttentionWithEveryMask) {
  for (int stage : {0, 1, 2, 3})
    for (const std::string offset : {"", ", causal_offset = -4 : i64"})
      for (const char *mask : {"tensor<3x5xi1>", "tensor<2x1x3x5xf32>"}) {
        std::string types = std::string("tensor<2x4x3x6xf32>, "
                                        "tensor<2x2x5x6xf32>, "
                                        "tensor<2x2x5x7xf32>, ") +
                            mask + ", tensor<2xi64>";
        std::string results = "tensor<2x4x3x7xf32>, tensor<2x4x3x5xf32>";
        check("func.func @f(%q: tensor<2x4x3x6xf32>, %k: tensor<2x2x5x6xf32>, "
              "%v: tensor<2x2x5x7xf32>, %m: " +
                  std::string(mask) + ", %n: tensor<2xi64>) -> (" + results +
                  ") {\n%0:2 = autoglm.attention %q, %k, %v, %m, %n {scale = "
                  "0.5 : f32, softcap = 2.0 : f32, softmax_type = f32, "
                  "score_stage = " +
                  std::to_string(stage) + " : i64" + offset +
                  ", operandSegmentSizes = array<i32: 1, 1, 1, 1, 1>} : (" +
                  types + ") -> (" + results +
                  ")\nreturn %0#0, %0#1 : " + results + "\n}",
              /*limit=*/6);
      }
}

TEST_F(DecompositionTest, EinsumIsAProductOfMatrices) {
  check(
      R"(func.func @f(%a: tensor<2x3x4x5xf32>, %b: tensor<5x2x6x7xf32>) -> tensor<6x2x3xf32> {
    %0 = autoglm.einsum %a, %b {equation = "bijk,kbno->nbi"} : (tensor<2x3x4x5xf32>, tensor<5x2x6x7xf32>) -> tensor<6x2x3xf32>
    return %0 : tensor<6x2x3xf32>
  })");
  check(R"(func.func @f(%a: tensor<2x3x4xf32>) -> tensor<4x2xf32> {
    %0 = autoglm.einsum %a {equation = "abc->ca"} : (tensor<2x3x4xf32>) -> tensor<4x2xf32>
    return %0 : tensor<4x2xf32>
  })");
  check(R"(func.func @f(%a: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<f32> {
    %0 = autoglm.einsum %a, %b {equation = "i,i->"} : (tensor<3xf32>, tensor<3xf32>) -> tensor<f32>
    return %0 : tensor<f32>
  })");
}

TEST_F(DecompositionTest, Normalizations) {
  check(
      R"(func.func @f(%x: tensor<2x3x4xf32>, %s: tensor<4xf32>) -> tensor<2x3x4xf32> {
    %0 = autoglm.rms_normalization %x, %s {axis = -2 : i64, epsilon = 1.0e-3 : f32} : (tensor<2x3x4xf32>, tensor<4xf32>) -> tensor<2x3x4xf32>
    return %0 : tensor<2x3x4xf32>
  })");
  check(
      R"(func.func @f(%x: tensor<2x6x4xf32>, %s: tensor<6xf32>, %b: tensor<6xf32>) -> tensor<2x6x4xf32> {
    %0 = autoglm.group_normalization %x, %s, %b {num_groups = 3 : i64} : (tensor<2x6x4xf32>, tensor<6xf32>, tensor<6xf32>) -> tensor<2x6x4xf32>
    return %0 : tensor<2x6x4xf32>
  })");
  for (const char *size : {"1", "4", "5", "9"})
    check("func.func @f(%x: tensor<2x6x4xf32>) -> tensor<2x6x4xf32> {\n"
          "%0 = autoglm.lrn %x {size = " +
          std::string(size) +
          " : i64, alpha = 0.5 : f32} : (tensor<2x6x4xf32>) -> "
          "tensor<2x6x4xf32>\nreturn %0 : tensor<2x6x4xf32>\n}");
}

} // namespace
} // namespace autoglm::test
