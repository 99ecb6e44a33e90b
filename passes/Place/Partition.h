//===- Partition.h - which device computes which node -----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_PLACE_PARTITION_H
#define AUTOGLM_PASSES_PLACE_PARTITION_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <limits>
#include <vector>

namespace autoglm {

/// A placement problem without IR: nodes in topological order, what each costs
/// on every device, and what moving tensors between devices costs.
struct PartitionProblem {
  static constexpr double kNever = std::numeric_limits<double>::infinity();
  static constexpr unsigned kCaller = ~0u;

  struct Node {
    /// Per device: seconds alone, `kNever` where the device does not take it.
    llvm::SmallVector<double, 4> seconds;
    /// Per device; empty without energy numbers.
    llvm::SmallVector<double, 4> joules;
    /// An earlier node into whose kernel a device may fuse this one, and what
    /// that saves there, per device; `kCaller` for none.
    unsigned follows = kCaller;
    llvm::SmallVector<double, 4> saved;
    /// Tensors read, and weights.
    llvm::SmallVector<unsigned, 4> inputs, weights;
    /// Tensors written.
    llvm::SmallVector<unsigned, 2> outputs;
  };
  struct Tensor {
    /// `kCaller` for an input of the entry.
    unsigned producer = kCaller;
    int64_t bytes = 0;
    llvm::SmallVector<unsigned, 4> users;
    /// Whether the caller reads it.
    bool isOutput = false;
    /// Seconds to bring it to (or from) row major on each device, where a
    /// device prefers another layout; empty for none.
    llvm::SmallVector<double, 4> conversion;
  };
  /// Moving a tensor: a fixed time and one per byte.
  struct Route {
    double latency = 0, secondsPerByte = 0, joulesPerByte = 0;
  };

  unsigned numDevices = 0;
  std::vector<Node> nodes;
  std::vector<Tensor> tensors;
  std::vector<int64_t> weightBytes;
  /// From one place to another: devices, then the caller; row by row.
  std::vector<Route> routes;
  /// Bytes that weights and tensors may take on each device.
  llvm::SmallVector<double, 4> capacity;
  /// Watts drawn without work, per device; empty without energy numbers.
  llvm::SmallVector<double, 4> idleWatts;

  PartitionProblem() = default;
  explicit PartitionProblem(unsigned numDevices)
      : numDevices(numDevices), routes((numDevices + 1) * (numDevices + 1)),
        capacity(numDevices, kNever) {}

  const Route &getRoute(unsigned from, unsigned to) const {
    return routes[std::min(from, numDevices) * (numDevices + 1) +
                  std::min(to, numDevices)];
  }
  Route &getRoute(unsigned from, unsigned to) {
    return routes[std::min(from, numDevices) * (numDevices + 1) +
                  std::min(to, numDevices)];
  }
};

enum class Objective { Latency, Energy };

/// A device for every node, and what that costs.
struct Partition {
  std::vector<unsigned> deviceOf;
  /// Seconds from the first input to the last output, with every device working
  /// through its nodes in one order while the others work too.
  double seconds = 0;
  double joules = 0;
  /// Seconds of all nodes and moves together: of two assignments that take
  /// equally long, the one with less of it is better.
  double work = 0;
  /// Bytes beyond the devices' capacities; 0 if everything fits.
  double overflow = 0;

  double getCost(Objective objective) const {
    return objective == Objective::Latency ? seconds : joules;
  }
};

/// Judges assignments of one problem. Near-linear in nodes per assignment; the
/// scratch memory is reused.
class PartitionCost {
public:
  explicit PartitionCost(const PartitionProblem &problem);

  /// The order in which nodes are scheduled: topological, those first on which
  /// the longest work depends.
  llvm::ArrayRef<unsigned> getOrder() const { return order; }
  /// Fills in everything but `deviceOf`.
  void evaluate(Partition &partition);

private:
  double getOverflow(llvm::ArrayRef<unsigned> deviceOf);

  const PartitionProblem &problem;
  std::vector<unsigned> order;
  /// When a tensor is on a device; negative: never yet.
  std::vector<double> arrival;
  std::vector<double> finished, deviceFree;
  std::vector<int64_t> lastUse, alive, weights;
  std::vector<uint8_t> weightSeen;
  bool mayOverflow = false;
};

/// The first device that takes each node: what a list of priorities says.
std::vector<unsigned> getFirstDevices(const PartitionProblem &problem);
/// The same with its cost.
Partition assignByPriority(const PartitionProblem &problem);

/// A good assignment. Seeds: by priority, every device alone, the exact optimum
/// over each node's heaviest input (which is the optimum of a chain), and list
/// scheduling by earliest finish; then local search over single nodes, their
/// neighbourhoods and runs, within a budget that grows with the nodes.
/// Deterministic, and never worse than `assignByPriority` by its own cost.
/// Every node has a device that takes it.
Partition partition(const PartitionProblem &problem, Objective objective);

} // namespace autoglm

#endif // AUTOGLM_PASSES_PLACE_PARTITION_H
