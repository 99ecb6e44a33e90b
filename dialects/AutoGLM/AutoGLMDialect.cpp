//===- AutoGLMDialect.cpp - dialect registration and attributes -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/AutoGLM.h"

#include "autoglm/Support/Diagnostics.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace autoglm;

#include "dialects/AutoGLM/AutoGLMDialect.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/AutoGLM/AutoGLMAttrs.cpp.inc"

#include "dialects/AutoGLM/AutoGLMInterfaces.cpp.inc"

/// How a diagnostic names the ONNX nodes of its location.
static bool readNodes(Location location, Message &message) {
  SmallVector<NodeAttr> nodes = getNodes(location);
  if (nodes.empty())
    return false;
  message.node = nodes.front().getName().str();
  message.op = nodes.front().getOp().str();
  message.file = nodes.front().getFile().str();
  for (NodeAttr node : ArrayRef<NodeAttr>(nodes).drop_front())
    message.moreNodes.push_back(node.getName().str());
  return true;
}

void AutoGLMDialect::initialize() {
  setLocationReader(readNodes);
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/AutoGLM/AutoGLMAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/AutoGLM/AutoGLMOps.cpp.inc"
      >();
}

Operation *AutoGLMDialect::materializeConstant(OpBuilder &builder,
                                               Attribute value, Type type,
                                               Location loc) {
  auto elements = dyn_cast<ElementsAttr>(value);
  auto bytes = getTensorBytes(cast<RankedTensorType>(type));
  if (!elements || elements.getType() != type || !bytes ||
      *bytes > kMaxConstantBytes)
    return nullptr;
  return builder.create<ConstantOp>(loc, elements);
}

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> order,
                                 ArrayRef<int64_t> inner) {
  SmallVector<int64_t> sorted(order);
  llvm::sort(sorted);
  for (auto [index, dim] : llvm::enumerate(sorted))
    if (dim != static_cast<int64_t>(index))
      return emitError() << "order must be a permutation of 0 to rank - 1";
  if (inner.size() % 2 != 0)
    return emitError() << "inner must be pairs of dimension and block size";
  for (size_t i = 0; i < inner.size(); i += 2) {
    if (inner[i] < 0 || inner[i] >= static_cast<int64_t>(order.size()))
      return emitError() << "inner names dimension " << inner[i]
                         << " of a tensor of rank " << order.size();
    if (inner[i + 1] < 1)
      return emitError() << "block size " << inner[i + 1] << " is below 1";
  }
  return success();
}
