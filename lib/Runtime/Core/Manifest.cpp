//===- Manifest.cpp - what a bundle says about itself ---------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Runtime/Manifest.h"
#include "autoglm/Runtime/Json.h"

#include <set>

using namespace autoglm::rt;

namespace {

/// Larger than any tensor of a model, small enough that sums do not overflow.
constexpr int64_t maxBytes = int64_t{1} << 48;

void parseTensor(const Node &node, TensorInfo &tensor) {
  tensor.name = node["name"].string();
  std::string dtype = node["dtype"].string();
  std::optional<agr_dtype> known = dtypeFromName(dtype);
  if (!known)
    return node["dtype"].fail("unknown element type '" + dtype + "'");
  tensor.dtype = *known;
  Node shape = node["shape"];
  uint64_t bytes = dtypeSize(tensor.dtype);
  for (size_t i = 0, rank = shape.size(); i < rank && !node.failed(); ++i) {
    int64_t extent = shape.at(i).integer(0, maxBytes);
    if (extent != 0 && bytes > static_cast<uint64_t>(maxBytes / extent))
      return shape.fail("the tensor is too large");
    bytes *= static_cast<uint64_t>(extent);
    tensor.shape.push_back(extent);
  }
  tensor.bytes = bytes;
  if (node.has("dims")) {
    Node dims = node["dims"];
    if (dims.size() != tensor.shape.size())
      return dims.fail("there must be one for each dimension");
    for (const nlohmann::json &dim : dims.raw())
      tensor.dims.push_back(dim.is_string() ? dim.get<std::string>()
                                            : dim.dump());
  }
  tensor.layout = node.has("layout") ? node["layout"].string() : "row_major";
  if (tensor.layout != "row_major")
    node["layout"].fail("only row_major is supported at the edge of an entry");
}

void parseTensors(const Node &list, std::vector<TensorInfo> &out) {
  std::set<std::string> names;
  for (size_t i = 0, n = list.size(); i < n && !list.failed(); ++i) {
    parseTensor(list.at(i), out.emplace_back());
    if (!names.insert(out.back().name).second)
      list.at(i).fail("the name '" + out.back().name + "' appears twice");
  }
}

void parseDevice(const Node &node, DeviceInfo &device) {
  device.name = node["name"].string();
  device.family = node["family"].string();
  device.descriptor = node["descriptor"].string();
  device.digest = node["digest"].string();
  // Both become part of a file name.
  auto check = [](const Node &at, const std::string &name) {
    for (unsigned char c : name)
      if (!isalnum(c) && c != '-' && c != '_')
        return at.fail("a bad character");
    if (name.empty())
      at.fail("is empty");
  };
  check(node["family"], device.family);
  if (node.has("drivers")) {
    Node drivers = node["drivers"];
    for (size_t i = 0, n = drivers.size(); i < n && !node.failed(); ++i) {
      device.drivers.push_back(drivers.at(i).string());
      check(drivers.at(i), device.drivers.back());
    }
    if (device.drivers.empty())
      drivers.fail("is empty");
  } else {
    device.drivers.push_back(device.family);
  }
  Node features = node["features"];
  for (size_t i = 0, n = features.size(); i < n && !node.failed(); ++i)
    device.features.push_back(features.at(i).string());
  device.minDriver =
      static_cast<uint32_t>(node["min_driver"].integer(0, UINT32_MAX));
  Node memory = node["memory"];
  device.weightBytes = memory["weights"].integer(0, maxBytes);
  device.arenaBytes = memory["arena"].integer(0, maxBytes);
  device.peakBytes = memory["peak"].integer(0, maxBytes);
}

template <typename T>
std::optional<uint32_t> indexOf(const std::vector<T> &list,
                                const std::string &name) {
  for (size_t i = 0; i < list.size(); ++i)
    if (list[i].name == name)
      return static_cast<uint32_t>(i);
  return std::nullopt;
}

void parseExecutable(const Node &node, Manifest &manifest) {
  ExecutableInfo executable;
  executable.name = node["name"].string();
  if (indexOf(manifest.executables, executable.name))
    node.fail("the name '" + executable.name + "' appears twice");
  std::string device = node["device"].string();
  std::optional<uint32_t> index = indexOf(manifest.devices, device);
  if (!index)
    return node["device"].fail("there is no device '" + device + "'");
  executable.device = *index;
  executable.file = node["file"].string();
  executable.format = node["format"].string();
  if (!manifest.files.count(executable.file))
    node["file"].fail("there is no file '" + executable.file + "'");
  manifest.executables.push_back(std::move(executable));
}

bool isDigest(const std::string &text) {
  return text.size() == 37 && text.compare(0, 5, "xxh3:") == 0 &&
         text.find_first_not_of("0123456789abcdef", 5) == std::string::npos;
}

void parseFiles(const Node &node, Manifest &manifest) {
  if (!node.isObject())
    return node.fail("an object is expected");
  for (const auto &item : node.raw().items()) {
    Node file = node[item.key().c_str()];
    FileInfo info;
    info.bytes = file["bytes"].integer(0);
    info.digest = file["digest"].string();
    if (!isDigest(info.digest))
      file["digest"].fail("an xxh3 digest is expected");
    manifest.files[item.key()] = std::move(info);
  }
}

void parseManifest(const Node &root, Manifest &manifest) {
  Node model = root["model"];
  manifest.modelName = model["name"].string();
  manifest.modelDigest = model["digest"].string();
  Node compiler = root["compiler"];
  manifest.compilerVersion = compiler["version"].string();
  Node options = compiler["options"];
  for (size_t i = 0, n = options.size(); i < n && !root.failed(); ++i)
    manifest.compilerOptions.push_back(options.at(i).string());
  Node devices = root["devices"];
  for (size_t i = 0, n = devices.size(); i < n && !root.failed(); ++i) {
    DeviceInfo device;
    parseDevice(devices.at(i), device);
    if (indexOf(manifest.devices, device.name))
      devices.at(i).fail("the name '" + device.name + "' appears twice");
    manifest.devices.push_back(std::move(device));
  }
  Node entries = root["entries"];
  for (size_t i = 0, n = entries.size(); i < n && !root.failed(); ++i) {
    Node node = entries.at(i);
    EntryInfo entry;
    entry.name = node["name"].string();
    if (indexOf(manifest.entries, entry.name))
      node.fail("the name '" + entry.name + "' appears twice");
    parseTensors(node["inputs"], entry.inputs);
    parseTensors(node["outputs"], entry.outputs);
    manifest.entries.push_back(std::move(entry));
  }
  parseFiles(root["files"], manifest);
  Node executables = root["executables"];
  for (size_t i = 0, n = executables.size(); i < n && !root.failed(); ++i)
    parseExecutable(executables.at(i), manifest);
}

} // namespace

