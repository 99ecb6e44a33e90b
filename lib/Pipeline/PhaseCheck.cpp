//===- PhaseCheck.cpp - compares phases by evaluation -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Pipeline/PhaseCheck.h"

#include "autoglm/Reference/Evaluator.h"
#include "autoglm/Support/Diagnostics.h"

#include <cmath>
#include <random>

using namespace mlir;

namespace autoglm {

FailureOr<SmallVector<Tensor>> PhaseCheck::makeInputs(func::FuncOp entry) {
  std::mt19937_64 random(0x5eed);
  // Not std::normal_distribution: its numbers are the library's choice.
  auto uniform = [&] { return (random() >> 11) * 0x1.0p-53; };
  SmallVector<Tensor> inputs;
  for (BlockArgument argument : entry.getArguments()) {
    auto type = cast<RankedTensorType>(argument.getType());
    FailureOr<Tensor> tensor = Tensor::allocate(type);
    if (failed(tensor))
      return emitError(argument.getLoc(), ErrorCode::UnknownDimension)
             << "cannot make an input of type " << type
             << " to check phases with; fix its shape with --shape or --bind";
    for (int64_t i = 0, n = tensor->getNumElements(); i < n; ++i) {
      if (isa<FloatType>(type.getElementType()))
        tensor->setFloat(i, std::sqrt(-2 * std::log(1 - uniform())) *
                                std::cos(6.283185307179586 * uniform()));
      else
        tensor->setInt(i, random() & 1);
    }
    inputs.push_back(std::move(*tensor));
  }
  return inputs;
}

/// The largest violation of the tolerance, 0 if there is none.
static double compare(const Tensor &got, const Tensor &want) {
  bool isFloat = isa<FloatType>(want.getElementType());
  double worst = 0;
  for (int64_t i = 0, n = want.getNumElements(); i < n; ++i) {
    if (!isFloat) {
      if (got.getInt(i) != want.getInt(i))
        worst = std::max(worst, std::fabs(got.getFloat(i) - want.getFloat(i)));
      continue;
    }
    double a = got.getFloat(i), b = want.getFloat(i);
    if (a == b || (std::isnan(a) && std::isnan(b)))
      continue;
    double difference = std::fabs(a - b);
    if (!(difference <= 1e-3 + 1e-3 * std::fabs(b)))
      worst =
          std::max(worst, std::isfinite(difference) ? difference : HUGE_VAL);
  }
  return worst;
}

LogicalResult PhaseCheck::check(ModuleOp module, Phase phase) {
  for (auto entry : module.getOps<func::FuncOp>()) {
    FailureOr<SmallVector<Tensor>> inputs = makeInputs(entry);
    if (failed(inputs))
      return failure();
    FailureOr<SmallVector<Tensor>> results =
        Evaluator(weights).run(entry, *inputs);
    if (failed(results))
      return failure();
    auto [known, isFirst] = expected.try_emplace(entry.getSymName(), *results);
    if (isFirst)
      continue;
    for (auto [index, got, want] : llvm::enumerate(*results, known->second)) {
      if (got.getType() != want.getType())
        return emitError(entry.getLoc(), ErrorCode::PhaseMismatch)
               << "phase " << getName(phase) << " changed the type of output "
               << index << " from " << want.getType() << " to "
               << got.getType();
      if (double worst = compare(got, want); worst > 0)
        return emitError(entry.getLoc(), ErrorCode::PhaseMismatch)
               << "phase " << getName(phase) << " changed output " << index
               << " of '" << entry.getSymName() << "' by up to " << worst;
    }
  }
  return success();
}

} // namespace autoglm
