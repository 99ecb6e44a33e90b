//===- FoldBatchNormalization.cpp - batch normalization into convolution -*- C++
//-*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/Normalize/Passes.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace autoglm;

namespace autoglm {
#define GEN_PASS_DEF_FOLDBATCHNORMALIZATION
#include "passes/Normalize/Passes.h.inc"
} // namespace autoglm

/// Whether a value is known when the bundle is written.
static bool isKnown(Value value) {
  Operation *op = value.getDefiningOp();
  return op && (isa<LoadWeightOp>(op) || matchPattern(op, m_Constant()));
}

namespace {
/// bn(conv(x, w, b)) = conv(x, w * f, (b - mean) * f + beta)
/// with f = scale / sqrt(var + epsilon), one value per filter.
struct MergeIntoConv : OpRewritePattern<BatchNormalizationOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(BatchNormalizationOp op,
                                PatternRewriter &rewriter) const override {
    auto conv = op.getInput().getDefiningOp<ConvOp>();
    if (!conv || !conv->hasOneUse() || !isKnown(conv.getWeight()) ||
        (conv.getBias() && !isKnown(conv.getBias())) ||
        !llvm::all_of(op->getOperands().drop_front(), isKnown))
      return failure();
    auto type = cast<RankedTensorType>(conv.getWeight().getType());
    if (!type.hasStaticShape())
      return failure();
    Location loc = rewriter.getFusedLoc({conv.getLoc(), op.getLoc()});
    Value epsilon = createSplat(rewriter, loc, type.getElementType(),
                                op.getEpsilon().convertToDouble());
    Value deviation = rewriter.create<SqrtOp>(
        loc, rewriter.create<AddOp>(loc, op.getVar(), epsilon).getResult());
    Value factor = rewriter.create<DivOp>(loc, op.getScale(), deviation);

    SmallVector<int64_t> perFilter(type.getRank(), 1);
    perFilter[0] = type.getDimSize(0);
    Value shaped = rewriter.create<ReshapeOp>(
        loc, factor, createInts(rewriter, loc, perFilter), /*allowzero=*/true);
    Value weight = rewriter.create<MulOp>(loc, conv.getWeight(), shaped);

    Value centered =
        conv.getBias()
            ? rewriter.create<SubOp>(loc, conv.getBias(), op.getMean())
                  .getResult()
            : rewriter.create<NegOp>(loc, op.getMean()).getResult();
    Value scaled = rewriter.create<MulOp>(loc, centered, factor);
    Value bias = rewriter.create<AddOp>(loc, scaled, op.getBias());
    auto merged = rewriter.create<ConvOp>(
        loc, op.getType(), conv.getInput(), weight, bias, conv.getStrides(),
        conv.getPads(), conv.getDilations(), conv.getGroup());
    rewriter.replaceOp(op, merged);
    return success();
  }
};

struct FoldBatchNormalization
    : public autoglm::impl::FoldBatchNormalizationBase<FoldBatchNormalization> {
  using FoldBatchNormalizationBase::FoldBatchNormalizationBase;

  void runOnOperation() override {
    auto count = [&] {
      unsigned found = 0;
      getOperation().walk([&](BatchNormalizationOp) { ++found; });
      return found;
    };
    unsigned before = count();
    if (before == 0)
      return markAllAnalysesPreserved();
    RewritePatternSet patterns(&getContext());
    patterns.add<MergeIntoConv>(&getContext());
    if (failed(
            applyPatternsAndFoldGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    numMerged += before - count();
  }
};
} // namespace
