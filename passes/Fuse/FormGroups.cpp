//===- FormGroups.cpp - what becomes one kernel -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Clusters.h"
#include "autoglm/Target/Target.h"
#include "passes/Fuse/Passes.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_FORMGROUPS
#include "passes/Fuse/Passes.h.inc"
} // namespace autoglm

namespace {
struct FormGroups : public autoglm::impl::FormGroupsBase<FormGroups> {
  using FormGroupsBase::FormGroupsBase;

  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    getOperation().walk([&](SegmentOp segment) {
      DeviceModel model =
          getDeviceModel(symbols.lookup<DeviceOp>(segment.getDevice()));
      Clusters clusters(segment.getBody().front(), model, {maxOps});
      clusters.coarsen();
      clusters.recompute();
      clusters.build();
      numGroups += clusters.numGroups;
      numJoined += clusters.numJoined;
      numRefused += clusters.numRefused;
      numRecomputed += clusters.numRecomputed;
    });
  }
};
} // namespace
