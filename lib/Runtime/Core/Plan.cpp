//===- Plan.cpp - reading plan.json ---------------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanCheck.h"
#include "autoglm/Runtime/Json.h"

#include <iterator>
#include <map>

using namespace autoglm::rt;

namespace {

constexpr size_t maxRegisters = 1 << 20;

struct OpcodeName {
  const char *name;
  Opcode opcode;
};
constexpr OpcodeName opcodeNames[] = {
    {"arena", Opcode::Arena},
    {"weights", Opcode::Weights},
    {"alloc", Opcode::Alloc},
    {"view", Opcode::View},
    {"copy", Opcode::Copy},
    {"submit", Opcode::Submit},
    {"transfer", Opcode::Transfer},
    {"wait", Opcode::Wait},
    {"read_scalar", Opcode::ReadScalar},
    {"const", Opcode::Const},
    {"move", Opcode::Move},
    {"add", Opcode::Add},
    {"sub", Opcode::Sub},
    {"mul", Opcode::Mul},
    {"div", Opcode::Div},
    {"rem", Opcode::Rem},
    {"min", Opcode::Min},
    {"max", Opcode::Max},
    {"eq", Opcode::Eq},
    {"ne", Opcode::Ne},
    {"lt", Opcode::Lt},
    {"le", Opcode::Le},
    {"branch", Opcode::Branch},
    {"call", Opcode::Call},
    {"cond_branch", Opcode::CondBranch},
    {"return", Opcode::Return},
};

constexpr const char *typeNames[] = {"buffer", "i64", "bool", "event"};

/// Reads the code of one function, once all signatures are known.
class FunctionReader {
public:
  FunctionReader(Plan &plan, const Manifest &manifest, Function &function,
                 std::map<std::pair<uint32_t, std::string>, uint32_t> &kernels)
      : plan(plan), manifest(manifest), function(function), kernels(kernels) {}

  void read(const Node &code);

private:
  Plan &plan;
  const Manifest &manifest;
  Function &function;
  std::map<std::pair<uint32_t, std::string>, uint32_t> &kernels;
  size_t codeSize = 0;

  void instruction(const Node &node);
  void memory(const Node &node, Instruction &out);
  void scalar(const Node &node, Instruction &out);
  void submit(const Node &node, Instruction &out);
  void transfer(const Node &node, Instruction &out);
  void call(const Node &node, Instruction &out);
  Command command(const Node &node, uint32_t device);

