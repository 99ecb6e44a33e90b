//===- LossRows.cpp - losses ------------------------------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeImporter.h"

using namespace mlir;

namespace autoglm::onnx_import {

static Value sumAll(NodeImporter &n, Value value) {
  return n.create("reduce_sum", value,
                  {n.intsAttr("axes", llvm::to_vector(llvm::seq<int64_t>(
                                          0, n.rank(value)))),
                   n.boolAttr("keepdims", false)});
}

/// The loss of logarithms of probabilities (N, C, ...) against classes (N,
/// ...), with one weight per class if there is a third operand.
static Value buildLoss(NodeImporter &n, Value logarithms) {
  Value target = n.operand(1), weight = n.operand(2);
  std::string reduction = n.getString("reduction", "mean");
  bool ignores = n.hasAttr("ignore_index");
  int64_t ignored = n.getInt("ignore_index", -1);
  if (n.hasFailed())
    return {};
  if (reduction != "mean" && reduction != "sum" && reduction != "none") {
    n.error() << "reduction is '" << reduction
              << "', expected mean, sum or none";
    return {};
  }
  Value isCounted, index = target;
  if (ignores) {
    Value other = n.scalarLike(target, static_cast<double>(ignored));
    isCounted = n.create("not", n.create("equal", {target, other}));
    index = n.create("where", {isCounted, target, n.scalarLike(target, 0)});
  }
  Value column = n.create("unsqueeze", index, n.intsAttr("axes", {1}));
  if (n.hasFailed())
    return {};
  Value picked =
      n.create("gather_elements", {logarithms, column}, n.intAttr("axis", 1));
  Value loss =
      n.create("neg", n.create("squeeze", picked, n.intsAttr("axes", {1})));
  if (n.hasFailed())
    return {};
  Value share;
  if (weight) {
    share = n.create("gather", {weight, index}, n.intAttr("axis", 0));
    loss = n.create("mul", {loss, share});
  }
  if (ignores && !n.hasFailed()) {
    Value zero = n.scalarLike(loss, 0);
    share = n.create("where",
                     {isCounted, share ? share : n.scalarLike(loss, 1), zero});
    loss = n.create("where", {isCounted, loss, zero});
  }
  if (reduction == "none" || n.hasFailed())
    return loss;
  Value total = sumAll(n, loss);
  if (reduction == "sum")
    return total;
  if (share)
    return n.create("div", {total, sumAll(n, share)});
  return n.create(
      "reduce_mean", loss,
      {n.intsAttr("axes", llvm::to_vector(llvm::seq<int64_t>(0, n.rank(loss)))),
       n.boolAttr("keepdims", false)});
}

static void importNegativeLogLikelihood(NodeImporter &n) {
  n.results = {buildLoss(n, n.operand(0))};
}

static void importSoftmaxCrossEntropy(NodeImporter &n) {
  Value logarithms =
      n.create("log_softmax", n.operand(0), n.intAttr("axis", 1));
  n.results = {buildLoss(n, logarithms), logarithms};
}

void addLossRows(std::vector<Row> &table) {
  addRows(table, {
                     {"NegativeLogLikelihoodLoss",
                      {12, 13, 22},
                      importNegativeLogLikelihood,
                      "",
                      2,
                      3},
                     {"SoftmaxCrossEntropyLoss",
                      {12, 13},
                      importSoftmaxCrossEntropy,
                      "",
                      2,
                      3,
                      2},
                 });
}

} // namespace autoglm::onnx_import
