//===- Interpreter.cpp - executes a plan ----------------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Interpreter.h"

#include <algorithm>
#include <cstring>
#include <new>

using namespace autoglm::rt;

namespace {

constexpr unsigned maxDepth = 256;

Status failed(const std::string &what) { return Status(AGR_PLAN_FAILED, what); }

/// Arithmetic wraps around; only a division can fail.
Status compute(Opcode opcode, int64_t lhs, int64_t rhs, int64_t &out) {
  uint64_t a = static_cast<uint64_t>(lhs), b = static_cast<uint64_t>(rhs);
  switch (opcode) {
  case Opcode::Add:
    out = static_cast<int64_t>(a + b);
    break;
  case Opcode::Sub:
    out = static_cast<int64_t>(a - b);
    break;
  case Opcode::Mul:
    out = static_cast<int64_t>(a * b);
    break;
  case Opcode::Div:
  case Opcode::Rem:
    if (rhs == 0)
      return failed("division by zero");
    if (rhs == -1) // INT64_MIN / -1 would trap.
      out = opcode == Opcode::Div ? static_cast<int64_t>(0 - a) : 0;
    else
      out = opcode == Opcode::Div ? lhs / rhs : lhs % rhs;
    break;
  case Opcode::Min:
    out = std::min(lhs, rhs);
    break;
  case Opcode::Max:
    out = std::max(lhs, rhs);
    break;
  case Opcode::Eq:
    out = lhs == rhs;
    break;
  case Opcode::Ne:
    out = lhs != rhs;
    break;
  case Opcode::Lt:
    out = lhs < rhs;
    break;
  default:
    out = lhs <= rhs;
    break;
  }
  return Status();
}

template <typename T> int64_t element(const uint8_t *bytes) {
  T value;
  memcpy(&value, bytes, sizeof value);
  return static_cast<int64_t>(value);
}

int64_t scalarValue(agr_dtype dtype, const uint8_t *bytes) {
  switch (dtype) {
  case AGR_INT8:
    return element<int8_t>(bytes);
  case AGR_INT16:
    return element<int16_t>(bytes);
  case AGR_INT32:
    return element<int32_t>(bytes);
  case AGR_UINT8:
    return element<uint8_t>(bytes);
  case AGR_UINT16:
    return element<uint16_t>(bytes);
  case AGR_UINT32:
    return element<uint32_t>(bytes);
  case AGR_BOOL:
    return element<uint8_t>(bytes) != 0;
  default:
    return element<int64_t>(bytes);
  }
}

} // namespace

Status Interpreter::run() {
  const Plan &plan = bundle.plan();
  Frame frame{&plan.functions[plan.entryFunctions[context.index]], {}, {}};
  frame.registers.resize(frame.function->registers.size());
  for (size_t i = 0; i < context.bindings.size(); ++i)
    frame.registers[frame.function->arguments[i]].window = {
        context.bindings[i], 0, context.bindings[i]->size()};
  std::vector<Value> results;
  Status status;
  try {
    status = execute(frame, results);
  } catch (const std::bad_alloc &) {
    status = Status(AGR_OUT_OF_MEMORY, "out of memory");
  }
  Status drained = drain();
  collectTimes();
  return status.failed() ? status : drained;
}

Status Interpreter::drain() {
  Status first;
  for (const std::shared_ptr<Event> &event : pending)
    if (Status status = event->wait(); status.failed() && !first.failed())
      first = status;
  pending.clear();
  return first;
}

Status Interpreter::execute(Frame &frame, std::vector<Value> &results) {
  for (size_t pc = 0;;) {
    const Instruction &code = frame.function->code[pc];
    switch (code.opcode) {
    case Opcode::Branch:
      pc = code.target;
      continue;
    case Opcode::CondBranch:
      pc = frame.registers[code.first].number ? code.target : code.otherwise;
      continue;
    case Opcode::Return:
      for (uint32_t value : code.registers)
        results.push_back(frame.registers[value]);
      return Status();
    default:
      break;
    }
    if (Status status = step(frame, code); status.failed())
      return status.within("function '" + frame.function->name +
                           "', instruction " + std::to_string(pc));
    ++pc;
  }
}

