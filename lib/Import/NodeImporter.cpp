//===- NodeImporter.cpp - one ONNX node on its way --------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "NodeImporter.h"

#include "mlir/IR/Matchers.h"

#include <cstddef>

using namespace mlir;
using onnx::AttributeProto;

namespace autoglm::onnx_import {

NodeImporter::NodeImporter(const onnx::NodeProto &node, const Row &row,
                           Location loc, OpBuilder &builder, Weights &weights,
                           ShapeValues &shapeValues, ArrayRef<Value> operands)
    : node(node), row(row), builder(builder), weights(weights), loc(loc),
      shapeValues(shapeValues), operands(operands),
      used(node.attribute_size(), false) {}

InFlightDiagnostic NodeImporter::error(ErrorCode code) {
  isBroken = true;
  return emitError(loc, code);
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

RankedTensorType NodeImporter::type(Value value) const {
  if (!value)
    return RankedTensorType::get({}, builder.getI1Type());
  return cast<RankedTensorType>(value.getType());
}

std::optional<SmallVector<int64_t>> NodeImporter::constantInts(unsigned index,
                                                               StringRef what) {
  Value value = operand(index);
  if (!value || isBroken)
    return std::nullopt;
  auto values = getConstantInts(value);
  if (!values) {
    bool isInts = isa<IntegerType>(type(value).getElementType());
    error(isInts ? ErrorCode::NeedsConstant : ErrorCode::InvalidNode)
        << "'" << what << "' must be "
        << (isInts ? "a constant" : "a tensor of integers");
    return std::nullopt;
  }
  if (rank(value) > 1) {
    error() << "'" << what << "' must have rank 1, got " << rank(value);
    return std::nullopt;
  }
  return values;
}

std::optional<SmallVector<double>>
NodeImporter::constantNumbers(unsigned index, StringRef what) {
  Value value = operand(index);
  if (!value || isBroken)
    return std::nullopt;
  DenseElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr))) {
    error(ErrorCode::NeedsConstant) << "'" << what << "' must be a constant";
    return std::nullopt;
  }
  SmallVector<double> numbers;
  if (auto ints = getConstantInts(value)) {
    numbers.assign(ints->begin(), ints->end());
  } else {
    for (APFloat number : attr.getValues<APFloat>()) {
      bool losesInfo;
      number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                     &losesInfo);
      numbers.push_back(number.convertToDouble());
    }
  }
  return numbers;
}

std::optional<Tensor> NodeImporter::constantTensor(Value value) {
  if (auto load = value.getDefiningOp<LoadWeightOp>())
    return weights.read(load.getWeightAttr());
  DenseElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr)))
    return std::nullopt;
  FailureOr<Tensor> tensor = Tensor::fromAttr(attr);
  return succeeded(tensor) ? std::optional(*tensor) : std::nullopt;
}

