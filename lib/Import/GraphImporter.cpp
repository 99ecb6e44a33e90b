//===- GraphImporter.cpp - one function of a model --------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"

#include "NodeImporter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace autoglm::onnx_import {

static constexpr int kMaxCallDepth = 32;
static constexpr int64_t kMaxNodes = 1 << 20;

GraphImporter::GraphImporter(ModuleOp module, const ModelFile &model,
                             const FunctionMap &functions, Weights &weights,
                             const ImportOptions &options,
                             const DimBinding &bucket)
    : module(module), context(*module.getContext()), model(model),
      graph(model.proto.graph()), functions(functions), weights(weights),
      options(options), binds(options.binds),
      fileLoc(getFileLocation(context, model.path)), builder(&context),
      top{{}, model.opsets, "", 0} {
  for (const auto &[name, value] : bucket)
    binds[name] = value;
  for (const onnx::TensorProto &tensor : graph.initializer())
    initializers[tensor.name()] = &tensor;
  for (const auto *list : {&graph.value_info(), &graph.output()})
    for (const onnx::ValueInfoProto &value : *list)
      if (value.has_type())
        declared[value.name()] = &value.type();
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

FailureOr<RankedTensorType>
GraphImporter::readType(const onnx::TypeProto &type, StringRef name,
                        SmallVectorImpl<Attribute> *dims) {
  if (!type.has_tensor_type())
    return emitError(fileLoc, ErrorCode::UnsupportedType)
           << "'" << name << "' is no tensor, which is not supported";
  int32_t number = type.tensor_type().elem_type();
  Type elementType = getElementType(&context, number);
  if (!elementType)
    return emitError(fileLoc, ErrorCode::UnsupportedType)
           << "'" << name << "' has element type " << getElementTypeName(number)
           << ", which is not supported";
  SmallVector<int64_t> shape;
  for (const auto &dim : type.tensor_type().shape().dim()) {
    int64_t size = ShapedType::kDynamic;
    Attribute text = builder.getStringAttr(
        dim.has_dim_param() && !dim.dim_param().empty() ? dim.dim_param()
                                                        : "?");
    if (dim.has_dim_value() && dim.dim_value() >= 0) {
      size = dim.dim_value();
    } else if (dim.has_dim_param()) {
      auto bound = binds.find(dim.dim_param());
      if (bound != binds.end())
        size = bound->second;
    }
    shape.push_back(size);
    if (dims)
      dims->push_back(
          ShapedType::isDynamic(size) ? text : builder.getI64IntegerAttr(size));
  }
  auto result = RankedTensorType::get(shape, elementType);
  if (result.hasStaticShape() && !getTensorBytes(result))
    return emitError(fileLoc, ErrorCode::TooLarge)
           << "'" << name << "' is too large";
  return result;
}

LogicalResult GraphImporter::bindDimensions() {
  for (const auto &[name, shape] : options.shapes) {
    const onnx::ValueInfoProto *input = nullptr;
    for (const onnx::ValueInfoProto &candidate : graph.input())
      if (candidate.name() == name && !initializers.contains(name))
        input = &candidate;
    if (!input) {
      InFlightDiagnostic diagnostic =
          emitError(fileLoc, ErrorCode::BadShapeOption);
      diagnostic << "has no input '" << name << "', its inputs are";
      for (const onnx::ValueInfoProto &candidate : graph.input())
        if (!initializers.contains(candidate.name()))
          diagnostic << " '" << candidate.name() << "'";
      return diagnostic;
    }
    for (int64_t size : shape)
      if (size < -1)
        return emitError(fileLoc, ErrorCode::BadShapeOption)
               << "input '" << name << "' cannot have a dimension of " << size;
    if (!input->type().tensor_type().has_shape())
      continue;
    const auto &dims = input->type().tensor_type().shape().dim();
    if (dims.size() != static_cast<int>(shape.size()))
      return emitError(fileLoc, ErrorCode::BadShapeOption)
             << "input '" << name << "' has " << dims.size()
             << " dimensions, but " << shape.size() << " are given";
    for (auto [index, dim] : llvm::enumerate(dims)) {
      int64_t size = shape[index];
      if (size == -1)
        continue;
      if (dim.has_dim_value() && dim.dim_value() >= 0 &&
          dim.dim_value() != size)
        return emitError(fileLoc, ErrorCode::BadShapeOption)
               << "dimension " << index << " of input '" << name << "' is "
               << dim.dim_value() << " in the model and cannot be " << size;
      if (!dim.has_dim_param() || dim.dim_param().empty())
        continue;
      auto [it, isNew] = binds.try_emplace(dim.dim_param(), size);
      if (!isNew && it->second != size)
        return emitError(fileLoc, ErrorCode::BadShapeOption)
               << "dimension '" << dim.dim_param() << "' cannot be both "
               << it->second << " and " << size;
    }
  }
  for (const auto &[name, value] : binds) {
    std::vector<std::string> names;
    for (const onnx::ValueInfoProto &input : graph.input())
      for (const auto &dim : input.type().tensor_type().shape().dim())
        if (dim.has_dim_param() && !llvm::is_contained(names, dim.dim_param()))
          names.push_back(dim.dim_param());
    if (!llvm::is_contained(names, name)) {
      InFlightDiagnostic diagnostic =
          emitError(fileLoc, ErrorCode::BadShapeOption);
      diagnostic << "has no symbolic dimension '" << name << "'";
      for (auto [index, known] : llvm::enumerate(names))
        diagnostic << (index ? ", '" : ", only '") << known << "'";
      return diagnostic;
    }
    if (value < 0)
      return emitError(fileLoc, ErrorCode::BadShapeOption)
             << "dimension '" << name << "' cannot be " << value;
  }
  return success();
}

LogicalResult GraphImporter::checkConstants() {
  for (const auto &[name, tensor] : options.constants) {
    bool isInput = llvm::any_of(graph.input(), [&](const auto &input) {
      return input.name() == name && !initializers.contains(name);
    });
    if (!isInput)
      return emitError(fileLoc, ErrorCode::BadShapeOption)
             << "has no input '" << name << "' that could be a constant";
    if (tensor.getNumBytes() > kMaxConstantBytes)
      return emitError(fileLoc, ErrorCode::TooLarge)
             << "input '" << name << "' is too large for a constant";
  }
  return success();
}

DictionaryAttr GraphImporter::describe(StringRef name,
                                       ArrayRef<Attribute> dims) {
  return builder.getDictionaryAttr(
      {builder.getNamedAttr(kNameAttr, builder.getStringAttr(name)),
       builder.getNamedAttr(kDimsAttr, builder.getArrayAttr(dims))});
}

LogicalResult GraphImporter::addInput(const onnx::ValueInfoProto &input) {
  StringRef name = input.name();
  if (!input.has_type())
    return emitError(fileLoc, ErrorCode::BadGraph)
           << "input '" << name << "' has no type";
  SmallVector<Attribute> dims;
  FailureOr<RankedTensorType> type = readType(input.type(), name, &dims);
  if (failed(type))
    return failure();
  auto given = options.shapes.find(input.name());
  bool isGiven = given != options.shapes.end();
  SmallVector<int64_t> shape(type->getShape());
  if (!input.type().tensor_type().has_shape()) {
    if (!isGiven)
      return emitError(fileLoc, ErrorCode::UnknownDimension)
             << "input '" << name << "' has no shape: give it with --shape "
             << name << "=...";
    shape.assign(given->second.size(), ShapedType::kDynamic);
    dims.assign(shape.size(), builder.getStringAttr("?"));
  }
  auto constant = options.constants.find(input.name());
  if (constant != options.constants.end()) {
    RankedTensorType own = constant->second.getType();
    if (own.getElementType() != type->getElementType() ||
        (input.type().tensor_type().has_shape() &&
         failed(verifyCompatibleShape(own.getShape(), type->getShape()))))
      return emitError(fileLoc, ErrorCode::BadShapeOption)
             << "input '" << name << "' is " << *type << " and cannot be "
             << own;
    top.values[name] =
        builder.create<ConstantOp>(fileLoc, constant->second.toAttr());
    return success();
  }
  // What has a name was bound before; here are the dimensions without one.
  for (size_t i = 0; isGiven && i < shape.size(); ++i) {
    if (given->second[i] < 0 || !ShapedType::isDynamic(shape[i]))
      continue;
    shape[i] = given->second[i];
    dims[i] = builder.getI64IntegerAttr(shape[i]);
  }
  auto full = RankedTensorType::get(shape, type->getElementType());
  if (full.hasStaticShape() && !getTensorBytes(full))
    return emitError(fileLoc, ErrorCode::TooLarge)
           << "input '" << name << "' is too large";
  if (!top.values.try_emplace(name, block->addArgument(full, fileLoc)).second)
    return emitError(fileLoc, ErrorCode::BadGraph)
           << "input '" << name << "' is given twice";
  argAttrs.push_back(describe(name, dims));
  return success();
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value GraphImporter::lookUp(StringRef name, Scope &scope, Location loc) {
  auto found = scope.values.find(name);
  if (found != scope.values.end())
    return found->second;
  auto initializer = initializers.find(name);
  if (&scope != &top || initializer == initializers.end()) {
    emitError(loc, ErrorCode::BadGraph)
        << "uses '" << name << "', which nothing defines";
    return {};
  }
  Value value = weights.getValue(builder, loc, *initializer->second, name);
  if (value && failed(define(name, value, scope, loc)))
    return {};
  return value;
}

LogicalResult GraphImporter::define(StringRef name, Value value, Scope &scope,
                                    Location loc) {
  if (&scope == &top && failed(checkDeclared(name, value, loc)))
    return failure();
  scope.values[name] = value;
  return success();
}

LogicalResult GraphImporter::checkDeclared(StringRef name, Value value,
                                           Location loc) {
  auto found = declared.find(name);
  // A tensor type without element type or shape says nothing of either.
  if (found == declared.end() ||
      (found->second->has_tensor_type() &&
       found->second->tensor_type().elem_type() == 0))
    return success();
  FailureOr<RankedTensorType> wanted = readType(*found->second, name);
  if (failed(wanted))
    return failure();
  auto type = cast<RankedTensorType>(value.getType());
  bool hasShape = found->second->tensor_type().has_shape();
  if (wanted->getElementType() != type.getElementType() ||
      (hasShape &&
       failed(verifyCompatibleShape(wanted->getShape(), type.getShape()))))
    return emitError(loc, ErrorCode::BadGraph)
           << "the model declares '" << name << "' as " << *wanted
           << ", but it is " << type;
  Operation *op = value.getDefiningOp();
  if (!hasShape || !op || type.hasStaticShape())
    return success();
  SmallVector<int64_t> shape(type.getShape());
  for (auto [index, dim] : llvm::enumerate(shape))
    if (ShapedType::isDynamic(dim))
      dim = wanted->getDimSize(index);
  value.setType(RankedTensorType::get(shape, type.getElementType()));
  return success();
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

LogicalResult GraphImporter::importNodes(const NodeList &nodes, Scope &scope) {
  nodeCount += nodes.size();
  if (nodeCount > kMaxNodes)
    return emitError(fileLoc, ErrorCode::TooLarge)
           << "has more than " << kMaxNodes
           << " nodes with the functions it calls";
  for (const onnx::NodeProto &node : nodes)
    if (failed(importNode(node, scope)))
      return failure();
  return success();
}

LogicalResult GraphImporter::importNode(const onnx::NodeProto &node,
                                        Scope &scope) {
  auto function = functions.find(getKey(node));
  if (function != functions.end())
    return importCall(node, *function->second, scope);

  Location loc = getLocation(context, node, model.path, scope.prefix);
  StringRef domain = normalizeDomain(node.domain());
  auto version = scope.opsets.find(domain);
  const Row *row = version == scope.opsets.end()
                       ? nullptr
                       : findRow(domain, node.op_type(), version->second);
  if (!row)
    return emitError(loc, ErrorCode::UnsupportedOperator)
           << "the operator is not supported";
  SmallVector<Value> operands;
  for (const std::string &input : node.input()) {
    operands.push_back(input.empty() ? Value() : lookUp(input, scope, loc));
    if (!input.empty() && !operands.back())
      return failure();
  }
  while (!operands.empty() && !operands.back())
    operands.pop_back();
  int count = static_cast<int>(operands.size());
  if (count < row->minOperands || count > row->maxOperands)
    return emitError(loc, ErrorCode::InvalidNode)
           << "has " << count << " operands, expected "
           << (count < row->minOperands ? "at least " : "at most ")
           << (count < row->minOperands ? row->minOperands : row->maxOperands);
  int needed = row->maxOperands == kAny ? count : row->minOperands;
  for (int i = 0; i < needed; ++i)
    if (!operands[i])
      return emitError(loc, ErrorCode::InvalidNode)
             << "operand " << i << " is left out, but needed";
  if (node.output_size() < 1 || node.output_size() > row->maxOutputs)
    return emitError(loc, ErrorCode::InvalidNode)
           << "has " << node.output_size() << " outputs, expected 1"
           << (row->maxOutputs > 1 ? " or more, as its operator says" : "");

  NodeImporter importer(node, *row, loc, builder, weights, shapeValues,
                        operands);
  row->import(importer);
  importer.checkAllUsed();
  if (importer.hasFailed())
    return failure();
  for (auto [index, output] : llvm::enumerate(node.output())) {
    if (output.empty())
      continue;
    if (index >= importer.results.size() || !importer.results[index])
      return emitError(loc, ErrorCode::UnsupportedOperator)
             << "output " << index << " is not supported";
    if (failed(define(output, importer.results[index], scope, loc)))
      return failure();
  }
  return success();
}

/// Puts the attributes of a call where a function's node refers to them; what
/// the call leaves out is left out.
static void substituteAttributes(
    onnx::NodeProto &node,
    const std::map<std::string, const onnx::AttributeProto *> &given) {
  google::protobuf::RepeatedPtrField<onnx::AttributeProto> result;
  for (const onnx::AttributeProto &attribute : node.attribute()) {
    if (attribute.ref_attr_name().empty()) {
      *result.Add() = attribute;
      continue;
    }
    auto found = given.find(attribute.ref_attr_name());
    if (found == given.end())
      continue;
    *result.Add() = *found->second;
    result.rbegin()->set_name(attribute.name());
  }
  node.mutable_attribute()->Swap(&result);
}

LogicalResult GraphImporter::importCall(const onnx::NodeProto &node,
                                        const onnx::FunctionProto &function,
                                        Scope &scope) {
  Location loc = getLocation(context, node, model.path, scope.prefix);
  if (scope.depth >= kMaxCallDepth)
    return emitError(loc, ErrorCode::BadGraph)
           << "functions call each other more than " << kMaxCallDepth
           << " deep";
  if (node.input_size() > function.input_size() ||
      node.output_size() > function.output_size())
    return emitError(loc, ErrorCode::InvalidNode)
           << "has " << node.input_size() << " operands and "
           << node.output_size() << " outputs, its function "
           << function.input_size() << " and " << function.output_size();
  llvm::StringMap<int64_t> opsets;
  if (failed(readOpsets(loc, function.opset_import(), opsets)))
    return failure();
  std::map<std::string, const onnx::AttributeProto *> attributes;
  for (const onnx::AttributeProto &attribute : function.attribute_proto())
    attributes[attribute.name()] = &attribute;
  for (const onnx::AttributeProto &attribute : node.attribute())
    attributes[attribute.name()] = &attribute;

  NodeAttr own = getNodes(loc).front();
  Scope inner{{}, opsets, (own.getName() + "/").str(), scope.depth + 1};
  SmallVector<StringRef> given, outputs;
  llvm::StringMap<bool> leftOut;
  for (auto [index, name] : llvm::enumerate(function.input())) {
    given.push_back(name);
    bool isGiven = static_cast<int>(index) < node.input_size() &&
                   !node.input(index).empty();
    if (!isGiven) {
      leftOut[name] = true;
      continue;
    }
    Value value = lookUp(node.input(index), scope, loc);
    if (!value)
      return failure();
    inner.values[name] = value;
  }
  for (const std::string &name : function.output())
    outputs.push_back(name);
  if (failed(
          checkStructure(context, model.path, function.node(), given, outputs)))
    return failure();
  NodeList body(function.node());
  for (onnx::NodeProto &member : body) {
    substituteAttributes(member, attributes);
    // An operand that the call leaves out is left out by those it goes to.
    for (std::string &input : *member.mutable_input())
      if (leftOut.contains(input))
        input.clear();
  }
  if (failed(importNodes(body, inner)))
    return failure();
  for (auto [index, name] : llvm::enumerate(node.output())) {
    if (name.empty())
      continue;
    Value value = lookUp(function.output(index), inner, loc);
    if (!value || failed(define(name, value, scope, loc)))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

LogicalResult GraphImporter::addOutputs() {
  SmallVector<Value> values;
  for (const onnx::ValueInfoProto &output : graph.output()) {
    Value value = lookUp(output.name(), top, fileLoc);
    // An input that is also an output was never compared.
    if (!value || failed(checkDeclared(output.name(), value, fileLoc)))
      return failure();
    values.push_back(value);
    SmallVector<Attribute> dims;
    const auto &declaredDims = output.type().tensor_type().shape().dim();
    auto type = cast<RankedTensorType>(value.getType());
    for (auto [index, dim] : llvm::enumerate(type.getShape())) {
      bool hasName = static_cast<int>(index) < declaredDims.size() &&
                     !declaredDims[index].dim_param().empty();
      if (ShapedType::isDynamic(dim))
        dims.push_back(builder.getStringAttr(
            hasName ? declaredDims[index].dim_param() : "?"));
      else
        dims.push_back(builder.getI64IntegerAttr(dim));
    }
    resultAttrs.push_back(describe(output.name(), dims));
  }
  if (values.empty())
    return emitError(fileLoc, ErrorCode::BadGraph) << "has no outputs";
  builder.create<func::ReturnOp>(fileLoc, values);
  return success();
}

LogicalResult GraphImporter::importFunction(StringRef name) {
  if (failed(bindDimensions()) || failed(checkConstants()))
    return failure();
  builder.setInsertionPointToEnd(module.getBody());
  auto function = builder.create<func::FuncOp>(fileLoc, name,
                                               builder.getFunctionType({}, {}));
  block = function.addEntryBlock();
  builder.setInsertionPointToStart(block);
  for (const onnx::ValueInfoProto &input : graph.input())
    if (!initializers.contains(input.name()) && failed(addInput(input)))
      return failure();
  if (failed(importNodes(graph.node(), top)) || failed(addOutputs()))
    return failure();
  function.setFunctionType(builder.getFunctionType(
      block->getArgumentTypes(), block->getTerminator()->getOperandTypes()));
  function.setAllArgAttrs(argAttrs);
  function.setAllResultAttrs(resultAttrs);
  return success();
}

} // namespace autoglm::onnx_import
