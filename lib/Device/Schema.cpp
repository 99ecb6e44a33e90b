//===- Schema.cpp - the fields of a device descriptor -----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schema.h"
#include "autoglm/Device/Descriptor.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

using llvm::ArrayRef;
using llvm::StringRef;

namespace autoglm {

using Kind = Field::Kind;

static const StringRef types[] = {"float64", "float32", "float16", "bfloat16",
                                  "float8",  "int64",   "int32",   "int16",
                                  "int8",    "int4",    "uint64",  "uint32",
                                  "uint16",  "uint8",   "uint4",   "bool"};

static const StringRef dataflows[] = {"weight_stationary", "output_stationary",
                                      "both"};
static const StringRef granularities[] = {"per_tensor", "per_channel"};
static const StringRef requantizations[] = {"float32_rne", "int32_mul_shift",
                                            "pow2_shift"};
static const StringRef roundings[] = {"half_even", "half_up", "half_away",
                                      "down"};

static const Field codeFields[] = {
    {"triple", Kind::String, true, "Target triple of LLVM"},
    {"cpu", Kind::String, true, "Processor name of LLVM"},
    {"features", Kind::String, true,
     "Feature string of LLVM, such as \"+a,-b\""},
};

static const Field computeFields[] = {
    {"units", Kind::Quantity, false, "Compute units (cores)"},
    {"clock", Kind::Quantity, false, "Sustained clock of a unit", Unit::Hertz},
    {"vector_bits", Kind::Quantity, false, "Width of a vector register"},
    {"registers", Kind::Quantity, false, "Vector registers of a unit"},
    {"ports", Kind::Quantity, false,
     "Vector multiply-adds that a unit starts in one cycle"},
    {"rows", Kind::Quantity, false, "Rows of a multiply-add array"},
    {"cols", Kind::Quantity, false, "Columns of a multiply-add array"},
    {"dataflow",
     Kind::Choice,
     false,
     "What stays in the array",
     {},
     {},
     dataflows},
    {"rates",
     Kind::Quantities,
     false,
     "Peak operations per second of the device by element type, a multiply-add "
     "counts 2",
     Unit::OperationsPerSecond,
     {},
     types},
};

static const Field memoryFields[] = {
    {"level", Kind::String, true, "Name of the level, such as \"l1\""},
    {"size", Kind::Quantity, false, "Bytes of one instance", Unit::Bytes},
    {"line", Kind::Quantity, false, "Bytes moved together", Unit::Bytes},
    {"bandwidth", Kind::Quantity, false,
     "Between this level and the compute units, all instances together",
     Unit::BytesPerSecond},
    {"latency", Kind::Quantity, false, "Of one access", Unit::Seconds},
    {"shared_by", Kind::Quantity, false,
     "Compute units that share one instance"},
    {"banks", Kind::Quantity, false, "Banks of one instance"},
    {"alignment", Kind::Quantity, false, "Of what is stored here", Unit::Bytes},
};

static const Field linkFields[] = {
    {"to", Kind::String, true, "Name of the device at the other end"},
    {"bandwidth", Kind::Quantity, false, "In one direction",
     Unit::BytesPerSecond},
    {"latency", Kind::Quantity, false, "Of one transfer", Unit::Seconds},
    {"topology", Kind::String, false, "How several devices are linked"},
};

static const Field opFields[] = {
    {"op", Kind::String, true, "Operator, as ONNX or the dialect spells it"},
    {"types",
     Kind::Strings,
     false,
     "Element types of its data operands",
     {},
     {},
     types},
    {"max_rank", Kind::Quantity, false, "Greatest rank of an operand"},
    {"max_dim", Kind::Quantity, false, "Greatest dimension of an operand"},
};

static const Field quantizationFields[] = {
    {"weights",
     Kind::Strings,
     false,
     "Granularities of weight scales",
     {},
     {},
     granularities},
    {"symmetric", Kind::Flag, false, "Whether zero points must be zero"},
    {"activations",
     Kind::Strings,
     false,
     "Element types of activations",
     {},
     {},
     types},
    {"accumulator_bits", Kind::Quantity, false, "Width of the accumulator"},
    {"requantization",
     Kind::Choice,
     false,
     "How an accumulator becomes an activation",
     {},
     {},
     requantizations},
    {"rounding",
     Kind::Choice,
     false,
     "How requantization rounds",
     {},
     {},
     roundings},
};

static const StringRef epilogues[] = {"activation", "bias",        "residual",
                                      "quantize",   "permutation", "reduction",
                                      "opaque"};

static const Field fusionFields[] = {
    {"max_ops", Kind::Quantity, false, "Most operations of one unit"},
    {"epilogues",
     Kind::Strings,
     false,
     "What may follow the first operation of a unit; anything if absent: one "
     "that reads nothing else (activation), tensors that are broadcast (bias) "
     "or as large as the result (residual), changes the element type "
     "(quantize), reads in another order (permutation), reduces (reduction), "
     "or "
     "has no iteration space (opaque)",
     {},
     {},
     epilogues},
    {"multi_result", Kind::Flag, false,
     "Whether a unit may have several results; what the target says if absent"},
};

static const Field energyFields[] = {
    {"mac",
     Kind::Quantities,
     false,
     "Of one multiply-add by element type",
     Unit::Joules,
     {},
     types},
    {"memory", Kind::Quantities, false, "Of one byte by memory level",
     Unit::JoulesPerByte},
    {"idle", Kind::Quantity, false, "Drawn without work", Unit::Watts},
};

static const Field descriptorFields[] = {
    {"name", Kind::String, true,
     "What --device takes: lower case, digits, '-', '_', '.'"},
    {"family", Kind::String, true, "The target and driver that serve it"},
    {"description", Kind::String, true, "One sentence for `autoglm-device`"},
    {"aliases", Kind::Strings, false, "Further names"},
    {"executable_by", Kind::Strings, false,
     "Drivers that run its bundles; the family's if absent"},
    {"features", Kind::Strings, false,
     "What a machine must have, as the driver spells it"},
    {"llvm", Kind::Object, false, "For code generated by LLVM", {}, codeFields},
    {"compute", Kind::Object, true, "Compute units", {}, computeFields},
    {"memory",
     Kind::Objects,
     true,
     "Levels from the nearest to the main memory, which is the last",
     {},
     memoryFields,
     {},
     "level"},
    {"links",
     Kind::Objects,
     false,
     "Links to other devices",
     {},
     linkFields,
     {},
     "to"},
    {"supported_ops",
     Kind::KeysOrObjects,
     false,
     "Operators the device takes; all that its target takes if absent",
     {},
     opFields,
     {},
     "op"},
    {"quantization",
     Kind::Object,
     false,
     "Integer arithmetic",
     {},
     quantizationFields},
    {"fusion",
     Kind::Object,
     false,
     "Operations that become one unit (kernel, call or program); if absent, "
     "what the target says, or one operation each without a target",
     {},
     fusionFields},
    {"energy", Kind::Object, false, "Energy", {}, energyFields},
    {"launch_overhead", Kind::Quantity, false, "Time of starting one launch",
     Unit::Seconds},
};

ArrayRef<Field> getDescriptorFields() { return descriptorFields; }

bool isAnnotation(StringRef key) { return key == "source" || key == "$schema"; }

bool isName(StringRef text) {
  auto isWord = [](char c) {
    return llvm::isDigit(c) || (c >= 'a' && c <= 'z');
  };
  return !text.empty() && isWord(text.front()) && isWord(text.back()) &&
         llvm::all_of(text, [&](char c) {
           return isWord(c) || c == '-' || c == '_' || c == '.';
         });
}

std::string normalizeOperator(StringRef name) {
  std::string result;
  for (char c : name)
    if (c != '_')
      result += llvm::toLower(c);
  return result;
}

//===----------------------------------------------------------------------===//
// The published JSON Schema
//===----------------------------------------------------------------------===//

namespace {
class SchemaPrinter {
public:
  SchemaPrinter(llvm::json::OStream &json) : json(json) {}

