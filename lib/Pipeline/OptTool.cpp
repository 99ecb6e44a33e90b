//===- OptTool.cpp - autoglm-opt -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Pipeline/Compiler.h"
#include "autoglm/Pipeline/Registration.h"

#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "llvm/Support/PrettyStackTrace.h"

namespace autoglm {

int runOptTool(int argc, char **argv) {
  llvm::setBugReportMsg("This is a bug of Open-AutoGLM; please report it with "
                        "the input and the command.\n");
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  registerAllPasses();
  return mlir::asMainReturnCode(mlir::MlirOptMain(
      argc, argv, "Runs passes of Open-AutoGLM on its IR\n", registry));
}

} // namespace autoglm
