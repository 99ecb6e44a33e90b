//===- Machine.h - LLVM for one descriptor -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_MACHINE_H
#define AUTOGLM_TARGETS_CPU_COMPILER_MACHINE_H

#include "dialects/AutoGLM/AutoGLM.h"

#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace autoglm::cpu {

/// Parts of KernelRT.
enum class RuntimePart { Math, Libcalls };

/// What the `llvm` field of a descriptor says.
struct MachineName {
  std::string triple, cpu, features;
  static MachineName of(DeviceAttr device);
};

/// A target machine for one kernel; null and `error` set if the descriptor
/// names none.
std::unique_ptr<llvm::TargetMachine> createMachine(const MachineName &name,
                                                   std::string &error);

/// Whether the machine multiplies and adds in one instruction.
bool hasFma(const MachineName &name);

/// The bitcode of a part of KernelRT for the processor family of a triple, as a
/// module; null and `error` set if there is none.
std::unique_ptr<llvm::Module> loadRuntime(RuntimePart part,
                                          const MachineName &name,
                                          llvm::LLVMContext &context,
                                          std::string &error);

/// Optimizes a module, unless it is already as it should be, and writes its
/// object file. Empty `error` is good.
std::string compile(llvm::Module &module, llvm::TargetMachine &machine,
                    bool asItIs, std::string &error);

/// Links objects to one shared object that needs nothing from outside.
std::string linkObjects(llvm::ArrayRef<llvm::StringRef> objects,
                        std::string &error);

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_MACHINE_H
