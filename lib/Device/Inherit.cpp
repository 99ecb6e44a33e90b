//===- Inherit.cpp - what a descriptor has from others ----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reader.h"

#include "llvm/ADT/StringExtras.h"

using llvm::StringRef;

namespace autoglm {

using Kind = DescriptorValue::Kind;

//===----------------------------------------------------------------------===//
// extends
//===----------------------------------------------------------------------===//

static void markOrigin(DescriptorValue &value, StringRef origin) {
  if (value.origin.empty())
    value.origin = origin.str();
  for (DescriptorValue &member : value.members)
    markOrigin(member, origin);
}

DescriptorValue *DescriptorValue::findToChange(StringRef wanted) {
  for (DescriptorValue &member : members)
    if (member.name == wanted)
      return &member;
  if (name == "supported_ops")
    for (DescriptorValue &member : members)
      if (normalizeOperator(member.name) == normalizeOperator(wanted))
        return &member;
  return nullptr;
}

DescriptorValue inherit(const DescriptorValue &base, DescriptorValue own,
                        StringRef origin) {
  if (own.kind != Kind::Object || base.kind != Kind::Object)
    return own;
  DescriptorValue result = own;
  result.members.clear();
  for (const DescriptorValue &member : base.members) {
    if (own.path.empty() && isIdentity(member.name))
      continue;
    result.members.push_back(member);
    markOrigin(result.members.back(), origin);
  }
  // From the last on: what is new comes before the known one it stands before.
  StringRef next;
  for (DescriptorValue &member : llvm::reverse(own.members)) {
    std::string name = member.name;
    if (DescriptorValue *known = result.findToChange(name)) {
      DescriptorValue merged = inherit(*known, std::move(member), origin);
      // Keeps the key's place and the base's spelling.
      merged.name = known->name;
      *known = std::move(merged);
      next = known->name;
      continue;
    }
    auto place =
        llvm::find_if(result.members, [&](auto &m) { return m.name == next; });
    auto added = result.members.insert(place, std::move(member));
    next = added->name;
  }
  return result;
}

//===----------------------------------------------------------------------===//
// The short form
//===----------------------------------------------------------------------===//

DescriptorValue expandShortForm(const DescriptorValue &root, StringRef name,
                                StringRef family) {
  auto object = [&] {
    DescriptorValue value;
    value.kind = Kind::Object;
    value.file = root.file;
    value.line = root.line;
    value.column = root.column;
    return value;
  };
  auto text = [&](StringRef key, StringRef otherwise) {
    const DescriptorValue *given = root.find(key);
    DescriptorValue value = given ? *given : object();
    if (value.kind != Kind::Text) {
      value.kind = Kind::Text;
      value.text = otherwise.str();
    }
    return value;
  };
  // What is not given is unknown, and shown as such.
  auto move = [&](StringRef from, DescriptorValue &to, StringRef key) {
    const DescriptorValue *given = root.find(from);
    DescriptorValue value = given ? *given : object();
    if (!given)
      value.kind = Kind::Unknown;
    to.add(key, std::move(value));
  };
  DescriptorValue result = object();
  result.add("name", text("name", name));
  result.add("family", text("", family));
  result.add("description", text("description", "Described in the short form"));
  DescriptorValue compute = object(), memory = object(), main = object();
  compute.path = "/compute";
  memory.path = "/memory";
  main.path = "/memory/0";
  move("compute_units", compute, "units");
  move("clock", compute, "clock");
  move("rates", compute, "rates");
  move("memory_size", main, "size");
  move("memory_bandwidth", main, "bandwidth");
  result.add("compute", std::move(compute));
  memory.add("main", std::move(main));
  result.add("memory", std::move(memory));
  move("supported_ops", result, "supported_ops");
  move("launch_overhead", result, "launch_overhead");
  return result;
}

} // namespace autoglm
