//===- Adapters.cpp - a file that chooses among devices ---------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Device/Adapters.h"
#include "Reader.h"
#include "autoglm/Support/File.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

#include <tuple>

using namespace mlir;

namespace autoglm {

namespace {
/// A file of a dozen lines; the reader keeps several times its size.
constexpr size_t maxFileBytes = 1 << 20;

/// One entry on its way to a device.
struct Entry {
  const DescriptorValue *value;
  /// As the file calls the device: the text of `type` or `device`.
  std::string label;
  /// What the loader finds it by.
  std::string nameOrFile;
  /// Name of the device, once it is known.
  std::string name;
  DescriptorValue links;
  Adapter adapter;
};

class Resolver {
public:
  Resolver(MLIRContext *context, const DescriptorLoader &loader, StringRef file)
      : context(context), loader(loader), file(file) {}

  void collect(const DescriptorValue &root);
  void resolve(ArrayRef<std::string> settings);
  void report(const DescriptorValue &at, const Twine &message);

  std::vector<Entry> entries;
  std::vector<DescriptorProblem> problems;

private:
  void collectEntry(const DescriptorValue &value);
  void checkLinks(Entry &entry);
  FailureOr<DeviceAttr> load(const Entry &entry,
                             const DescriptorChanges &changes);

  MLIRContext *context;
  const DescriptorLoader &loader;
  StringRef file;
};
} // namespace

void Resolver::report(const DescriptorValue &at, const Twine &message) {
  problems.push_back({ErrorCode::BadAdapters, file.str(), at.line, at.column,
                      at.path, message.str()});
}

//===----------------------------------------------------------------------===//
// Entries
//===----------------------------------------------------------------------===//

/// A member that is not null.
static const DescriptorValue *findKnown(const DescriptorValue &value,
                                        StringRef name) {
  const DescriptorValue *member = value.find(name);
  return member && member->kind != DescriptorValue::Kind::Unknown ? member
                                                                  : nullptr;
}

void Resolver::collectEntry(const DescriptorValue &value) {
  Entry entry;
  entry.value = &value;
  const DescriptorValue *type = findKnown(value, "type");
  const DescriptorValue *device = findKnown(value, "device");
  if (!type == !device)
    report(value, type ? "'type' and 'device' exclude each other"
                       : "missing: 'type' or 'device'");
  if (device) {
    entry.label = entry.nameOrFile = device->text;
    StringRef extension = llvm::sys::path::extension(device->text);
    bool isFile = StringRef(device->text).contains('/') ||
                  extension == ".json" || extension == ".yaml" ||
                  extension == ".yml";
    if (isFile && !llvm::sys::path::is_absolute(device->text)) {
      SmallString<128> path(llvm::sys::path::parent_path(file));
      llvm::sys::path::append(path, device->text);
      entry.nameOrFile =
          path.str().contains('/') ? path.str().str() : ("./" + path).str();
    }
  } else if (type) {
    entry.label = type->text;
    llvm::Expected<std::string> name = loader.findDefault(type->text);
    if (name)
      entry.nameOrFile = *name;
    else
      report(*type, llvm::toString(name.takeError()));
  }

  if (std::optional<double> priority = value.getNumber("priority")) {
    const DescriptorValue &at = *value.find("priority");
    entry.adapter.priority = static_cast<int64_t>(*priority);
    if (entry.adapter.priority < 1)
      report(at, "must be 1 or more");
    for (const Entry &other : entries)
      if (other.adapter.priority == entry.adapter.priority)
        report(at, "priority " + Twine(entry.adapter.priority) +
                       " is that of '" + other.label + "' already, in line " +
                       Twine(other.value->find("priority")->line));
  } else {
    // Null; a missing one was told by the reader.
    report(value, "'priority' must be a number");
  }
  if (const DescriptorValue *config = findKnown(value, "config"))
    if (std::optional<double> ratio = config->getNumber("max_memory_ratio")) {
      if (*ratio <= 0 || *ratio > 1)
        report(*config->find("max_memory_ratio"),
               "must be more than 0 and at most 1");
      entry.adapter.maxMemoryRatio = ratio;
    }
  entries.push_back(std::move(entry));
}

void Resolver::collect(const DescriptorValue &root) {
  const DescriptorValue &list = *root.find("device_adapters");
  for (const DescriptorValue &value : list.members)
    collectEntry(value);
  if (list.members.empty())
    report(list, "must hold a device at least");
}

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

FailureOr<DeviceAttr> Resolver::load(const Entry &entry,
                                     const DescriptorChanges &changes) {
  std::vector<DescriptorProblem> found;
  FailureOr<DeviceAttr> device =
      loader.load(context, entry.nameOrFile, found, nullptr, changes);
  for (DescriptorProblem &problem : found) {
    // What has no place is the fault of the line that names the device.
    if (problem.code == ErrorCode::UnknownDevice)
      report(*entry.value->find("device"), problem.getText());
    else
      problems.push_back(std::move(problem));
  }
  return device;
}

/// Calls the device at the other end of each link by its name.
void Resolver::checkLinks(Entry &entry) {
  const DescriptorValue *links = findKnown(*entry.value, "links");
  if (!links)
    return;
  entry.links = *links;
  for (DescriptorValue &link : entry.links.members) {
    const Entry *other = nullptr;
    for (const Entry &candidate : entries)
      if (!other && &candidate != &entry &&
          (link.name == candidate.name ||
           StringRef(candidate.label).equals_insensitive(link.name)))
        other = &candidate;
    if (other) {
      link.name = other->name;
      continue;
    }
    std::vector<std::string> names;
    for (const Entry &candidate : entries)
      if (&candidate != &entry)
        names.push_back(candidate.label);
    report(link,
           "'" + link.name + "' is no other device of this file" +
               (names.empty() ? "" : "; there are " + llvm::join(names, ", ")));
  }
}

void Resolver::resolve(ArrayRef<std::string> settings) {
  std::vector<std::string> labels;
  for (Entry &entry : entries) {
    labels.push_back(entry.label);
    if (FailureOr<DeviceAttr> device = load(entry, {}); succeeded(device))
      entry.name = device->getName().str();
  }
  std::vector<std::vector<std::string>> changes =
      distributeSettings(labels, settings, problems);
  if (!problems.empty())
    return;
  for (Entry &entry : entries)
    checkLinks(entry);
  if (!problems.empty())
    return;
  for (auto [entry, own] : llvm::zip(entries, changes)) {
    bool hasLinks = !entry.links.members.empty();
    FailureOr<DeviceAttr> device =
        load(entry, {own, hasLinks ? &entry.links : nullptr});
    if (succeeded(device))
      entry.adapter.device = *device;
  }
}

//===----------------------------------------------------------------------===//
// The file
//===----------------------------------------------------------------------===//

/// The text of an adapters file, or nothing after a problem.
static std::optional<std::string>
readText(StringRef file, std::vector<DescriptorProblem> &problems) {
  auto mapped = MappedFile::open(file.str());
  if (!mapped)
    problems.push_back({ErrorCode::CannotRead, file.str(), 0, 0, "",
                        "cannot read the adapters file: " +
                            llvm::toString(mapped.takeError())});
  else if ((*mapped)->getSize() > maxFileBytes)
    problems.push_back({ErrorCode::BadAdapters, file.str(), 0, 0, "",
                        "is too large for an adapters file"});
  else
    return (*mapped)->getBytes().str();
  return std::nullopt;
}

FailureOr<std::vector<Adapter>>
loadAdapters(MLIRContext *context, const DescriptorLoader &loader,
             StringRef file, ArrayRef<std::string> settings,
             std::vector<DescriptorProblem> &problems) {
  size_t before = problems.size();
  std::optional<std::string> text = readText(file, problems);
  if (!text)
    return failure();
  Resolver resolver(context, loader, file);
  DescriptorValue root =
      readDocument(file, *text, getAdapterFields(),
                   llvm::sys::path::filename(file), resolver.problems);
  for (DescriptorProblem &problem : resolver.problems)
    problem.code = ErrorCode::BadAdapters;
  if (resolver.problems.empty())
    resolver.collect(root);
  if (resolver.problems.empty())
    resolver.resolve(settings);
  llvm::stable_sort(resolver.problems, [](const auto &a, const auto &b) {
    return std::tie(a.file, a.line, a.column) <
           std::tie(b.file, b.line, b.column);
  });
  problems.insert(problems.end(), resolver.problems.begin(),
                  resolver.problems.end());
  if (problems.size() != before)
    return failure();
  std::vector<Adapter> adapters;
  for (Entry &entry : resolver.entries)
    adapters.push_back(entry.adapter);
  llvm::sort(adapters, [](const Adapter &a, const Adapter &b) {
    return a.priority < b.priority;
  });
  return adapters;
}

bool isAdaptersFile(StringRef file) {
  std::vector<DescriptorProblem> problems;
  std::optional<std::string> text = readText(file, problems);
  return text && hasKey(*text, "device_adapters");
}

} // namespace autoglm
