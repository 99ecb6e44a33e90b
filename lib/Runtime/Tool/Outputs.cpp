//===- Outputs.cpp - where the outputs of a run go ------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Outputs.h"

#include <cerrno>
#include <cstdio>
#include <sys/stat.h>
#include <unistd.h>

using namespace autoglm::rt;

namespace {

/// A line of JSON without copying the tensors.
std::string lineOf(const std::vector<Slot> &slots) {
  std::string out = "{";
  for (const Slot &slot : slots) {
    if (out.size() > 1)
      out += ", ";
    out += jsonString(slot.name) + ": ";
    appendJson(out, slot.tensor);
  }
  return out + "}\n";
}

/// Tensor names may hold any character; file names may not.
std::string fileName(const std::string &name) {
  std::string out = name;
  for (char &c : out)
    if (c == '/' || c == '\0')
      c = '_';
  return out.empty() || out == "." || out == ".." ? "_" + out : out;
}

} // namespace

Status Outputs::open(Session &owner, const std::string &where, bool alsoPrint,
                     bool stream) {
  session = &owner;
  path = where;
  print = alsoPrint;
  if (path.empty())
    return Status();
  for (const char *ending : {".npy", ".npz", ".pb", ".jsonl"})
    if (path.ends_with(ending))
      kind = ending;
  struct stat info;
  bool exists = stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode))
    kind.clear();
  else if (exists && !S_ISREG(info.st_mode) && kind.empty())
    kind = ".jsonl"; // a device or pipe
  if (stream && kind != ".jsonl")
    return Status(AGR_USAGE,
                  "--output " + path + ": .jsonl inputs need a .jsonl output");
  if ((kind == ".npy" || kind == ".pb") && owner.outputs.size() != 1)
    return Status(AGR_USAGE, "--output " + path +
                                 ": the model has the outputs " +
                                 Session::names(owner.outputs) +
                                 "; name a folder, .npz or .jsonl file");
  return kind.empty() ? Status() : file.open(path);
}

std::string Outputs::encode(const Slot &slot) const {
  return kind == ".pb" ? writePb(slot.name, slot.tensor)
                       : writeNpy(slot.tensor);
}

Status Outputs::sample() {
  if (print) {
    std::string line = lineOf(session->outputs);
    if (fwrite(line.data(), 1, line.size(), stdout) != line.size())
      return Status(AGR_OUTPUT_FAILED,
                    "cannot write standard output: " + errnoText(errno));
  }
  if (path.empty())
    return Status();
  if (kind == ".jsonl")
    return file.write(lineOf(session->outputs));
  if (kind == ".npz") {
    NamedTensors tensors;
    for (Slot &slot : session->outputs) {
      Tensor copy{slot.tensor.dtype, slot.tensor.shape,
                  AlignedBytes(slot.tensor.data.size())};
      std::copy_n(slot.tensor.data.data(), slot.tensor.data.size(),
                  copy.data.data());
      tensors.emplace_back(slot.name, std::move(copy));
    }
    return file.write(writeNpz(tensors));
  }
  return kind.empty() ? writeFolder() : file.write(encode(session->outputs[0]));
}

Status Outputs::writeFolder() {
  bool made = mkdir(path.c_str(), 0777) == 0;
  if (!made && errno != EEXIST)
    return Status(AGR_OUTPUT_FAILED,
                  "cannot make the folder '" + path + "': " + errnoText(errno));
  std::vector<std::string> written;
  for (const Slot &slot : session->outputs) {
    std::string name = path + "/" + fileName(slot.name) + ".npy";
    OutputFile one;
    Status status = one.open(name);
    if (!status.failed())
      status = one.write(encode(slot));
    if (!status.failed())
      status = one.commit();
    if (!status.failed()) {
      written.push_back(name);
      continue;
    }
    // All or nothing.
    for (const std::string &done : written)
      unlink(done.c_str());
    if (made)
      rmdir(path.c_str());
    return status;
  }
  return Status();
}

Status Outputs::finish() {
  return path.empty() || kind.empty() ? Status() : file.commit();
}