int64_t NodeImporter::normalizeAxis(int64_t axis, int64_t rank) {
  if (isBroken)
    return 0;
  if (axis < -rank || axis >= rank) {
    error() << "axis " << axis << " is outside [" << -rank << ", " << rank - 1
            << "]";
    return 0;
  }
  return axis < 0 ? axis + rank : axis;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

const AttributeProto *NodeImporter::find(StringRef name) const {
  for (const AttributeProto &attribute : node.attribute())
    if (attribute.name() == name)
      return &attribute;
  return nullptr;
}

/// The type an attribute states, or the one its only value shows: the first
/// models had no such field.
static AttributeProto::AttributeType getType(const AttributeProto &attribute) {
  if (attribute.type() != AttributeProto::UNDEFINED)
    return attribute.type();
  if (attribute.has_f())
    return AttributeProto::FLOAT;
  if (attribute.has_i())
    return AttributeProto::INT;
  if (attribute.has_s())
    return AttributeProto::STRING;
  if (attribute.has_t())
    return AttributeProto::TENSOR;
  if (attribute.floats_size())
    return AttributeProto::FLOATS;
  if (attribute.ints_size())
    return AttributeProto::INTS;
  if (attribute.strings_size())
    return AttributeProto::STRINGS;
  return AttributeProto::UNDEFINED;
}

const AttributeProto *
NodeImporter::use(StringRef name,
                  std::optional<AttributeProto::AttributeType> type) {
  for (auto [index, attribute] : llvm::enumerate(node.attribute())) {
    if (attribute.name() != name)
      continue;
    used[index] = true;
    if (!type || isBroken)
      return isBroken ? nullptr : &attribute;
    if (!attribute.ref_attr_name().empty()) {
      error() << "attribute '" << name
              << "' refers to an attribute of a function that is not there";
      return nullptr;
    }
    if (getType(attribute) != *type) {
      error() << "attribute '" << name << "' must be of type "
              << onnx::AttributeProto_AttributeType_Name(*type) << ", not "
              << onnx::AttributeProto_AttributeType_Name(getType(attribute));
      return nullptr;
    }
    return &attribute;
  }
  return nullptr;
}

int64_t NodeImporter::getInt(StringRef name, int64_t standard) {
  const AttributeProto *attribute = use(name, AttributeProto::INT);
  return attribute ? attribute->i() : standard;
}

bool NodeImporter::getBool(StringRef name, bool standard) {
  return getInt(name, standard) != 0;
}

float NodeImporter::getFloat(StringRef name, float standard) {
  const AttributeProto *attribute = use(name, AttributeProto::FLOAT);
  return attribute ? attribute->f() : standard;
}

std::string NodeImporter::getString(StringRef name, StringRef standard) {
  const AttributeProto *attribute = use(name, AttributeProto::STRING);
  return attribute ? attribute->s() : standard.str();
}

std::optional<SmallVector<int64_t>> NodeImporter::getInts(StringRef name) {
  const AttributeProto *attribute = use(name, AttributeProto::INTS);
  if (!attribute)
    return std::nullopt;
  return SmallVector<int64_t>(attribute->ints().begin(),
                              attribute->ints().end());
}

std::optional<SmallVector<float>> NodeImporter::getFloats(StringRef name) {
  const AttributeProto *attribute = use(name, AttributeProto::FLOATS);
  if (!attribute)
    return std::nullopt;
  return SmallVector<float>(attribute->floats().begin(),
                            attribute->floats().end());
}

std::optional<SmallVector<std::string>>
NodeImporter::getStrings(StringRef name) {
  const AttributeProto *attribute = use(name, AttributeProto::STRINGS);
  if (!attribute)
    return std::nullopt;
  return SmallVector<std::string>(attribute->strings().begin(),
                                  attribute->strings().end());
}

void NodeImporter::require(StringRef name) {
  if (!isBroken && !hasAttr(name))
    error() << "has no attribute '" << name << "', which it needs";
}

const onnx::TensorProto *NodeImporter::getTensor(StringRef name) {
  const AttributeProto *attribute = use(name, AttributeProto::TENSOR);
  return attribute ? &attribute->t() : nullptr;
}

void NodeImporter::checkAllUsed() {
  for (auto [index, attribute] : llvm::enumerate(node.attribute())) {
    // A hint about memory that the first versions of many operators had.
    bool isHint = attribute.name() == "consumed_inputs" && row.since < 6;
    if (used[index] || isHint || isBroken)
      continue;
    const AttributeProto *first = find(attribute.name());
    if (first != &attribute)
      error() << "attribute '" << attribute.name() << "' is given twice";
    else
      error() << "has an attribute '" << attribute.name() << "', which version "
              << row.since << " of the operator does not have";
  }
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

namespace {
/// Collects the errors of a context while it lives.
class ErrorCollector {
public:
  explicit ErrorCollector(MLIRContext *context)
      : handler(context, [this](Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() == DiagnosticSeverity::Error &&
              text.empty())
            text = diagnostic.str();
          return success();
        }) {}
  /// The first error, without the name of our operation: the node's is told.
  StringRef getText() const {
    StringRef rest = text;
    if (rest.consume_front("'autoglm.")) {
      StringRef behind = rest.split("' op ").second;
      return behind.empty() ? StringRef(text) : behind;
    }
    return text;
  }

private:
  std::string text;
  ScopedDiagnosticHandler handler;
};

/// Properties of an operation that does not exist yet.
class ScratchProperties {
public:
  explicit ScratchProperties(RegisteredOperationName name) : name(name) {
    size_t size = name.getOpPropertyByteSize();
    if (size == 0)
      return;
    storage = std::make_unique<std::max_align_t[]>(
        size / sizeof(std::max_align_t) + 1);
    name.initOpProperties(get(), nullptr);
  }
  ~ScratchProperties() {
    if (storage)
      name.destroyOpProperties(get());
  }
  OpaqueProperties get() { return {storage.get()}; }

private:
  RegisteredOperationName name;
  std::unique_ptr<std::max_align_t[]> storage;
};
} // namespace

/// Builds an operation of inferred types, or says in `text` why that fails.
static Operation *tryCreate(OpBuilder &builder, OperationState &state,
                            RegisteredOperationName info, std::string &text) {
  MLIRContext *context = builder.getContext();
  ErrorCollector errors(context);
  ScratchProperties properties(info);
  DictionaryAttr attributes = state.attributes.getDictionary(context);
  auto *inference = info.getInterface<InferTypeOpInterface>();
  bool isGood = inference != nullptr;
  if (isGood && properties.get()) {
    isGood = succeeded(info.setOpPropertiesFromAttribute(
        state.name, properties.get(), attributes,
        [&] { return mlir::emitError(state.location); }));
    info.populateDefaultProperties(properties.get());
  }
  if (isGood && succeeded(inference->inferReturnTypes(
                    context, state.location, state.operands, attributes,
                    properties.get(), /*regions=*/{}, state.types))) {
    Operation *op = builder.create(state);
    if (succeeded(op->getName().verifyInvariants(op)))
      return op;
    op->erase();
  }
  text = errors.getText().str();
  return nullptr;
}

Operation *NodeImporter::createOp(StringRef name, ValueRange inputs,
                                  ArrayRef<NamedAttribute> attrs) {
  if (isBroken)
    return nullptr;
  OperationState state(loc, ("autoglm." + name).str());
  std::optional<RegisteredOperationName> info = state.name.getRegisteredInfo();
  if (!info || llvm::is_contained(inputs, Value())) {
    error(ErrorCode::Internal) << "cannot make an operation '" << name << "'";
    return nullptr;
  }
  state.addOperands(inputs);
  state.addAttributes(attrs);
  std::string text;
  Operation *op = tryCreate(builder, state, *info, text);
  if (!op)
    error() << text;
  return op;
}

Operation *NodeImporter::createWithOptional(StringRef name,
                                            ArrayRef<Value> inputs,
                                            ArrayRef<NamedAttribute> attrs) {
  SmallVector<Value> given;
  SmallVector<int32_t> sizes;
  for (Value input : inputs) {
    sizes.push_back(input ? 1 : 0);
    if (input)
      given.push_back(input);
  }
  SmallVector<NamedAttribute> all(attrs);
  all.push_back(
      attr("operandSegmentSizes", builder.getDenseI32ArrayAttr(sizes)));
  return createOp(name, given, all);
}

/// Computes an operation of constants by the reference evaluator, if it is
/// there and the result is small.
static DenseElementsAttr evaluate(Operation *op) {
  auto meaning = dyn_cast<EvaluateOpInterface>(op);
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  // A dense attribute of a quantized type cannot be written.
  if (!meaning || op->getNumResults() != 1 || op->getNumOperands() == 0 ||
      !type.getElementType().isIntOrFloat())
    return {};
  auto bytes = getTensorBytes(type);
  if (bytes && *bytes > kMaxConstantBytes)
    return {};
  SmallVector<Tensor> operands, results;
  for (Value value : op->getOperands()) {
    DenseElementsAttr attr;
    if (!matchPattern(value, m_Constant(&attr)))
      return {};
    FailureOr<Tensor> tensor = Tensor::fromAttr(attr);
    if (failed(tensor))
      return {};
    operands.push_back(*tensor);
  }
  // What cannot be computed now is left to be reported where it is run.
  ErrorCollector errors(op->getContext());
  if (failed(meaning.evaluate(operands, results)) || results.size() != 1 ||
      results[0].getNumBytes() > kMaxConstantBytes)
    return {};
  return results[0].toAttr();
}

Value NodeImporter::create(StringRef name, ValueRange inputs,
                           ArrayRef<NamedAttribute> attrs) {
  Operation *op = createOp(name, inputs, attrs);
  if (!op)
    return {};
  Value result = op->getResult(0);
  result.setType(shapeValues.refine(op));
  SmallVector<Value> folded;
  if (succeeded(builder.tryFold(op, folded)) && !folded.empty()) {
    op->erase();
    return folded.front();
  }
  DenseElementsAttr value = evaluate(op);
  if (!value) {
    shapeValues.learn(op);
    auto ints = shapeValues.get(result);
    if (ints && llvm::all_of(*ints, [](auto entry) { return !!entry; })) {
      auto type = cast<RankedTensorType>(result.getType());
      unsigned width = type.getElementTypeBitWidth();
      value = DenseElementsAttr::get(
          type, llvm::map_to_vector(*ints, [&](std::optional<int64_t> entry) {
            return width == 1 ? APInt(1, *entry != 0)
                              : APInt(width, *entry, /*isSigned=*/true);
          }));
    }
  }
  if (!value)
    return result;
  shapeValues.forget(result);
  op->erase();
  return builder.create<ConstantOp>(loc, value);
}

Value NodeImporter::ints(ArrayRef<int64_t> values) {
  return createInts(builder, loc, values);
}

Value NodeImporter::scalarLike(Value like, double value) {
  return createSplat(builder, loc, type(like).getElementType(), value);
}

Value NodeImporter::reshape(Value value, ArrayRef<int64_t> shape) {
  if (!value)
    return {};
  return create("reshape", {value, ints(shape)});
}

Value NodeImporter::cast(Value value, Type elementType) {
  if (!value || type(value).getElementType() == elementType)
    return value;
  return create("cast", value, attr("to", TypeAttr::get(elementType)));
}

} // namespace autoglm::onnx_import
