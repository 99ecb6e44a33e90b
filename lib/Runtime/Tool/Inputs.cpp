//===- Inputs.cpp - where the inputs of a run come from -------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"

#include "autoglm/Runtime/IO/Files.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

using namespace autoglm::rt;

namespace {
size_t findSlot(const std::vector<Slot> &slots, const std::string &name) {
  size_t index = 0;
  while (index < slots.size() && slots[index].name != name)
    ++index;
  return index;
}

std::string extension(const std::string &path) {
  size_t dot = path.rfind('.'), slash = path.rfind('/');
  if (dot == std::string::npos || (slash != std::string::npos && dot < slash))
    return "";
  return path.substr(dot);
}
} // namespace

Status Inputs::open(Session &owner, const std::vector<std::string> &arguments,
                    std::optional<uint64_t> seed) {
  session = &owner;
  const std::vector<Slot> &slots = owner.inputs;
  given.assign(slots.size(), false);
  for (const std::string &argument : arguments) {
    size_t equals = argument.find('=');
    std::string name, path = argument;
    // A path may contain '=', so what names no input may be a file.
    if (equals != std::string::npos) {
      name = argument.substr(0, equals);
      if (findSlot(slots, name) == slots.size() &&
          access(argument.c_str(), F_OK) == 0)
        name.clear();
      else
        path = argument.substr(equals + 1);
    }
    if (!name.empty() && findSlot(slots, name) == slots.size())
      return Status(AGR_UNKNOWN_NAME,
                    "--input " + argument + ": there is no input '" + name +
                        "'; the inputs are " + Session::names(slots));
    if (Status status = readFile(name, path); status.failed())
      return status;
  }
  for (size_t i = 0; i < slots.size(); ++i) {
    if (given[i] || isStream())
      continue;
    if (!seed)
      return Status(AGR_NOT_BOUND,
                    "input '" + slots[i].name + "' is missing: give --input " +
                        slots[i].name + "=FILE or --random SEED");
    fillRandom(owner.inputs[i].tensor, *seed, i);
  }
  return Status();
}

Status Inputs::readFile(const std::string &name, const std::string &path) {
  std::string kind = extension(path);
  if (kind == ".jsonl") {
    if (!name.empty())
      return Status(AGR_USAGE, "--input " + name + "=" + path +
                                   ": the lines of a .jsonl file name the "
                                   "inputs themselves");
    if (isStream())
      return Status(AGR_USAGE, "--input: two .jsonl files");
    linesPath = path;
    errno = 0;
    lines.open(path);
    if (lines.is_open() && lines.peek() == EOF && errno != 0)
      lines.close(); // a folder
    if (lines.is_open()) {
      lines.clear();
      return Status();
    }
    return Status(AGR_FILE_UNREADABLE,
                  "cannot read '" + path + "': " + errnoText(errno));
  }
  if (kind != ".npy" && kind != ".npz" && kind != ".pb")
    return Status(AGR_USAGE, "--input " + path +
                                 ": the name must end in .npy, .npz, .pb or "
                                 ".jsonl");
  Expected<std::unique_ptr<MappedFile>> file = MappedFile::open(path);
  if (file.failed())
    return name.empty() ? file.status()
                        : file.status().within("input '" + name + "'");
  Bytes bytes = (*file)->bytes();
  if (kind == ".npz") {
    Expected<NamedTensors> tensors = readNpz(bytes);
    if (tensors.failed())
      return tensors.status().within(path);
    for (const auto &[member, tensor] : *tensors) {
      if (!name.empty() && member != name)
        continue;
      if (Status status = assignNamed(member, tensor); status.failed())
        return status.within(path);
    }
    if (!name.empty() && !given[findSlot(session->inputs, name)])
      return Status(AGR_BAD_TENSOR, path + ": it has no array '" + name + "'");
    return Status();
  }
  std::string target = name;
  Tensor tensor;
  if (kind == ".npy") {
    Expected<Tensor> read = readNpy(bytes);
    if (read.failed())
      return read.status().within(path);
    tensor = read.take();
  } else {
    auto read = readPb(bytes);
    if (read.failed())
      return read.status().within(path);
    if (target.empty() &&
        findSlot(session->inputs, read->first) != session->inputs.size())
      target = read->first;
    tensor = std::move(read->second);
  }
  if (target.empty()) {
    if (session->inputs.size() != 1)
      return Status(AGR_USAGE, "--input " + path +
                                   ": say which input it is, NAME=" + path +
                                   "; the inputs are " +
                                   Session::names(session->inputs));
    target = session->inputs[0].name;
  }
  return assignNamed(target, tensor).within(path);
}

Status Inputs::assignNamed(const std::string &name, const Tensor &tensor) {
  size_t index = findSlot(session->inputs, name);
  if (index == session->inputs.size())
    return Status(AGR_BAD_TENSOR, "there is no input '" + name +
                                      "'; the inputs are " +
                                      Session::names(session->inputs));
  return assign(index, tensor);
}

Status Inputs::assign(size_t index, const Tensor &tensor) {
  Slot &slot = session->inputs[index];
  if (tensor.dtype != slot.tensor.dtype || tensor.shape != slot.tensor.shape)
    return Status(AGR_BAD_TENSOR, "input '" + slot.name + "': the file has " +
                                      tensor.type() + ", the model takes " +
                                      slot.tensor.type());
  if (tensor.data.size() != 0)
    memcpy(slot.tensor.data.data(), tensor.data.data(), tensor.data.size());
  given[index] = true;
  return Status();
}

Expected<bool> Inputs::next() {
  if (!isStream()) {
    bool first = !done;
    done = true;
    return first;
  }
  std::string line;
  while (std::getline(lines, line)) {
    ++lineNumber;
    if (line.find_first_not_of(" \t\r") == std::string::npos)
      continue;
    if (Status status = readLine(line); status.failed())
      return status.within(linesPath + ":" + std::to_string(lineNumber));
    return true;
  }
  if (lines.bad())
    return Status(AGR_FILE_UNREADABLE,
                  "cannot read '" + linesPath + "': " + errnoText(errno));
  return false;
}

Status Inputs::readLine(const std::string &line) {
  nlohmann::json object =
      nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object())
    return Status(AGR_FILE_MALFORMED, "not a JSON object");
  std::vector<bool> here = given;
  for (const auto &item : object.items()) {
    size_t index = findSlot(session->inputs, item.key());
    if (index == session->inputs.size())
      return Status(AGR_BAD_TENSOR, "there is no input '" + item.key() +
                                        "'; the inputs are " +
                                        Session::names(session->inputs));
    Slot &slot = session->inputs[index];
    Expected<Tensor> tensor =
        tensorFromJson(item.value(), slot.tensor.dtype, slot.tensor.shape);
    if (tensor.failed())
      return tensor.status().within("input '" + slot.name + "'");
    if (tensor->data.size() != 0)
      memcpy(slot.tensor.data.data(), tensor->data.data(), tensor->data.size());
    here[index] = true;
  }
  for (size_t i = 0; i < here.size(); ++i)
    if (!here[i])
      return Status(AGR_FILE_MALFORMED,
                    "input '" + session->inputs[i].name + "' is missing");
  return Status();
}
