//===- FormGroups.cpp - greedy fusion into kernels -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Target/Target.h"
#include "passes/Fuse/Passes.h"

#include "mlir/IR/IRMapping.h"
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

/// Builds the group of `ops` after the last of them. Constants are copied into
/// it; users outside keep the values they have.
static GroupOp buildGroup(ArrayRef<Operation *> ops, OpBuilder &builder) {
  llvm::SmallPtrSet<Operation *, 16> inside(ops.begin(), ops.end());
  llvm::SetVector<Value> inputs, constants, outputs;
  for (Operation *op : ops) {
    for (Value operand : op->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (producer && inside.contains(producer))
        continue;
      bool isConstant = producer && matchPattern(producer, m_Constant());
      (isConstant ? constants : inputs).insert(operand);
    }
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(),
                       [&](Operation *user) { return !inside.contains(user); }))
        outputs.insert(result);
  }
  auto locs = llvm::map_to_vector(
      ops, [](Operation *op) -> Location { return op->getLoc(); });
  auto types =
      llvm::map_to_vector(outputs, [](Value value) { return value.getType(); });
  auto group = builder.create<GroupOp>(builder.getFusedLoc(locs), types,
                                       inputs.getArrayRef());
  OpBuilder::InsertionGuard guard(builder);
  Block *body = builder.createBlock(&group.getBody());
  IRMapping mapping;
  for (Value input : inputs)
    mapping.map(input, body->addArgument(input.getType(), input.getLoc()));
  for (Value constant : constants)
    builder.clone(*constant.getDefiningOp(), mapping);
  for (Operation *op : ops)
    builder.clone(*op, mapping);
  builder.create<YieldOp>(group.getLoc(),
                          llvm::map_to_vector(outputs, [&](Value value) {
                            return mapping.lookup(value);
                          }));
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
      OpBuilder builder(op);
      builder.setInsertionPointAfter(op);
      GroupOp trial = buildGroup(joint, builder);
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
    OpBuilder builder(ops.back());
    builder.setInsertionPointAfter(ops.back());
    llvm::SmallPtrSet<Operation *, 16> inside(ops.begin(), ops.end());
    SmallVector<Value> outputs;
    for (Operation *op : ops)
      for (Value result : op->getResults())
        if (llvm::any_of(result.getUsers(), [&](Operation *user) {
              return !inside.contains(user);
            }))
          outputs.push_back(result);
    GroupOp group = buildGroup(ops, builder);
    for (auto [value, result] : llvm::zip_equal(outputs, group->getResults()))
      value.replaceUsesWithIf(result, [&](OpOperand &use) {
        return !inside.contains(use.getOwner());
      });
    for (Operation *op : llvm::reverse(ops))
      op->erase();
    ++numGroups;
  }

  static void eraseDeadConstants(Block &body) {
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(body)))
      if (op.use_empty() && matchPattern(&op, m_Constant()))
        op.erase();
  }
};
} // namespace
