//===- FusionTest.cpp - tests of what becomes one unit ----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Device/DeviceModel.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

using namespace autoglm;
using namespace mlir;

namespace {
constexpr const char *code = R"(
func.func @f(%a: tensor<64x32xf32>, %b: tensor<32x16xf32>,
             %r: tensor<64x16xf32>) {
  %0 = autoglm.group (%x = %a : tensor<64x32xf32>, %y = %b : tensor<32x16xf32>,
                      %z = %r : tensor<64x16xf32>) -> tensor<64x16xf32> {
    %1 = autoglm.matmul %x, %y
      : (tensor<64x32xf32>, tensor<32x16xf32>) -> tensor<64x16xf32>
    %2 = autoglm.add %1, %z
      : (tensor<64x16xf32>, tensor<64x16xf32>) -> tensor<64x16xf32>
    autoglm.yield %2 : tensor<64x16xf32>
  }
  return
})";

class FusionTest : public testing::Test {
protected:
  FusionTest() {
    context.loadDialect<AutoGLMDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(code, &context);
    if (module)
      module->walk([&](GroupOp op) { group = op; });
  }
  void SetUp() override { ASSERT_TRUE(group); }

  DeviceModel device(llvm::StringRef properties,
                     const DeviceHooks *hooks = nullptr) {
    auto dictionary =
        dyn_cast_or_null<DictionaryAttr>(parseAttribute(properties, &context));
    EXPECT_TRUE(dictionary);
    return DeviceModel(DeviceAttr::get(&context, "d", "sample", "", dictionary),
                       hooks);
  }

  SmallVector<Estimate> getParts(const DeviceModel &model) {
    SmallVector<Estimate> parts;
    for (auto op : group.getBody().getOps<ComputeOpInterface>())
      parts.push_back(model.estimate(op));
    return parts;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  GroupOp group;
};

/// A target that takes everything and computes groups slowly.
struct SlowGroups : DeviceHooks {
  Verdict verdict(Operation *, DeviceAttr) const override {
    return Verdict::yes();
  }
  std::optional<Estimate> estimate(Operation *op, DeviceAttr) const override {
    Estimate estimate;
    estimate.seconds = isa<GroupOp>(op) ? 3 : 1;
    return estimate;
  }
};
} // namespace

TEST_F(FusionTest, SavesWhatDoesNotGoThroughMemory) {
  DeviceModel model = device(R"({fusion = {}, main_memory = "dram",
    memory = {dram = {bandwidth = 4096.0 : f64}},
    launch_overhead = 0.5 : f64})");
  FusionAnswer answer = model.fuse(group, getParts(model));
  EXPECT_TRUE(answer);
  // The product's result, written and read again: 64 * 16 * 4 bytes each.
  EXPECT_EQ(answer.bytes, 8192);
  EXPECT_EQ(answer.launches, 1);
  EXPECT_DOUBLE_EQ(answer.seconds, 2.5);
}

TEST_F(FusionTest, BytesDecideWhereRatesAreUnknown) {
  DeviceModel model = device("{fusion = {}}");
  FusionAnswer answer = model.fuse(group, getParts(model));
  EXPECT_TRUE(answer);
  EXPECT_EQ(answer.seconds, 0);
  EXPECT_LT(FusionAnswer(), answer);
}

TEST_F(FusionTest, WithoutTheFieldOneOperationEach) {
  Verdict verdict = device("{}").verdict(group);
  EXPECT_EQ(verdict.code, reason::NotOneKernel);
  EXPECT_EQ(verdict.field, "fusion");
  // A target knows better.
  SlowGroups hooks;
  EXPECT_TRUE(device("{}", &hooks).verdict(group));
}

TEST_F(FusionTest, TheFieldDecidesAndSaysHow) {
  Verdict verdict = device("{fusion = {max_ops = 1 : i64}}").verdict(group);
  EXPECT_EQ(verdict.code, reason::GroupTooLarge);
  EXPECT_EQ(verdict.field, "fusion.max_ops");
  EXPECT_EQ(verdict.change, "at least 2");
  verdict = device(R"({fusion = {epilogues = ["bias"]}})").verdict(group);
  EXPECT_EQ(verdict.code, reason::EpilogueNotSupported);
  EXPECT_EQ(verdict.change, "add \"residual\"");
  // It narrows what a target takes, too.
  SlowGroups hooks;
  EXPECT_FALSE(device("{fusion = {max_ops = 1 : i64}}", &hooks).verdict(group));
}

TEST_F(FusionTest, NoGainIsARefusal) {
  SlowGroups hooks;
  DeviceModel model = device("{}", &hooks);
  FusionAnswer answer = model.fuse(group, getParts(model));
  EXPECT_FALSE(answer);
  EXPECT_EQ(answer.verdict.code, reason::NoGain);
}
