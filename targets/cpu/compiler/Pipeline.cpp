//===- Pipeline.cpp - from graph operations to LLVM -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Pipeline.h"
#include "Machine.h"

#include "autoglm/Device/DeviceModel.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Affine/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/Linalg/Transforms/AllInterfaces.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/SCF/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/TensorTilingInterfaceImpl.h"
#include "mlir/Dialect/Tensor/IR/ValueBoundsOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/Passes.h"
#include "mlir/Dialect/Tensor/Transforms/SubsetInsertionOpInterfaceImpl.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

namespace autoglm::cpu {

MachineShape MachineShape::of(DeviceAttr device) {
  DeviceModel model(device, nullptr);
  double cache = model.getNumber("memory.l1.size").value_or(32 << 10);
  double second = model.getNumber("memory.l2.size").value_or(256 << 10);
  double vector = model.getNumber("compute.vector_bits").value_or(128);
  double registers = model.getNumber("compute.registers").value_or(16);
  return {std::max<int64_t>(8 << 10, static_cast<int64_t>(cache)),
          std::max<int64_t>(64 << 10, static_cast<int64_t>(second)),
          std::max<int64_t>(16, static_cast<int64_t>(vector) / 8),
          std::max<int64_t>(8, static_cast<int64_t>(registers)),
          cpu::hasFma(MachineName::of(device))};
}

void registerLoweringDialects(DialectRegistry &registry) {
  registry.insert<affine::AffineDialect, arith::ArithDialect,
                  bufferization::BufferizationDialect, func::FuncDialect,
                  linalg::LinalgDialect, LLVM::LLVMDialect, math::MathDialect,
                  memref::MemRefDialect, scf::SCFDialect, tensor::TensorDialect,
                  cf::ControlFlowDialect, vector::VectorDialect>();
  affine::registerValueBoundsOpInterfaceExternalModels(registry);
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  arith::registerValueBoundsOpInterfaceExternalModels(registry);
  linalg::registerAllDialectInterfaceImplementations(registry);
  memref::registerValueBoundsOpInterfaceExternalModels(registry);
  scf::registerBufferizableOpInterfaceExternalModels(registry);
  scf::registerValueBoundsOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerSubsetOpInterfaceExternalModels(registry);
  tensor::registerTilingInterfaceExternalModels(registry);
  tensor::registerValueBoundsOpInterfaceExternalModels(registry);
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
}

static void addCleanup(OpPassManager &pm) {
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}

static void addBufferization(OpPassManager &pm) {
  bufferization::OneShotBufferizationOptions options;
  options.allowReturnAllocsFromLoops = false;
  options.memCpyFn = [](OpBuilder &builder, Location loc, Value from,
                        Value to) -> LogicalResult {
    linalg::makeMemRefCopyOp(builder, loc, from, to);
    return success();
  };
  pm.addPass(bufferization::createOneShotBufferizePass(options));
  addCleanup(pm);
}

static void addLLVM(OpPassManager &pm, const MachineShape &machine) {
  ExpandMathOptions math;
  math.hasFma = machine.hasFma;
  pm.addPass(createExpandMath(math));
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(createLowerAffinePass());
  pm.addPass(createLowerScalarMath());
  addCleanup(pm);
  pm.addPass(createPlaceConstants());
  pm.addPass(createConvertSCFToCFPass());
  pm.addPass(createConvertVectorToLLVMPass());
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  ConvertFuncToLLVMPassOptions options;
  options.useBarePtrCallConv = true;
  pm.addPass(createConvertFuncToLLVMPass(options));
  pm.addPass(createConvertControlFlowToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createFinishKernel());
}

void addLoweringPasses(OpPassManager &pm, const MachineShape &machine) {
  ExpandCompositesOptions expand;
  expand.elementwiseOnly = true;
  pm.addPass(createExpandComposites(expand));
  addCleanup(pm);
  BuildFormsOptions forms;
  forms.cacheBytes = machine.cacheBytes;
  forms.l2Bytes = machine.l2Bytes;
  forms.vectorBytes = machine.vectorBytes;
  forms.registers = machine.registers;
  forms.hasFma = machine.hasFma;
  pm.addPass(createBuildForms(forms));
  pm.addPass(createApplyLayouts());
  pm.addPass(createExpandComposites());
  addCleanup(pm);
  pm.addPass(createCollapseDimensions());
  pm.addPass(createConvertToLinalg());
  addCleanup(pm);
  TileRootsOptions tiles;
  tiles.cacheBytes = machine.cacheBytes;
  tiles.vectorBytes = machine.vectorBytes;
  pm.addNestedPass<func::FuncOp>(createFuseElementwise());
  addCleanup(pm);
  pm.addNestedPass<func::FuncOp>(createTileRoots(tiles));
  addCleanup(pm);
  pm.addPass(tensor::createFoldTensorSubsetOpsPass());
  addCleanup(pm);
  pm.addNestedPass<func::FuncOp>(createOrderLoops());
  addBufferization(pm);
  pm.addNestedPass<func::FuncOp>(createBoundBuffers());
  VectorizeReductionsOptions vectors;
  vectors.vectorBytes = machine.vectorBytes;
  vectors.registers = machine.registers;
  pm.addNestedPass<func::FuncOp>(createVectorizeReductions(vectors));
  pm.addNestedPass<func::FuncOp>(createConvertLinalgToLoopsPass());
  pm.addPass(createDistributeTiles());
  addCleanup(pm);
  addLLVM(pm, machine);
}

} // namespace autoglm::cpu
