//===- Clusters.cpp - operations that are becoming groups -------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Clusters.h"

#include "dialects/AutoGLM/Enclosure.h"
#include "dialects/AutoGLM/Layout.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace autoglm {

/// A value that more operations read is not worth to be looked at: not all of
/// them are in one unit.
static constexpr int64_t kMaxReaders = 64;
/// Operations that are looked at to find a path around a pair.
static constexpr size_t kMaxVisited = 4096;
/// Refused candidates that are kept for the report, for each group.
static constexpr size_t kMaxRefusals = 4;
/// Operations of a cluster that its readers compute themselves, and readers.
static constexpr size_t kMaxCopied = 4;

//===----------------------------------------------------------------------===//
// Legality
//===----------------------------------------------------------------------===//

bool isPointwise(Operation *op) {
  auto compute = dyn_cast<ComputeOpInterface>(op);
  auto space = compute ? compute.getIterationSpace() : std::nullopt;
  return space && op->getNumResults() == 1 && space->isParallel() &&
         llvm::all_of(space->maps, [](AffineMap map) {
           return !map || map.isProjectedPermutation(/*allowZero=*/true);
         });
}

bool canShareUnit(OpOperand &use) {
  auto consumer = dyn_cast<ComputeOpInterface>(use.getOwner());
  Operation *producer = use.get().getDefiningOp();
  if (!consumer || !producer || !isa<ComputeOpInterface>(producer))
    return false;
  auto space = consumer.getIterationSpace();
  if (!space)
    return true;
  AffineMap map = space->maps[use.getOperandNumber()];
  return map && (map.isProjectedPermutation(/*allowZero=*/true) ||
                 isPointwise(producer));
}

/// Whether a constant is a table: values that differ, which its users read one
/// by one as they would read a weight. Where it is an input, kernels that
/// differ in its values only are one.
static bool isTable(Operation *constant) {
  DenseElementsAttr value;
  if (!matchPattern(constant, m_Constant(&value)) || value.isSplat())
    return false;
  return llvm::all_of(constant->getUses(), [](OpOperand &use) {
    auto op = dyn_cast<ComputeOpInterface>(use.getOwner());
    auto space = op ? op.getIterationSpace() : std::nullopt;
    return space && space->maps[use.getOperandNumber()];
  });
}

//===----------------------------------------------------------------------===//
// The partition
//===----------------------------------------------------------------------===//

Clusters::Clusters(Block &block, const DeviceModel &model, Options options)
    : block(block), model(model), options(options) {
  for (Operation &op : block) {
    if (!isa<ComputeOpInterface, RelayoutOp>(op) || isView(&op))
      continue;
    unsigned position = ops.size();
    positionOf[&op] = position;
    ops.push_back(&op);
    clusterOf.push_back(position);
    Cluster cluster;
    cluster.ops.push_back(position);
    cluster.cost = model.estimate(&op);
    clusters.push_back(std::move(cluster));
  }
}

SmallVector<Operation *> Clusters::getOps(const Cluster &cluster) const {
  return llvm::map_to_vector(cluster.ops,
                             [&](unsigned position) { return ops[position]; });
}

std::optional<unsigned> Clusters::find(Operation *op) const {
  auto known = op ? positionOf.find(op) : positionOf.end();
  if (known == positionOf.end())
    return std::nullopt;
  return clusterOf[known->second];
}

