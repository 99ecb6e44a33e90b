//===- ElementwiseRows.cpp - elementwise operators --------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeImporter.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace autoglm::onnx_import {

//===----------------------------------------------------------------------===//
// Forms that many operators share
//===----------------------------------------------------------------------===//

/// Operands by position, no attributes.
static void importPlain(NodeImporter &n) { n.finish(n.getOperands()); }

static void importWithAlpha(NodeImporter &n) {
  float standard = n.row.op == "LeakyRelu" ? 0.01f : 1.0f;
  n.finish(n.getOperands(),
           n.floatAttr("alpha", n.getFloat("alpha", standard)));
}

/// Before opset 7 the second operand was broadcast only on demand: its
/// dimensions lie from `axis` on, by default at the end.
static Value broadcastAt(NodeImporter &n, Value lhs, Value rhs) {
  bool isOn = n.getBool("broadcast", false);
  bool hasAxis = n.hasAttr("axis");
  int64_t axis = n.getInt("axis", 0);
  if (n.hasFailed())
    return {};
  RankedTensorType left = n.type(lhs), right = n.type(rhs);
  if (!isOn) {
    if (failed(verifyCompatibleShape(left.getShape(), right.getShape())))
      n.error() << "operands have types " << left << " and " << right
                << ", which must agree without the attribute 'broadcast'";
    return rhs;
  }
  if (!hasAxis || right.getRank() == 0)
    return rhs;
  if (axis < 0)
    axis += left.getRank();
  int64_t behind = left.getRank() - right.getRank() - axis;
  if (axis < 0 || behind < 0) {
    n.error() << "an operand of rank " << right.getRank()
              << " does not fit into rank " << left.getRank() << " from axis "
              << axis << " on";
    return {};
  }
  if (behind == 0)
    return rhs;
  SmallVector<int64_t> axes;
  for (int64_t i = 0; i < behind; ++i)
    axes.push_back(right.getRank() + i);
  return n.create("unsqueeze", rhs, n.intsAttr("axes", axes));
}

static void importOldBinary(NodeImporter &n) {
  Value rhs = broadcastAt(n, n.operand(0), n.operand(1));
  if (!n.hasFailed())
    n.finish({n.operand(0), rhs});
}

/// Sum, Mean, Min, Max of any number of operands.
static void importVariadic(NodeImporter &n) {
  Value result = n.operand(0);
  bool isMean = n.row.op == "Mean";
  for (Value next : n.getOperands().drop_front())
    result = n.hasFailed() ? Value() : n.create(n.row.mnemonic, {result, next});
  if (isMean && result && n.getNumOperands() > 1)
    result =
        n.create("div", {result, n.scalarLike(result, n.getNumOperands())});
  n.results = {result};
}

//===----------------------------------------------------------------------===//
// Operators with something of their own
//===----------------------------------------------------------------------===//

static void importSelu(NodeImporter &n) {
  // The first version rounded its defaults.
  bool isFirst = n.row.since == 1;
  float alpha = isFirst ? 1.6732f : 1.67326319217681884765625f;
  float gamma = isFirst ? 1.0507f : 1.05070102214813232421875f;
  n.finish(n.getOperands(), {n.floatAttr("alpha", n.getFloat("alpha", alpha)),
                             n.floatAttr("gamma", n.getFloat("gamma", gamma))});
}

static void importHardSigmoid(NodeImporter &n) {
  n.finish(n.getOperands(), {n.floatAttr("alpha", n.getFloat("alpha", 0.2f)),
                             n.floatAttr("beta", n.getFloat("beta", 0.5f))});
}

static void importGelu(NodeImporter &n) {
  std::string form = n.getString("approximate", "none");
  if (form != "none" && form != "tanh") {
    n.error() << "approximate is '" << form << "', expected none or tanh";
    return;
  }
  n.finish(n.getOperands(), n.boolAttr("tanh_approximation", form == "tanh"));
}

