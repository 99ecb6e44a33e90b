//===- ProductTile.h - tiles of matrix products -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_FORMS_PRODUCTTILE_H
#define AUTOGLM_TARGETS_CPU_COMPILER_FORMS_PRODUCTTILE_H

#include "Form.h"

#include <optional>

namespace autoglm::cpu {

/// A product of matrices as its form sees it: c[m, n] = sum of a[m, k] b[k, n]
/// for each index of the leading dimensions.
struct Product {
  mlir::Operation *op = nullptr;
  mlir::Value a, b;
  mlir::RankedTensorType type;
  int64_t m = 0, n = 0, k = 0;
  /// The dimension of the result along which rows lie: the last but one, or
  /// where that has one element and the right operand is one for all, the last
  /// batch dimension that has more.
  int64_t rowDim = 0;
  /// Whether the last two dimensions of an operand are the other way round.
  bool transA = false, transB = false;
  /// Added to the product, each with its factor.
  mlir::Value c = {};
  double alpha = 1, beta = 1;

  /// Nothing for an operation that is no product of floats in matrices.
  static std::optional<Product> match(mlir::Operation *op);

  mlir::RankedTensorType getRightType() const {
    return llvm::cast<mlir::RankedTensorType>(b.getType());
  }
  /// The dimension of the right operand along which columns lie.
  int64_t getColumnDim() const {
    return getRightType().getRank() - (transB ? 2 : 1);
  }
  /// The right operand with `width` columns side by side, `[N/w][K][w]`.
  LayoutAttr getPackedLayout(int64_t width) const;
};

/// Rows, and vectors in a row, of a tile of a product's result.
struct ProductTile {
  int64_t rows, vectors;

  /// The tile with the least modelled time; with columns in blocks of `block`
  /// elements in memory, one that is as wide as a block.
  static ProductTile choose(const Product &product, const MachineShape &machine,
                            int64_t block = 0);
};

/// Elements of a product that a vector register holds.
int64_t getLanes(const Product &product, const MachineShape &machine);

/// Columns that should lie side by side in memory if the right operand is
/// packed at compile time.
int64_t getPackedWidth(const Product &product, const MachineShape &machine);

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_FORMS_PRODUCTTILE_H
