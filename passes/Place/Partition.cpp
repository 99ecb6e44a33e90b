//===- Partition.cpp - which device computes which node ---------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Place/Partition.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using llvm::ArrayRef;
using llvm::SmallVector;

namespace autoglm {

using Problem = PartitionProblem;

/// Nodes that one search may visit in all: about a second.
static constexpr int64_t kVisitBudget = 40'000'000;
/// Graphs up to this size are searched from every seed and in pairs.
static constexpr size_t kSmall = 16;

static bool takes(const Problem &problem, unsigned node, unsigned device) {
  return problem.nodes[node].seconds[device] < Problem::kNever;
}

static unsigned getFirst(const Problem &problem, unsigned node) {
  for (unsigned d = 0; d < problem.numDevices; ++d)
    if (takes(problem, node, d))
      return d;
  return 0;
}

std::vector<unsigned> getFirstDevices(const Problem &problem) {
  std::vector<unsigned> devices;
  for (unsigned n = 0; n < problem.nodes.size(); ++n)
    devices.push_back(getFirst(problem, n));
  return devices;
}

Partition assignByPriority(const Problem &problem) {
  Partition result;
  result.deviceOf = getFirstDevices(problem);
  PartitionCost(problem).evaluate(result);
  return result;
}

namespace {
/// Costs that add up: seconds, or joules with the idle power of all devices for
/// as long as something takes. What a tree of nodes costs exactly, and other
/// graphs but for what overlaps.
class AdditiveCost {
public:
  AdditiveCost(const Problem &problem, Objective objective)
      : problem(problem), objective(objective),
        idle(std::accumulate(problem.idleWatts.begin(), problem.idleWatts.end(),
                             0.0)) {}

  double of(double seconds, double joules) const {
    return objective == Objective::Latency ? seconds : joules + idle * seconds;
  }
  double getNode(unsigned n, unsigned d) const {
    const Problem::Node &node = problem.nodes[n];
    if (node.seconds[d] == Problem::kNever)
      return Problem::kNever;
    return of(node.seconds[d], node.joules.empty() ? 0 : node.joules[d]);
  }
  double getMove(const Problem::Tensor &tensor, unsigned from,
                 unsigned to) const {
    if (from == to)
      return 0;
    const Problem::Route &route = problem.getRoute(from, to);
    double bytes = static_cast<double>(tensor.bytes);
    double seconds = route.latency + route.secondsPerByte * bytes;
    for (unsigned place : {from, to})
      if (place < problem.numDevices && !tensor.conversion.empty())
        seconds += tensor.conversion[place];
    return of(seconds, route.joulesPerByte * bytes);
  }
  /// What node `n` saves on `d` behind the node it follows.
  double getSaving(unsigned n, unsigned d) const {
    const Problem::Node &node = problem.nodes[n];
    return of(std::min(node.saved[d], node.seconds[d]), 0);
  }

private:
  const Problem &problem;
  Objective objective;
  double idle;
};
} // namespace

/// The optimum if a node read only its heaviest input: dynamic programming over
/// the trees that these inputs make. On a chain that is the optimum.
static Partition assignAlongTrees(const Problem &problem, Objective objective) {
  AdditiveCost cost(problem, objective);
  size_t count = problem.nodes.size();
  unsigned devices = problem.numDevices;
  // The tensor over which each node hangs on its parent.
  std::vector<unsigned> via(count, Problem::kCaller);
  for (size_t n = 0; n < count; ++n)
    for (unsigned input : problem.nodes[n].inputs)
      if (problem.tensors[input].producer != Problem::kCaller &&
          (via[n] == Problem::kCaller ||
           problem.tensors[input].bytes > problem.tensors[via[n]].bytes))
        via[n] = input;

  auto getEdge = [&](unsigned child, unsigned parentDevice, unsigned device) {
    const Problem::Tensor &tensor = problem.tensors[via[child]];
    double edge = cost.getMove(tensor, parentDevice, device);
    if (parentDevice == device &&
        problem.nodes[child].follows == tensor.producer)
      edge -= cost.getSaving(child, device);
    return edge;
  };
  std::vector<double> best(count * devices);
  for (size_t n = 0; n < count; ++n)
    for (unsigned d = 0; d < devices; ++d) {
      double own = cost.getNode(n, d);
      for (unsigned input : problem.nodes[n].inputs)
        if (problem.tensors[input].producer == Problem::kCaller)
          own += cost.getMove(problem.tensors[input], Problem::kCaller, d);
      for (unsigned output : problem.nodes[n].outputs)
        if (problem.tensors[output].isOutput)
          own += cost.getMove(problem.tensors[output], d, Problem::kCaller);
      best[n * devices + d] = own;
    }
  auto getBest = [&](unsigned n, unsigned parentDevice) {
    double least = Problem::kNever;
    unsigned choice = getFirst(problem, n);
    for (unsigned d = 0; d < devices; ++d) {
      double total = best[n * devices + d];
      if (parentDevice != Problem::kCaller && total < Problem::kNever)
        total += getEdge(n, parentDevice, d);
      if (total < least) {
        least = total;
        choice = d;
      }
    }
    return std::make_pair(least, choice);
  };
  for (size_t n = count; n-- > 0;)
    if (via[n] != Problem::kCaller) {
      unsigned parent = problem.tensors[via[n]].producer;
      for (unsigned d = 0; d < devices; ++d)
        best[parent * devices + d] += getBest(n, d).first;
    }
  Partition result;
  result.deviceOf.resize(count);
  for (size_t n = 0; n < count; ++n) {
    unsigned parent = via[n] == Problem::kCaller
                          ? Problem::kCaller
                          : problem.tensors[via[n]].producer;
    result.deviceOf[n] =
        getBest(n,
                parent == Problem::kCaller ? parent : result.deviceOf[parent])
            .second;
  }
  return result;
}

/// List scheduling: each node, in the order of its rank, where it is finished
/// first (HEFT).
static Partition assignByFinish(const Problem &problem,
                                ArrayRef<unsigned> order) {
  unsigned caller = problem.numDevices;
  Partition result;
  result.deviceOf.assign(problem.nodes.size(), 0);
  std::vector<double> finished(problem.nodes.size()),
      deviceFree(problem.numDevices);
  for (unsigned n : order) {
    const Problem::Node &node = problem.nodes[n];
    double earliest = Problem::kNever;
    unsigned choice = getFirst(problem, n);
    for (unsigned d = 0; d < problem.numDevices; ++d) {
      if (!takes(problem, n, d))
        continue;
      double begin = deviceFree[d];
      for (unsigned input : node.inputs) {
        const Problem::Tensor &tensor = problem.tensors[input];
        bool fromCaller = tensor.producer == Problem::kCaller;
        unsigned from = fromCaller ? caller : result.deviceOf[tensor.producer];
        const Problem::Route &route = problem.getRoute(from, d);
        begin = std::max(
            begin, (fromCaller ? 0 : finished[tensor.producer]) +
                       (from == d ? 0
                                  : route.latency +
                                        route.secondsPerByte *
                                            static_cast<double>(tensor.bytes)));
      }
      double end = begin + node.seconds[d];
      if (node.follows != Problem::kCaller &&
          result.deviceOf[node.follows] == d)
        end = std::max(begin, end - node.saved[d]);
      if (end < earliest) {
        earliest = end;
        choice = d;
      }
    }
    result.deviceOf[n] = choice;
    finished[n] = deviceFree[choice] = earliest;
  }
  return result;
}

namespace {
class LocalSearch {
public:
  LocalSearch(const Problem &problem, Objective objective, PartitionCost &cost)
      : problem(problem), objective(objective), cost(cost) {
    findRuns();
  }

