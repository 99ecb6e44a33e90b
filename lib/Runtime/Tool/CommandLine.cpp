//===- CommandLine.cpp - what both tools do alike -------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"

#include <cstdio>
#include <new>

using namespace autoglm::rt;

void autoglm::rt::setUp(CLI::App &app, const char *description) {
  app.description(description);
  app.set_help_flag("-h,--help", "Print this help")->group("General");
  app.set_version_flag("--version",
                       app.get_name() + " (Open-AutoGLM) " AUTOGLM_VERSION,
                       "Print the version")
      ->group("General");
  app.footer("Exit codes: 0 done, 2 wrong usage, 3 an input or output file is "
             "bad,\n5 internal error, 6 the device, driver or library needed "
             "is not here.");
}

std::optional<int> autoglm::rt::parse(CLI::App &app, int argc, char **argv) {
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &success) { // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError &error) {
    return fail(app, Status(AGR_USAGE, error.what()));
  }
  return std::nullopt;
}

int autoglm::rt::fail(const CLI::App &app, const Status &status) {
  fflush(stdout);
  fprintf(stderr, "%s: error: %s\n", app.get_name().c_str(),
          status.full().c_str());
  return exitCode(status.code());
}

int autoglm::rt::guarded(const CLI::App &app,
                         const std::function<Status()> &body) {
  Status status;
  try {
    status = body();
    if (!status.failed() && fflush(stdout) != 0)
      status = Status(AGR_OUTPUT_FAILED,
                      "cannot write standard output: " + errnoText(errno));
  } catch (const std::bad_alloc &) {
    status = Status(AGR_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception &error) {
    status = Status(AGR_INTERNAL, error.what());
  }
  return status.failed() ? fail(app, status) : 0;
}
