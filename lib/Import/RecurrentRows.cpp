//===- RecurrentRows.cpp - RNN, GRU, LSTM -----------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeImporter.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace autoglm::onnx_import {

namespace {
/// An activation by ONNX's name, ours, and its parameters where the model does
/// not give them.
struct Function {
  StringRef onnx, name;
  bool hasAlpha, hasBeta;
  float alpha, beta;
};
} // namespace

static constexpr Function kFunctions[] = {
    {"Sigmoid", "sigmoid", false, false, 0, 0},
    {"Tanh", "tanh", false, false, 0, 0},
    {"Relu", "relu", false, false, 0, 0},
    {"Affine", "affine", true, true, 1, 0},
    {"LeakyRelu", "leaky_relu", true, false, 0.01f, 0},
    {"ThresholdedRelu", "thresholded_relu", true, false, 1, 0},
    {"ScaledTanh", "scaled_tanh", true, true, 1, 1},
    {"HardSigmoid", "hard_sigmoid", true, true, 0.2f, 0.5f},
    {"Elu", "elu", true, false, 1, 0},
    {"Softsign", "softsign", false, false, 0, 0},
    {"Softplus", "softplus", false, false, 0, 0}};

/// The attributes that say what a cell applies.
static SmallVector<NamedAttribute> readActivations(NodeImporter &n,
                                                   ArrayRef<StringRef> standard,
                                                   int64_t directions) {
  SmallVector<std::string> names;
  for (int64_t i = 0; i < directions; ++i)
    for (StringRef name : standard)
      names.push_back(name.str());
  if (auto given = n.getStrings("activations"); given && !given->empty())
    names = *given;
  auto alphas = n.getFloats("activation_alpha").value_or(SmallVector<float>());
  auto betas = n.getFloats("activation_beta").value_or(SmallVector<float>());
  SmallVector<Attribute> attrs;
  SmallVector<float> alpha, beta;
  size_t nextAlpha = 0, nextBeta = 0;
  for (const std::string &name : names) {
    const Function *function = llvm::find_if(kFunctions, [&](const auto &f) {
      return f.onnx.equals_insensitive(name);
    });
    if (function == std::end(kFunctions)) {
      if (!n.hasFailed())
        n.error() << "activation '" << name << "' is not known";
      return {};
    }
    attrs.push_back(n.builder.getStringAttr(function->name));
    alpha.push_back(function->hasAlpha && nextAlpha < alphas.size()
                        ? alphas[nextAlpha++]
                        : function->alpha);
    beta.push_back(function->hasBeta && nextBeta < betas.size()
                       ? betas[nextBeta++]
                       : function->beta);
  }
  return {n.attr("activations", n.builder.getArrayAttr(attrs)),
          n.floatsAttr("alphas", alpha), n.floatsAttr("betas", beta)};
}

static Value transposed(NodeImporter &n, Value value, ArrayRef<int64_t> perm) {
  if (!value || n.rank(value) != static_cast<int64_t>(perm.size()))
    return value;
  return n.create("transpose", value, n.intsAttr("perm", perm));
}

static void importRecurrent(NodeImporter &n) {
  bool isLstm = n.row.op == "LSTM", isGru = n.row.op == "GRU";
  std::string direction = n.getString("direction", "forward");
  int64_t directions = direction == "bidirectional" ? 2 : 1;
  SmallVector<StringRef> standard{"Tanh"};
  if (isLstm)
    standard = {"Sigmoid", "Tanh", "Tanh"};
  if (isGru)
    standard = {"Sigmoid", "Tanh"};
  SmallVector<NamedAttribute> attrs = readActivations(n, standard, directions);
  attrs.push_back(n.stringAttr("direction", direction));
  attrs.push_back(n.floatAttr("clip", n.getFloat("clip", 0)));
  if (isLstm)
    attrs.push_back(
        n.boolAttr("input_forget", n.getBool("input_forget", false)));
  if (isGru && n.row.since >= 3)
    attrs.push_back(n.boolAttr("linear_before_reset",
                               n.getBool("linear_before_reset", false)));
  // A hint of the first versions.
  if (n.row.since < 7)
    n.ignore("output_sequence");
  bool batchFirst = n.row.since >= 14 && n.getBool("layout", false);
  Value recurrent = n.operand(2);
  if (n.hasAttr("hidden_size")) {
    int64_t hidden = n.getInt("hidden_size", 0);
    if (!n.hasFailed() && n.rank(recurrent) == 3 &&
        failed(
            verifyCompatibleShape({hidden}, {n.type(recurrent).getDimSize(2)})))
      n.error() << "has hidden_size " << hidden
                << ", but recurrent weights of type " << n.type(recurrent);
  }
  if (n.hasFailed())
    return;
  SmallVector<Value> inputs;
  for (unsigned i = 0; i < static_cast<unsigned>(n.row.maxOperands); ++i)
    inputs.push_back(n.operand(i));
  if (batchFirst) {
    inputs[0] = transposed(n, inputs[0], {1, 0, 2});
    for (unsigned i = 5; i < std::min<size_t>(7, inputs.size()); ++i)
      inputs[i] = transposed(n, inputs[i], {1, 0, 2});
  }
  Operation *op = n.createWithOptional(n.row.mnemonic, inputs, attrs);
  if (!op)
    return;
  for (auto [index, result] : llvm::enumerate(op->getResults())) {
    Value value = result;
    if (batchFirst && n.wants(index))
      value = index == 0 ? transposed(n, value, {2, 0, 1, 3})
                         : transposed(n, value, {1, 0, 2});
    n.results.push_back(value);
  }
}

void addRecurrentRows(std::vector<Row> &table) {
  addRows(table,
          {
              {"RNN", {1, 7, 14, 22}, importRecurrent, "rnn", 3, 6, 2},
              {"GRU", {1, 3, 7, 14, 22}, importRecurrent, "gru", 3, 6, 2},
              {"LSTM", {1, 7, 14, 22}, importRecurrent, "lstm", 3, 8, 3},
          });
}

} // namespace autoglm::onnx_import
