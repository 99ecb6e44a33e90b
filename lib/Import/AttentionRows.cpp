//===- AttentionRows.cpp - attention, rotary embedding, einsum --*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeImporter.h"

#include <cmath>

using namespace mlir;

namespace autoglm::onnx_import {

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// (batch, sequence, heads * size) as (batch, heads, sequence, size).
static Value splitHeads(NodeImporter &n, Value value, int64_t heads) {
  if (n.hasFailed() || n.rank(value) == 4)
    return value;
  int64_t width =
      n.rank(value) == 3 ? n.type(value).getDimSize(2) : ShapedType::kDynamic;
  if (heads < 1 || ShapedType::isDynamic(width) || width % heads != 0) {
    n.error() << "operand of type " << n.type(value) << " does not divide into "
              << heads << " heads";
    return {};
  }
  Value split = n.reshape(value, {0, 0, heads, width / heads});
  if (!split)
    return {};
  return n.create("transpose", split, n.intsAttr("perm", {0, 2, 1, 3}));
}

/// The mask may be shorter than the keys; those beyond it are hidden.
static Value padMask(NodeImporter &n, Value mask, int64_t keys) {
  if (!mask)
    return mask;
  RankedTensorType type = n.type(mask);
  int64_t last = type.getRank() == 0 ? keys : type.getShape().back();
  if (last == keys || last == 1 || ShapedType::isDynamic(last) ||
      ShapedType::isDynamic(keys) || last > keys)
    return mask;
  SmallVector<int64_t> pads(2 * type.getRank(), 0);
  pads.back() = keys - last;
  Value hidden;
  if (type.getElementType().isInteger(1))
    hidden = n.builder.create<ConstantOp>(
        n.getLoc(),
        DenseElementsAttr::get(RankedTensorType::get({}, type.getElementType()),
                               false));
  else
    hidden = n.scalarLike(mask, -std::numeric_limits<double>::infinity());
  return n.create("pad", {mask, n.ints(pads), hidden});
}

static void importAttention(NodeImporter &n) {
  bool isCausal = n.getBool("is_causal", false);
  int64_t queryHeads = n.getInt("q_num_heads", 0);
  int64_t keyHeads = n.getInt("kv_num_heads", 0);
  float softcap = n.getFloat("softcap", 0);
  int64_t stage = n.getInt("qk_matmul_output_mode", 0);
  auto precision = static_cast<int32_t>(n.getInt("softmax_precision", 0));
  for (StringRef side : {"left_window_size", "right_window_size"})
    if (n.row.since >= 25 && n.getInt(side, -1) >= 0 && !n.hasFailed())
      n.error(ErrorCode::UnsupportedOperator)
          << "has a " << side << ", which is not supported";
  bool hasScale = n.hasAttr("scale");
  float scale = n.getFloat("scale", 0);
  if (n.hasFailed())
    return;
  bool isFlat = n.rank(n.operand(0)) == 3;
  Value query = splitHeads(n, n.operand(0), queryHeads);
  Value key = splitHeads(n, n.operand(1), keyHeads);
  Value value = splitHeads(n, n.operand(2), keyHeads);
  if (n.hasFailed())
    return;
  Value pastKey = n.operand(4), pastValue = n.operand(5);
  int64_t offset = 0;
  if (static_cast<bool>(pastKey) != static_cast<bool>(pastValue)) {
    n.error() << "has a past key or a past value, but not both";
    return;
  }
  if (pastKey) {
    offset = n.rank(pastKey) == 4 ? n.type(pastKey).getDimSize(2)
                                  : ShapedType::kDynamic;
    key = n.create("concat", {pastKey, key}, n.intAttr("axis", 2));
    value = n.create("concat", {pastValue, value}, n.intAttr("axis", 2));
  }
  if (n.hasFailed())
    return;
  int64_t queries = n.type(query).getDimSize(2);
  int64_t size = n.type(query).getShape().back();
  Value valid = n.operand(6);
  if (valid)
    offset = ShapedType::isDynamic(queries) ? queries : -queries;
  if ((isCausal && ShapedType::isDynamic(offset)) ||
      (!hasScale && ShapedType::isDynamic(size))) {
    n.error(ErrorCode::UnknownDimension)
        << "needs to know how long past and queries are: give it with --shape "
           "or --bind";
    return;
  }
  Type element = n.type(query).getElementType();
  Type softmaxType =
      precision ? getElementType(n.builder.getContext(), precision) : element;
  if (!softmaxType) {
    n.error(ErrorCode::UnsupportedType)
        << "has softmax_precision " << getElementTypeName(precision)
        << ", which is not supported";
    return;
  }
  SmallVector<NamedAttribute> attrs{
      n.floatAttr("scale", hasScale
                               ? scale
                               : static_cast<float>(
                                     1 / std::sqrt(static_cast<double>(size)))),
      n.floatAttr("softcap", softcap), n.intAttr("score_stage", stage),
      n.attr("softmax_type", TypeAttr::get(softmaxType))};
  if (isCausal)
    attrs.push_back(n.intAttr("causal_offset", offset));
  Value mask = padMask(n, n.operand(3), n.type(key).getDimSize(2));
  Operation *op = n.createWithOptional("attention",
                                       {query, key, value, mask, valid}, attrs);
  if (!op)
    return;
  Value output = op->getResult(0);
  if (isFlat) {
    int64_t width = n.type(output).getShape().back();
    output = n.create("transpose", output, n.intsAttr("perm", {0, 2, 1, 3}));
    if (ShapedType::isDynamic(width))
      return n.error(ErrorCode::UnknownDimension)
                 << "needs to know the size of a head",
             void();
    output = n.reshape(output, {0, 0, queryHeads * width});
  }
  n.results = {output, key, value, op->getResult(1)};
}

//===----------------------------------------------------------------------===//
// RotaryEmbedding
//===----------------------------------------------------------------------===//

static Value slice(NodeImporter &n, Value value, int64_t axis, int64_t first,
                   int64_t end, int64_t step = 1) {
  return n.create("slice", {value, n.ints({first}), n.ints({end}),
                            n.ints({axis}), n.ints({step})});
}

static void importRotaryEmbedding(NodeImporter &n) {
  bool isInterleaved = n.getBool("interleaved", false);
  int64_t width = n.getInt("rotary_embedding_dim", 0);
  int64_t heads = n.getInt("num_heads", 0);
  if (n.hasFailed())
    return;
  // (batch, heads, sequence, size) from here on.
  Value input = n.operand(0);
  bool isFlat = n.rank(input) == 3;
  Value x = splitHeads(n, input, heads);
  if (n.hasFailed())
    return;
  int64_t size =
      n.rank(x) == 4 ? n.type(x).getDimSize(3) : ShapedType::kDynamic;
  if (width == 0)
    width = size;
  if (ShapedType::isDynamic(size) || width < 2 || width > size ||
      width % 2 != 0) {
    n.error() << "cannot rotate " << width << " of the last dimension of "
              << n.type(x);
    return;
  }
  // One angle per position and pair, for all heads.
  auto angles = [&](unsigned index) -> Value {
    Value cache = n.operand(index);
    if (Value positions = n.operand(3))
      cache = n.create("gather", {cache, positions}, n.intAttr("axis", 0));
    if (!cache || n.rank(cache) != 3) {
      if (!n.hasFailed())
        n.error() << "cannot use a cache of type " << n.type(n.operand(index));
      return {};
    }
    return n.create("unsqueeze", cache, n.intsAttr("axes", {1}));
  };
  Value cosine = angles(1), sine = angles(2);
  Value turned = slice(n, x, 3, 0, width);
  Value first = isInterleaved ? slice(n, turned, 3, 0, width, 2)
                              : slice(n, turned, 3, 0, width / 2);
  Value second = isInterleaved ? slice(n, turned, 3, 1, width, 2)
                               : slice(n, turned, 3, width / 2, width);
  auto product = [&](Value a, Value b) { return n.create("mul", {a, b}); };
  if (n.hasFailed())
    return;
  Value real = n.create("sub", {product(cosine, first), product(sine, second)});
  Value imaginary =
      n.create("add", {product(sine, first), product(cosine, second)});
  Value rotated;
  if (isInterleaved) {
    Value parts[] = {n.create("unsqueeze", real, n.intsAttr("axes", {4})),
                     n.create("unsqueeze", imaginary, n.intsAttr("axes", {4}))};
    Value pairs = n.create("concat", parts, n.intAttr("axis", 4));
    rotated = n.reshape(pairs, {0, 0, 0, width});
  } else {
    rotated = n.create("concat", {real, imaginary}, n.intAttr("axis", 3));
  }
  if (width < size)
    rotated = n.create("concat", {rotated, slice(n, x, 3, width, size)},
                       n.intAttr("axis", 3));
  if (isFlat && rotated) {
    rotated = n.create("transpose", rotated, n.intsAttr("perm", {0, 2, 1, 3}));
    rotated = n.reshape(rotated, {0, 0, heads * size});
  }
  n.results = {rotated};
}

//===----------------------------------------------------------------------===//
// Einsum
//===----------------------------------------------------------------------===//

/// Writes the result out and gives every dimension that an ellipsis stands for
/// a letter of its own.
static void importEinsum(NodeImporter &n) {
  n.require("equation");
  std::string text = n.getString("equation", "");
  llvm::erase(text, ' ');
  StringRef equation = text;
  auto [left, right] = equation.split("->");
  SmallVector<StringRef> terms;
  left.split(terms, ',');
  if (n.hasFailed())
    return;
  if (terms.size() != n.getNumOperands()) {
    n.error() << "equation '" << text << "' has " << terms.size()
              << " terms for " << n.getNumOperands() << " operands";
    return;
  }
  std::string unused;
  for (char letter = 'A'; letter <= 'z'; ++letter)
    if (llvm::isAlpha(letter) && !equation.contains(letter))
      unused += letter;
  // Ellipses broadcast, so all of them end with the same letters.
  int64_t longest = 0;
  std::string whole;
  SmallVector<int64_t> counts;
  for (auto [term, operand] : llvm::zip_equal(terms, n.getOperands())) {
    bool hasEllipsis = term.contains("...");
    int64_t own = n.rank(operand) -
                  (static_cast<int64_t>(term.size()) - (hasEllipsis ? 3 : 0));
    counts.push_back(hasEllipsis ? own : 0);
    longest = std::max(longest, counts.back());
  }
  if (longest > static_cast<int64_t>(unused.size()) ||
      llvm::any_of(counts, [](int64_t count) { return count < 0; })) {
    n.error() << "equation '" << text << "' does not fit its operands";
    return;
  }
  auto expand = [&](StringRef term, int64_t count) {
    auto [before, after] = term.split("...");
    return before.str() + unused.substr(longest - count, count) + after.str();
  };
  SmallVector<Value> inputs;
  for (auto [index, term] : llvm::enumerate(terms)) {
    std::string letters = expand(term, counts[index]);
    // A dimension of 1 that others broadcast is left out.
    Value input = n.operand(index);
    SmallVector<int64_t> axes;
    for (auto [axis, letter] : llvm::enumerate(letters))
      if (unused.substr(0, longest).find(letter) != std::string::npos &&
          static_cast<int64_t>(axis) < n.rank(input) &&
          n.type(input).getDimSize(axis) == 1)
        axes.push_back(axis);
    for (int64_t axis : llvm::reverse(axes)) {
      bool isElsewhere = false;
      for (auto [other, count] : llvm::enumerate(counts))
        isElsewhere |=
            other != index && expand(terms[other], count).find(letters[axis]) !=
                                  std::string::npos;
      if (!isElsewhere)
        continue;
      input = n.create("squeeze", input, n.intsAttr("axes", {axis}));
      letters.erase(axis, 1);
      if (!input)
        return;
    }
    whole += (index ? "," : "") + letters;
    inputs.push_back(input);
  }
  std::string result;
  if (equation.contains("->")) {
    result = expand(right, longest);
  } else {
    // Without a result: the ellipsis, then what occurs once, in order.
    std::string once;
    for (char letter : left)
      if (llvm::isAlpha(letter) && left.count(letter) == 1)
        once += letter;
    llvm::sort(once);
    result = unused.substr(0, longest) + once;
  }
  n.finish(inputs, n.stringAttr("equation", whole + "->" + result));
}

void addAttentionRows(std::vector<Row> &table) {
  addRows(table,
          {
              {"Attention", {23}, importAttention, "attention", 3, 6, 4},
              {"Attention", {24, 25}, importAttention, "attention", 3, 7, 4},
              {"RotaryEmbedding", {23}, importRotaryEmbedding, "", 3, 4},
              {"Einsum", {12, 28}, importEinsum, "einsum", 1, kAny},
          });
}

} // namespace autoglm::onnx_import
