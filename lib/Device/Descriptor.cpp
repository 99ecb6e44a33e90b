//===- Descriptor.cpp - finding and loading descriptors ---------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Device/Descriptor.h"
#include "Reader.h"
#include "autoglm/Support/File.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

using namespace mlir;

namespace autoglm {

/// A descriptor is a few kilobytes; the reader keeps several times its size.
static constexpr size_t maxFileBytes = 1 << 20;

static std::vector<DeviceProbe> &getProbes() {
  static std::vector<DeviceProbe> probes;
  return probes;
}

void registerDeviceProbe(DeviceProbe probe) {
  std::vector<DeviceProbe> &probes = getProbes();
  llvm::erase_if(probes, [&](const DeviceProbe &known) {
    return known.name == probe.name;
  });
  probes.push_back(std::move(probe));
}

/// The text of a descriptor file, or nothing after a problem.
static std::optional<std::string>
readText(const std::string &path, std::vector<DescriptorProblem> &problems) {
  DescriptorProblem problem;
  problem.file = path;
  auto file = MappedFile::open(path);
  if (!file) {
    problem.code = ErrorCode::CannotRead;
    problem.message = "cannot read the device descriptor: " +
                      llvm::toString(file.takeError());
  } else if ((*file)->getSize() > maxFileBytes) {
    problem.message = "is too large for a device descriptor";
  } else {
    return (*file)->getBytes().str();
  }
  problems.push_back(std::move(problem));
  return std::nullopt;
}

struct DescriptorLoader::Found {
  DescriptorEntry entry;
  std::vector<std::string> aliases;
  /// Null for a file.
  const DeviceProbe *probe;

  bool isCalled(StringRef name) const {
    return entry.name == name || llvm::is_contained(aliases, name);
  }
};

DescriptorLoader::DescriptorLoader(std::string toolPath) {
  if (auto given = llvm::sys::Process::GetEnv("AUTOGLM_DEVICE_PATH")) {
    SmallVector<StringRef> parts;
    StringRef(*given).split(parts, ':', -1, /*KeepEmpty=*/false);
    for (StringRef part : parts)
      folders.push_back(part.str());
  }
  static int anchor;
  std::string tool =
      llvm::sys::fs::getMainExecutable(toolPath.c_str(), &anchor);
  SmallString<128> folder(llvm::sys::path::parent_path(
      llvm::sys::path::parent_path(tool.empty() ? toolPath : tool)));
  llvm::sys::path::append(folder, "share", "autoglm", "devices");
  folders.push_back(folder.str().str());
}

/// Whether a file of this name holds a descriptor.
static bool isDescriptorFile(StringRef path) {
  StringRef extension = llvm::sys::path::extension(path);
  return extension == ".json" || extension == ".yaml" || extension == ".yml";
}

std::vector<DescriptorLoader::Found> DescriptorLoader::find() const {
  std::vector<Found> found;
  for (const DeviceProbe &probe : getProbes())
    found.push_back({{probe.name, probe.family, probe.description, "probed"},
                     probe.aliases,
                     &probe});
  for (const std::string &folder : folders) {
    std::error_code error;
    std::vector<std::string> paths;
    for (llvm::sys::fs::directory_iterator it(folder, error), end;
         it != end && !error; it.increment(error))
      if (isDescriptorFile(it->path()))
        paths.push_back(it->path());
    llvm::sort(paths);
    for (const std::string &path : paths) {
      std::vector<DescriptorProblem> problems;
      std::optional<std::string> text = readText(path, problems);
      if (!text)
        continue;
      DescriptorValue root = readDescriptor(path, *text, problems);
      // A damaged file is found by its own name, so that loading it says why.
      std::string name = root.getText("name");
      if (!isName(name))
        name = llvm::sys::path::stem(path).str();
      std::vector<std::string> aliases;
      if (const DescriptorValue *list = root.find("aliases"))
        aliases = list->texts;
      // The first folder wins.
      if (llvm::none_of(found,
                        [&](const Found &f) { return f.isCalled(name); }))
        found.push_back(
            {{name, root.getText("family"), root.getText("description"), path},
             aliases,
             nullptr});
    }
  }
  llvm::sort(found, [](const Found &a, const Found &b) {
    return a.entry.name < b.entry.name;
  });
  return found;
}

std::string DescriptorLoader::listNames() const {
  std::string names;
  for (const DescriptorEntry &entry : list())
    names += (names.empty() ? "" : ", ") + entry.name;
  return names;
}

std::vector<DescriptorEntry> DescriptorLoader::list() const {
  std::vector<DescriptorEntry> entries;
  for (Found &found : find())
    entries.push_back(std::move(found.entry));
  return entries;
}

FailureOr<DeviceAttr>
DescriptorLoader::load(MLIRContext *context, StringRef nameOrFile,
                       std::vector<DescriptorProblem> &problems,
                       std::vector<DescriptorField> *fields) const {
  std::string file = nameOrFile.str();
  std::optional<std::string> text;
  if (!nameOrFile.contains('/') && !isDescriptorFile(nameOrFile)) {
    std::vector<Found> all = find();
    auto found = llvm::find_if(
        all, [&](const Found &f) { return f.isCalled(nameOrFile); });
    if (found == all.end()) {
      std::vector<std::string> names;
      for (const Found &f : all) {
        names.push_back(f.entry.name);
        names.insert(names.end(), f.aliases.begin(), f.aliases.end());
      }
      DescriptorProblem problem;
      problem.code = ErrorCode::UnknownDevice;
      problem.message = "unknown device '" + file + "'; known are " +
                        (names.empty() ? "none" : llvm::join(names, ", ")) +
                        ", and descriptor files by their path";
      problems.push_back(std::move(problem));
      return failure();
    }
    file = found->entry.file;
    if (found->probe) {
      file = found->entry.name;
      text = found->probe->describe();
    }
  }
  size_t before = problems.size();
  if (!text)
    text = readText(file, problems);
  if (!text)
    return failure();
  DescriptorValue root = readDescriptor(file, *text, problems);
  if (problems.size() != before)
    return failure();
  if (fields)
    listFields(root, *fields);
  context->loadDialect<AutoGLMDialect>();
  return buildDevice(context, root);
}

std::vector<DescriptorProblem> DescriptorLoader::check(StringRef file) const {
  std::vector<DescriptorProblem> problems;
  if (std::optional<std::string> text = readText(file.str(), problems))
    readDescriptor(file, *text, problems);
  return problems;
}

} // namespace autoglm
