//===- AutoGLMOps.td - all operations of the dialect -*- tablegen -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef AUTOGLM_DIALECTS_AUTOGLM_OPS
#define AUTOGLM_DIALECTS_AUTOGLM_OPS

include "ElementwiseOps.td"
include "ContractionOps.td"
include "NormalizationOps.td"
include "ReductionOps.td"
include "MovementOps.td"
include "ScatterOps.td"
include "ResamplingOps.td"
include "RecurrentOps.td"
include "AttentionOps.td"
include "QuantOps.td"
include "StructureOps.td"

#endif // AUTOGLM_DIALECTS_AUTOGLM_OPS