  bool isBetter(const Partition &a, const Partition &b) const {
    if (a.overflow != b.overflow)
      return a.overflow < b.overflow;
    double mine = a.getCost(objective), other = b.getCost(objective);
    // Not by rounding: that could go round in circles.
    if (std::fabs(mine - other) > 1e-12 * other)
      return mine < other;
    return a.work < b.work * (1 - 1e-12);
  }
  void improve(Partition &current, int64_t &budget);

private:
  void findRuns();
  bool tryMove(Partition &current, ArrayRef<unsigned> nodes, unsigned device,
               int64_t &budget);
  bool isAtBoundary(const Partition &current, unsigned node) const;
  /// The nodes around one that are on its device.
  SmallVector<unsigned> getRegion(const Partition &current, unsigned node);

  const Problem &problem;
  Objective objective;
  PartitionCost &cost;
  /// Longest paths of nodes with one reader each.
  std::vector<SmallVector<unsigned>> runs;
  std::vector<unsigned> mark;
  unsigned marks = 0;
};
} // namespace

void LocalSearch::findRuns() {
  auto getOnlyUser = [&](unsigned n) -> unsigned {
    const Problem::Node &node = problem.nodes[n];
    if (node.outputs.size() != 1)
      return Problem::kCaller;
    ArrayRef<unsigned> users = problem.tensors[node.outputs[0]].users;
    return users.size() == 1 ? users[0] : Problem::kCaller;
  };
  std::vector<bool> seen(problem.nodes.size());
  for (unsigned n = 0; n < problem.nodes.size(); ++n) {
    SmallVector<unsigned> run;
    for (unsigned at = n; at != Problem::kCaller && !seen[at];
         at = getOnlyUser(at)) {
      seen[at] = true;
      run.push_back(at);
    }
    if (run.size() > 1)
      runs.push_back(std::move(run));
  }
  mark.resize(problem.nodes.size());
}

bool LocalSearch::isAtBoundary(const Partition &current, unsigned n) const {
  unsigned device = current.deviceOf[n];
  for (unsigned input : problem.nodes[n].inputs) {
    unsigned producer = problem.tensors[input].producer;
    if (producer == Problem::kCaller || current.deviceOf[producer] != device)
      return true;
  }
  for (unsigned output : problem.nodes[n].outputs) {
    if (problem.tensors[output].isOutput)
      return true;
    for (unsigned user : problem.tensors[output].users)
      if (current.deviceOf[user] != device)
        return true;
  }
  return false;
}

SmallVector<unsigned> LocalSearch::getRegion(const Partition &current,
                                             unsigned node) {
  ++marks;
  SmallVector<unsigned> region{node};
  mark[node] = marks;
  auto visit = [&](unsigned n) {
    if (n == Problem::kCaller || mark[n] == marks ||
        current.deviceOf[n] != current.deviceOf[node])
      return;
    mark[n] = marks;
    region.push_back(n);
  };
  for (size_t i = 0; i < region.size(); ++i) {
    for (unsigned input : problem.nodes[region[i]].inputs)
      visit(problem.tensors[input].producer);
    for (unsigned output : problem.nodes[region[i]].outputs)
      llvm::for_each(problem.tensors[output].users, visit);
  }
  return region;
}

bool LocalSearch::tryMove(Partition &current, ArrayRef<unsigned> nodes,
                          unsigned device, int64_t &budget) {
  Partition trial = current;
  bool changed = false;
  for (unsigned n : nodes)
    if (takes(problem, n, device) && trial.deviceOf[n] != device) {
      trial.deviceOf[n] = device;
      changed = true;
    }
  if (!changed)
    return false;
  budget -= static_cast<int64_t>(problem.nodes.size());
  cost.evaluate(trial);
  if (!isBetter(trial, current))
    return false;
  current = std::move(trial);
  return true;
}

void LocalSearch::improve(Partition &current, int64_t &budget) {
  unsigned count = static_cast<unsigned>(problem.nodes.size());
  for (bool progress = true; progress && budget > 0;) {
    progress = false;
    auto attempt = [&](ArrayRef<unsigned> nodes) {
      for (unsigned d = 0; d < problem.numDevices && budget > 0; ++d)
        progress |= tryMove(current, nodes, d, budget);
    };
    for (const SmallVector<unsigned> &run : runs)
      attempt(run);
    std::vector<bool> inRegion(count);
    for (unsigned n = 0; n < count && budget > 0; ++n) {
      if (!isAtBoundary(current, n))
        continue;
      attempt({n});
      if (inRegion[n])
        continue;
      SmallVector<unsigned> region = getRegion(current, n);
      for (unsigned member : region)
        inRegion[member] = true;
      attempt(region);
    }
    if (count > kSmall)
      continue;
    for (unsigned a = 0; a < count; ++a)
      for (unsigned b = a + 1; b < count; ++b) {
        attempt({a, b});
        // Both at once, each to a device of its own.
        for (unsigned d = 0; d < problem.numDevices; ++d) {
          Partition trial = current;
          if (!takes(problem, a, d))
            continue;
          trial.deviceOf[a] = d;
          cost.evaluate(trial);
          for (unsigned e = 0; e < problem.numDevices; ++e)
            if (tryMove(trial, {b}, e, budget) && isBetter(trial, current)) {
              current = trial;
              progress = true;
            }
        }
      }
  }
}

Partition partition(const Problem &problem, Objective objective) {
  PartitionCost cost(problem);
  Partition best;
  best.deviceOf = getFirstDevices(problem);
  cost.evaluate(best);
  if (problem.numDevices < 2 || problem.nodes.empty())
    return best;
  LocalSearch search(problem, objective, cost);
  std::vector<Partition> seeds{best};
  for (unsigned d = 0; d < problem.numDevices; ++d) {
    Partition seed = best;
    for (unsigned n = 0; n < problem.nodes.size(); ++n)
      if (takes(problem, n, d))
        seed.deviceOf[n] = d;
    seeds.push_back(std::move(seed));
  }
  seeds.push_back(assignAlongTrees(problem, objective));
  seeds.push_back(assignByFinish(problem, cost.getOrder()));
  for (Partition &seed : seeds)
    cost.evaluate(seed);
  // The most promising first, as there may be no budget for all.
  SmallVector<unsigned> promising(seeds.size());
  std::iota(promising.begin(), promising.end(), 0);
  llvm::sort(promising, [&](unsigned a, unsigned b) {
    return search.isBetter(seeds[a], seeds[b]) ||
           (!search.isBetter(seeds[b], seeds[a]) && a < b);
  });
  if (problem.nodes.size() > kSmall)
    promising.truncate(2);
  int64_t budget = kVisitBudget;
  for (unsigned index : promising) {
    search.improve(seeds[index], budget);
    if (search.isBetter(seeds[index], best))
      best = seeds[index];
  }
  return best;
}

} // namespace autoglm
