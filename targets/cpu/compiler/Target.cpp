//===- Target.cpp - the compiler side of this family -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Target.h"
#include "Layouts.h"
#include "Machine.h"
#include "Passes.h"
#include "Pipeline.h"
#include "Verdicts.h"

#include "autoglm/Support/Diagnostics.h"
#include "autoglm/Target/Target.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/IR/Module.h"
#include "llvm/Linker/Linker.h"

using namespace mlir;

namespace autoglm::cpu {

#define GEN_PASS_REGISTRATION
#include "targets/cpu/compiler/Passes.h.inc"

void registerCpuPasses() {
  static std::once_flag once;
  std::call_once(once, [] { registerCpuTargetPasses(); });
}

namespace {
class CpuTarget : public Target {
public:
  StringRef getFamily() const override { return "cpu"; }
  bool usesHostMemory(DeviceAttr) const override { return true; }

  std::vector<std::string> getFeatures(DeviceAttr device) const override {
    std::vector<std::string> features;
    auto list = dyn_cast_or_null<ArrayAttr>(lookupProperty(device, "features"));
    if (list)
      for (StringRef feature : list.getAsValueRange<StringAttr>())
        features.push_back(feature.str());
    return features;
  }

  void registerDialects(DialectRegistry &registry) const override {
    registerLoweringDialects(registry);
  }

  void registerPasses() const override { registerCpuPasses(); }

  std::string verify(DeviceAttr device) const override {
    MachineName name = MachineName::of(device);
    if (name.triple.empty() || name.cpu.empty())
      return "'llvm' must name a triple and a cpu";
    std::string error;
    createMachine(name, error);
    if (!error.empty())
      return error;
    llvm::LLVMContext context;
    loadRuntime(RuntimePart::Math, name, context, error);
    return error;
  }

  Verdict verdict(Operation *op, DeviceAttr device) const override {
    return getVerdict(op, device);
  }

  SmallVector<LayoutChoice> layouts(Operation *op,
                                    DeviceAttr device) const override {
    return getLayoutChoices(op, device);
  }

  std::optional<double> relayoutSeconds(RankedTensorType from,
                                        RankedTensorType to,
                                        DeviceAttr device) const override {
    return getRelayoutSeconds(from, to, device);
  }

  void buildPreparation(OpPassManager &pm, DeviceAttr device) const override {
    pm.addPass(createChooseWinograd());
    pm.addNestedPass<SegmentOp>(createPadWindows());
  }

  void buildLowering(OpPassManager &pm, DeviceAttr device) const override {
    addLoweringPasses(pm, MachineShape::of(device));
  }

  FailureOr<EmittedObject> emit(plan::ExecutableOp executable,
                                DeviceAttr device) const override;

  FailureOr<std::vector<Artifact>> link(Location loc,
                                        ArrayRef<EmittedObject> objects,
                                        DeviceAttr device) const override;
};
} // namespace

/// Adds KernelRT's functions that a kernel calls, as its own.
static bool linkMath(llvm::Module &module, const MachineName &name,
                     std::string &error) {
  auto runtime =
      loadRuntime(RuntimePart::Math, name, module.getContext(), error);
  if (!runtime)
    return false;
  runtime->setDataLayout(module.getDataLayout());
  if (llvm::Linker::linkModules(module, std::move(runtime),
                                llvm::Linker::Flags::LinkOnlyNeeded)) {
    error = "KernelRT cannot be linked";
    return false;
  }
  for (llvm::Function &function : module)
    if (function.getName().starts_with("agk_") && !function.isDeclaration())
      function.setLinkage(llvm::GlobalValue::InternalLinkage);
  return true;
}

FailureOr<EmittedObject> CpuTarget::emit(plan::ExecutableOp executable,
                                         DeviceAttr device) const {
  auto fail = [&](const Twine &what) -> FailureOr<EmittedObject> {
    return autoglm::emitError(executable.getLoc(), ErrorCode::LoweringFailed)
           << "code generation failed: " << what.str();
  };
  MachineName name = MachineName::of(device);
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(name, error);
  if (!machine)
    return fail(error);
  // Translation splits blocks, so it gets its own copy.
  OwningOpRef<ModuleOp> copy(
      cast<ModuleOp>(executable.getInnerModule()->clone()));
  llvm::LLVMContext context;
  std::string symbol = executable.getSymName().str();
  std::unique_ptr<llvm::Module> module =
      translateModuleToLLVMIR(*copy, context, symbol);
  if (!module)
    return fail("the kernel is not in the LLVM dialect");
  module->setSourceFileName(symbol);
  module->setTargetTriple(name.triple);
  module->setDataLayout(machine->createDataLayout());
  llvm::Function *kernel = module->getFunction(kKernelName);
  if (!kernel)
    return fail("there is no kernel");
  kernel->setName(symbol);
  if (!linkMath(*module, name, error))
    return fail(error);
  // Some processors' default is half of what the descriptor says.
  std::string width = std::to_string(MachineShape::of(device).vectorBytes * 8);
  for (llvm::Function &function : *module)
    function.addFnAttr("prefer-vector-width", width);
  // What a form wrote is in the order in which it should run.
  bool isForm = false;
  copy->walk([&](LLVM::LLVMFuncOp function) {
    isForm |= function->hasAttr(kFormAttr);
  });
  EmittedObject object{symbol, compile(*module, *machine, isForm, error)};
  if (object.bytes.empty())
    return fail(error);
  return object;
}

FailureOr<std::vector<Artifact>>
CpuTarget::link(Location loc, ArrayRef<EmittedObject> objects,
                DeviceAttr device) const {
  auto fail = [&](const Twine &what) -> FailureOr<std::vector<Artifact>> {
    return autoglm::emitError(loc, ErrorCode::LoweringFailed)
           << "linking failed: " << what.str();
  };
  MachineName name = MachineName::of(device);
  std::string error;
  llvm::LLVMContext context;
  auto machine = createMachine(name, error);
  if (!machine)
    return fail(error);
  auto runtime = loadRuntime(RuntimePart::Libcalls, name, context, error);
  if (!runtime)
    return fail(error);
  runtime->setSourceFileName("KernelRT");
  std::string libcalls = compile(*runtime, *machine, /*asItIs=*/false, error);
  if (libcalls.empty())
    return fail(error);

  Artifact artifact{{}, "elf", "so", {}};
  SmallVector<StringRef> files;
  for (const EmittedObject &object : objects) {
    artifact.executables.push_back(object.executable);
    files.push_back(object.bytes);
  }
  files.push_back(libcalls);
  artifact.bytes = linkObjects(files, error);
  if (artifact.bytes.empty())
    return fail(error);
  return std::vector<Artifact>{std::move(artifact)};
}

void registerTarget() {
  TargetRegistry::global().add(std::make_unique<CpuTarget>());
}

} // namespace autoglm::cpu
