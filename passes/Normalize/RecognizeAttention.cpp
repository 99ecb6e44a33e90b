//===- RecognizeAttention.cpp - attention that exporters took apart -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "autoglm/Target/Target.h"
#include "passes/Normalize/Numbers.h"
#include "passes/Normalize/Passes.h"

#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_RECOGNIZEATTENTION
#include "passes/Normalize/Passes.h.inc"
} // namespace autoglm

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

/// The factor that a constant is to every element of a tensor.
static std::optional<double> getFactor(Value value) {
  return tensorType(value).getNumElements() == 1 ? getNumber(value)
                                                 : std::nullopt;
}

/// Takes factors off a value that nobody else uses and multiplies them.
static Value stripFactors(Value value, double &scale) {
  while (value.hasOneUse()) {
    if (auto mul = value.getDefiningOp<MulOp>()) {
      auto left = getFactor(mul.getLhs()), right = getFactor(mul.getRhs());
      Value rest = right ? mul.getLhs() : mul.getRhs();
      if ((!left && !right) || rest.getType() != value.getType())
        break;
      scale *= right ? *right : *left;
      value = rest;
    } else if (auto div = value.getDefiningOp<DivOp>()) {
      auto right = getFactor(div.getRhs());
      if (!right || *right == 0 || div.getLhs().getType() != value.getType())
        break;
      scale /= *right;
      value = div.getLhs();
    } else {
      break;
    }
  }
  return value;
}

/// The value with its last two dimensions exchanged, if something made it by
/// such an exchange.
static Value exchange(Value value, OpBuilder &builder) {
  if (auto transpose = value.getDefiningOp<TransposeOp>()) {
    SmallVector<int64_t> perm(transpose.getPerm());
    std::swap(perm.end()[-1], perm.end()[-2]);
    if (llvm::is_sorted(perm))
      return transpose.getInput();
    return builder.create<TransposeOp>(transpose.getLoc(), transpose.getInput(),
                                       perm);
  }
  // Leading dimensions may come and go.
  Operation *reshape = value.getDefiningOp();
  if (!isa_and_nonnull<ReshapeOp, UnsqueezeOp, SqueezeOp>(reshape))
    return {};
  RankedTensorType from = tensorType(reshape->getOperand(0));
  RankedTensorType to = tensorType(value);
  if (!from.hasStaticShape() || !to.hasStaticShape() || from.getRank() < 2 ||
      from.getShape().take_back(2) != to.getShape().take_back(2))
    return {};
  Value inner = exchange(reshape->getOperand(0), builder);
  if (!inner)
    return {};
  SmallVector<int64_t> shape(to.getShape());
  std::swap(shape.end()[-1], shape.end()[-2]);
  return builder.create<ReshapeOp>(
      reshape->getLoc(), inner, createInts(builder, reshape->getLoc(), shape),
      /*allowzero=*/false);
}

/// What was repeated for heads that share a key head: (b, k, s, d), reshaped to
/// (b, k, 1, s, d), expanded to (b, k, n, s, d), reshaped to (b, k n, s, d).
static Value getShared(Value value) {
  auto outer = value.getDefiningOp<ReshapeOp>();
  auto expand = outer ? outer.getInput().getDefiningOp<ExpandOp>() : ExpandOp();
  Operation *inner = expand ? expand.getInput().getDefiningOp() : nullptr;
  if (!isa_and_nonnull<ReshapeOp, UnsqueezeOp>(inner))
    return value;
  RankedTensorType from = tensorType(inner->getOperand(0));
  RankedTensorType one = tensorType(inner->getResult(0));
  RankedTensorType many = tensorType(expand.getResult());
  RankedTensorType to = outer.getType();
  if (!from.hasStaticShape() || !many.hasStaticShape() || from.getRank() != 4 ||
      one.getRank() != 5 || many.getRank() != 5 || to.getRank() != 4)
    return value;
  ArrayRef<int64_t> f = from.getShape(), m = many.getShape();
  SmallVector<int64_t> wanted{f[0], f[1], 1, f[2], f[3]};
  if (one.getShape() != ArrayRef(wanted))
    return value;
  wanted[2] = m[2];
  SmallVector<int64_t> merged{f[0], f[1] * m[2], f[2], f[3]};
  return m == ArrayRef(wanted) && to.getShape() == ArrayRef(merged)
             ? inner->getOperand(0)
             : value;
}

namespace {
/// The operands of an attention, from its last product backwards.
struct Parts {
  Value query, key, value, mask;
  double scale = 1;
  SmallVector<Location> locations;

  static std::optional<Parts> match(MatMulOp last, OpBuilder &builder);
};
} // namespace

