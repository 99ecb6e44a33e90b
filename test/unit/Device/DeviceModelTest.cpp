//===- DeviceModelTest.cpp - tests of the device model's answers *- C++ -*-===//
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
func.func @f(%a: tensor<64x32xf32>, %b: tensor<32x16xf32>, %h: tensor<4xf16>,
             %d: tensor<?xf32>, %r: tensor<1x1x4xf32>) {
  %0 = autoglm.matmul %a, %b
    : (tensor<64x32xf32>, tensor<32x16xf32>) -> tensor<64x16xf32>
  %1 = autoglm.relu %h : (tensor<4xf16>) -> tensor<4xf16>
  %2 = autoglm.relu %d : (tensor<?xf32>) -> tensor<?xf32>
  %3 = autoglm.relu %r : (tensor<1x1x4xf32>) -> tensor<1x1x4xf32>
  %4 = autoglm.exp %h : (tensor<4xf16>) -> tensor<4xf16>
  return
})";

/// A target that takes nothing and says what it was asked.
struct Refuser : DeviceHooks {
  Verdict verdict(Operation *, DeviceAttr) const override {
    return Verdict::no("test:refused", "refused");
  }
  std::optional<Estimate> estimate(Operation *, DeviceAttr) const override {
    Estimate estimate;
    estimate.seconds = 7;
    return estimate;
  }
  SmallVector<LayoutChoice> layouts(Operation *, DeviceAttr) const override {
    return SmallVector<LayoutChoice>(2);
  }
};

class DeviceModelTest : public testing::Test {
protected:
  DeviceModelTest() {
    context.loadDialect<AutoGLMDialect, func::FuncDialect>();
    module = parseSourceString<ModuleOp>(code, &context);
    if (module)
      for (Operation &op :
           module->lookupSymbol<func::FuncOp>("f").getBody().front())
        ops.push_back(&op);
  }
  void SetUp() override { ASSERT_EQ(ops.size(), 6u); }

  DeviceModel device(const std::string &properties,
                     const DeviceHooks *hooks = nullptr) {
    auto dictionary =
        dyn_cast_or_null<DictionaryAttr>(parseAttribute(properties, &context));
    EXPECT_TRUE(dictionary);
    return DeviceModel(DeviceAttr::get(&context, "d", "sample", "", dictionary),
                       hooks);
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  std::vector<Operation *> ops;
};
} // namespace

TEST_F(DeviceModelTest, SupportedOpsDecide) {
  DeviceModel model = device(R"({supported_ops = {
    MatMul = {}, Relu = {types = ["float32"], max_rank = 2 : i64,
                         max_dim = 8 : i64}}})");
  EXPECT_TRUE(model.verdict(ops[0]));
  Verdict type = model.verdict(ops[1]);
  EXPECT_EQ(type.code, reason::TypeNotSupported);
  EXPECT_EQ(type.field, "supported_ops.Relu.types");
  EXPECT_EQ(type.change, "add \"float16\"");
  EXPECT_EQ(model.verdict(ops[2]).code, reason::DimUnknown);
  Verdict rank = model.verdict(ops[3]);
  EXPECT_EQ(rank.code, reason::RankTooLarge);
  EXPECT_EQ(rank.change, "at least 3");
  Verdict unknown = model.verdict(ops[4]);
  EXPECT_EQ(unknown.code, reason::OpNotSupported);
  EXPECT_EQ(unknown.field, "supported_ops");
}

TEST_F(DeviceModelTest, WithoutDataOrTargetNothingIsTaken) {
  EXPECT_EQ(device("{}").verdict(ops[0]).code, reason::OpsUnknown);
}

TEST_F(DeviceModelTest, HooksNarrowAndReplace) {
  Refuser hooks;
  EXPECT_EQ(device("{}", &hooks).verdict(ops[0]).code, "test:refused");
  // The descriptor's no comes first.
  EXPECT_EQ(device("{supported_ops = {}}", &hooks).verdict(ops[0]).code,
            reason::OpNotSupported);
  EXPECT_EQ(device("{}", &hooks).estimate(ops[0]).seconds, 7);
  EXPECT_EQ(device("{}", &hooks).layouts(ops[0]).size(), 3u);
}