static void importSwish(NodeImporter &n) {
  Value input = n.operand(0), scaled = input;
  float alpha = n.getFloat("alpha", 1.0f);
  if (alpha != 1.0f)
    scaled = n.create("mul", {input, n.scalarLike(input, alpha)});
  Value gate = n.create("sigmoid", scaled);
  n.results = {n.create("mul", {input, gate})};
}

static void importIsInf(NodeImporter &n) {
  n.finish(n.getOperands(),
           {n.boolAttr("detect_negative", n.getBool("detect_negative", true)),
            n.boolAttr("detect_positive", n.getBool("detect_positive", true))});
}

static void importMod(NodeImporter &n) {
  n.finish(n.getOperands(), n.boolAttr("fmod", n.getBool("fmod", false)));
}

static void importBitShift(NodeImporter &n) {
  n.require("direction");
  std::string direction = n.getString("direction", "LEFT");
  if (!n.hasFailed() && direction != "LEFT" && direction != "RIGHT")
    n.error() << "direction is '" << direction << "', expected LEFT or RIGHT";
  if (!n.hasFailed())
    n.finish(n.getOperands(), n.boolAttr("right", direction == "RIGHT"));
}

/// Zero within [-lambd, lambd], moved towards zero by the bias outside.
static void importShrink(NodeImporter &n) {
  Value x = n.operand(0);
  float bias = n.getFloat("bias", 0), limit = n.getFloat("lambd", 0.5f);
  auto number = [&](double value) { return n.scalarLike(x, value); };
  Value isBelow = n.create("less", {x, number(-limit)});
  Value isAbove = n.create("greater", {x, number(limit)});
  Value lowered = n.create("sub", {x, number(bias)});
  Value raised = n.create("add", {x, number(bias)});
  if (n.hasFailed())
    return;
  Value upper = n.create("where", {isAbove, lowered, number(0)});
  n.results = {n.create("where", {isBelow, raised, upper})};
}

/// The slope has the shape of the channels, or broadcasts as numpy does.
static void importPRelu(NodeImporter &n) {
  Value input = n.operand(0), slope = n.operand(1);
  int64_t rank = n.rank(input);
  // Until opset 6 a vector was one slope per channel.
  if (n.row.since < 7 && n.rank(slope) == 1 && rank > 2 &&
      n.type(slope).getDimSize(0) != 1) {
    SmallVector<int64_t> axes;
    for (int64_t i = 2; i < rank; ++i)
      axes.push_back(i - 1);
    slope = n.create("unsqueeze", slope, n.intsAttr("axes", axes));
  }
  if (slope)
    n.finish({input, slope});
}

/// The lowest or highest value of a type that a bound left out stands for.
static Value createLimit(NodeImporter &n, Value input, bool isUpper) {
  Type element = n.type(input).getElementType();
  auto scalar = RankedTensorType::get({}, element);
  DenseElementsAttr value;
  if (auto floatType = dyn_cast<FloatType>(element)) {
    value = DenseElementsAttr::get(
        scalar, APFloat::getInf(floatType.getFloatSemantics(), !isUpper));
  } else {
    unsigned width = element.getIntOrFloatBitWidth();
    APInt limit =
        element.isUnsignedInteger()
            ? (isUpper ? APInt::getMaxValue(width) : APInt::getMinValue(width))
            : (isUpper ? APInt::getSignedMaxValue(width)
                       : APInt::getSignedMinValue(width));
    value = DenseElementsAttr::get(scalar, limit);
  }
  return n.builder.create<ConstantOp>(n.getLoc(), value);
}

/// Before opset 11 the bounds were attributes.
static void importOldClip(NodeImporter &n) {
  Value input = n.operand(0);
  auto bound = [&](StringRef name, bool isUpper) {
    return n.hasAttr(name) ? n.scalarLike(input, n.getFloat(name, 0))
                           : createLimit(n, input, isUpper);
  };
  Value low = bound("min", false), high = bound("max", true);
  n.finish({input, low, high});
}

