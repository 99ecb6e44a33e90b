//===- Layout.cpp - how a tensor lies in memory -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/AutoGLM/Layout.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace autoglm {

//===----------------------------------------------------------------------===//
// Verification
//===----------------------------------------------------------------------===//

LogicalResult LayoutAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                 ArrayRef<int64_t> order,
                                 ArrayRef<int64_t> inner) {
  SmallVector<int64_t> sorted(order);
  llvm::sort(sorted);
  for (auto [index, dim] : llvm::enumerate(sorted))
    if (dim != static_cast<int64_t>(index))
      return emitError() << "order must be a permutation of 0 to "
                         << order.size() - 1;
  if (inner.size() % 2 != 0)
    return emitError() << "inner must be pairs of dimension and block size";
  for (size_t i = 0; i < inner.size(); i += 2) {
    if (inner[i] < 0 || inner[i] >= static_cast<int64_t>(order.size()))
      return emitError() << "inner names dimension " << inner[i] << " of "
                         << order.size();
    if (inner[i + 1] < 1)
      return emitError() << "block size " << inner[i + 1] << " is below 1";
  }
  return success();
}

LogicalResult
LayoutAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                           function_ref<InFlightDiagnostic()> emitError) const {
  size_t rank = shape.size(), blocks = getInner().size() / 2;
  ArrayRef<int64_t> order = getOrder();
  if (order.size() != rank && order.size() != rank + blocks)
    return emitError() << *this << " does not fit a tensor of rank " << rank;
  for (size_t i = 0; i < blocks; ++i) {
    if (getInner()[2 * i] >= static_cast<int64_t>(rank))
      return emitError() << "inner names dimension " << getInner()[2 * i]
                         << " of a tensor of rank " << rank;
    int64_t size = shape[getInner()[2 * i]], block = getInner()[2 * i + 1];
    if (!ShapedType::isDynamic(size) &&
        size > std::numeric_limits<int64_t>::max() - block)
      return emitError() << "block size " << block << " is too large";
  }
  // One way to write each layout, so that equal ones compare equal.
  bool isExplicit = blocks > 0 && order.size() == rank + blocks;
  for (size_t i = rank; isExplicit && i < order.size(); ++i)
    isExplicit = order[i] == static_cast<int64_t>(i);
  if (isExplicit)
    return emitError() << "order names blocks that are innermost anyway";
  return success();
}

//===----------------------------------------------------------------------===//
// Types in memory
//===----------------------------------------------------------------------===//

LayoutAttr getLayout(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? dyn_cast_or_null<LayoutAttr>(tensor.getEncoding())
                : LayoutAttr();
}

RankedTensorType withLayout(Type type, LayoutAttr layout) {
  auto tensor = cast<RankedTensorType>(type);
  return RankedTensorType::get(tensor.getShape(), tensor.getElementType(),
                               layout);
}

SmallVector<PhysicalDim> getPhysicalDims(RankedTensorType type) {
  int64_t rank = type.getRank();
  SmallVector<PhysicalDim> parts;
  for (int64_t dim = 0; dim < rank; ++dim)
    parts.push_back({dim, type.getDimSize(dim), 1});
  LayoutAttr layout = getLayout(type);
  if (!layout)
    return parts;
  ArrayRef<int64_t> inner = layout.getInner();
  // Each block divides the parts before it; the last has step 1.
  for (size_t i = 0; i < inner.size(); i += 2) {
    for (PhysicalDim &part : parts)
      if (part.dim == inner[i])
        part.step *= inner[i + 1];
    parts.push_back({inner[i], inner[i + 1], 1});
  }
  for (int64_t dim = 0; dim < rank; ++dim)
    if (!ShapedType::isDynamic(parts[dim].extent))
      parts[dim].extent = llvm::divideCeil(
          static_cast<uint64_t>(parts[dim].extent), parts[dim].step);
  SmallVector<PhysicalDim> ordered;
  for (int64_t index : layout.getOrder())
    ordered.push_back(parts[index]);
  for (size_t i = ordered.size(); i < parts.size(); ++i)
    ordered.push_back(parts[i]);
  return ordered;
}

RankedTensorType getPhysicalType(RankedTensorType type) {
  SmallVector<int64_t> shape;
  for (const PhysicalDim &part : getPhysicalDims(type))
    shape.push_back(part.extent);
  return RankedTensorType::get(shape, type.getElementType());
}

std::optional<int64_t> getPhysicalBytes(RankedTensorType type) {
  return getTensorBytes(getPhysicalType(type));
}

/// Dimensions in memory without those of one position, neighbours that are
/// counted through as one.
static SmallVector<PhysicalDim> getRuns(RankedTensorType type) {
  SmallVector<PhysicalDim> runs;
  for (const PhysicalDim &part : getPhysicalDims(type)) {
    if (part.extent == 1)
      continue;
    if (!runs.empty() && runs.back().dim == part.dim &&
        runs.back().step == part.extent * part.step)
      runs.back() = {part.dim, runs.back().extent * part.extent, part.step};
    else
      runs.push_back(part);
  }
  return runs;
}

bool isSameMemory(RankedTensorType from, RankedTensorType to) {
  if (from.getShape() != to.getShape())
    return false;
  auto has = getPhysicalBytes(from), needs = getPhysicalBytes(to);
  if (!has || !needs || *needs > *has)
    return getLayout(from) == getLayout(to);
  SmallVector<PhysicalDim> a = getRuns(from), b = getRuns(to);
  if (a.size() != b.size())
    return false;
  for (size_t i = 0; i < a.size(); ++i)
    // Padding at the very end moves nothing.
    if (a[i].dim != b[i].dim || a[i].step != b[i].step ||
        (i > 0 && a[i].extent != b[i].extent))
      return false;
  return true;
}

bool isView(Operation *op) {
  if (isa<QuantCastOp>(op))
    return true;
  if (auto reshape = dyn_cast<ReshapeOp>(op))
    return !getLayout(reshape.getInput()) && !getLayout(reshape.getOutput());
  auto relayout = dyn_cast<RelayoutOp>(op);
  return relayout &&
         isSameMemory(cast<RankedTensorType>(relayout.getInput().getType()),
                      relayout.getType());
}

} // namespace autoglm
