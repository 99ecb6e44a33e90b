//===- ReferenceTest.cpp - evaluating IR written in a test -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReferenceTest.h"

#include "autoglm/Reference/Reference.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace autoglm::test {

ReferenceTest::ReferenceTest() {
  DialectRegistry registry;
  registry.insert<AutoGLMDialect, func::FuncDialect>();
  registerReferenceModels(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
  context.getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
    errors += diagnostic.str() + "\n";
    return success();
  });
}

Tensor ReferenceTest::make(StringRef text, ArrayRef<double> values) {
  auto type = cast<RankedTensorType>(parseType(text, &context));
  Tensor tensor = *Tensor::allocate(type);
  EXPECT_EQ(tensor.getNumElements(), static_cast<int64_t>(values.size()));
  for (auto [index, value] : llvm::enumerate(values))
    tensor.setFloat(index, value);
  return tensor;
}

ModuleOp ReferenceTest::parse(StringRef text) {
  module = parseSourceString<ModuleOp>(text, &context);
  EXPECT_TRUE(module) << errors;
  return *module;
}

FailureOr<SmallVector<Tensor>>
ReferenceTest::runModule(StringRef text, ArrayRef<Tensor> inputs) {
  ModuleOp parsed = parse(text);
  if (!parsed)
    return failure();
  return Evaluator(weights).run(parsed.lookupSymbol<func::FuncOp>("f"), inputs);
}

SmallVector<Tensor> ReferenceTest::apply(StringRef op,
                                         ArrayRef<Tensor> operands,
                                         StringRef resultTypes,
                                         StringRef attributes) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto list = [&](auto each) {
    llvm::interleaveComma(llvm::seq<size_t>(0, operands.size()), os, each);
  };
  // Dynamic argument types: the actual shapes must be enough.
  auto type = [&](size_t i) {
    SmallVector<int64_t> shape(operands[i].getRank(), ShapedType::kDynamic);
    if (operands[i].getRank() == 1)
      shape[0] = operands[i].getShape()[0];
    os << RankedTensorType::get(shape, operands[i].getElementType());
  };
  SmallVector<StringRef> types;
  resultTypes.split(types, ';');
  os << "func.func @f(";
  list([&](size_t i) {
    os << "%a" << i << ": ";
    type(i);
  });
  os << ") -> (" << llvm::join(types, ", ") << ") {\n  %r:" << types.size()
     << " = autoglm." << op << " ";
  list([&](size_t i) { os << "%a" << i; });
  os << " " << attributes << " : (";
  list(type);
  os << ") -> (" << llvm::join(types, ", ") << ")\n  return ";
  llvm::interleaveComma(llvm::seq<size_t>(0, types.size()), os,
                        [&](size_t i) { os << "%r#" << i; });
  os << " : " << llvm::join(types, ", ") << "\n}\n";
  auto results = runModule(text, operands);
  return succeeded(results) ? *results : SmallVector<Tensor>();
}

std::vector<double> ReferenceTest::values(StringRef op,
                                          ArrayRef<Tensor> operands,
                                          StringRef resultType,
                                          StringRef attributes) {
  SmallVector<Tensor> results = apply(op, operands, resultType, attributes);
  EXPECT_EQ(results.size(), 1u) << op.str() << ": " << errors;
  return results.empty() ? std::vector<double>() : toVector(results[0]);
}

std::vector<double> toVector(const Tensor &tensor) {
  std::vector<double> values;
  for (int64_t i = 0; i < tensor.getNumElements(); ++i)
    values.push_back(tensor.getFloat(i));
  return values;
}

void expectSame(const std::vector<double> &got,
                const std::vector<double> &want) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i) {
    bool isSame = std::isnan(want[i])
                      ? std::isnan(got[i])
                      : got[i] == want[i] &&
                            std::signbit(got[i]) == std::signbit(want[i]);
    EXPECT_TRUE(isSame) << "element " << i << ": got " << got[i] << ", want "
                        << want[i];
  }
}

void expectNear(const std::vector<double> &got, const std::vector<double> &want,
                double tolerance) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < got.size(); ++i)
    EXPECT_NEAR(got[i], want[i], tolerance) << "element " << i;
}

} // namespace autoglm::test
