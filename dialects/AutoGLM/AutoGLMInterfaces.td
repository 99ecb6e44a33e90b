//===- AutoGLMInterfaces.td - what every operation answers -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_INTERFACES
#define AUTOGLM_DIALECTS_AUTOGLM_INTERFACES

include "mlir/IR/OpBase.td"

def AutoGLM_ComputeOpInterface : OpInterface<"ComputeOpInterface"> {
  let cppNamespace = "::autoglm";
  let description = [{
    What a compiler may ask of an operation without knowing its name: which
    points it computes, which elements each point touches, and how much work and
    traffic that is.
  }];
  let methods = [
    InterfaceMethod<[{
        The loops of the operation and the elements of each operand and result
        that one point of them touches; nothing if that is no set of affine maps
        (opaque).
      }], "std::optional<::autoglm::IterationSpace>", "getIterationSpace", (ins), [{}],
      [{ return std::nullopt; }]>,
    InterfaceMethod<[{
        Floating-point (or integer) operations per point of the iteration space;
        a multiply-add counts 2.
      }], "int64_t", "getFlopsPerPoint", (ins), [{}], [{ return 1; }]>,
    InterfaceMethod<[{
        Operations of the whole operation; nothing if a dimension is unknown.
      }], "std::optional<int64_t>", "getFlops", (ins), [{}],
      [{ return ::autoglm::defaultFlops($_op); }]>,
    InterfaceMethod<[{
        Bytes read and written if every operand is read and every result written
        once; nothing if a dimension is unknown.
      }], "std::optional<int64_t>", "getBytes", (ins), [{}],
      [{ return ::autoglm::defaultBytes($_op); }]>
  ];
}

def AutoGLM_EvaluateOpInterface : OpInterface<"EvaluateOpInterface"> {
  let cppNamespace = "::autoglm";
  let description = [{
    The reference meaning of an operation. `lib/Reference` attaches it to every
    operation of the dialect.
  }];
  let methods = [
    InterfaceMethod<[{
        Computes the results from the operands, whose shapes are known now. Fails
        after a diagnostic on the operation's location.
      }], "::llvm::LogicalResult", "evaluate",
      (ins "::llvm::ArrayRef<::autoglm::Tensor>":$operands,
           "::llvm::SmallVectorImpl<::autoglm::Tensor> &":$results)>
  ];
}

def AutoGLM_DecomposableOpInterface : OpInterface<"DecomposableOpInterface"> {
  let cppNamespace = "::autoglm";
  let description = [{
    A composite: an operation that states, once, how it is made of others closer
    to the core set.
  }];
  let methods = [
    InterfaceMethod<[{
        Builds the decomposition before the operation and returns the values that
        stand for its results, or fails without building anything.
      }], "::mlir::FailureOr<::llvm::SmallVector<::mlir::Value>>", "decompose",
      (ins "::mlir::OpBuilder &":$builder)>
  ];
}

#endif // AUTOGLM_DIALECTS_AUTOGLM_INTERFACES
