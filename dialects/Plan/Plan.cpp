//===- Plan.cpp - the plan dialect -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Plan.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace autoglm::plan;

#include "dialects/Plan/PlanDialect.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/Plan/PlanTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/Plan/PlanOps.cpp.inc"

void PlanDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Plan/PlanTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Plan/PlanOps.cpp.inc"
      >();
}

ModuleOp ExecutableOp::getInnerModule() {
  return cast<ModuleOp>(getBody().front().front());
}

LogicalResult ExecutableOp::verifyRegions() {
  if (!llvm::hasSingleElement(getBody().front()) ||
      !isa<ModuleOp>(getBody().front().front()))
    return emitOpError("must hold exactly one module");
  return success();
}

LogicalResult SubmitOp::verifyRegions() {
  for (Operation &op : getBody().front())
    if (!isa<LaunchOp, CopyOp>(op))
      return op.emitOpError(
          "is no command; a submit holds launches and copies");
  return success();
}
