//===- VerifyTool.cpp - autoglm-verify -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Verify/Verify.h"

#include "Backends.h"
#include "Children.h"

#include "autoglm/Device/Descriptor.h"
#include "autoglm/Support/Diagnostics.h"
#include "autoglm/Support/File.h"
#include "autoglm/Support/Progress.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <CLI/CLI.hpp>

#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace autoglm {

using namespace verify;

namespace {
struct CommandLine {
  std::vector<std::string> cases;
  RunOptions run;
  ChildOptions children;
  std::optional<double> relative, absolute;
  bool isOpLevel = false;
  std::string junit, report;
  /// A child's own: the case's folder and a folder for temporary files.
  std::vector<std::string> one;
};
} // namespace

static void declare(CLI::App &app, CommandLine &line) {
  app.set_help_flag("-h,--help", "Print this help")->group("General");
  app.set_version_flag("--version",
                       "autoglm-verify (Open-AutoGLM) " AUTOGLM_VERSION)
      ->group("General");
  app.footer("A case is a folder with model.onnx and test_data_set_*/"
             "{input,output}_*.pb; a folder of\nsuch folders stands for all "
             "cases below it. A model whose axes or sizes are inputs\nis "
             "compiled for each data set with its short inputs as constants.\n"
             "Exit codes: 0 all cases pass, 1 some do not, 2 "
             "wrong usage, 3 a file cannot be read or written.");
  app.add_option("case", line.cases, "Folders with cases");
  app.add_flag("--reference", line.run.reference,
               "Run the reference evaluator on the imported model")
      ->group("Who computes");
  app.add_option(
         "--device", line.run.devices,
         "Compile for this device (name or descriptor file) and run the "
         "bundle; may be repeated")
      ->allow_extra_args(false)
      ->group("Who computes");
  app.add_option("--rtol", line.relative,
                 "Relative part of the tolerance of floats (default 1e-3)")
      ->check(CLI::NonNegativeNumber)
      ->group("Tolerance");
  app.add_option("--atol", line.absolute,
                 "Absolute part of the tolerance of floats (default 1e-3)")
      ->check(CLI::NonNegativeNumber)
      ->group("Tolerance");
  app.add_flag("--op-level", line.isOpLevel,
               "Both parts are 1e-5, for cases of one operator")
      ->group("Tolerance");
  app.add_option("-j,--jobs", line.children.jobs,
                 "Cases at a time; one per core by default")
      ->group("General");
  app.add_option("--timeout", line.children.timeoutSeconds,
                 "Seconds that a case may take")
      ->capture_default_str()
      ->check(CLI::PositiveNumber)
      ->group("General");
  app.add_option("--junit", line.junit, "Write the results as JUnit XML")
      ->group("Reports");
  app.add_option("--report", line.report, "Write the results as JSON")
      ->group("Reports");
  // How the tool runs one case in a process of its own.
  app.add_option("--run-one", line.one)->expected(2)->group("");
}

static int fail(ErrorCode code, const std::string &message) {
  llvm::errs() << "autoglm-verify: error: " << message << " ["
               << formatCode(code) << "]\n";
  return autoglm::getExitCode(code);
}

/// Runs one case and prints its outcome, and nothing else, to standard output.
static int runOne(const CommandLine &line) {
  rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  int output = dup(1);
  dup2(2, 1);
  RunOptions options = line.run;
  options.workFolder = line.one[1];
  std::string text = toJson(runCase(line.one[0], options)) + "\n";
  llvm::raw_fd_ostream(output, /*shouldClose=*/true) << text;
  return 0;
}

/// The command that runs one case with the options of this one.
static std::vector<std::string> getChildCommand(const CommandLine &line,
                                                char **argv) {
  auto number = [](double value) {
    std::ostringstream os;
    os << std::setprecision(17) << value;
    return os.str();
  };
  std::vector<std::string> command = {
      llvm::sys::fs::getMainExecutable(
          argv[0], reinterpret_cast<void *>(&runVerifyTool)),
      "--rtol", number(line.run.tolerance.relative), "--atol",
      number(line.run.tolerance.absolute)};
  if (line.run.reference)
    command.push_back("--reference");
  for (const std::string &device : line.run.devices) {
    command.push_back("--device");
    command.push_back(device);
  }
  command.push_back("--run-one");
  return command;
}

int runVerifyTool(int argc, char **argv) {
  CommandLine line;
  line.children.jobs = std::max(1u, std::thread::hardware_concurrency());
  CLI::App app("Compares models with the outputs that come with them",
               "autoglm-verify");
  declare(app, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &success) {
    return app.exit(success);
  } catch (const CLI::ParseError &error) {
    return fail(ErrorCode::Usage, error.what());
  }
  Tolerance &tolerance = line.run.tolerance;
  if (line.isOpLevel)
    tolerance = {1e-5, 1e-5};
  tolerance.relative = line.relative.value_or(tolerance.relative);
  tolerance.absolute = line.absolute.value_or(tolerance.absolute);
  line.run.toolPath = argv[0];
  if (!line.run.reference && line.run.devices.empty())
    return fail(ErrorCode::NoDevice,
                "nothing to run was named; use --reference, or --device with "
                "one of " +
                    DescriptorLoader(argv[0]).listNames());
  if (!line.one.empty())
    return runOne(line);

  if (line.cases.empty())
    return fail(ErrorCode::Usage, "no case was given");
  if (line.children.jobs == 0)
    return fail(ErrorCode::Usage, "-j 0: expected 1 or more");
  std::vector<Case> cases;
  for (const std::string &path : line.cases) {
    auto found = findCases(path);
    if (!found)
      return fail(ErrorCode::CannotRead, llvm::toString(found.takeError()));
    llvm::append_range(cases, *found);
  }
  line.children.command = getChildCommand(line, argv);
  Progress progress(llvm::errs());
  progress.start("verify", cases.size());
  std::vector<Result> results =
      runChildren(cases, line.children, [&] { progress.advance(); });
  progress.clear();

  llvm::outs() << writeTable(results);
  llvm::outs().flush();
  for (const auto &[path, text] : {std::pair(line.report, writeReport(results)),
                                   std::pair(line.junit, writeJUnit(results))})
    if (!path.empty())
      if (llvm::Error error = writeFile(path, text))
        return fail(ErrorCode::CannotWrite,
                    "'" + path + "': " + llvm::toString(std::move(error)));
  return llvm::all_of(results,
                      [](const Result &result) {
                        return result.outcome.status == Status::Pass;
                      })
             ? 0
             : 1;
}

} // namespace autoglm