SmallVector<unsigned> Clusters::getProducers(unsigned cluster) const {
  SmallVector<unsigned> found;
  for (unsigned position : clusters[cluster].ops)
    for (Value operand : getOp(position)->getOperands())
      if (auto producer = find(operand.getDefiningOp());
          producer && *producer != cluster)
        found.push_back(*producer);
  llvm::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

SmallVector<unsigned> Clusters::getConsumers(unsigned cluster) const {
  SmallVector<unsigned> found;
  for (unsigned position : clusters[cluster].ops)
    for (Operation *user : getOp(position)->getUsers())
      if (auto consumer = find(user); consumer && *consumer != cluster)
        found.push_back(*consumer);
  llvm::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

bool Clusters::hasLegalEdge(unsigned producer, unsigned consumer) const {
  bool isLegal = false;
  for (unsigned position : clusters[consumer].ops)
    for (OpOperand &operand : getOp(position)->getOpOperands()) {
      if (find(operand.get().getDefiningOp()) != producer)
        continue;
      if (!canShareUnit(operand))
        return false;
      isLegal = true;
    }
  return isLegal;
}

bool Clusters::hasDetour(unsigned producer, unsigned consumer) const {
  // The ends of a detour have positions up to the consumer's last one.
  unsigned last = clusters[consumer].ops.back();
  Operation *end = getOp(last);
  SmallVector<Operation *> worklist;
  llvm::SmallPtrSet<Operation *, 16> visited;
  auto visit = [&](Operation *op) {
    // Views and the like are not part of any cluster, but of paths.
    if (op->getBlock() == &block && visited.insert(op).second)
      worklist.push_back(op);
  };
  auto visitUsers = [&](unsigned cluster, bool isFirst) {
    for (unsigned position : clusters[cluster].ops)
      for (Operation *user : getOp(position)->getUsers()) {
        std::optional<unsigned> own = find(user);
        if (own == producer || (isFirst && own == consumer))
          continue;
        visit(user);
      }
  };
  visitUsers(producer, /*isFirst=*/true);
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val();
    std::optional<unsigned> own = find(op);
    if (own == consumer || visited.size() > kMaxVisited)
      return true;
    if (!own) {
      if (op->isBeforeInBlock(end))
        for (Operation *user : op->getUsers())
          visit(user);
      continue;
    }
    if (clusters[*own].ops.front() < last)
      visitUsers(*own, /*isFirst=*/false);
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Pairs
//===----------------------------------------------------------------------===//

bool Clusters::Candidate::operator<(const Candidate &other) const {
  if (saved < other.saved)
    return true;
  if (other.saved < saved)
    return false;
  return std::tuple(position, other.consumer, producer) <
         std::tuple(other.position, consumer, other.producer);
}

FusionAnswer Clusters::ask(ArrayRef<Operation *> joint,
                           ArrayRef<Operation *> copied,
                           ArrayRef<Estimate> parts) {
  GroupOp trial = Enclosure(joint, isTable, copied).buildGroup();
  FusionAnswer answer = model.fuse(trial, parts);
  trial.erase();
  return answer;
}

void Clusters::consider(unsigned producer, unsigned consumer) {
  const Cluster &from = clusters[producer], &to = clusters[consumer];
  if (static_cast<int64_t>(from.ops.size() + to.ops.size()) > options.maxOps ||
      !hasLegalEdge(producer, consumer))
    return;
  for (unsigned position : from.ops)
    for (Value result : getOp(position)->getResults())
      if (std::distance(result.use_begin(), result.use_end()) > kMaxReaders)
        return;
  auto refuse = [&](Verdict verdict) {
    ++numRefused;
    refusals[{consumer, producer}] = {std::move(verdict), from.version,
                                      to.version};
  };
  if (hasDetour(producer, consumer))
    return refuse(Verdict::no(reason::NotConvex,
                              "a value leaves the group and comes "
                              "back into it"));
  SmallVector<unsigned> positions;
  std::merge(from.ops.begin(), from.ops.end(), to.ops.begin(), to.ops.end(),
             std::back_inserter(positions));
  auto joint =
      llvm::map_to_vector(positions, [&](unsigned i) { return ops[i]; });
  FusionAnswer answer = ask(joint, {}, {from.cost, to.cost});
  if (!answer)
    return refuse(std::move(answer.verdict));
  queue.push({std::move(answer), producer, consumer, from.version, to.version,
              from.ops.back()});
}

void Clusters::considerAll(unsigned cluster) {
  for (unsigned producer : getProducers(cluster))
    consider(producer, cluster);
  for (unsigned consumer : getConsumers(cluster))
    consider(cluster, consumer);
}

void Clusters::join(const Candidate &candidate) {
  Cluster &from = clusters[candidate.producer];
  Cluster &to = clusters[candidate.consumer];
  SmallVector<unsigned, 4> positions;
  std::merge(from.ops.begin(), from.ops.end(), to.ops.begin(), to.ops.end(),
             std::back_inserter(positions));
  to.cost.seconds += from.cost.seconds - candidate.saved.seconds;
  to.cost.bytes += from.cost.bytes - candidate.saved.bytes;
  for (unsigned position : from.ops)
    clusterOf[position] = candidate.consumer;
  numJoined += from.ops.size();
  to.ops = std::move(positions);
  ++to.version;
  from.ops.clear();
  from.isAlive = false;
  considerAll(candidate.consumer);
}

void Clusters::coarsen() {
  for (unsigned cluster = 0; cluster < clusters.size(); ++cluster)
    for (unsigned producer : getProducers(cluster))
      consider(producer, cluster);
  while (!queue.empty()) {
    Candidate best = queue.top();
    queue.pop();
    const Cluster &from = clusters[best.producer];
    const Cluster &to = clusters[best.consumer];
    if (!from.isAlive || !to.isAlive || from.version != best.producerVersion ||
        to.version != best.consumerVersion)
      continue;
    // Another pair may have opened a path around this one since.
    if (!hasDetour(best.producer, best.consumer))
      join(best);
  }
}

//===----------------------------------------------------------------------===//
// Recomputation
//===----------------------------------------------------------------------===//

void Clusters::recompute(unsigned index) {
  Cluster &cluster = clusters[index];
  SmallVector<Operation *> own = getOps(cluster);
  if (own.size() > kMaxCopied || !llvm::all_of(own, isPointwise))
    return;
  for (Operation *op : own)
    for (Operation *user : op->getUsers())
      if (!find(user))
        return;
  SmallVector<unsigned> readers = getConsumers(index);
  if (readers.size() < 2 || readers.size() > kMaxCopied)
    return;
  FusionAnswer total;
  total.seconds = cluster.cost.seconds;
  total.bytes = cluster.cost.bytes;
  for (unsigned reader : readers) {
    const Cluster &to = clusters[reader];
    // One that is gone is part of several others.
    if (!to.isAlive ||
        static_cast<int64_t>(own.size() + to.ops.size()) > options.maxOps ||
        !hasLegalEdge(index, reader))
      return;
    SmallVector<unsigned> positions;
    std::merge(cluster.ops.begin(), cluster.ops.end(), to.ops.begin(),
               to.ops.end(), std::back_inserter(positions));
    auto joint =
        llvm::map_to_vector(positions, [&](unsigned i) { return ops[i]; });
    SmallVector<Operation *> copied(own);
    for (unsigned position : to.copied)
      copied.push_back(ops[position]);
    // The producer counts once for all: here with nobody.
    FusionAnswer answer = ask(joint, copied, {cluster.cost, to.cost});
    if (!answer)
      return;
    total.seconds += answer.seconds - cluster.cost.seconds;
    total.bytes += answer.bytes - cluster.cost.bytes;
  }
  // Launches alone are no reason to compute twice.
  if (!(FusionAnswer() < total))
    return;
  for (unsigned reader : readers) {
    Cluster &to = clusters[reader];
    SmallVector<unsigned, 4> positions;
    std::merge(cluster.ops.begin(), cluster.ops.end(), to.ops.begin(),
               to.ops.end(), std::back_inserter(positions));
    to.ops = std::move(positions);
    llvm::append_range(to.copied, cluster.ops);
    ++to.version;
  }
  cluster.isAlive = false;
  ++numRecomputed;
}

void Clusters::recompute() {
  // From the results on: what a reader computes now reads something, too.
  for (unsigned index = clusters.size(); index-- > 0;)
    if (clusters[index].isAlive)
      recompute(index);
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

ArrayAttr Clusters::getRefusals(unsigned cluster) const {
  Builder builder(block.getParentOp()->getContext());
  SmallVector<Attribute> list;
  for (auto it = refusals.lower_bound({cluster, 0});
       it != refusals.end() && it->first.first == cluster &&
       list.size() < kMaxRefusals;
       ++it) {
    const auto &[key, refusal] = *it;
    const Cluster &producer = clusters[key.second];
    if (!producer.isAlive || producer.version != refusal.producerVersion ||
        clusters[cluster].version != refusal.consumerVersion)
      continue;
    NamedAttrList entry;
    entry.set("with",
              builder.getStringAttr(
                  getOp(producer.ops.front())->getName().stripDialect()));
    entry.set("code", builder.getStringAttr(refusal.verdict.code));
    if (!refusal.verdict.field.empty())
      entry.set("field", builder.getStringAttr(refusal.verdict.field));
    list.push_back(entry.getDictionary(builder.getContext()));
  }
  return list.empty() ? ArrayAttr() : builder.getArrayAttr(list);
}

void Clusters::build() {
  bool hasSeveral = false;
  SmallVector<Operation *> copies;
  // While the operations that they name are there.
  std::vector<ArrayAttr> refused(clusters.size());
  for (unsigned index = 0; index < clusters.size(); ++index)
    if (clusters[index].isAlive)
      refused[index] = getRefusals(index);
  for (auto [index, cluster] : llvm::enumerate(clusters)) {
    if (!cluster.isAlive)
      continue;
    SmallVector<Operation *> own = getOps(cluster);
    auto copied =
        llvm::map_to_vector(cluster.copied, [&](unsigned i) { return ops[i]; });
    llvm::append_range(copies, copied);
    Enclosure enclosure(own, isTable, copied);
    GroupOp group = enclosure.buildGroup();
    if (refused[index])
      group->setAttr(kRefusedAttr, refused[index]);
    enclosure.replaceWith(group);
    hasSeveral |= group.getNumResults() > 1;
    ++numGroups;
  }
  llvm::sort(copies, [&](Operation *a, Operation *b) {
    return positionOf.lookup(a) > positionOf.lookup(b);
  });
  copies.erase(std::unique(copies.begin(), copies.end()), copies.end());
  for (Operation *op : copies)
    op->erase();
  // A result may be read before the last operation of its group.
  if (hasSeveral)
    sortTopologically(&block);
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (op.use_empty() && matchPattern(&op, m_Constant()))
      op.erase();
}

} // namespace autoglm
