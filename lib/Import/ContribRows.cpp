//===- ContribRows.cpp - operators of com.microsoft -------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What onnxruntime's model optimizer leaves in models.
//
//===----------------------------------------------------------------------===//

#include "NodeImporter.h"

using namespace mlir;

namespace autoglm::onnx_import {

static Value add(NodeImporter &n, Value a, Value b) {
  if (n.hasFailed() || !a || !b)
    return a;
  return n.create("add", {a, b});
}

/// Gelu of the input and a bias, exact or by tanh.
static void importBiasGelu(NodeImporter &n) {
  Value x = add(n, n.operand(0), n.operand(1));
  if (x)
    n.results = {n.create(
        "gelu", x, n.boolAttr("tanh_approximation", n.row.op == "FastGelu"))};
}

/// x * sigmoid(alpha * x).
static void importQuickGelu(NodeImporter &n) {
  Value x = n.operand(0);
  Value scaled =
      n.create("mul", {x, n.scalarLike(x, n.getFloat("alpha", 1.702f))});
  Value gate = n.create("sigmoid", scaled);
  if (!n.hasFailed())
    n.results = {n.create("mul", {x, gate})};
}

static void importSimplifiedNormalization(NodeImporter &n) {
  n.ignore("stash_type");
  n.finish(n.getOperands(),
           {n.intAttr("axis", n.getInt("axis", -1)),
            n.floatAttr("epsilon", n.getFloat("epsilon", 1e-5f))});
}

/// A sum and its normalization; the sum is the fourth output.
static void importSkipNormalization(NodeImporter &n) {
  bool isSimplified = n.row.op == "SkipSimplifiedLayerNormalization";
  float epsilon = n.getFloat("epsilon", isSimplified ? 1e-5f : 1e-12f);
  Value sum = add(n, n.operand(0), n.operand(1));
  sum = add(n, sum, n.operand(isSimplified ? 3 : 4));
  SmallVector<Value> inputs{sum, n.operand(2)};
  if (!isSimplified && n.operand(3))
    inputs.push_back(n.operand(3));
  if (n.hasFailed())
    return;
  Operation *op = n.createOp(
      isSimplified ? "rms_normalization" : "layer_normalization", inputs,
      {n.intAttr("axis", -1), n.floatAttr("epsilon", epsilon)});
  if (op)
    n.results = {op->getResult(0), Value(), Value(), sum};
}

/// alpha * A' * B', with the last two dimensions of each swapped on demand.
static void importFusedMatMul(NodeImporter &n) {
  auto swapped = [&](Value value, bool isOn) -> Value {
    int64_t rank = n.rank(value);
    if (!isOn || rank < 2)
      return value;
    SmallVector<int64_t> perm = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    std::swap(perm[rank - 2], perm[rank - 1]);
    return n.create("transpose", value, n.intsAttr("perm", perm));
  };
  Value a = swapped(n.operand(0), n.getBool("transA", false));
  Value b = swapped(n.operand(1), n.getBool("transB", false));
  float alpha = n.getFloat("alpha", 1);
  if (n.getBool("transBatchA", false) || n.getBool("transBatchB", false)) {
    n.error(ErrorCode::UnsupportedOperator)
        << "transposes batches, which is not supported";
    return;
  }
  if (n.hasFailed())
    return;
  Value product = n.create("matmul", {a, b});
  if (product && alpha != 1)
    product = n.create("mul", {product, n.scalarLike(product, alpha)});
  n.results = {product};
}

static void importGelu(NodeImporter &n) {
  n.finish(n.operand(0), n.boolAttr("tanh_approximation", false));
}

void addContribRows(std::vector<Row> &table) {
  constexpr StringLiteral domain = "com.microsoft";
  addRows(table,
          {
              {"Gelu", {1}, importGelu, "gelu", 1, 1, 1, domain},
              {"BiasGelu", {1}, importBiasGelu, "", 2, 2, 1, domain},
              {"FastGelu", {1}, importBiasGelu, "", 1, 2, 1, domain},
              {"QuickGelu", {1}, importQuickGelu, "", 1, 1, 1, domain},
              {"FusedMatMul", {1}, importFusedMatMul, "", 2, 2, 1, domain},
              {"SkipLayerNormalization",
               {1},
               importSkipNormalization,
               "",
               3,
               5,
               4,
               domain},
              {"SkipSimplifiedLayerNormalization",
               {1},
               importSkipNormalization,
               "",
               3,
               4,
               4,
               domain},
              // The optimizer puts this one into ONNX's own domain.
              {"SimplifiedLayerNormalization",
               {1},
               importSimplifiedNormalization,
               "rms_normalization",
               2,
               2},
          });
}

} // namespace autoglm::onnx_import
