//===- EvaluatorTest.cpp - running functions -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceTest.h"

using namespace mlir;

namespace autoglm::test {
namespace {

using EvaluatorTest = ReferenceTest;

const char *const kSegments = R"(
  autoglm.device @d = #autoglm.device<"d", family = "none", digest = "", {}>
  func.func @f(%x: tensor<2xf32> {autoglm.name = "pixels"}) -> tensor<2xf32> {
    %y = autoglm.segment @d (%a = %x : tensor<2xf32>) -> tensor<2xf32> {
      %0 = autoglm.add %a, %a : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
      %1 = autoglm.group (%b = %0 : tensor<2xf32>) -> tensor<2xf32> {
        %2 = autoglm.constant dense<[1.0, -1.0]> : tensor<2xf32>
        %3 = autoglm.mul %b, %2 : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
        autoglm.yield %3 : tensor<2xf32>
      }
      autoglm.yield %1 : tensor<2xf32>
    }
    return %y : tensor<2xf32>
  }
)";

TEST_F(EvaluatorTest, SegmentsAndGroupsAreInline) {
  auto results = runModule(kSegments, make("tensor<2xf32>", {1, 2}));
  ASSERT_TRUE(succeeded(results)) << errors;
  expectSame(toVector(results->front()), {2, -4});
}

TEST_F(EvaluatorTest, InputsAreChecked) {
  EXPECT_TRUE(failed(runModule(kSegments, make("tensor<3xf32>", {1, 2, 3}))));
  EXPECT_NE(errors.find("[AGC-E105] input 'pixels' must be 'tensor<2xf32>', "
                        "got 'tensor<3xf32>'"),
            std::string::npos)
      << errors;
  errors.clear();
  EXPECT_TRUE(failed(runModule(kSegments, make("tensor<2xi32>", {1, 2}))));
  EXPECT_NE(errors.find("tensor<2xi32>"), std::string::npos) << errors;
  errors.clear();
  EXPECT_TRUE(failed(runModule(kSegments, {})));
  EXPECT_NE(errors.find("takes 1 inputs, got 0"), std::string::npos) << errors;
}

TEST_F(EvaluatorTest, ObserverSeesEveryOperation) {
  auto function = parse(kSegments).lookupSymbol<func::FuncOp>("f");
  SmallVector<std::string> seen;
  Evaluator evaluator(weights);
  evaluator.setObserver(
      [&](Operation *op, ArrayRef<Tensor> operands, ArrayRef<Tensor> results) {
        EXPECT_EQ(operands.size(), op->getNumOperands());
        EXPECT_EQ(results.size(), op->getNumResults());
        seen.push_back(op->getName().stripDialect().str());
      });
  auto results = evaluator.run(function, make("tensor<2xf32>", {1, 2}));
  ASSERT_TRUE(succeeded(results)) << errors;
  EXPECT_EQ(seen, (SmallVector<std::string>{"add", "constant", "mul", "group",
                                            "segment"}));
}

TEST_F(EvaluatorTest, ResultsMustFitTheTypesOfTheOperation) {
  // The types promise that x has as many rows as y, which is not so.
  EXPECT_TRUE(failed(runModule(
      R"(func.func @f(%x: tensor<?xf32>) -> tensor<3xf32> {
           %0 = autoglm.neg %x : (tensor<?xf32>) -> tensor<3xf32>
           return %0 : tensor<3xf32>
         })",
      make("tensor<2xf32>", {1, 2}))));
  EXPECT_NE(errors.find("AGC-E203"), std::string::npos) << errors;
}

TEST_F(EvaluatorTest, ForeignOperationsAreRefused) {
  EXPECT_TRUE(failed(runModule(
      R"(func.func @f(%x: tensor<2xf32>) -> tensor<2xf32> {
           %0 = func.call @f(%x) : (tensor<2xf32>) -> tensor<2xf32>
           return %0 : tensor<2xf32>
         })",
      make("tensor<2xf32>", {1, 2}))));
  EXPECT_NE(errors.find("'func.call' cannot be evaluated"), std::string::npos)
      << errors;
}

TEST_F(EvaluatorTest, EveryTensorOperationHasAMeaning) {
  size_t count = 0;
  StringRef structural[] = {"weight",  "load_weight", "device", "link",
                            "segment", "group",       "yield",  "launch"};
  for (RegisteredOperationName name : context.getRegisteredOperations()) {
    if (name.getDialectNamespace() != "autoglm")
      continue;
    bool isStructural = llvm::is_contained(structural, name.stripDialect());
    EXPECT_NE(name.hasInterface<EvaluateOpInterface>(), isStructural)
        << name.getStringRef().str();
    ++count;
  }
  EXPECT_GT(count, 90u);
}

} // namespace
} // namespace autoglm::test
