//===- SchemaPrinter.cpp - the published JSON Schemas -----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schema.h"
#include "autoglm/Device/Adapters.h"
#include "autoglm/Device/Descriptor.h"

#include "llvm/Support/JSON.h"

using llvm::ArrayRef;
using llvm::StringRef;

namespace autoglm {

using Kind = Field::Kind;

namespace {
class SchemaPrinter {
public:
  SchemaPrinter(llvm::json::OStream &json) : json(json) {}

  /// `required` says whether missing fields are told, here and in objects
  /// inside; those in lists always are.
  void object(ArrayRef<Field> fields, bool root, bool required) {
    json.attribute("type", "object");
    json.attributeObject("properties", [&] {
      if (root)
        json.attributeObject("$schema",
                             [&] { json.attribute("type", "string"); });
      json.attributeObject("source", [&] {
        json.attribute("type", "string");
        json.attribute("description",
                       "Where the numbers in here come from, unless they say");
      });
      for (const Field &field : fields)
        json.attributeObject(field.name, [&] { value(field, required); });
    });
    if (required)
      names(fields);
    json.attribute("additionalProperties", false);
  }

  /// What a descriptor that extends no other must have, in objects, too.
  void requirements(ArrayRef<Field> fields) {
    names(fields);
    json.attributeObject("properties", [&] {
      for (const Field &field : fields)
        if (field.kind == Kind::Object &&
            llvm::any_of(field.children, [](auto &f) { return f.required; }))
          json.attributeObject(field.name,
                               [&] { requirements(field.children); });
    });
  }

  void define(Unit unit) {
    json.attributeObject(getName(unit), [&] {
      json.attributeArray("anyOf", [&] {
        json.object([&] { json.attribute("type", "null"); });
        json.object([&] { number(unit); });
        json.object([&] {
          json.attribute("type", "object");
          json.attributeObject("properties", [&] {
            json.attributeObject("value", [&] { number(unit); });
            json.attributeObject("source",
                                 [&] { json.attribute("type", "string"); });
          });
          json.attributeArray("required", [&] { json.value("value"); });
          json.attribute("additionalProperties", false);
        });
      });
    });
  }

private:
  void names(ArrayRef<Field> fields) {
    json.attributeArray("required", [&] {
      for (const Field &field : fields)
        if (field.required)
          json.value(field.name);
    });
  }

  void choices(ArrayRef<StringRef> choices, bool optional) {
    if (choices.empty())
      return;
    json.attributeArray("enum", [&] {
      for (StringRef choice : choices)
        json.value(choice);
      if (optional)
        json.value(nullptr);
    });
  }

  /// What may be left out may also be null.
  void type(StringRef type, bool optional) {
    if (!optional)
      return json.attribute("type", type);
    json.attributeArray("type", [&] {
      json.value(type);
      json.value("null");
    });
  }

  void elements(const Field &field) {
    json.attributeArray("anyOf", [&] {
      if (field.kind == Kind::KeysOrObjects)
        json.object([&] { json.attribute("type", "string"); });
      json.object(
          [&] { object(field.children, /*root=*/false, /*required=*/true); });
    });
  }

  void number(Unit unit) {
    if (isPlain(unit)) {
      json.attribute("type", unit == Unit::Count ? "integer" : "number");
      json.attribute("minimum", 0);
      return;
    }
    json.attribute("type", "string");
    json.attributeArray("examples", [&] { json.value(getExample(unit)); });
  }

  /// Name of a unit's definition, which is shared by all fields that have it.
  static StringRef getName(Unit unit) {
    switch (unit) {
    case Unit::Count:
      return "count";
    case Unit::Ratio:
      return "ratio";
    case Unit::Bytes:
      return "bytes";
    case Unit::BytesPerSecond:
      return "bandwidth";
    case Unit::Hertz:
      return "frequency";
    case Unit::Seconds:
      return "time";
    case Unit::OperationsPerSecond:
      return "rate";
    case Unit::Joules:
      return "energy";
    case Unit::JoulesPerByte:
      return "energyPerByte";
    case Unit::Watts:
      break;
    }
    return "power";
  }

