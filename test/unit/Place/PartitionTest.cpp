//===- PartitionTest.cpp - tests of the partitioner -------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Place/Partition.h"

#include <gtest/gtest.h>

#include <random>

using namespace autoglm;
using Problem = PartitionProblem;

namespace {
/// Builds problems a node at a time.
struct Builder {
  explicit Builder(unsigned devices) : problem(devices) {
    problem.tensors.push_back({});
    problem.tensors[0].bytes = 1000;
  }

  /// A node that reads tensors (0 is the entry's input) and writes the next.
  unsigned add(std::vector<double> seconds, std::vector<unsigned> inputs,
               int64_t bytes = 1000) {
    auto n = static_cast<unsigned>(problem.nodes.size());
    Problem::Node node;
    node.seconds.assign(seconds.begin(), seconds.end());
    node.inputs.assign(inputs.begin(), inputs.end());
    for (unsigned input : inputs)
      problem.tensors[input].users.push_back(n);
    auto output = static_cast<unsigned>(problem.tensors.size());
    node.outputs.push_back(output);
    problem.nodes.push_back(std::move(node));
    Problem::Tensor tensor;
    tensor.producer = n;
    tensor.bytes = bytes;
    problem.tensors.push_back(tensor);
    return output;
  }

  void connect(unsigned a, unsigned b, double latency, double perByte) {
    problem.getRoute(a, b) = problem.getRoute(b, a) = {latency, perByte, 0};
  }

  Problem problem;
};

/// The best of all assignments by the same cost: the referee.
Partition searchAll(const Problem &problem, Objective objective) {
  PartitionCost cost(problem);
  Partition best = assignByPriority(problem), trial;
  size_t count = problem.nodes.size();
  trial.deviceOf.assign(count, 0);
  for (;;) {
    bool possible = true;
    for (size_t n = 0; n < count; ++n)
      possible &= problem.nodes[n].seconds[trial.deviceOf[n]] < Problem::kNever;
    if (possible) {
      cost.evaluate(trial);
      if (trial.overflow < best.overflow ||
          (trial.overflow == best.overflow &&
           trial.getCost(objective) < best.getCost(objective)))
        best = trial;
    }
    size_t n = 0;
    while (n < count && ++trial.deviceOf[n] == problem.numDevices)
      trial.deviceOf[n++] = 0;
    if (n == count)
      return best;
  }
}

/// A random graph: chains, forks and joins, some nodes not taken everywhere,
/// transfers from negligible to dear.
Problem makeRandom(std::mt19937 &random, unsigned nodes, unsigned devices,
                   bool energy, bool limited) {
  auto uniform = [&](double low, double high) {
    return low + (high - low) * (static_cast<double>(random() >> 8) / 0x1p24);
  };
  Builder builder(devices);
  Problem &problem = builder.problem;
  std::vector<double> speed;
  for (unsigned d = 0; d < devices; ++d)
    speed.push_back(std::exp(uniform(0, 2)));
  double dear = std::exp(uniform(-3, 2));
  for (unsigned a = 0; a <= devices; ++a)
    for (unsigned b = 0; b < a; ++b)
      builder.connect(a, b, dear * uniform(0, 0.5), dear * uniform(0, 1e-3));
  for (unsigned n = 0; n < nodes; ++n) {
    double work = uniform(0.1, 3);
    std::vector<double> seconds;
    for (unsigned d = 0; d < devices; ++d)
      seconds.push_back(random() % 6 == 0 ? Problem::kNever
                                          : work / speed[d] * uniform(0.5, 2));
    seconds[random() % devices] = work;
    std::vector<unsigned> inputs;
    for (unsigned k = 0, count = 1 + random() % 2; k < count; ++k) {
      unsigned back = 1 + random() % 3;
      unsigned from = n + 1 > back ? n + 1 - back : 0;
      if (inputs.empty() || inputs[0] != from)
        inputs.push_back(from);
    }
    builder.add(seconds, inputs, 1 + random() % 2000);
    Problem::Node &node = problem.nodes.back();
    if (n > 0 && inputs[0] > 0 && random() % 3 == 0) {
      node.follows = problem.tensors[inputs[0]].producer;
      for (unsigned d = 0; d < devices; ++d)
        node.saved.push_back(uniform(0, 0.3));
    }
    if (energy)
      for (unsigned d = 0; d < devices; ++d)
        node.joules.push_back(work * uniform(0.1, 4));
    if (random() % 2 == 0) {
      node.weights.push_back(static_cast<unsigned>(problem.weightBytes.size()));
      problem.weightBytes.push_back(1 + random() % 3000);
    }
  }
  for (Problem::Tensor &tensor : problem.tensors)
    tensor.isOutput = tensor.users.empty();
  if (energy)
    for (unsigned d = 0; d < devices; ++d)
      problem.idleWatts.push_back(uniform(0, 1));
  if (limited)
    problem.capacity[random() % devices] = uniform(1000, 6000);
  return problem;
}
} // namespace

