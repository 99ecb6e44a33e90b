//===- PlanCheck.cpp - windows whose place is known -----------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PlanCheck.h"

using namespace autoglm::rt;

namespace {
constexpr int64_t unknown = -1;

/// The register that an instruction writes, if it is one of buffers.
void countWrites(const Instruction &code, std::vector<uint32_t> &writes) {
  switch (code.opcode) {
  case Opcode::Arena:
  case Opcode::Weights:
  case Opcode::Alloc:
  case Opcode::View:
  case Opcode::Move:
    ++writes[code.result];
    break;
  case Opcode::Call:
    for (uint32_t result : code.results)
      ++writes[result];
    break;
  default:
    break;
  }
}
} // namespace

void autoglm::rt::checkWindows(const Node &nodes, const Function &function,
                               const EntryInfo *entry) {
  std::vector<uint32_t> writes(function.registers.size());
  std::vector<int64_t> sizes(function.registers.size(), unknown);
  for (uint32_t argument : function.arguments)
    ++writes[argument];
  for (const Instruction &code : function.code)
    countWrites(code, writes);
  auto know = [&](uint32_t reg, int64_t bytes) {
    if (writes[reg] == 1)
      sizes[reg] = bytes;
  };
  if (entry) {
    size_t next = 0;
    for (const std::vector<TensorInfo> *list :
         {&entry->inputs, &entry->outputs})
      for (const TensorInfo &tensor : *list)
        know(function.arguments[next++], static_cast<int64_t>(tensor.bytes));
  }
  for (size_t i = 0; i < function.code.size() && !nodes.failed(); ++i) {
    const Instruction &code = function.code[i];
    switch (code.opcode) {
    case Opcode::Arena:
    case Opcode::Weights:
      know(code.result, code.rhs.value);
      break;
    case Opcode::Alloc:
      if (!code.rhs.isRegister)
        know(code.result, code.rhs.value);
      break;
    case Opcode::View: {
      if (code.rhs.isRegister)
        break;
      know(code.result, code.rhs.value);
      int64_t whole = sizes[code.first];
      int64_t offset = code.lhs.isRegister ? 0 : code.lhs.value;
      if (whole != unknown &&
          (offset > whole || code.rhs.value > whole - offset))
        nodes.at(i).fail("the window [" + std::to_string(offset) + ", +" +
                         std::to_string(code.rhs.value) +
                         ") is not inside its buffer of " +
                         std::to_string(whole) + " bytes");
      break;
    }
    case Opcode::Copy:
    case Opcode::Transfer:
      if (sizes[code.first] != unknown && sizes[code.second] != unknown &&
          sizes[code.first] != sizes[code.second])
        nodes.at(i).fail("source and target differ in size");
      break;
    default:
      break;
    }
  }
}
