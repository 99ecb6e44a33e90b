//===- Enclosure.cpp - operations that move into an isolated region -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/Enclosure.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace autoglm {

Enclosure::Enclosure(ArrayRef<Operation *> ops,
                     llvm::function_ref<bool(Operation *constant)> staysOutside,
                     ArrayRef<Operation *> copied)
    : ops(ops), inside(ops.begin(), ops.end()),
      copied(copied.begin(), copied.end()) {
  for (Operation *op : ops) {
    for (Value operand : op->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (producer && inside.contains(producer))
        continue;
      bool isConstant = producer && matchPattern(producer, m_Constant()) &&
                        !(staysOutside && staysOutside(producer));
      (isConstant ? constants : inputs).insert(operand);
    }
    if (this->copied.contains(op))
      continue;
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(),
                       [&](Operation *user) { return !inside.contains(user); }))
        outputs.insert(result);
  }
}

SmallVector<Type> Enclosure::getResultTypes() const {
  return llvm::map_to_vector(outputs,
                             [](Value value) { return value.getType(); });
}

void Enclosure::build(Region &region, Location loc) const {
  OpBuilder builder(loc.getContext());
  Block *body = builder.createBlock(&region);
  IRMapping mapping;
  for (Value input : inputs)
    mapping.map(input, body->addArgument(input.getType(), input.getLoc()));
  for (Value constant : constants)
    builder.clone(*constant.getDefiningOp(), mapping);
  for (Operation *op : ops)
    builder.clone(*op, mapping);
  builder.create<YieldOp>(loc, llvm::map_to_vector(outputs, [&](Value value) {
                            return mapping.lookup(value);
                          }));
}

GroupOp Enclosure::buildGroup() const {
  OpBuilder builder(ops.back());
  builder.setInsertionPointAfter(ops.back());
  auto locs = llvm::map_to_vector(
      ops, [](Operation *op) -> Location { return op->getLoc(); });
  auto group = builder.create<GroupOp>(builder.getFusedLoc(locs),
                                       getResultTypes(), getInputs());
  build(group.getBody(), group.getLoc());
  return group;
}

void Enclosure::replaceWith(Operation *op) const {
  for (auto [output, result] : llvm::zip_equal(outputs, op->getResults()))
    Value(output).replaceUsesWithIf(result, [&](OpOperand &use) {
      return !inside.contains(use.getOwner());
    });
  for (Operation *moved : llvm::reverse(ops))
    if (!copied.contains(moved))
      moved->erase();
}

} // namespace autoglm
