//===- Layouts.cpp - layouts that this target's kernels take -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Layouts.h"
#include "Pipeline.h"
#include "forms/ProductTile.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;

namespace autoglm::cpu {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static int64_t fromFront(int64_t axis, int64_t rank) {
  return axis < 0 ? axis + rank : axis;
}

LayoutAttr getBlockedLayout(MLIRContext *context, int64_t rank, int64_t dim,
                            int64_t block) {
  SmallVector<int64_t> order(rank);
  std::iota(order.begin(), order.end(), 0);
  return LayoutAttr::get(context, order, {dim, block});
}

std::optional<Blocking> getBlocking(LayoutAttr layout) {
  if (!layout || layout.getInner().size() != 2 ||
      !llvm::is_sorted(layout.getOrder()))
    return std::nullopt;
  return Blocking{layout.getInner()[0], layout.getInner()[1]};
}

//===----------------------------------------------------------------------===//
// What kernels take
//===----------------------------------------------------------------------===//

namespace {
/// An operation with layouts that it may not have yet.
struct Offer {
  Operation *op;
  ArrayRef<LayoutAttr> layouts;

  LayoutAttr getOperand(unsigned index) const { return layouts[index]; }
  LayoutAttr getResult(unsigned index) const {
    return layouts[op->getNumOperands() + index];
  }
};
} // namespace

/// The layout of an elementwise operand that fits a result in blocks.
static LayoutAttr alignLayout(RankedTensorType operand, RankedTensorType result,
                              Blocking blocking) {
  int64_t dim = blocking.dim - (result.getRank() - operand.getRank());
  if (dim < 0 || operand.getDimSize(dim) != result.getDimSize(blocking.dim) ||
      operand.getDimSize(dim) == 1)
    return {};
  return getBlockedLayout(operand.getContext(), operand.getRank(), dim,
                          blocking.block);
}

static bool takesElementwise(const Offer &offer) {
  auto result = tensorType(offer.op->getResult(0));
  auto blocking = getBlocking(offer.getResult(0));
  // A division of integers must not see what lies in the padding.
  if (isa<DivOp, ModOp>(offer.op) && !isa<FloatType>(result.getElementType()))
    return false;
  // A dimension of 1 would be broadcast along the block.
  if (!blocking || result.getDimSize(blocking->dim) == 1)
    return false;
  for (auto [index, operand] : llvm::enumerate(offer.op->getOperands())) {
    auto type = tensorType(operand);
    if (offer.getOperand(index) != alignLayout(type, result, *blocking))
      return false;
  }
  return true;
}

/// Operations on windows or planes, which leave batch and channel alone.
static bool takesPlanes(const Offer &offer) {
  auto blocking = getBlocking(offer.getResult(0));
  return blocking && blocking->dim == 1 &&
         offer.getOperand(0) == offer.getResult(0) &&
         tensorType(offer.op->getResult(0)).getRank() >= 3;
}

static bool takesReduction(const Offer &offer, ArrayRef<int64_t> axes,
                           bool keepsDims) {
  int64_t rank = tensorType(offer.op->getOperand(0)).getRank();
  auto blocking = getBlocking(offer.getOperand(0));
  return blocking && keepsDims && offer.getOperand(0) == offer.getResult(0) &&
         llvm::none_of(axes, [&](int64_t axis) {
           return fromFront(axis, rank) == blocking->dim;
         });
}

/// Whether parts of these sizes start at the beginning of a block.
static bool startAtBlocks(ArrayRef<int64_t> sizes, int64_t block) {
  return llvm::all_of(sizes.drop_back(),
                      [&](int64_t size) { return size % block == 0; });
}

static bool takesConcat(const Offer &offer, ConcatOp op) {
  auto blocking = getBlocking(offer.getResult(0));
  if (!blocking || !llvm::all_equal(offer.layouts))
    return false;
  if (fromFront(op.getAxis(), op.getType().getRank()) != blocking->dim)
    return true;
  return startAtBlocks(
      llvm::map_to_vector(op.getInputs(),
                          [&](Value input) {
                            return tensorType(input).getDimSize(blocking->dim);
                          }),
      blocking->block);
}

static bool takesSplit(const Offer &offer, SplitOp op) {
  auto blocking = getBlocking(offer.getOperand(0));
  if (!blocking || !llvm::all_equal(offer.layouts))
    return false;
  return fromFront(op.getAxis(), tensorType(op.getInput()).getRank()) !=
             blocking->dim ||
         startAtBlocks(op.getSizes(), blocking->block);
}

static bool takesSlice(const Offer &offer, SliceOp op) {
  auto blocking = getBlocking(offer.getOperand(0));
  auto starts = getConstantInts(op.getStarts());
  auto axes = getConstantInts(op.getAxes()),
       steps = getConstantInts(op.getSteps());
  if (!blocking || offer.getOperand(0) != offer.getResult(0) || !starts ||
      !getConstantInts(op.getEnds()) || !axes || !steps ||
      llvm::any_of(offer.layouts.slice(1, 4),
                   [](LayoutAttr l) { return static_cast<bool>(l); }))
    return false;
  auto input = tensorType(op.getInput());
  for (auto [start, axis, step] : llvm::zip_equal(*starts, *axes, *steps)) {
    if (fromFront(axis, input.getRank()) != blocking->dim)
      continue;
    int64_t size = input.getDimSize(blocking->dim);
    if (step != 1 || std::clamp<int64_t>(fromFront(start, size), 0, size) %
                             blocking->block !=
                         0)
      return false;
  }
  return true;
}

static bool takesPad(const Offer &offer, PadOp op) {
  auto blocking = getBlocking(offer.getOperand(0));
  auto pads = getConstantInts(op.getPads());
  return blocking && pads && offer.getOperand(0) == offer.getResult(0) &&
         !offer.getOperand(1) && !offer.getOperand(2) &&
         (*pads)[blocking->dim] == 0 &&
         (*pads)[blocking->dim + op.getType().getRank()] == 0;
}

/// Products take a right operand whose columns are packed in blocks.
static bool takesProduct(const Offer &offer) {
  std::optional<Product> product = Product::match(offer.op);
  LayoutAttr packed = offer.getOperand(1);
  return product && packed && !packed.getInner().empty() &&
         packed == product->getPackedLayout(packed.getInner().back()) &&
         llvm::count_if(offer.layouts, [](LayoutAttr layout) {
           return static_cast<bool>(layout);
         }) == 1;
}

bool takesLayouts(Operation *op, ArrayRef<LayoutAttr> layouts) {
  if (llvm::none_of(
          layouts, [](LayoutAttr layout) { return static_cast<bool>(layout); }))
    return true;
  for (auto [value, layout] : llvm::zip_equal(
           llvm::concat<Value>(
               llvm::to_vector(op->getOperands()),
               llvm::map_to_vector(op->getResults(),
                                   [](OpResult r) -> Value { return r; })),
           layouts))
    if (layout && !tensorType(value).hasStaticShape())
      return false;
  // Their scales lie along a dimension of their own.
  if (isa<QuantizeOp, DequantizeOp, QuantCastOp>(op))
    return false;
  Offer offer{op, layouts};
  if (op->hasTrait<Elementwise>())
    return takesElementwise(offer);
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case<ConvOp, WinogradConvOp, RelayoutOp>(
          [](Operation *) { return true; })
      .Case<MatMulOp, GemmOp>([&](Operation *) { return takesProduct(offer); })
      .Case<MaxPoolOp, AveragePoolOp, GlobalAveragePoolOp, GlobalMaxPoolOp>(
          [&](Operation *) { return takesPlanes(offer); })
      .Case<ReduceSumOp, ReduceMeanOp, ReduceMaxOp, ReduceMinOp, ReduceProdOp>(
          [&](auto op) {
            return takesReduction(offer, op.getAxes(), op.getKeepdims());
          })
      .Case<ConcatOp>([&](auto op) { return takesConcat(offer, op); })
      .Case<SplitOp>([&](auto op) { return takesSplit(offer, op); })
      .Case<SliceOp>([&](auto op) { return takesSlice(offer, op); })
      .Case<PadOp>([&](auto op) { return takesPad(offer, op); })
      .Default([](Operation *) { return false; });
}

bool takesLayouts(Operation *op) {
  SmallVector<LayoutAttr> layouts;
  for (Type type : op->getOperandTypes())
    layouts.push_back(getLayout(type));
  for (Type type : op->getResultTypes())
    layouts.push_back(getLayout(type));
  return takesLayouts(op, layouts);
}

//===----------------------------------------------------------------------===//
// Costs
//===----------------------------------------------------------------------===//

namespace {
/// Rates of a device. What its descriptor does not know is as processors of the
/// last ten years have it: only how costs compare matters here.
struct Rates {
  int64_t lanes;
  double flops, bandwidth, launch;

