//===- WindowRows.cpp - products, convolution, pooling ----------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeImporter.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace autoglm::onnx_import {

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

static void importMatMul(NodeImporter &n) { n.finish(n.getOperands()); }

static void importGemm(NodeImporter &n) {
  SmallVector<NamedAttribute> attrs{
      n.floatAttr("alpha", n.getFloat("alpha", 1.0f)),
      n.floatAttr("beta", n.getFloat("beta", 1.0f)),
      n.boolAttr("transA", n.getBool("transA", false)),
      n.boolAttr("transB", n.getBool("transB", false))};
  // Before opset 7 broadcasting C was optional; what is allowed now includes
  // it.
  if (n.row.since < 7)
    n.ignore("broadcast");
  SmallVector<Value> inputs{n.operand(0), n.operand(1)};
  if (n.operand(2))
    inputs.push_back(n.operand(2));
  n.finish(inputs, attrs);
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

namespace {
/// The attributes of a window, completed and with `auto_pad` resolved.
struct Window {
  SmallVector<int64_t> size, strides, dilations, pads;
  bool ceilMode = false;
};
} // namespace

/// The longest a dimension or window may be, so that no sum overflows.
static constexpr int64_t kMaxExtent = int64_t{1} << 40;

static bool checkList(NodeImporter &n, StringRef name, ArrayRef<int64_t> list,
                      size_t count, int64_t low) {
  if (n.hasFailed())
    return false;
  if (list.size() != count) {
    n.error() << name << " has " << list.size() << " entries, expected "
              << count;
    return false;
  }
  for (int64_t value : list)
    if (value < low || value > kMaxExtent) {
      n.error() << name << " has an entry " << value << ", expected "
                << (low == 0 ? "0 or more" : "1 or more");
      return false;
    }
  return true;
}

/// Pads so that the result has ceil(input / stride) elements; the odd one goes
/// to the end (SAME_UPPER) or the begin.
static void padSame(Window &window, ArrayRef<int64_t> input, bool isUpper,
                    NodeImporter &n) {
  size_t spatial = input.size();
  for (size_t i = 0; i < spatial; ++i) {
    int64_t reach = (window.size[i] - 1) * window.dilations[i] + 1;
    int64_t total;
    if (ShapedType::isDynamic(input[i])) {
      // With stride 1 the input's size does not matter.
      if (window.strides[i] != 1) {
        n.error(ErrorCode::UnknownDimension)
            << "auto_pad needs to know dimension " << i + 2
            << " of the input: give it with --shape or --bind";
        return;
      }
      total = reach - 1;
    } else {
      int64_t count = llvm::divideCeil(input[i], window.strides[i]);
      total = std::max<int64_t>(0, (count - 1) * window.strides[i] + reach -
                                       input[i]);
    }
    int64_t less = total / 2, more = total - less;
    window.pads[i] = isUpper ? less : more;
    window.pads[spatial + i] = isUpper ? more : less;
  }
}

/// `kernel` is the size if the operand says it (Conv), else empty.
static std::optional<Window> readWindow(NodeImporter &n,
                                        ArrayRef<int64_t> kernel,
                                        bool resolvesPads = true) {
  RankedTensorType input = n.type(n.operand(0));
  if (input.getRank() < 3) {
    n.error() << "input must have rank 3 or more, got " << input.getRank();
    return std::nullopt;
  }
  ArrayRef<int64_t> extents = input.getShape().drop_front(2);
  size_t spatial = extents.size();
  Window window;
  auto size = n.getInts("kernel_shape");
  window.size = size.value_or(SmallVector<int64_t>(kernel));
  window.strides =
      n.getInts("strides").value_or(SmallVector<int64_t>(spatial, 1));
  window.dilations =
      n.getInts("dilations").value_or(SmallVector<int64_t>(spatial, 1));
  auto pads = n.getInts("pads");
  window.pads = pads.value_or(SmallVector<int64_t>(2 * spatial, 0));
  std::string autoPad = n.getString("auto_pad", "NOTSET");
  if (!checkList(n, "kernel_shape", window.size, spatial, 1) ||
      !checkList(n, "strides", window.strides, spatial, 1) ||
      !checkList(n, "dilations", window.dilations, spatial, 1) ||
      !checkList(n, "pads", window.pads, 2 * spatial, 0))
    return std::nullopt;
  for (size_t i = 0; i < spatial; ++i) {
    int64_t reach;
    if (llvm::MulOverflow(window.size[i], window.dilations[i], reach) ||
        reach > kMaxExtent || extents[i] > kMaxExtent) {
      n.error(ErrorCode::TooLarge) << "the window is too large";
      return std::nullopt;
    }
    if (!kernel.empty() && !ShapedType::isDynamic(kernel[i]) &&
        kernel[i] != window.size[i]) {
      n.error() << "kernel_shape has " << window.size[i]
                << " where the weight has " << kernel[i];
      return std::nullopt;
    }
  }
  if (autoPad == "SAME_UPPER" || autoPad == "SAME_LOWER") {
    if (resolvesPads)
      padSame(window, extents, autoPad == "SAME_UPPER", n);
  } else if (autoPad == "VALID") {
    window.pads.assign(2 * spatial, 0);
  } else if (autoPad != "NOTSET" && !autoPad.empty()) {
    n.error() << "auto_pad is '" << autoPad
              << "', expected NOTSET, SAME_UPPER, SAME_LOWER or VALID";
  }
  if (n.hasFailed())
    return std::nullopt;
  return window;
}

Value createConv(NodeImporter &n, Value input, Value weight, Value bias) {
  RankedTensorType type = n.type(weight);
  if (type.getRank() != n.rank(input) || type.getRank() < 3) {
    if (!n.hasFailed())
      n.error() << "input and weight must have the same rank of 3 or more, got "
                << n.rank(input) << " and " << type.getRank();
    return {};
  }
  ArrayRef<int64_t> kernel = type.getShape().drop_front(2);
  // A weight that is computed may have an unknown size that the attribute
  // knows.
  if (llvm::any_of(kernel, ShapedType::isDynamic) &&
      !n.hasAttr("kernel_shape")) {
    n.error(ErrorCode::UnknownDimension)
        << "the weight's window is unknown: " << type;
    return {};
  }
  int64_t group = n.getInt("group", 1);
  auto window = readWindow(n, kernel);
  if (!window)
    return {};
  SmallVector<Value> inputs{input, weight};
  if (bias)
    inputs.push_back(bias);
  return n.create(
      "conv", inputs,
      {n.intsAttr("strides", window->strides), n.intsAttr("pads", window->pads),
       n.intsAttr("dilations", window->dilations), n.intAttr("group", group)});
}

static void importConv(NodeImporter &n) {
  n.results = {createConv(n, n.operand(0), n.operand(1), n.operand(2))};
}

/// How much is cut off the result of a transposed convolution, so that it gets
/// the shape asked for: the odd one goes to the end (SAME_UPPER) or the begin.
static void cutToShape(NodeImporter &n, ArrayRef<int64_t> input,
                       ArrayRef<int64_t> padding, bool isUpper,
                       std::optional<SmallVector<int64_t>> shape,
                       Window &window) {
  size_t spatial = input.size();
  for (size_t i = 0; i < spatial; ++i) {
    if (ShapedType::isDynamic(input[i])) {
      n.error(ErrorCode::UnknownDimension)
          << "auto_pad and output_shape need to know dimension " << i + 2
          << " of the input: give it with --shape or --bind";
      return;
    }
    int64_t wanted = shape ? (*shape)[shape->size() - spatial + i]
                           : input[i] * window.strides[i];
    int64_t total = window.strides[i] * (input[i] - 1) + padding[i] +
                    (window.size[i] - 1) * window.dilations[i] + 1 - wanted;
    // A shape that windows do not reach is filled up at the end.
    int64_t less = std::max<int64_t>(0, total) / 2, more = total - less;
    window.pads[i] = isUpper || total < 0 ? less : more;
    window.pads[spatial + i] = isUpper || total < 0 ? more : less;
  }
}

static void importConvTranspose(NodeImporter &n) {
  RankedTensorType input = n.type(n.operand(0)), weight = n.type(n.operand(1));
  if (weight.getRank() != input.getRank() || weight.getRank() < 3) {
    n.error() << "input and weight must have the same rank of 3 or more, got "
              << input.getRank() << " and " << weight.getRank();
    return;
  }
  ArrayRef<int64_t> kernel = weight.getShape().drop_front(2);
  ArrayRef<int64_t> extents = input.getShape().drop_front(2);
  if (llvm::any_of(kernel, ShapedType::isDynamic)) {
    n.error(ErrorCode::UnknownDimension)
        << "the weight's window is unknown: " << weight;
    return;
  }
  int64_t group = n.getInt("group", 1);
  size_t spatial = extents.size();
  auto padding =
      n.getInts("output_padding").value_or(SmallVector<int64_t>(spatial, 0));
  auto shape = n.getInts("output_shape");
  std::string autoPad = n.getString("auto_pad", "NOTSET");
  bool isSame = StringRef(autoPad).starts_with("SAME");
  auto window = readWindow(n, kernel, /*resolvesPads=*/false);
  if (!window || !checkList(n, "output_padding", padding, spatial, 0))
    return;
  if (shape && shape->empty())
    shape.reset();
  if (shape && (shape->size() < spatial ||
                !checkList(n, "output_shape", *shape, shape->size(), 0))) {
    if (!n.hasFailed())
      n.error() << "output_shape has " << shape->size() << " entries, expected "
                << spatial;
    return;
  }
  if (shape || isSame)
    cutToShape(n, extents, padding, autoPad == "SAME_UPPER", shape, *window);
  if (n.hasFailed())
    return;
  SmallVector<Value> inputs{n.operand(0), n.operand(1)};
  if (n.operand(2))
    inputs.push_back(n.operand(2));
  n.finish(inputs,
           {n.intsAttr("strides", window->strides),
            n.intsAttr("pads", window->pads),
            n.intsAttr("dilations", window->dilations),
            n.intsAttr("output_padding", padding), n.intAttr("group", group)});
}

static void importPool(NodeImporter &n) {
  n.require("kernel_shape");
  bool isAverage = n.row.op == "AveragePool";
  bool ceilMode = n.row.since >= 10 && n.getBool("ceil_mode", false);
  bool countsPadding =
      isAverage && n.row.since >= 7 && n.getBool("count_include_pad", false);
  // How indices would be counted, which are not given.
  if (!isAverage && n.row.since >= 8)
    n.ignore("storage_order");
  if (n.hasFailed())
    return;
  if (n.wants(1)) {
    n.error(ErrorCode::UnsupportedOperator)
        << "gives the indices of the maxima, which is not supported";
    return;
  }
  auto window = readWindow(n, {});
  if (!window)
    return;
  SmallVector<NamedAttribute> attrs{n.intsAttr("kernel_shape", window->size),
                                    n.intsAttr("strides", window->strides),
                                    n.intsAttr("pads", window->pads),
                                    n.intsAttr("dilations", window->dilations),
                                    n.boolAttr("ceil_mode", ceilMode)};
  if (isAverage)
    attrs.push_back(n.boolAttr("count_include_pad", countsPadding));
  n.finish(n.operand(0), attrs);
}

static void importGlobalPool(NodeImporter &n) { n.finish(n.operand(0)); }

void addWindowRows(std::vector<Row> &table) {
  addRows(
      table,
      {
          {"MatMul", {1, 9, 13}, importMatMul, "matmul", 2, 2},
          {"Gemm", {1, 6, 7, 9}, importGemm, "gemm", 3, 3},
          {"Gemm", {11, 13}, importGemm, "gemm", 2, 3},
          {"Conv", {1, 11, 22}, importConv, "conv", 2, 3},
          {"ConvTranspose",
           {1, 11, 22},
           importConvTranspose,
           "conv_transpose",
           2,
           3},
          {"MaxPool", {1, 8, 10, 11, 12, 22}, importPool, "max_pool", 1, 1, 2},
          {"AveragePool", {1, 7, 10, 11, 19, 22}, importPool, "average_pool"},
          {"GlobalAveragePool",
           {1, 22},
           importGlobalPool,
           "global_average_pool"},
          {"GlobalMaxPool", {1, 22}, importGlobalPool, "global_max_pool"},
      });
}

} // namespace autoglm::onnx_import
