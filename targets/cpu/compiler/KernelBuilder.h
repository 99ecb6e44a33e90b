//===- KernelBuilder.h - graph operations as linalg on tensors -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_KERNELBUILDER_H
#define AUTOGLM_TARGETS_CPU_COMPILER_KERNELBUILDER_H

#include "Passes.h"

namespace autoglm::cpu {

/// Type of an element in memory: signless, bool as a byte.
mlir::Type getStorageType(mlir::Type elementType);
/// Type in which an element is computed: small floats as float32, bool as i1.
mlir::Type getComputeType(mlir::Type elementType);
/// Tensor type in a kernel: as it lies in memory, storage elements, no
/// dimensions of size 1.
mlir::RankedTensorType getStoredType(mlir::RankedTensorType type);
/// Storage to compute type and back, of scalars or vectors; a compute value may
/// also be a wider float than the compute type, which is then rounded once.
mlir::Value loadElement(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Value value, mlir::Type elementType);
mlir::Value storeElement(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::Value value, mlir::Type elementType);

/// The type itself, or a vector of it as long as `shape` if that is a vector.
mlir::Type likeShape(mlir::Type shape, mlir::Type elementType);
/// A constant of a scalar type or of a vector of it.
mlir::Value buildSplat(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Type type, mlir::TypedAttr value);
/// An element of the graph as one of a storage or compute type.
mlir::TypedAttr convertConstant(mlir::Attribute attr, mlir::Type type);

/// The result of an elementwise operation from one element of each operand, in
/// compute types, or from vectors of equal length; null if the table has no
/// such operation.
mlir::Value buildScalar(mlir::OpBuilder &builder, mlir::Operation *op,
                        mlir::ValueRange arguments);

/// How elements are combined by reductions.
enum class Combine { Sum, Product, Maximum, Minimum };
mlir::Value buildCombine(mlir::OpBuilder &builder, mlir::Location loc,
                         Combine combine, mlir::Value lhs, mlir::Value rhs,
                         bool isUnsigned);
/// The neutral element as a constant of a compute type.
mlir::Value buildNeutral(mlir::OpBuilder &builder, mlir::Location loc,
                         Combine combine, mlir::Type type, bool isUnsigned);
mlir::Value buildNumber(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Type type, double value);

/// Loops of an operation, without those of one iteration.
class Loops {
public:
  Loops(const IterationSpace &space, mlir::MLIRContext *context);
  /// Parallel loops over a shape.
  Loops(llvm::ArrayRef<int64_t> shape, mlir::MLIRContext *context);

  llvm::ArrayRef<mlir::utils::IteratorType> getIterators() const {
    return iterators;
  }
  int64_t getNumLoops() const { return iterators.size(); }
  /// A map from the original loops to elements, in the loops that are left.
  mlir::AffineMap rewrite(mlir::AffineMap map) const;
  /// The same, without the dimensions of size 1 of the tensor it indexes.
  mlir::AffineMap squeeze(mlir::AffineMap map,
                          mlir::RankedTensorType type) const;

private:
  void init(llvm::ArrayRef<int64_t> sizes,
            llvm::ArrayRef<mlir::utils::IteratorType> kinds);
  mlir::MLIRContext *context;
  llvm::SmallVector<mlir::AffineExpr> replacements;
  llvm::SmallVector<mlir::utils::IteratorType> iterators;
};

/// An operand of a loop nest: a tensor and the element each point reads, or a
/// constant that is the same everywhere.
struct Read {
  mlir::Value tensor;
  mlir::Attribute splat;
  /// Element type in the graph; null if the element is taken as it is.
  mlir::Type elementType;
  mlir::AffineMap map;
};

/// A result of a loop nest: what it starts from and the element each point
/// writes.
struct Write {
  mlir::Value init;
  mlir::AffineMap map;
  /// Element type in the graph; null if the element is stored as it is.
  mlir::Type elementType;
};

/// Builds the function of a kernel on memrefs from one in the graph dialect.
class KernelBuilder {
public:
  explicit KernelBuilder(mlir::func::FuncOp source);

  /// Replaces the function. Fails after a diagnostic.
  llvm::LogicalResult run();

  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::MLIRContext *getContext() { return builder.getContext(); }

  /// The tensor that holds a value of the graph.
  mlir::Value getTensor(mlir::Value value);
  /// Where the result of an operation is to be written.
  mlir::Value getDestination(mlir::Value result);
  void setTensor(mlir::Value result, mlir::Value tensor) {
    tensors[result] = tensor;
  }
  Read read(mlir::Value value, mlir::AffineMap map, const Loops &loops,
            bool convert = true);

  using Body = llvm::function_ref<llvm::SmallVector<mlir::Value>(
      mlir::OpBuilder &, mlir::ValueRange reads, mlir::ValueRange carried)>;
  /// A linalg.generic; its body sees compute types where elements convert.
  llvm::SmallVector<mlir::Value>
  buildLoops(mlir::Location loc, const Loops &loops, llvm::ArrayRef<Read> reads,
             llvm::ArrayRef<Write> writes, Body body);

  /// A tensor of one value everywhere.
  mlir::Value fill(mlir::Location loc, mlir::Value init, mlir::Value value);

private:
  llvm::LogicalResult convert(mlir::Operation *op);
  llvm::LogicalResult convertElementwise(mlir::Operation *op);
  void finish();

  mlir::func::FuncOp source;
  mlir::OpBuilder builder;
  llvm::DenseMap<mlir::Value, mlir::Value> tensors;
  llvm::DenseMap<mlir::Value, mlir::Attribute> splats;
  /// Destination of each result of the function.
  llvm::SmallVector<mlir::Value> outputs;
};

/// Converters by kind; success if the operation was theirs, nothing if not.
std::optional<llvm::LogicalResult> convertBlocked(KernelBuilder &kernel,
                                                  mlir::Operation *op);
std::optional<llvm::LogicalResult> convertContraction(KernelBuilder &kernel,
                                                      mlir::Operation *op);
std::optional<llvm::LogicalResult> convertReduction(KernelBuilder &kernel,
                                                    mlir::Operation *op);
std::optional<llvm::LogicalResult> convertMovement(KernelBuilder &kernel,
                                                   mlir::Operation *op);

} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_KERNELBUILDER_H
