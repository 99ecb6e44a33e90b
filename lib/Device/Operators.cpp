//===- Operators.cpp - operators as descriptors name them -------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Operators.h"
#include "Schema.h"
#include "dialects/AutoGLM/AutoGLM.h"

#include "mlir/IR/MLIRContext.h"

using namespace mlir;

namespace autoglm {

namespace {
struct Alias {
  StringRef spelling, op;
};
constexpr Alias aliases[] = {
#define AUTOGLM_OPERATOR_ALIAS(spelling, op) {spelling, op},
#include "autoglm/Device/OperatorAliases.def"
};
} // namespace

/// The dialect's operations that compute, without their dialect.
static const std::vector<std::string> &getOperators() {
  static const std::vector<std::string> operators = [] {
    MLIRContext context(MLIRContext::Threading::DISABLED);
    context.loadDialect<AutoGLMDialect>();
    std::vector<std::string> names;
    for (RegisteredOperationName name : context.getRegisteredOperations())
      if (name.getDialectNamespace() == AutoGLMDialect::getDialectNamespace() &&
          name.hasInterface<ComputeOpInterface>())
        names.push_back(name.stripDialect().str());
    llvm::sort(names);
    return names;
  }();
  return operators;
}

std::vector<std::string> resolveOperator(StringRef spelling) {
  std::string normal = normalizeOperator(spelling);
  std::vector<std::string> found;
  for (const Alias &alias : aliases)
    if (normalizeOperator(alias.spelling) == normal)
      found.push_back(alias.op.str());
  if (!found.empty())
    return found;
  for (const std::string &name : getOperators())
    if (normalizeOperator(name) == normal)
      return {spelling.str()};
  return {};
}

std::string suggestOperator(StringRef spelling) {
  std::vector<StringRef> names(getOperators().begin(), getOperators().end());
  for (const Alias &alias : aliases)
    names.push_back(alias.spelling);
  return suggest(spelling, names);
}

} // namespace autoglm