  void quantity(Unit unit) {
    json.attribute("$ref", ("#/$defs/" + getName(unit)).str());
  }

  void value(const Field &field, bool required) {
    json.attribute("description", field.description);
    bool optional = !field.required;
    switch (field.kind) {
    case Kind::String:
    case Kind::Choice:
      type("string", optional);
      choices(field.choices, optional);
      break;
    case Kind::Strings:
      type("array", optional);
      json.attributeObject("items", [&] {
        json.attribute("type", "string");
        choices(field.choices, /*optional=*/false);
      });
      break;
    case Kind::Flag:
      type("boolean", optional);
      break;
    case Kind::Quantity:
      quantity(field.unit);
      break;
    case Kind::Object:
      if (field.required)
        object(field.children, /*root=*/false, required);
      else
        json.attributeArray("anyOf", [&] {
          json.object([&] { json.attribute("type", "null"); });
          json.object(
              [&] { object(field.children, /*root=*/false, required); });
        });
      break;
    case Kind::Quantities:
      type("object", optional);
      json.attributeObject("properties", [&] {
        json.attributeObject("source",
                             [&] { json.attribute("type", "string"); });
        for (StringRef choice : field.choices)
          json.attributeObject(choice, [&] { quantity(field.unit); });
      });
      if (field.choices.empty())
        json.attributeObject("additionalProperties",
                             [&] { quantity(field.unit); });
      else
        json.attribute("additionalProperties", false);
      break;
    case Kind::Objects:
    case Kind::KeysOrObjects:
    case Kind::List:
      type("array", optional);
      json.attributeObject("items", [&] { elements(field); });
      break;
    }
  }

  llvm::json::OStream &json;
};
} // namespace

static void define(SchemaPrinter &printer) {
  // All units, from the first to the last.
  for (auto unit = static_cast<int>(Unit::Count);
       unit <= static_cast<int>(Unit::Watts); ++unit)
    printer.define(static_cast<Unit>(unit));
}

void printDescriptorSchema(llvm::raw_ostream &os) {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  ArrayRef<Field> fields = getDescriptorFields();
  json.object([&] {
    json.attribute("$schema", "https://json-schema.org/draft/2020-12/schema");
    json.attribute("title", "Device descriptor of Open-AutoGLM");
    SchemaPrinter printer(json);
    json.attributeObject("$defs", [&] {
      define(printer);
      json.attributeObject("short", [&] {
        printer.object(getShortFields(), /*root=*/true, /*required=*/true);
      });
      json.attributeObject("descriptor", [&] {
        printer.object(fields, /*root=*/true, /*required=*/false);
      });
    });
    auto has = [&](StringRef field) {
      json.attributeObject("if", [&] {
        json.attributeArray("required", [&] { json.value(field); });
      });
    };
    json.attribute("type", "object");
    has("device_type");
    json.attributeObject("then",
                         [&] { json.attribute("$ref", "#/$defs/short"); });
    json.attributeObject("else", [&] {
      json.attribute("$ref", "#/$defs/descriptor");
      has("extends");
      json.attributeObject("then", [&] {
        json.attributeArray("required", [&] {
          for (const Field &field : fields)
            if (field.required && isIdentity(field.name))
              json.value(field.name);
        });
      });
      json.attributeObject("else", [&] { printer.requirements(fields); });
    });
  });
  os << "\n";
}

void printAdaptersSchema(llvm::raw_ostream &os) {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("$schema", "https://json-schema.org/draft/2020-12/schema");
    json.attribute("title", "Device adapters of Open-AutoGLM");
    SchemaPrinter printer(json);
    json.attributeObject("$defs", [&] { define(printer); });
    printer.object(getAdapterFields(), /*root=*/true, /*required=*/true);
  });
  os << "\n";
}

} // namespace autoglm