  uint32_t anyRegister(const Node &node) {
    return node.index(function.registers.size(), "register");
  }
  uint32_t reg(const Node &node, RegisterType type) {
    uint32_t index = anyRegister(node);
    if (!node.failed() && function.registers[index] != type)
      node.fail("register " + std::to_string(index) + " is not a " +
                typeNames[static_cast<int>(type)]);
    return index;
  }
  std::vector<uint32_t> regs(const Node &list, RegisterType type) {
    std::vector<uint32_t> out;
    for (size_t i = 0, n = list.size(); i < n && !list.failed(); ++i)
      out.push_back(reg(list.at(i), type));
    return out;
  }
  Operand operand(const Node &node, int64_t low = INT64_MIN) {
    if (!node.isObject())
      return {false, node.integer(low)};
    node.object({"reg"});
    return {true, static_cast<int64_t>(reg(node["reg"], RegisterType::I64))};
  }
  uint32_t device(const Node &node) {
    std::string name = node.string();
    for (size_t i = 0; i < manifest.devices.size(); ++i)
      if (manifest.devices[i].name == name)
        return static_cast<uint32_t>(i);
    node.fail("there is no device '" + name + "'");
    return 0;
  }
  uint32_t kernel(uint32_t executable, const std::string &symbol,
                  const std::string &label) {
    auto [it, isNew] = kernels.try_emplace({executable, symbol + '\0' + label},
                                           plan.kernels.size());
    if (isNew)
      plan.kernels.push_back({executable, symbol, label});
    return it->second;
  }
};

void FunctionReader::memory(const Node &node, Instruction &out) {
  switch (out.opcode) {
  case Opcode::Arena: {
    node.object({"op", "r", "device", "bytes"});
    out.device = device(node["device"]);
    if (node.failed())
      return;
    int64_t limit = manifest.devices[out.device].arenaBytes;
    out.rhs.value = node["bytes"].integer(0, limit);
    uint64_t &most = plan.arenaBytes[out.device];
    most = std::max(most, static_cast<uint64_t>(out.rhs.value));
    break;
  }
  case Opcode::Weights: {
    node.object({"op", "r", "device", "offset", "bytes"});
    out.device = device(node["device"]);
    auto file = manifest.files.find("weights.bin");
    int64_t size =
        file == manifest.files.end() ? 0 : int64_t(file->second.bytes);
    out.lhs.value = node["offset"].integer(0, size);
    out.rhs.value = node["bytes"].integer(0, size - out.lhs.value);
    break;
  }
  case Opcode::Alloc:
    node.object({"op", "r", "device", "bytes"});
    out.device = device(node["device"]);
    out.rhs = operand(node["bytes"], 0);
    break;
  case Opcode::View:
    node.object({"op", "r", "buffer", "offset", "bytes"});
    out.first = reg(node["buffer"], RegisterType::Buffer);
    out.lhs = operand(node["offset"], 0);
    out.rhs = operand(node["bytes"], 0);
    break;
  default: // Copy has no result.
    node.object({"op", "source", "target"});
    out.first = reg(node["source"], RegisterType::Buffer);
    out.second = reg(node["target"], RegisterType::Buffer);
    return;
  }
  out.result = reg(node["r"], RegisterType::Buffer);
}

void FunctionReader::scalar(const Node &node, Instruction &out) {
  switch (out.opcode) {
  case Opcode::ReadScalar: {
    node.object({"op", "r", "buffer", "offset", "dtype"});
    out.first = reg(node["buffer"], RegisterType::Buffer);
    out.lhs = operand(node["offset"], 0);
    std::optional<agr_dtype> dtype = dtypeFromName(node["dtype"].string());
    if (!dtype || *dtype < AGR_INT8)
      return node["dtype"].fail("an integer type or bool is expected");
    out.dtype = *dtype;
    out.result = anyRegister(node["r"]);
    break;
  }
  case Opcode::Const:
    node.object({"op", "r", "value"});
    out.result = anyRegister(node["r"]);
    if (node.failed())
      return;
    out.lhs.value = function.registers[out.result] == RegisterType::Bool
                        ? node["value"].boolean()
                        : node["value"].integer();
    break;
  case Opcode::Move:
    node.object({"op", "r", "source"});
    out.first = anyRegister(node["source"]);
    if (!node.failed())
      out.result = reg(node["r"], function.registers[out.first]);
    return;
  default: {
    node.object({"op", "r", "lhs", "rhs"});
    out.lhs = operand(node["lhs"]);
    out.rhs = operand(node["rhs"]);
    bool compares = out.opcode >= Opcode::Eq && out.opcode <= Opcode::Le;
    out.result =
        reg(node["r"], compares ? RegisterType::Bool : RegisterType::I64);
    return;
  }
  }
  RegisterType type = function.registers[out.result];
  if (type != RegisterType::I64 && type != RegisterType::Bool)
    node["r"].fail("register " + std::to_string(out.result) +
                   " is not an i64 or bool");
}

Command FunctionReader::command(const Node &node, uint32_t onDevice) {
  Command out;
  std::string op = node["op"].string();
  if (op == "copy") {
    node.object({"op", "source", "target"});
    out.isCopy = true;
    out.buffers = {reg(node["source"], RegisterType::Buffer),
                   reg(node["target"], RegisterType::Buffer)};
    return out;
  }
  if (op != "launch") {
    node["op"].fail("there is no command '" + op + "'");
    return out;
  }
  node.object({"op", "executable", "function", "buffers", "scalars", "extent"},
              {"label", "outputs", "flops", "bytes"});
  std::string name = node["executable"].string();
  size_t index = 0;
  while (index < manifest.executables.size() &&
         manifest.executables[index].name != name)
    ++index;
  if (index == manifest.executables.size()) {
    node["executable"].fail("there is no executable '" + name + "'");
    return out;
  }
  if (manifest.executables[index].device != onDevice)
    node["executable"].fail("it belongs to another device");
  out.executable = static_cast<uint32_t>(index);
  std::string symbol = node["function"].string();
  std::string label = node.has("label") ? node["label"].string() : symbol;
  if (symbol.empty() || symbol.find('\0') != std::string::npos)
    node["function"].fail("not a symbol");
  out.kernel = kernel(out.executable, symbol, label);
  out.buffers = regs(node["buffers"], RegisterType::Buffer);
  if (node.has("outputs"))
    out.outputs = static_cast<uint32_t>(
        node["outputs"].integer(0, static_cast<int64_t>(out.buffers.size())));
  if (node.has("flops"))
    out.flops = static_cast<uint64_t>(node["flops"].integer(0));
  if (node.has("bytes"))
    out.bytes = static_cast<uint64_t>(node["bytes"].integer(0));
  Node scalars = node["scalars"];
  for (size_t i = 0, n = scalars.size(); i < n && !node.failed(); ++i)
    out.scalars.push_back(operand(scalars.at(i)));
  out.extent = operand(node["extent"], 0);
  return out;
}

void FunctionReader::submit(const Node &node, Instruction &out) {
  node.object({"op", "r", "device", "waits", "commands"});
  out.device = device(node["device"]);
  out.result = reg(node["r"], RegisterType::Event);
  out.registers = regs(node["waits"], RegisterType::Event);
  Node commands = node["commands"];
  for (size_t i = 0, n = commands.size(); i < n && !node.failed(); ++i)
    out.commands.push_back(command(commands.at(i), out.device));
  out.list = plan.numLists++;
}

void FunctionReader::transfer(const Node &node, Instruction &out) {
  node.object({"op", "r", "device", "waits", "source", "target"}, {"label"});
  out.device = device(node["device"]);
  out.result = reg(node["r"], RegisterType::Event);
  out.registers = regs(node["waits"], RegisterType::Event);
  out.first = reg(node["source"], RegisterType::Buffer);
  out.second = reg(node["target"], RegisterType::Buffer);
  if (node.has("label"))
    out.label = node["label"].string();
}

void FunctionReader::call(const Node &node, Instruction &out) {
  node.object({"op", "function", "arguments", "results"});
  std::string name = node["function"].string();
  size_t index = 0;
  while (index < plan.functions.size() && plan.functions[index].name != name)
    ++index;
  if (index == plan.functions.size())
    return node["function"].fail("there is no function '" + name + "'");
  out.target = static_cast<uint32_t>(index);
  const Function &callee = plan.functions[index];
  Node arguments = node["arguments"], results = node["results"];
  if (arguments.size() != callee.arguments.size())
    return arguments.fail("'" + name + "' takes " +
                          std::to_string(callee.arguments.size()));
  for (size_t i = 0; i < callee.arguments.size() && !node.failed(); ++i)
    out.registers.push_back(
        reg(arguments.at(i), callee.registers[callee.arguments[i]]));
  if (results.size() != callee.results.size())
    return results.fail("'" + name + "' returns " +
                        std::to_string(callee.results.size()));
  for (size_t i = 0; i < callee.results.size() && !node.failed(); ++i)
    out.results.push_back(reg(results.at(i), callee.results[i]));
}

void FunctionReader::instruction(const Node &node) {
  std::string name = node["op"].string();
  const OpcodeName *found = nullptr;
  for (const OpcodeName &row : opcodeNames)
    if (name == row.name)
      found = &row;
  if (!found)
    return node["op"].fail("there is no instruction '" + name + "'");
  Instruction out;
  out.opcode = found->opcode;
  switch (out.opcode) {
  case Opcode::Submit:
    submit(node, out);
    break;
  case Opcode::Transfer:
    transfer(node, out);
    break;
  case Opcode::Wait:
    node.object({"op", "events"});
    out.registers = regs(node["events"], RegisterType::Event);
    break;
  case Opcode::Branch:
    node.object({"op", "target"});
    out.target = node["target"].index(codeSize, "instruction");
    break;
  case Opcode::CondBranch:
    node.object({"op", "condition", "true", "false"});
    out.first = reg(node["condition"], RegisterType::Bool);
    out.target = node["true"].index(codeSize, "instruction");
    out.otherwise = node["false"].index(codeSize, "instruction");
    break;
  case Opcode::Call:
    call(node, out);
    break;
  case Opcode::Return: {
    node.object({"op", "values"});
    Node values = node["values"];
    if (values.size() != function.results.size())
      values.fail("every return must give the same number of values");
    for (size_t i = 0; i < function.results.size() && !node.failed(); ++i)
      out.registers.push_back(reg(values.at(i), function.results[i]));
    break;
  }
  default:
    if (out.opcode <= Opcode::Copy)
      memory(node, out);
    else
      scalar(node, out);
  }
  function.code.push_back(std::move(out));
}

void FunctionReader::read(const Node &code) {
  codeSize = code.size();
  for (size_t i = 0; i < codeSize && !code.failed(); ++i)
    instruction(code.at(i));
  if (code.failed())
    return;
  bool ends = !function.code.empty() &&
              (function.code.back().opcode == Opcode::Return ||
               function.code.back().opcode == Opcode::Branch ||
               function.code.back().opcode == Opcode::CondBranch);
  if (!ends)
    code.fail("the last instruction must be a return or branch");
}

/// Registers, arguments and (from the first return) result types.
void readSignature(const Node &node, Function &function) {
  node.object({"name", "registers", "arguments", "code"});
  function.name = node["name"].string();
  Node registers = node["registers"];
  if (registers.size() > maxRegisters)
    return registers.fail("too many registers");
  for (size_t i = 0, n = registers.size(); i < n && !node.failed(); ++i) {
    std::string name = registers.at(i).string();
    size_t type = 0;
    while (type < std::size(typeNames) && name != typeNames[type])
      ++type;
    if (type == std::size(typeNames))
      return registers.at(i).fail("unknown register type '" + name + "'");
    function.registers.push_back(static_cast<RegisterType>(type));
  }
  Node arguments = node["arguments"];
  for (size_t i = 0, n = arguments.size(); i < n && !node.failed(); ++i)
    function.arguments.push_back(
        arguments.at(i).index(function.registers.size(), "register"));
  Node code = node["code"];
  for (size_t i = 0, n = code.size(); i < n && !node.failed(); ++i) {
    if (!code.at(i).has("op") || code.at(i)["op"].raw() != "return")
      continue;
    Node values = code.at(i)["values"];
    for (size_t k = 0, count = values.size(); k < count && !node.failed(); ++k)
      function.results.push_back(
          function.registers.empty()
              ? RegisterType::I64
              : function.registers[values.at(k).index(function.registers.size(),
                                                      "register")]);
    break;
  }
}

void matchEntry(const Node &functions, Plan &plan, const EntryInfo &entry) {
  size_t index = 0;
  while (index < plan.functions.size() &&
         plan.functions[index].name != entry.name)
    ++index;
  if (index == plan.functions.size())
    return functions.fail("there is no function for entry '" + entry.name +
                          "'");
  const Function &function = plan.functions[index];
  Node node = functions.at(index);
  if (function.arguments.size() != entry.inputs.size() + entry.outputs.size())
    return node["arguments"].fail("one per input and output is expected");
  for (uint32_t argument : function.arguments)
    if (function.registers[argument] != RegisterType::Buffer)
      return node["arguments"].fail("buffers are expected");
  if (!function.results.empty())
    return node.fail("the function of an entry returns nothing");
  plan.entryFunctions.push_back(static_cast<uint32_t>(index));
}

} // namespace

