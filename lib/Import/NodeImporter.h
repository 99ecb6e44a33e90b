//===- NodeImporter.h - one ONNX node on its way ----------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_IMPORT_NODEIMPORTER_H
#define AUTOGLM_LIB_IMPORT_NODEIMPORTER_H

#include "OperatorTable.h"
#include "ShapeValues.h"
#include "Weights.h"

#include "dialects/AutoGLM/AutoGLM.h"

namespace autoglm::onnx_import {

/// What a row of the operator table works with: the node's operands and
/// attributes, and a way to build operations that never aborts. The first thing
/// that goes wrong is reported, after which everything asked for is a default
/// and everything built is null; a row just goes on and its results are
/// dropped.
class NodeImporter {
public:
  NodeImporter(const onnx::NodeProto &node, const Row &row, mlir::Location loc,
               mlir::OpBuilder &builder, Weights &weights,
               ShapeValues &shapeValues, llvm::ArrayRef<mlir::Value> operands);

  const onnx::NodeProto &node;
  const Row &row;
  mlir::OpBuilder &builder;
  Weights &weights;
  /// What a row gives back, one per output of the operator; null for an output
  /// that the node does not name.
  llvm::SmallVector<mlir::Value> results;

  bool hasFailed() const { return isBroken; }
  /// For what was reported already.
  void markFailed() { isBroken = true; }
  /// Starts a diagnostic on the node.
  mlir::InFlightDiagnostic error(ErrorCode code = ErrorCode::InvalidNode);

  //===--- Operands and outputs -------------------------------------------===//

  /// Number of operands, those left out inside the list included.
  unsigned getNumOperands() const { return operands.size(); }
  /// An operand, or null if it was left out.
  mlir::Value operand(unsigned index) const {
    return index < operands.size() ? operands[index] : mlir::Value();
  }
  llvm::ArrayRef<mlir::Value> getOperands() const { return operands; }
  /// Whether the node names this output.
  bool wants(unsigned output) const {
    return output < static_cast<unsigned>(node.output_size()) &&
           !node.output(output).empty();
  }
  /// The integers of an operand that must be a constant, or nothing if it was
  /// left out.
  std::optional<llvm::SmallVector<int64_t>> constantInts(unsigned index,
                                                         llvm::StringRef what);

  /// The same for numbers of any type.
  std::optional<llvm::SmallVector<double>>
  constantNumbers(unsigned index, llvm::StringRef what);
  /// The value of an operand that is a constant or a weight of the model, if it
  /// can be read now.
  std::optional<Tensor> constantTensor(mlir::Value value);

  //===--- Attributes -----------------------------------------------------===//

  bool hasAttr(llvm::StringRef name) const { return find(name) != nullptr; }
  int64_t getInt(llvm::StringRef name, int64_t standard);
  bool getBool(llvm::StringRef name, bool standard);
  float getFloat(llvm::StringRef name, float standard);
  std::string getString(llvm::StringRef name, llvm::StringRef standard);
  std::optional<llvm::SmallVector<int64_t>> getInts(llvm::StringRef name);
  std::optional<llvm::SmallVector<float>> getFloats(llvm::StringRef name);
  std::optional<llvm::SmallVector<std::string>>
  getStrings(llvm::StringRef name);
  /// An attribute whose absence is an error.
  void require(llvm::StringRef name);
  const onnx::TensorProto *getTensor(llvm::StringRef name);
  /// Accepts an attribute that has no effect.
  void ignore(llvm::StringRef name) { (void)use(name, {}); }
  /// Reports an attribute that no row asked for.
  void checkAllUsed();

  //===--- Building -------------------------------------------------------===//

  /// Builds an operation of the dialect by its name without the prefix; null if
  /// an operand is null, the operands do not fit (reported) or anything failed.
  mlir::Operation *createOp(llvm::StringRef name, mlir::ValueRange inputs,
                            llvm::ArrayRef<mlir::NamedAttribute> attrs = {});
  /// The same for an operation with optional operands: null ones are left out.
  mlir::Operation *
  createWithOptional(llvm::StringRef name, llvm::ArrayRef<mlir::Value> inputs,
                     llvm::ArrayRef<mlir::NamedAttribute> attrs = {});
  /// The same for one result, which is a constant where it can be computed.
  mlir::Value create(llvm::StringRef name, mlir::ValueRange inputs,
                     llvm::ArrayRef<mlir::NamedAttribute> attrs = {});
  /// Builds the row's own operation as the node's result.
  void finish(mlir::ValueRange inputs,
              llvm::ArrayRef<mlir::NamedAttribute> attrs = {}) {
    results = {create(row.mnemonic, inputs, attrs)};
  }

  mlir::NamedAttribute attr(llvm::StringRef name, mlir::Attribute value) {
    return builder.getNamedAttr(name, value);
  }
  mlir::NamedAttribute intAttr(llvm::StringRef name, int64_t value) {
    return attr(name, builder.getI64IntegerAttr(value));
  }
  mlir::NamedAttribute boolAttr(llvm::StringRef name, bool value) {
    return attr(name, builder.getBoolAttr(value));
  }
  mlir::NamedAttribute floatAttr(llvm::StringRef name, float value) {
    return attr(name, builder.getF32FloatAttr(value));
  }
  mlir::NamedAttribute stringAttr(llvm::StringRef name, llvm::StringRef value) {
    return attr(name, builder.getStringAttr(value));
  }
  mlir::NamedAttribute floatsAttr(llvm::StringRef name,
                                  llvm::ArrayRef<float> values) {
    return attr(name, builder.getDenseF32ArrayAttr(values));
  }
  mlir::NamedAttribute intsAttr(llvm::StringRef name,
                                llvm::ArrayRef<int64_t> values) {
    return attr(name, builder.getDenseI64ArrayAttr(values));
  }

  /// A rank-1 i64 constant.
  mlir::Value ints(llvm::ArrayRef<int64_t> values);
  /// A constant of rank 0 with the element type of `like`.
  mlir::Value scalarLike(mlir::Value like, double value);
  mlir::Value reshape(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  mlir::Value cast(mlir::Value value, mlir::Type elementType);

  /// Type of a value; rank 0 of i1 for null, so that rows can go on.
  mlir::RankedTensorType type(mlir::Value value) const;
  int64_t rank(mlir::Value value) const { return type(value).getRank(); }
  /// `axis` counted from the front; reports one outside [-rank, rank - 1].
  int64_t normalizeAxis(int64_t axis, int64_t rank);

  mlir::Location getLoc() const { return loc; }
  ShapeValues &getShapeValues() { return shapeValues; }

private:
  const onnx::AttributeProto *find(llvm::StringRef name) const;
  /// The attribute of this type, marked as used; null if absent or wrong.
  const onnx::AttributeProto *
  use(llvm::StringRef name,
      std::optional<onnx::AttributeProto::AttributeType> type);

  mlir::Location loc;
  ShapeValues &shapeValues;
  llvm::SmallVector<mlir::Value> operands;
  llvm::SmallVector<bool> used;
  bool isBroken = false;
};

/// A convolution with the window that the node's attributes describe; the bias
/// may be null. Null after a diagnostic.
mlir::Value createConv(NodeImporter &n, mlir::Value input, mlir::Value weight,
                       mlir::Value bias);

} // namespace autoglm::onnx_import

#endif // AUTOGLM_LIB_IMPORT_NODEIMPORTER_H
