//===- FormSegments.cpp - runs of operations on one device -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/Enclosure.h"
#include "passes/Place/Passes.h"

#include "llvm/ADT/MapVector.h"

#include <set>

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_FORMSEGMENTS
#include "passes/Place/Passes.h.inc"
} // namespace autoglm

static FlatSymbolRefAttr getAssignedDevice(Operation *op) {
  return op->getAttrOfType<FlatSymbolRefAttr>(kDeviceAttr);
}

namespace {
struct FormSegments : public autoglm::impl::FormSegmentsBase<FormSegments> {
  using FormSegmentsBase::FormSegmentsBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return markAllAnalysesPreserved();
    for (ArrayRef<Operation *> run : gather(function.getBody().front()))
      formSegment(run);
  }

private:
  /// The operations of each segment to be, in an order in which every segment
  /// comes after those that it reads from.
  static std::vector<SmallVector<Operation *>> gather(Block &block) {
    // Operations by what they wait for. Weights and constants are always there.
    llvm::DenseMap<Operation *, unsigned> waiting;
    SmallVector<Operation *> ops;
    for (Operation &op : block) {
      if (!getAssignedDevice(&op))
        continue;
      llvm::SmallPtrSet<Operation *, 4> producers;
      for (Value operand : op.getOperands())
        if (Operation *producer = operand.getDefiningOp())
          if (getAssignedDevice(producer))
            producers.insert(producer);
      waiting[&op] = static_cast<unsigned>(producers.size());
      ops.push_back(&op);
    }
    llvm::DenseMap<Operation *, size_t> position;
    for (auto [index, op] : llvm::enumerate(ops))
      position[op] = index;
    // What is ready, by device, in order of the block.
    llvm::MapVector<Attribute, std::set<size_t>> ready;
    for (auto [index, op] : llvm::enumerate(ops)) {
      std::set<size_t> &queue = ready[getAssignedDevice(op)];
      if (waiting[op] == 0)
        queue.insert(index);
    }
    std::vector<SmallVector<Operation *>> segments;
    for (size_t left = ops.size(); left > 0;) {
      // Whose next operation comes first in the block begins a segment.
      auto *next = ready.end();
      for (auto *it = ready.begin(); it != ready.end(); ++it)
        if (!it->second.empty() &&
            (next == ready.end() ||
             *it->second.begin() < *next->second.begin()))
          next = it;
      if (next == ready.end())
        return segments;
      SmallVector<Operation *> &segment = segments.emplace_back();
      for (std::set<size_t> &queue = next->second; !queue.empty(); --left) {
        Operation *op = ops[*queue.begin()];
        queue.erase(queue.begin());
        segment.push_back(op);
        llvm::SmallPtrSet<Operation *, 4> users(op->user_begin(),
                                                op->user_end());
        for (Operation *user : users)
          if (auto count = waiting.find(user);
              count != waiting.end() && --count->second == 0)
            ready[getAssignedDevice(user)].insert(position[user]);
      }
    }
    return segments;
  }

  void formSegment(ArrayRef<Operation *> run) {
    Enclosure enclosure(run);
    // All that it reads is before its last operation, or is a segment already,
    // all of which are built in order before the terminator.
    OpBuilder builder(run.front()->getBlock()->getTerminator());
    auto segment = builder.create<SegmentOp>(
        run.front()->getLoc(), enclosure.getResultTypes(),
        enclosure.getInputs(), getAssignedDevice(run.front()));
    enclosure.build(segment.getBody(), segment.getLoc());
    for (Operation &op : segment.getBody().front())
      op.removeAttr(kDeviceAttr);
    enclosure.replaceWith(segment);
    for (Value constant : enclosure.getConstants())
      if (constant.use_empty())
        constant.getDefiningOp()->erase();
    ++numSegments;
  }
};
} // namespace
