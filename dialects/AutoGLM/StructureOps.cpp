//===- StructureOps.cpp - weights, devices, segments, groups -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/ShapeInference.h"

#include "mlir/IR/OpImplementation.h"

using namespace mlir;
using namespace autoglm;

//===----------------------------------------------------------------------===//
// Constant and weights
//===----------------------------------------------------------------------===//

LogicalResult ConstantOp::inferReturnTypes(MLIRContext *, Loc loc, ValueRange,
                                           DictionaryAttr,
                                           OpaqueProperties properties,
                                           RegionRange, Types &types) {
  auto *own = properties.as<Properties *>();
  auto type = own && own->value
                  ? dyn_cast<RankedTensorType>(own->value.getType())
                  : RankedTensorType();
  if (!type)
    return emitOptionalError(loc, "value must be a ranked tensor");
  types.push_back(type);
  return success();
}

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

LogicalResult WeightOp::verifyRegions() {
  auto type = dyn_cast<RankedTensorType>(getType());
  if (!type || !type.hasStaticShape())
    return emitOpError("must be a tensor of known shape, got ") << getType();
  bool isDerived = !getInitializer().empty();
  if (isDerived == getSource().has_value())
    return emitOpError("must have either a source or an initializer");
  if (!isDerived) {
    auto bytes = getTensorBytes(type);
    if (!bytes || *bytes != getSource()->getBytes())
      return emitOpError("of type ")
             << type << " needs " << bytes.value_or(0)
             << " bytes, but its source has " << getSource()->getBytes();
    return success();
  }
  auto yield = dyn_cast<YieldOp>(getInitializer().front().getTerminator());
  if (!yield || yield.getValues().size() != 1 ||
      yield.getValues()[0].getType() != type)
    return emitOpError("must have an initializer that yields one ") << type;
  return success();
}

LogicalResult
LoadWeightOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  auto weight =
      symbolTable.lookupNearestSymbolFrom<WeightOp>(*this, getWeightAttr());
  if (!weight)
    return emitOpError("refers to '")
           << getWeight() << "', which is no autoglm.weight";
  if (!areCompatibleTypes(weight.getType(), getType()))
    return emitOpError("has type ")
           << getType() << ", but the weight has " << weight.getType();
  return success();
}

//===----------------------------------------------------------------------===//
// Segments and groups
//===----------------------------------------------------------------------===//

/// Checks that inputs and block arguments, yielded values and results agree.
static LogicalResult verifyRegionOp(Operation *op) {
  Block &block = op->getRegion(0).front();
  if (block.getArgumentTypes() != op->getOperandTypes())
    return op->emitOpError("has ")
           << op->getNumOperands() << " inputs, whose types differ from the "
           << block.getNumArguments() << " arguments of its body";
  auto yield = dyn_cast<YieldOp>(block.getTerminator());
  if (!yield || yield->getOperandTypes() != op->getResultTypes())
    return op->emitOpError("must yield values of its result types");
  return success();
}

LogicalResult SegmentOp::verifyRegions() { return verifyRegionOp(*this); }
LogicalResult GroupOp::verifyRegions() { return verifyRegionOp(*this); }

LogicalResult SegmentOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  if (!symbolTable.lookupNearestSymbolFrom<DeviceOp>(*this, getDeviceAttr()))
    return emitOpError("is on '")
           << getDevice() << "', which is no autoglm.device";
  return success();
}

LogicalResult LinkOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  for (FlatSymbolRefAttr end : {getDeviceAttr(), getToAttr()})
    if (end && !symbolTable.lookupNearestSymbolFrom<DeviceOp>(*this, end))
      return emitOpError("ends at '")
             << end.getValue() << "', which is no autoglm.device";
  return success();
}

/// `(%arg = %operand : type, …) (-> type, …)? { body } attributes?`
static void printRegionOp(OpAsmPrinter &printer, Operation *op,
                          ArrayRef<StringRef> elidedAttrs) {
  Block &block = op->getRegion(0).front();
  printer << " (";
  llvm::interleaveComma(
      llvm::zip_equal(block.getArguments(), op->getOperands()), printer,
      [&](auto pair) {
        printer.printOperand(std::get<0>(pair));
        printer << " = " << std::get<1>(pair) << " : "
                << std::get<1>(pair).getType();
      });
  printer << ")";
  if (op->getNumResults() > 0)
    printer.printArrowTypeList(op->getResultTypes());
  printer.printOptionalAttrDictWithKeyword(op->getAttrs(), elidedAttrs);
  printer << " ";
  printer.printRegion(op->getRegion(0), /*printEntryBlockArgs=*/false);
}

static ParseResult parseRegionOp(OpAsmParser &parser, OperationState &result) {
  SmallVector<OpAsmParser::Argument> arguments;
  SmallVector<OpAsmParser::UnresolvedOperand> operands;
  SMLoc loc = parser.getCurrentLocation();
  auto parseBinding = [&]() -> ParseResult {
    OpAsmParser::Argument &argument = arguments.emplace_back();
    return failure(parser.parseArgument(argument) || parser.parseEqual() ||
                   parser.parseOperand(operands.emplace_back()) ||
                   parser.parseColonType(argument.type));
  };
  if (parser.parseCommaSeparatedList(AsmParser::Delimiter::Paren, parseBinding))
    return failure();
  auto types =
      llvm::map_to_vector(arguments, [](const OpAsmParser::Argument &argument) {
        return argument.type;
      });
  Region *body = result.addRegion();
  if (parser.resolveOperands(operands, types, loc, result.operands) ||
      parser.parseOptionalArrowTypeList(result.types) ||
      parser.parseOptionalAttrDictWithKeyword(result.attributes) ||
      parser.parseRegion(*body, arguments))
    return failure();
  if (body->empty())
    return parser.emitError(loc, "expected a body");
  return success();
}

void SegmentOp::print(OpAsmPrinter &printer) {
  printer << " ";
  printer.printSymbolName(getDevice());
  printRegionOp(printer, *this, {"device"});
}

ParseResult SegmentOp::parse(OpAsmParser &parser, OperationState &result) {
  StringAttr device;
  if (parser.parseSymbolName(device))
    return failure();
  result.addAttribute("device", FlatSymbolRefAttr::get(device));
  return parseRegionOp(parser, result);
}

void GroupOp::print(OpAsmPrinter &printer) {
  printRegionOp(printer, *this, {});
}

ParseResult GroupOp::parse(OpAsmParser &parser, OperationState &result) {
  return parseRegionOp(parser, result);
}

//===----------------------------------------------------------------------===//
// Relayout
//===----------------------------------------------------------------------===//

LogicalResult RelayoutOp::verify() {
  if (tensorType(getInput()).getShape() != getType().getShape() ||
      tensorType(getInput()).getElementType() != getType().getElementType())
    return emitOpError("may only change the layout, not ")
           << getInput().getType() << " to " << getType();
  return success();
}

OpFoldResult RelayoutOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  auto inner = getInput().getDefiningOp<RelayoutOp>();
  if (inner && inner.getInput().getType() == getType())
    return inner.getInput();
  return {};
}
