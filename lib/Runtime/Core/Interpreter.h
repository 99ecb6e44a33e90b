//===- Interpreter.h - executes a plan --------------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_RUNTIME_INTERPRETER_H
#define AUTOGLM_RUNTIME_INTERPRETER_H

#include "autoglm/Runtime/Context.h"

#include <deque>

namespace autoglm::rt {

/// Nanoseconds on the clock of the drivers.
uint64_t driverTime();

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

  using EventList = std::vector<std::shared_ptr<Event>>;

  Context &context;
  LoadedBundle &bundle;
  std::vector<std::shared_ptr<Event>> pending;
  /// What is timed, in the order in which it was begun.
  struct Timed {
    std::shared_ptr<Event> event;
    std::vector<TimeRecord> records;
    /// Not by the driver.
    bool isKnown = false;
  };
  std::deque<Timed> timed;
  unsigned depth = 0;

  Status execute(Frame &frame, std::vector<Value> &results);
  Status step(Frame &frame, const Instruction &code);
  Status memory(Frame &frame, const Instruction &code);
  Status readScalar(Frame &frame, const Instruction &code);
  Status copy(const Window &source, const Window &target);
  Status submit(Frame &frame, const Instruction &code);
  Status transfer(Frame &frame, const Instruction &code);
  /// Has `work` done in the queue of the event's device once the events in
  /// `waits` are, or at once if it has no queue.
  Status start(const std::shared_ptr<Event> &event, EventList waits,
               std::function<Status(const EventList &own)> work);
  EventList waitsOf(const Frame &frame, const Instruction &code) const;
  Status record(Frame &frame, const Instruction &code, RecordedList &list);
  Status call(Frame &frame, const Instruction &code);
  Status drain();
  void collectTimes();

  static int64_t number(const Frame &frame, const Operand &operand) {
    return operand.isRegister ? frame.registers[operand.value].number
                              : operand.value;
  }
};

} // namespace autoglm::rt

#endif // AUTOGLM_RUNTIME_INTERPRETER_H
