//===- ShapeValues.cpp - shape arithmetic known in part ---------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ShapeValues.h"

#include "dialects/AutoGLM/AutoGLM.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace autoglm::onnx_import {

/// No shape has more entries than this.
static constexpr int64_t kMaxEntries = 64;

using Ints = ShapeValues::Ints;
using Int = std::optional<int64_t>;

static RankedTensorType typeOf(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static bool isSmallInts(RankedTensorType type) {
  auto element = dyn_cast<IntegerType>(type.getElementType());
  return element && type.hasStaticShape() &&
         type.getNumElements() <= kMaxEntries &&
         (element.isSignlessInteger(64) || element.isSignlessInteger(32) ||
          element.isSignlessInteger(1));
}

std::optional<Ints> ShapeValues::get(Value value) const {
  auto found = known.find(value);
  if (found != known.end())
    return found->second;
  if (!isSmallInts(typeOf(value)))
    return std::nullopt;
  auto constant = getConstantInts(value);
  if (!constant)
    return std::nullopt;
  return Ints(constant->begin(), constant->end());
}

static Int addInts(int64_t a, int64_t b) {
  int64_t result;
  return llvm::AddOverflow(a, b, result) ? Int() : Int(result);
}
static Int subInts(int64_t a, int64_t b) {
  int64_t result;
  return llvm::SubOverflow(a, b, result) ? Int() : Int(result);
}
static Int mulInts(int64_t a, int64_t b) {
  int64_t result;
  return llvm::MulOverflow(a, b, result) ? Int() : Int(result);
}
static Int divInts(int64_t a, int64_t b) {
  return b == 0 || (a == INT64_MIN && b == -1) ? Int() : Int(a / b);
}
static Int minInts(int64_t a, int64_t b) { return std::min(a, b); }
static Int maxInts(int64_t a, int64_t b) { return std::max(a, b); }
// Bool constants read as 0 and -1, so true is any other number than 0.
static Int equalInts(int64_t a, int64_t b) { return a == b ? 1 : 0; }

/// Applies a function to two lists, one of which may be a scalar.
static std::optional<Ints> combine(const std::optional<Ints> &a,
                                   const std::optional<Ints> &b, int64_t count,
                                   Int (*function)(int64_t, int64_t)) {
  auto fits = [&](const std::optional<Ints> &list) {
    return list &&
           (list->size() == 1 || static_cast<int64_t>(list->size()) == count);
  };
  if (!fits(a) || !fits(b))
    return std::nullopt;
  Ints result;
  for (int64_t i = 0; i < count; ++i) {
    Int left = (*a)[a->size() == 1 ? 0 : i];
    Int right = (*b)[b->size() == 1 ? 0 : i];
    result.push_back(left && right ? function(*left, *right) : Int());
  }
  return result;
}

std::optional<Ints> ShapeValues::compute(Operation *op) const {
  int64_t count = typeOf(op->getResult(0)).getNumElements();
  int64_t rank = typeOf(op->getResult(0)).getRank();
  auto binary = [&](Int (*function)(int64_t, int64_t)) -> std::optional<Ints> {
    // A result of rank 1 is the only one that broadcasting cannot reorder.
    if (rank > 1)
      return std::nullopt;
    return combine(get(op->getOperand(0)), get(op->getOperand(1)), count,
                   function);
  };
  using Result = std::optional<Ints>;
  return llvm::TypeSwitch<Operation *, Result>(op)
      .Case([&](ShapeOp shape) -> Result {
        ArrayRef<int64_t> dims = typeOf(shape.getInput()).getShape();
        auto size = static_cast<int64_t>(dims.size());
        auto clamp = [&](int64_t bound) {
          return std::clamp<int64_t>(bound < 0 ? bound + size : bound, 0, size);
        };
        int64_t start = clamp(shape.getStart());
        Ints result;
        for (int64_t dim : dims.slice(start, count))
          result.push_back(ShapedType::isDynamic(dim) ? Int() : Int(dim));
        return result;
      })
      .Case([&](GatherOp gather) -> Result {
        Result input = get(gather.getInput());
        auto indices = getConstantInts(gather.getIndices());
        if (!input || !indices || typeOf(gather.getInput()).getRank() != 1)
          return std::nullopt;
        auto size = static_cast<int64_t>(input->size());
        Ints result;
        for (int64_t index : *indices) {
          if (index < -size || index >= size)
            return std::nullopt;
          result.push_back((*input)[index < 0 ? index + size : index]);
        }
        return result;
      })
      .Case([&](ConcatOp concat) -> Result {
        if (rank != 1)
          return std::nullopt;
        Ints result;
        for (Value input : concat.getInputs()) {
          if (Result part = get(input))
            result.append(part->begin(), part->end());
          else
            result.append(typeOf(input).getNumElements(), Int());
        }
        return result;
      })
      .Case([&](SliceOp slice) -> Result {
        Result input = get(slice.getInput());
        auto starts = getConstantInts(slice.getStarts());
        auto steps = getConstantInts(slice.getSteps());
        if (!input || rank != 1 || !starts || !steps || starts->size() != 1)
          return std::nullopt;
        // The type says how many; where the first is, is clamped.
        auto size = static_cast<int64_t>(input->size());
        int64_t step = (*steps)[0], first = (*starts)[0];
        if (first < 0)
          first = first < -size ? 0 : first + size;
        first = std::clamp<int64_t>(first, 0, step > 0 ? size : size - 1);
        Ints result;
        for (int64_t i = 0, at = first; i < count; ++i) {
          if (at < 0 || at >= size)
            return std::nullopt;
          result.push_back((*input)[at]);
          if (llvm::AddOverflow(at, step, at))
            at = -1;
        }
        return result;
      })
      .Case([&](ConstantOfShapeOp constant) -> Result {
        auto value = dyn_cast<DenseIntElementsAttr>(constant.getValue());
        if (!value || value.getNumElements() != 1)
          return std::nullopt;
        return Ints(count, (*value.begin()).getSExtValue());
      })
      .Case<UnsqueezeOp, SqueezeOp, ReshapeOp, IdentityOp, FlattenOp>(
          [&](auto) { return get(op->getOperand(0)); })
      .Case([&](CastOp cast) -> Result {
        auto from = typeOf(cast.getInput()).getElementType();
        if (!from.isSignlessInteger(64) && !from.isSignlessInteger(32))
          return std::nullopt;
        Result input = get(cast.getInput());
        if (input && !typeOf(cast.getOutput()).getElementType().isInteger(64))
          for (Int &value : *input)
            if (value && !llvm::isInt<32>(*value))
              value = std::nullopt;
        return typeOf(cast.getOutput()).getElementType().isInteger(1)
                   ? std::nullopt
                   : input;
      })
      .Case([&](NegOp neg) -> Result {
        Result zero = Ints(1, Int(0));
        return combine(zero, get(neg.getInput()), count, subInts);
      })
      .Case<AddOp>([&](auto) { return binary(addInts); })
      .Case<SubOp>([&](auto) { return binary(subInts); })
      .Case<MulOp>([&](auto) { return binary(mulInts); })
      .Case<DivOp>([&](auto) { return binary(divInts); })
      .Case<MinOp>([&](auto) { return binary(minInts); })
      .Case<MaxOp>([&](auto) { return binary(maxInts); })
      .Case<EqualOp>([&](auto) { return binary(equalInts); })
      .Case([&](WhereOp where) -> Result {
        Result condition = get(where.getCondition());
        Result then = get(where.getThen()), other = get(where.getOtherwise());
        auto fits = [&](const Result &list) {
          return list && static_cast<int64_t>(list->size()) == count;
        };
        if (rank > 1 || !fits(condition) || !fits(then) || !fits(other))
          return std::nullopt;
        Ints result;
        for (int64_t i = 0; i < count; ++i)
          result.push_back(!(*condition)[i]        ? Int()
                           : *(*condition)[i] != 0 ? (*then)[i]
                                                   : (*other)[i]);
        return result;
      })
      .Default([](Operation *) { return std::nullopt; });
}

void ShapeValues::learn(Operation *op) {
  if (op->getNumResults() != 1 || !isSmallInts(typeOf(op->getResult(0))))
    return;
  auto values = compute(op);
  // 32-bit arithmetic would wrap where ours goes on.
  if (!values || !llvm::any_of(*values, [](Int value) { return !!value; }))
    return;
  unsigned width = typeOf(op->getResult(0)).getElementTypeBitWidth();
  if (width == 32)
    for (Int &value : *values)
      if (value && !llvm::isInt<32>(*value))
        value = std::nullopt;
  if (static_cast<int64_t>(values->size()) ==
      typeOf(op->getResult(0)).getNumElements())
    known[op->getResult(0)] = std::move(*values);
}

RankedTensorType ShapeValues::refine(Operation *op) const {
  auto type = typeOf(op->getResult(0));
  if (op->getNumResults() != 1 || type.hasStaticShape())
    return type;
  SmallVector<int64_t> shape(type.getShape());
  auto apply = [&](Value operand, auto entry) {
    auto values = get(operand);
    if (!values || values->size() > shape.size())
      return;
    size_t offset = shape.size() - values->size();
    for (auto [index, value] : llvm::enumerate(*values))
      if (ShapedType::isDynamic(shape[offset + index]) && value)
        shape[offset + index] = entry(offset + index, *value);
  };
  constexpr int64_t unknown = ShapedType::kDynamic;
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](ReshapeOp reshape) {
        ArrayRef<int64_t> input = typeOf(reshape.getInput()).getShape();
        apply(reshape.getShape(), [&](size_t index, int64_t value) {
          if (value > 0 || (value == 0 && reshape.getAllowzero()))
            return value;
          return value == 0 && index < input.size() ? input[index] : unknown;
        });
      })
      .Case([&](ExpandOp expand) {
        ArrayRef<int64_t> input = typeOf(expand.getInput()).getShape();
        size_t missing = shape.size() - std::min(shape.size(), input.size());
        apply(expand.getShape(), [&](size_t index, int64_t value) {
          if (value != 1)
            return value < 0 ? unknown : value;
          return index < missing ? 1 : input[index - missing];
        });
      })
      .Case([&](ConstantOfShapeOp constant) {
        apply(constant.getShape(), [&](size_t, int64_t value) {
          return value < 0 ? unknown : value;
        });
      });
  return RankedTensorType::get(shape, type.getElementType());
}

} // namespace autoglm::onnx_import
