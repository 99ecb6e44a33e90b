//===- ReferenceTest.h - evaluating IR written in a test -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TEST_UNIT_REFERENCE_REFERENCETEST_H
#define AUTOGLM_TEST_UNIT_REFERENCE_REFERENCETEST_H

#include "autoglm/Reference/Evaluator.h"

#include "gtest/gtest.h"

#include <cmath>
#include <limits>

namespace autoglm::test {

inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInf = std::numeric_limits<double>::infinity();

class ReferenceTest : public ::testing::Test {
protected:
  ReferenceTest();

  /// A tensor of a type as MLIR writes it, "tensor<2x3xf32>".
  Tensor make(llvm::StringRef type, llvm::ArrayRef<double> values);

  /// Reads a module and keeps it until the next.
  mlir::ModuleOp parse(llvm::StringRef text);

  /// Runs the function @f of a module.
  mlir::FailureOr<llvm::SmallVector<Tensor>>
  runModule(llvm::StringRef text, llvm::ArrayRef<Tensor> inputs);

  /// Applies one operation, written without its operands and types, and gives
  /// its results, none at all after an error.
  llvm::SmallVector<Tensor> apply(llvm::StringRef op,
                                  llvm::ArrayRef<Tensor> operands,
                                  llvm::StringRef resultTypes,
                                  llvm::StringRef attributes = "");

  /// The values of the first result of an operation.
  std::vector<double> values(llvm::StringRef op,
                             llvm::ArrayRef<Tensor> operands,
                             llvm::StringRef resultType,
                             llvm::StringRef attributes = "");

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  WeightStore weights;
  /// What was reported, one message a line.
  std::string errors;
};

std::vector<double> toVector(const Tensor &tensor);

/// Compares element by element; NaN equals NaN, and 0.0 is not -0.0.
void expectSame(const std::vector<double> &got,
                const std::vector<double> &want);
void expectNear(const std::vector<double> &got, const std::vector<double> &want,
                double tolerance = 1e-6);

} // namespace autoglm::test

#endif // AUTOGLM_TEST_UNIT_REFERENCE_REFERENCETEST_H
