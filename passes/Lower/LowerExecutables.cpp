//===- LowerExecutables.cpp - run the targets' lowering -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Diagnostics.h"
#include "autoglm/Target/Target.h"
#include "passes/Lower/Passes.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_LOWEREXECUTABLES
#include "passes/Lower/Passes.h.inc"
} // namespace autoglm

namespace {
struct LowerExecutables
    : public autoglm::impl::LowerExecutablesBase<LowerExecutables> {
  using LowerExecutablesBase::LowerExecutablesBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    for (const Target *target : TargetRegistry::global().all())
      target->registerDialects(registry);
  }

  void runOnOperation() override {
    plan::ExecutableOp executable = getOperation();
    // Executables are lowered at the same time; no pass changes a device, so
    // reading that sibling is safe.
    auto device = dyn_cast_or_null<DeviceOp>(SymbolTable::lookupSymbolIn(
        executable->getParentOp(), executable.getDeviceAttr()));
    if (!device) {
      executable.emitOpError("is for '")
          << executable.getDevice() << "', which is no autoglm.device";
      return signalPassFailure();
    }
    DeviceAttr descriptor = device.getDescriptor();
    const Target *target =
        TargetRegistry::global().lookup(descriptor.getFamily());
    if (!target) {
      autoglm::emitError(executable.getLoc(), ErrorCode::NeedsAdapter)
          << "device '" << descriptor.getName()
          << "' needs adapter: no code generator for family '"
          << descriptor.getFamily() << "' in this build";
      return signalPassFailure();
    }
    ModuleOp inner = executable.getInnerModule();
    OpPassManager pm(ModuleOp::getOperationName());
    target->buildLowering(pm, descriptor);
    if (failed(runPipeline(pm, inner)))
      return signalPassFailure();
    auto extent = inner->getAttrOfType<IntegerAttr>(kExtentAttr);
    executable.setExtent(extent ? extent.getInt() : 1);
    inner->removeAttr(kExtentAttr);
  }
};
} // namespace
