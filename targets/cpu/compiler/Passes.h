//===- Passes.h - lowering of kernels to LLVM -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_TARGETS_CPU_COMPILER_PASSES_H
#define AUTOGLM_TARGETS_CPU_COMPILER_PASSES_H

#include "dialects/AutoGLM/AutoGLM.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace autoglm::cpu {
#define GEN_PASS_DECL
#include "targets/cpu/compiler/Passes.h.inc"

/// Attribute of a kernel that a form wrote: the name of the form.
inline constexpr llvm::StringLiteral kFormAttr = "cpu.form";

/// Makes the passes known by name.
void registerCpuPasses();
} // namespace autoglm::cpu

#endif // AUTOGLM_TARGETS_CPU_COMPILER_PASSES_H
