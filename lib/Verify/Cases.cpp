//===- Cases.cpp - cases in ONNX's backend-test layout -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Cases.h"

#include "ElementTypes.h"

#include "autoglm/Runtime/IO/Files.h"
#include "autoglm/Support/File.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <map>

using namespace mlir;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace autoglm::verify {

/// Deeper folders are no tree of cases but a loop of links.
static constexpr int kMaxDepth = 32;

static llvm::Error fail(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static std::string join(StringRef folder, StringRef name) {
  SmallString<128> result(folder);
  path::append(result, name);
  return result.str().str();
}

static llvm::Error collect(const std::string &folder, const std::string &name,
                           std::vector<Case> &cases, int depth) {
  if (fs::exists(join(folder, "model.onnx"))) {
    cases.push_back({name, folder});
    return llvm::Error::success();
  }
  if (depth > kMaxDepth)
    return fail("'" + folder + "' is nested too deeply");
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; entry != end && !error;
       entry.increment(error)) {
    if (!fs::is_directory(entry->path()))
      continue;
    std::string child = path::filename(entry->path()).str();
    if (llvm::Error nested =
            collect(entry->path(), depth == 0 ? child : name + "/" + child,
                    cases, depth + 1))
      return nested;
  }
  if (error)
    return fail("cannot read '" + folder + "': " + error.message());
  return llvm::Error::success();
}

llvm::Expected<std::vector<Case>> findCases(const std::string &root) {
  SmallString<128> absolute(root);
  fs::make_absolute(absolute);
  path::remove_dots(absolute, /*remove_dot_dot=*/true);
  std::vector<Case> cases;
  if (!fs::is_directory(absolute))
    return fail("'" + root + "' is no folder");
  if (llvm::Error error = collect(absolute.str().str(),
                                  path::filename(absolute).str(), cases, 0))
    return error;
  if (cases.empty())
    return fail("there is no model.onnx in '" + root + "' or below");
  llvm::sort(cases,
             [](const Case &a, const Case &b) { return a.name < b.name; });
  return cases;
}

static llvm::Expected<NamedTensor> readTensor(MLIRContext &context,
                                              const std::string &file) {
  std::string shortName = path::filename(file).str();
  auto mapped = MappedFile::open(file);
  if (!mapped)
    return fail("cannot read '" + shortName +
                "': " + llvm::toString(mapped.takeError()));
  StringRef bytes = (*mapped)->getBytes();
  auto read = rt::readPb(
      {reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()});
  if (read.failed())
    return fail("'" + shortName + "': " + read.status().message());
  auto owner = std::make_shared<rt::Tensor>(std::move(read->second));
  auto type = RankedTensorType::get(owner->shape,
                                    getElementType(context, owner->dtype));
  return NamedTensor{read->first,
                     Tensor::view(type, owner->data.data(), owner)};
}

/// Names of a folder's entries `<prefix><number><suffix>`, by number.
static std::map<unsigned, std::string>
listNumbered(const std::string &folder, StringRef prefix, StringRef suffix) {
  std::map<unsigned, std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; entry != end && !error;
       entry.increment(error)) {
    StringRef name = path::filename(entry->path()), number = name;
    unsigned value;
    if (number.consume_front(prefix) && number.consume_back(suffix) &&
        !number.getAsInteger(10, value))
      names[value] = name.str();
  }
  return names;
}

llvm::Expected<std::vector<DataSet>> readDataSets(MLIRContext &context,
                                                  const std::string &folder) {
  std::vector<DataSet> dataSets;
  for (const auto &[number, name] :
       listNumbered(folder, "test_data_set_", "")) {
    DataSet dataSet{name, {}, {}};
    std::string own = join(folder, name);
    for (auto [prefix, tensors] : {std::pair("input_", &dataSet.inputs),
                                   std::pair("output_", &dataSet.outputs)}) {
      for (const auto &[index, file] : listNumbered(own, prefix, ".pb")) {
        if (index != tensors->size())
          return fail(name + " has no " + prefix +
                      llvm::Twine(tensors->size()) + ".pb");
        auto tensor = readTensor(context, join(own, file));
        if (!tensor)
          return fail(name + ": " + llvm::toString(tensor.takeError()));
        tensors->push_back(*tensor);
      }
    }
    if (dataSet.outputs.empty())
      return fail(name + " has no outputs");
    dataSets.push_back(std::move(dataSet));
  }
  if (dataSets.empty())
    return fail("there is no test_data_set_*");
  return dataSets;
}

} // namespace autoglm::verify
