//===- AutoGLM.h - the autoglm dialect -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_H
#define AUTOGLM_DIALECTS_AUTOGLM_H

#include "autoglm/Support/Tensor.h"
#include "dialects/AutoGLM/IterationSpace.h"

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Quant/QuantOps.h"
#include "mlir/Dialect/Quant/QuantTypes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace autoglm {
/// Every result element is a scalar function of one element of each operand.
template <typename ConcreteType>
class Elementwise : public mlir::OpTrait::TraitBase<ConcreteType, Elementwise> {
};
} // namespace autoglm

#include "dialects/AutoGLM/AutoGLMDialect.h.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/AutoGLM/AutoGLMAttrs.h.inc"

#include "dialects/AutoGLM/AutoGLMInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/AutoGLM/AutoGLMOps.h.inc"

namespace autoglm {

/// Constants up to this many bytes are attributes, larger ones weights.
inline constexpr int64_t kMaxConstantBytes = 4096;

/// Names of the discardable attributes that the dialect gives a meaning.
/// On entry functions' arguments and results: the tensor's name in the model.
inline constexpr llvm::StringLiteral kNameAttr = "autoglm.name";
/// On the same: the dimensions as the model states them, numbers or names.
inline constexpr llvm::StringLiteral kDimsAttr = "autoglm.dims";
/// On the module: file name of the model, without its folder.
inline constexpr llvm::StringLiteral kModelAttr = "autoglm.model";
/// On an operation before segments are formed: the symbol of the device that
/// `place` decided.
inline constexpr llvm::StringLiteral kDeviceAttr = "autoglm.device";
/// On an operation before `place`: the symbol of the device it has to go to.
inline constexpr llvm::StringLiteral kPinAttr = "autoglm.pin";
/// On an operation between `normalize` and `place`: the composite it is a part
/// of, where no device takes that whole.
inline constexpr llvm::StringLiteral kCompositeAttr = "autoglm.composite";
/// On a device: its place in the order of preference (i64 from 1), and the
/// share of its main memory that may be used (f64 in (0, 1]), if a file of
/// adapters says so.
inline constexpr llvm::StringLiteral kPriorityAttr = "autoglm.priority";
inline constexpr llvm::StringLiteral kMaxMemoryRatioAttr =
    "autoglm.max_memory_ratio";
/// On an operation in or before a segment: the precision `place` decided.
inline constexpr llvm::StringLiteral kPrecisionAttr = "autoglm.precision";

/// On a launch, for the report: operations it computes, bytes it reads and
/// writes if each is touched once.
inline constexpr llvm::StringLiteral kFlopsAttr = "autoglm.flops";
inline constexpr llvm::StringLiteral kBytesAttr = "autoglm.bytes";
/// On the same: operations that became one launch, and the bytes that they
/// would read and write one by one.
inline constexpr llvm::StringLiteral kFusedOpsAttr = "autoglm.fused_ops";
inline constexpr llvm::StringLiteral kUnfusedBytesAttr =
    "autoglm.unfused_bytes";
/// On a group or launch: a list of what `fuse` did not join with it, each with
/// the producer (`with`), the reason's code and the deciding field.
inline constexpr llvm::StringLiteral kRefusedAttr = "autoglm.refused";

/// "f32" and the like: the precision of an operation that is not quantized, the
/// element type of its first result.
std::string getNaturalPrecision(mlir::Operation *op);

/// The integers of a constant operand, if it is one.
std::optional<llvm::SmallVector<int64_t>> getConstantInts(mlir::Value value);

/// A constant of rank 0 (or of `shape`) with every element `value`.
mlir::Value createSplat(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Type elementType, double value,
                        llvm::ArrayRef<int64_t> shape = {});

/// A rank-1 i64 constant.
mlir::Value createInts(mlir::OpBuilder &builder, mlir::Location loc,
                       llvm::ArrayRef<int64_t> values);

/// The location of an ONNX node, and the nodes that a (possibly fused) location
/// names, in order and without repetition.
mlir::Location getNodeLocation(NodeAttr node);
llvm::SmallVector<NodeAttr> getNodes(mlir::Location loc);

} // namespace autoglm

#endif // AUTOGLM_DIALECTS_AUTOGLM_H
