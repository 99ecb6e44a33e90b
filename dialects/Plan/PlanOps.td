//===- PlanOps.td - the host program -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_PLAN_OPS
#define AUTOGLM_DIALECTS_PLAN_OPS

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Plan_Dialect : Dialect {
  let name = "plan";
  let cppNamespace = "::autoglm::plan";
  let summary = "The host program: what the runtime executes";
  let description = [{
    A plan is a `func.func` over typed registers: `i64`, `i1`, `!plan.buffer` and
    `!plan.event`. Integer arithmetic is `arith` on i64, branches are `cf`, calls
    are `func.call`. One function per entry takes a buffer for each input, then
    one for each output. `docs/bundle-format.md` states how it is written.

    Each device works through a queue of its own, beside the host, which executes
    the function. *A happens before B* if
    - A and B are commands of one `plan.submit`, A first; or
    - A is in a submit or transfer whose event B's submit or transfer waits for; or
    - the host does A (a `plan.copy`, a `plan.read_scalar`, a `plan.wait` and all
      that it waits for) before it comes to B or to B's submit or transfer; or
    - there is a C in between.
    Nothing else orders them, in particular not two submits that follow each other.
    Where two commands touch the same bytes and one of them writes, one happens
    before the other: `build-plan` makes the events so, `place-buffers` keeps it so,
    the runtime refuses a plan in which it is not so.
  }];
  let useDefaultTypePrinterParser = 1;
}

class Plan_Type<string name, string typeMnemonic> : TypeDef<Plan_Dialect, name> {
  let mnemonic = typeMnemonic;
}
def Plan_BufferType : Plan_Type<"Buffer", "buffer"> {
  let summary = "bytes in the memory of one device";
}
def Plan_EventType : Plan_Type<"Event", "event"> {
  let summary = "the completion of a command list or transfer";
}

class Plan_Op<string mnemonic, list<Trait> traits = []> : Op<Plan_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// Executables
//===----------------------------------------------------------------------===//

def Plan_ExecutableOp : Plan_Op<"executable", [Symbol, IsolatedFromAbove, NoTerminator,
    NoRegionArguments]> {
  let summary = "the code of one group, in its target's own dialects";
  let description = [{
    Named by the hash of its body without locations, names and weights, so equal
    groups are one executable; the emitted kernel has the same name. `extent` is
    the number of independent parts its caller may distribute, known when the
    target has lowered it. `binary` is the file its code went into, and the body
    is empty from then on.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefAttr:$device,
      OptionalAttr<I64Attr>:$extent, OptionalAttr<FlatSymbolRefAttr>:$binary);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name `on` $device attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The module that holds the code.
    ::mlir::ModuleOp getInnerModule();
  }];
}

