//===- Epilogue.h - what follows while vectors are in registers -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_FORMS_EPILOGUE_H
#define AUTOGLM_TARGETS_CPU_COMPILER_FORMS_EPILOGUE_H

#include "Form.h"

#include "dialects/AutoGLM/AutoGLM.h"

#include <optional>

namespace autoglm::cpu {

/// The elementwise operations after the anchor of a kernel, for vectors of
/// elements that are neighbours along one dimension of the anchor's result.
class Epilogue {
public:
  /// Nothing if what follows the anchor cannot be computed on such vectors.
  /// Operands may be tensors of the anchor's shape or broadcast to it, and
  /// constants.
  static std::optional<Epilogue> match(mlir::func::FuncOp source,
                                       mlir::Operation *anchor, int64_t dim,
                                       int64_t lanes);

  /// Whether it is more than a few instructions, so that it should be in a loop
  /// instead of once for each accumulator.
  bool isHeavy() const;

  /// A vector of an operand in its compute type; its first lane is the element
  /// at `at`, an index of the anchor's result.
  mlir::Value load(FormBuilder &b, mlir::Value operand, mlir::ValueRange at,
                   mlir::Value mask = {}) const;

  /// Where one of several results lies that share the anchor's last dimension:
  /// its elements in a row, how many of them are in a row of the anchor, and
  /// the first one's place there.
  struct Part {
    mlir::Value buffer, size, start;
  };
  /// The part that has a column, if there are parts.
  std::optional<Part> selectPart(FormBuilder &b, mlir::Value column) const;

  /// Takes a vector of the anchor's result, computes what follows and stores
  /// the kernel's results. With a mask, only some of the lanes exist.
  void emit(FormBuilder &b, mlir::Value vector, mlir::ValueRange at,
            mlir::Value mask = {},
            const std::optional<Part> &part = std::nullopt) const;

  /// Whether every tile of so many columns is in one part.
  bool takesTiles(int64_t columns) const;

  /// Whether `load` takes an operand.
  bool canLoad(mlir::Value operand) const;

private:
  Epilogue(mlir::Operation *anchor, int64_t dim, int64_t lanes)
      : anchor(anchor), dim(dim), lanes(lanes) {}

  mlir::Operation *anchor;
  int64_t dim, lanes;
  llvm::SmallVector<mlir::Operation *> ops;
  llvm::SmallVector<mlir::Value> results;
  mutable SplitOp split;
};

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_FORMS_EPILOGUE_H
