//===- FormGroups.cpp - greedy fusion into kernels -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Target/Target.h"
#include "dialects/AutoGLM/Enclosure.h"
#include "passes/Fuse/Passes.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_FORMGROUPS
#include "passes/Fuse/Passes.h.inc"
} // namespace autoglm

/// Whether an operation reads operand `index` exactly where it writes its
/// result: nothing is broadcast, moved or reduced on the way.
static bool readsInPlace(Operation *op, unsigned index) {
  auto space = cast<ComputeOpInterface>(op).getIterationSpace();
  return space && op->getNumResults() == 1 && space->isParallel() &&
         space->maps[index] && space->maps[index].isIdentity() &&
         space->maps.back().isIdentity();
}

/// Reshapes without layouts are another view of the same bytes.
static bool isView(Operation *op) {
  if (isa<QuantCastOp>(op))
    return true;
  auto reshape = dyn_cast<ReshapeOp>(op);
  return reshape && !reshape.getType().getEncoding() &&
         !cast<RankedTensorType>(reshape.getInput().getType()).getEncoding();
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

/// Builds the group of the operations `ops` after the last of them; users
/// outside keep the values they have.
static GroupOp buildGroup(ArrayRef<Operation *> ops,
                          const Enclosure &enclosure) {
  OpBuilder builder(ops.back());
  builder.setInsertionPointAfter(ops.back());
  auto locs = llvm::map_to_vector(
      ops, [](Operation *op) -> Location { return op->getLoc(); });
  auto group = builder.create<GroupOp>(builder.getFusedLoc(locs),
                                       enclosure.getResultTypes(),
                                       enclosure.getInputs());
  enclosure.build(group.getBody(), group.getLoc());
  return group;
}

namespace {
struct FormGroups : public autoglm::impl::FormGroupsBase<FormGroups> {
  using FormGroupsBase::FormGroupsBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    getOperation().walk([&](SegmentOp segment) {
      formGroups(segment,
                 getDeviceModel(symbols.lookup<DeviceOp>(segment.getDevice())));
    });
  }

private:
  using Group = SmallVector<Operation *, 4>;

  void formGroups(SegmentOp segment, const DeviceModel &model) {
    Block &body = segment.getBody().front();
    std::vector<Group> groups;
    llvm::DenseMap<Operation *, size_t> groupOf;
    for (Operation &op : body) {
      if (!isa<ComputeOpInterface, RelayoutOp>(op) || isView(&op) ||
          groupOf.contains(&op))
        continue;
      Group joining;
      if (auto joined = findGroup(&op, groups, groupOf, model, joining)) {
        for (Operation *member : joining) {
          groups[*joined].push_back(member);
          groupOf[member] = *joined;
          ++numJoined;
        }
        continue;
      }
      groupOf[&op] = groups.size();
      groups.push_back({&op});
    }
    for (ArrayRef<Operation *> ops : groups)
      wrap(ops);
    eraseDeadConstants(body);
  }

  /// The group that an operation joins, and those that have to join with it:
  /// that of its latest producer first, as everything else the operation reads
  /// is then computed before the group.
  std::optional<size_t>
  findGroup(Operation *op, std::vector<Group> &groups,
            const llvm::DenseMap<Operation *, size_t> &groupOf,
            const DeviceModel &model, Group &joining) {
    if (!isa<ComputeOpInterface>(op))
      return std::nullopt;
    SmallVector<size_t> candidates;
    for (OpOperand &operand : op->getOpOperands()) {
      Operation *producer = operand.get().getDefiningOp();
      auto known = producer ? groupOf.find(producer) : groupOf.end();
      if (known != groupOf.end() &&
          readsInPlace(op, operand.getOperandNumber()))
        candidates.push_back(known->second);
    }
    llvm::sort(candidates, std::greater<>());
    candidates.erase(std::unique(candidates.begin(), candidates.end()),
                     candidates.end());
    for (size_t candidate : candidates) {
      const Group &group = groups[candidate];
      joining = close(op, group);
      if (joining.empty())
        continue;
      Group joint(group);
      llvm::append_range(joint, joining);
      GroupOp trial = buildGroup(joint, Enclosure(joint, isTable));
      bool accepted = static_cast<bool>(model.verdict(trial));
      trial.erase();
      if (accepted)
        return candidate;
      ++numRefused;
    }
    return std::nullopt;
  }

  /// An operation and those after it up to the first one with which nobody
  /// outside uses a value of a group but the last: where a value is used twice
  /// (x * sigmoid(x)), all of its users join together. None if there is no such
  /// one near.
  Group close(Operation *op, ArrayRef<Operation *> group) {
    llvm::SmallPtrSet<Operation *, 16> members(group.begin(), group.end());
    // Users outside, each as often as it uses one of these values.
    int64_t open = 0;
    for (Operation *member : group)
      for (Operation *user : member->getUsers())
        open += !members.contains(user);
    Group joining;
    int64_t window = 4 * maxOps;
    for (; op && window > 0; op = op->getNextNode(), --window) {
      auto uses = llvm::count_if(op->getOperands(), [&](Value operand) {
        return members.contains(operand.getDefiningOp());
      });
      if (uses == 0)
        continue;
      if (!joins(op, members) || static_cast<int64_t>(members.size()) >= maxOps)
        return {};
      members.insert(op);
      joining.push_back(op);
      open -= uses;
      if (open == 0)
        return joining;
      open += std::distance(op->user_begin(), op->user_end());
    }
    return {};
  }

  /// Whether an operation reads a value of some operations in place.
  static bool joins(Operation *op,
                    const llvm::SmallPtrSetImpl<Operation *> &members) {
    return isa<ComputeOpInterface>(op) && !isView(op) &&
           llvm::any_of(op->getOpOperands(), [&](OpOperand &operand) {
             return members.contains(operand.get().getDefiningOp()) &&
                    readsInPlace(op, operand.getOperandNumber());
           });
  }

  void wrap(ArrayRef<Operation *> ops) {
    Enclosure enclosure(ops, isTable);
    enclosure.replaceWith(buildGroup(ops, enclosure));
    ++numGroups;
  }

  static void eraseDeadConstants(Block &body) {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
      if (op.use_empty() && matchPattern(&op, m_Constant()))
        op.erase();
  }
};
} // namespace
