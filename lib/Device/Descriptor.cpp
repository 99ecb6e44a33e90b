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

#include <tuple>

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
  std::vector<std::string> types;
  /// Which comes first where a type is looked for.
  size_t order;

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

DescriptorLoader::~DescriptorLoader() = default;

const std::vector<DescriptorLoader::Found> &DescriptorLoader::find() const {
  if (found)
    return *found;
  found = std::make_unique<std::vector<Found>>();
  std::vector<Found> &all = *found;
  for (const DeviceProbe &probe : getProbes())
    all.push_back({{probe.name, probe.family, probe.description, "probed"},
                   probe.aliases,
                   &probe,
                   probe.types,
                   all.size()});
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
      auto getTexts = [&](StringRef field) {
        const DescriptorValue *list = root.find(field);
        return list ? list->texts : std::vector<std::string>();
      };
      // The first folder wins.
      if (llvm::none_of(all, [&](const Found &f) { return f.isCalled(name); }))
        all.push_back(
            {{name, root.getText("family"), root.getText("description"), path},
             getTexts("aliases"),
             nullptr,
             getTexts("default_for"),
             all.size()});
    }
  }
  llvm::sort(all, [](const Found &a, const Found &b) {
    return a.entry.name < b.entry.name;
  });
  return all;
}

std::string DescriptorLoader::listNames() const {
  std::string names;
  for (const DescriptorEntry &entry : list())
    names += (names.empty() ? "" : ", ") + entry.name;
  return names;
}

