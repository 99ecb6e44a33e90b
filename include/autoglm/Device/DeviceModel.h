//===- DeviceModel.h - what passes ask about a device -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DEVICE_DEVICEMODEL_H
#define AUTOGLM_DEVICE_DEVICEMODEL_H

#include "dialects/AutoGLM/AutoGLM.h"

#include <string>
#include <tuple>

namespace autoglm {

/// The codes of `Reasons.def`, such as `reason::OpNotSupported`.
namespace reason {
#define AUTOGLM_REASON(name, code, meaning)                                    \
  inline constexpr llvm::StringLiteral name = code;
#include "autoglm/Device/Reasons.def"
} // namespace reason

/// Whether a device takes an operation or a candidate group, and why not.
struct Verdict {
  enum class Kind {
    /// The device takes it whole.
    Yes,
    /// The device takes the parts of its decomposition.
    Decompose,
    /// The device does not take it.
    No
  };
  Kind kind = Kind::Yes;
  /// Stable code of the reason, from `Reasons.def`; empty for yes.
  llvm::StringRef code;
  /// The reason in words, with the numbers that decided.
  std::string reason;
  /// The descriptor field that decided, empty if none did.
  std::string field;
  /// The smallest change that would flip the verdict.
  std::string change;

  explicit operator bool() const { return kind == Kind::Yes; }
  static Verdict yes() { return {}; }
  static Verdict decompose() { return {Kind::Decompose, {}, {}, {}, {}}; }
  static Verdict no(llvm::StringRef code, std::string reason,
                    std::string field = {}, std::string change = {}) {
    return {Kind::No, code, std::move(reason), std::move(field),
            std::move(change)};
  }
};

/// Modelled joules and the range in which they lie. An end that nothing is
/// known of is missing: a sum over the known parts is a lower bound.
struct Energy {
  double joules = 0;
  std::optional<double> low, high;
};

/// Modelled cost of one use of an operation or group.
struct Estimate {
  double seconds = 0;
  /// Nothing where the descriptor has no energy numbers.
  std::optional<Energy> energy;
  /// Bytes moved between the device's memories and its compute units.
  int64_t bytes = 0;
  int64_t flops = 0;
  /// "compute", "memory" or "launch": what limits it.
  llvm::StringRef bound = "memory";
  /// What `seconds` is made of: the greater of the first two, and the third.
  double computeSeconds = 0, memorySeconds = 0, launchSeconds = 0;
  /// Fields of the descriptor that are unknown, whose terms are left out.
  llvm::SmallVector<std::string, 2> missing;
};

/// What is in a device's memories when an operation begins.
struct Residency {
  /// Bytes of all weights that the device holds: they stay in the nearest level
  /// that has room for them from one run to the next. Unknown: main memory.
  std::optional<int64_t> weightBytes;
};

/// One way in which a device can take an operation's operands and results.
struct LayoutChoice {
  /// Per operand, then per result; null is row major.
  llvm::SmallVector<LayoutAttr> layouts;
  /// Modelled seconds of the operation in these layouts.
  double seconds = 0;
};

/// Whether several units of work should become one, and what that saves by the
/// device model: the parts one by one minus the whole.
struct FusionAnswer {
  Verdict verdict;
  /// Seconds; 0 where the descriptor has neither rates nor bandwidths.
  double seconds = 0;
  /// Bytes that no longer go through the main memory.
  int64_t bytes = 0;
  int64_t launches = 0;

  explicit operator bool() const { return static_cast<bool>(verdict); }
  /// What saves more comes first: seconds, then bytes, then launches.
  bool operator<(const FusionAnswer &other) const {
    return std::tie(seconds, bytes, launches) <
           std::tie(other.seconds, other.bytes, other.launches);
  }
};

/// What a target adds to the answers that descriptor data alone can give.
class DeviceHooks {
public:
  virtual ~DeviceHooks() = default;

  /// Verdict on an operation, or on an `autoglm.group` as a candidate. Only
  /// asked where the descriptor does not already say no.
  virtual Verdict verdict(mlir::Operation *op, DeviceAttr device) const = 0;

  /// Whether kernels read and write the caller's memory themselves; otherwise
  /// inputs are copied to the device and outputs back.
  virtual bool usesHostMemory(DeviceAttr device) const { return false; }

