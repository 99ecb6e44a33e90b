//===- OperatorsTest.cpp - tests of the operators' other names --*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Device/Operators.h"
#include "lib/Device/Schema.h"

#include <gtest/gtest.h>

using namespace autoglm;

namespace {
struct Row {
  const char *spelling, *op;
};
const Row rows[] = {
#define AUTOGLM_OPERATOR_ALIAS(spelling, op) {spelling, op},
#include "autoglm/Device/OperatorAliases.def"
};

bool isAlias(llvm::StringRef name) {
  return std::any_of(std::begin(rows), std::end(rows), [&](const Row &row) {
    return normalizeOperator(row.spelling) == normalizeOperator(name);
  });
}
} // namespace

TEST(Operators, EveryAliasStandsForAnOperator) {
  // What a row leads to is found in the dialect, or is an alias of itself too.
  for (const Row &row : rows) {
    bool sameName = isAlias(row.op);
    std::vector<std::string> found = resolveOperator(row.op);
    ASSERT_FALSE(found.empty()) << row.op;
    if (!sameName)
      EXPECT_EQ(found, std::vector<std::string>{row.op});
  }
}

TEST(Operators, NoRowIsThereTwice) {
  for (const Row &row : rows)
    EXPECT_EQ(std::count_if(std::begin(rows), std::end(rows),
                            [&](const Row &other) {
                              return normalizeOperator(other.spelling) ==
                                         normalizeOperator(row.spelling) &&
                                     normalizeOperator(other.op) ==
                                         normalizeOperator(row.op);
                            }),
              1)
        << row.spelling;
}

TEST(Operators, SpellingsAreResolved) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(resolveOperator("LayerNorm"), Names{"LayerNormalization"});
  EXPECT_EQ(resolveOperator("layer_normalization"),
            Names{"layer_normalization"});
  EXPECT_EQ(resolveOperator("conv2d"), Names{"Conv"});
  EXPECT_EQ(resolveOperator("Linear"), (Names{"Gemm", "MatMul"}));
  EXPECT_EQ(resolveOperator("QuantizeLinear"),
            (Names{"QuantizeLinear", "Quantize"}));
  EXPECT_TRUE(resolveOperator("Nonsense").empty());
  // Operations of the dialect that compute nothing are no operators.
  EXPECT_TRUE(resolveOperator("segment").empty());
  EXPECT_TRUE(resolveOperator("load_weight").empty());
  EXPECT_TRUE(resolveOperator("").empty());
}

TEST(Operators, TheNearestIsSuggested) {
  EXPECT_EQ(suggestOperator("LayerNrm"), "; did you mean 'LayerNorm'?");
  EXPECT_EQ(suggestOperator("softmaxx"), "; did you mean 'softmax'?");
  EXPECT_EQ(suggestOperator("zzzzzzzz"), "");
}
