//===- PackTensorTest.cpp - tests of layouts in memory -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Reference/PackTensor.h"
#include "dialects/AutoGLM/Layout.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"

#include <gtest/gtest.h>

using namespace autoglm;
using namespace mlir;

namespace {
class PackTensorTest : public testing::Test {
protected:
  PackTensorTest() { context.loadDialect<AutoGLMDialect>(); }

  /// Packs 1, 2, 3… and says at which place the first element is wrong, as the
  /// definition of a layout has it, or -1.
  int64_t check(ArrayRef<int64_t> shape, ArrayRef<int64_t> order,
                ArrayRef<int64_t> inner, Type element) {
    LayoutAttr layout = LayoutAttr::get(&context, order, inner);
    Tensor tensor = *Tensor::allocate(RankedTensorType::get(shape, element));
    for (int64_t i = 0; i < tensor.getNumElements(); ++i)
      tensor.setInt(i, i + 1);
    RankedTensorType type = withLayout(tensor.getType(), layout);
    const Tensor packed = *packTensor(tensor, layout);
    if (packed.getType() != getPhysicalType(type))
      return -2;
    SmallVector<PhysicalDim> dims = getPhysicalDims(type);
    for (int64_t at = 0; at < packed.getNumElements(); ++at) {
      SmallVector<int64_t> index(shape.size(), 0);
      int64_t rest = at;
      for (size_t i = dims.size(); i-- > 0; rest /= dims[i].extent)
        index[dims[i].dim] += rest % dims[i].extent * dims[i].step;
      int64_t want = 0;
      bool isInside = true;
      for (auto [i, size] : llvm::zip_equal(index, shape)) {
        want = want * size + i;
        isInside &= i < size;
      }
      if (packed.getInt(at) != (isInside ? want + 1 : 0))
        return at;
    }
    return -1;
  }

  MLIRContext context;
};
} // namespace

TEST_F(PackTensorTest, OrdersDimensionsAndBlocks) {
  Type f32 = Float32Type::get(&context);
  EXPECT_EQ(check({5, 7}, {1, 0}, {}, f32), -1);
  EXPECT_EQ(check({1, 32, 5, 6}, {0, 1, 2, 3}, {1, 16}, f32), -1);
  EXPECT_EQ(check({64, 32, 3, 3}, {0, 1, 2, 5, 3, 4}, {0, 32, 1, 16}, f32), -1);
  EXPECT_EQ(check({48, 40}, {1, 0}, {1, 16}, f32), -1);
  EXPECT_EQ(check({48, 80}, {1, 0}, {1, 8, 0, 4}, f32), -1);
  EXPECT_EQ(check({3}, {0}, {}, f32), -1);
  EXPECT_EQ(check({}, {}, {}, f32), -1);
}

TEST_F(PackTensorTest, PadsWithZeros) {
  Type f32 = Float32Type::get(&context);
  EXPECT_EQ(check({2, 24, 3, 5}, {0, 1, 2, 3}, {1, 16}, f32), -1);
  EXPECT_EQ(check({40, 3, 7, 7}, {0, 1, 2, 3}, {0, 32}, f32), -1);
  EXPECT_EQ(check({40, 24, 1, 1}, {0, 1, 2, 5, 3, 4}, {0, 32, 1, 16}, f32), -1);
  EXPECT_EQ(check({37, 19}, {1, 0}, {1, 16}, f32), -1);
  EXPECT_EQ(check({37, 19}, {0, 1}, {1, 4, 0, 4, 1, 2}, f32), -1);
  EXPECT_EQ(check({0, 19}, {0, 1}, {1, 4}, f32), -1);
}

TEST_F(PackTensorTest, TakesElementsOfEveryWidth) {
  for (int width : {8, 16, 32, 64})
    EXPECT_EQ(check({5, 10}, {1, 0}, {1, 4}, IntegerType::get(&context, width)),
              -1);
}
