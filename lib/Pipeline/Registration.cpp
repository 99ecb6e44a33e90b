//===- Registration.cpp - everything that tools can parse and run -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Pipeline/Registration.h"

#include "autoglm/Reference/Reference.h"
#include "autoglm/Target/Target.h"
#include "passes/Fuse/Passes.h"
#include "passes/Layout/Passes.h"
#include "passes/Lower/Passes.h"
#include "passes/Memory/Passes.h"
#include "passes/Normalize/Passes.h"
#include "passes/Place/Passes.h"
#include "passes/Quantize/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Transforms/Passes.h"

#include <mutex>

using namespace mlir;

namespace autoglm {

static void registerTargetsOnce() {
  static std::once_flag once;
  std::call_once(once, registerAllTargets);
}

void registerAllDialects(DialectRegistry &registry) {
  registerTargetsOnce();
  registry
      .insert<AutoGLMDialect, plan::PlanDialect, quant::QuantizationDialect,
              arith::ArithDialect, cf::ControlFlowDialect, func::FuncDialect>();
  registerReferenceModels(registry);
  for (const Target *target : TargetRegistry::global().all())
    target->registerDialects(registry);
}

void registerAllPasses() {
  registerTargetsOnce();
  registerNormalizePasses();
  registerPlacePasses();
  registerQuantizePasses();
  registerLayoutPasses();
  registerFusePasses();
  registerLowerPasses();
  registerMemoryPasses();
  for (const Target *target : TargetRegistry::global().all())
    target->registerPasses();
  registerCanonicalizerPass();
  registerCSEPass();
  registerSymbolDCEPass();
}

} // namespace autoglm