def Plan_BinaryOp : Plan_Op<"binary", [Symbol]> {
  let summary = "a file of emitted code";
  let description = [{
    Holds the code of every `plan.executable` whose `binary` names it. `format`
    is what the driver expects ("elf"), `extension` the file's ending.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, FlatSymbolRefAttr:$device,
      StrAttr:$format, StrAttr:$extension, StrAttr:$bytes);
  let assemblyFormat = "$sym_name `on` $device `format` $format `extension` $extension attr-dict `=` $bytes";
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

def Plan_ArenaOp : Plan_Op<"arena"> {
  let summary = "the device's arena, one for all runs of a context";
  let description = [{
    At least `bytes` long and aligned to 64 bytes. `alive` is the most bytes that
    are in use at one time, for the report: no arena can do with less.
  }];
  let arguments = (ins FlatSymbolRefAttr:$device, I64Attr:$bytes,
                       OptionalAttr<I64Attr>:$alive);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = "$device `,` $bytes (`alive` $alive^)? attr-dict";
}

def Plan_WeightsOp : Plan_Op<"weights", [Pure]> {
  let summary = "the bytes of one weight on a device";
  let description = "Offset and length in `weights.bin` are known when the bundle is laid out.";
  let arguments = (ins FlatSymbolRefAttr:$device, FlatSymbolRefAttr:$weight);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = "$weight `on` $device attr-dict";
}

def Plan_ConstantOp : Plan_Op<"constant", [Pure]> {
  let summary = "a small constant on a device";
  let description = "Goes into `weights.bin` with the weights.";
  let arguments = (ins FlatSymbolRefAttr:$device, ElementsAttr:$value);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = "$value `on` $device attr-dict";
}

def Plan_AllocOp : Plan_Op<"alloc"> {
  let summary = "a buffer for this run";
  let description = "Its length in bytes is computed; it is freed at return.";
  let arguments = (ins FlatSymbolRefAttr:$device, I64:$bytes);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = "$device `,` $bytes attr-dict";
}

def Plan_TempOp : Plan_Op<"temp"> {
  let summary = "a buffer that memory planning has yet to place";
  let description = "`place-buffers` turns it into a view of the device's arena.";
  let arguments = (ins FlatSymbolRefAttr:$device, I64Attr:$bytes);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = "$device `,` $bytes attr-dict";
}

def Plan_ViewOp : Plan_Op<"view", [Pure]> {
  let summary = "a window of a buffer";
  let description = "Offset and length in bytes; the window lies inside the buffer.";
  let arguments = (ins Plan_BufferType:$source, I64Attr:$offset, I64Attr:$bytes);
  let results = (outs Plan_BufferType:$buffer);
  let assemblyFormat = "$source `[` $offset `,` $bytes `]` attr-dict";
}

def Plan_CopyOp : Plan_Op<"copy"> {
  let summary = "copies the bytes of a buffer, which may cross devices";
  let description = "The host does it and waits for no event. Both have the same length.";
  let arguments = (ins Plan_BufferType:$source, Plan_BufferType:$target);
  let assemblyFormat = "$source `to` $target attr-dict";
}

def Plan_TransferOp : Plan_Op<"transfer"> {
  let summary = "enqueues a copy that may cross devices";
  let description = [{
    Takes its turn in the queue of `device` and starts when all `waits` are done. Both
    buffers have the same length.
  }];
  let arguments = (ins Plan_BufferType:$source, Plan_BufferType:$target,
      FlatSymbolRefAttr:$device, Variadic<Plan_EventType>:$waits);
  let results = (outs Plan_EventType:$event);
  let assemblyFormat = "$source `to` $target `on` $device (`waits` `(` $waits^ `)`)? attr-dict";
}

def Plan_ReadScalarOp : Plan_Op<"read_scalar"> {
  let summary = "one element of a buffer, for control flow";
  let description = "`dtype` is an integer type or bool; `offset` is in bytes.";
  let arguments = (ins Plan_BufferType:$source, I64Attr:$offset, StrAttr:$dtype);
  let results = (outs AnyTypeOf<[I64, I1]>:$value);
  let assemblyFormat = "$source `[` $offset `]` $dtype attr-dict `:` type($value)";
}

//===----------------------------------------------------------------------===//
// Commands
//===----------------------------------------------------------------------===//

def Plan_SubmitOp : Plan_Op<"submit", [NoTerminator, NoRegionArguments, SingleBlock]> {
  let summary = "enqueues a command list on a device";
  let description = [{
    The body holds `plan.launch` and `plan.copy`; each sees what the ones before
    it wrote. Recorded once per binding. Starts when all `waits` are done; these may
    be events of any device.
  }];
  let arguments = (ins FlatSymbolRefAttr:$device, Variadic<Plan_EventType>:$waits);
  let results = (outs Plan_EventType:$event);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$device (`waits` `(` $waits^ `)`)? attr-dict-with-keyword $body";
  let hasRegionVerifier = 1;
}

def Plan_LaunchOp : Plan_Op<"launch", [HasParent<"SubmitOp">]> {
  let summary = "one use of an executable, on buffers: inputs first, outputs last";
  let description = "`scalars` are its run-time sizes; `num_outputs` of the buffers are written.";
  let arguments = (ins FlatSymbolRefAttr:$executable, Variadic<Plan_BufferType>:$buffers,
      I64Attr:$num_outputs);
  let assemblyFormat = "$executable `(` $buffers `)` `outputs` $num_outputs attr-dict";
}

def Plan_WaitOp : Plan_Op<"wait"> {
  let summary = "blocks until command lists and transfers are done";
  let description = "Every event it names was returned before.";
  let arguments = (ins Variadic<Plan_EventType>:$events);
  let assemblyFormat = "$events attr-dict";
}

#endif // AUTOGLM_DIALECTS_PLAN_OPS
