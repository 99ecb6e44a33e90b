//===- Clusters.h - operations that are becoming groups ---------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_FUSE_CLUSTERS_H
#define AUTOGLM_PASSES_FUSE_CLUSTERS_H

#include "autoglm/Device/DeviceModel.h"

#include <map>
#include <queue>

namespace autoglm {

/// Whether a consumer may be in one unit with the producer of an operand: it
/// reads elements as they were written or the value as a whole, or each element
/// of the producer depends on one of each operand, so that it can be computed
/// where it is read. A window over computed values is neither.
bool canShareUnit(mlir::OpOperand &use);

/// Whether every element of the results depends on at most one element of each
/// operand.
bool isPointwise(mlir::Operation *op);

/// A partition of a segment's operations, coarsened pair by pair: what saves
/// most by the device model first.
class Clusters {
public:
  struct Options {
    int64_t maxOps;
  };
  struct Cluster {
    /// Positions of the operations in the block, ascending.
    llvm::SmallVector<unsigned, 4> ops;
    /// Those of them that other clusters compute too.
    llvm::SmallVector<unsigned, 2> copied;
    /// Of the cluster as one unit.
    Estimate cost;
    /// Goes up with every change.
    unsigned version = 0;
    bool isAlive = true;
  };

  Clusters(mlir::Block &block, const DeviceModel &model, Options options);

  /// Joins pairs until none saves anything.
  void coarsen();
  /// Lets all readers of a small pointwise cluster compute it themselves where
  /// the bytes this saves outweigh.
  void recompute();
  /// Makes the groups.
  void build();

  unsigned numJoined = 0, numRefused = 0, numRecomputed = 0, numGroups = 0;

private:
  struct Candidate {
    FusionAnswer saved;
    unsigned producer, consumer;
    unsigned producerVersion, consumerVersion;
    /// Last position of the producer: the latest comes first among equals.
    unsigned position;
    bool operator<(const Candidate &other) const;
  };

  mlir::Operation *getOp(unsigned position) const { return ops[position]; }
  llvm::SmallVector<mlir::Operation *> getOps(const Cluster &cluster) const;
  /// The cluster of an operation, if it has one.
  std::optional<unsigned> find(mlir::Operation *op) const;
  llvm::SmallVector<unsigned> getProducers(unsigned cluster) const;
  llvm::SmallVector<unsigned> getConsumers(unsigned cluster) const;
  bool hasLegalEdge(unsigned producer, unsigned consumer) const;
  /// Whether a path leads from a cluster out of both and into the other.
  bool hasDetour(unsigned producer, unsigned consumer) const;
  void consider(unsigned producer, unsigned consumer);
  void considerAll(unsigned cluster);
  void join(const Candidate &candidate);
  FusionAnswer ask(llvm::ArrayRef<mlir::Operation *> joint,
                   llvm::ArrayRef<mlir::Operation *> copied,
                   llvm::ArrayRef<Estimate> parts);
  void recompute(unsigned cluster);
  mlir::ArrayAttr getRefusals(unsigned cluster) const;

  mlir::Block &block;
  const DeviceModel &model;
  Options options;
  std::vector<mlir::Operation *> ops;
  std::vector<Cluster> clusters;
  llvm::DenseMap<mlir::Operation *, unsigned> positionOf;
  /// By position.
  std::vector<unsigned> clusterOf;
  std::priority_queue<Candidate> queue;
  struct Refusal {
    Verdict verdict;
    unsigned producerVersion, consumerVersion;
  };
  /// By consumer, then producer.
  std::map<std::pair<unsigned, unsigned>, Refusal> refusals;
};

} // namespace autoglm

#endif // AUTOGLM_PASSES_FUSE_CLUSTERS_H
