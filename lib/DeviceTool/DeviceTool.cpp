//===- DeviceTool.cpp - autoglm-device --------------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/DeviceTool/DeviceTool.h"
#include "Availability.h"
#include "autoglm/Device/Adapters.h"
#include "autoglm/Device/Roofline.h"
#include "autoglm/Target/Target.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <CLI/CLI.hpp>

using namespace mlir;

namespace autoglm {

namespace {
struct Options {
  std::string device;
  std::vector<std::string> files, settings;
  std::string diagnostics = "text";
  bool json = false, adapters = false;
};

class Tool {
public:
  Tool(const char *path, const Options &options)
      : path(path), options(options), loader(path) {}

  int list();
  int show();
  int check();
  void checkDescriptor(const std::string &file,
                       std::vector<DescriptorProblem> &problems);
  void checkAdapters(const std::string &file,
                     std::vector<DescriptorProblem> &problems);
  int fail(ErrorCode code, const std::string &text);

private:
  /// Prints what is wrong; returns the exit code of the first problem.
  int report(ArrayRef<DescriptorProblem> problems);
  void print(const Message &message);

  std::string path;
  const Options &options;
  DescriptorLoader loader;
  MLIRContext context{MLIRContext::Threading::DISABLED};
};
} // namespace

void Tool::print(const Message &message) {
  llvm::errs() << (options.diagnostics == "json" ? formatJson(message)
                                                 : formatText(message))
               << "\n";
}

int Tool::fail(ErrorCode code, const std::string &text) {
  Message message;
  message.severity = "error";
  message.code = formatCode(code);
  message.text = text;
  print(message);
  return getExitCode(code);
}

int Tool::report(ArrayRef<DescriptorProblem> problems) {
  for (const DescriptorProblem &problem : problems) {
    Message message;
    message.severity = "error";
    message.code = formatCode(problem.code);
    message.file = problem.file;
    message.line = problem.line;
    message.column = problem.column;
    message.text = problem.getText();
    print(message);
  }
  return problems.empty() ? 0 : getExitCode(problems.front().code);
}

//===----------------------------------------------------------------------===//
// list
//===----------------------------------------------------------------------===//

int Tool::list() {
  struct Row {
    DescriptorEntry entry;
    std::string notCompiled;
    Execution execution;
  };
  std::vector<Row> rows;
  size_t nameWidth = 4, familyWidth = 6;
  for (DescriptorEntry &entry : loader.list()) {
    std::vector<DescriptorProblem> problems;
    FailureOr<DeviceAttr> device = loader.load(&context, entry.name, problems);
    Row row{std::move(entry), {}, {}};
    if (failed(device)) {
      row.notCompiled = row.execution.reasons =
          "its descriptor is damaged; 'autoglm-device check " + row.entry.file +
          "' says how";
    } else {
      // One that extends another may have its family from there.
      row.entry.family = device->getFamily().str();
      row.notCompiled = whyNotCompiled(*device);
      row.execution = findExecution(*device, path);
    }
    nameWidth = std::max(nameWidth, row.entry.name.size());
    familyWidth = std::max(familyWidth, row.entry.family.size());
    rows.push_back(std::move(row));
  }

  llvm::raw_ostream &os = llvm::outs();
  if (options.json) {
    llvm::json::OStream json(os, 2);
    json.array([&] {
      for (const Row &row : rows)
        json.object([&] {
          json.attribute("name", llvm::json::fixUTF8(row.entry.name));
          json.attribute("family", llvm::json::fixUTF8(row.entry.family));
          json.attribute("description",
                         llvm::json::fixUTF8(row.entry.description));
          json.attribute("file", llvm::json::fixUTF8(row.entry.file));
          json.attribute("compiles", row.notCompiled.empty());
          if (!row.notCompiled.empty())
            json.attribute("why_not_compiled",
                           llvm::json::fixUTF8(row.notCompiled));
          json.attribute("executes", !row.execution.driver.empty());
          if (!row.execution.driver.empty())
            json.attribute("executed_by",
                           llvm::json::fixUTF8(row.execution.driver));
          if (!row.execution.reasons.empty())
            json.attribute("why_not_executed",
                           llvm::json::fixUTF8(row.execution.reasons));
        });
    });
    os << "\n";
    return 0;
  }

  auto line = [&](StringRef name, StringRef family, StringRef compiles,
                  StringRef runs, StringRef description) {
    os << llvm::left_justify(name, nameWidth + 2)
       << llvm::left_justify(family, familyWidth + 2)
       << llvm::left_justify(compiles, 10) << llvm::left_justify(runs, 11)
       << description << "\n";
  };
  line("NAME", "FAMILY", "COMPILES", "RUNS HERE", "DESCRIPTION");
  for (const Row &row : rows) {
    line(row.entry.name, row.entry.family,
         row.notCompiled.empty() ? "yes" : "no",
         row.execution.driver.empty() ? "no" : "yes", row.entry.description);
    if (!row.notCompiled.empty())
      os << "  no compilation: " << row.notCompiled << "\n";
    const auto &[driver, reasons] = row.execution;
    if (driver.empty() && reasons != row.notCompiled)
      os << "  no run here: " << reasons << "\n";
    // Where it is not the family's own.
    else if (!driver.empty() && driver != row.entry.family)
      os << "  run here by '" << driver << "'"
         << (reasons.empty() ? "" : ", because " + reasons) << "\n";
  }
  return 0;
}

//===----------------------------------------------------------------------===//
// show
//===----------------------------------------------------------------------===//

static void printJson(llvm::json::OStream &json, Attribute attribute) {
  if (auto text = dyn_cast<StringAttr>(attribute))
    return json.value(llvm::json::fixUTF8(text.getValue()));
  if (auto flag = dyn_cast<BoolAttr>(attribute))
    return json.value(flag.getValue());
  if (auto integer = dyn_cast<IntegerAttr>(attribute))
    return json.value(integer.getInt());
  if (auto real = dyn_cast<FloatAttr>(attribute))
    return json.value(real.getValueAsDouble());
  if (auto list = dyn_cast<ArrayAttr>(attribute))
    return json.array([&] {
      for (Attribute element : list)
        printJson(json, element);
    });
  json.object([&] {
    for (NamedAttribute member : cast<DictionaryAttr>(attribute)) {
      json.attributeBegin(llvm::json::fixUTF8(member.getName().getValue()));
      printJson(json, member.getValue());
      json.attributeEnd();
    }
  });
}

/// "compute.clock, launch_overhead", for people.
static std::string listMissing(DeviceAttr device) {
  return llvm::join(getMissingNumbers(device), ", ");
}

static void printRoofline(llvm::raw_ostream &os, DeviceAttr device) {
  Roofline roof = getRoofline(device);
  if (!roof.rates.empty() || !roof.levels.empty())
    os << "\nroofline\n";
  for (const Roofline::Rate &rate : roof.rates) {
    os << "  peak " << rate.type << "  "
       << formatQuantity(rate.operations, Unit::OperationsPerSecond);
    if (!rate.derivedFrom.empty())
      os << "  (" << rate.derivedFrom << ")";
    os << "\n";
  }
  for (const Roofline::Level &level : roof.levels)
    os << "  bandwidth " << level.name << "  "
       << formatQuantity(level.bandwidth, Unit::BytesPerSecond) << "\n";
  for (const Roofline::Level &level : roof.levels)
    for (const Roofline::Rate &rate : roof.rates)
      os << "  ridge " << rate.type << " from " << level.name << "  "
         << llvm::formatv("{0:f1}", Roofline::getRidge(rate, level))
         << " OP/B\n";
  if (std::string missing = listMissing(device); !missing.empty())
    os << "\nestimates leave out what is unknown: " << missing << "\n";
}

static void printRoofline(llvm::json::OStream &json, DeviceAttr device) {
  Roofline roof = getRoofline(device);
  json.attributeObject("roofline", [&] {
    json.attributeObject("rates", [&] {
      for (const Roofline::Rate &rate : roof.rates)
        json.attribute(rate.type, rate.operations);
    });
    json.attributeObject("bandwidths", [&] {
      for (const Roofline::Level &level : roof.levels)
        json.attribute(llvm::json::fixUTF8(level.name), level.bandwidth);
    });
    json.attributeObject("ridges", [&] {
      for (const Roofline::Level &level : roof.levels)
        json.attributeObject(llvm::json::fixUTF8(level.name), [&] {
          for (const Roofline::Rate &rate : roof.rates)
            json.attribute(rate.type, Roofline::getRidge(rate, level));
        });
    });
  });
  json.attributeArray("missing", [&] {
    for (const std::string &field : getMissingNumbers(device))
      json.value(llvm::json::fixUTF8(field));
  });
}

int Tool::show() {
  std::vector<DescriptorProblem> problems;
  std::vector<DescriptorField> fields;
  FailureOr<DeviceAttr> device = loader.load(&context, options.device, problems,
                                             &fields, {options.settings});
  if (failed(device))
    return report(problems);

  llvm::raw_ostream &os = llvm::outs();
  if (options.json) {
    llvm::json::OStream json(os, 2);
    json.object([&] {
      json.attribute("name", device->getName());
      json.attribute("family", device->getFamily());
      json.attribute("digest", device->getDigest());
      json.attributeBegin("properties");
      printJson(json, device->getProperties());
      json.attributeEnd();
      json.attributeObject("sources", [&] {
        for (const DescriptorField &field : fields)
          if (!field.source.empty())
            json.attribute(llvm::json::fixUTF8(field.path),
                           llvm::json::fixUTF8(field.source));
      });
      printRoofline(json, *device);
      json.attributeObject("inherited", [&] {
        for (const DescriptorField &field : fields)
          if (!field.origin.empty())
            json.attribute(llvm::json::fixUTF8(field.path),
                           llvm::json::fixUTF8(field.origin));
      });
    });
    os << "\n";
    return 0;
  }

  size_t width = 0;
  for (const DescriptorField &field : fields)
    width = std::max(width, field.path.size());
  for (const DescriptorField &field : fields) {
    os << llvm::left_justify(field.path, width + 2) << field.value;
    std::string source = field.source;
    if (!field.origin.empty())
      source += (source.empty() ? "from " : "; from ") + field.origin;
    if (!source.empty())
      os << "  (" << source << ")";
    os << "\n";
  }
  os << llvm::left_justify("digest", width + 2) << device->getDigest() << "\n";
  printRoofline(os, *device);
  return 0;
}

//===----------------------------------------------------------------------===//
// check
//===----------------------------------------------------------------------===//

void Tool::checkDescriptor(const std::string &file,
                           std::vector<DescriptorProblem> &problems) {
  problems = loader.check(file);
  if (!problems.empty())
    return;
  std::string asPath = file.find('/') == std::string::npos ? "./" + file : file;
  FailureOr<DeviceAttr> device =
      loader.load(&context, asPath, problems, nullptr, {options.settings});
  if (failed(device))
    return;
  // What only the target knows.
  const Target *target = TargetRegistry::global().lookup(device->getFamily());
  std::string text = target ? target->verify(*device) : "";
  if (!text.empty()) {
    problems.push_back({ErrorCode::BadDescriptor, file, 0, 0, "", text});
    return;
  }
  llvm::outs() << file << ": good: device '" << device->getName()
               << "' of the family '" << device->getFamily() << "'"
               << (target ? "" : ", which this build has no code generator for")
               << "\n";
  if (std::string missing = listMissing(*device); !missing.empty())
    llvm::outs() << "  estimates leave out what is unknown: " << missing
                 << "\n";
}

void Tool::checkAdapters(const std::string &file,
                         std::vector<DescriptorProblem> &problems) {
  auto adapters =
      loadAdapters(&context, loader, file, options.settings, problems);
  if (failed(adapters))
    return;
  llvm::outs() << file << ": good: adapters\n";
  for (const Adapter &adapter : *adapters) {
    llvm::outs() << "  " << adapter.priority << ". "
                 << adapter.device.getName();
    if (adapter.maxMemoryRatio)
      llvm::outs() << ", "
                   << formatQuantity(*adapter.maxMemoryRatio, Unit::Ratio)
                   << " of its memory";
    llvm::outs() << "\n";
  }
}

int Tool::check() {
  int exitCode = 0;
  for (const std::string &file : options.files) {
    std::vector<DescriptorProblem> problems;
    if (isAdaptersFile(file))
      checkAdapters(file, problems);
    else
      checkDescriptor(file, problems);
    if (int code = report(problems); exitCode == 0)
      exitCode = code;
  }
  return exitCode;
}

//===----------------------------------------------------------------------===//
// The command line
//===----------------------------------------------------------------------===//

int runDeviceTool(int argc, char **argv) {
  Options options;
  CLI::App app("Lists, shows and checks the devices that models are compiled "
               "for",
               "autoglm-device");
  app.set_help_flag("-h,--help", "Print this help")->group("General");
  app.set_version_flag("--version",
                       "autoglm-device (Open-AutoGLM) " AUTOGLM_VERSION)
      ->group("General");
  app.add_option("--diagnostics", options.diagnostics,
                 "Format of messages: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->group("General");
  app.fallthrough();
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done, 2 wrong usage or unknown device, 3 a "
             "descriptor is bad,\n5 internal error. AUTOGLM_DEVICE_PATH adds "
             "folders with descriptors,\nAUTOGLM_DRIVER_PATH folders with "
             "drivers.");
  CLI::App *list = app.add_subcommand(
      "list", "List the devices: whether this build compiles for them and this "
              "machine runs them, and if not, why");
  list->group("Devices");
  list->add_flag("--json", options.json, "As JSON");
  CLI::App *show = app.add_subcommand(
      "show", "Show a device's descriptor, resolved, with the source of each "
              "number");
  show->group("Devices");
  show->add_option("device", options.device, "Name or descriptor file")
      ->required();
  show->add_flag("--json", options.json,
                 "As JSON, with quantities in base units");
  CLI::App *check = app.add_subcommand(
      "check", "Check descriptor and adapters files and tell everything that "
               "is wrong");
  check->group("Descriptor files");
  check->add_option("file", options.files, "Descriptor or adapters files")
      ->required();
  for (CLI::App *command : {show, check})
    command
        ->add_option("--device-set", options.settings,
                     "A number instead of the descriptor's, such as "
                     "memory.dram.bandwidth=34GB/s; may be repeated")
        ->allow_extra_args(false)
        ->type_name("PATH=VALUE");
  CLI::App *schema =
      app.add_subcommand("schema", "Print the JSON Schema of descriptor files");
  schema->group("Descriptor files");
  schema->add_flag("--adapters", options.adapters,
                   "That of adapters files instead");

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &success) {
    return app.exit(success);
  } catch (const CLI::ParseError &error) {
    return Tool(argv[0], options).fail(ErrorCode::Usage, error.what());
  }
  registerAllTargets();
  Tool tool(argv[0], options);
  int exitCode = list->parsed()    ? tool.list()
                 : show->parsed()  ? tool.show()
                 : check->parsed() ? tool.check()
                                   : 0;
  if (schema->parsed() && options.adapters)
    printAdaptersSchema(llvm::outs());
  else if (schema->parsed())
    printDescriptorSchema(llvm::outs());
  llvm::outs().flush();
  if (llvm::outs().has_error()) {
    std::string text = llvm::outs().error().message();
    llvm::outs().clear_error();
    return tool.fail(ErrorCode::CannotWrite,
                     "cannot write standard output: " + text);
  }
  return exitCode;
}

} // namespace autoglm
