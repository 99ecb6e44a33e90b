//===- Reader.cpp - checks YAML nodes by a table of fields -------*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operators.h"
#include "YamlReader.h"

#include "llvm/ADT/StringExtras.h"

using llvm::ArrayRef;
using llvm::StringRef;
using llvm::Twine;

namespace autoglm {

using Kind = Field::Kind;

namespace {
/// Enough to see what is wrong with a file that is none of ours.
constexpr size_t maxProblems = 100;
/// Aliases of YAML may make a short list as long as one likes.
constexpr size_t maxElements = 1000;

bool isQuoted(const YAML::Node &node) { return node.Tag() == "!"; }

std::string join(const std::string &path, StringRef key) {
  std::string result = path + "/";
  for (char c : key)
    result += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return result;
}
} // namespace

std::string describe(const YAML::Node &node) {
  switch (node.Type()) {
  case YAML::NodeType::Null:
    return "null";
  case YAML::NodeType::Sequence:
    return "a list";
  case YAML::NodeType::Map:
    return "an object";
  default:
    break;
  }
  StringRef text = node.Scalar();
  double number;
  if (!isQuoted(node)) {
    if (text == "true" || text == "false")
      return "a truth value";
    if (!text.getAsDouble(number))
      return "a number";
  }
  return "a text";
}

void Reader::report(const YAML::Mark &mark, const std::string &path,
                    const Twine &message) {
  if (problems.size() >= maxProblems)
    return;
  DescriptorProblem problem;
  problem.file = file.str();
  if (!mark.is_null()) {
    problem.line = mark.line + 1;
    problem.column = mark.column + 1;
  }
  problem.path = path;
  problem.message = message.str();
  problems.push_back(std::move(problem));
}

DescriptorValue Reader::start(const YAML::Node &node, const std::string &path) {
  DescriptorValue value;
  value.file = file.str();
  value.path = path;
  if (!node.Mark().is_null()) {
    value.line = node.Mark().line + 1;
    value.column = node.Mark().column + 1;
  }
  return value;
}

bool Reader::expect(const YAML::Node &node, YAML::NodeType::value type,
                    const std::string &path, StringRef what) {
  if (node.Type() == type)
    return true;
  report(node.Mark(), path, "must be " + what + ", not " + describe(node));
  return false;
}

std::optional<std::string> Reader::readText(const YAML::Node &node,
                                            ArrayRef<StringRef> choices,
                                            const std::string &path) {
  if (!node.IsScalar() || describe(node) != "a text") {
    report(node.Mark(), path, "must be a text, not " + describe(node));
    return std::nullopt;
  }
  std::string text = node.Scalar();
  if (text.empty()) {
    report(node.Mark(), path, "must not be empty");
    return std::nullopt;
  }
  if (!choices.empty() && !llvm::is_contained(choices, text)) {
    report(node.Mark(), path,
           "'" + text + "' is none of " + llvm::join(choices, ", "));
    return std::nullopt;
  }
  return text;
}

void Reader::forEach(
    const YAML::Node &node, const std::string &path, std::string &source,
    llvm::function_ref<void(const std::string &, const YAML::Node &,
                            const YAML::Node &)>
        visit) {
  std::vector<std::pair<std::string, YAML::Mark>> seen;
  // The source counts for what stands before it, too.
  for (auto entry : node)
    if (entry.first.IsScalar() && entry.first.Scalar() == "source")
      if (auto text = readText(entry.second, {}, path + "/source"))
        source = *text;
  for (auto entry : node) {
    const YAML::Node &key = entry.first;
    if (!key.IsScalar()) {
      report(key.Mark(), path, "a key must be a text, not " + describe(key));
      continue;
    }
    std::string name = key.Scalar();
    auto first = llvm::find_if(seen, [&](auto &s) { return s.first == name; });
    if (first != seen.end()) {
      report(key.Mark(), join(path, name),
             "key '" + name + "' is given twice, first in line " +
                 Twine(first->second.line + 1));
      continue;
    }
    seen.emplace_back(name, key.Mark());
    if (name != "source")
      visit(name, key, entry.second);
  }
}

DescriptorValue Reader::readQuantity(const YAML::Node &node, Unit unit,
                                     const std::string &path,
                                     std::string source) {
  DescriptorValue value = start(node, path);
  value.unit = unit;
  if (node.IsMap()) {
    YAML::Node inner;
    bool found = false;
    forEach(node, path, source,
            [&](const std::string &name, const YAML::Node &key,
                const YAML::Node &entry) {
              if (name != "value") {
                report(key.Mark(), join(path, name),
                       "unknown key '" + name +
                           "'; a number has 'value' and 'source'");
                return;
              }
              found = true;
              inner.reset(entry);
            });
    if (!found) {
      report(node.Mark(), path, "missing: 'value'");
      return value;
    }
    if (inner.IsMap()) {
      report(inner.Mark(), path + "/value", "must be a number, not an object");
      return value;
    }
    return readQuantity(inner, unit, path, source);
  }
  if (node.IsNull())
    return value;
  if (!node.IsScalar()) {
    report(node.Mark(), path,
           "must be a quantity such as \"" + getExample(unit) +
               "\", or null if it is unknown, not " + describe(node));
    return value;
  }
  if (isPlain(unit) && isQuoted(node)) {
    report(node.Mark(), path, "must be a number, not a text");
    return value;
  }
  llvm::Expected<double> number = parseQuantity(node.Scalar(), unit);
  if (!number) {
    report(node.Mark(), path, llvm::toString(number.takeError()));
    return value;
  }
  if (source.empty()) {
    report(node.Mark(), path,
           "has no source: give this object or one around it a 'source', or "
           "write {\"value\": " +
               (isPlain(unit) ? node.Scalar() : "\"" + node.Scalar() + "\"") +
               ", \"source\": \"...\"}");
    return value;
  }
  value.kind = DescriptorValue::Kind::Number;
  value.number = *number;
  value.source = source;
  return value;
}

DescriptorValue Reader::readQuantities(const YAML::Node &node,
                                       const Field &field,
                                       const std::string &path,
                                       std::string source) {
  DescriptorValue value = start(node, path);
  value.kind = DescriptorValue::Kind::Object;
  forEach(node, path, source,
          [&](const std::string &name, const YAML::Node &key,
              const YAML::Node &entry) {
            std::string inner = join(path, name);
            if (!field.choices.empty() &&
                !llvm::is_contained(field.choices, name)) {
              report(key.Mark(), inner,
                     "unknown key '" + name + "'; it is none of " +
                         llvm::join(field.choices, ", "));
              return;
            }
            value.add(name, readQuantity(entry, field.unit, inner, source));
          });
  return value;
}

DescriptorValue Reader::readObjects(const YAML::Node &node, const Field &field,
                                    const std::string &path,
                                    const std::string &source) {
  DescriptorValue value = start(node, path);
  value.kind = DescriptorValue::Kind::Object;
  if (node.size() > maxElements) {
    report(node.Mark(), path,
           "holds more than " + Twine(maxElements) + " elements");
    return value;
  }
  size_t index = 0;
  for (const YAML::Node &element : node) {
    std::string inner = path + "/" + std::to_string(index++);
    DescriptorValue entry = start(element, inner);
    std::string key;
    if (field.kind == Kind::KeysOrObjects && element.IsScalar()) {
      if (auto text = readText(element, {}, inner))
        key = *text;
      entry.kind = DescriptorValue::Kind::Object;
    } else if (expect(element, YAML::NodeType::Map, inner, "an object")) {
      entry = readObject(element, field.children, inner, source, field.key);
      key = field.kind == Kind::List ? std::to_string(index - 1)
                                     : entry.getText(field.key);
    }
    if (key.empty())
      continue;
    llvm::erase_if(entry.members,
                   [&](auto &member) { return member.name == field.key; });
    if (field.kind == Kind::KeysOrObjects) {
      addOperator(value, key, element.Mark(), std::move(entry));
      continue;
    }
    if (field.kind == Kind::Objects && !isName(key)) {
      report(element.Mark(), inner,
             "'" + key +
                 "' is no name: lower-case letters, digits, '-', '_', "
                 "'.'");
      continue;
    }
    if (value.find(key)) {
      report(element.Mark(), inner, "'" + key + "' is given twice");
      continue;
    }
    value.add(key, std::move(entry));
  }
  return value;
}

void Reader::addOperator(DescriptorValue &list, const std::string &spelling,
                         const YAML::Mark &mark, DescriptorValue entry) {
  std::vector<std::string> names = resolveOperator(spelling);
  if (names.empty())
    return report(mark, entry.path,
                  "'" + spelling + "' is no operator" +
                      suggestOperator(spelling));
  bool added = false;
  for (const std::string &name : names) {
    bool known = llvm::any_of(list.members, [&](auto &member) {
      return normalizeOperator(member.name) == normalizeOperator(name);
    });
    if (!known)
      list.add(name, entry);
    added |= !known;
  }
  // Of a spelling that stands for several operators, some may be there.
  if (!added)
    report(mark, entry.path,
           "'" + spelling + "' is given twice" +
               (names.front() == spelling
                    ? ""
                    : ", as '" + llvm::join(names, "' and '") + "'"));
}

DescriptorValue Reader::readValue(const YAML::Node &node, const Field &field,
                                  const std::string &path,
                                  const std::string &source) {
  DescriptorValue value = start(node, path);
  if (node.IsNull() && !field.required && field.kind != Kind::Quantity)
    return value;
  switch (field.kind) {
  case Kind::String:
  case Kind::Choice:
    if (auto text = readText(node, field.choices, path)) {
      value.kind = DescriptorValue::Kind::Text;
      value.text = *text;
    }
    break;
  case Kind::Strings: {
    if (!expect(node, YAML::NodeType::Sequence, path, "a list"))
      break;
    value.kind = DescriptorValue::Kind::Texts;
    size_t index = 0;
    for (const YAML::Node &element : node) {
      std::string inner = path + "/" + std::to_string(index++);
      auto text = readText(element, field.choices, inner);
      if (!text)
        continue;
      if (llvm::is_contained(value.texts, *text))
        report(element.Mark(), inner, "'" + *text + "' is given twice");
      else
        value.texts.push_back(*text);
    }
    break;
  }
  case Kind::Flag:
    if (describe(node) != "a truth value") {
      report(node.Mark(), path, "must be true or false, not " + describe(node));
      break;
    }
    value.kind = DescriptorValue::Kind::Flag;
    value.flag = node.Scalar() == "true";
    break;
  case Kind::Quantity:
    return readQuantity(node, field.unit, path, source);
  case Kind::Object:
    if (expect(node, YAML::NodeType::Map, path, "an object"))
      return readObject(node, field.children, path, source);
    break;
  case Kind::Quantities:
    if (expect(node, YAML::NodeType::Map, path, "an object"))
      return readQuantities(node, field, path, source);
    break;
  case Kind::Objects:
  case Kind::KeysOrObjects:
  case Kind::List:
    if (expect(node, YAML::NodeType::Sequence, path, "a list"))
      return readObjects(node, field, path, source);
    break;
  }
  return value;
}

DescriptorValue Reader::readObject(const YAML::Node &node,
                                   ArrayRef<Field> fields,
                                   const std::string &path, std::string source,
                                   StringRef elementKey) {
  DescriptorValue value = start(node, path);
  value.kind = DescriptorValue::Kind::Object;
  std::vector<StringRef> names;
  for (const Field &field : fields)
    names.push_back(field.name);
  std::vector<std::string> seen;
  forEach(node, path, source,
          [&](const std::string &name, const YAML::Node &key,
              const YAML::Node &entry) {
            std::string inner = join(path, name);
            if (path.empty() && name == "$schema")
              return;
            const auto *field = llvm::find_if(
                fields, [&](const Field &f) { return f.name == name; });
            if (field == fields.end()) {
              report(key.Mark(), inner,
                     "unknown key '" + name + "'" + suggest(name, names));
              return;
            }
            seen.push_back(name);
            value.add(name, readValue(entry, *field, inner, source));
          });
  auto mayInherit = [&](const Field &field) {
    return extends && field.name != elementKey &&
           !(path.empty() && isIdentity(field.name));
  };
  for (const Field &field : fields)
    if (field.required && !mayInherit(field) &&
        !llvm::is_contained(seen, field.name))
      report(node.Mark(), path,
             "missing: '" + field.name + "' (" + field.description + ")");
  return value;
}

} // namespace autoglm
