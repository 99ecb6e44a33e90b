//===- Recurrent.cpp - meaning of recurrent layers -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Values.h"

#include <cmath>

using namespace mlir;

namespace autoglm::reference {

namespace {
struct Activation {
  StringRef name;
  double alpha, beta;

  double operator()(double x) const {
    if (name == "sigmoid")
      return 1 / (1 + std::exp(-x));
    if (name == "tanh")
      return std::tanh(x);
    if (name == "relu")
      return std::max(x, 0.0);
    if (name == "affine")
      return alpha * x + beta;
    if (name == "leaky_relu")
      return x >= 0 ? x : alpha * x;
    if (name == "thresholded_relu")
      return x >= alpha ? x : 0;
    if (name == "scaled_tanh")
      return alpha * std::tanh(beta * x);
    if (name == "hard_sigmoid")
      return std::min(std::max(alpha * x + beta, 0.0), 1.0);
    if (name == "elu")
      return x >= 0 ? x : alpha * (std::exp(x) - 1);
    if (name == "softsign")
      return x / (1 + std::abs(x));
    return std::log1p(std::exp(x)); // softplus
  }
};

/// One direction: everything a step needs.
struct Layer {
  StringRef cell;
  int64_t steps, batch, hidden;
  /// What the input and the biases give to the gates: (steps, batch, gates *
  /// hidden).
  ArrayRef<double> gates;
  /// (gates * hidden, hidden).
  ArrayRef<double> recurrent;
  /// (3 * hidden), or none.
  ArrayRef<double> peepholes;
  /// (hidden), or none: the reset gate comes after the product.
  ArrayRef<double> newGateBias;
  bool resetsAfter = false;
  ArrayRef<double> lengths;
  SmallVector<Activation> functions;
  double clip = 0;
  bool isReverse = false, inputForget = false;

  int64_t getGates() const { return recurrent.size() / hidden / hidden; }

  double apply(size_t function, double x) const {
    if (clip > 0)
      x = std::clamp(x, -clip, clip);
    return functions[function](x);
  }
  /// Row `row` of the recurrent weights times a state.
  double multiply(int64_t row, ArrayRef<double> state) const {
    double sum = 0;
    for (int64_t i = 0; i < hidden; ++i)
      sum += recurrent[row * hidden + i] * state[i];
    return sum;
  }
  double peephole(int64_t gate, int64_t unit, double state) const {
    return peepholes.empty() ? 0 : peepholes[gate * hidden + unit] * state;
  }

