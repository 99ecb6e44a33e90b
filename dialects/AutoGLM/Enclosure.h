//===- Enclosure.h - operations that move into an isolated region -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_ENCLOSURE_H
#define AUTOGLM_DIALECTS_AUTOGLM_ENCLOSURE_H

#include "dialects/AutoGLM/AutoGLM.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace autoglm {

/// Operations of one block, in order, that are to become the body of a segment
/// or group. Constants they read are copied into it, but for those that stay
/// outside; other values come in as inputs, and what the outside uses goes out,
/// but for results of operations that are only copied. Refers to the
/// operations.
class Enclosure {
public:
  explicit Enclosure(llvm::ArrayRef<mlir::Operation *> ops,
                     llvm::function_ref<bool(mlir::Operation *constant)>
                         staysOutside = nullptr,
                     llvm::ArrayRef<mlir::Operation *> copied = {});

  llvm::ArrayRef<mlir::Value> getInputs() const { return inputs.getArrayRef(); }
  llvm::ArrayRef<mlir::Value> getConstants() const {
    return constants.getArrayRef();
  }
  llvm::SmallVector<mlir::Type> getResultTypes() const;

  /// Fills an empty region with copies of the operations and a yield.
  void build(mlir::Region &region, mlir::Location loc) const;

  /// Builds the group of the operations after the last of them; users outside
  /// keep the values they have.
  GroupOp buildGroup() const;

  /// Makes the outside use the results of `op`, whose region `build` filled,
  /// and erases the operations but for those that are only copied.
  void replaceWith(mlir::Operation *op) const;

private:
  llvm::ArrayRef<mlir::Operation *> ops;
  llvm::SmallPtrSet<mlir::Operation *, 32> inside;
  llvm::SmallPtrSet<mlir::Operation *, 4> copied;
  llvm::SetVector<mlir::Value> inputs, constants, outputs;
};

} // namespace autoglm

#endif // AUTOGLM_DIALECTS_AUTOGLM_ENCLOSURE_H