  /// Cost of an operation or group; nothing keeps the default roofline.
  virtual std::optional<Estimate> estimate(mlir::Operation *op,
                                           DeviceAttr device) const {
    return std::nullopt;
  }

  /// Layouts that pay for an operation; none by default. One that is row major
  /// all over comes first, if at all: its cost replaces the estimate, so that
  /// costs are comparable.
  virtual llvm::SmallVector<LayoutChoice> layouts(mlir::Operation *op,
                                                  DeviceAttr device) const {
    return {};
  }

  /// Seconds to change a layout, comparable with those of `layouts`; nothing
  /// reads and writes every byte once.
  virtual std::optional<double> relayoutSeconds(mlir::RankedTensorType from,
                                                mlir::RankedTensorType to,
                                                DeviceAttr device) const {
    return std::nullopt;
  }
};

/// A connection from a device.
struct Link {
  /// Seconds of a transfer of no bytes, and of each byte.
  double latency = 0, secondsPerByte = 0;
  double joulesPerByte = 0;
  /// Fields of the descriptor that are unknown, whose terms are left out.
  llvm::SmallVector<std::string, 2> missing;

  double getSeconds(int64_t bytes) const {
    return latency + secondsPerByte * static_cast<double>(bytes);
  }
};

/// A device as the passes see it: the only place that answers questions about
/// it. Copyable; refers to hooks that live as long as the target registry.
class DeviceModel {
public:
  DeviceModel(DeviceAttr device, const DeviceHooks *hooks)
      : device(device), hooks(hooks) {}

  DeviceAttr getDevice() const { return device; }
  /// Whether a code generator is registered for the device's family.
  bool hasTarget() const { return hooks; }

  Verdict verdict(mlir::Operation *op) const;
  /// Roofline over element types and memory levels unless the target knows
  /// better: operations over the rate, bytes over the bandwidth of the nearest
  /// level they fit in, and the launch.
  Estimate estimate(mlir::Operation *op, const Residency &residency = {}) const;
  /// Whether a group should replace the parts it is made of. No where the
  /// device does not take it (see `verdict`) and where the model says that it
  /// saves nothing (`no-gain`).
  FusionAnswer fuse(GroupOp candidate, llvm::ArrayRef<Estimate> parts) const;
  /// Seconds to move that many bytes to or from main memory; 0 if its bandwidth
  /// is unknown.
  double getTransferSeconds(int64_t bytes) const;
  /// The row-major choice first, then what the target offers.
  llvm::SmallVector<LayoutChoice> layouts(mlir::Operation *op) const;
  /// Seconds to change the layout of a tensor.
  double relayoutSeconds(mlir::RankedTensorType from,
                         mlir::RankedTensorType to) const;
  /// Whether that many bytes fit into the device's main memory, or into the
  /// part of it that may be used.
  Verdict fits(int64_t bytes, double maxRatio = 1) const;
  /// Whether the caller's tensors are where the device's kernels reach them.
  bool usesHostMemory() const;
  /// The way to another device, by its descriptor's name; nothing if the
  /// descriptor tells of no link there.
  std::optional<Link> getLink(llvm::StringRef to) const;
  /// The way to the caller's memory: no time for a device without links, which
  /// is at home there; else the link to "host", or the only one there is.
  Link getHostLink() const;

  /// A number of the descriptor in base units, by path
  /// ("memory.dram.bandwidth"); nothing if it is unknown.
  std::optional<double> getNumber(llvm::StringRef path) const;

private:
  DeviceAttr device;
  const DeviceHooks *hooks;
};

/// What the field `fusion` of a descriptor says of a group: how many operations
/// it may have, which may follow the first, whether it has several results.
/// What the field leaves open is up to the target; without one, a group is a
/// single operation with one result.
Verdict checkFusion(GroupOp group, DeviceAttr device, bool hasTarget);

/// How descriptors spell an element type: "float32", "bfloat16", "int8",
/// "bool"; empty for a type that no descriptor names.
std::string getTypeName(mlir::Type elementType);

/// Path of a field of the main memory, such as "memory.dram.size".
std::string getMainMemoryField(DeviceAttr device, llvm::StringRef field);

/// Looks a path up in nested dictionaries of a descriptor; null if absent.
mlir::Attribute lookupProperty(DeviceAttr device, llvm::StringRef path);

} // namespace autoglm

#endif // AUTOGLM_DEVICE_DEVICEMODEL_H