TEST(Partition, OneDeviceTakesAll) {
  Builder builder(1);
  builder.add({2}, {builder.add({1}, {0})});
  Partition result = partition(builder.problem, Objective::Latency);
  EXPECT_EQ(result.deviceOf, (std::vector<unsigned>{0, 0}));
  EXPECT_DOUBLE_EQ(result.seconds, 3);
}

TEST(Partition, ACopyThatCostsMoreThanItSavesIsNotMade) {
  for (double latency : {0.1, 10.0}) {
    Builder builder(2);
    unsigned t = builder.add({1, 5}, {0});
    t = builder.add({5, 1}, {t});
    builder.add({1, 5}, {t});
    builder.problem.tensors.back().isOutput = true;
    builder.connect(0, 1, latency, 0);
    Partition result = partition(builder.problem, Objective::Latency);
    if (latency < 1) {
      EXPECT_EQ(result.deviceOf, (std::vector<unsigned>{0, 1, 0}));
      EXPECT_DOUBLE_EQ(result.seconds, 3 + 2 * latency);
    } else {
      EXPECT_EQ(result.deviceOf, (std::vector<unsigned>{0, 0, 0}));
      EXPECT_DOUBLE_EQ(result.seconds, 7);
    }
  }
}

TEST(Partition, ATensorIsMovedOnceToEachDevice) {
  Builder builder(2);
  unsigned t = builder.add({1, Problem::kNever}, {0});
  for (int i = 0; i < 3; ++i)
    builder.add({Problem::kNever, 1}, {t});
  builder.connect(0, 1, 0, 1e-3);
  EXPECT_DOUBLE_EQ(assignByPriority(builder.problem).seconds, 1 + 1 + 3);
}

TEST(Partition, IndependentBranchesOverlap) {
  Builder builder(2);
  unsigned a = builder.add({4, 4}, {0}), b = builder.add({4, 4}, {0});
  builder.add({1, 1}, {a, b});
  Partition result = partition(builder.problem, Objective::Latency);
  EXPECT_NE(result.deviceOf[0], result.deviceOf[1]);
  EXPECT_DOUBLE_EQ(result.seconds, 5);
}

TEST(Partition, WhatFusesStaysTogether) {
  Builder builder(2);
  unsigned t = builder.add({2, Problem::kNever}, {0});
  builder.add({1, 0.9}, {t});
  builder.problem.nodes[1].follows = 0;
  builder.problem.nodes[1].saved = {0.5, 0.5};
  EXPECT_EQ(partition(builder.problem, Objective::Latency).deviceOf[1], 0u);
  builder.problem.nodes[1].saved = {0, 0};
  EXPECT_EQ(partition(builder.problem, Objective::Latency).deviceOf[1], 1u);
}

