//===- Resolve.cpp - from a checked descriptor to an attribute --*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reader.h"
#include "autoglm/Support/Hash.h"

#include "mlir/IR/Builders.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace autoglm {

using Kind = DescriptorValue::Kind;

const DescriptorValue *DescriptorValue::find(StringRef wanted) const {
  for (const DescriptorValue &member : members)
    if (member.name == wanted)
      return &member;
  return nullptr;
}

std::string DescriptorValue::getText(StringRef wanted) const {
  const DescriptorValue *member = find(wanted);
  return member ? member->text : "";
}

std::optional<double> DescriptorValue::getNumber(StringRef wanted) const {
  const DescriptorValue *member = find(wanted);
  if (!member || member->kind != Kind::Number)
    return std::nullopt;
  return member->number;
}

//===----------------------------------------------------------------------===//
// Contradictions
//===----------------------------------------------------------------------===//

void checkContradictions(const DescriptorValue &root,
                         std::vector<DescriptorProblem> &problems) {
  const DescriptorValue *extends = root.find("extends");
  auto report = [&](const DescriptorValue &at, const Twine &message) {
    // The base is right by itself; it is the extension that contradicts it.
    const DescriptorValue &place =
        !at.origin.empty() && extends ? *extends : at;
    DescriptorProblem problem;
    problem.file = place.file;
    problem.line = place.line;
    problem.column = place.column;
    problem.path = at.path;
    problem.message = message.str();
    problems.push_back(std::move(problem));
  };

  for (StringRef field : {"name", "family"})
    if (!isName(root.getText(field)))
      report(*root.find(field),
             "'" + root.getText(field) +
                 "' is no name: lower-case letters, digits, '-', '_', '.'");
  if (const DescriptorValue *aliases = root.find("aliases"))
    for (const std::string &alias : aliases->texts) {
      if (!isName(alias))
        report(*aliases,
               "'" + alias +
                   "' is no name: lower-case letters, digits, '-', '_', '.'");
      if (alias == root.getText("name"))
        report(*aliases, "'" + alias + "' is the name already");
    }

  const DescriptorValue &compute = *root.find("compute");
  std::optional<double> units = compute.getNumber("units");
  if (compute.getNumber("rows").has_value() !=
      compute.getNumber("cols").has_value())
    report(compute, "'rows' and 'cols' go together");
  if (const DescriptorValue *dataflow = compute.find("dataflow"))
    if (dataflow->kind == Kind::Text && !compute.find("rows"))
      report(*dataflow, "says how an array works, but there are no 'rows'");
  for (StringRef field : {"units", "vector_bits", "clock", "rows", "cols"})
    if (compute.getNumber(field) == 0.0)
      report(*compute.find(field), "must not be 0; null if it is unknown");
  if (std::optional<double> bits = compute.getNumber("vector_bits"))
    if (*bits != 0 &&
        (*bits < 8 || !llvm::isPowerOf2_64(static_cast<uint64_t>(*bits))))
      report(*compute.find("vector_bits"), "must be a power of two from 8 on");

  const DescriptorValue &memory = *root.find("memory");
  if (memory.members.empty()) {
    report(memory, "must hold the main memory at least");
    return;
  }
  const DescriptorValue &main = memory.members.back();
  for (const DescriptorValue &level : memory.members) {
    std::optional<double> size = level.getNumber("size");
    std::optional<double> mainSize = main.getNumber("size");
    if (size && mainSize && *size > *mainSize)
      report(*level.find("size"),
             "is more than the main memory, '" + main.name +
                 "', has: " + formatQuantity(*size, Unit::Bytes) + " and " +
                 formatQuantity(*mainSize, Unit::Bytes));
    if (size == 0.0)
      report(*level.find("size"), "must not be 0; null if it is unknown");
    if (level.getNumber("bandwidth") == 0.0)
      report(*level.find("bandwidth"), "must not be 0; null if it is unknown");
    std::optional<double> sharedBy = level.getNumber("shared_by");
    if (sharedBy && units && *sharedBy > *units)
      report(*level.find("shared_by"),
             "is more than there are units: " + Twine(int64_t(*sharedBy)) +
                 " and " + Twine(int64_t(*units)));
    for (StringRef field : {"line", "alignment"})
      if (std::optional<double> bytes = level.getNumber(field))
        if (!llvm::isPowerOf2_64(static_cast<uint64_t>(*bytes)))
          report(*level.find(field), "must be a power of two");
  }

  // A driver's name becomes part of a file name.
  if (const DescriptorValue *drivers = root.find("executable_by"))
    for (const std::string &driver : drivers->texts)
      if (!isName(driver) || driver.find('.') != std::string::npos)
        report(*drivers, "'" + driver +
                             "' is no driver: lower-case letters, digits, "
                             "'-', '_'");
  if (const DescriptorValue *types = root.find("default_for"))
    for (const std::string &type : types->texts)
      if (type.find_first_of(":=/. ") != std::string::npos)
        report(*types, "'" + type + "' is no word");

  if (std::optional<double> load = root.getNumber("load"); load >= 100.0)
    report(*root.find("load"), "must be below 100 percent");

  const DescriptorValue *energy = root.find("energy");
  if (!energy)
    return;
  if (const DescriptorValue *levels = energy->find("memory"))
    for (const DescriptorValue &level : levels->members)
      if (!memory.find(level.name))
        report(level, "'" + level.name + "' is no level of 'memory'");
  // What is unknown contradicts nothing.
  auto checkOrder = [&](StringRef less, StringRef more) {
    std::optional<double> low = energy->getNumber(less);
    std::optional<double> high = energy->getNumber(more);
    if (low && high && *low > *high)
      report(*energy->find(less), "is more than '" + more + "'");
  };
  checkOrder("idle", "busy");
  checkOrder("busy", "max");
  checkOrder("idle", "max");
}