Expected<Plan> Plan::parse(Bytes text, const Manifest &manifest) {
  nlohmann::json json;
  if (Status status = Node::parse(text, "plan.json", json); status.failed())
    return status;
  Status status;
  Node root(json, "plan.json", status);
  root.object({"format", "functions"});
  root["format"].integer(1, 1);
  Node functions = root["functions"];
  Plan plan;
  plan.arenaBytes.resize(manifest.devices.size());
  for (size_t i = 0, n = functions.size(); i < n && !root.failed(); ++i) {
    Function function;
    readSignature(functions.at(i), function);
    for (const Function &other : plan.functions)
      if (other.name == function.name)
        functions.at(i).fail("the name '" + function.name + "' appears twice");
    plan.functions.push_back(std::move(function));
  }
  for (const EntryInfo &entry : manifest.entries)
    if (!root.failed())
      matchEntry(functions, plan, entry);
  std::map<std::pair<uint32_t, std::string>, uint32_t> kernels;
  for (size_t i = 0; i < plan.functions.size() && !root.failed(); ++i) {
    FunctionReader(plan, manifest, plan.functions[i], kernels)
        .read(functions.at(i)["code"]);
    const EntryInfo *entry = nullptr;
    for (size_t e = 0; e < plan.entryFunctions.size(); ++e)
      if (plan.entryFunctions[e] == i)
        entry = &manifest.entries[e];
    if (!root.failed())
      checkWindows(functions.at(i)["code"], plan.functions[i], entry);
    if (!root.failed() && entry)
      checkRaces(functions.at(i)["code"], plan.functions[i], *entry, manifest);
  }
  if (status.failed())
    return status;
  return plan;
}
