//===- Passes.td - lowering of kernels to LLVM -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_PASSES
#define AUTOGLM_TARGETS_CPU_PASSES

include "mlir/Pass/PassBase.td"

def PadWindows : Pass<"cpu-pad-windows", "::autoglm::SegmentOp"> {
  let summary = "Make the padding of convolutions and maximum pooling explicit";
  let description = [{
    A convolution or maximum pooling with padding becomes `autoglm.pad` and the
    same operation without, so that its kernel reads without asking whether it is
    inside. Average pooling keeps its padding: its divisor depends on it. What is
    in blocks of channels keeps it, too: its kernels know their borders.
  }];
  let statistics = [Statistic<"numPadded", "num-padded", "operations rewritten">];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

def ChooseWinograd : Pass<"cpu-choose-winograd", "::mlir::func::FuncOp"> {
  let summary = "Compute 3 by 3 convolutions by F(4x4, 3x3) where that is faster";
  let description = [{
    In segments, a float32 convolution in blocks of channels with stride 1 whose
    weight is passed in from outside becomes `autoglm.winograd_conv`; its weight
    is transformed outside the segment, where it becomes a derived weight. Takes a
    quarter of the multiplications. Its result differs by 4 to 5 times the rounding
    of a direct convolution.
  }];
  let statistics = [Statistic<"numReplaced", "num-replaced", "convolutions rewritten">];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

def ExpandComposites : Pass<"cpu-expand-composites", "::mlir::ModuleOp"> {
  let summary = "Replace composites inside a kernel by their decomposition";
  let description = [{
    Every operation that states what it is made of is replaced by that, until
    only operations are left that `cpu-convert-to-linalg` knows. With
    `elementwise-only`, others stay whole for the forms.
  }];
  let options = [
    Option<"elementwiseOnly", "elementwise-only", "bool", "false", "leave what is not elementwise">
  ];
  let statistics = [Statistic<"numExpanded", "num-expanded", "operations expanded">];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

def BuildForms : Pass<"cpu-build-forms", "::mlir::ModuleOp"> {
  let summary = "Write the kernels that have a form of their own vector by vector";
  let description = [{
    A function on tensors in `autoglm` whose anchor and elementwise operations a
    form takes becomes one on memrefs, as they lie in memory: loops over tiles in
    one `scf.forall`, accumulators in vectors, what follows the anchor computed on
    them before they are stored. It gets the attribute `cpu.form` with the name of
    the form, later passes find nothing to do in it, and code is generated for it
    as it is. All other functions stay for the passes that follow.
  }];
  let options = [
    Option<"cacheBytes", "cache-bytes", "int64_t", "32768", "first-level data cache">,
    Option<"l2Bytes", "l2-bytes", "int64_t", "262144", "second-level cache">,
    Option<"vectorBytes", "vector-bytes", "int64_t", "32", "vector register">,
    Option<"registers", "registers", "int64_t", "16", "number of vector registers">,
    Option<"hasFma", "has-fma", "bool", "true", "multiply and add with one rounding">
  ];
  let statistics = [Statistic<"numForms", "num-forms", "kernels written">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::affine::AffineDialect",
      "::mlir::arith::ArithDialect", "::mlir::func::FuncDialect",
      "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
      "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def ApplyLayouts : Pass<"cpu-apply-layouts", "::mlir::ModuleOp"> {
  let summary = "Give tensors in a kernel the shape they have in memory";
  let description = [{
    An operation on tensors whose channels lie in blocks becomes the same
    operation on row-major tensors with one more dimension, the block: NCHW16c is
    a tensor N x C/16 x H x W x 16, a pooling window gets a third dimension of 1.
    What lies in the padding is computed along. Convolutions and relayouts keep
    their types; where others use their values, a cast stands between.
  }];
  let statistics = [Statistic<"numApplied", "num-applied", "operations rewritten">];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

def CollapseDimensions : Pass<"cpu-collapse-dimensions", "::mlir::ModuleOp"> {
  let summary = "Merge neighbouring dimensions that a kernel treats alike";
  let description = [{
    Tensors are dense, so dimensions that every tensor has whole, or has not at
    all, may be one: elementwise kernels become one loop, a convolution of one
    tap runs over the whole plane. Changes the types of the kernel's arguments,
    not their bytes. Other kernels stay as they are.
  }];
  let statistics = [Statistic<"numCollapsed", "num-collapsed", "dimensions merged away">];
  let dependentDialects = ["::autoglm::AutoGLMDialect"];
}

def ConvertToLinalg : Pass<"cpu-convert-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Write a kernel as linalg.generic on tensors, with its results as destinations";
  let description = [{
    Takes the function of an executable on tensors in `autoglm` and gives one on
    memrefs, inputs first and results after them. Loops and indexing maps are the
    operations' own iteration spaces, without loops and dimensions of size 1.
    Unsigned integers become signless ones of the same width, bool one byte of 0
    or 1; float16 and bfloat16 are computed in float32 and rounded by every
    operation.
  }];
  let dependentDialects = ["::autoglm::AutoGLMDialect", "::mlir::affine::AffineDialect",
      "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
      "::mlir::func::FuncDialect", "::mlir::linalg::LinalgDialect",
      "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect",
      "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def FuseElementwise : Pass<"cpu-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "Fuse elementwise operations of a kernel into one loop body";
  let description = [{
    A producer is fused where that computes nothing twice that costs more than a
    load: into its only consumer at the same index, or into all of them if it is
    cheap or a row of it would be too long to keep. Operations that only move elements are fused into reductions and
    contractions too.
  }];
  let options = [
    Option<"maxRowBytes", "max-row-bytes", "int64_t", "65536", "longest row that is kept instead of computed again">
  ];
  let statistics = [Statistic<"numCloned", "num-cloned", "producers computed once per use">];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def TileRoots : Pass<"cpu-tile-roots", "::mlir::func::FuncOp"> {
  let summary = "Cut each result of a kernel into independent tiles and compute what it needs there";
  let description = [{
    The operation that writes a result is tiled with `scf.forall` along the
    parallel dimensions that make no producer compute anything twice, and its
    producers are fused into the tile. Tile sizes follow from the size of the
    first-level data cache and the vector width, both in bytes.
  }];
  let options = [
    Option<"cacheBytes", "cache-bytes", "int64_t", "32768", "first-level data cache">,
    Option<"vectorBytes", "vector-bytes", "int64_t", "32", "vector register">
  ];
  let statistics = [Statistic<"numTiled", "num-tiled", "results cut into tiles">];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::scf::SCFDialect",
      "::mlir::tensor::TensorDialect", "::mlir::affine::AffineDialect"];
}

def OrderLoops : Pass<"cpu-order-loops", "::mlir::func::FuncOp"> {
  let summary = "Make the loop innermost along which operands lie contiguously";
  let description = [{
    Reductions go outward unless one of them is the only contiguous loop. What
    LLVM's vectorizer then sees is a loop with unit stride or invariant accesses.
  }];
  let statistics = [Statistic<"numInterchanged", "num-interchanged", "operations reordered">];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def VectorizeReductions : Pass<"cpu-vectorize-reductions", "::mlir::func::FuncOp"> {
  let summary = "Compute blocks of a reduction's results in vector registers";
  let description = [{
    A `linalg.generic` on buffers with reductions whose innermost loop is parallel
    and contiguous in the result becomes loops over blocks of vectors that run
    all reductions inside. What the vector does not fill is masked. Everything
    else is left to LLVM's vectorizer.
  }];
  let options = [
    Option<"vectorBytes", "vector-bytes", "int64_t", "32", "vector register">,
    Option<"registers", "registers", "int64_t", "16", "number of vector registers">
  ];
  let statistics = [Statistic<"numVectorized", "num-vectorized", "operations vectorized">];
  let dependentDialects = ["::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect",
      "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
      "::mlir::memref::MemRefDialect"];
}

def BoundBuffers : Pass<"cpu-bound-buffers", "::mlir::func::FuncOp"> {
  let summary = "Put the buffers of a kernel on the stack, once, with static sizes";
  let description = [{
    A buffer whose size varies with the tile gets the largest it may take. All of
    them together are bounded; a kernel that needs more is an error.
  }];
  let options = [
    Option<"maxBytes", "max-bytes", "int64_t", "262144", "most bytes on the stack">
  ];
  let statistics = [Statistic<"numBuffers", "num-buffers", "buffers on the stack">];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def DistributeTiles : Pass<"cpu-distribute-tiles", "::mlir::ModuleOp"> {
  let summary = "Run the part of the tiles that the caller asks for";
  let description = [{
    The function gets two more arguments, `begin` and `end`. If all of its work is
    one `scf.forall`, that becomes a loop over this part of its tiles in row-major
    order, whose number becomes `plan.extent`. Otherwise the extent is 1.
  }];
  let dependentDialects = ["::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect"];
}

def ExpandMath : Pass<"cpu-expand-math", "::mlir::ModuleOp"> {
  let summary = "Write float32 functions as arithmetic that vectorizes";
  let description = [{
    `math.exp`, `log`, `tanh`, `erf`, `sin`, `cos`, `powf` and their like on
    float32, scalars or 1-D vectors, become polynomials with the error bounds that
    the target's page states. Sine and cosine of scalars beyond 2^16, functions
    of doubles and the rarer ones stay for `cpu-lower-scalar-math`. Without
    `has-fma`, `vector.fma` becomes a multiplication and an addition.
  }];
  let options = [
    Option<"hasFma", "has-fma", "bool", "true", "multiply and add with one rounding">
  ];
  let statistics = [Statistic<"numExpanded", "num-expanded", "functions expanded">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
      "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def LowerScalarMath : Pass<"cpu-lower-scalar-math", "::mlir::ModuleOp"> {
  let summary = "Call KernelRT for functions that the processor does not have";
  let description = [{
    `exp`, `log`, `tanh` and the like, `powf` and the float remainder become calls
    of `agk_*`, whose bitcode is linked and inlined at emission; for vectors, one
    call per element. bfloat16 conversions become integer arithmetic.
  }];
  let statistics = [Statistic<"numCalls", "num-calls", "calls made">];
  let dependentDialects = ["::mlir::func::FuncDialect", "::mlir::LLVM::LLVMDialect",
      "::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"];
}

def PlaceConstants : Pass<"cpu-place-constants", "::mlir::ModuleOp"> {
  let summary = "Load constants after the accumulators are done";
  let description = [{
    LLVM moves constants out of all loops, as far as the start of a kernel, even if
    accumulators then have to leave their registers. Behind a mark, an empty piece
    of assembly that returns zero, vectors that hold one number in all lanes are
    instead loaded from a table, at a position to which that zero is added: the
    loads cannot move before the mark. Zero vectors stay as they are.
  }];
  let statistics = [Statistic<"numPlaced", "num-placed", "constants loaded after a mark">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::arith::ArithDialect",
      "::mlir::memref::MemRefDialect", "::mlir::vector::VectorDialect"];
}

def FinishKernel : Pass<"cpu-finish-kernel", "::mlir::ModuleOp"> {
  let summary = "Give the kernel its binary interface";
  let description = [{
    The function with one pointer per buffer becomes private, with `noalias`
    pointers, and is called by `kernel(buffers, scalars, begin, end)`.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // AUTOGLM_TARGETS_CPU_PASSES
