//===- FinishKernel.cpp - the binary interface of a kernel -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Passes.h"

#include "autoglm/Target/Target.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_FINISHKERNEL
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

namespace {
struct FinishKernel
    : public autoglm::cpu::impl::FinishKernelBase<FinishKernel> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto body = module.lookupSymbol<LLVM::LLVMFuncOp>(autoglm::kKernelName);
    if (!body)
      return;
    Builder attrs(&getContext());
    unsigned numBuffers = body.getNumArguments() - 2;
    for (unsigned i = 0; i < numBuffers; ++i) {
      // The memory planner never gives a launch one buffer to read and write.
      body.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                      attrs.getUnitAttr());
      body.setArgAttr(i, LLVM::LLVMDialect::getNonNullAttrName(),
                      attrs.getUnitAttr());
    }
    body.setSymName("kernel_body");
    body.setLinkage(LLVM::Linkage::Internal);
    body.setPassthroughAttr(
        attrs.getArrayAttr(attrs.getStringAttr("noinline")));

    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    Location loc = body.getLoc();
    Type pointer = LLVM::LLVMPointerType::get(&getContext());
    Type i64 = builder.getI64Type();
    auto kernel = builder.create<LLVM::LLVMFuncOp>(
        loc, autoglm::kKernelName,
        LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(&getContext()),
                                    {pointer, pointer, i64, i64}));
    Block *entry = kernel.addEntryBlock(builder);
    builder.setInsertionPointToStart(entry);
    SmallVector<Value> arguments;
    for (unsigned i = 0; i < numBuffers; ++i) {
      Value slot = builder.create<LLVM::GEPOp>(
          loc, pointer, pointer, entry->getArgument(0),
          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
      arguments.push_back(builder.create<LLVM::LoadOp>(loc, pointer, slot));
    }
    arguments.push_back(entry->getArgument(2));
    arguments.push_back(entry->getArgument(3));
    builder.create<LLVM::CallOp>(loc, body, arguments);
    builder.create<LLVM::ReturnOp>(loc, ValueRange{});
  }
};
} // namespace
