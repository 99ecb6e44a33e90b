//===- TargetTest.cpp - verdicts, objects, links -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Kernels.h"

#include "autoglm/Support/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Object/ELFObjectFile.h"

#include <gtest/gtest.h>

using namespace autoglm;
using namespace autoglm::test;
using namespace mlir;

static const char *const kRelu = R"(
  func.func @kernel(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
    %0 = autoglm.relu %x : (tensor<64x64xf32>) -> tensor<64x64xf32>
    return %0 : tensor<64x64xf32>
  })";

static const char *const kSoftmax = R"(
  func.func @kernel(%x: tensor<8x64xf32>) -> tensor<8x64xf32> {
    %0 = autoglm.softmax %x : (tensor<8x64xf32>) -> tensor<8x64xf32>
    return %0 : tensor<8x64xf32>
  })";

/// The host's descriptor with other `llvm` fields.
static DeviceAttr withMachine(DeviceAttr device, StringRef triple,
                              StringRef cpu, StringRef features) {
  Builder b(device.getContext());
  NamedAttrList machine;
  machine.set("triple", b.getStringAttr(triple));
  machine.set("cpu", b.getStringAttr(cpu));
  machine.set("features", b.getStringAttr(features));
  NamedAttrList properties(device.getProperties());
  properties.set("llvm", machine.getDictionary(device.getContext()));
  return DeviceAttr::get(device.getContext(), device.getName(),
                         device.getFamily(), device.getDigest(),
                         properties.getDictionary(device.getContext()));
}

static const Target &getTarget() {
  return *TargetRegistry::global().lookup("cpu");
}

/// Verdict on the only operation of a segment's body, or on its group.
static Verdict judge(const std::string &body) {
  std::unique_ptr<MLIRContext> context = createContext();
  auto module = parseSourceString<ModuleOp>(body, context.get());
  if (!module)
    return Verdict::no("test", "does not parse");
  Operation *found = nullptr;
  module->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!found && isa<GroupOp, ComputeOpInterface>(op))
      found = op;
  });
  return getTarget().verdict(found, getHostDevice(context.get()));
}

TEST(Verdict, NamesWhatIsMissing) {
  EXPECT_EQ(judge("func.func @f(%x: tensor<?xf32>) -> tensor<?xf32> {\n"
                  "%0 = autoglm.relu %x : (tensor<?xf32>) -> tensor<?xf32>\n"
                  "return %0 : tensor<?xf32> }")
                .code,
            reason::DimUnknown);
  EXPECT_EQ(
      judge("func.func @f(%x: tensor<4xf8E5M2>) -> tensor<4xf8E5M2> {\n"
            "%0 = autoglm.relu %x : (tensor<4xf8E5M2>) -> tensor<4xf8E5M2>\n"
            "return %0 : tensor<4xf8E5M2> }")
          .code,
      reason::TypeNotSupported);
  EXPECT_EQ(judge("func.func @f(%x: tensor<4xf32>, %p: tensor<2xi64>, %v: "
                  "tensor<f32>) -> tensor<6xf32> {\n"
                  "%0 = autoglm.pad %x, %p, %v : (tensor<4xf32>, "
                  "tensor<2xi64>, tensor<f32>) -> tensor<6xf32>\n"
                  "return %0 : tensor<6xf32> }")
                .code,
            "cpu:needs-constant");
  EXPECT_EQ(
      judge("func.func @f(%x: tensor<1x70000xf32>) -> tensor<1x70000xf32> {\n"
            "%0 = autoglm.cumsum %x {axis = 1 : i64} : (tensor<1x70000xf32>) "
            "-> tensor<1x70000xf32>\n"
            "return %0 : tensor<1x70000xf32> }")
          .code,
      reason::DimTooLarge);
  EXPECT_EQ(judge("func.func @f(%x: tensor<4x1xf32>) -> tensor<4xf32> {\n"
                  "%0 = autoglm.squeeze %x {axes = array<i64: 1>} : "
                  "(tensor<4x1xf32>) -> tensor<4xf32>\n"
                  "return %0 : tensor<4xf32> }")
                .kind,
            Verdict::Kind::Decompose);
}

