//===- Pins.cpp - placements that the user decided -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeKey.h"
#include "autoglm/Pipeline/Placement.h"
#include "autoglm/Support/File.h"
#include "autoglm/Support/Suggest.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using json = nlohmann::json;

namespace autoglm {

/// A file with one row per operation is some hundred bytes a row.
static constexpr size_t maxFileBytes = size_t(1) << 28;

namespace {
class PinReader {
public:
  PinReader(ModuleOp module, const std::string &file,
            DiagnosticPrinter &diagnostics)
      : module(module), file(file), diagnostics(diagnostics) {}

  LogicalResult read();

private:
  LogicalResult fail(const std::string &path, const std::string &what) {
    diagnostics.error(ErrorCode::BadPins, file,
                      (path.empty() ? "" : path + ": ") + what);
    return failure();
  }
  LogicalResult pinEntry(const json &entry, const std::string &path);
  LogicalResult pinRow(const json &row, const std::string &path);
  /// A member's text; nothing if it is missing or null, failure if it is
  /// something else.
  FailureOr<std::optional<std::string>>
  getText(const json &row, const char *key, const std::string &path);

  ModuleOp module;
  const std::string &file;
  DiagnosticPrinter &diagnostics;
  /// Of the entry that is read, by node.
  std::map<std::string, std::vector<std::pair<NodeKey, Operation *>>> byNode;
};
} // namespace

FailureOr<std::optional<std::string>>
PinReader::getText(const json &row, const char *key, const std::string &path) {
  auto found = row.find(key);
  if (found == row.end() || found->is_null())
    return std::optional<std::string>();
  if (!found->is_string()) {
    (void)fail(path + "/" + key, "must be a text");
    return failure();
  }
  return std::optional<std::string>(found->get<std::string>());
}

LogicalResult PinReader::pinRow(const json &row, const std::string &path) {
  if (!row.is_object())
    return fail(path, "must be an object");
  auto node = getText(row, "node", path);
  auto operation = getText(row, "operation", path);
  auto device = getText(row, "device", path);
  if (failed(node) || failed(operation) || failed(device))
    return failure();
  if (!*node)
    return fail(path, "has no 'node'");
  std::optional<uint64_t> index;
  if (auto found = row.find("index"); found != row.end() && !found->is_null()) {
    if (!found->is_number_unsigned())
      return fail(path + "/index", "must be a whole number");
    index = found->get<uint64_t>();
  }
  if (!*device)
    return success();
  if (!isa_and_nonnull<DeviceOp>(module.lookupSymbol(**device))) {
    std::string names;
    for (auto op : module.getOps<DeviceOp>())
      names += (names.empty() ? "" : ", ") + op.getSymName().str();
    return fail(path + "/device", "'" + **device +
                                      "' is no device of this compilation; "
                                      "there are " +
                                      names);
  }
  auto known = byNode.find(**node);
  if (known == byNode.end()) {
    std::vector<StringRef> names;
    for (auto &[name, ops] : byNode)
      if (!name.empty())
        names.push_back(name);
    return fail(path + "/node",
                "there is no node '" + **node + "'" + suggest(**node, names));
  }
  bool found = false;
  for (auto &[key, op] : known->second) {
    if ((*operation && key.operation != **operation) ||
        (index && key.index != *index))
      continue;
    op->setAttr(kPinAttr,
                FlatSymbolRefAttr::get(module.getContext(), **device));
    found = true;
  }
  if (!found)
    return fail(path, "node '" + **node + "' has no operation '" +
                          operation->value_or("") + "'" +
                          (index ? " number " + std::to_string(*index) : ""));
  return success();
}

LogicalResult PinReader::pinEntry(const json &entry, const std::string &path) {
  if (!entry.is_object())
    return fail(path, "must be an object");
  auto name = getText(entry, "name", path);
  if (failed(name))
    return failure();
  auto nodes = entry.find("nodes");
  if (!*name || nodes == entry.end() || !nodes->is_array())
    return fail(path, "must have a 'name' and a list 'nodes'");
  auto function = module.lookupSymbol<func::FuncOp>(**name);
  if (!function)
    return fail(path + "/name", "the model has no entry '" + **name + "'");
  byNode.clear();
  NodeCounter counter;
  function.walk([&](ComputeOpInterface op) {
    NodeKey key = counter.next(op);
    byNode[key.node].emplace_back(key, op);
  });
  for (size_t i = 0; i < nodes->size(); ++i)
    if (failed(pinRow((*nodes)[i], path + "/nodes/" + std::to_string(i))))
      return failure();
  return success();
}

LogicalResult PinReader::read() {
  auto mapped = MappedFile::open(file);
  if (!mapped) {
    diagnostics.error(ErrorCode::CannotRead, file,
                      llvm::toString(mapped.takeError()));
    return failure();
  }
  if ((*mapped)->getSize() > maxFileBytes)
    return fail("", "is too large for a placement");
  StringRef text = (*mapped)->getBytes();
  json root = json::parse(text.begin(), text.end(), nullptr,
                          /*allow_exceptions=*/false);
  if (root.is_discarded())
    return fail("", "is no JSON");
  auto entries = root.is_object() ? root.find("entries") : root.end();
  if (!root.is_object() || entries == root.end() || !entries->is_array())
    return fail("", "must be an object with a list 'entries', as --explain "
                    "writes it");
  for (size_t i = 0; i < entries->size(); ++i)
    if (failed(pinEntry((*entries)[i], "/entries/" + std::to_string(i))))
      return failure();
  return success();
}

LogicalResult applyPins(ModuleOp module, const std::string &file,
                        DiagnosticPrinter &diagnostics) {
  return PinReader(module, file, diagnostics).read();
}

} // namespace autoglm
