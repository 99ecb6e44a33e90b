//===- WeightStore.h - the values of a module's weights -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_REFERENCE_WEIGHTSTORE_H
#define AUTOGLM_REFERENCE_WEIGHTSTORE_H

#include "dialects/AutoGLM/AutoGLM.h"

#include "llvm/ADT/StringMap.h"

namespace autoglm {

class MappedFile;

/// Finds the value of each `autoglm.weight`: bytes of a mapped file, or what
/// the initializer of a derived weight computes, once. For one thread at a
/// time.
class WeightStore {
public:
  enum class CheckHash {
    /// The file is the one that was just imported.
    No,
    /// The module was read back from a dump.
    Yes
  };
  explicit WeightStore(CheckHash checkHash = CheckHash::No)
      : checkHash(checkHash) {}
  ~WeightStore();

  /// The value, or failure after a diagnostic.
  mlir::FailureOr<Tensor> get(WeightOp weight);

  /// Gives the memory of a derived weight back; it is computed again if it is
  /// asked for again.
  void drop(WeightOp weight) { derived.erase(weight); }
  void dropAll() { derived.clear(); }

private:
  mlir::FailureOr<Tensor> load(WeightOp weight);
  mlir::FailureOr<Tensor> derive(WeightOp weight);

  CheckHash checkHash;
  llvm::StringMap<std::shared_ptr<const MappedFile>> files;
  llvm::DenseMap<mlir::Operation *, Tensor> derived;
  /// Weights whose initializer is being evaluated.
  llvm::SmallVector<WeightOp> inProgress;
};

} // namespace autoglm

#endif // AUTOGLM_REFERENCE_WEIGHTSTORE_H
