//===- StructureOps.td - weights, devices, segments, groups -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_STRUCTURE_OPS
#define AUTOGLM_DIALECTS_AUTOGLM_STRUCTURE_OPS

include "AutoGLMBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

//===----------------------------------------------------------------------===//
// Constants and weights
//===----------------------------------------------------------------------===//

def AutoGLM_ConstantOp : AutoGLM_Op<"constant", [Pure, ConstantLike,
    DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "a small constant";
  let description = "At most 4 KiB; anything larger is an `autoglm.weight`.";
  let arguments = (ins ElementsAttr:$value);
  let results = (outs AutoGLM_Tensor:$output);
  let assemblyFormat = "attr-dict $value";
  let hasFolder = 1;
}

def AutoGLM_WeightOp : AutoGLM_Op<"weight", [Symbol, IsolatedFromAbove]> {
  let summary = "a large constant, by reference";
  let description = [{
    Either `source` names bytes of a file, row major and little endian, or the
    region computes the value from other weights (a *derived* weight): it is
    evaluated once, when the bundle is written. Equal initializers are one symbol.

    ```mlir
    autoglm.weight @w {source = #autoglm.file<"m.onnx", 128, 4096, "00…">} : tensor<32x32xf32>
    autoglm.weight @wt : tensor<32x32xf32> {
      %0 = autoglm.load_weight @w : tensor<32x32xf32>
      %1 = autoglm.transpose %0 {perm = array<i64: 1, 0>} : (tensor<32x32xf32>) -> tensor<32x32xf32>
      autoglm.yield %1 : tensor<32x32xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, OptionalAttr<StrAttr>:$sym_visibility,
      OptionalAttr<AutoGLM_FileAttr>:$source, TypeAttr:$type);
  let regions = (region MaxSizedRegion<1>:$initializer);
  let assemblyFormat = "$sym_name attr-dict `:` $type ($initializer^)?";
  let hasRegionVerifier = 1;
}

def AutoGLM_LoadWeightOp : AutoGLM_Op<"load_weight", [Pure,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the value of a weight";
  let description = "Its type is the weight's, possibly with another layout.";
  let arguments = (ins FlatSymbolRefAttr:$weight);
  let results = (outs AutoGLM_Tensor:$output);
  let assemblyFormat = "$weight attr-dict `:` type($output)";
}

//===----------------------------------------------------------------------===//
// Devices, segments, groups
//===----------------------------------------------------------------------===//

def AutoGLM_DeviceOp : AutoGLM_Op<"device", [Symbol]> {
  let summary = "a device of this compilation";
  let description = [{
    ```mlir
    autoglm.device @cpu0 = #autoglm.device<"sample", family = "sample", digest = "…", {…}>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, AutoGLM_DeviceAttr:$descriptor);
  let assemblyFormat = "$sym_name attr-dict `=` qualified($descriptor)";
}

def AutoGLM_LinkOp : AutoGLM_Op<"link", [
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "how tensors get from one device to another";
  let description = [{
    Between two devices, in both directions, or from a device to the caller's
    memory where `to` is missing. `bandwidth` is in bytes per second, `latency` in
    seconds of one transfer, `energy` in joules per byte; what is unknown is
    missing. A device without a link to the caller is at home there: its kernels
    read and write the caller's tensors. Two devices without a link between them
    go through the caller's memory.

    ```mlir
    autoglm.link @acc0 {bandwidth = 6.4e10 : f64, latency = 1.0e-6 : f64}
    autoglm.link @acc0 to @acc1 {bandwidth = 4.5e11 : f64}
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$device, OptionalAttr<FlatSymbolRefAttr>:$to,
      OptionalAttr<F64Attr>:$bandwidth, OptionalAttr<F64Attr>:$latency,
      OptionalAttr<F64Attr>:$energy);
  let assemblyFormat = "$device (`to` $to^)? attr-dict";
}

class AutoGLM_RegionOp<string mnemonic, list<Trait> traits = []>
    : AutoGLM_Op<mnemonic, traits # [IsolatedFromAbove, RecursiveMemoryEffects,
        SingleBlockImplicitTerminator<"::autoglm::YieldOp">]> {
  let results = (outs Variadic<AutoGLM_Tensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let hasRegionVerifier = 1;
  let hasCustomAssemblyFormat = 1;
}

def AutoGLM_SegmentOp : AutoGLM_RegionOp<"segment", [
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "a part of the graph on one device";
  let description = [{
    ```mlir
    %y = autoglm.segment @cpu0 (%a = %x : tensor<1x8xf32>) -> tensor<1x8xf32> {
      %0 = autoglm.relu %a : (tensor<1x8xf32>) -> tensor<1x8xf32>
      autoglm.yield %0 : tensor<1x8xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AutoGLM_Tensor>:$inputs, FlatSymbolRefAttr:$device);
}

def AutoGLM_GroupOp : AutoGLM_RegionOp<"group"> {
  let summary = "what becomes one kernel, call or program";
  let description = [{
    The target promised to emit the body as one unit. Written as a segment
    without a device.
  }];
  let arguments = (ins Variadic<AutoGLM_Tensor>:$inputs);
}

def AutoGLM_YieldOp : AutoGLM_Op<"yield", [Pure, Terminator, ReturnLike]> {
  let summary = "ends a segment, a group or a weight's initializer";
  let description = "Its operands are the results.";
  let arguments = (ins Variadic<AutoGLM_Tensor>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ build($_builder, $_state, ::mlir::ValueRange{}); }]>];
}

def AutoGLM_RelayoutOp : AutoGLM_Op<"relayout", [Pure]> {
  let summary = "the same tensor in another layout";
  let description = "The only operation that changes a layout; shape and element type stay.";
  let arguments = (ins AutoGLM_Tensor:$input);
  let results = (outs AutoGLM_Tensor:$output);
  let assemblyFormat = "$input attr-dict `:` type($input) `to` type($output)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def AutoGLM_LaunchOp : AutoGLM_Op<"launch", [Pure]> {
  let summary = "one use of an executable, on tensors";
  let description = [{
    What a group becomes in `lower`: `executable` is the symbol of a
    `plan.executable`, which computes the results from the operands on `device`.
  }];
  let arguments = (ins FlatSymbolRefAttr:$executable, FlatSymbolRefAttr:$device,
      Variadic<AutoGLM_Tensor>:$inputs);
  let results = (outs Variadic<AutoGLM_Tensor>:$outputs);
  let assemblyFormat = [{
    $executable `on` $device `(` $inputs `)` attr-dict `:` functional-type($inputs, $outputs)
  }];
}

#endif // AUTOGLM_DIALECTS_AUTOGLM_STRUCTURE_OPS
