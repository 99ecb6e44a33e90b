//===- Form.h - kernels that are written vector by vector -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_FORMS_FORM_H
#define AUTOGLM_TARGETS_CPU_COMPILER_FORMS_FORM_H

#include "../Pipeline.h"

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace autoglm::cpu {

/// A kind of kernel that is written directly with vectors on memrefs, with its
/// accumulators in registers and its tiles in one `scf.forall`.
struct Form {
  llvm::StringLiteral name;
  /// Writes the kernel for a function in the graph dialect. Gives null, and
  /// has changed nothing, if the function is none that the form takes.
  mlir::func::FuncOp (*build)(mlir::func::FuncOp source,
                              const MachineShape &machine);
};

mlir::func::FuncOp buildAttention(mlir::func::FuncOp source,
                                  const MachineShape &machine);
mlir::func::FuncOp buildMatMul(mlir::func::FuncOp source,
                               const MachineShape &machine);
mlir::func::FuncOp buildConv(mlir::func::FuncOp source,
                             const MachineShape &machine);
mlir::func::FuncOp buildRecurrence(mlir::func::FuncOp source,
                                   const MachineShape &machine);
mlir::func::FuncOp buildScatter(mlir::func::FuncOp source,
                                const MachineShape &machine);
mlir::func::FuncOp buildTopK(mlir::func::FuncOp source,
                             const MachineShape &machine);

mlir::func::FuncOp buildPool(mlir::func::FuncOp source,
                             const MachineShape &machine);
mlir::func::FuncOp buildRelayout(mlir::func::FuncOp source,
                                 const MachineShape &machine);
mlir::func::FuncOp buildRows(mlir::func::FuncOp source,
                             const MachineShape &machine);

mlir::func::FuncOp buildRuns(mlir::func::FuncOp source,
                             const MachineShape &machine);

/// Rows of a square matrix of vectors become its columns.
llvm::SmallVector<mlir::Value>
transposeSquare(mlir::OpBuilder &builder, mlir::Location loc,
                llvm::SmallVector<mlir::Value> rows);

/// Constants that are used after this in the same block are not loaded before
/// it, so that they take no registers from the accumulators of an earlier loop.
void markConstants(mlir::OpBuilder &builder, mlir::Location loc);

/// The one operation of a kernel that is not elementwise, if there is just one
/// (beside a split of a product's result) and nothing is computed for it.
mlir::Operation *getAnchor(mlir::func::FuncOp source);

/// Whether all operands and results of an operation lie row by row.
bool hasRowMajorTensors(mlir::Operation *op);

/// How a tensor of the graph lies in memory: its dimensions in the order of its
/// layout, then the blocks; a dimension that does not fill its last block is
/// padded.
mlir::MemRefType getBufferType(mlir::RankedTensorType type);
/// Whether `lanes` elements along a dimension, from a multiple of `lanes` on,
/// lie side by side; the last ones may be missing.
bool isContiguous(mlir::RankedTensorType type, int64_t dim, int64_t lanes);
/// Whether the last elements along a dimension are never missing in memory.
bool isPadded(mlir::RankedTensorType type, int64_t dim);

/// Writes the function of a kernel.
class FormBuilder : public mlir::ImplicitLocOpBuilder {
public:
  /// Starts a function beside `source` with one buffer per argument and result.
  explicit FormBuilder(mlir::func::FuncOp source);
  /// Ends it.
  mlir::func::FuncOp finish();

  /// The buffer of an argument or a constant of the source.
  mlir::Value getBuffer(mlir::Value value);
  /// The buffer of a result of the source.
  mlir::Value getResult(unsigned index);

  mlir::Value index(int64_t value);
  /// An affine function of indices, folded into those it is made of.
  mlir::Value apply(mlir::AffineExpr expr, mlir::ValueRange indices);
  mlir::Value offset(mlir::Value at, int64_t by);
  /// Where an element of a tensor of the graph lies in its buffer.
  llvm::SmallVector<mlir::Value> locate(mlir::RankedTensorType type,
                                        mlir::ValueRange at);

  /// A scalar of a buffer in its compute type.
  mlir::Value loadScalar(mlir::Value buffer, mlir::ValueRange at,
                         mlir::Type elementType);
  /// Elements along the last dimension of a buffer in their compute type; with
  /// a mask only some of them, the others are zero.
  mlir::Value loadVector(mlir::Value buffer, mlir::ValueRange at, int64_t lanes,
                         mlir::Type elementType, mlir::Value mask = {});
  /// The reverse.
  void storeVector(mlir::Value vector, mlir::Value buffer, mlir::ValueRange at,
                   mlir::Type elementType, mlir::Value mask = {});
  /// A mask of the first `count` of some lanes; null for all.
  mlir::Value maskOf(int64_t count, int64_t lanes);

private:
  mlir::func::FuncOp source, function;
  llvm::DenseMap<mlir::Value, mlir::Value> constants;
};

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_FORMS_FORM_H
