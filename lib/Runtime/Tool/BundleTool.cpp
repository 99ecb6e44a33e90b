//===- BundleTool.cpp - autoglm-bundle ------------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandLine.h"
#include "autoglm/Runtime/IO/Files.h"
#include "autoglm/Runtime/Manifest.h"
#include "autoglm/Runtime/Plan.h"
#include "autoglm/Runtime/Tool.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace autoglm::rt;

namespace {

/// 1536 is "1.5 KiB".
std::string sizeText(uint64_t bytes) {
  static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1024 && unit < 4; ++unit)
    value /= 1024;
  return unit == 0 ? fmt::format("{} bytes", bytes)
                   : fmt::format("{:.1f} {}", value, units[unit]);
}

std::string shapeText(const TensorInfo &tensor) {
  std::string text =
      typeText(tensor.dtype, tensor.shape.data(), tensor.shape.size());
  std::string dims;
  bool symbolic = false;
  for (size_t i = 0; i < tensor.dims.size(); ++i) {
    dims += (i ? ", " : "") + tensor.dims[i];
    symbolic |= tensor.dims[i] != std::to_string(tensor.shape[i]);
  }
  return symbolic ? text + " (" + dims + ")" : text;
}

std::string joined(const std::vector<std::string> &list) {
  std::string text;
  for (const std::string &item : list)
    text += (text.empty() ? "" : " ") + item;
  return text;
}

void printText(const BundleFile &bundle) {
  const Manifest &m = bundle.manifest;
  fmt::print("model       {} ({})\n", m.modelName, m.modelDigest);
  fmt::print("compiler    autoglm-compile {} {}\n", m.compilerVersion,
             joined(m.compilerOptions));
  fmt::print("size        {}\n", sizeText(bundle.file->bytes().size()));
  for (const EntryInfo &entry : m.entries) {
    fmt::print("\nentry '{}'\n", entry.name);
    for (const TensorInfo &tensor : entry.inputs)
      fmt::print("  input     {}: {}\n", tensor.name, shapeText(tensor));
    for (const TensorInfo &tensor : entry.outputs)
      fmt::print("  output    {}: {}\n", tensor.name, shapeText(tensor));
  }
  for (const DeviceInfo &device : m.devices) {
    fmt::print("\ndevice '{}'\n", device.name);
    fmt::print("  family    {} (driver {} or later)\n", device.family,
               device.minDriver);
    fmt::print("  described {} ({})\n", device.descriptor, device.digest);
    fmt::print("  needs     {}\n", device.features.empty()
                                       ? "no special feature"
                                       : joined(device.features));
    fmt::print("  memory    weights {}, arena {}, peak {}\n",
               sizeText(device.weightBytes), sizeText(device.arenaBytes),
               sizeText(device.peakBytes));
  }
  fmt::print("\nfiles\n");
  for (const ArchiveEntry &entry : bundle.archive.entries())
    fmt::print("  {:<48}  {}\n", entry.name, sizeText(entry.data.size()));
}

/// The manifest as it is, and what only the archive knows.
void printJson(const BundleFile &bundle) {
  Bytes text = bundle.data("manifest.json");
  nlohmann::ordered_json out;
  out["manifest"] = nlohmann::ordered_json::parse(text.begin(), text.end());
  out["bytes"] = bundle.file->bytes().size();
  for (const ArchiveEntry &entry : bundle.archive.entries())
    out["archive"].push_back({{"name", entry.name},
                              {"offset", entry.offset},
                              {"bytes", entry.data.size()}});
  fmt::print("{}\n",
             out.dump(2, ' ', false,
                      nlohmann::ordered_json::error_handler_t::replace));
}

Status inspect(const std::string &path, bool json) {
  Expected<BundleFile> bundle = BundleFile::open(path);
  if (bundle.failed())
    return bundle.status();
  if (json)
    printJson(*bundle);
  else
    printText(*bundle);
  return Status();
}

/// Every entry is looked at, so that all the damage is told.
Status verify(const std::string &path) {
  Expected<BundleFile> bundle = BundleFile::open(path);
  if (bundle.failed())
    return bundle.status();
  std::string damaged;
  for (const ArchiveEntry &entry : bundle->archive.entries()) {
    bool bad = bundle->verify(entry).failed();
    fmt::print("{:<8} {}\n", bad ? "damaged" : "ok", entry.name);
    if (bad)
      damaged += (damaged.empty() ? "" : ", ") + entry.name;
  }
  if (!damaged.empty())
    return Status(AGR_BUNDLE_DAMAGED,
                  path + ": the bundle is damaged: " + damaged);
  Expected<Plan> plan =
      Plan::parse(bundle->data("plan.json"), bundle->manifest);
  return plan.failed() ? plan.status().within(path) : Status();
}

/// Makes the folders above a file; `made` collects the new ones.
Status makeFolders(const std::string &path, std::vector<std::string> &made) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    std::string folder = path.substr(0, slash);
    if (mkdir(folder.c_str(), 0777) == 0)
      made.push_back(folder);
    else if (errno != EEXIST)
      return Status(AGR_OUTPUT_FAILED, "cannot make the folder '" + folder +
                                           "': " + errnoText(errno));
  }
  return Status();
}

Status writeFile(const std::string &path, Bytes data) {
  OutputFile file;
  if (Status status = file.open(path); status.failed())
    return status;
  if (Status status = file.write(data); status.failed())
    return status;
  return file.commit();
}

Status extract(const std::string &path, const std::string &folder) {
  Expected<BundleFile> bundle = BundleFile::open(path);
  if (bundle.failed())
    return bundle.status();
  std::vector<std::string> folders, files;
  Status status;
  for (const ArchiveEntry &entry : bundle->archive.entries()) {
    std::string target = folder + "/" + entry.name;
    status = bundle->verify(entry).within(path);
    if (!status.failed())
      status = makeFolders(target, folders);
    if (!status.failed())
      status = writeFile(target, entry.data);
    if (status.failed())
      break;
    files.push_back(target);
  }
  if (!status.failed())
    return Status();
  // All or nothing.
  for (const std::string &file : files)
    unlink(file.c_str());
  for (size_t i = folders.size(); i-- > 0;)
    rmdir(folders[i].c_str());
  return status;
}

} // namespace

int autoglm::rt::bundleMain(int argc, char **argv) {
  CLI::App app("", "autoglm-bundle");
  setUp(app, "Looks into bundles.");
  app.require_subcommand(1);
  std::string bundle, folder;
  bool json = false;
  auto command = [&](const char *name, const char *description) {
    CLI::App *sub = app.add_subcommand(name, description);
    sub->add_option("bundle", bundle, "The bundle")
        ->required()
        ->type_name("BUNDLE");
    return sub;
  };
  CLI::App *inspecting =
      command("inspect", "Print entries, devices, memory, files");
  inspecting->add_flag("--json", json, "Print the manifest as JSON");
  CLI::App *extracting = command("extract", "Write the files of a bundle");
  extracting->add_option("-o,--output", folder, "The folder to write to")
      ->required()
      ->type_name("FOLDER");
  command("verify", "Check every byte; say which file is damaged");
  if (std::optional<int> code = parse(app, argc, argv))
    return *code;
  return guarded(app, [&] {
    if (inspecting->parsed())
      return inspect(bundle, json);
    return extracting->parsed() ? extract(bundle, folder) : verify(bundle);
  });
}
