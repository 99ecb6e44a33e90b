//===- Interpreter.h - executes a plan --------------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_INTERPRETER_H
#define AUTOGLM_RUNTIME_INTERPRETER_H

#include "autoglm/Runtime/Context.h"

namespace autoglm::rt {

/// One run of one entry. Registers start as 0, false, the empty buffer and the
/// event that is done.
class Interpreter {
public:
  explicit Interpreter(Context &context)
      : context(context), bundle(context.bundle) {}
  /// Runs the entry to its end; every event it started is done afterwards,
  /// also after an error.
  Status run();

private:
  struct Value {
    int64_t number = 0;
    Window window;
    std::shared_ptr<Event> event;
  };
  struct Frame {
    const Function *function;
    std::vector<Value> registers;
    /// What `alloc` made: lives until the function returns, also when no
    /// register names it any more, because work in flight may use it.
    std::vector<std::shared_ptr<Memory>> owned;
  };

  Context &context;
  LoadedBundle &bundle;
  std::vector<std::shared_ptr<Event>> pending;
  unsigned depth = 0;

  Status execute(Frame &frame, std::vector<Value> &results);
  Status step(Frame &frame, const Instruction &code);
  Status memory(Frame &frame, const Instruction &code);
  Status readScalar(Frame &frame, const Instruction &code);
  Status submit(Frame &frame, const Instruction &code);
  Status record(Frame &frame, const Instruction &code, RecordedList &list);
  Status call(Frame &frame, const Instruction &code);
  Status waitFor(Event &event);
  Status drain();
  void collectTimes(Event &event);

  static int64_t number(const Frame &frame, const Operand &operand) {
    return operand.isRegister ? frame.registers[operand.value].number
                              : operand.value;
  }
};

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_INTERPRETER_H
