//===- WriteBundle.cpp - the last phase -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Bundle/Writer.h"
#include "autoglm/Pipeline/Compiler.h"
#include "autoglm/Pipeline/Emission.h"
#include "autoglm/Support/File.h"

using namespace mlir;

namespace autoglm {

LogicalResult Compiler::writeBundle() {
  // Weights first, into a file beside the bundle: the manifest, which is the
  // first entry, has their digest.
  llvm::Expected<OutputFile> weightsFile =
      OutputFile::create(options.output + ".weights");
  if (!weightsFile) {
    diagnostics.error(ErrorCode::CannotWrite, options.output,
                      "cannot write: " +
                          llvm::toString(weightsFile.takeError()));
    return failure();
  }
  const std::string &path = weightsFile->getTemporaryPath();
  WeightStore store(options.compileFrom ? WeightStore::CheckHash::Yes
                                        : WeightStore::CheckHash::No);
  WeightLayout weights;
  if (failed(weights.write(*module, store, path)))
    return failure();

  FailureOr<nlohmann::json> plan = buildPlanJson(*module, weights);
  if (failed(plan))
    return failure();
  std::string report = buildReport(*module, weights).dump(1) + "\n";
  BundleWriter writer(
      buildManifest(*module, weights, *plan, options.resultOptions));
  writer.addBuffer("plan.json", plan->dump(1) + "\n");
  for (auto binary : module->getOps<plan::BinaryOp>())
    writer.addBuffer(getExecutableFile(binary), binary.getBytes().str());
  writer.addFile("weights.bin", path);
  writer.addBuffer("report.json", report);
  if (!options.reportFile.empty() && failed(write(options.reportFile, report)))
    return failure();
  std::string problem = writer.finish(options.output);
  if (problem.empty())
    return success();
  diagnostics.error(ErrorCode::CannotWrite, options.output, problem);
  return failure();
}

} // namespace autoglm
