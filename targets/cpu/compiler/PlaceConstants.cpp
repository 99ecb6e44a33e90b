//===- PlaceConstants.cpp - registers for accumulators first -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Passes.h"

#include "forms/Form.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_PLACECONSTANTS
#include "targets/cpu/compiler/Passes.h.inc"

static constexpr StringLiteral kConstraints = "=r,0";

void markConstants(OpBuilder &builder, Location loc) {
  Value zero = builder.create<arith::ConstantOp>(loc, builder.getI64Type(),
                                                 builder.getI64IntegerAttr(0));
  // What comes out is zero, but nothing that moves code knows.
  builder.create<LLVM::InlineAsmOp>(
      loc, builder.getI64Type(), zero, /*asm_string=*/"", kConstraints,
      /*has_side_effects=*/true, /*is_align_stack=*/false,
      LLVM::AsmDialectAttr::get(builder.getContext(), LLVM::AsmDialect::AD_ATT),
      /*operand_attrs=*/ArrayAttr());
}
} // namespace autoglm::cpu

/// The number that all lanes of a constant hold, unless it is zero, which needs
/// no memory.
static TypedAttr getNumber(Value value) {
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  auto splat = constant ? dyn_cast<SplatElementsAttr>(constant.getValue())
                        : SplatElementsAttr();
  if (!splat || !isa<VectorType>(splat.getType()) ||
      !splat.getElementType().isIntOrFloat() ||
      splat.getElementType().isInteger(1))
    return {};
  auto number = splat.getSplatValue<TypedAttr>();
  bool isZero = isa<FloatAttr>(number)
                    ? cast<FloatAttr>(number).getValue().isPosZero()
                    : cast<IntegerAttr>(number).getValue().isZero();
  return isZero ? TypedAttr() : number;
}

/// Operands after a mark in its block that are such constants.
static SmallVector<OpOperand *> getUses(LLVM::InlineAsmOp mark) {
  SmallVector<OpOperand *> uses;
  for (Operation *op = mark->getNextNode(); op; op = op->getNextNode())
    op->walk([&](Operation *inner) {
      for (OpOperand &operand : inner->getOpOperands())
        if (getNumber(operand.get()))
          uses.push_back(&operand);
    });
  return uses;
}

namespace {
/// Numbers of one type.
struct Table {
  llvm::SmallSetVector<Attribute, 16> numbers;
  memref::GlobalOp global;
};

struct PlaceConstants
    : public autoglm::cpu::impl::PlaceConstantsBase<PlaceConstants> {
  using PlaceConstantsBase::PlaceConstantsBase;

  void runOnOperation() override {
    SmallVector<LLVM::InlineAsmOp> marks;
    getOperation().walk([&](LLVM::InlineAsmOp op) {
      if (op.getAsmString().empty() &&
          op.getConstraints() == autoglm::cpu::kConstraints)
        marks.push_back(op);
    });
    llvm::MapVector<Type, Table> tables;
    for (LLVM::InlineAsmOp mark : marks)
      for (OpOperand *use : getUses(mark)) {
        TypedAttr number = getNumber(use->get());
        tables[number.getType()].numbers.insert(number);
      }
    for (auto &[type, table] : tables)
      table.global = write(type, table.numbers.getArrayRef());
    for (LLVM::InlineAsmOp mark : marks)
      place(mark, tables);
  }

private:
  memref::GlobalOp write(Type type, ArrayRef<Attribute> numbers) {
    auto builder = OpBuilder::atBlockBegin(getOperation().getBody());
    auto size = static_cast<int64_t>(numbers.size());
    std::string name;
    llvm::raw_string_ostream(name) << "numbers_" << type;
    return builder.create<memref::GlobalOp>(
        builder.getUnknownLoc(), name, builder.getStringAttr("private"),
        MemRefType::get(size, type),
        DenseElementsAttr::get(RankedTensorType::get(size, type), numbers),
        /*constant=*/true, /*alignment=*/IntegerAttr());
  }

  void place(LLVM::InlineAsmOp mark, llvm::MapVector<Type, Table> &tables) {
    ImplicitLocOpBuilder builder(mark.getLoc(), mark->getNextNode());
    llvm::DenseMap<Value, Value> placed;
    Value first;
    for (OpOperand *use : getUses(mark)) {
      Value &value = placed[use->get()];
      if (!value) {
        if (!first)
          first = builder.create<arith::IndexCastOp>(builder.getIndexType(),
                                                     mark.getResult(0));
        TypedAttr number = getNumber(use->get());
        Table &table = tables[number.getType()];
        auto at = static_cast<int64_t>(llvm::find(table.numbers, number) -
                                       table.numbers.begin());
        Value position = builder.create<arith::AddIOp>(
            first, builder.create<arith::ConstantIndexOp>(at));
        Value buffer = builder.create<memref::GetGlobalOp>(
            table.global.getType(), table.global.getSymName());
        value = builder.create<vector::BroadcastOp>(
            use->get().getType(),
            builder.create<memref::LoadOp>(buffer, position));
        ++numPlaced;
      }
      use->set(value);
    }
  }
};
} // namespace
