//===- RunTool.cpp - autoglm-run ------------------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Adapters.h"
#include "CommandLine.h"
#include "Inputs.h"
#include "Measure.h"
#include "Outputs.h"
#include "autoglm/Runtime/Tool.h"

#include <charconv>
#include <cstdio>

using namespace autoglm::rt;

namespace {

struct Options {
  std::string bundle, entry, output, trace, drivers, adapters;
  std::vector<std::string> inputs, devices, pins;
  std::optional<uint64_t> seed;
  bool print = false, benchmark = false, profile = false, noVerify = false;
  BenchmarkOptions measure;
};

void declare(CLI::App &app, Options &options) {
  app.add_option("bundle", options.bundle, "The bundle to run")
      ->required()
      ->type_name("BUNDLE");
  app.add_option("--entry", options.entry,
                 "The entry to run; needed if there are several")
      ->type_name("NAME")
      ->group("Model");
  app.add_flag("--no-verify", options.noVerify,
               "Do not read all weights to check their digest")
      ->group("Model");
  app.add_option("--input", options.inputs,
                 "An input from a .npy, .npz, .pb or .jsonl file; the name may "
                 "be left out for .npz, .jsonl or a single input. Each line "
                 "of a .jsonl file is one run")
      ->type_name("[NAME=]FILE")
      ->take_all()
      ->allow_extra_args(false)
      ->group("Inputs and outputs");
  app.add_option("--random", options.seed,
                 "Fill the other inputs: N(0, 1) for floating point, 0 or 1 "
                 "for integers and bools")
      ->type_name("SEED")
      ->group("Inputs and outputs");
  app.add_option("--output", options.output,
                 "Where outputs go: a .npy, .npz, .pb or .jsonl file, or a "
                 "folder for .npy files")
      ->type_name("FILE|FOLDER")
      ->group("Inputs and outputs");
  app.add_flag("--print", options.print,
               "Print outputs as JSON lines (the default without --output)")
      ->group("Inputs and outputs");
  app.add_option("--threads", options.measure.threads,
                 "Threads for kernels; default: all cores")
      ->check(CLI::Range(1, 1024))
      ->type_name("N")
      ->group("Execution");
  app.add_option("--driver-path", options.drivers,
                 "Folders searched first for drivers, ':' between them")
      ->type_name("PATH")
      ->group("Execution");
  app.add_option("--adapters", options.adapters,
                 "Try drivers in the order of this file's types; which one was "
                 "taken is printed to standard error")
      ->type_name("FILE")
      ->group("Execution");
  app.add_option("--map-device", options.devices,
                 "Run a device of the bundle on this instance of a driver")
      ->type_name("DEVICE=[DRIVER:]N")
      ->allow_extra_args(false)
      ->group("Execution");
  app.add_option("--pin", options.pins,
                 "Keep the threads of a device of the bundle on some cores, "
                 "for example 0 or 2-5,7")
      ->type_name("DEVICE=CORES")
      ->allow_extra_args(false)
      ->group("Execution");
  app.add_flag("--benchmark", options.benchmark,
               "Time the run; without inputs as with --random 0")
      ->group("Measurement");
  app.add_option("--rounds", options.measure.rounds, "Timed runs, default 100")
      ->check(CLI::Range(1, 100000000))
      ->type_name("N")
      ->group("Measurement");
  app.add_option("--warmup", options.measure.warmup,
                 "Runs before that, default 10")
      ->check(CLI::Range(0, 100000000))
      ->type_name("N")
      ->group("Measurement");
  app.add_flag("--json", options.measure.json,
               "Print the times as a JSON object")
      ->group("Measurement");
  app.add_flag("--profile", options.profile,
               "Print the time of each kernel, the shortest of a few runs")
      ->group("Measurement");
  app.add_option("--trace", options.trace,
                 "Write runs, launches and copies of all devices in the format "
                 "of Chrome's tracing")
      ->type_name("FILE")
      ->group("Measurement");
}

/// One --map-device: its strings live in `text`.
Status parseChoice(const std::string &argument, std::vector<std::string> &text,
                   agr_device_choice &choice) {
  size_t equals = argument.find('=');
  std::string rest =
      equals == std::string::npos ? "" : argument.substr(equals + 1);
  size_t colon = rest.rfind(':');
  std::string number =
      colon == std::string::npos ? rest : rest.substr(colon + 1);
  if (number.empty() || number.size() > 6 ||
      number.find_first_not_of("0123456789") != std::string::npos)
    return Status(AGR_USAGE, "--map-device " + argument +
                                 ": DEVICE=[DRIVER:]N is expected");
  text.push_back(argument.substr(0, equals));
  choice.device = text.back().c_str();
  choice.driver = nullptr;
  if (colon != std::string::npos) {
    text.push_back(rest.substr(0, colon));
    choice.driver = text.back().c_str();
  }
  choice.ordinal = static_cast<uint32_t>(std::stoul(number));
  return Status();
}

struct Pin {
  std::string device;
  std::vector<uint32_t> cores;
};

/// One --pin: DEVICE=0-3,6.
Status parsePin(const std::string &argument, Pin &pin) {
  auto wrong = [&](const std::string &why) {
    return Status(AGR_USAGE,
                  "--pin " + argument + ": " + why +
                      "; DEVICE=CORES is expected, with cores such as 0-3,6");
  };
  size_t equals = argument.find('=');
  if (equals == std::string::npos)
    return wrong("it has no '='");
  pin.device = argument.substr(0, equals);
  const char *next = argument.c_str() + equals + 1;
  const char *end = argument.c_str() + argument.size();
  auto number = [&](uint32_t &value) {
    std::from_chars_result result = std::from_chars(next, end, value);
    next = result.ptr;
    return result.ec == std::errc();
  };
  constexpr uint32_t limit = 1 << 16;
  for (bool more = true; more;) {
    uint32_t first = 0, last = 0;
    if (!number(first))
      return wrong("a number is missing or too large");
    last = first;
    if (next != end && *next == '-' && (++next, !number(last)))
      return wrong("a number is missing or too large");
    if (last < first || last >= limit)
      return wrong("there are no cores " + std::to_string(first) + "-" +
                   std::to_string(last));
    for (uint32_t core = first; core <= last; ++core)
      pin.cores.push_back(core);
    more = next != end && *next == ',';
    next += more;
  }
  return next == end ? Status() : wrong("it goes on after the numbers");
}

Status openSession(const Options &options, Session &session) {
  agr_open_options open;
  agr_open_options_init(&open);
  open.threads = options.measure.threads;
  open.skip_verify = options.noVerify;
  if (!options.drivers.empty())
    open.driver_path = options.drivers.c_str();
  std::vector<agr_device_choice> choices(options.devices.size());
  std::vector<std::string> text;
  text.reserve(2 * choices.size()); // No string may move.
  for (size_t i = 0; i < choices.size(); ++i)
    if (Status status = parseChoice(options.devices[i], text, choices[i]);
        status.failed())
      return status;
  open.choices = choices.data();
  open.num_choices = choices.size();
  std::vector<Pin> pins(options.pins.size());
  std::vector<agr_device_pin> list;
  for (size_t i = 0; i < pins.size(); ++i) {
    if (Status status = parsePin(options.pins[i], pins[i]); status.failed())
      return status;
    list.push_back(
        {pins[i].device.c_str(), pins[i].cores.data(), pins[i].cores.size()});
  }
  open.pins = list.data();
  open.num_pins = list.size();
  std::string order;
  if (!options.adapters.empty()) {
    Expected<std::string> read = readDriverOrder(options.adapters);
    if (read.failed())
      return read.status();
    order = read.take();
    open.drivers = order.c_str();
  }
  Status status = session.open(options.bundle, open, options.entry);
  if (!status.failed() && !options.adapters.empty())
    fputs(session.driverReport(), stderr);
  return status;
}

Status execute(Options &options) {
  bool measures =
      options.benchmark || options.profile || !options.trace.empty();
  if (options.measure.json && !options.benchmark)
    return Status(AGR_USAGE, "--json belongs to --benchmark");
  if (options.benchmark && options.inputs.empty() && !options.seed)
    options.seed = 0;
  Session session;
  if (Status status = openSession(options, session); status.failed())
    return status;
  Inputs inputs;
  if (Status status = inputs.open(session, options.inputs, options.seed);
      status.failed())
    return status;
  Outputs outputs;
  bool print = options.print || (options.output.empty() && !measures);
  if (Status status =
          outputs.open(session, options.output, print, inputs.isStream());
      status.failed())
    return status;
  for (bool first = true;; first = false) {
    Expected<bool> more = inputs.next();
    if (more.failed())
      return more.status();
    if (!*more) {
      if (first && measures)
        return Status(AGR_FILE_MALFORMED, "there is no sample to measure");
      break;
    }
    // What is measured is the first sample.
    if (first && options.benchmark)
      if (Status status = benchmark(session, options.measure); status.failed())
        return status;
    if (first && (options.profile || !options.trace.empty()))
      if (Status status = session.run(); status.failed())
        return status; // warms up
    if (first && options.profile) {
      FILE *table = options.measure.json ? stderr : stdout;
      if (Status status = profile(session, table); status.failed())
        return status;
    }
    if (first && !options.trace.empty())
      if (Status status = trace(session, options.trace); status.failed())
        return status;
    if (measures && options.output.empty() && !print)
      break;
    if (Status status = session.run(); status.failed())
      return status;
    if (Status status = outputs.sample(); status.failed())
      return status;
  }
  return outputs.finish();
}

} // namespace

int autoglm::rt::runMain(int argc, char **argv) {
  CLI::App app("", "autoglm-run");
  Options options;
  setUp(app, "Runs a bundle.");
  declare(app, options);
  if (std::optional<int> code = parse(app, argc, argv))
    return *code;
  return guarded(app, [&] { return execute(options); });
}