  explicit Rates(DeviceAttr device) {
    DeviceModel model(device, nullptr);
    lanes = std::max<int64_t>(
        4, model.getNumber("compute.vector_bits").value_or(128) / 32);
    auto ports = model.getNumber("compute.ports");
    auto clock = model.getNumber("compute.clock");
    flops = 2 * lanes * ports.value_or(1) * clock.value_or(2e9);
    // Beside an assumed rate, a real bandwidth says nothing.
    double known = ports && clock ? model.getTransferSeconds(1) : 0;
    bandwidth = known > 0 ? 1 / known : 1e10;
    launch = model.getNumber("launch_overhead").value_or(1e-6);
  }

  double seconds(double work, double bytes) const {
    return std::max(work / flops, bytes / bandwidth) + launch;
  }
};
} // namespace

/// How many times longer than the best a convolution without a form of its own
/// takes.
static constexpr double kPlainFactor = 6;

double getRelayoutSeconds(RankedTensorType from, RankedTensorType to,
                          DeviceAttr device) {
  if (isSameMemory(from, to))
    return 0;
  double bytes = static_cast<double>(getPhysicalBytes(from).value_or(0)) +
                 static_cast<double>(getPhysicalBytes(to).value_or(0));
  return Rates(device).seconds(0, bytes);
}

/// Bytes of operands and results in layouts.
static double getBytes(Operation *op, ArrayRef<LayoutAttr> layouts) {
  double bytes = 0;
  for (auto [index, layout] : llvm::enumerate(layouts)) {
    Type type = index < op->getNumOperands()
                    ? op->getOperand(index).getType()
                    : op->getResult(index - op->getNumOperands()).getType();
    bytes += static_cast<double>(
        getPhysicalBytes(withLayout(type, layout)).value_or(0));
  }
  return bytes;
}

//===----------------------------------------------------------------------===//
// Offers
//===----------------------------------------------------------------------===//

/// Convolutions of channels in blocks, of few channels as they are, and of
/// groups that begin and end with a block or lie inside of one.
static SmallVector<LayoutChoice> offerConv(ConvOp op, const Rates &rates) {
  auto input = tensorType(op.getInput()), weight = tensorType(op.getWeight());
  auto result = op.getType();
  MLIRContext *context = op.getContext();
  int64_t lanes = rates.lanes, rank = input.getRank(), group = op.getGroup();
  int64_t channels = input.getDimSize(1), features = result.getDimSize(1);
  if (rank < 3 || rank > 4 || !result.hasStaticShape() ||
      !input.hasStaticShape() || !weight.hasStaticShape() ||
      result.getNumElements() == 0)
    return {};
  LayoutAttr blocked = getBlockedLayout(context, rank, 1, lanes), in = blocked;
  // Input channels that lie together in the weights.
  int64_t width = lanes, own = channels / group;
  if (group == 1 && channels < lanes) {
    in = {};
    width = 1;
  } else if (group > 1 && channels == features && lanes % own == 0) {
    width = own;
  } else if (group > 1 &&
             (own % lanes != 0 || (features / group) % lanes != 0)) {
    return {};
  }
  SmallVector<int64_t> order(blocked.getOrder()), inner{0, lanes};
  if (width > 1)
    inner.insert(inner.begin(), {1, width});
  LayoutAttr weights = LayoutAttr::get(context, order, inner);
  LayoutChoice choice;
  choice.layouts = {in, weights};
  if (op.getBias())
    choice.layouts.push_back(getBlockedLayout(context, 1, 0, lanes));
  choice.layouts.push_back(blocked);
  double padding = static_cast<double>(llvm::alignTo(features, lanes)) /
                   std::max<int64_t>(1, features);
  choice.seconds = rates.seconds(
      padding * cast<ComputeOpInterface>(*op).getFlops().value_or(0),
      getBytes(op, choice.layouts));
  return {choice};
}

/// Channels in blocks, whatever kernels take around them.
static SmallVector<LayoutChoice> offerBlocked(Operation *op,
                                              const Rates &rates) {
  if (op->getNumResults() == 0)
    return {};
  auto result = tensorType(op->getResult(0));
  if (result.getRank() < 3 || result.getRank() > 5 ||
      !result.getElementType().isIntOrFloat())
    return {};
  Blocking blocking{1, rates.lanes};
  LayoutChoice choice;
  for (Value operand : op->getOperands()) {
    auto type = tensorType(operand);
    bool isElementwise = op->hasTrait<Elementwise>();
    bool follows =
        isElementwise || isa<ConcatOp>(op) || operand == op->getOperand(0);
    LayoutAttr layout;
    if (isElementwise)
      layout = alignLayout(type, result, blocking);
    else if (follows && type.getRank() == result.getRank())
      layout =
          getBlockedLayout(op->getContext(), type.getRank(), 1, rates.lanes);
    choice.layouts.push_back(layout);
  }
  for (Value value : op->getResults())
    choice.layouts.push_back(getBlockedLayout(
        op->getContext(), tensorType(value).getRank(), 1, rates.lanes));
  if (!takesLayouts(op, choice.layouts))
    return {};
  choice.seconds = rates.seconds(0, getBytes(op, choice.layouts));
  return {choice};
}

/// Whether a value of a segment is known at compile time.
static bool isConstant(Value value) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto segment = argument
                     ? dyn_cast<SegmentOp>(argument.getOwner()->getParentOp())
                     : SegmentOp();
  if (segment)
    value = segment.getInputs()[argument.getArgNumber()];
  return isa_and_nonnull<LoadWeightOp, ConstantOp>(value.getDefiningOp());
}

