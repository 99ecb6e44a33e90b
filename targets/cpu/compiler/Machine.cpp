//===- Machine.cpp - LLVM for one descriptor -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Machine.h"

#include "autoglm/Device/DeviceModel.h"

#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Triple.h"

#include <mutex>

using namespace mlir;

namespace autoglm::cpu {

MachineName MachineName::of(DeviceAttr device) {
  auto text = [&](StringRef field) -> std::string {
    auto attr = dyn_cast_or_null<StringAttr>(
        lookupProperty(device, ("llvm." + field).str()));
    return attr ? attr.str() : "";
  };
  return {text("triple"), text("cpu"), text("features")};
}

std::unique_ptr<llvm::TargetMachine> createMachine(const MachineName &name,
                                                   std::string &error) {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargets();
    llvm::InitializeAllTargetMCs();
    llvm::InitializeAllAsmPrinters();
  });
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(name.triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Fast;
  options.NoTrappingFPMath = true;
  std::unique_ptr<llvm::TargetMachine> machine(target->createTargetMachine(
      name.triple, name.cpu, name.features, options, llvm::Reloc::PIC_,
      std::nullopt, llvm::CodeGenOptLevel::Aggressive));
  if (!machine)
    error = "LLVM has no machine for '" + name.triple + "'";
  return machine;
}

bool hasFma(const MachineName &name) {
  std::string error;
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(name, error);
  if (!machine)
    return false;
  if (!machine->getTargetTriple().isX86())
    return true;
  return machine->getMCSubtargetInfo()->checkFeatures("+fma");
}

//===----------------------------------------------------------------------===//
// KernelRT
//===----------------------------------------------------------------------===//

namespace {
struct RuntimeEntry {
  const char *triple;
  RuntimePart part;
  llvm::ArrayRef<unsigned char> bitcode;
};
} // namespace

/// Calls `visit` for every embedded part.
template <typename Fn> static void forEachRuntime(Fn visit) {
#define AUTOGLM_KERNEL_RT(TRIPLE, PART, ...)                                   \
  {                                                                            \
    static const unsigned char bytes[] = {__VA_ARGS__};                        \
    visit(RuntimeEntry{TRIPLE, RuntimePart::PART, bytes});                     \
  }
#include "KernelRT.inc"
#undef AUTOGLM_KERNEL_RT
}

std::unique_ptr<llvm::Module> loadRuntime(RuntimePart part,
                                          const MachineName &name,
                                          llvm::LLVMContext &context,
                                          std::string &error) {
  llvm::Triple wanted(name.triple);
  std::unique_ptr<llvm::Module> module;
  error = "KernelRT is not built for '" + name.triple + "'";
  forEachRuntime([&](const RuntimeEntry &entry) {
    if (module || entry.part != part ||
        llvm::Triple(entry.triple).getArch() != wanted.getArch())
      return;
    StringRef bytes(reinterpret_cast<const char *>(entry.bitcode.data()),
                    entry.bitcode.size());
    auto parsed = llvm::parseBitcodeFile(
        llvm::MemoryBufferRef(bytes, "KernelRT"), context);
    if (!parsed) {
      error = llvm::toString(parsed.takeError());
      return;
    }
    module = std::move(*parsed);
    error.clear();
  });
  if (!module)
    return nullptr;
  module->setTargetTriple(name.triple);
  for (llvm::Function &function : *module)
    for (const char *attribute : {"target-cpu", "target-features", "tune-cpu"})
      function.removeFnAttr(attribute);
  // Notes of the compiler that made it are none of the object's business.
  if (llvm::NamedMDNode *ident = module->getNamedMetadata("llvm.ident"))
    ident->eraseFromParent();
  return module;
}

//===----------------------------------------------------------------------===//
// Code generation
//===----------------------------------------------------------------------===//

static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = true;
  tuning.SLPVectorization = true;
  llvm::PassBuilder builder(&machine, tuning);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
      .run(module, modules);
}

/// What `LLVMTargetMachine::addPassesToEmitFile` does, without the machine
/// scheduler: loops come in the order in which they should run.
static bool addCodeGen(llvm::legacy::PassManager &pm,
                       llvm::TargetMachine &machine,
                       llvm::raw_pwrite_stream &out) {
  auto &target = static_cast<llvm::LLVMTargetMachine &>(machine);
  auto *info = new llvm::MachineModuleInfoWrapperPass(&target);
  llvm::TargetPassConfig *config = target.createPassConfig(pm);
  config->disablePass(&llvm::MachineSchedulerID);
  pm.add(config);
  pm.add(info);
  if (config->addISelPasses())
    return false;
  config->addMachinePasses();
  config->setInitialized();
  if (target.addAsmPrinter(pm, out, nullptr, llvm::CodeGenFileType::ObjectFile,
                           info->getMMI().getContext()))
    return false;
  pm.add(llvm::createFreeMachineFunctionPass());
  return true;
}

std::string compile(llvm::Module &module, llvm::TargetMachine &machine,
                    bool asItIs, std::string &error) {
  module.setTargetTriple(machine.getTargetTriple().str());
  module.setDataLayout(machine.createDataLayout());
  for (llvm::Function &function : module) {
    function.addFnAttr("target-cpu", machine.getTargetCPU());
    function.addFnAttr("target-features", machine.getTargetFeatureString());
    // Kernels neither unwind nor are they unwound.
    function.removeFnAttr(llvm::Attribute::UWTable);
    function.setDoesNotThrow();
  }
  llvm::raw_string_ostream errors(error);
  if (llvm::verifyModule(module, &errors))
    return {};
  if (!asItIs)
    optimize(module, machine);
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream out(bytes);
  llvm::legacy::PassManager pm;
  pm.add(new llvm::TargetLibraryInfoWrapperPass(machine.getTargetTriple()));
  pm.add(llvm::createTargetTransformInfoWrapperPass(
      machine.getTargetIRAnalysis()));
  if (!addCodeGen(pm, machine, out)) {
    error = "LLVM cannot write objects for this machine";
    return {};
  }
  pm.run(module);
  return std::string(bytes.begin(), bytes.end());
}

} // namespace autoglm::cpu
