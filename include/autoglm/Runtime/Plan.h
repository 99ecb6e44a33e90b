//===- Plan.h - the host program of a bundle --------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_PLAN_H
#define AUTOGLM_RUNTIME_PLAN_H

#include "autoglm/Runtime/Manifest.h"

namespace autoglm::rt {

enum class RegisterType : uint8_t { Buffer, I64, Bool, Event };

/// A number, or the i64 register that holds it.
struct Operand {
  bool isRegister = false;
  int64_t value = 0;
};

struct Command {
  bool isCopy = false;
  uint32_t executable = 0;
  /// Index into Plan::kernels.
  uint32_t kernel = 0;
  std::vector<uint32_t> buffers;
  std::vector<Operand> scalars;
  Operand extent;
  /// How many of the buffers, the last ones, a launch writes; it may write all
  /// if that is unknown.
  std::optional<uint32_t> outputs;
  /// What it computes and moves, for profiles; 0 if unknown.
  uint64_t flops = 0, bytes = 0;
};

enum class Opcode : uint8_t {
  Arena,
  Weights,
  Alloc,
  View,
  Copy,
  Submit,
  Transfer,
  Wait,
  ReadScalar,
  Const,
  Move,
  Add,
  Sub,
  Mul,
  Div,
  Rem,
  Min,
  Max,
  Eq,
  Ne,
  Lt,
  Le,
  Branch,
  CondBranch,
  Call,
  Return,
};

/// One instruction; which fields it uses follows from the opcode.
struct Instruction {
  Opcode opcode = Opcode::Return;
  agr_dtype dtype = AGR_INT64; // read_scalar
  uint32_t result = 0;         // r
  uint32_t device = 0;
  uint32_t first = 0,
           second = 0; // registers: buffer, source, target, condition
  Operand lhs, rhs;    // also offset, bytes, value
  uint32_t target = 0, otherwise = 0; // branches; the function of a call
  uint32_t list = 0;                  // submit: number of this command list
  std::vector<uint32_t> registers;    // waits, events, arguments, values
  std::vector<uint32_t> results;      // call
  std::vector<Command> commands;
  std::string label; // transfer
};

struct Function {
  std::string name;
  std::vector<RegisterType> registers;
  std::vector<uint32_t> arguments;
  std::vector<RegisterType> results;
  std::vector<Instruction> code;
};

/// A kernel that some launch names.
struct Kernel {
  uint32_t executable = 0;
  std::string symbol;
  /// What profiles show.
  std::string label;
};

struct Plan {
  std::vector<Function> functions;
  std::vector<Kernel> kernels;
  /// By entry, the function of the same name.
  std::vector<uint32_t> entryFunctions;
  /// By device, the largest arena that an instruction asks for.
  std::vector<uint64_t> arenaBytes;
  uint32_t numLists = 0;

  /// Parses and checks plan.json against the manifest: types, ranges, branch
  /// targets, signatures, windows whose place is known.
  static Expected<Plan> parse(Bytes text, const Manifest &manifest);
};

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_PLAN_H
