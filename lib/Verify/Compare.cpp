//===- Compare.cpp - two tensors within a tolerance -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Compare.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mlir;

namespace autoglm::verify {

/// "[1, 0, 3]" for the position of an element.
static std::string formatPosition(ArrayRef<int64_t> shape, int64_t element) {
  SmallVector<int64_t> index(shape.size());
  for (size_t i = shape.size(); i > 0; --i) {
    index[i - 1] = element % shape[i - 1];
    element /= shape[i - 1];
  }
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "[";
  llvm::interleaveComma(index, os);
  os << "]";
  return text;
}

static bool agrees(double got, double want, const Tolerance &tolerance) {
  if (std::isnan(want) || std::isnan(got))
    return std::isnan(want) && std::isnan(got);
  if (std::isinf(want) || std::isinf(got))
    return got == want;
  return std::fabs(got - want) <=
         tolerance.absolute + tolerance.relative * std::fabs(want);
}

Outcome compare(const Tensor &got, const Tensor &want,
                const Tolerance &tolerance, StringRef name) {
  if (got.getType() != want.getType()) {
    std::string text;
    llvm::raw_string_ostream(text)
        << "output '" << name << "' is " << got.getType() << ", expected "
        << want.getType();
    return Outcome::make(Status::Fail, text);
  }
  Outcome outcome;
  bool isFloat = isa<FloatType>(want.getElementType());
  int64_t count = want.getNumElements(), different = 0, first = 0;
  if (isFloat && count > 0)
    outcome.maxAbs = outcome.maxRel = 0.0;
  for (int64_t i = 0; i < count; ++i) {
    bool isEqual;
    if (isFloat) {
      double value = got.getFloat(i), wanted = want.getFloat(i);
      isEqual = agrees(value, wanted, tolerance);
      double distance = std::fabs(value - wanted);
      if (std::isfinite(distance)) {
        outcome.maxAbs = std::max(*outcome.maxAbs, distance);
        if (wanted != 0)
          outcome.maxRel =
              std::max(*outcome.maxRel, distance / std::fabs(wanted));
      }
    } else {
      isEqual = got.getInt(i) == want.getInt(i);
    }
    if (!isEqual && different++ == 0)
      first = i;
  }
  if (different == 0)
    return outcome;
  auto number = [&](const Tensor &tensor) {
    if (!isFloat)
      return std::to_string(tensor.getInt(first));
    std::string text;
    llvm::raw_string_ostream(text)
        << llvm::format("%.9g", tensor.getFloat(first));
    return text;
  };
  outcome.status = Status::Fail;
  outcome.reason = llvm::formatv(
      "output '{0}': {1} of {2} elements differ, first {3}: got "
      "{4}, expected {5}",
      name, different, count, formatPosition(want.getShape(), first),
      number(got), number(want));
  return outcome;
}

} // namespace autoglm::verify
