//===- PartitionCost.cpp - what an assignment costs -------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Place/Partition.h"

#include <algorithm>
#include <queue>

using llvm::ArrayRef;

namespace autoglm {

/// Mean over the devices that take it.
static double getMeanSeconds(const PartitionProblem::Node &node) {
  double sum = 0;
  unsigned count = 0;
  for (double seconds : node.seconds)
    if (seconds < PartitionProblem::kNever) {
      sum += seconds;
      ++count;
    }
  return count ? sum / count : 0;
}

/// Upward rank, as of HEFT (Topcuoglu, Hariri, Wu 2002): the work that is left
/// from a node on along the longest path, moves between devices at their mean.
static std::vector<double> getRanks(const PartitionProblem &problem) {
  double latency = 0, perByte = 0;
  unsigned pairs = 0;
  for (unsigned from = 0; from < problem.numDevices; ++from)
    for (unsigned to = 0; to < problem.numDevices; ++to, ++pairs) {
      latency += problem.getRoute(from, to).latency;
      perByte += problem.getRoute(from, to).secondsPerByte;
    }
  if (pairs) {
    latency /= pairs;
    perByte /= pairs;
  }
  std::vector<double> ranks(problem.nodes.size());
  for (size_t n = ranks.size(); n-- > 0;) {
    double after = 0;
    for (unsigned output : problem.nodes[n].outputs) {
      const PartitionProblem::Tensor &tensor = problem.tensors[output];
      double move = latency + perByte * static_cast<double>(tensor.bytes);
      for (unsigned user : tensor.users)
        after = std::max(after, move + ranks[user]);
    }
    ranks[n] = getMeanSeconds(problem.nodes[n]) + after;
  }
  return ranks;
}

PartitionCost::PartitionCost(const PartitionProblem &problem)
    : problem(problem),
      arrival(problem.tensors.size() * (problem.numDevices + 1)),
      finished(problem.nodes.size()), deviceFree(problem.numDevices),
      lastUse(problem.tensors.size()), alive(problem.numDevices),
      weights(problem.numDevices),
      weightSeen(problem.weightBytes.size() * problem.numDevices) {
  // The order: of the nodes whose inputs are there, the one of highest rank.
  std::vector<double> ranks = getRanks(problem);
  std::vector<unsigned> waiting(problem.nodes.size());
  using Ready = std::pair<double, unsigned>;
  auto later = [](const Ready &a, const Ready &b) {
    return a.first != b.first ? a.first < b.first : a.second > b.second;
  };
  std::priority_queue<Ready, std::vector<Ready>, decltype(later)> ready(later);
  for (unsigned n = 0; n < problem.nodes.size(); ++n) {
    for (unsigned input : problem.nodes[n].inputs)
      waiting[n] +=
          problem.tensors[input].producer != PartitionProblem::kCaller;
    if (waiting[n] == 0)
      ready.emplace(ranks[n], n);
  }
  while (!ready.empty()) {
    unsigned n = ready.top().second;
    ready.pop();
    order.push_back(n);
    for (unsigned output : problem.nodes[n].outputs)
      for (unsigned user : problem.tensors[output].users)
        if (--waiting[user] == 0)
          ready.emplace(ranks[user], user);
  }

  double everything = 0;
  for (const PartitionProblem::Tensor &tensor : problem.tensors)
    everything += static_cast<double>(tensor.bytes);
  for (int64_t bytes : problem.weightBytes)
    everything += static_cast<double>(bytes);
  for (double capacity : problem.capacity)
    mayOverflow |= everything > capacity;
}

/// Weights that a device's nodes read, and the most bytes of tensors that are
/// alive there at one time in the order of the nodes.
double PartitionCost::getOverflow(ArrayRef<unsigned> deviceOf) {
  std::fill(weights.begin(), weights.end(), 0);
  std::fill(weightSeen.begin(), weightSeen.end(), 0);
  std::fill(lastUse.begin(), lastUse.end(), -1);
  for (size_t at = 0; at < order.size(); ++at) {
    const PartitionProblem::Node &node = problem.nodes[order[at]];
    unsigned device = deviceOf[order[at]];
    for (unsigned weight : node.weights) {
      uint8_t &seen = weightSeen[weight * problem.numDevices + device];
      if (!seen)
        weights[device] += problem.weightBytes[weight];
      seen = 1;
    }
    for (unsigned tensor : node.inputs)
      lastUse[tensor] = static_cast<int64_t>(at);
    for (unsigned tensor : node.outputs)
      lastUse[tensor] = std::max(lastUse[tensor], static_cast<int64_t>(at));
  }
  // A copy on another device lives as long as the original, which is more than
  // it needs to.
  std::fill(alive.begin(), alive.end(), 0);
  std::vector<double> peak(problem.numDevices);
  auto onDevice = [&](unsigned tensor, unsigned device) -> bool {
    return arrival[tensor * (problem.numDevices + 1) + device] >= 0;
  };
  for (size_t at = 0; at < order.size(); ++at) {
    const PartitionProblem::Node &node = problem.nodes[order[at]];
    for (unsigned tensor : node.outputs)
      for (unsigned d = 0; d < problem.numDevices; ++d)
        if (onDevice(tensor, d))
          alive[d] += problem.tensors[tensor].bytes;
    for (unsigned d = 0; d < problem.numDevices; ++d)
      peak[d] = std::max(peak[d], static_cast<double>(alive[d]));
    auto release = [&](unsigned tensor) {
      // An input of the caller was never counted.
      if (problem.tensors[tensor].producer == PartitionProblem::kCaller ||
          lastUse[tensor] != static_cast<int64_t>(at))
        return;
      lastUse[tensor] = -1;
      for (unsigned d = 0; d < problem.numDevices; ++d)
        if (onDevice(tensor, d))
          alive[d] -= problem.tensors[tensor].bytes;
    };
    llvm::for_each(node.inputs, release);
    llvm::for_each(node.outputs, release);
  }
  double overflow = 0;
  for (unsigned d = 0; d < problem.numDevices; ++d)
    overflow += std::max(0.0, static_cast<double>(weights[d]) + peak[d] -
                                  problem.capacity[d]);
  return overflow;
}

void PartitionCost::evaluate(Partition &partition) {
  ArrayRef<unsigned> deviceOf = partition.deviceOf;
  unsigned places = problem.numDevices + 1, caller = problem.numDevices;
  bool hasEnergy = !problem.idleWatts.empty();
  std::fill(arrival.begin(), arrival.end(), -1);
  std::fill(deviceFree.begin(), deviceFree.end(), 0);
  double joules = 0, end = 0, work = 0;

  // When a tensor is where it is wanted: moved at most once to each place.
  auto bring = [&](unsigned index, unsigned to) {
    double &when = arrival[index * places + to];
    if (when >= 0)
      return when;
    const PartitionProblem::Tensor &tensor = problem.tensors[index];
    bool fromCaller = tensor.producer == PartitionProblem::kCaller;
    unsigned from = fromCaller ? caller : deviceOf[tensor.producer];
    const PartitionProblem::Route &route = problem.getRoute(from, to);
    double bytes = static_cast<double>(tensor.bytes);
    double seconds = route.latency + route.secondsPerByte * bytes;
    if (!tensor.conversion.empty()) {
      seconds += from == caller ? 0 : tensor.conversion[from];
      seconds += to == caller ? 0 : tensor.conversion[to];
    }
    joules += route.joulesPerByte * bytes;
    work += seconds;
    when = (fromCaller ? 0 : finished[tensor.producer]) + seconds;
    return when;
  };
  for (unsigned n : order) {
    const PartitionProblem::Node &node = problem.nodes[n];
    unsigned device = deviceOf[n];
    double begin = deviceFree[device];
    for (unsigned input : node.inputs)
      begin = std::max(begin, bring(input, device));
    double seconds = node.seconds[device];
    if (node.follows != PartitionProblem::kCaller &&
        deviceOf[node.follows] == device)
      seconds = std::max(0.0, seconds - node.saved[device]);
    finished[n] = deviceFree[device] = begin + seconds;
    for (unsigned output : node.outputs)
      arrival[output * places + device] = finished[n];
    end = std::max(end, finished[n]);
    work += seconds;
    if (hasEnergy)
      joules += node.joules[device];
  }
  for (unsigned t = 0; t < problem.tensors.size(); ++t)
    if (problem.tensors[t].isOutput)
      end = std::max(end, bring(t, caller));
  // Everything is powered while anything works.
  for (double watts : problem.idleWatts)
    joules += watts * end;
  partition.seconds = end;
  partition.joules = joules;
  partition.work = work;
  partition.overflow = mayOverflow ? getOverflow(deviceOf) : 0;
}

} // namespace autoglm