  void stepRnn(ArrayRef<double> x, MutableArrayRef<double> h) const;
  void stepGru(ArrayRef<double> x, MutableArrayRef<double> h) const;
  void stepLstm(ArrayRef<double> x, MutableArrayRef<double> h,
                MutableArrayRef<double> c) const;
  /// Runs all steps from the states `h` and `c`, (batch, hidden), which become
  /// the last ones; gives the hidden state of each step.
  Values<double> run(Values<double> &h, Values<double> &c) const;
};
} // namespace

void Layer::stepRnn(ArrayRef<double> x, MutableArrayRef<double> h) const {
  Values<double> next(hidden);
  for (int64_t i = 0; i < hidden; ++i)
    next[i] = apply(0, x[i] + multiply(i, h));
  llvm::copy(next, h.begin());
}

void Layer::stepGru(ArrayRef<double> x, MutableArrayRef<double> h) const {
  Values<double> update(hidden), reset(hidden), masked(hidden), next(hidden);
  for (int64_t i = 0; i < hidden; ++i) {
    update[i] = apply(0, x[i] + multiply(i, h));
    reset[i] = apply(0, x[hidden + i] + multiply(hidden + i, h));
    masked[i] = reset[i] * h[i];
  }
  for (int64_t i = 0; i < hidden; ++i) {
    int64_t row = 2 * hidden + i;
    double inner = resetsAfter
                       ? reset[i] * (multiply(row, h) +
                                     (newGateBias.empty() ? 0 : newGateBias[i]))
                       : multiply(row, masked);
    next[i] = (1 - update[i]) * apply(1, x[row] + inner) + update[i] * h[i];
  }
  llvm::copy(next, h.begin());
}

void Layer::stepLstm(ArrayRef<double> x, MutableArrayRef<double> h,
                     MutableArrayRef<double> c) const {
  Values<double> next(hidden);
  for (int64_t i = 0; i < hidden; ++i) {
    auto gate = [&](int64_t number) {
      return x[number * hidden + i] + multiply(number * hidden + i, h);
    };
    double in = apply(0, gate(0) + peephole(0, i, c[i]));
    double forget =
        inputForget ? 1 - in : apply(0, gate(2) + peephole(2, i, c[i]));
    double cell = forget * c[i] + in * apply(1, gate(3));
    double out = apply(0, gate(1) + peephole(1, i, cell));
    next[i] = out * functions[2](cell);
    c[i] = cell;
  }
  llvm::copy(next, h.begin());
}

Values<double> Layer::run(Values<double> &h, Values<double> &c) const {
  Values<double> outputs(steps * batch * hidden, 0.0);
  int64_t width = getGates() * hidden;
  for (int64_t b = 0; b < batch; ++b) {
    MutableArrayRef<double> state(h.data() + b * hidden, hidden);
    int64_t length = lengths.empty()
                         ? steps
                         : std::clamp<int64_t>(truncate(lengths[b]), 0, steps);
    for (int64_t i = 0; i < length; ++i) {
      int64_t step = isReverse ? length - 1 - i : i;
      ArrayRef<double> x = gates.slice((step * batch + b) * width, width);
      if (cell == "rnn")
        stepRnn(x, state);
      else if (cell == "gru")
        stepGru(x, state);
      else
        stepLstm(x, state,
                 MutableArrayRef<double>(c.data() + b * hidden, hidden));
      llvm::copy(state, outputs.begin() + (step * batch + b) * hidden);
    }
  }
  return outputs;
}

static void addFunctions(Layer &layer, ArrayAttr names, ArrayRef<float> alphas,
                         ArrayRef<float> betas, size_t first, size_t count) {
  for (size_t i = first; i < first + count; ++i)
    layer.functions.push_back(
        {cast<StringAttr>(names[i]).getValue(), alphas[i], betas[i]});
}

namespace {
/// The operands of a layer by role; those left out have no values.
struct LayerOperands {
  Values<double> input, weight, recurrent, bias, lengths, initialH, initialC,
      peepholes;
};
} // namespace

template <typename Op>
static LayerOperands readOperands(Op op, Operands operands) {
  auto get = [&](unsigned group) {
    auto [first, count] = op.getODSOperandIndexAndLength(group);
    return count == 0 ? Values<double>() : read<double>(operands[first]);
  };
  LayerOperands all;
  all.input = get(0);
  all.weight = get(1);
  all.recurrent = get(2);
  all.bias = get(3);
  all.lengths = get(4);
  all.initialH = get(5);
  if constexpr (std::is_same_v<Op, LSTMOp>) {
    all.initialC = get(6);
    all.peepholes = get(7);
  }
  return all;
}

template <typename Op>
static LogicalResult evaluateLayer(Op op, StringRef cell, Operands operands,
                                   Results results) {
  ArrayRef<int64_t> shape = operands[0].getShape();
  int64_t steps = shape[0], batch = shape[1], inputs = shape[2];
  int64_t directions = results[1].getShape()[0];
  int64_t hidden = results[1].getShape()[2], states = batch * hidden;
  LayerOperands all = readOperands(op, operands);
  int64_t width = operands[2].getShape()[1];
  Values<double> outputs(results[0].getNumElements()), lastH, lastC;
  for (int64_t d = 0; d < directions; ++d) {
    auto part = [&](const Values<double> &values) {
      int64_t count = values.size() / directions;
      return ArrayRef(values).slice(d * count, count);
    };
    Layer layer{cell, steps, batch, hidden, {}, part(all.recurrent), {}, {}};
    ArrayRef<double> bias = part(all.bias), weight = part(all.weight);
    layer.peepholes = part(all.peepholes);
    layer.lengths = all.lengths;
    layer.clip = op.getClip().convertToDouble();
    layer.isReverse = op.getDirection() == "reverse" || d == 1;
    size_t count = op.getActivations().size() / directions;
    addFunctions(layer, op.getActivations(), op.getAlphas(), op.getBetas(),
                 d * count, count);
    if constexpr (std::is_same_v<Op, LSTMOp>)
      layer.inputForget = op.getInputForget();
    if constexpr (std::is_same_v<Op, GRUOp>)
      layer.resetsAfter = op.getLinearBeforeReset();
    // The reset gate scales this bias too, so it is not added here.
    if (layer.resetsAfter && !bias.empty())
      layer.newGateBias = bias.slice(width + 2 * hidden, hidden);
    Values<double> gates(steps * batch * width);
    for (int64_t row = 0; row < steps * batch; ++row)
      for (int64_t j = 0; j < width; ++j) {
        double sum = 0;
        if (!bias.empty()) {
          bool isScaled = layer.resetsAfter && j >= 2 * hidden;
          sum = bias[j] + (isScaled ? 0 : bias[width + j]);
        }
        for (int64_t i = 0; i < inputs; ++i)
          sum += all.input[row * inputs + i] * weight[j * inputs + i];
        gates[row * width + j] = sum;
      }
    layer.gates = gates;
    auto initial = [&](const Values<double> &values) {
      if (values.empty())
        return Values<double>(states, 0.0);
      ArrayRef<double> own = part(values);
      return Values<double>(own.begin(), own.end());
    };
    Values<double> h = initial(all.initialH), c = initial(all.initialC);
    Values<double> hidden = layer.run(h, c);
    for (int64_t step = 0; step < steps; ++step)
      for (int64_t i = 0; i < states; ++i)
        outputs[(step * directions + d) * states + i] =
            hidden[step * states + i];
    lastH.insert(lastH.end(), h.begin(), h.end());
    lastC.insert(lastC.end(), c.begin(), c.end());
  }
  write<double>(results[0], outputs);
  write<double>(results[1], lastH);
  if (results.size() > 2)
    write<double>(results[2], lastC);
  return success();
}

LogicalResult evaluate(RNNOp op, Operands operands, Results results) {
  return evaluateLayer(op, "rnn", operands, results);
}
LogicalResult evaluate(GRUOp op, Operands operands, Results results) {
  return evaluateLayer(op, "gru", operands, results);
}
LogicalResult evaluate(LSTMOp op, Operands operands, Results results) {
  return evaluateLayer(op, "lstm", operands, results);
}

LogicalResult evaluate(RecurrenceOp op, Operands operands, Results results) {
  auto get = [&](unsigned group) {
    auto [first, count] = op.getODSOperandIndexAndLength(group);
    return count == 0 ? Values<double>() : read<double>(operands[first]);
  };
  ArrayRef<int64_t> shape = operands[0].getShape();
  int64_t hidden = results[1].getShape()[1], width = shape[2];
  Values<double> gates = get(0), transposed = get(1), h = get(2), c = get(3);
  Values<double> recurrent(transposed.size());
  for (int64_t i = 0; i < hidden; ++i)
    for (int64_t j = 0; j < width; ++j)
      recurrent[j * hidden + i] = transposed[i * width + j];
  Values<double> peepholes = get(4), newGateBias = get(5), lengths = get(6);
  Layer layer{op.getCell(), shape[0],  shape[1],  hidden,
              gates,        recurrent, peepholes, newGateBias};
  layer.resetsAfter = !newGateBias.empty();
  layer.lengths = lengths;
  layer.clip = op.getClip().convertToDouble();
  layer.isReverse = op.getReverse();
  layer.inputForget = op.getInputForget();
  addFunctions(layer, op.getActivations(), op.getAlphas(), op.getBetas(), 0,
               op.getActivations().size());
  Values<double> outputs = layer.run(h, c);
  write<double>(results[0], outputs);
  write<double>(results[1], h);
  write<double>(results[2], op.getCell() == "lstm" ? c : h);
  return success();
}

} // namespace autoglm::reference
