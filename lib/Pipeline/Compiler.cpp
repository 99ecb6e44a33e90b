//===- Compiler.cpp - the compiler as a library -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Pipeline/Compiler.h"

#include "autoglm/Pipeline/CrashReport.h"
#include "autoglm/Pipeline/Emission.h"
#include "autoglm/Pipeline/PhaseCheck.h"
#include "autoglm/Support/File.h"
#include "autoglm/Target/Target.h"
#include "passes/Normalize/Passes.h"

#include "mlir/IR/AsmState.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <atomic>
#include <chrono>

using namespace mlir;

namespace autoglm {

static std::atomic<Phase> currentPhase{Phase::import};
Phase getCurrentPhase() { return currentPhase; }

/// What an error without a code of its own means, by phase: what a verifier
/// finds at import is the model's fault, later it is ours.
static ErrorCode getFallbackCode(Phase phase) {
  switch (phase) {
  case Phase::import:
  case Phase::normalize:
    return ErrorCode::InvalidNode;
  case Phase::lower:
  case Phase::emit:
    return ErrorCode::LoweringFailed;
  default:
    return ErrorCode::Internal;
  }
}

Compiler::Compiler(CompileOptions options, MLIRContext &context,
                   DiagnosticPrinter &diagnostics, Progress &progress)
    : options(std::move(options)), context(context), diagnostics(diagnostics),
      progress(progress), descriptors(this->options.toolPath) {}

//===----------------------------------------------------------------------===//
// Input
//===----------------------------------------------------------------------===//

LogicalResult Compiler::addDevices() {
  std::vector<DescriptorProblem> problems;
  std::vector<std::string> settingsOfNone;
  if (!options.adaptersFile.empty()) {
    dependencies.push_back(options.adaptersFile);
    auto loaded = loadAdapters(&context, descriptors, options.adaptersFile,
                               options.deviceSettings, problems);
    if (succeeded(loaded))
      adapters = std::move(*loaded);
    for (const Adapter &adapter : adapters)
      devices.push_back(adapter.device);
  }
  std::vector<std::vector<std::string>> settings = distributeSettings(
      options.devices,
      options.adaptersFile.empty() ? options.deviceSettings : settingsOfNone,
      problems);
  for (auto [name, changes] : llvm::zip(options.devices, settings)) {
    FailureOr<DeviceAttr> device =
        descriptors.load(&context, name, problems, nullptr, {changes});
    if (failed(device))
      continue;
    devices.push_back(*device);
    if (llvm::sys::fs::exists(name))
      dependencies.push_back(name);
  }
  for (const DescriptorProblem &problem : problems)
    diagnostics.error(problem.code, problem.file, problem.line, problem.column,
                      problem.getText());
  return success(problems.empty());
}

/// Before any work: code for a device needs its code generator.
LogicalResult Compiler::checkTargets() {
  if (options.compileTo < Phase::lower || options.checkOnly)
    return success();
  bool allKnown = true;
  for (DeviceAttr device : devices) {
    const Target *target = TargetRegistry::global().lookup(device.getFamily());
    std::string problem =
        target ? target->verify(device)
               : "needs adapter: no code generator for family '" +
                     device.getFamily().str() + "' in this build";
    if (problem.empty())
      continue;
    diagnostics.error(target ? ErrorCode::BadDescriptor
                             : ErrorCode::NeedsAdapter,
                      "", "device '" + device.getName().str() + "' " + problem);
    allKnown = false;
  }
  return success(allKnown);
}

LogicalResult Compiler::load() {
  dependencies.push_back(options.input);
  if (!options.compileFrom) {
    options.import.checkOnly = options.checkOnly;
    module = importOnnx(context, options.input, options.import);
  } else {
    if (!llvm::sys::fs::exists(options.input)) {
      diagnostics.error(ErrorCode::CannotRead, options.input, "no such file");
      return failure();
    }
    diagnostics.setFallback(ErrorCode::BadDump);
    module = parseSourceFile<ModuleOp>(options.input, ParserConfig(&context));
  }
  if (!module)
    return failure();
  if (devices.empty())
    return success();
  // A dump of a later phase has its devices already.
  if (!module->getOps<DeviceOp>().empty()) {
    diagnostics.error(
        ErrorCode::Usage, options.input,
        "the dump names its devices; --device cannot change them");
    return failure();
  }
  OpBuilder builder = OpBuilder::atBlockBegin(module->getBody());
  llvm::StringMap<unsigned> count;
  for (auto [position, device] : llvm::enumerate(devices)) {
    unsigned index = count[device.getFamily()]++;
    auto op = builder.create<DeviceOp>(
        builder.getUnknownLoc(),
        builder.getStringAttr(device.getFamily() + llvm::Twine(index)), device);
    if (adapters.empty())
      continue;
    const Adapter &adapter = adapters[position];
    op->setAttr(kPriorityAttr, builder.getI64IntegerAttr(adapter.priority));
    if (adapter.maxMemoryRatio)
      op->setAttr(kMaxMemoryRatioAttr,
                  builder.getF64FloatAttr(*adapter.maxMemoryRatio));
  }
  addLinks(*module);
  return success();
}

//===----------------------------------------------------------------------===//
// Phases
//===----------------------------------------------------------------------===//

LogicalResult Compiler::runPhase(Phase phase) {
  currentPhase = phase;
  maybeCrash(getName(phase).data());
  diagnostics.setFallback(getFallbackCode(phase));
  progress.start(getName(phase), 0);
  auto start = std::chrono::steady_clock::now();
  LogicalResult result = success();
  if (phase == Phase::import) {
    result = load();
  } else if (phase == Phase::place) {
    result = place();
  } else if (phase == Phase::emit) {
    result = emitExecutables(*module);
  } else if (phase == Phase::bundle) {
    result = writeBundle();
  } else {
    PassManager pm(&context);
    buildPhase(pm, phase, *module);
    result = pm.run(*module);
  }
  std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - start;
  seconds.emplace_back(phase, elapsed.count());
  progress.clear();
  return result;
}

LogicalResult Compiler::place() {
  if (!options.pinsFile.empty()) {
    dependencies.push_back(options.pinsFile);
    if (failed(applyPins(*module, options.pinsFile, diagnostics)))
      return failure();
  }
  PassManager assignment(&context);
  buildAssignment(assignment, options.placement);
  if (failed(assignment.run(*module)) || failed(explain()))
    return failure();
  PassManager segments(&context);
  buildSegments(segments);
  return segments.run(*module);
}

LogicalResult Compiler::explain() {
  if (options.explain.empty())
    return success();
  nlohmann::ordered_json explanation =
      explainPlacement(*module, options.placement);
  if (options.explain == "-") {
    printPlacement(explanation, llvm::outs());
    return success();
  }
  // A name need not be UTF-8.
  return write(options.explain,
               explanation.dump(1, ' ', false,
                                nlohmann::json::error_handler_t::replace) +
                   "\n");
}

LogicalResult Compiler::checkCoverage() {
  PassManager pm(&context);
  buildPhase(pm, Phase::normalize, *module);
  if (failed(pm.run(*module)))
    return failure();
  printCoverage(*module, llvm::outs());
  // Before the errors, which go elsewhere.
  llvm::outs().flush();
  if (failed(place()))
    return failure();
  llvm::StringMap<llvm::StringMap<unsigned>> counts;
  unsigned total = 0;
  // What derived weights are made of is computed here, on no device.
  for (auto function : module->getOps<func::FuncOp>())
    function.walk([&](SegmentOp segment) {
      for (auto op : segment.getBody().getOps<ComputeOpInterface>()) {
        ++counts[segment.getDevice()][op->getName().stripDialect()];
        ++total;
      }
    });
  llvm::outs() << "all " << total << " operations have a device\n";
  for (DeviceOp device : module->getOps<DeviceOp>()) {
    llvm::outs() << device.getSymName() << " ("
                 << device.getDescriptor().getName() << "):\n";
    std::vector<std::pair<std::string, unsigned>> sorted;
    for (auto &entry : counts[device.getSymName()])
      sorted.emplace_back(entry.first().str(), entry.second);
    llvm::sort(sorted);
    for (auto &[name, count] : sorted)
      llvm::outs() << "  " << count << "x " << name << "\n";
  }
  return success();
}

LogicalResult Compiler::run() {
  if (failed(addDevices()) || failed(checkTargets()))
    return failure();
  WeightStore weights;
  PhaseCheck phaseCheck(weights);
  std::optional<Phase> from = options.compileFrom;
  for (Phase phase : allPhases()) {
    if (phase > options.compileTo)
      break;
    // A dump is read where the import would be.
    if (from && phase != Phase::import && phase <= *from)
      continue;
    if (failed(runPhase(phase)))
      return failure();
    if (phase == Phase::import && options.checkOnly)
      return checkCoverage();
    if (options.checkPhases && phase <= Phase::fuse &&
        failed(phaseCheck.check(*module, phase)))
      return failure();
    if (options.dumpAfter.count(phase) &&
        failed(writeDump(options.dumpFolder + "/" +
                         std::to_string(static_cast<int>(phase)) + "-" +
                         getName(phase).str() + ".mlir")))
      return failure();
  }
  if (options.compileTo < Phase::bundle && failed(writeDump(options.output)))
    return failure();
  if (options.timing)
    for (auto [phase, elapsed] : seconds)
      llvm::errs() << llvm::formatv("{0,-10} {1,9:f3} s\n", getName(phase),
                                    elapsed);
  return writeDepFile();
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

LogicalResult Compiler::write(const std::string &path,
                              const std::string &text) {
  if (path == "-") {
    llvm::outs() << text;
    return success();
  }
  if (llvm::Error error = writeFile(path, text)) {
    diagnostics.error(ErrorCode::CannotWrite, path,
                      "cannot write: " + llvm::toString(std::move(error)));
    return failure();
  }
  return success();
}

LogicalResult Compiler::writeDump(const std::string &path) {
  std::string text;
  llvm::raw_string_ostream os(text);
  module->print(os, OpPrintingFlags().enableDebugInfo());
  os << "\n";
  return write(path, text);
}

LogicalResult Compiler::writeDepFile() {
  if (options.depFile.empty())
    return success();
  module->walk([&](WeightOp weight) {
    if (auto source = weight.getSource())
      if (!llvm::is_contained(dependencies, source->getPath()))
        dependencies.push_back(source->getPath().str());
  });
  std::string text = options.output + ":";
  for (const std::string &file : dependencies) {
    text += " \\\n  ";
    for (char c : file) {
      if (c == ' ' || c == '#' || c == '\\')
        text += '\\';
      text += c == '$' ? "$$" : std::string(1, c);
    }
  }
  return write(options.depFile, text + "\n");
}

} // namespace autoglm
