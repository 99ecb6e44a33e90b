//===- Target.h - what a family of devices plugs in -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGET_TARGET_H
#define AUTOGLM_TARGET_TARGET_H

#include "autoglm/Device/DeviceModel.h"
#include "dialects/Plan/Plan.h"

#include "mlir/Pass/PassManager.h"

#include <memory>
#include <string>
#include <vector>

namespace autoglm {

/// Emitted code of one executable, before it is linked.
struct EmittedObject {
  /// Symbol of the executable: its content hash.
  std::string executable;
  std::string bytes;
};

/// A file of the bundle.
struct Artifact {
  /// Symbols of the executables it contains.
  std::vector<std::string> executables;
  /// "elf" or another: what the driver expects.
  std::string format;
  /// File extension without the dot.
  std::string extension;
  std::string bytes;
};

/// The compiler's side of a family of devices. Stateless and thread-safe: one
/// object serves all devices and compilations of a process.
class Target : public DeviceHooks {
public:
  /// The `family` of the descriptors that this target serves.
  virtual llvm::StringRef getFamily() const = 0;

  /// Version of the driver that the emitted code needs at least.
  virtual int getMinimumDriver() const { return 1; }

  /// CPU or device features the emitted code needs, as the driver spells them.
  virtual std::vector<std::string> getFeatures(DeviceAttr device) const {
    return {};
  }

  /// Adds every dialect and extension that lowering and emission need.
  virtual void registerDialects(mlir::DialectRegistry &registry) const = 0;

  /// Makes the target's passes known by name, for tools that parse pipelines.
  virtual void registerPasses() const {}

  /// Checks what only the target knows of a descriptor. An empty string is
  /// good.
  virtual std::string verify(DeviceAttr device) const { return {}; }

  /// Passes on a function between `layout` and `fuse` that rewrite operations
  /// in its segments into forms the target's kernels expect; what they compute
  /// from weights outside of segments becomes derived weights.
  ///
  ///   %1 = autoglm.conv %0, %w {pads = [1, 1, 1, 1], …}
  ///   =>
  ///   %1 = autoglm.pad %0, %pads, %zero
  ///   %2 = autoglm.conv %1, %w {pads = [0, 0, 0, 0], …}
  virtual void buildPreparation(mlir::OpPassManager &pm,
                                DeviceAttr device) const {}

  /// Passes on the module inside a `plan.executable`. Before, it holds one
  /// private-free function on tensors in `autoglm`:
  ///
  ///   func.func @kernel(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  ///     %0 = autoglm.relu %x : (tensor<1x8xf32>) -> tensor<1x8xf32>
  ///     return %0 : tensor<1x8xf32>
  ///   }
  ///
  /// After, it holds the target's exit dialect with the function of the
  /// target's kernel ABI under the same symbol, and the module has the
  /// attribute `plan.extent` (i64): how many parts a launch may be cut into. In
  /// the emitted code the kernel is named like its executable.
  virtual void buildLowering(mlir::OpPassManager &pm,
                             DeviceAttr device) const = 0;

  /// Emits one lowered executable; called in parallel, never changes the IR.
  virtual mlir::FailureOr<EmittedObject> emit(plan::ExecutableOp executable,
                                              DeviceAttr device) const = 0;

  /// Combines the objects of one device, in plan order, into files.
  virtual mlir::FailureOr<std::vector<Artifact>>
  link(mlir::Location loc, llvm::ArrayRef<EmittedObject> objects,
       DeviceAttr device) const = 0;
};

/// Targets by family. Filled once at start-up, read-only afterwards.
class TargetRegistry {
public:
  static TargetRegistry &global();

  /// Registering a family twice is a programming error and aborts.
  void add(std::unique_ptr<Target> target);
  const Target *lookup(llvm::StringRef family) const;
  std::vector<const Target *> all() const;

private:
  std::vector<std::unique_ptr<Target>> targets;
};

/// The model of the device that a symbol of the module names.
DeviceModel getDeviceModel(DeviceOp device);

/// Registers every target that this build was configured with.
void registerAllTargets();

/// Name of the function in an executable's module, and of the attribute with
/// which a target reports into how many parts a launch may be cut.
inline constexpr llvm::StringLiteral kKernelName = "kernel";
inline constexpr llvm::StringLiteral kExtentAttr = "plan.extent";

} // namespace autoglm

#endif // AUTOGLM_TARGET_TARGET_H
