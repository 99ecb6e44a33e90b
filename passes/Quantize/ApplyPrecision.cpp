//===- ApplyPrecision.cpp - carry out the precision of operations -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Support/Diagnostics.h"
#include "passes/Quantize/Passes.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_APPLYPRECISION
#include "passes/Quantize/Passes.h.inc"
} // namespace autoglm

namespace {
struct ApplyPrecision
    : public autoglm::impl::ApplyPrecisionBase<ApplyPrecision> {
  using ApplyPrecisionBase::ApplyPrecisionBase;

  void runOnOperation() override {
    WalkResult walk = getOperation().walk([&](ComputeOpInterface op) {
      auto precision = op->getAttrOfType<StringAttr>(kPrecisionAttr);
      if (!precision)
        return WalkResult::advance();
      std::string natural = getNaturalPrecision(op);
      if (precision.getValue() != natural) {
        emitError(op.getLoc(), ErrorCode::UnsupportedType)
            << "precision " << precision << " of an operation on '" << natural
            << "' cannot be carried out";
        return WalkResult::interrupt();
      }
      op->removeAttr(kPrecisionAttr);
      ++numKept;
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