//===----------------------------------------------------------------------===//
// The attribute
//===----------------------------------------------------------------------===//

/// Null for what is unknown.
static Attribute buildAttribute(Builder &builder,
                                const DescriptorValue &value) {
  switch (value.kind) {
  case Kind::Unknown:
    return {};
  case Kind::Text:
    return builder.getStringAttr(value.text);
  case Kind::Flag:
    return builder.getBoolAttr(value.flag);
  case Kind::Number:
    if (isIntegral(value.unit))
      return builder.getI64IntegerAttr(static_cast<int64_t>(value.number));
    return builder.getF64FloatAttr(value.number);
  case Kind::Texts: {
    SmallVector<Attribute> texts;
    for (const std::string &text : value.texts)
      texts.push_back(builder.getStringAttr(text));
    return builder.getArrayAttr(texts);
  }
  case Kind::Object:
    break;
  }
  SmallVector<NamedAttribute> members;
  for (const DescriptorValue &member : value.members)
    if (Attribute attribute = buildAttribute(builder, member))
      members.push_back(builder.getNamedAttr(member.name, attribute));
  return builder.getDictionaryAttr(members);
}

DeviceAttr buildDevice(MLIRContext *context, const DescriptorValue &root) {
  Builder builder(context);
  SmallVector<NamedAttribute> properties;
  for (const DescriptorValue &member : root.members) {
    // Identity is the attribute's own; wording changes no device.
    if (member.name == "family" || isIdentity(member.name))
      continue;
    if (Attribute attribute = buildAttribute(builder, member))
      properties.push_back(builder.getNamedAttr(member.name, attribute));
  }
  // A dictionary is sorted, so the order of levels would be lost.
  properties.push_back(builder.getNamedAttr(
      "main_memory",
      builder.getStringAttr(root.find("memory")->members.back().name)));
  DictionaryAttr dictionary = builder.getDictionaryAttr(properties);
  std::string name = root.getText("name"), family = root.getText("family");
  std::string text = name + "\n" + family + "\n";
  llvm::raw_string_ostream(text) << dictionary;
  return DeviceAttr::get(context, name, family, hashBytes(text), dictionary);
}

static void listInto(const DescriptorValue &value, const std::string &path,
                     std::vector<DescriptorField> &fields) {
  auto add = [&](std::string text) {
    fields.push_back({path, std::move(text), value.source, value.origin});
  };
  switch (value.kind) {
  case Kind::Unknown:
    return add("unknown");
  case Kind::Text:
    return add(value.text);
  case Kind::Flag:
    return add(value.flag ? "true" : "false");
  case Kind::Number:
    return add(formatQuantity(value.number, value.unit));
  case Kind::Texts:
    return add(llvm::join(value.texts, " "));
  case Kind::Object:
    break;
  }
  if (value.members.empty())
    add("");
  for (const DescriptorValue &member : value.members)
    listInto(member, path.empty() ? member.name : path + "." + member.name,
             fields);
}

void listFields(const DescriptorValue &root,
                std::vector<DescriptorField> &fields) {
  // In one order, wherever a field comes from.
  for (const Field &field : getDescriptorFields())
    if (const DescriptorValue *member = root.find(field.name))
      listInto(*member, member->name, fields);
}

} // namespace autoglm
