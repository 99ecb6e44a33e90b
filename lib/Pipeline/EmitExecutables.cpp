//===- EmitExecutables.cpp - lowered executables become binaries -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Pipeline/Emission.h"
#include "autoglm/Support/Diagnostics.h"
#include "autoglm/Support/Hash.h"
#include "autoglm/Target/Target.h"

#include "mlir/IR/Threading.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace autoglm {

/// Emits, links and stores the executables of one device.
static LogicalResult emitDevice(ModuleOp module, DeviceOp device,
                                ArrayRef<plan::ExecutableOp> executables) {
  DeviceAttr descriptor = device.getDescriptor();
  const Target *target =
      TargetRegistry::global().lookup(descriptor.getFamily());
  if (!target)
    return emitError(device.getLoc(), ErrorCode::NeedsAdapter)
           << "device '" << descriptor.getName()
           << "' needs adapter: no code generator for family '"
           << descriptor.getFamily() << "' in this build";

  std::vector<EmittedObject> objects(executables.size());
  LogicalResult emitted = failableParallelForEachN(
      module.getContext(), 0, executables.size(), [&](size_t index) {
        FailureOr<EmittedObject> object =
            target->emit(executables[index], descriptor);
        if (failed(object))
          return failure();
        objects[index] = std::move(*object);
        return success();
      });
  if (failed(emitted))
    return failure();
  FailureOr<std::vector<Artifact>> artifacts =
      target->link(device.getLoc(), objects, descriptor);
  if (failed(artifacts))
    return failure();

  OpBuilder builder(module.getContext());
  builder.setInsertionPoint(executables.front());
  llvm::StringMap<FlatSymbolRefAttr> binaryOf;
  for (const Artifact &artifact : *artifacts) {
    auto binary = builder.create<plan::BinaryOp>(
        device.getLoc(), builder.getStringAttr("b" + hashBytes(artifact.bytes)),
        FlatSymbolRefAttr::get(device), builder.getStringAttr(artifact.format),
        builder.getStringAttr(artifact.extension),
        builder.getStringAttr(artifact.bytes));
    for (const std::string &name : artifact.executables)
      binaryOf[name] = FlatSymbolRefAttr::get(binary);
  }
  for (plan::ExecutableOp executable : executables) {
    FlatSymbolRefAttr binary = binaryOf.lookup(executable.getSymName());
    if (!binary)
      return emitError(executable.getLoc(), ErrorCode::Internal)
             << "no file contains executable '" << executable.getSymName()
             << "'";
    executable.setBinaryAttr(binary);
    executable.getInnerModule().getBody()->clear();
  }
  return success();
}

LogicalResult emitExecutables(ModuleOp module) {
  SymbolTable symbols(module);
  llvm::MapVector<DeviceOp, SmallVector<plan::ExecutableOp>> byDevice;
  for (auto executable : module.getOps<plan::ExecutableOp>())
    byDevice[symbols.lookup<DeviceOp>(executable.getDevice())].push_back(
        executable);
  for (auto &[device, executables] : byDevice)
    if (failed(emitDevice(module, device, executables)))
      return failure();
  return success();
}

} // namespace autoglm
