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
    Point point;
    point.position = position++;
    waitsBefore.push_back(waited.size() - 1);
    llvm::BitVector known(before.size());
    known |= waited.back();
    for (Value event : getWaits(&op)) {
      // An event from elsewhere, an argument for example, orders nothing.
      std::optional<Point> source = locate(event.getDefiningOp());
      if (!source || source->row < 0)
        continue;
      known |= before[source->row];
      known.set(source->row);
    }
    bool isQueued = isa<plan::SubmitOp, plan::TransferOp>(op);
    // What touches buffers comes after all that was enqueued.
    if (isQueued || isa<plan::CopyOp, plan::ReadScalarOp>(op))
      total &= known.all();
    if (isQueued) {
      point.row = int(before.size());
      before.push_back(std::move(known));
    } else if (isa<plan::WaitOp>(op)) {
      waited.push_back(std::move(known));
    }
    points[&op] = point;
    if (auto submit = dyn_cast<plan::SubmitOp>(op))
      for (Operation &command : submit.getBody().front()) {
        ++point.inner;
        points[&command] = point;
      }
  }
}

std::optional<HappensBefore::Point> HappensBefore::locate(Operation *op) const {
  auto found = points.find(op);
  if (found == points.end())
    return std::nullopt;
  return found->second;
}

bool HappensBefore::precedes(Point first, Point second) const {
  if (first.position == second.position)
    return first.inner < second.inner;
  // The host is done with its own before it goes on.
  if (first.row < 0)
    return first.position < second.position;
  const llvm::BitVector &rows = second.row < 0
                                    ? waited[waitsBefore[second.position]]
                                    : before[second.row];
  return unsigned(first.row) < rows.size() && rows.test(first.row);
}
