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
  auto reshape = dyn_cast<ReshapeOp>(op);
  return reshape && !reshape.getType().getEncoding() &&
         !cast<RankedTensorType>(reshape.getInput().getType()).getEncoding();
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
      if (!isa<ComputeOpInterface, RelayoutOp>(op) || isView(&op))
        continue;
      if (auto joined = findGroup(&op, groups, groupOf, model)) {
        groups[*joined].push_back(&op);
        groupOf[&op] = *joined;
        ++numJoined;
        continue;
      }
      groupOf[&op] = groups.size();
      groups.push_back({&op});
    }
    for (ArrayRef<Operation *> ops : groups)
      wrap(ops);
    eraseDeadConstants(body);
  }

  /// The group that an operation joins: that of its latest producer first, as
  /// everything else the operation reads is then computed before the group.
  std::optional<size_t>
  findGroup(Operation *op, std::vector<Group> &groups,
            const llvm::DenseMap<Operation *, size_t> &groupOf,
            const DeviceModel &model) {
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
      if (static_cast<int64_t>(group.size()) >= maxOps ||
          !isOnlyUser(op, group))
        continue;
      Group joint(group);
      joint.push_back(op);
      GroupOp trial = buildGroup(joint, Enclosure(joint));
      bool accepted = static_cast<bool>(model.verdict(trial));
      trial.erase();
      if (accepted)
        return candidate;
      ++numRefused;
    }
    return std::nullopt;
  }

  /// Whether nobody outside a group uses its values but `op`.
  static bool isOnlyUser(Operation *op, ArrayRef<Operation *> group) {
    return llvm::all_of(group, [&](Operation *member) {
      return llvm::all_of(member->getUsers(), [&](Operation *user) {
        return user == op || llvm::is_contained(group, user);
      });
    });
  }

  void wrap(ArrayRef<Operation *> ops) {
    Enclosure enclosure(ops);
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