TEST(Partition, WeightsThatDoNotFitGoElsewhere) {
  Builder builder(2);
  unsigned t = 0;
  for (unsigned n = 0; n < 4; ++n) {
    t = builder.add({1, 3}, {t}, 10);
    builder.problem.nodes[n].weights = {n};
    builder.problem.weightBytes.push_back(100);
  }
  builder.problem.capacity[0] = 250;
  Partition result = partition(builder.problem, Objective::Latency);
  EXPECT_EQ(result.overflow, 0);
  EXPECT_EQ(llvm::count(result.deviceOf, 0u), 2);
  // Nowhere: as little too much as can be.
  builder.problem.capacity[1] = 50;
  EXPECT_GT(partition(builder.problem, Objective::Latency).overflow, 0);
}

TEST(Partition, EnergyIsAnObjectiveOfItsOwn) {
  Builder builder(2);
  builder.add({1, 2}, {0});
  builder.problem.nodes[0].joules = {10, 3};
  builder.problem.idleWatts = {0, 0};
  EXPECT_EQ(partition(builder.problem, Objective::Latency).deviceOf[0], 0u);
  EXPECT_EQ(partition(builder.problem, Objective::Energy).deviceOf[0], 1u);
  // Idle devices are paid for as long as one works.
  builder.problem.idleWatts = {8, 0};
  EXPECT_EQ(partition(builder.problem, Objective::Energy).deviceOf[0], 0u);
}

TEST(Partition, ChainsAreOptimal) {
  std::mt19937 random(7);
  for (int i = 0; i < 50; ++i) {
    Builder builder(3);
    unsigned t = 0;
    for (unsigned a = 0; a <= 3; ++a)
      for (unsigned b = 0; b < a; ++b)
        builder.connect(a, b, (random() % 100) * 1e-2, 0);
    for (int n = 0; n < 8; ++n) {
      double work = 0.1 + (random() % 100) * 1e-2;
      t = builder.add({work, work * 0.7, work * (random() % 3)}, {t});
    }
    builder.problem.tensors.back().isOutput = true;
    double best = searchAll(builder.problem, Objective::Latency).seconds;
    EXPECT_NEAR(partition(builder.problem, Objective::Latency).seconds, best,
                1e-9);
  }
}

TEST(Partition, RandomGraphsAreNearTheOptimum) {
  std::mt19937 random(11);
  for (auto [energy, limited] :
       {std::pair(false, false), {true, false}, {false, true}}) {
    Objective objective = energy ? Objective::Energy : Objective::Latency;
    double gaps = 0, worst = 0;
    constexpr int graphs = 60;
    for (int i = 0; i < graphs; ++i) {
      unsigned devices = 2 + random() % 2;
      unsigned nodes = 3 + random() % 8;
      Problem problem = makeRandom(random, nodes, devices, energy, limited);
      Partition best = searchAll(problem, objective);
      Partition found = partition(problem, objective);
      ASSERT_GE(found.overflow, best.overflow);
      if (found.overflow > best.overflow)
        gaps += 1;
      double gap = found.getCost(objective) / best.getCost(objective) - 1;
      gaps += std::max(0.0, gap);
      worst = std::max(worst, gap);
    }
    RecordProperty("mean_gap_percent", std::to_string(100 * gaps / graphs));
    EXPECT_LE(gaps / graphs, 0.03) << "worst " << worst;
  }
}

TEST(Partition, NeverWorseThanPriorityAndTheSameEveryTime) {
  std::mt19937 random(13);
  for (int i = 0; i < 20; ++i) {
    Problem problem = makeRandom(random, 200, 3, false, i % 2);
    Partition found = partition(problem, Objective::Latency);
    Partition greedy = assignByPriority(problem);
    EXPECT_LE(found.overflow, greedy.overflow);
    if (found.overflow == greedy.overflow) {
      EXPECT_LE(found.seconds, greedy.seconds);
    }
    EXPECT_EQ(found.deviceOf, partition(problem, Objective::Latency).deviceOf);
  }
}