static void importClip(NodeImporter &n) {
  Value input = n.operand(0);
  auto bound = [&](unsigned index, bool isUpper) {
    Value value = n.operand(index);
    if (!value)
      return createLimit(n, input, isUpper);
    // Exporters write vectors of one element, too.
    if (n.rank(value) == 1 && n.type(value).getDimSize(0) == 1)
      return n.reshape(value, {});
    return value;
  };
  Value low = bound(1, false), high = bound(2, true);
  for (Value value : {low, high})
    if (!n.hasFailed() && n.rank(value) != 0)
      n.error() << "min and max must be scalars, got " << n.type(value);
  if (!n.hasFailed())
    n.finish({input, low, high});
}

//===----------------------------------------------------------------------===//
// Casts
//===----------------------------------------------------------------------===//

/// Cast-1 names the type.
static int32_t parseTypeName(StringRef name) {
  onnx::TensorProto_DataType type;
  return onnx::TensorProto_DataType_Parse(name.upper(), &type)
             ? static_cast<int32_t>(type)
             : 0;
}

static void importCast(NodeImporter &n) {
  n.require("to");
  // These matter for float8 only, which is no type of ours yet.
  n.ignore("saturate");
  n.ignore("round_mode");
  bool isName = n.row.since == 1;
  std::string name = isName ? n.getString("to", "") : "";
  auto number =
      isName ? parseTypeName(name) : static_cast<int32_t>(n.getInt("to", 0));
  if (n.hasFailed())
    return;
  Type type = getElementType(n.builder.getContext(), number);
  if (!type) {
    n.error(ErrorCode::UnsupportedType)
        << "casts to element type "
        << (isName ? name : getElementTypeName(number))
        << ", which is not supported";
    return;
  }
  n.finish(n.operand(0), n.attr("to", TypeAttr::get(type)));
}

static void importCastLike(NodeImporter &n) {
  n.ignore("saturate");
  n.ignore("round_mode");
  Type type = n.type(n.operand(1)).getElementType();
  n.results = {
      n.create("cast", n.operand(0), n.attr("to", TypeAttr::get(type)))};
}