TEST_F(DeviceModelTest, EstimateIsTheRoofline) {
  // 2*64*32*16 operations, (64*32 + 32*16 + 64*16) * 4 bytes.
  constexpr double flops = 65536, bytes = 14336;
  Estimate compute = device(R"({
    compute = {rates = {float32 = 1.0e6}}, main_memory = "m",
    memory = {m = {bandwidth = 1.0e9}}})")
                         .estimate(ops[0]);
  EXPECT_EQ(compute.flops, flops);
  EXPECT_EQ(compute.bytes, bytes);
  EXPECT_DOUBLE_EQ(compute.seconds, flops / 1e6);
  EXPECT_EQ(compute.bound, "compute");
  EXPECT_FALSE(compute.energy);

  // 2 * 1 unit * 1 MHz * 2 ports * 8 lanes.
  Estimate vectors = device(R"({compute = {units = 1 : i64, clock = 1.0e6,
    ports = 2 : i64, vector_bits = 256 : i64}})")
                         .estimate(ops[0]);
  EXPECT_DOUBLE_EQ(vectors.seconds, flops / 32e6);

  Estimate memory = device(R"({
    compute = {rates = {float32 = 1.0e12}}, main_memory = "m",
    memory = {m = {bandwidth = 1.0e3}}, launch_overhead = 0.5,
    energy = {mac = {float32 = 1.0e-12}, memory = {m = 2.0e-11}}})")
                        .estimate(ops[0]);
  EXPECT_DOUBLE_EQ(memory.seconds, bytes / 1e3 + 0.5);
  EXPECT_EQ(memory.bound, "memory");
  ASSERT_TRUE(memory.energy);
  EXPECT_DOUBLE_EQ(memory.energy->joules, flops / 2 * 1e-12 + bytes * 2e-11);
  // Idle power is unknown, so there may be more.
  EXPECT_EQ(memory.energy->low, memory.energy->joules);
  EXPECT_FALSE(memory.energy->high);

  EXPECT_EQ(device("{launch_overhead = 1.0}").estimate(ops[0]).bound, "launch");
}

TEST_F(DeviceModelTest, EstimateNamesWhatItDoesNotKnow) {
  Estimate nothing = device("{main_memory = \"m\"}").estimate(ops[0]);
  EXPECT_EQ(nothing.seconds, 0);
  ASSERT_EQ(nothing.missing.size(), 3u);
  EXPECT_EQ(nothing.missing[0], "compute.rates.float32");
  EXPECT_EQ(nothing.missing[1], "memory.m.bandwidth");
  EXPECT_EQ(nothing.missing[2], "launch_overhead");
  // An elementwise operation is bound by memory whatever the rate.
  EXPECT_EQ(device("{main_memory = \"m\"}").estimate(ops[1]).missing[0],
            "memory.m.bandwidth");
}

TEST_F(DeviceModelTest, BytesComeFromTheNearestLevelWithRoom) {
  constexpr double bytes = 14336;
  auto seconds = [&](const char *cache) {
    return device(("{main_memory = \"m\", compute = {units = 4 : i64}, memory "
                   "= {m = "
                   "{bandwidth = 1.0e3}, c = " +
                   std::string(cache) + "}}"))
        .estimate(ops[0])
        .memorySeconds;
  };
  EXPECT_DOUBLE_EQ(seconds("{size = 16384 : i64, bandwidth = 1.0e6}"),
                   bytes / 1e6);
  EXPECT_DOUBLE_EQ(seconds("{size = 8192 : i64, bandwidth = 1.0e6}"),
                   bytes / 1e3);
  // Four instances, one per unit.
  EXPECT_DOUBLE_EQ(
      seconds("{size = 8192 : i64, bandwidth = 1.0e6, shared_by = 1 : i64}"),
      bytes / 1e6);
  // A level without a bandwidth or a size says nothing.
  EXPECT_DOUBLE_EQ(seconds("{size = 16384 : i64}"), bytes / 1e3);
  EXPECT_DOUBLE_EQ(seconds("{bandwidth = 1.0e6}"), bytes / 1e3);
}

