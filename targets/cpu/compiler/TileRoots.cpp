//===- TileRoots.cpp - independent tiles of a kernel's results -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Passes.h"
#include "Structure.h"

#include "mlir/Dialect/SCF/Transforms/TileUsingInterface.h"
#include "mlir/Interfaces/TilingInterface.h"

using namespace mlir;

namespace autoglm::cpu {
#define GEN_PASS_DEF_TILEROOTS
#include "targets/cpu/compiler/Passes.h.inc"
} // namespace autoglm::cpu

/// Iterations of a loop nest; all sizes are static here.
static int64_t getVolume(linalg::LinalgOp op) {
  int64_t volume = 1;
  for (int64_t size : op.getStaticLoopRanges())
    volume *= size;
  return volume;
}

/// The producer of an operand, as part of the same kernel.
static linalg::LinalgOp getProducer(OpOperand &operand) {
  return operand.get().getDefiningOp<linalg::LinalgOp>();
}

/// Whether tiles of a loop need disjoint parts of everything that is computed
/// for them, or so little that computing it again does not matter.
static bool splitsWork(linalg::LinalgOp op, unsigned loop) {
  if (op.getIteratorTypesArray()[loop] != utils::IteratorType::parallel)
    return false;
  for (OpOperand &operand : op->getOpOperands()) {
    linalg::LinalgOp producer = getProducer(operand);
    if (!producer || getVolume(producer) * 16 <= getVolume(op))
      continue;
    AffineMap read = op.getMatchingIndexingMap(&operand);
    AffineMap written =
        producer.getIndexingMapMatchingResult(cast<OpResult>(operand.get()));
    bool splits = false;
    for (auto [from, to] : llvm::zip(read.getResults(), written.getResults())) {
      if (from == getAffineDimExpr(loop, op.getContext())) {
        splits = splitsWork(producer, cast<AffineDimExpr>(to).getPosition());
      } else if (from.isFunctionOfDim(loop)) {
        return false;
      }
    }
    if (!splits)
      return false;
  }
  return true;
}

/// The sum of products that the root needs, if there is one, with the loops of
/// the root that run over its result.
static linalg::LinalgOp findContraction(linalg::LinalgOp op) {
  if (autoglm::cpu::isContraction(op))
    return op;
  for (OpOperand &operand : op->getOpOperands())
    if (linalg::LinalgOp producer = getProducer(operand))
      if (linalg::LinalgOp found = findContraction(producer))
        return found;
  return {};
}

/// The largest tile up to `limit` that leaves no remainder, unless that is much
/// smaller than a tile that does.
static int64_t pickTile(int64_t size, int64_t limit, int64_t multiple = 1) {
  limit = std::max<int64_t>(1, limit);
  if (size <= limit)
    return std::max<int64_t>(1, size);
  int64_t best = 1;
  for (int64_t tile = 1; tile <= limit; ++tile)
    if (size % tile == 0)
      best = tile;
  if (best * 2 > limit)
    return best;
  return limit > multiple ? limit / multiple * multiple : limit;
}

/// Divisors of a loop in an indexing map (`d floordiv 4`): tiles must not reach
/// beyond one quotient. 0 if the loop is not divided.
static int64_t getDivisor(linalg::LinalgOp op, unsigned loop) {
  int64_t divisor = 0;
  for (AffineMap map : op.getIndexingMapsArray())
    map.walkExprs([&](AffineExpr expr) {
      auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
      if (!binary || expr.getKind() != AffineExprKind::FloorDiv ||
          !binary.getLHS().isFunctionOfDim(loop))
        return;
      if (auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS()))
        divisor = constant.getValue();
    });
  return divisor;
}

namespace {
struct TileRoots : public autoglm::cpu::impl::TileRootsBase<TileRoots> {
  using TileRootsBase::TileRootsBase;

  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> roots;
    getOperation().walk([&](bufferization::MaterializeInDestinationOp op) {
      auto root = op.getSource().getDefiningOp<linalg::LinalgOp>();
      if (!root)
        return;
      writeIntoDestination(root, op);
      roots.push_back(root);
    });
    for (linalg::LinalgOp root : roots)
      if (failed(tile(root)))
        return signalPassFailure();
  }

private:
  /// Elementwise fusion gives its result a tensor of its own to start from: the
  /// destination again, or the whole result would be copied. Where the root
  /// goes on with what another operation began (a bias), that one starts from
  /// it.
  static void
  writeIntoDestination(linalg::LinalgOp root,
                       bufferization::MaterializeInDestinationOp op) {
    if (!isa<MemRefType>(op.getDest().getType()))
      return;
    linalg::LinalgOp first = root;
    OpOperand *init = root.getDpsInitOperand(
        cast<OpResult>(op.getSource()).getResultNumber());
    while (!init->get().getDefiningOp<tensor::EmptyOp>()) {
      auto result = dyn_cast<OpResult>(init->get());
      first = result ? dyn_cast<linalg::LinalgOp>(result.getOwner())
                     : linalg::LinalgOp();
      if (!first || !result.hasOneUse())
        return;
      init = first.getDpsInitOperand(result.getResultNumber());
    }
    OpBuilder builder(first);
    init->set(builder.create<bufferization::ToTensorOp>(
        op.getLoc(), op.getDest(), /*restrict=*/true, /*writable=*/true));
  }

  static int64_t getElementBytes(linalg::LinalgOp op) {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    return std::max(1u, type.getElementTypeBitWidth() / 8);
  }

