//===- Compiler.h - the compiler as a library -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PIPELINE_COMPILER_H
#define AUTOGLM_PIPELINE_COMPILER_H

#include "autoglm/Device/Adapters.h"
#include "autoglm/Import/Import.h"
#include "autoglm/Pipeline/Phases.h"
#include "autoglm/Support/Diagnostics.h"
#include "autoglm/Support/Progress.h"

#include <set>
#include <string>
#include <vector>

namespace autoglm {

/// What one compilation is asked to do.
struct CompileOptions {
  /// An ONNX model, or an IR dump where `compileFrom` is set.
  std::string input;
  /// The bundle, or a dump where `compileTo` is not the last phase. "-" is
  /// standard output, for dumps.
  std::string output;
  /// Names or files of device descriptors, in order of preference.
  std::vector<std::string> devices;
  /// A file that names the devices instead; empty if there is none.
  std::string adaptersFile;
  /// "[DEVICE:]PATH=VALUE": what differs from their descriptors.
  std::vector<std::string> deviceSettings;
  ImportOptions import;
  Phase compileTo = Phase::bundle;
  /// The phase whose dump `input` is; compilation goes on with the next.
  std::optional<Phase> compileFrom;
  /// Phases after which the IR is written to `dumpFolder`/<n>-<phase>.mlir.
  std::set<Phase> dumpAfter;
  std::string dumpFolder = ".";
  /// Only tell what can be compiled; writes nothing but the report.
  bool checkOnly = false;
  /// Evaluate on seeded random inputs after each phase up to `fuse` and fail at
  /// the first that changes the results.
  bool checkPhases = false;
  /// Print the time of each phase at the end.
  bool timing = false;
  std::string reportFile, depFile;
  PlacementOptions placement;
  /// Where the placement is explained: empty for nowhere, "-" for a table on
  /// standard output, else a file that gets JSON.
  std::string explain;
  /// A placement to keep, in the form of the explanation.
  std::string pinsFile;
  /// Threads; 0 is one per core. Never changes the result.
  unsigned jobs = 0;
  /// argv[0]: where shipped descriptors are found from.
  std::string toolPath;
  /// The options that change the result, as they go into the manifest.
  std::vector<std::string> resultOptions;
};

/// Runs one compilation. Messages go through `diagnostics`; the result says
/// whether everything that was asked for was done. Nothing is left at the
/// output after a failure.
class Compiler {
public:
  Compiler(CompileOptions options, mlir::MLIRContext &context,
           DiagnosticPrinter &diagnostics, Progress &progress);

  mlir::LogicalResult run();

private:
  mlir::LogicalResult addDevices();
  mlir::LogicalResult checkTargets();
  mlir::LogicalResult load();
  mlir::LogicalResult runPhase(Phase phase);
  mlir::LogicalResult place();
  mlir::LogicalResult explain();
  mlir::LogicalResult checkCoverage();
  mlir::LogicalResult writeDump(const std::string &path);
  mlir::LogicalResult writeBundle();
  mlir::LogicalResult writeDepFile();
  mlir::LogicalResult write(const std::string &path, const std::string &text);

  CompileOptions options;
  mlir::MLIRContext &context;
  DiagnosticPrinter &diagnostics;
  Progress &progress;
  DescriptorLoader descriptors;
  std::vector<DeviceAttr> devices;
  /// What an adapters file says of each of them; empty without one.
  std::vector<Adapter> adapters;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// Files the result depends on.
  std::vector<std::string> dependencies;
  std::vector<std::pair<Phase, double>> seconds;
};

/// The phase that is running in this process, for crash reports.
Phase getCurrentPhase();

/// `autoglm-compile` without its `main`.
int runCompileTool(int argc, char **argv);
/// `autoglm-opt` without its `main`.
int runOptTool(int argc, char **argv);

} // namespace autoglm

#endif // AUTOGLM_PIPELINE_COMPILER_H
