//===- CompileTool.cpp - autoglm-compile -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Pipeline/Compiler.h"
#include "autoglm/Pipeline/CrashReport.h"
#include "autoglm/Pipeline/Registration.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/ThreadPool.h"

#include <CLI/CLI.hpp>

using namespace mlir;

namespace autoglm {

namespace {
/// Options as they are spelled on the command line.
struct CommandLine {
  CompileOptions options;
  std::vector<std::string> shapes, binds, buckets, dumpAfter;
  std::string compileTo, compileFrom, diagnosticFormat = "text";
  bool listErrors = false, listOperators = false, listPhases = false;
  std::string crashIn;
};
} // namespace

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

static std::string join(ArrayRef<Phase> phases) {
  std::string text;
  for (Phase phase : phases)
    text += (text.empty() ? "" : ", ") + getName(phase).str();
  return text;
}

/// CLI11 with the name and description of every option, in groups.
static void declare(CLI::App &app, CommandLine &line) {
  CompileOptions &options = line.options;
  app.set_help_flag("-h,--help", "Print this help")->group("General");
  app.set_version_flag("--version",
                       "autoglm-compile (Open-AutoGLM) " AUTOGLM_VERSION)
      ->group("General");
  app.footer("Exit codes: 0 done, 1 the model cannot be compiled as asked, "
             "2 wrong usage, 3 an input\nor output file is bad, 4 a check "
             "failed, 5 internal error, 6 a device, driver or library\nneeded "
             "is not here. 'autoglm-device list' shows the devices.");

  app.add_option("model", options.input,
                 "ONNX model, or an IR dump with --compile-from");
  app.add_option(
      "-o,--output", options.output,
      "Where the bundle (or dump) goes; '-' for a dump on standard output");
  app.add_option("--device", options.devices,
                 "Device to compile for: a name or a descriptor file; may be "
                 "repeated, the preferred one first")
      ->allow_extra_args(false)
      ->group("Devices");
  app.add_option("--adapters", options.adaptersFile,
                 "Instead of --device: a file that names the devices, with "
                 "priorities, memory limits and links")
      ->type_name("FILE")
      ->group("Devices");
  app.add_option("--device-set", options.deviceSettings,
                 "A number of a device's descriptor for this compilation, such "
                 "as memory.dram.bandwidth=34GB/s; with several devices "
                 "DEVICE:PATH=VALUE; may be repeated")
      ->allow_extra_args(false)
      ->type_name("[DEVICE:]PATH=VALUE")
      ->group("Devices");

  app.add_option("--objective", options.placement.objective,
                 "What placing minimizes: latency or energy")
      ->check(CLI::IsMember({"latency", "energy"}))
      ->group("Devices");
  app.add_option("--fallback", options.placement.fallback,
                 "What an operation is that the first device does not take: "
                 "error, warn or allow")
      ->check(CLI::IsMember({"error", "warn", "allow"}))
      ->group("Devices");
  app.add_option("--max-fallback-ops", options.placement.maxFallbackOps,
                 "Most operations that may fall back")
      ->check(CLI::NonNegativeNumber)
      ->group("Devices");
  app.add_flag("--explain{-}", options.explain,
               "Print device, cost and alternatives of every operation; "
               "--explain=FILE writes them as JSON")
      ->group("Devices");
  app.add_option("--pins", options.pinsFile,
                 "Keep the devices of a placement written by --explain=FILE, "
                 "which may be edited")
      ->group("Devices");

  app.add_option("--shape", line.shapes, "Shape of an input: NAME=1x3x224x224")
      ->allow_extra_args(false)
      ->group("Shapes");
  app.add_option("--bind", line.binds, "Value of a symbolic dimension: NAME=8")
      ->allow_extra_args(false)
      ->group("Shapes");
  app.add_option("--bucket", line.buckets,
                 "One entry per value, over the same weights: NAME=1,8,32")
      ->allow_extra_args(false)
      ->group("Shapes");

  app.add_flag("--check", options.checkOnly,
               "Only say which operations have a device; writes nothing")
      ->group("Checks and reports");
  app.add_flag("--check-phases", options.checkPhases,
               "Evaluate after every phase up to 'fuse' and fail at the first "
               "that changes the results")
      ->group("Checks and reports");
  app.add_option("--report", options.reportFile,
                 "Write the report (JSON) here as well as into the bundle")
      ->group("Checks and reports");
  app.add_option("--depfile", options.depFile,
                 "Write the files the result depends on, as a Makefile rule")
      ->group("Checks and reports");
  app.add_option("--diagnostics", line.diagnosticFormat,
                 "Format of messages: text or json")
      ->group("Checks and reports");
  app.add_flag("--timing", options.timing,
               "Print the time of each phase to standard error")
      ->group("Checks and reports");
  app.add_flag("--list-errors", line.listErrors,
               "Print the table of error codes")
      ->group("Checks and reports");
  app.add_flag("--list-operators", line.listOperators,
               "Print the operators that can be imported")
      ->group("Checks and reports");

  app.add_option("--compile-to", line.compileTo,
                 "Stop after a phase and write its IR")
      ->group("Phases");
  app.add_option("--compile-from", line.compileFrom,
                 "The model is a dump made after this phase")
      ->group("Phases");
  app.add_option(
         "--dump-after", line.dumpAfter,
         "Write the IR after a phase to <dump-folder>/<n>-<phase>.mlir; may be "
         "repeated; 'all' for every phase")
      ->allow_extra_args(false)
      ->group("Phases");
  app.add_option("--dump-folder", options.dumpFolder, "Folder for --dump-after")
      ->group("Phases");
  app.add_flag("--list-phases", line.listPhases,
               "Print the phases and what a dump after each shows")
      ->group("Phases");

  app.add_option("-j,--jobs", options.jobs,
                 "Threads; one per core by default; never changes the result")
      ->group("General");
  // For testing the crash report.
  app.add_option("--crash-in", line.crashIn)->group("");
}

/// "NAME=REST"; an empty name is refused.
static std::optional<std::pair<std::string, std::string>>
splitBinding(const std::string &text) {
  // The last '=': tensor names may contain one, numbers do not.
  size_t at = text.rfind('=');
  if (at == std::string::npos || at == 0)
    return std::nullopt;
  return std::make_pair(text.substr(0, at), text.substr(at + 1));
}

static std::optional<std::vector<int64_t>> splitNumbers(StringRef text,
                                                        char by) {
  std::vector<int64_t> numbers;
  SmallVector<StringRef> parts;
  if (!text.empty())
    text.split(parts, by);
  for (StringRef part : parts) {
    int64_t number;
    if (part == "?") {
      numbers.push_back(-1);
      continue;
    }
    if (part.getAsInteger(10, number) || number < 0)
      return std::nullopt;
    numbers.push_back(number);
  }
  return numbers;
}

/// Fills the import options; returns what is wrong, or "".
static std::string parseShapes(const CommandLine &line,
                               ImportOptions &options) {
  for (const std::string &text : line.shapes) {
    auto binding = splitBinding(text);
    auto shape = binding ? splitNumbers(binding->second, 'x') : std::nullopt;
    if (!shape)
      return "--shape " + text + ": expected NAME=1x3x224x224";
    options.shapes[binding->first] = *shape;
  }
  for (const std::string &text : line.binds) {
    auto binding = splitBinding(text);
    auto value = binding ? splitNumbers(binding->second, ',') : std::nullopt;
    if (!value || value->size() != 1 || value->front() < 0)
      return "--bind " + text + ": expected NAME=8";
    options.binds[binding->first] = value->front();
  }
  for (const std::string &text : line.buckets) {
    auto binding = splitBinding(text);
    auto values = binding ? splitNumbers(binding->second, ',') : std::nullopt;
    if (!values || values->empty() || llvm::is_contained(*values, -1))
      return "--bucket " + text + ": expected NAME=1,8,32";
    // Several dimensions: every combination.
    std::vector<DimBinding> product;
    if (options.buckets.empty())
      options.buckets.emplace_back();
    for (const DimBinding &bucket : options.buckets)
      for (int64_t value : *values) {
        product.push_back(bucket);
        product.back()[binding->first] = value;
      }
    options.buckets = std::move(product);
  }
  return {};
}

static std::string parsePhases(CommandLine &line) {
  CompileOptions &options = line.options;
  std::string known = "; the phases are " + join(allPhases());
  auto parse = [&](const std::string &name, const char *option,
                   auto take) -> std::string {
    auto phase = parsePhase(name);
    if (!phase)
      return std::string(option) + " " + name + ": no such phase" + known;
    take(*phase);
    return {};
  };
  std::string problem;
  if (!line.compileTo.empty())
    problem = parse(line.compileTo, "--compile-to",
                    [&](Phase phase) { options.compileTo = phase; });
  if (problem.empty() && !line.compileFrom.empty())
    problem = parse(line.compileFrom, "--compile-from",
                    [&](Phase phase) { options.compileFrom = phase; });
  for (const std::string &name : line.dumpAfter) {
    if (!problem.empty())
      break;
    if (name == "all") {
      for (Phase phase : allPhases())
        if (phase < Phase::bundle)
          options.dumpAfter.insert(phase);
      continue;
    }
    problem = parse(name, "--dump-after",
                    [&](Phase phase) { options.dumpAfter.insert(phase); });
  }
  if (problem.empty() && options.compileFrom &&
      (*options.compileFrom >= options.compileTo ||
       *options.compileFrom >= Phase::emit))
    problem = "--compile-from " + line.compileFrom +
              ": nothing is left to do up to phase " +
              getName(options.compileTo).str();
  return problem;
}

/// Everything that is wrong with the command line and not with a file.
static std::string verify(CommandLine &line) {
  CompileOptions &options = line.options;
  if (line.diagnosticFormat != "text" && line.diagnosticFormat != "json")
    return "--diagnostics " + line.diagnosticFormat + ": expected text or json";
  if (std::string problem = parsePhases(line); !problem.empty())
    return problem;
  if (std::string problem = parseShapes(line, options.import); !problem.empty())
    return problem;
  if (!options.adaptersFile.empty() && !options.devices.empty())
    return "--adapters names the devices; --device cannot add one";
  if (options.input.empty())
    return "no model was given";
  if (options.output.empty() && !options.checkOnly)
    return "no output was given (-o FILE)";
  bool places = options.checkOnly ||
                (options.compileTo >= Phase::place &&
                 (!options.compileFrom || *options.compileFrom < Phase::place));
  for (auto &[name, value] : {std::pair("--explain", &options.explain),
                              {"--pins", &options.pinsFile}})
    if (!value->empty() && !places)
      return std::string(name) + ": the phase place is not among those to run";
  if (options.explain == "-" && options.output == "-")
    return "--explain and the dump cannot both go to standard output; use "
           "--explain=FILE";
  if (options.output == "-" && options.compileTo == Phase::bundle)
    return "a bundle cannot go to standard output";
  return {};
}

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

static void printOperators() {
  llvm::outs()
      << "| domain | operator | since versions |\n| --- | --- | --- |\n";
  for (const SupportedOperator &op : getSupportedOperators()) {
    llvm::outs() << "| " << (op.domain.empty() ? "ai.onnx" : op.domain) << " | "
                 << op.name << " | ";
    llvm::interleaveComma(op.versions, llvm::outs());
    llvm::outs() << " |\n";
  }
}

static void printPhases() {
  llvm::outs() << "| phase | a dump after it shows |\n| --- | --- |\n";
  for (Phase phase : allPhases())
    llvm::outs() << "| " << getName(phase) << " | " << getSentence(phase)
                 << " |\n";
}

/// Options that change the result, in one spelling.
static std::vector<std::string> getResultOptions(const CommandLine &line) {
  std::vector<std::string> result;
  for (const std::string &device : line.options.devices)
    result.push_back("--device=" + llvm::sys::path::filename(device).str());
  const PlacementOptions &placement = line.options.placement;
  if (placement.objective != PlacementOptions().objective)
    result.push_back("--objective=" + placement.objective);
  if (!line.options.pinsFile.empty())
    result.push_back("--pins=" +
                     llvm::sys::path::filename(line.options.pinsFile).str());
  if (!line.options.adaptersFile.empty())
    result.push_back(
        "--adapters=" +
        llvm::sys::path::filename(line.options.adaptersFile).str());
  // Without the folder of a descriptor, as above.
  for (const std::string &text : line.options.deviceSettings) {
    auto [device, setting] = StringRef(text).split(':');
    result.push_back(
        "--device-set=" +
        (setting.empty()
             ? text
             : (llvm::sys::path::filename(device) + ":" + setting).str()));
  }
  for (const std::string &text : line.shapes)
    result.push_back("--shape=" + text);
  for (const std::string &text : line.binds)
    result.push_back("--bind=" + text);
  for (const std::string &text : line.buckets)
    result.push_back("--bucket=" + text);
  return result;
}

//===----------------------------------------------------------------------===//
// The tool
//===----------------------------------------------------------------------===//

int runCompileTool(int argc, char **argv) {
  installCrashReport(argc, argv);
  CommandLine line;
  CLI::App app("Compiles an ONNX model into a bundle for the devices named",
               "autoglm-compile");
  declare(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &success) {
    return app.exit(success);
  } catch (const CLI::ParseError &error) {
    llvm::errs() << "autoglm-compile: error: " << error.what() << " ["
                 << formatCode(ErrorCode::Usage) << "]\n";
    return autoglm::getExitCode(ErrorCode::Usage);
  }
  if (line.listErrors || line.listOperators || line.listPhases) {
    if (line.listErrors)
      printErrorTable(llvm::outs());
    if (line.listOperators)
      printOperators();
    if (line.listPhases)
      printPhases();
    return 0;
  }

  std::string problem = verify(line);
  CompileOptions &options = line.options;
  options.toolPath = argv[0];

  DialectRegistry registry;
  registerAllDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  context.printOpOnDiagnostic(false);
  llvm::DefaultThreadPool pool(
      llvm::hardware_concurrency(problem.empty() ? options.jobs : 1));
  if (options.jobs != 1)
    context.setThreadPool(pool);
  DiagnosticPrinter diagnostics(context, llvm::errs(),
                                line.diagnosticFormat == "json"
                                    ? DiagnosticPrinter::Format::Json
                                    : DiagnosticPrinter::Format::Text);
  if (!problem.empty()) {
    diagnostics.error(ErrorCode::Usage, "", problem);
    return diagnostics.getExitCode();
  }
  // No silent default: a device is named, or the dump already has one.
  bool hasDevices = options.compileFrom && *options.compileFrom > Phase::import;
  if (options.devices.empty() && options.adaptersFile.empty() && !hasDevices &&
      options.compileTo != Phase::import) {
    diagnostics.error(ErrorCode::NoDevice, "",
                      "no device was named; use --device with one of " +
                          DescriptorLoader(argv[0]).listNames());
    return diagnostics.getExitCode();
  }
  options.resultOptions = getResultOptions(line);
  if (!line.crashIn.empty())
    crashIn(line.crashIn);

  Progress progress(llvm::errs());
  Compiler compiler(options, context, diagnostics, progress);
  if (succeeded(compiler.run()))
    return 0;
  if (diagnostics.getExitCode() == 0)
    diagnostics.error(ErrorCode::Internal, options.input,
                      "phase " + getName(getCurrentPhase()).str() +
                          " failed without a message");
  return diagnostics.getExitCode();
}

} // namespace autoglm