/// Weights in the order in which a product reads them.
static SmallVector<LayoutChoice>
offerProduct(Operation *op, const LayoutChoice &plain, DeviceAttr device) {
  std::optional<Product> product = Product::match(op);
  MachineShape machine = MachineShape::of(device);
  if (!product || !isConstant(product->b) || !product->type.hasStaticShape() ||
      product->n < getLanes(*product, machine) / 2)
    return {};
  LayoutChoice choice = plain;
  choice.layouts[1] =
      product->getPackedLayout(getPackedWidth(*product, machine));
  // Columns that lie apart, or rows on many pages, cost more than padding does.
  choice.seconds = plain.seconds / 2;
  return {choice};
}

SmallVector<LayoutChoice> getLayoutChoices(Operation *op, DeviceAttr device) {
  Rates rates(device);
  LayoutChoice plain;
  plain.layouts.resize(op->getNumOperands() + op->getNumResults());
  double bytes = getBytes(op, plain.layouts), work = 0;
  // It reads weights with a stride, too.
  if (isa<ConvOp>(op)) {
    work =
        kPlainFactor * static_cast<double>(
                           cast<ComputeOpInterface>(op).getFlops().value_or(0));
    bytes *= kPlainFactor;
  }
  plain.seconds = rates.seconds(work, bytes);
  SmallVector<LayoutChoice> choices{plain};
  if (auto conv = dyn_cast<ConvOp>(op))
    llvm::append_range(choices, offerConv(conv, rates));
  else if (isa<MatMulOp, GemmOp>(op))
    llvm::append_range(choices, offerProduct(op, plain, device));
  else
    llvm::append_range(choices, offerBlocked(op, rates));
  return choices;
}

} // namespace autoglm::cpu
