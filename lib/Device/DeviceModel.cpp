//===- DeviceModel.cpp - answers from descriptor data -----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Device/DeviceModel.h"
#include "Schema.h"
#include "dialects/AutoGLM/Layout.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace mlir;

namespace autoglm {

Attribute lookupProperty(DeviceAttr device, StringRef path) {
  Attribute found = device.getProperties();
  while (!path.empty()) {
    auto dictionary = dyn_cast_or_null<DictionaryAttr>(found);
    if (!dictionary)
      return {};
    auto [head, tail] = path.split('.');
    found = dictionary.get(head);
    path = tail;
  }
  return found;
}

std::string getTypeName(Type type) {
  type = getStorageType(type);
  if (type.isBF16())
    return "bfloat16";
  if (auto real = dyn_cast<FloatType>(type))
    return "float" + std::to_string(real.getWidth());
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer)
    return "";
  if (integer.getWidth() == 1)
    return "bool";
  return (integer.isUnsigned() ? "uint" : "int") +
         std::to_string(integer.getWidth());
}

std::optional<double> DeviceModel::getNumber(StringRef path) const {
  Attribute attribute = lookupProperty(device, path);
  if (auto integer = dyn_cast_or_null<IntegerAttr>(attribute))
    return static_cast<double>(integer.getInt());
  if (auto real = dyn_cast_or_null<FloatAttr>(attribute))
    return real.getValueAsDouble();
  return std::nullopt;
}

std::string getMainMemoryField(DeviceAttr device, StringRef field) {
  auto level =
      dyn_cast_or_null<StringAttr>(lookupProperty(device, "main_memory"));
  return ("memory." + (level ? level.getValue() : "main") + "." + field).str();
}

//===----------------------------------------------------------------------===//
// Verdicts
//===----------------------------------------------------------------------===//

/// Whether the limits of an entry of `supported_ops` allow the operation.
static Verdict checkLimits(Operation *op, StringRef name,
                           DictionaryAttr limits) {
  std::string field = ("supported_ops." + name).str();
  auto types = limits.getAs<ArrayAttr>("types");
  auto maxRank = limits.getAs<IntegerAttr>("max_rank");
  auto maxDim = limits.getAs<IntegerAttr>("max_dim");
  auto check = [&](Value value) -> Verdict {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      return Verdict::yes();
    std::string element = getTypeName(type.getElementType());
    if (types && llvm::none_of(types.getAsValueRange<StringAttr>(),
                               [&](StringRef t) { return t == element; }))
      return Verdict::no(reason::TypeNotSupported,
                         element + " is none of its element types",
                         field + ".types", "add \"" + element + "\"");
    if (maxRank && type.getRank() > maxRank.getInt())
      return Verdict::no(
          reason::RankTooLarge,
          "rank " + std::to_string(type.getRank()) + " is more than " +
              std::to_string(maxRank.getInt()),
          field + ".max_rank", "at least " + std::to_string(type.getRank()));
    for (int64_t dim : type.getShape()) {
      if (!maxDim)
        break;
      if (ShapedType::isDynamic(dim))
        return Verdict::no(reason::DimUnknown,
                           "a dimension is unknown, at most " +
                               std::to_string(maxDim.getInt()) + " is possible",
                           field + ".max_dim", "fix the shape");
      if (dim > maxDim.getInt())
        return Verdict::no(
            reason::DimTooLarge,
            "dimension " + std::to_string(dim) + " is more than " +
                std::to_string(maxDim.getInt()),
            field + ".max_dim", "at least " + std::to_string(dim));
    }
    return Verdict::yes();
  };
  for (Value operand : op->getOperands()) {
    // A shape or axis is no data.
    if (operand.getDefiningOp<ConstantOp>() &&
        isa<IntegerType>(getElementTypeOrSelf(operand)))
      continue;
    if (Verdict verdict = check(operand); !verdict)
      return verdict;
  }
  for (Value result : op->getResults())
    if (Verdict verdict = check(result); !verdict)
      return verdict;
  return Verdict::yes();
}

/// What the descriptor alone says of an operation; nothing if it does not say.
static std::optional<Verdict> askDescriptor(Operation *op, DeviceAttr device) {
  auto ops =
      dyn_cast_or_null<DictionaryAttr>(lookupProperty(device, "supported_ops"));
  if (!ops)
    return std::nullopt;
  StringRef name = op->getName().stripDialect();
  for (NamedAttribute entry : ops)
    if (normalizeOperator(entry.getName()) == normalizeOperator(name))
      return checkLimits(op, entry.getName(),
                         cast<DictionaryAttr>(entry.getValue()));
  if (isa<DecomposableOpInterface>(op))
    return Verdict::decompose();
  return Verdict::no(reason::OpNotSupported,
                     "'" + name.str() + "' is none of its operators",
                     "supported_ops", "add \"" + name.str() + "\"");
}

