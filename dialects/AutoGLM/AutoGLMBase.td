//===- AutoGLMBase.td - dialect, attributes, base classes -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_BASE
#define AUTOGLM_DIALECTS_AUTOGLM_BASE

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "AutoGLMInterfaces.td"

def AutoGLM_Dialect : Dialect {
  let name = "autoglm";
  let cppNamespace = "::autoglm";
  let summary = "Neural-network graphs with the semantics of the newest ONNX opset";
  let description = [{
    An operation carries the name of the ONNX operator it means, in snake case,
    and has the semantics of the newest opset; the importer converts every older
    one. Values are ranked tensors, possibly with unknown dimensions. Weights are
    module symbols, devices are module symbols, and segments and groups say what
    runs where and what becomes one kernel.

    The meaning of every operation is its `evaluate`, in `lib/Reference`.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let dependentDialects = ["::mlir::quant::QuantizationDialect"];
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

class AutoGLM_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<AutoGLM_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def AutoGLM_NodeAttr : AutoGLM_Attr<"Node", "node"> {
  let summary = "The ONNX node an operation comes from; metadata of its location";
  let description = [{
    `name` is the node's name, or its first output's where it has none; `domain`
    is empty for ONNX's own; `file` is the model as the user wrote it.
  }];
  let parameters = (ins StringRefParameter<>:$name, StringRefParameter<>:$op,
      StringRefParameter<>:$domain, StringRefParameter<>:$file);
  let assemblyFormat = "`<` $name `,` $op `,` $domain `,` $file `>`";
}

def AutoGLM_FileAttr : AutoGLM_Attr<"File", "file"> {
  let summary = "A range of bytes of a file, with the hash of those bytes";
  let description = [{
    `path` is the model or its external data as the user reached it, `offset` and
    `bytes` are in bytes, `hash` is the XXH3-128 of the range in hex. Reading a
    dump back checks the hash before the bytes are used.
  }];
  let parameters = (ins StringRefParameter<>:$path, "int64_t":$offset,
      "int64_t":$bytes, StringRefParameter<>:$hash);
  let assemblyFormat = "`<` $path `,` $offset `,` $bytes `,` $hash `>`";
}

def AutoGLM_DeviceAttr : AutoGLM_Attr<"Device", "device"> {
  let summary = "A resolved device descriptor";
  let description = [{
    `name` is the descriptor's, `family` the target that serves it, `digest` the
    XXH3-128 of the resolved descriptor, `properties` its fields, with quantities
    in base units (bytes, bytes per second, hertz). Passes ask the device model,
    never the name.
  }];
  let parameters = (ins StringRefParameter<>:$name, StringRefParameter<>:$family,
      StringRefParameter<>:$digest, "::mlir::DictionaryAttr":$properties);
  let assemblyFormat = "`<` $name `,` `family` `=` $family `,` `digest` `=` $digest `,` $properties `>`";
}

def AutoGLM_LayoutAttr : AutoGLM_Attr<"Layout", "layout"> {
  let summary = "How a tensor lies in memory; the logical shape is unchanged";
  let description = [{
    Encoding of a tensor type. Dimensions are stored in `order`, then each entry
    of `inner` (pairs of dimension and block size) follows as an innermost
    dimension: NCHW with 16 channels in a block is
    `#autoglm.layout<order = [0, 1, 2, 3], inner = [1, 16]>`. No layout is row
    major. Shape inference and evaluation ignore it.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$order,
      OptionalArrayRefParameter<"int64_t">:$inner);
  let assemblyFormat = "`<` `order` `=` `[` $order `]` (`,` `inner` `=` `[` $inner^ `]`)? `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Types, traits and base classes
//===----------------------------------------------------------------------===//

// The upstream file that has this type has a dialect, too, and may not be included.
def AutoGLM_QuantizedType : Type<CPred<"::llvm::isa<::mlir::quant::QuantizedType>($_self)">,
    "quantized type", "::mlir::quant::QuantizedType">;
def AutoGLM_Tensor : RankedTensorOf<[AnyFloat, AnyInteger, AutoGLM_QuantizedType]>;
def AutoGLM_FloatTensor : RankedTensorOf<[AnyFloat]>;
def AutoGLM_NumberTensor : RankedTensorOf<[AnyFloat, I8, I16, I32, I64, UI8, UI16, UI32, UI64]>;
def AutoGLM_BoolTensor : RankedTensorOf<[I1]>;
def AutoGLM_IntTensor : RankedTensorOf<[I8, I16, I32, I64, UI8, UI16, UI32, UI64]>;
def AutoGLM_IndexTensor : RankedTensorOf<[I32, I64]>;
def AutoGLM_ShapeTensor : 1DTensorOf<[I64]>;

// Every result element is a scalar function of one element of each operand.
def AutoGLM_ElementwiseTrait : NativeOpTrait<"Elementwise"> {
  let cppNamespace = "::autoglm";
}

// Result types are inferred; a more or less known shape is compatible.
def AutoGLM_InferTypes : InferTypeOpAdaptorBase<[{
  static bool isCompatibleReturnTypes(::mlir::TypeRange inferred, ::mlir::TypeRange actual) {
    return ::autoglm::areCompatibleTypes(inferred, actual);
  }
}]>;

class AutoGLM_Op<string mnemonic, list<Trait> traits = []>
    : Op<AutoGLM_Dialect, mnemonic, traits>;

// An operation on tensors with inferred types, an iteration space and a
// reference meaning.
class AutoGLM_TensorOp<string mnemonic, list<Trait> traits = [],
                       list<string> answers = ["getIterationSpace"]>
    : AutoGLM_Op<mnemonic, traits # [Pure, AutoGLM_InferTypes,
        DeclareOpInterfaceMethods<AutoGLM_ComputeOpInterface, answers>]> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

// The same, whose elements are moved by a rule that is no set of affine maps.
class AutoGLM_OpaqueOp<string mnemonic, list<Trait> traits = []>
    : AutoGLM_Op<mnemonic, traits # [Pure, AutoGLM_InferTypes, AutoGLM_ComputeOpInterface]> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

def AutoGLM_Decomposable : DeclareOpInterfaceMethods<AutoGLM_DecomposableOpInterface>;

#endif // AUTOGLM_DIALECTS_AUTOGLM_BASE