Status Interpreter::step(Frame &frame, const Instruction &code) {
  std::vector<Value> &regs = frame.registers;
  switch (code.opcode) {
  case Opcode::Submit:
    return submit(frame, code);
  case Opcode::Transfer:
    return transfer(frame, code);
  case Opcode::Wait: {
    for (uint32_t event : code.registers)
      if (regs[event].event)
        if (Status status = regs[event].event->wait(); status.failed())
          return status;
    std::erase_if(pending, [](auto &event) { return event->succeeded(); });
    return Status();
  }
  case Opcode::ReadScalar:
    return readScalar(frame, code);
  case Opcode::Const:
    regs[code.result].number = code.lhs.value;
    return Status();
  case Opcode::Move: {
    Value copy = regs[code.first];
    regs[code.result] = std::move(copy);
    return Status();
  }
  case Opcode::Call:
    return call(frame, code);
  default:
    break;
  }
  if (code.opcode <= Opcode::Copy)
    return memory(frame, code);
  return compute(code.opcode, number(frame, code.lhs), number(frame, code.rhs),
                 regs[code.result].number);
}

Status Interpreter::memory(Frame &frame, const Instruction &code) {
  std::vector<Value> &regs = frame.registers;
  int64_t bytes = number(frame, code.rhs);
  switch (code.opcode) {
  case Opcode::Arena:
    regs[code.result].window = {context.arenas[code.device], 0,
                                static_cast<uint64_t>(bytes)};
    return Status();
  case Opcode::Weights:
    regs[code.result].window = {bundle.weights(code.device),
                                static_cast<uint64_t>(code.lhs.value),
                                static_cast<uint64_t>(bytes)};
    return Status();
  case Opcode::Alloc: {
    if (bytes < 0)
      return failed("a buffer of " + std::to_string(bytes) + " bytes");
    Expected<std::shared_ptr<Memory>> made = Memory::allocate(
        bundle.device(code.device), static_cast<uint64_t>(bytes));
    if (made.failed())
      return made.status();
    frame.owned.push_back(*made);
    regs[code.result].window = {made.take(), 0, static_cast<uint64_t>(bytes)};
    return Status();
  }
  case Opcode::View: {
    Window whole = regs[code.first].window;
    int64_t offset = number(frame, code.lhs);
    if (!whole.memory)
      return failed("a window of an empty buffer");
    if (offset < 0 || bytes < 0 ||
        static_cast<uint64_t>(offset) > whole.bytes ||
        static_cast<uint64_t>(bytes) > whole.bytes - offset)
      return failed("the window [" + std::to_string(offset) + ", +" +
                    std::to_string(bytes) + ") is not inside its buffer of " +
                    std::to_string(whole.bytes) + " bytes");
    regs[code.result].window = {whole.memory, whole.offset + offset,
                                static_cast<uint64_t>(bytes)};
    return Status();
  }
  default: {
    const Window &source = regs[code.first].window;
    const Window &target = regs[code.second].window;
    if (!source.memory || !target.memory)
      return failed("a copy of an empty buffer");
    return copy(source, target);
  }
  }
}

Status Interpreter::readScalar(Frame &frame, const Instruction &code) {
  Window window = frame.registers[code.first].window;
  int64_t offset = number(frame, code.lhs);
  size_t size = dtypeSize(code.dtype);
  if (!window.memory)
    return failed("a scalar of an empty buffer");
  if (offset < 0 || window.bytes < size ||
      static_cast<uint64_t>(offset) > window.bytes - size)
    return failed("the scalar at " + std::to_string(offset) +
                  " is not inside its buffer of " +
                  std::to_string(window.bytes) + " bytes");
  window.offset += offset;
  window.bytes = size;
  uint8_t bytes[8] = {};
  if (Status status = readWindow(window, bytes); status.failed())
    return status;
  int64_t value = scalarValue(code.dtype, bytes);
  bool isBool = frame.function->registers[code.result] == RegisterType::Bool;
  frame.registers[code.result].number = isBool ? value != 0 : value;
  return Status();
}

Status Interpreter::call(Frame &frame, const Instruction &code) {
  const Function &callee = bundle.plan().functions[code.target];
  if (depth == maxDepth)
    return failed("calls are nested too deeply");
  Frame inner{&callee, std::vector<Value>(callee.registers.size()), {}};
  for (size_t i = 0; i < code.registers.size(); ++i)
    inner.registers[callee.arguments[i]] = frame.registers[code.registers[i]];
  std::vector<Value> results;
  ++depth;
  Status status = execute(inner, results);
  --depth;
  // The function's own buffers go away now, so nothing may use them any more.
  if (!inner.owned.empty()) {
    Status drained = drain();
    if (!status.failed())
      status = drained;
  }
  if (status.failed())
    return status;
  // Those that it returns go on as the caller's.
  inner.registers.clear();
  for (std::shared_ptr<Memory> &memory : inner.owned)
    if (memory.use_count() > 1)
      frame.owned.push_back(std::move(memory));
  for (size_t i = 0; i < code.results.size(); ++i)
    frame.registers[code.results[i]] = std::move(results[i]);
  return Status();
}