/// A group of two operations, the second of which is given.
static Verdict judgeGroup(const std::string &first, const std::string &second) {
  return judge(
      "func.func @f(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {\n"
      "%g = autoglm.group (%a = %x : tensor<4x4xf32>) -> tensor<4x4xf32> {\n"
      "%0 = autoglm." +
      first + " : (tensor<4x4xf32>" +
      (first.find(", %a") == std::string::npos ? "" : ", tensor<4x4xf32>") +
      ") -> tensor<4x4xf32>\n%1 = autoglm." + second +
      " : (tensor<4x4xf32>) -> tensor<4x4xf32>\n"
      "autoglm.yield %1 : tensor<4x4xf32>\n}\n"
      "return %g : tensor<4x4xf32> }");
}

TEST(Verdict, GroupsHaveOneAnchorAndAnElementwiseEpilogue) {
  EXPECT_TRUE(judgeGroup("matmul %a, %a", "relu %0"));
  EXPECT_TRUE(judgeGroup("softmax %a", "relu %0"));
  EXPECT_TRUE(judgeGroup("exp %a", "relu %0"));
  EXPECT_EQ(judgeGroup("relu %a", "softmax %0").code, reason::NotOneKernel);
  EXPECT_EQ(judgeGroup("cumsum %a {axis = 0 : i64}", "relu %0").code,
            reason::NotOneKernel);
}

TEST(Emit, GivesTheSameBytesAgain) {
  std::string first;
  for (int i = 0; i < 2; ++i) {
    std::unique_ptr<MLIRContext> context = createContext();
    DeviceAttr device = getHostDevice(context.get());
    int64_t extent;
    auto object = emitKernel(*context, kSoftmax, device, extent);
    ASSERT_TRUE(succeeded(object));
    auto files =
        getTarget().link(UnknownLoc::get(context.get()), *object, device);
    ASSERT_TRUE(succeeded(files));
    if (i == 0)
      first = files->front().bytes;
    else
      EXPECT_EQ(files->front().bytes, first);
  }
}

TEST(Emit, CompilesForAnotherMachine) {
  std::unique_ptr<MLIRContext> context = createContext();
  DeviceAttr device =
      withMachine(getHostDevice(context.get()), "aarch64-unknown-linux-gnu",
                  "cortex-a72", "");
  int64_t extent;
  auto object = emitKernel(*context, kSoftmax, device, extent);
  ASSERT_TRUE(succeeded(object));
  auto files =
      getTarget().link(UnknownLoc::get(context.get()), *object, device);
  ASSERT_TRUE(succeeded(files));
  auto elf = llvm::object::ObjectFile::createELFObjectFile(
      llvm::MemoryBufferRef(files->front().bytes, "kernels.so"));
  ASSERT_TRUE(static_cast<bool>(elf));
  EXPECT_EQ((*elf)->getArch(), llvm::Triple::aarch64);
}

TEST(Emit, SaysWhichMachineItDoesNotKnow) {
  std::unique_ptr<MLIRContext> context = createContext();
  DeviceAttr host = getHostDevice(context.get());
  EXPECT_EQ(getTarget().verify(host), "");
  EXPECT_NE(getTarget().verify(withMachine(host, "", "", "")), "");
  EXPECT_NE(getTarget().verify(withMachine(host, "no-such-machine", "x", "")),
            "");
  // LLVM has code for it, KernelRT has not.
  EXPECT_NE(getTarget().verify(
                withMachine(host, "riscv64-unknown-linux-gnu", "generic", "")),
            "");
}

TEST(Emit, CutsIntoParts) {
  std::unique_ptr<MLIRContext> context = createContext();
  int64_t extent = 0;
  ASSERT_TRUE(succeeded(
      emitKernel(*context, kSoftmax, getHostDevice(context.get()), extent)));
  EXPECT_GE(extent, 1);
  ASSERT_TRUE(succeeded(
      emitKernel(*context, kRelu, getHostDevice(context.get()), extent)));
  EXPECT_GE(extent, 2);
}

TEST(Link, NothingFromOutsideIsLeft) {
  std::unique_ptr<MLIRContext> context = createContext();
  DeviceAttr device = getHostDevice(context.get());
  // An object that is none.
  std::vector<std::string> messages;
  ScopedDiagnosticHandler handler(context.get(), [&](Diagnostic &diagnostic) {
    messages.push_back(diagnostic.str());
    return success();
  });
  auto files = getTarget().link(UnknownLoc::get(context.get()),
                                EmittedObject{"k", "no object"}, device);
  EXPECT_TRUE(failed(files));
  ASSERT_EQ(messages.size(), 1u);
  EXPECT_NE(messages[0].find("linking failed"), std::string::npos);
}