  /// Tiles of a kernel that reads each element about once: whole rows, as many
  /// as fit.
  SmallVector<int64_t> getStreamTiles(linalg::LinalgOp root,
                                      ArrayRef<int64_t> sizes,
                                      ArrayRef<bool> splits) {
    int64_t elements = cacheBytes / 2 / getElementBytes(root) /
                       std::max<int64_t>(1, root->getNumOperands());
    int64_t used = 1;
    for (auto [size, isSplit] : llvm::zip_equal(sizes, splits))
      if (!isSplit)
        used *= std::max<int64_t>(1, size);
    SmallVector<int64_t> tiles(sizes.size(), 0);
    bool isCut = false;
    int64_t vector = vectorBytes / getElementBytes(root);
    for (int64_t i = sizes.size() - 1; i >= 0; --i) {
      if (!splits[i])
        continue;
      bool isInner = i + 1 == static_cast<int64_t>(sizes.size());
      int64_t room = elements / std::max<int64_t>(1, used);
      if (isInner)
        room = std::max(room, 4 * vector);
      tiles[i] = isCut ? 1 : pickTile(sizes[i], room, isInner ? vector : 1);
      used *= tiles[i];
      isCut |= tiles[i] != sizes[i];
    }
    return tiles;
  }

  /// Tiles of a sum of products: the accumulators stay in the cache while the
  /// reductions run over the operands, and what is read along the inner loop is
  /// used for several results.
  SmallVector<int64_t> getContractionTiles(linalg::LinalgOp root,
                                           linalg::LinalgOp product,
                                           ArrayRef<int64_t> sizes,
                                           ArrayRef<bool> splits) {
    int64_t elements = cacheBytes / 4 / getElementBytes(root);
    int64_t vector = vectorBytes / getElementBytes(root);
    const int64_t reuse = 8;
    // Loops of the root and of the product are the same where the epilogue is
    // elementwise; otherwise nothing is assumed about reuse.
    AffineMap output = product.getIndexingMapsArray().back();
    auto loopOf = [&](int64_t i) -> std::optional<unsigned> {
      if (product == root)
        return i;
      if (i >= static_cast<int64_t>(output.getNumResults()))
        return std::nullopt;
      return cast<AffineDimExpr>(output.getResult(i)).getPosition();
    };
    int64_t inner = -1;
    for (int64_t i = 0, e = sizes.size(); i < e; ++i)
      if (splits[i])
        inner = i;
    SmallVector<int64_t> tiles(sizes.size(), 0);
    int64_t used = 1;
    auto take = [&](int64_t i, int64_t limit, int64_t multiple) {
      if (auto loop = loopOf(i))
        if (int64_t divisor = getDivisor(product, *loop)) {
          limit = std::min(limit, divisor);
          while (divisor % limit != 0)
            --limit;
          tiles[i] = limit;
          used *= limit;
          return;
        }
      tiles[i] = pickTile(sizes[i], limit, multiple);
      used *= tiles[i];
    };
    if (inner < 0)
      return tiles;
    bool isAlone = llvm::count(splits, true) == 1;
    take(inner, isAlone ? elements : elements / reuse, vector);
    auto reads = [&](OpOperand *operand, int64_t i) {
      auto loop = loopOf(i);
      return !loop ||
             product.getMatchingIndexingMap(operand).isFunctionOfDim(*loop);
    };
    for (int64_t i = inner - 1; i >= 0; --i) {
      if (!splits[i])
        continue;
      bool isReused =
          llvm::any_of(product.getDpsInputOperands(), [&](OpOperand *operand) {
            return reads(operand, inner) && !reads(operand, i);
          });
      if (isReused)
        take(i, reuse, 1);
    }
    for (int64_t i = inner - 1; i >= 0; --i)
      if (splits[i] && tiles[i] == 0)
        take(i, elements / std::max<int64_t>(1, used), 1);
    return tiles;
  }

  LogicalResult tile(linalg::LinalgOp root) {
    SmallVector<int64_t> sizes = root.getStaticLoopRanges();
    if (llvm::is_contained(sizes, 0))
      return success();
    SmallVector<bool> splits;
    for (unsigned i = 0; i < sizes.size(); ++i)
      splits.push_back(splitsWork(root, i));
    linalg::LinalgOp product = findContraction(root);
    SmallVector<int64_t> tiles =
        product ? getContractionTiles(root, product, sizes, splits)
                : getStreamTiles(root, sizes, splits);
    // A tile as large as its dimension needs no loop.
    for (auto [tile, size] : llvm::zip_equal(tiles, sizes))
      if (tile == size)
        tile = 0;
    if (llvm::all_of(tiles, [](int64_t tile) { return tile == 0; }))
      return success();

    IRRewriter rewriter(root);
    SmallVector<OpFoldResult> attrs;
    for (int64_t tile : tiles)
      attrs.push_back(rewriter.getIndexAttr(tile));
    scf::SCFTileAndFuseOptions options;
    options.tilingOptions.setTileSizes(attrs);
    options.tilingOptions.setLoopType(
        scf::SCFTilingOptions::LoopType::ForallOp);
    auto result = scf::tileConsumerAndFuseProducersUsingSCF(
        rewriter, cast<TilingInterface>(root.getOperation()), options);
    if (failed(result))
      return root->emitError("cannot be tiled");
    for (auto [from, to] : result->replacements)
      rewriter.replaceAllUsesWith(from, to);
    rewriter.eraseOp(root);
    ++numTiled;
    return success();
  }
};
} // namespace
