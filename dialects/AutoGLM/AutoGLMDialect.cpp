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
