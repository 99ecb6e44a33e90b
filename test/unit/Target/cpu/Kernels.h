//===- Kernels.h - kernels against the reference -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TEST_UNIT_TARGET_CPU_KERNELS_H
#define AUTOGLM_TEST_UNIT_TARGET_CPU_KERNELS_H

#include "autoglm/Support/Tensor.h"
#include "autoglm/Target/Target.h"

#include <optional>
#include <string>
#include <vector>

namespace autoglm::test {

/// How a kernel is called and compared.
struct KernelOptions {
  double tolerance = 1e-5;
  /// Range of the random inputs.
  double low = -2, high = 2;
  /// Values of the first elements of the first input.
  std::vector<double> first;
  /// Into how many calls the extent is cut.
  int64_t parts = 1;
  /// Smallest extent that is good enough.
  int64_t minExtent = 1;
};

/// Compiles `arguments -> results { body }` for this machine, runs it on random
/// inputs and compares every element with the reference evaluator. Gives what
/// is wrong, or nothing.
std::string checkKernel(const std::string &signature, const std::string &body,
                        const KernelOptions &options = {});

/// A descriptor for the machine the tests run on.
DeviceAttr getHostDevice(mlir::MLIRContext *context);
/// A context with everything registered.
std::unique_ptr<mlir::MLIRContext> createContext();

/// The object of a kernel, or an error.
mlir::FailureOr<EmittedObject> emitKernel(mlir::MLIRContext &context,
                                          const std::string &function,
                                          DeviceAttr device, int64_t &extent);

/// Shared object loaded from memory.
class LoadedKernel {
public:
  using Function = void (*)(const void *const *, const int64_t *, int64_t,
                            int64_t);
  explicit LoadedKernel(const std::string &bytes);
  ~LoadedKernel();
  Function find(const std::string &name) const;

private:
  void *handle = nullptr;
};

} // namespace autoglm::test

#define EXPECT_KERNEL(...)                                                     \
  EXPECT_EQ(::autoglm::test::checkKernel(__VA_ARGS__), "")

#endif // AUTOGLM_TEST_UNIT_TARGET_CPU_KERNELS_H
