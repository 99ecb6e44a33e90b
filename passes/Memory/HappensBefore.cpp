//===- HappensBefore.cpp - the order in which a plan is executed -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Memory/HappensBefore.h"

#include "dialects/Plan/Plan.h"

using namespace mlir;
using namespace autoglm;

static ValueRange getWaits(Operation *op) {
  if (auto submit = dyn_cast<plan::SubmitOp>(op))
    return submit.getWaits();
  if (auto transfer = dyn_cast<plan::TransferOp>(op))
    return transfer.getWaits();
  if (auto wait = dyn_cast<plan::WaitOp>(op))
    return wait.getEvents();
  return {};
}

HappensBefore::HappensBefore(func::FuncOp function) {
  if (!llvm::hasSingleElement(function.getBody())) {
    total = false;
    return;
  }
  waited.emplace_back();
  unsigned position = 0;
  for (Operation &op : function.getBody().front()) {
    Place &place = places[&op];
    place.position = position++;
    waitsBefore.push_back(waited.size() - 1);
    llvm::BitVector known(before.size());
    known |= waited.back();
    for (Value event : getWaits(&op)) {
      // An event from elsewhere, an argument for example, orders nothing.
      auto source = places.find(event.getDefiningOp());
      if (source == places.end() || source->second.row < 0)
        continue;
      known |= before[source->second.row];
      known.set(source->second.row);
    }
    if (isa<plan::WaitOp>(op)) {
      waited.push_back(std::move(known));
      continue;
    }
    bool isQueued = isa<plan::SubmitOp, plan::TransferOp>(op);
    // What touches buffers comes after all that was enqueued.
    if (isQueued || isa<plan::CopyOp, plan::ReadScalarOp>(op))
      total &= known.all();
    if (!isQueued)
      continue;
    place.row = int(before.size());
    before.push_back(std::move(known));
  }
}

const HappensBefore::Place &HappensBefore::getPlace(Operation *op) const {
  static const Place none;
  Operation *outer = op;
  while (outer && !isa_and_nonnull<func::FuncOp>(outer->getParentOp()))
    outer = outer->getParentOp();
  auto found = places.find(outer);
  return found == places.end() ? none : found->second;
}

bool HappensBefore::precedes(Operation *first, Operation *second) const {
  if (first->getBlock() == second->getBlock() &&
      isa<plan::SubmitOp>(first->getParentOp()))
    return first->isBeforeInBlock(second);
  if (places.empty())
    return false;
  const Place &a = getPlace(first), &b = getPlace(second);
  // The host is done with its own before it goes on.
  if (a.row < 0)
    return a.position < b.position;
  auto has = [&](const llvm::BitVector &rows) {
    return unsigned(a.row) < rows.size() && rows.test(a.row);
  };
  if (b.row < 0)
    return has(waited[waitsBefore[b.position]]);
  return has(before[b.row]);
}