std::optional<Parts> Parts::match(MatMulOp last, OpBuilder &builder) {
  Parts parts;
  auto softmax = last.getA().getDefiningOp<SoftmaxOp>();
  if (!softmax || !softmax->hasOneUse() ||
      tensorType(last.getB()).getRank() != 4)
    return std::nullopt;
  RankedTensorType type = tensorType(softmax.getInput());
  int64_t axis = softmax.getAxis();
  if (type.getRank() != 4 || (axis != -1 && axis != 3) ||
      !type.hasStaticShape())
    return std::nullopt;
  Value scores = softmax.getInput();
  parts.locations = {last.getLoc(), softmax.getLoc()};
  auto isProduct = [](Value value) {
    double scale = 1;
    return static_cast<bool>(
        stripFactors(value, scale).getDefiningOp<MatMulOp>());
  };
  if (auto add = scores.getDefiningOp<AddOp>(); add && add->hasOneUse()) {
    bool isLeft = isProduct(add.getLhs());
    parts.mask = isLeft ? add.getRhs() : add.getLhs();
    scores = isLeft ? add.getLhs() : add.getRhs();
    parts.locations.push_back(add.getLoc());
    if (scores.getType() != add.getResult().getType())
      return std::nullopt;
  }
  Value product = stripFactors(scores, parts.scale);
  auto first = product.getDefiningOp<MatMulOp>();
  if (!first || !first->hasOneUse() || !scores.hasOneUse() ||
      tensorType(first.getA()).getRank() != 4 ||
      tensorType(first.getB()).getRank() != 4)
    return std::nullopt;
  parts.locations.push_back(first.getLoc());
  double own = parts.scale;
  parts.query = stripFactors(first.getA(), own);
  parts.key = stripFactors(first.getB(), own);
  parts.key = exchange(parts.key, builder);
  if (!parts.key)
    return std::nullopt;
  parts.scale = own;
  parts.value = last.getB();
  Value key = getShared(parts.key), value = getShared(parts.value);
  if (tensorType(key).getDimSize(1) == tensorType(value).getDimSize(1)) {
    parts.key = key;
    parts.value = value;
  }
  // Batches are not broadcast.
  ArrayRef<int64_t> q = tensorType(parts.query).getShape();
  ArrayRef<int64_t> k = tensorType(parts.key).getShape();
  ArrayRef<int64_t> v = tensorType(parts.value).getShape();
  if (q[0] != k[0] || k[0] != v[0] || k[1] != v[1] || k[2] != v[2] ||
      q[3] != k[3] || k[1] == 0 || q[1] % k[1] != 0 ||
      tensorType(parts.query).getElementType() !=
          tensorType(parts.value).getElementType())
    return std::nullopt;
  return parts;
}

static void eraseUnused(Operation *op) {
  if (!op || !isOpTriviallyDead(op))
    return;
  SmallVector<Value> operands(op->getOperands());
  op->erase();
  for (Value operand : operands)
    eraseUnused(operand.getDefiningOp());
}

namespace {
struct RecognizeAttention
    : public autoglm::impl::RecognizeAttentionBase<RecognizeAttention> {
  using RecognizeAttentionBase::RecognizeAttentionBase;

  void runOnOperation() override {
    SmallVector<DeviceModel> models;
    for (DeviceOp device : getOperation().getOps<DeviceOp>())
      models.push_back(getDeviceModel(device));
    SmallVector<MatMulOp> products;
    getOperation().walk([&](MatMulOp op) { products.push_back(op); });
    for (MatMulOp op : products)
      recognize(op, models);
  }

private:
  void recognize(MatMulOp op, ArrayRef<DeviceModel> models) {
    OpBuilder builder(op);
    // What is built beside the product goes if it comes to nothing.
    Operation *before = op->getPrevNode();
    std::optional<Parts> parts = Parts::match(op, builder);
    AttentionOp made;
    if (parts)
      made = builder.create<AttentionOp>(
          FusedLoc::get(&getContext(),
                        llvm::to_vector(llvm::reverse(parts->locations))),
          parts->query, parts->key, parts->value, parts->mask,
          /*valid_keys=*/Value(),
          builder.getF32FloatAttr(static_cast<float>(parts->scale)),
          /*causal_offset=*/IntegerAttr(), builder.getF32FloatAttr(0),
          /*score_stage=*/builder.getI64IntegerAttr(0),
          TypeAttr::get(tensorType(op.getResult()).getElementType()));
    bool isTaken = made &&
                   made.getOutput().getType() == op.getResult().getType() &&
                   llvm::any_of(models, [&](const DeviceModel &model) {
                     return static_cast<bool>(model.verdict(made));
                   });
    if (isTaken) {
      op.getResult().replaceAllUsesWith(made.getOutput());
      eraseUnused(op);
      ++numRecognized;
      return;
    }
    while (op->getPrevNode() != before)
      op->getPrevNode()->erase();
  }
};
} // namespace