TEST_F(DeviceModelTest, LoadOfOthersLeavesLess) {
  Estimate half = device(R"({load = 50 : i64, launch_overhead = 1.0,
    compute = {rates = {float32 = 65536.0}}})")
                      .estimate(ops[0]);
  EXPECT_DOUBLE_EQ(half.seconds, 2 + 1);
}

TEST_F(DeviceModelTest, PowerAtWorkBoundsEnergy) {
  Estimate estimate = device(R"({compute = {rates = {float32 = 65536.0}},
    energy = {idle = 10.0, busy = 40.0, max = 75.0}})")
                          .estimate(ops[0]);
  ASSERT_TRUE(estimate.energy);
  EXPECT_DOUBLE_EQ(estimate.energy->joules, 40);
  EXPECT_DOUBLE_EQ(*estimate.energy->low, 10);
  EXPECT_DOUBLE_EQ(*estimate.energy->high, 75);
  EXPECT_FALSE(device("{}").estimate(ops[0]).energy);
}

TEST_F(DeviceModelTest, LinksLeadToDevicesAndTheHost) {
  DeviceModel model = device(R"({links = {
    "other-1.5" = {bandwidth = 1.0e6, latency = 0.5},
    third = {latency = 0.25}}})");
  auto link = model.getLink("other-1.5");
  ASSERT_TRUE(link);
  EXPECT_DOUBLE_EQ(link->getSeconds(2000000), 2.5);
  EXPECT_TRUE(link->missing.empty());
  auto third = model.getLink("third");
  ASSERT_TRUE(third);
  ASSERT_EQ(third->missing.size(), 1u);
  EXPECT_EQ(third->missing[0], "links.third.bandwidth");
  EXPECT_FALSE(model.getLink("nobody"));
  EXPECT_DOUBLE_EQ(model.getHostLink().latency, 0.5);
  EXPECT_EQ(device("{}").getHostLink().getSeconds(1000), 0);
  EXPECT_EQ(device("{links = {a = {latency = 1.0}, host = {latency = 2.0}}}")
                .getHostLink()
                .latency,
            2.0);
}

TEST_F(DeviceModelTest, RowMajorIsTheFirstLayout) {
  auto choices = device("{}").layouts(ops[0]);
  ASSERT_EQ(choices.size(), 1u);
  ASSERT_EQ(choices[0].layouts.size(), 3u);
  for (LayoutAttr layout : choices[0].layouts)
    EXPECT_FALSE(layout);
}

TEST_F(DeviceModelTest, MemoryLimitsWhatFits) {
  DeviceModel model =
      device(R"({main_memory = "m", memory = {m = {size = 1024 : i64}}})");
  EXPECT_TRUE(model.fits(1024));
  Verdict no = model.fits(2048);
  EXPECT_EQ(no.code, reason::MemoryTooSmall);
  EXPECT_EQ(no.reason, "2KiB are needed, 1KiB are there");
  EXPECT_EQ(no.field, "memory.m.size");
  EXPECT_EQ(model.fits(1024, 0.5).reason, "1KiB are needed, 512B are there");
  EXPECT_TRUE(device("{}").fits(INT64_MAX));
}

TEST_F(DeviceModelTest, NumbersAreFoundByPath) {
  DeviceModel model = device("{a = {b = 3 : i64, c = 0.5, d = \"x\"}}");
  EXPECT_EQ(model.getNumber("a.b"), 3);
  EXPECT_EQ(model.getNumber("a.c"), 0.5);
  EXPECT_FALSE(model.getNumber("a.d"));
  EXPECT_FALSE(model.getNumber("a"));
  EXPECT_FALSE(model.getNumber("a.b.c"));
  EXPECT_FALSE(model.getNumber("x"));
}

TEST_F(DeviceModelTest, TypesHaveDescriptorNames) {
  EXPECT_EQ(getTypeName(Float32Type::get(&context)), "float32");
  EXPECT_EQ(getTypeName(BFloat16Type::get(&context)), "bfloat16");
  EXPECT_EQ(getTypeName(IntegerType::get(&context, 8)), "int8");
  EXPECT_EQ(getTypeName(IntegerType::get(&context, 8, IntegerType::Unsigned)),
            "uint8");
  EXPECT_EQ(getTypeName(IntegerType::get(&context, 1)), "bool");
}