void addElementwiseRows(std::vector<Row> &table) {
  addRows(
      table,
      {
          {"Abs", {1, 6, 13}, importPlain, "abs"},
          {"Acos", {7, 22}, importPlain, "acos"},
          {"Acosh", {9, 22}, importPlain, "acosh"},
          {"Asin", {7, 22}, importPlain, "asin"},
          {"Asinh", {9, 22}, importPlain, "asinh"},
          {"Atan", {7, 22}, importPlain, "atan"},
          {"Atanh", {9, 22}, importPlain, "atanh"},
          {"Ceil", {1, 6, 13}, importPlain, "ceil"},
          {"Celu", {12, 28}, importWithAlpha, "celu"},
          {"Cos", {7, 22}, importPlain, "cos"},
          {"Cosh", {9, 22}, importPlain, "cosh"},
          {"Elu", {1, 6, 22}, importWithAlpha, "elu"},
          {"Erf", {9, 13}, importPlain, "erf"},
          {"Exp", {1, 6, 13}, importPlain, "exp"},
          {"Floor", {1, 6, 13}, importPlain, "floor"},
          {"Gelu", {20}, importGelu, "gelu"},
          {"HardSigmoid", {1, 6, 22}, importHardSigmoid, "hard_sigmoid"},
          {"HardSwish", {14, 22}, importPlain, "hard_swish"},
          {"IsInf", {10, 20}, importIsInf, "isinf"},
          {"IsNaN", {9, 13, 20}, importPlain, "isnan"},
          {"LeakyRelu", {1, 6, 16}, importWithAlpha, "leaky_relu"},
          {"Log", {1, 6, 13}, importPlain, "log"},
          {"Mish", {18, 22}, importPlain, "mish"},
          {"Neg", {1, 6, 13}, importPlain, "neg"},
          {"Not", {1}, importPlain, "not"},
          {"Reciprocal", {1, 6, 13}, importPlain, "reciprocal"},
          {"Relu", {1, 6, 13, 14}, importPlain, "relu"},
          {"Round", {11, 22}, importPlain, "round"},
          {"Selu", {1, 6, 22}, importSelu, "selu"},
          {"Sigmoid", {1, 6, 13}, importPlain, "sigmoid"},
          {"Sign", {9, 13}, importPlain, "sign"},
          {"Sin", {7, 22}, importPlain, "sin"},
          {"Sinh", {9, 22}, importPlain, "sinh"},
          {"Softplus", {1, 22}, importPlain, "softplus"},
          {"Softsign", {1, 22}, importPlain, "softsign"},
          {"Sqrt", {1, 6, 13}, importPlain, "sqrt"},
          {"Swish", {24}, importSwish},
          {"Tan", {7, 22}, importPlain, "tan"},
          {"Tanh", {1, 6, 13}, importPlain, "tanh"},
          {"ThresholdedRelu", {10, 22}, importWithAlpha, "thresholded_relu"},

          {"Clip", {1, 6}, importOldClip, "clip"},
          {"Clip", {11, 12, 13}, importClip, "clip", 1, 3},
          {"Cast", {1, 6, 9, 13, 19, 21, 23, 24, 25, 28}, importCast, "cast"},
          {"CastLike", {15, 19, 21, 23, 24, 25}, importCastLike, "", 2, 2},

          {"Add", {1, 6}, importOldBinary, "add", 2, 2},
          {"Add", {7, 13, 14}, importPlain, "add", 2, 2},
          {"Sub", {1, 6}, importOldBinary, "sub", 2, 2},
          {"Sub", {7, 13, 14}, importPlain, "sub", 2, 2},
          {"Mul", {1, 6}, importOldBinary, "mul", 2, 2},
          {"Mul", {7, 13, 14}, importPlain, "mul", 2, 2},
          {"Div", {1, 6}, importOldBinary, "div", 2, 2},
          {"Div", {7, 13, 14}, importPlain, "div", 2, 2},
          {"Pow", {1}, importOldBinary, "pow", 2, 2},
          {"Pow", {7, 12, 13, 15}, importPlain, "pow", 2, 2},
          {"Mod", {10, 13, 28}, importMod, "mod", 2, 2},
          {"PRelu", {1, 6, 7, 9, 16}, importPRelu, "prelu", 2, 2},
          {"And", {1}, importOldBinary, "and", 2, 2},
          {"And", {7}, importPlain, "and", 2, 2},
          {"Or", {1}, importOldBinary, "or", 2, 2},
          {"Or", {7}, importPlain, "or", 2, 2},
          {"Xor", {1}, importOldBinary, "xor", 2, 2},
          {"Xor", {7}, importPlain, "xor", 2, 2},
          {"Equal", {1}, importOldBinary, "equal", 2, 2},
          {"Equal", {7, 11, 13, 19}, importPlain, "equal", 2, 2},
          {"Greater", {1}, importOldBinary, "greater", 2, 2},
          {"Greater", {7, 9, 13}, importPlain, "greater", 2, 2},
          {"GreaterOrEqual", {12, 16}, importPlain, "greater_or_equal", 2, 2},
          {"Less", {1}, importOldBinary, "less", 2, 2},
          {"Less", {7, 9, 13}, importPlain, "less", 2, 2},
          {"LessOrEqual", {12, 16}, importPlain, "less_or_equal", 2, 2},
          {"Max", {1, 6, 8, 12, 13}, importVariadic, "max", 1, kAny},
          {"Min", {1, 6, 8, 12, 13}, importVariadic, "min", 1, kAny},
          {"Sum", {1, 6, 8, 13}, importVariadic, "add", 1, kAny},
          {"Mean", {1, 6, 8, 13}, importVariadic, "add", 1, kAny},
          {"BitShift", {11, 28}, importBitShift, "bit_shift", 2, 2},
          {"BitwiseAnd", {18}, importPlain, "bitwise_and", 2, 2},
          {"BitwiseOr", {18}, importPlain, "bitwise_or", 2, 2},
          {"BitwiseXor", {18}, importPlain, "bitwise_xor", 2, 2},
          {"BitwiseNot", {18}, importPlain, "bitwise_not"},
          {"Shrink", {9}, importShrink},
          {"Where", {9, 16}, importPlain, "where", 3, 3},
      });
}

} // namespace autoglm::onnx_import
