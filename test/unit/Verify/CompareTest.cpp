//===- CompareTest.cpp - two tensors within a tolerance -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lib/Verify/Compare.h"
#include "lib/Verify/ElementTypes.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"
#include "gtest/gtest.h"

#include <cmath>

using namespace mlir;

namespace autoglm::verify {
namespace {

class CompareTest : public ::testing::Test {
protected:
  Tensor make(Type type, ArrayRef<int64_t> shape, ArrayRef<double> values) {
    Tensor tensor = *Tensor::allocate(RankedTensorType::get(shape, type));
    for (auto [index, value] : llvm::enumerate(values))
      tensor.setFloat(index, value);
    return tensor;
  }
  Tensor floats(ArrayRef<double> values) {
    return make(builder.getF32Type(), {static_cast<int64_t>(values.size())},
                values);
  }

  MLIRContext context;
  Builder builder{&context};
};

TEST_F(CompareTest, ToleranceHasBothParts) {
  Tolerance tolerance{0.01, 0.1};
  // |got - want| may be 0.1 + 0.01 * 100.
  EXPECT_EQ(compare(floats({101}), floats({100}), tolerance, "y").status,
            Status::Pass);
  EXPECT_EQ(compare(floats({101.2}), floats({100}), tolerance, "y").status,
            Status::Fail);
  EXPECT_EQ(compare(floats({0.09}), floats({0}), tolerance, "y").status,
            Status::Pass);
  EXPECT_EQ(compare(floats({-0.11}), floats({0}), tolerance, "y").status,
            Status::Fail);
}

TEST_F(CompareTest, NaNAndInfinities) {
  Tolerance wide{1, 1e30};
  EXPECT_EQ(compare(floats({NAN}), floats({NAN}), wide, "y").status,
            Status::Pass);
  EXPECT_EQ(compare(floats({NAN}), floats({1}), wide, "y").status,
            Status::Fail);
  EXPECT_EQ(compare(floats({1}), floats({NAN}), wide, "y").status,
            Status::Fail);
  EXPECT_EQ(compare(floats({INFINITY}), floats({INFINITY}), wide, "y").status,
            Status::Pass);
  EXPECT_EQ(compare(floats({-INFINITY}), floats({INFINITY}), wide, "y").status,
            Status::Fail);
  EXPECT_EQ(compare(floats({1}), floats({INFINITY}), wide, "y").status,
            Status::Fail);
}

TEST_F(CompareTest, IntegersMustBeEqual) {
  Tolerance wide{1, 100};
  Type type = builder.getI64Type();
  EXPECT_EQ(compare(make(type, {2}, {1, 2}), make(type, {2}, {1, 2}), wide, "y")
                .status,
            Status::Pass);
  EXPECT_EQ(compare(make(type, {2}, {1, 3}), make(type, {2}, {1, 2}), wide, "y")
                .status,
            Status::Fail);
}

TEST_F(CompareTest, TypesAndShapesMustBeEqual) {
  Type f32 = builder.getF32Type();
  Outcome outcome = compare(make(f32, {2, 1}, {1, 2}), floats({1, 2}), {}, "y");
  EXPECT_EQ(outcome.status, Status::Fail);
  EXPECT_NE(outcome.reason.find("expected tensor<2xf32>"), std::string::npos)
      << outcome.reason;
  EXPECT_EQ(compare(make(builder.getF64Type(), {1}, {1}), floats({1}), {}, "y")
                .status,
            Status::Fail);
}

TEST_F(CompareTest, TellsWhereAndHowFar) {
  Type f32 = builder.getF32Type();
  Outcome outcome = compare(make(f32, {2, 2}, {1, 2, 3, 5}),
                            make(f32, {2, 2}, {1, 2, 4, 4}), {}, "y");
  EXPECT_EQ(outcome.reason, "output 'y': 2 of 4 elements differ, first [1, 0]: "
                            "got 3, expected 4");
  EXPECT_EQ(outcome.maxAbs, 1.0);
  EXPECT_EQ(outcome.maxRel, 0.25);
}

TEST_F(CompareTest, Bfloat16MayBeHeldAsBits) {
  Tensor bits = make(IntegerType::get(&context, 16, IntegerType::Unsigned), {1},
                     {0x3f80});
  Tensor adapted = adapt(bits, builder.getBF16Type());
  EXPECT_TRUE(adapted.getElementType().isBF16());
  EXPECT_EQ(adapted.getFloat(0), 1.0);
  // Only that type: others are what they say.
  EXPECT_EQ(adapt(bits, builder.getF16Type()).getType(), bits.getType());
}

} // namespace
} // namespace autoglm::verify