std::vector<DescriptorEntry> DescriptorLoader::list() const {
  std::vector<DescriptorEntry> entries;
  for (const Found &one : find())
    entries.push_back(one.entry);
  return entries;
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

const DescriptorLoader::Found *
DescriptorLoader::findByType(StringRef type) const {
  const Found *best = nullptr;
  for (const Found &candidate : find())
    if (llvm::any_of(candidate.types,
                     [&](StringRef t) { return t.equals_insensitive(type); }) &&
        (!best || candidate.order < best->order))
      best = &candidate;
  return best;
}

/// "unknown device type 'x'; known are ...".
template <typename Entries>
static llvm::Error getUnknownType(StringRef type, const Entries &all) {
  std::vector<StringRef> known;
  auto add = [&](StringRef word) {
    if (!word.empty() && llvm::none_of(known, [&](StringRef k) {
          return k.equals_insensitive(word);
        }))
      known.push_back(word);
  };
  for (const auto &found : all) {
    for (StringRef word : found.types)
      add(word);
    add(found.entry.family);
  }
  llvm::sort(known);
  return llvm::createStringError(
      "unknown device type '" + type + "'" +
      (known.empty() ? "; no descriptor has a 'default_for'"
                     : "; known are " + llvm::join(known, ", ")));
}

llvm::Expected<std::string> DescriptorLoader::findFamily(StringRef type) const {
  for (const Found &candidate : find())
    if (type.equals_insensitive(candidate.entry.family))
      return candidate.entry.family;
  const Found *named = findByType(type);
  if (!named)
    return getUnknownType(type, find());
  if (!named->entry.family.empty())
    return named->entry.family;
  // It has the family of its base.
  MLIRContext context(MLIRContext::Threading::DISABLED);
  std::vector<DescriptorProblem> problems;
  FailureOr<DeviceAttr> device = load(&context, named->entry.name, problems);
  if (failed(device))
    return llvm::createStringError("the device '" + named->entry.name +
                                   "', which '" + type +
                                   "' stands for, is damaged");
  return device->getFamily().str();
}

llvm::Expected<std::string>
DescriptorLoader::findDefault(StringRef type) const {
  if (const Found *named = findByType(type))
    return named->entry.name;
  std::vector<std::string> names;
  for (const Found &candidate : find())
    if (type.equals_insensitive(candidate.entry.family))
      names.push_back(candidate.entry.name);
  if (names.size() == 1)
    return names.front();
  if (names.empty())
    return getUnknownType(type, find());
  return llvm::createStringError(
      "the family '" + type +
      "' has several devices, and none is its default; name one by 'device': " +
      llvm::join(names, ", "));
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

std::optional<std::string>
DescriptorLoader::getText(StringRef nameOrFile, std::string &file,
                          std::vector<DescriptorProblem> &problems) const {
  file = nameOrFile.str();
  if (nameOrFile.contains('/') || isDescriptorFile(nameOrFile))
    return readText(file, problems);
  const std::vector<Found> &all = find();
  auto named = llvm::find_if(
      all, [&](const Found &f) { return f.isCalled(nameOrFile); });
  if (named == all.end()) {
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
    return std::nullopt;
  }
  if (named->probe) {
    file = named->entry.name;
    return named->probe->describe();
  }
  file = named->entry.file;
  return readText(file, problems);
}

bool DescriptorLoader::resolveBase(DescriptorValue &root, StringRef file,
                                   std::vector<DescriptorProblem> &problems,
                                   std::vector<std::string> &chain) const {
  const DescriptorValue extends = *root.find("extends");
  auto report = [&](const Twine &message) {
    problems.push_back({ErrorCode::BadDescriptor, file.str(), extends.line,
                        extends.column, extends.path, message.str()});
    return false;
  };
  std::string name = extends.text;
  if (name.empty())
    return report("must name a device or a file");
  // A file is beside the one that extends it.
  if (StringRef(name).contains('/') || isDescriptorFile(name)) {
    SmallString<128> path(name);
    if (!llvm::sys::path::is_absolute(name)) {
      path = llvm::sys::path::parent_path(file);
      llvm::sys::path::append(path, name);
    }
    name = path.str().str();
    if (!StringRef(name).contains('/'))
      name = "./" + name;
  }
  std::vector<DescriptorProblem> inner;
  std::string baseFile;
  std::optional<std::string> text = getText(name, baseFile, inner);
  DescriptorValue base;
  if (text && !resolve(baseFile, *text, base, inner, chain) && inner.empty())
    return report("'" + extends.text + "' extends this file again");
  if (!inner.empty()) {
    const DescriptorProblem &first = inner.front();
    std::string where = first.file;
    if (first.line)
      where +=
          ":" + std::to_string(first.line) + ":" + std::to_string(first.column);
    return report("the base '" + extends.text + "' cannot be used: " +
                  (where.empty() ? "" : where + ": ") + first.getText());
  }
  root = inherit(base, std::move(root), base.getText("name"));
  return true;
}

bool DescriptorLoader::resolve(StringRef file, StringRef text,
                               DescriptorValue &root,
                               std::vector<DescriptorProblem> &problems,
                               std::vector<std::string> &chain) const {
  SmallString<128> identity;
  if (llvm::sys::fs::real_path(file, identity))
    identity = file;
  if (llvm::is_contained(chain, identity.str()))
    return false;
  chain.push_back(identity.str().str());
  std::vector<DescriptorProblem> own;
  root = readDescriptor(file, text, own);
  if (root.find("extends"))
    resolveBase(root, file, own, chain);
  if (const DescriptorValue *type = root.find("device_type");
      type && own.empty()) {
    llvm::Expected<std::string> family = findFamily(type->text);
    if (!family) {
      own.push_back({ErrorCode::BadDescriptor, file.str(), type->line,
                     type->column, type->path,
                     llvm::toString(family.takeError())});
    } else {
      root =
          expandShortForm(root, llvm::sys::path::stem(file).lower(), *family);
    }
  }
  if (own.empty())
    checkContradictions(root, own);
  llvm::sort(own, [](const auto &a, const auto &b) {
    return std::tie(a.line, a.column, a.path, a.message) <
           std::tie(b.line, b.column, b.path, b.message);
  });
  problems.insert(problems.end(), own.begin(), own.end());
  chain.pop_back();
  return own.empty();
}

FailureOr<DeviceAttr>
DescriptorLoader::load(MLIRContext *context, StringRef nameOrFile,
                       std::vector<DescriptorProblem> &problems,
                       std::vector<DescriptorField> *fields,
                       const DescriptorChanges &changes) const {
  std::string file;
  std::optional<std::string> text = getText(nameOrFile, file, problems);
  std::vector<std::string> chain;
  DescriptorValue root;
  if (!text || !resolve(file, *text, root, problems, chain))
    return failure();
  size_t before = problems.size();
  for (const std::string &setting : changes.settings)
    applySetting(root, setting, problems);
  if (changes.links) {
    DescriptorValue added;
    added.kind = DescriptorValue::Kind::Object;
    added.path = "/";
    added.add("links", *changes.links);
    root = inherit(root, std::move(added), "");
  }
  if (problems.size() == before &&
      (!changes.settings.empty() || changes.links)) {
    std::vector<DescriptorProblem> found;
    checkContradictions(root, found);
    for (DescriptorProblem &problem : found) {
      // The descriptor is right by itself.
      if (!changes.settings.empty())
        problem = {ErrorCode::Usage,
                   "",
                   0,
                   0,
                   "",
                   "--device-set contradicts the descriptor: " +
                       problem.getText()};
      problems.push_back(std::move(problem));
    }
  }
  if (problems.size() != before)
    return failure();
  if (fields)
    listFields(root, *fields);
  context->loadDialect<AutoGLMDialect>();
  return buildDevice(context, root);
}

std::vector<DescriptorProblem> DescriptorLoader::check(StringRef file) const {
  std::vector<DescriptorProblem> problems;
  std::vector<std::string> chain;
  DescriptorValue root;
  if (std::optional<std::string> text = readText(file.str(), problems))
    resolve(file, *text, root, problems, chain);
  return problems;
}

} // namespace autoglm
