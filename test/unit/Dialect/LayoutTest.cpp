//===- LayoutTest.cpp - tests of layouts -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/Layout.h"

#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

using namespace autoglm;
using namespace mlir;

namespace {
class LayoutTest : public testing::Test {
protected:
  LayoutTest() { context.loadDialect<AutoGLMDialect>(); }

  RankedTensorType type(ArrayRef<int64_t> shape, ArrayRef<int64_t> order = {},
                        ArrayRef<int64_t> inner = {}) {
    return RankedTensorType::get(
        shape, Float32Type::get(&context),
        order.empty() ? Attribute() : LayoutAttr::get(&context, order, inner));
  }
  SmallVector<int64_t> shape(RankedTensorType type) {
    return llvm::to_vector(getPhysicalType(type).getShape());
  }

  MLIRContext context;
};
} // namespace

TEST_F(LayoutTest, ShapesInMemory) {
  using Shape = SmallVector<int64_t>;
  EXPECT_EQ(shape(type({2, 3})), (Shape{2, 3}));
  EXPECT_EQ(shape(type({2, 3}, {1, 0})), (Shape{3, 2}));
  EXPECT_EQ(shape(type({1, 32, 5, 6}, {0, 1, 2, 3}, {1, 16})),
            (Shape{1, 2, 5, 6, 16}));
  EXPECT_EQ(shape(type({64, 48, 3, 5}, {0, 1, 2, 5, 3, 4}, {0, 32, 1, 16})),
            (Shape{2, 3, 3, 16, 5, 32}));
  EXPECT_EQ(shape(type({64, 8}, {1, 0}, {0, 16, 1, 2, 0, 4})),
            (Shape{4, 1, 16, 2, 4}));
}

TEST_F(LayoutTest, PaddingCounts) {
  EXPECT_EQ(getPhysicalBytes(type({1, 24, 5, 6}, {0, 1, 2, 3}, {1, 16})),
            int64_t{2 * 5 * 6 * 16 * 4});
  EXPECT_EQ(getPhysicalBytes(type({24, 5}, {0, 1}, {0, 64})),
            int64_t{64 * 5 * 4});
  EXPECT_EQ(getPhysicalBytes(type({ShapedType::kDynamic, 5}, {0, 1}, {1, 4})),
            std::nullopt);
}

TEST_F(LayoutTest, SameMemoryIsAView) {
  // One pixel: blocks of channels follow each other as channels do.
  EXPECT_TRUE(isSameMemory(type({2, 32, 1, 1}, {0, 1, 2, 3}, {1, 16}),
                           type({2, 32, 1, 1})));
  EXPECT_TRUE(isSameMemory(type({2, 32, 1, 1}),
                           type({2, 32, 1, 1}, {0, 1, 2, 3}, {1, 16})));
  EXPECT_FALSE(isSameMemory(type({2, 32, 1, 2}, {0, 1, 2, 3}, {1, 16}),
                            type({2, 32, 1, 2})));
  // Padding at the end can be left out, but not made.
  EXPECT_TRUE(isSameMemory(type({1, 40, 1, 1}, {0, 1, 2, 3}, {1, 16}),
                           type({1, 40, 1, 1})));
  EXPECT_FALSE(isSameMemory(type({1, 40, 1, 1}),
                            type({1, 40, 1, 1}, {0, 1, 2, 3}, {1, 16})));
  EXPECT_FALSE(isSameMemory(type({2, 40, 1, 1}, {0, 1, 2, 3}, {1, 16}),
                            type({2, 40, 1, 1})));
  EXPECT_FALSE(isSameMemory(type({4, 4}, {1, 0}), type({4, 4})));
}
