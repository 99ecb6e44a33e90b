//===- GraphCost.h - what devices say of a function's operations -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_PASSES_PLACE_GRAPHCOST_H
#define AUTOGLM_PASSES_PLACE_GRAPHCOST_H

#include "autoglm/Target/Target.h"
#include "passes/Place/Partition.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace autoglm {

/// The devices of a module in order of preference, and the ways between them.
class DeviceSet {
public:
  explicit DeviceSet(mlir::ModuleOp module);

  size_t size() const { return devices.size(); }
  bool empty() const { return devices.empty(); }
  DeviceOp getOp(size_t index) const { return devices[index]; }
  /// Its symbol.
  std::string getName(size_t index) const {
    return getOp(index).getSymName().str();
  }
  const DeviceModel &getModel(size_t index) const { return models[index]; }
  /// The device of that symbol; `size()` if there is none.
  size_t find(llvm::StringRef symbol) const;
  /// From one device to another, or to and from the caller at `size()`.
  const Link &getLink(size_t from, size_t to) const {
    return links[from * (size() + 1) + to];
  }
  /// Bytes of the main memory that may be used; infinity if unknown.
  double getCapacity(size_t index) const;
  double getMemoryRatio(size_t index) const;

private:
  llvm::SmallVector<DeviceOp> devices;
  llvm::SmallVector<DeviceModel> models;
  std::vector<Link> links;
};

/// What one device says of one operation.
struct DeviceOption {
  /// Not "decompose": of such an operation it is the verdict on its parts.
  Verdict verdict;
  /// Whether the device takes its parts instead of the whole.
  bool isDecomposed = false;
  /// Only where the verdict is yes.
  Estimate estimate;
};

/// Every operation of a function that has to be placed, in order, with what
/// each device says of it; and the placement problem they make.
class GraphCost {
public:
  GraphCost(mlir::func::FuncOp function, const DeviceSet &devices);

  llvm::ArrayRef<mlir::Operation *> getOps() const { return ops; }
  const DeviceOption &getOption(size_t op, size_t device) const {
    return options[op * devices.size() + device];
  }
  /// The index of an operation in `getOps`.
  size_t getIndex(mlir::Operation *op) const { return indices.lookup(op); }

  /// The problem, in which an operation with `autoglm.pin` can only go there.
  /// Every operation has a device that takes it.
  PartitionProblem buildProblem() const;

  /// Fields of descriptors that are unknown, as "device: field". A fixed time
  /// per launch or transfer is not among the
  /// major ones, without which costs cannot be compared.
  enum class Missing { Major, All };
  std::vector<std::string> getMissing(Missing which) const;
  /// Devices without numbers on energy.
  std::vector<std::string> getWithoutEnergy() const;

private:
  void addTensors(PartitionProblem &problem) const;
  void addConversions(PartitionProblem &problem,
                      const llvm::DenseMap<mlir::Value, unsigned> &ids) const;
  void addFusion(PartitionProblem &problem, size_t index) const;

  mlir::func::FuncOp function;
  const DeviceSet &devices;
  llvm::SmallVector<mlir::Operation *> ops;
  llvm::DenseMap<mlir::Operation *, size_t> indices;
  std::vector<DeviceOption> options;
};

/// Builds the decomposition of an operation before it, and of the parts that
/// `model` wants decomposed too. Returns the values that stand for the results,
/// and the operations built.
mlir::FailureOr<llvm::SmallVector<mlir::Value>>
decomposeFor(mlir::Operation *op, const DeviceModel &model,
             llvm::SmallVectorImpl<mlir::Operation *> &parts);

} // namespace autoglm

#endif // AUTOGLM_PASSES_PLACE_GRAPHCOST_H
