//===- NodeKey.h - how reports name an operation ----------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_LIB_PIPELINE_NODEKEY_H
#define AUTOGLM_LIB_PIPELINE_NODEKEY_H

#include "dialects/AutoGLM/AutoGLM.h"

#include <map>
#include <string>

namespace autoglm {

/// An operation by the ONNX node it came from. A node may have become several
/// operations; `index` counts those of one name.
struct NodeKey {
  std::string node, op, operation;
  unsigned index = 0;
};

/// Names the operations of one function, asked in order.
class NodeCounter {
public:
  NodeKey next(mlir::Operation *op) {
    NodeKey key;
    llvm::SmallVector<NodeAttr> nodes = getNodes(op->getLoc());
    if (!nodes.empty()) {
      key.node = nodes.front().getName().str();
      key.op = nodes.front().getOp().str();
    }
    key.operation = op->getName().stripDialect().str();
    key.index = counts[{key.node, key.operation}]++;
    return key;
  }

private:
  std::map<std::pair<std::string, std::string>, unsigned> counts;
};

} // namespace autoglm

#endif // AUTOGLM_LIB_PIPELINE_NODEKEY_H