Expected<Manifest> Manifest::parse(Bytes text) {
  nlohmann::json json;
  if (Status status = Node::parse(text, "manifest.json", json); status.failed())
    return status;
  Status status;
  Node root(json, "manifest.json", status);
  int64_t format = root["format"].integer(0);
  if (!status.failed() && format != 1)
    return Status(AGR_NOT_A_BUNDLE, "the bundle has format " +
                                        std::to_string(format) +
                                        "; this runtime reads format 1");
  Manifest manifest;
  parseManifest(root, manifest);
  if (status.failed())
    return status;
  return manifest;
}

Expected<BundleFile> BundleFile::open(const std::string &path) {
  Expected<std::unique_ptr<MappedFile>> file = MappedFile::open(path);
  if (file.failed())
    return file.status();
  const std::string &what = path;
  Expected<Archive> archive = Archive::parse((*file)->bytes());
  if (archive.failed())
    return archive.status().within(what);
  const std::vector<ArchiveEntry> &entries = archive->entries();
  if (entries[0].name != "manifest.json")
    return Status(AGR_NOT_A_BUNDLE,
                  what + ": this is not a bundle (no manifest.json)");
  if (crc32(entries[0].data) != entries[0].crc)
    return Status(AGR_BUNDLE_DAMAGED,
                  what + ": the bundle is damaged: manifest.json");
  Expected<Manifest> manifest = Manifest::parse(entries[0].data);
  if (manifest.failed())
    return manifest.status().within(what);
  for (size_t i = 1; i < entries.size(); ++i) {
    auto info = manifest->files.find(entries[i].name);
    if (info == manifest->files.end() ||
        info->second.bytes != entries[i].data.size())
      return Status(AGR_BUNDLE_DAMAGED,
                    what + ": the bundle is damaged: " + entries[i].name +
                        " does not fit the manifest");
  }
  if (manifest->files.size() != entries.size() - 1)
    return Status(AGR_BUNDLE_DAMAGED,
                  what + ": the bundle is damaged: a file is missing");
  return BundleFile{file.take(), archive.take(), manifest.take()};
}

Status BundleFile::verify(const ArchiveEntry &entry) const {
  bool intact =
      entry.name == "manifest.json"
          ? crc32(entry.data) == entry.crc
          : digest(entry.data) == manifest.files.at(entry.name).digest;
  if (intact)
    return Status();
  return Status(AGR_BUNDLE_DAMAGED, "the bundle is damaged: " + entry.name);
}

Bytes BundleFile::data(const std::string &name) const {
  const ArchiveEntry *entry = archive.find(name);
  return entry ? entry->data : Bytes();
}
