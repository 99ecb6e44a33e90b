//===- Settings.cpp - numbers from the command line -------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reader.h"

#include "llvm/ADT/StringExtras.h"

using llvm::ArrayRef;
using llvm::StringRef;
using llvm::Twine;

namespace autoglm {

using Kind = Field::Kind;

namespace {
/// One setting on its way down a descriptor.
struct Setting {
  StringRef text, path, value;
  std::vector<DescriptorProblem> &problems;

  void report(const Twine &message) {
    DescriptorProblem problem;
    problem.code = ErrorCode::Usage;
    problem.message = ("--device-set " + text + ": " + message).str();
    problems.push_back(std::move(problem));
  }

  /// Sets `path`, which is below `object` with these fields.
  void apply(DescriptorValue &object, ArrayRef<Field> fields, StringRef path);
  void applyTo(DescriptorValue &object, const Field &field, StringRef name);
  void unknown(StringRef name, ArrayRef<StringRef> names) {
    std::string where = path.drop_back(path.size() - path.rfind(name)).str();
    report("there is no '" + name + "'" +
           (where.empty() ? ""
                          : " in '" + where.substr(0, where.size() - 1) + "'") +
           (names.size() <= 20 && suggest(name, names).empty()
                ? "; there are " + llvm::join(names, ", ")
                : suggest(name, names)));
  }
};
} // namespace

void Setting::applyTo(DescriptorValue &object, const Field &field,
                      StringRef name) {
  std::vector<DescriptorProblem> found;
  DescriptorValue read = readSetting("--device-set", value, field, "", found);
  for (const DescriptorProblem &problem : found)
    report(problem.message);
  read.path = path.str();
  // Whatever is wrong with it is the command line's fault.
  read.file.clear();
  read.line = read.column = 0;
  read.name = name.str();
  if (DescriptorValue *known = object.findToChange(name))
    *known = std::move(read);
  else
    object.members.push_back(std::move(read));
}

void Setting::apply(DescriptorValue &object, ArrayRef<Field> fields,
                    StringRef rest) {
  auto [name, below] = rest.split('.');
  std::vector<StringRef> names;
  for (const Field &field : fields)
    if (!isIdentity(field.name) && field.name != "family")
      names.push_back(field.name);
  const auto *field = llvm::find_if(
      fields, [&, name = name](const Field &f) { return f.name == name; });
  if (field == fields.end() || !llvm::is_contained(names, name))
    return unknown(name, names);
  bool isTree =
      field->kind == Kind::Object || field->kind == Kind::Quantities ||
      field->kind == Kind::Objects || field->kind == Kind::KeysOrObjects;
  if (!isTree) {
    if (!below.empty())
      return report("'" + name + "' has nothing below it");
    return applyTo(object, *field, name);
  }
  if (below.empty())
    return report("'" + name + "' is no value; name a field of it");
  DescriptorValue *inner = object.findToChange(name);
  if (!inner || inner->kind != DescriptorValue::Kind::Object) {
    DescriptorValue made;
    made.kind = DescriptorValue::Kind::Object;
    made.path = object.path + "/" + name.str();
    if (inner) {
      made.name = name.str();
      *inner = std::move(made);
    } else {
      object.add(name, std::move(made));
      inner = &object.members.back();
    }
  }
  if (field->kind == Kind::Object)
    return apply(*inner, field->children, below);
  if (field->kind == Kind::Quantities) {
    if (!field->choices.empty() && !llvm::is_contained(field->choices, below))
      return unknown(below, field->choices);
    return applyTo(*inner, Field{below, Kind::Quantity, false, "", field->unit},
                   below);
  }
  // An element is there already: where it would belong is not known.
  std::vector<StringRef> keys;
  for (const DescriptorValue &member : inner->members)
    keys.push_back(member.name);
  // Keys may hold dots.
  for (size_t dot = below.find('.'); dot != StringRef::npos;
       dot = below.find('.', dot + 1))
    if (DescriptorValue *member = inner->findToChange(below.take_front(dot)))
      return apply(*member, field->children, below.drop_front(dot + 1));
  unknown(below.split('.').first, keys);
}

void applySetting(DescriptorValue &root, StringRef text,
                  std::vector<DescriptorProblem> &problems) {
  auto [path, value] = text.split('=');
  Setting setting{text, path, value, problems};
  if (path.empty() || value.empty())
    return setting.report("expected PATH=VALUE, such as "
                          "memory.dram.bandwidth=34GB/s");
  setting.apply(root, getDescriptorFields(), path);
}

std::vector<std::vector<std::string>>
distributeSettings(ArrayRef<std::string> devices,
                   ArrayRef<std::string> settings,
                   std::vector<DescriptorProblem> &problems) {
  std::vector<std::vector<std::string>> result(devices.size());
  for (const std::string &text : settings) {
    bool taken = false;
    for (size_t i = 0; i < devices.size(); ++i)
      if (StringRef rest(text);
          rest.consume_front(devices[i]) && rest.consume_front(":")) {
        result[i].push_back(rest.str());
        taken = true;
      }
    if (taken)
      continue;
    auto report = [&](const Twine &message) {
      DescriptorProblem problem;
      problem.code = ErrorCode::Usage;
      problem.message = ("--device-set " + text + ": " + message).str();
      problems.push_back(std::move(problem));
    };
    StringRef path = StringRef(text).split('=').first;
    std::string known = llvm::join(devices, ", ");
    if (path.contains(':'))
      report("'" + path.rsplit(':').first + "' is none of the devices " +
             known);
    else if (devices.size() > 1)
      report("with several devices, write DEVICE:PATH=VALUE, where DEVICE is "
             "one of " +
             known);
    else if (devices.size() == 1)
      result[0].push_back(text);
    else
      report("there is no device to change; name it with --device");
  }
  return result;
}

} // namespace autoglm