  void object(ArrayRef<Field> fields, bool root) {
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
        json.attributeObject(field.name, [&] { value(field); });
    });
    json.attributeArray("required", [&] {
      for (const Field &field : fields)
        if (field.required)
          json.value(field.name);
    });
    json.attribute("additionalProperties", false);
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
  void choices(const Field &field) {
    if (!field.choices.empty())
      json.attributeArray("enum", [&] {
        for (StringRef choice : field.choices)
          json.value(choice);
      });
  }

  void number(Unit unit) {
    if (unit == Unit::Count) {
      json.attribute("type", "integer");
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

  void value(const Field &field) {
    json.attribute("description", field.description);
    switch (field.kind) {
    case Kind::String:
    case Kind::Choice:
      json.attribute("type", "string");
      choices(field);
      break;
    case Kind::Strings:
      json.attribute("type", "array");
      json.attributeObject("items", [&] {
        json.attribute("type", "string");
        choices(field);
      });
      break;
    case Kind::Flag:
      json.attribute("type", "boolean");
      break;
    case Kind::Quantity:
      quantity(field.unit);
      break;
    case Kind::Object:
      object(field.children, /*root=*/false);
      break;
    case Kind::Quantities:
      json.attribute("type", "object");
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
      json.attribute("type", "array");
      json.attributeObject("items",
                           [&] { object(field.children, /*root=*/false); });
      break;
    case Kind::KeysOrObjects:
      json.attribute("type", "array");
      json.attributeObject("items", [&] {
        json.attributeArray("anyOf", [&] {
          json.object([&] { json.attribute("type", "string"); });
          json.object([&] { object(field.children, /*root=*/false); });
        });
      });
      break;
    }
  }

  llvm::json::OStream &json;
};
} // namespace

void printDescriptorSchema(llvm::raw_ostream &os) {
  llvm::json::OStream json(os, /*IndentSize=*/2);
  json.object([&] {
    json.attribute("$schema", "https://json-schema.org/draft/2020-12/schema");
    json.attribute("title", "Device descriptor of Open-AutoGLM");
    SchemaPrinter printer(json);
    json.attributeObject("$defs", [&] {
      for (auto unit = static_cast<int>(Unit::Count);
           unit <= static_cast<int>(Unit::Watts); ++unit)
        printer.define(static_cast<Unit>(unit));
    });
    printer.object(descriptorFields, /*root=*/true);
  });
  os << "\n";
}

} // namespace autoglm
