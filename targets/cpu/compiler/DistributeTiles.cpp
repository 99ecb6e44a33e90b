//===- DistributeTiles.cpp - the caller's part of the tiles -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Passes.h"

#include "autoglm/Target/Target.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_DISTRIBUTETILES
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

/// Iterations of each loop of a `scf.forall`, whose bounds are static.
static SmallVector<int64_t> getTrips(scf::ForallOp op) {
  SmallVector<int64_t> trips;
  for (auto [low, high, step] :
       llvm::zip_equal(op.getStaticLowerBound(), op.getStaticUpperBound(),
                       op.getStaticStep()))
    trips.push_back(llvm::divideCeil(high - low, step));
  return trips;
}

/// Replaces a `scf.forall` by a loop over tiles from `begin` to `end`.
static void linearize(scf::ForallOp op, Value begin, Value end) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto constant = [&](int64_t value) -> Value {
    return builder.create<arith::ConstantIndexOp>(loc, value);
  };
  auto loop = builder.create<scf::ForOp>(loc, begin, end, constant(1));
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<int64_t> trips = getTrips(op);
  Value rest = loop.getInductionVar();
  SmallVector<Value> ivs(trips.size());
  for (int64_t i = static_cast<int64_t>(trips.size()) - 1; i >= 0; --i) {
    Value position = rest;
    if (i > 0) {
      Value size = constant(trips[i]);
      position = builder.create<arith::RemUIOp>(loc, rest, size);
      rest = builder.create<arith::DivUIOp>(loc, rest, size);
    }
    Value scaled = builder.create<arith::MulIOp>(
        loc, position, constant(op.getStaticStep()[i]));
    ivs[i] = builder.create<arith::AddIOp>(
        loc, scaled, constant(op.getStaticLowerBound()[i]));
  }
  op.getTerminator()->erase();
  for (auto [iv, value] : llvm::zip_equal(op.getInductionVars(), ivs))
    iv.replaceAllUsesWith(value);
  Block *body = loop.getBody();
  body->getOperations().splice(body->getTerminator()->getIterator(),
                               op.getBody()->getOperations());
  op.erase();
}

namespace {
struct DistributeTiles
    : public autoglm::cpu::impl::DistributeTilesBase<DistributeTiles> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto function = module.lookupSymbol<func::FuncOp>(autoglm::kKernelName);
    if (!function)
      return;
    Block &entry = function.getBody().front();
    Location loc = function.getLoc();
    Type index = IndexType::get(&getContext());
    Value begin = entry.addArgument(index, loc);
    Value end = entry.addArgument(index, loc);
    function.setType(
        FunctionType::get(&getContext(), entry.getArgumentTypes(), {}));
    SmallVector<scf::ForallOp> loops;
    bool isAlone = true;
    for (Operation &op : entry.without_terminator()) {
      if (auto loop = dyn_cast<scf::ForallOp>(op))
        loops.push_back(loop);
      else if (!isMemoryEffectFree(&op) &&
               !isa<memref::AllocaOp, memref::GetGlobalOp>(op))
        isAlone = false;
    }
    isAlone &= loops.size() == 1;
    int64_t extent = 1;
    for (scf::ForallOp loop : loops) {
      int64_t tiles = 1;
      for (int64_t trips : getTrips(loop))
        tiles *= trips;
      if (isAlone) {
        extent = tiles;
        linearize(loop, begin, end);
        continue;
      }
      OpBuilder builder(loop);
      linearize(loop, builder.create<arith::ConstantIndexOp>(loc, 0),
                builder.create<arith::ConstantIndexOp>(loc, tiles));
    }
    module->setAttr(autoglm::kExtentAttr,
                    Builder(&getContext()).getI64IntegerAttr(extent));
  }
};
} // namespace
