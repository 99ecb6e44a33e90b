//===- SampleTarget.cpp - the smallest target that compiles -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// What a family of devices has to bring: this target adds float32 tensors and
// nothing else, in a channel-blocked layout if it may. Its driver, which runs
// the code, is test/unit/Runtime/SampleDriver.cpp.

#include "autoglm/Target/Target.h"

#include "autoglm/Pipeline/Compiler.h"

#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace autoglm;

namespace {
/// A launch may be cut into as many parts as there are elements.
struct SetExtent : PassWrapper<SetExtent, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(SetExtent)
  void runOnOperation() override {
    getOperation().walk([&](AddOp op) {
      getOperation()->setAttr(
          kExtentAttr, Builder(&getContext())
                           .getI64IntegerAttr(op.getType().getNumElements()));
    });
  }
};

class SampleTarget : public Target {
  StringRef getFamily() const override { return "sample"; }
  void registerDialects(DialectRegistry &) const override {}

  Verdict verdict(Operation *op, DeviceAttr) const override {
    if (auto group = dyn_cast<GroupOp>(op))
      return llvm::hasNItems(group.getBody().getOps<ComputeOpInterface>(), 1)
                 ? Verdict::yes()
                 : Verdict::no("group", "one operation is one kernel");
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (isa<ReshapeOp>(op))
      return Verdict::yes();
    if (!isa<AddOp>(op) || !type.getElementType().isF32())
      return Verdict::no("op", "only float32 additions are supported");
    return Verdict::yes();
  }

  SmallVector<LayoutChoice> layouts(Operation *op, DeviceAttr) const override {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    if (type.getRank() != 4 || type.getDimSize(1) % 16 != 0)
      return {};
    auto blocked = LayoutAttr::get(op->getContext(), {0, 1, 2, 3}, {1, 16});
    return {{SmallVector<LayoutAttr>(op->getNumOperands() + 1, blocked), 0}};
  }

  /// The exit dialect is the graph itself: its driver knows kernels by name.
  void buildLowering(OpPassManager &pm, DeviceAttr) const override {
    pm.addPass(std::make_unique<SetExtent>());
  }

  FailureOr<EmittedObject> emit(plan::ExecutableOp executable,
                                DeviceAttr) const override {
    std::string name = executable.getSymName().str();
    return EmittedObject{name, name + "\n"};
  }

  FailureOr<std::vector<Artifact>>
  link(Location, ArrayRef<EmittedObject> objects, DeviceAttr) const override {
    Artifact artifact{{}, "text", "txt", {}};
    for (const EmittedObject &object : objects) {
      artifact.executables.push_back(object.executable);
      artifact.bytes += object.bytes;
    }
    return std::vector<Artifact>{artifact};
  }
};
} // namespace

int main(int argc, char **argv) {
  TargetRegistry::global().add(std::make_unique<SampleTarget>());
  return SAMPLE_TOOL(argc, argv);
}
