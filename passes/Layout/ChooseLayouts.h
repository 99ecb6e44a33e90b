//===- ChooseLayouts.h - the cheapest layouts of a segment -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_LAYOUT_CHOOSELAYOUTS_H
#define AUTOGLM_PASSES_LAYOUT_CHOOSELAYOUTS_H

#include "autoglm/Target/Target.h"

namespace autoglm {

/// Whether a value comes in any layout for nothing: a weight or a constant.
bool isFreeToChange(mlir::Value value);

/// Chooses one of the offers for each operation of a block, so that operations
/// and the relayouts between them take little time together. What comes from
/// outside and what leaves is row major; weights and constants come in any
/// layout for nothing.
class LayoutChooser {
public:
  LayoutChooser(mlir::Block &block, const DeviceModel &model);

  /// Layouts of an operation's operands, then of its results; none for an
  /// operation that computes nothing, which is row major.
  llvm::ArrayRef<LayoutAttr> get(mlir::Operation *op) const;

private:
  /// An operand that somebody has to bring into the layout wanted.
  struct Edge {
    /// Node and result that produce it; a negative node is row major.
    int64_t node;
    unsigned result;
    mlir::RankedTensorType type;
    unsigned operand;
  };
  struct Use {
    /// A negative node wants row major.
    int64_t node;
    unsigned operand;
    unsigned result;
  };
  struct Node {
    mlir::Operation *op;
    llvm::SmallVector<LayoutChoice, 2> choices;
    llvm::SmallVector<Edge, 2> inputs;
    llvm::SmallVector<Use, 2> uses;
    /// The operand behind whose producer an elementwise operation is computed
    /// for nothing, if it needs no relayout; negative if none.
    int64_t carrier = -1;
    /// Seconds of each choice and of all that leads to it.
    llvm::SmallVector<double, 2> costs;
    size_t chosen = 0;
  };

  void goForward();
  void goBackward();
  bool improve();

  double relayout(mlir::RankedTensorType type, LayoutAttr from,
                  LayoutAttr to) const;
  /// Seconds of an operation itself, and what a relayout of its carrier adds.
  double getOwn(const Node &node, size_t choice) const;
  double getBreak(const Node &node, size_t choice, unsigned operand,
                  LayoutAttr from) const;
  LayoutAttr getResult(const Node &node, size_t choice, unsigned result) const;
  LayoutAttr getWanted(const Use &use) const;
  /// Seconds of the relayouts that users need behind a choice.
  double getUseCost(const Node &node, size_t choice) const;

  const DeviceModel &model;
  std::vector<Node> nodes;
  llvm::DenseMap<mlir::Operation *, int64_t> nodeOf;
};

} // namespace autoglm

#endif // AUTOGLM_PASSES_LAYOUT_CHOOSELAYOUTS_H
