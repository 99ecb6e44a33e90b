//===- ScatterTest.cpp - indexed gathering, scattering, sorting -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceTest.h"

namespace autoglm::test {
namespace {

class ScatterTest : public ReferenceTest {
protected:
  /// As `values`, for operands whose types are known: the length of the index
  /// tuples decides the rank of the result.
  std::vector<double> known(const std::string &op,
                            llvm::ArrayRef<Tensor> operands,
                            const std::string &result,
                            const std::string &attributes = "") {
    std::string arguments, names, types;
    for (auto [i, operand] : llvm::enumerate(operands)) {
      std::string type, name = "%a" + std::to_string(i);
      llvm::raw_string_ostream(type) << operand.getType();
      arguments += (i ? ", " : "") + name + ": " + type;
      names += (i ? ", " : "") + name;
      types += (i ? ", " : "") + type;
    }
    auto results = runModule("func.func @f(" + arguments + ") -> " + result +
                                 " {\n%0 = autoglm." + op + " " + names + " " +
                                 attributes + " : (" + types + ") -> " +
                                 result + "\nreturn %0 : " + result + "\n}",
                             operands);
    return mlir::succeeded(results) ? toVector((*results)[0])
                                    : std::vector<double>();
  }
};

TEST_F(ScatterTest, GatherNDTakesElementsAndSlices) {
  Tensor x = make("tensor<2x2xf32>", {0, 1, 2, 3});
  expectSame(known("gather_nd", {x, make("tensor<2x2xi64>", {0, 0, 1, -1})},
                   "tensor<2xf32>"),
             {0, 3});
  expectSame(known("gather_nd", {x, make("tensor<2x1xi64>", {1, 0})},
                   "tensor<2x2xf32>"),
             {2, 3, 0, 1});
  expectSame(known("gather_nd", {x, make("tensor<2x1xi64>", {1, 0})},
                   "tensor<2xf32>", "{batch_dims = 1 : i64}"),
             {1, 2});
  EXPECT_TRUE(
      known("gather_nd", {x, make("tensor<1x1xi64>", {2})}, "tensor<1x2xf32>")
          .empty());
  EXPECT_NE(errors.find("index 2 is outside [-2, 1]"), std::string::npos)
      << errors;
}

TEST_F(ScatterTest, UpdatesAreAppliedInOrder) {
  Tensor x = make("tensor<3xf32>", {1, 2, 3});
  Tensor twice = make("tensor<3x1xi64>", {1, 1, -1});
  Tensor news = make("tensor<3xf32>", {10, 20, 30});
  expectSame(known("scatter_nd", {x, twice, news}, "tensor<3xf32>"),
             {1, 20, 30});
  expectSame(known("scatter_nd", {x, twice, news}, "tensor<3xf32>",
                   "{reduction = \"add\"}"),
             {1, 32, 33});
  expectSame(known("scatter_nd", {x, twice, news}, "tensor<3xf32>",
                   "{reduction = \"mul\"}"),
             {1, 400, 90});
  expectSame(known("scatter_nd", {x, twice, news}, "tensor<3xf32>",
                   "{reduction = \"min\"}"),
             {1, 2, 3});
  EXPECT_TRUE(
      known("scatter_nd",
            {x, make("tensor<1x1xi64>", {3}), make("tensor<1xf32>", {0})},
            "tensor<3xf32>")
          .empty());
}

TEST_F(ScatterTest, ScatterElementsReplacesOneCoordinate) {
  Tensor x = make("tensor<2x3xi32>", {0, 0, 0, 0, 0, 0});
  Tensor at = make("tensor<2x2xi64>", {2, 0, 1, -3});
  Tensor news = make("tensor<2x2xi32>", {1, 2, 3, 4});
  expectSame(values("scatter_elements", {x, at, news}, "tensor<2x3xi32>",
                    "{axis = 1 : i64}"),
             {2, 0, 1, 4, 3, 0});
}

TEST_F(ScatterTest, TopKKeepsTheOrderOfEqualElements) {
  Tensor x = make("tensor<5xf32>", {1, 3, kNaN, 3, 2});
  auto best =
      apply("topk", {x}, "tensor<3xf32>;tensor<3xi64>", "{k = 3 : i64}");
  ASSERT_EQ(best.size(), 2u) << errors;
  expectSame(toVector(best[0]), {kNaN, 3, 3});
  expectSame(toVector(best[1]), {2, 1, 3});
  auto least = apply("topk", {x}, "tensor<5xf32>;tensor<5xi64>",
                     "{k = 5 : i64, largest = false}");
  ASSERT_EQ(least.size(), 2u) << errors;
  expectSame(toVector(least[1]), {0, 4, 1, 3, 2});
}

TEST_F(ScatterTest, NonZeroGivesOneColumnPerElement) {
  auto found = apply("nonzero", {make("tensor<2x3xi1>", {1, 0, 1, 0, 0, 1})},
                     "tensor<2x?xi64>");
  ASSERT_EQ(found.size(), 1u) << errors;
  EXPECT_EQ(found[0].getShape(), llvm::ArrayRef<int64_t>({2, 3}));
  expectSame(toVector(found[0]), {0, 0, 1, 0, 2, 2});
}

} // namespace
} // namespace autoglm::test
