//===- PlanRaces.cpp - commands without an order --------------------------===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// A row is a submit, a transfer or what the host itself does to a buffer. Rows
// that come one after the other form chains, of which a plan has about as many
// as devices; a row knows how much of each chain is done when it starts.

#include "PlanCheck.h"

#include <algorithm>
#include <map>

using namespace autoglm::rt;

namespace {
constexpr size_t maxChains = 64;
constexpr uint32_t nowhere = UINT32_MAX;

/// By chain, how many rows of it are done.
using Clock = std::vector<uint32_t>;

struct Row {
  size_t instruction = 0;
  uint32_t chain = 0;
  uint32_t position = 0;
  Clock before;
};

/// Bytes [begin, end) of the memory `root`.
struct Place {
  uint32_t root = nowhere;
  int64_t begin = 0, end = INT64_MAX;
};

struct Access {
  int64_t begin, end;
  uint32_t row;
  bool writes;
};

uint32_t at(const Clock &clock, uint32_t chain) {
  return chain < clock.size() ? clock[chain] : 0;
}

void join(Clock &clock, const Clock &other) {
  clock.resize(std::max(clock.size(), other.size()));
  for (size_t i = 0; i < other.size(); ++i)
    clock[i] = std::max(clock[i], other[i]);
}

class RaceCheck {
public:
  RaceCheck(const Node &nodes, const Function &function, const EntryInfo &entry,
            const Manifest &manifest);
  void run();

private:
  void step(size_t index, const Instruction &code);
  void touch(uint32_t reg, bool writes);
  /// Starts a row that comes after what the host and these events did.
  void begin(size_t index, const std::vector<uint32_t> &waits);
  void joinEvents(Clock &clock, const std::vector<uint32_t> &events) const;
  Clock after(const Row &row) const;
  void compare(std::vector<Access> &accesses);

  const Node &nodes;
  const Function &function;
  uint32_t numRoots;
  uint32_t numInputs;
  uint32_t firstArgument;
  std::vector<Place> places;    // by register
  std::vector<uint32_t> events; // by register, the row
  std::vector<Row> rows;
  Clock host;
  std::vector<uint32_t> chains;                     // by chain, its length
  std::map<uint32_t, std::vector<Access>> accesses; // by root
};
} // namespace

RaceCheck::RaceCheck(const Node &nodes, const Function &function,
                     const EntryInfo &entry, const Manifest &manifest)
    : nodes(nodes), function(function),
      numInputs(static_cast<uint32_t>(entry.inputs.size())),
      firstArgument(static_cast<uint32_t>(manifest.devices.size())),
      places(function.registers.size()),
      events(function.registers.size(), nowhere) {
  // The arenas of the devices are the first memories, then the arguments.
  numRoots = firstArgument;
  for (uint32_t argument : function.arguments)
    places[argument].root = numRoots++;
}

Clock RaceCheck::after(const Row &row) const {
  Clock clock = row.before;
  clock.resize(std::max<size_t>(clock.size(), row.chain + 1));
  clock[row.chain] = row.position + 1;
  return clock;
}

void RaceCheck::joinEvents(Clock &clock,
                           const std::vector<uint32_t> &list) const {
  for (uint32_t reg : list)
    if (events[reg] != nowhere)
      join(clock, after(rows[events[reg]]));
}

void RaceCheck::begin(size_t index, const std::vector<uint32_t> &waits) {
  Row &row = rows.emplace_back();
  row.instruction = index;
  row.before = host;
  joinEvents(row.before, waits);
  while (row.chain < chains.size() &&
         at(row.before, row.chain) != chains[row.chain])
    ++row.chain;
  if (row.chain == maxChains)
    return nodes.at(index).fail("more than " + std::to_string(maxChains) +
                                " lists have no order");
  if (row.chain == chains.size())
    chains.push_back(0);
  row.position = chains[row.chain]++;
}

void RaceCheck::touch(uint32_t reg, bool writes) {
  const Place &place = places[reg];
  // Nobody writes the inputs; weights are nowhere.
  bool isInput =
      place.root >= firstArgument && place.root < firstArgument + numInputs;
  if (place.root == nowhere || isInput || place.begin >= place.end)
    return;
  accesses[place.root].push_back(
      {place.begin, place.end, static_cast<uint32_t>(rows.size() - 1), writes});
}

void RaceCheck::step(size_t index, const Instruction &code) {
  switch (code.opcode) {
  case Opcode::Arena:
    places[code.result] = {code.device, 0, code.rhs.value};
    break;
  case Opcode::Weights:
    places[code.result] = {};
    break;
  case Opcode::Alloc:
    places[code.result] = {numRoots++};
    break;
  case Opcode::View: {
    Place place = places[code.first];
    if (!code.lhs.isRegister && code.lhs.value <= place.end - place.begin) {
      place.begin += code.lhs.value;
      if (!code.rhs.isRegister && code.rhs.value <= place.end - place.begin)
        place.end = place.begin + code.rhs.value;
    }
    places[code.result] = place;
    break;
  }
  case Opcode::Move:
    places[code.result] = places[code.first];
    events[code.result] = events[code.first];
    break;
  case Opcode::Submit:
    begin(index, code.registers);
    for (const Command &command : code.commands)
      for (size_t i = 0, n = command.buffers.size(); i < n; ++i)
        touch(command.buffers[i],
              command.isCopy ? i == 1 : i + command.outputs.value_or(n) >= n);
    events[code.result] = static_cast<uint32_t>(rows.size() - 1);
    break;
  case Opcode::Transfer:
    begin(index, code.registers);
    touch(code.first, false);
    touch(code.second, true);
    events[code.result] = static_cast<uint32_t>(rows.size() - 1);
    break;
  case Opcode::Wait:
    joinEvents(host, code.registers);
    break;
  case Opcode::Copy:
  case Opcode::ReadScalar:
    begin(index, {});
    touch(code.first, false);
    if (code.opcode == Opcode::Copy)
      touch(code.second, true);
    join(host, after(rows.back()));
    break;
  default:
    break;
  }
}

/// Of one memory.
void RaceCheck::compare(std::vector<Access> &list) {
  std::stable_sort(
      list.begin(), list.end(),
      [](const Access &a, const Access &b) { return a.begin < b.begin; });
  for (size_t i = 0; i < list.size(); ++i)
    for (size_t k = i + 1; k < list.size() && list[k].begin < list[i].end;
         ++k) {
      if (list[i].row == list[k].row || !(list[i].writes || list[k].writes))
        continue;
      const Row &first = rows[std::min(list[i].row, list[k].row)];
      const Row &second = rows[std::max(list[i].row, list[k].row)];
      if (at(second.before, first.chain) > first.position)
        continue;
      return nodes.at(second.instruction)
          .fail("it touches bytes that instruction " +
                std::to_string(first.instruction) +
                " touches, one of them writes, and no event orders them");
    }
}

void RaceCheck::run() {
  for (size_t i = 0; i < function.code.size() && !nodes.failed(); ++i)
    step(i, function.code[i]);
  // Rows of one chain have an order.
  if (chains.size() < 2)
    return;
  for (auto &[root, list] : accesses)
    if (!nodes.failed())
      compare(list);
}

void autoglm::rt::checkRaces(const Node &nodes, const Function &function,
                             const EntryInfo &entry, const Manifest &manifest) {
  for (const Instruction &code : function.code)
    if (code.opcode == Opcode::Branch || code.opcode == Opcode::CondBranch ||
        code.opcode == Opcode::Call)
      return;
  RaceCheck(nodes, function, entry, manifest).run();
}