Verdict DeviceModel::verdict(Operation *op) const {
  if (auto group = dyn_cast<GroupOp>(op)) {
    for (auto inner : group.getBody().getOps<ComputeOpInterface>()) {
      std::optional<Verdict> said = askDescriptor(inner, device);
      if (said && !*said)
        return *said;
    }
    if (Verdict told = checkFusion(group, device, hooks != nullptr); !told)
      return told;
    if (hooks)
      return hooks->verdict(op, device);
    return Verdict::yes();
  }
  // Constants and the like are data, not work.
  if (!isa<ComputeOpInterface>(op))
    return Verdict::yes();
  std::optional<Verdict> said = askDescriptor(op, device);
  if (said && !*said)
    return *said;
  if (hooks)
    return hooks->verdict(op, device);
  if (said)
    return *said;
  return Verdict::no(reason::OpsUnknown,
                     "its descriptor does not say which operators it takes",
                     "supported_ops", "list the operators");
}

//===----------------------------------------------------------------------===//
// Layouts
//===----------------------------------------------------------------------===//

SmallVector<LayoutChoice> DeviceModel::layouts(Operation *op) const {
  SmallVector<LayoutChoice> choices(1);
  choices[0].layouts.resize(op->getNumOperands() + op->getNumResults());
  choices[0].seconds = estimate(op).seconds;
  if (!hooks)
    return choices;
  SmallVector<LayoutChoice> offered = hooks->layouts(op, device);
  if (!offered.empty() && offered[0].layouts == choices[0].layouts)
    return offered;
  llvm::append_range(choices, offered);
  return choices;
}

double DeviceModel::relayoutSeconds(RankedTensorType from,
                                    RankedTensorType to) const {
  if (hooks)
    if (auto seconds = hooks->relayoutSeconds(from, to, device))
      return *seconds;
  if (isSameMemory(from, to))
    return 0;
  return getTransferSeconds(getPhysicalBytes(from).value_or(0) +
                            getPhysicalBytes(to).value_or(0));
}

//===----------------------------------------------------------------------===//
// Memory and links
//===----------------------------------------------------------------------===//

bool DeviceModel::usesHostMemory() const {
  return hooks && hooks->usesHostMemory(device) &&
         !lookupProperty(device, "links");
}

Verdict DeviceModel::fits(int64_t bytes, double maxRatio) const {
  std::string field = getMainMemoryField(device, "size");
  std::optional<double> size = getNumber(field);
  if (!size || static_cast<double>(bytes) <= *size * maxRatio)
    return Verdict::yes();
  std::string needed = formatQuantity(static_cast<double>(bytes), Unit::Bytes);
  std::string room = formatQuantity(std::floor(*size * maxRatio), Unit::Bytes);
  return Verdict::no(reason::MemoryTooSmall,
                     needed + " are needed, " + room + " are there", field,
                     "at least " + needed);
}

std::optional<Link> DeviceModel::getLink(StringRef to) const {
  auto links =
      dyn_cast_or_null<DictionaryAttr>(lookupProperty(device, "links"));
  auto fields = links ? links.getAs<DictionaryAttr>(to) : DictionaryAttr();
  if (!fields)
    return std::nullopt;
  Link link;
  auto read = [&](StringRef field) -> std::optional<double> {
    if (auto number = fields.getAs<FloatAttr>(field))
      return number.getValueAsDouble();
    return std::nullopt;
  };
  auto miss = [&](StringRef field) {
    link.missing.push_back(("links." + to + "." + field).str());
  };
  if (auto latency = read("latency"))
    link.latency = *latency;
  else
    miss("latency");
  auto bandwidth = read("bandwidth");
  if (bandwidth && *bandwidth > 0)
    link.secondsPerByte = 1 / *bandwidth;
  else
    miss("bandwidth");
  link.joulesPerByte = read("energy").value_or(0);
  return link;
}

Link DeviceModel::getHostLink() const {
  auto links =
      dyn_cast_or_null<DictionaryAttr>(lookupProperty(device, "links"));
  if (!links || links.empty())
    return {};
  if (auto link = getLink("host"))
    return *link;
  return *getLink(links.begin()->getName());
}

} // namespace autoglm
