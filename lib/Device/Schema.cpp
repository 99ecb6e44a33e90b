//===- Schema.cpp - the fields of a device descriptor -----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schema.h"

#include "llvm/ADT/StringExtras.h"

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
    {"energy", Kind::Quantity, false, "Of one byte", Unit::JoulesPerByte},
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
    {"busy", Kind::Quantity, false,
     "Drawn at work on average, where single operations are not known",
     Unit::Watts},
    {"max", Kind::Quantity, false, "Drawn at most", Unit::Watts},
    {"uncertainty", Kind::Quantity, false,
     "Of these numbers, relative: 0.3 is plus or minus 30 %", Unit::Ratio},
};

static const Field descriptorFields[] = {
    {"name", Kind::String, true,
     "What --device takes: lower case, digits, '-', '_', '.'"},
    {"family", Kind::String, true, "The target and driver that serve it"},
    {"description", Kind::String, true, "One sentence for `autoglm-device`"},
    {"aliases", Kind::Strings, false, "Further names"},
    {"default_for", Kind::Strings, false,
     "Device types, such as \"GPU\", that stand for this device and its family "
     "where nothing else is said"},
    {"extends", Kind::String, false,
     "Name of another device, or a file beside this one, whose fields count "
     "where this file has none"},
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
    {"load", Kind::Quantity, false,
     "Share of the device that others use, in percent below 100"},
    {"launch_overhead", Kind::Quantity, false, "Time of starting one launch",
     Unit::Seconds},
};

static const Field shortFields[] = {
    {"device_type", Kind::String, true,
     "Stands for a family: a word of some descriptor's 'default_for'"},
    {"name", Kind::String, false, "What the device is called; else the file's"},
    {"description", Kind::String, false, "One sentence for `autoglm-device`"},
    {"compute_units", Kind::Quantity, false, "Compute units (cores)"},
    {"clock", Kind::Quantity, false, "Sustained clock of a unit", Unit::Hertz},
    {"rates",
     Kind::Quantities,
     false,
     "Peak operations per second of the device by element type",
     Unit::OperationsPerSecond,
     {},
     types},
    {"memory_size", Kind::Quantity, false, "Of the main memory", Unit::Bytes},
    {"memory_bandwidth", Kind::Quantity, false, "Of the main memory",
     Unit::BytesPerSecond},
    {"launch_overhead", Kind::Quantity, false, "Time of starting one launch",
     Unit::Seconds},
    {"supported_ops",
     Kind::KeysOrObjects,
     false,
     "Operators the device takes",
     {},
     opFields,
     {},
     "op"},
};

static const Field adapterConfigFields[] = {
    {"max_memory_ratio", Kind::Quantity, false,
     "Share of the main memory that may be used, above 0 and up to 1",
     Unit::Ratio},
};

static const Field adapterFields[] = {
    {"type", Kind::String, false,
     "A family, or a device type as in 'default_for'; instead of 'device'"},
    {"device", Kind::String, false,
     "Name or descriptor file of a device; instead of 'type'"},
    {"priority", Kind::Quantity, true, "1 comes first; each only once"},
    {"config",
     Kind::Object,
     false,
     "How the device may be used",
     {},
     adapterConfigFields},
    {"links",
     Kind::Objects,
     false,
     "Links to other devices of the file, besides those of the descriptor",
     {},
     linkFields,
     {},
     "to"},
};

static const Field adaptersFields[] = {
    {"device_adapters",
     Kind::List,
     true,
     "The devices to choose from",
     {},
     adapterFields},
};

ArrayRef<Field> getDescriptorFields() { return descriptorFields; }
ArrayRef<Field> getShortFields() { return shortFields; }
ArrayRef<Field> getAdapterFields() { return adaptersFields; }

bool isIdentity(StringRef field) {
  return field == "name" || field == "description" || field == "aliases" ||
         field == "default_for" || field == "extends";
}

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

} // namespace autoglm
