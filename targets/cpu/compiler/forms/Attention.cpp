//===- Attention.cpp - softmax(Q K') V as one kernel ------------*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A tile is a few vectors of queries of one head. Their scores are computed and
// kept transposed, keys by queries: then the softmax goes on in all lanes at
// once, and keys and values are read as they lie. Only the queries of the tile
// are transposed before.
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
#include "../KernelBuilder.h"
#include "../math/Expansions.h"
#include "Form.h"
#include "LoopBuilder.h"

using namespace mlir;

namespace autoglm::cpu {

namespace {
/// Writes one kernel.
class AttentionBuilder {
public:
  AttentionBuilder(FormBuilder &b, const AttentionKernel &kernel,
                   const MachineShape &machine);
  void run();

private:
  using Values = LoopBuilder::Values;

  void packQueries();
  /// Scores of `count` keys from `first` on; gives the new maxima.
  Values buildScores(Value first, int64_t count, Values maxima);
  Value addMask(Value score, Value key, int64_t part);
  /// Replaces scores by their exponentials, relative to the largest.
  Value exponentiate(MathBuilder &math, Value row, int64_t part, Value maximum);
  void buildSoftmax(Values maxima);
  void buildOutput();
  /// `rows` queries of the tile from `row` on, `columns` from `column` on.
  void buildOutputTile(Value row, int64_t rows, int64_t column,
                       int64_t columns);

  SmallVector<Value> locate(const HeadTensor &tensor, Value head, Value row,
                            Value column) const;
  Value splat(double number) {
    return buildNumber(b, b.getLoc(), vectorType, number);
  }
  Value fma(Value x, Value y, Value z) {
    if (machine.hasFma)
      return b.create<vector::FMAOp>(x, y, z);
    return b.create<arith::AddFOp>(b.create<arith::MulFOp>(x, y), z);
  }
  Value broadcast(Value x) {
    return b.create<vector::BroadcastOp>(vectorType, x);
  }
  Value loadVector(Value buffer, ValueRange at) {
    return b.create<vector::LoadOp>(vectorType, buffer, at);
  }

  FormBuilder &b;
  LoopBuilder loops;
  const AttentionKernel &kernel;
  const MachineShape &machine;
  int64_t lanes, parts;
  VectorType vectorType;
  bool hidesKeys;
  Value query, key, value, mask, output;
  /// Queries, dimension by query; scores, key by query; one over their sums.
  Value packed, scores, inverse;
  /// Of the tile that is being written.
  Value batch, head, keyHead, first;
};
} // namespace

AttentionBuilder::AttentionBuilder(FormBuilder &b,
                                   const AttentionKernel &kernel,
                                   const MachineShape &machine)
    : b(b), loops(b, b.getLoc()), kernel(kernel), machine(machine) {
  lanes = machine.vectorBytes / 4;
  while (lanes > 4 && lanes / 2 >= kernel.queries)
    lanes /= 2;
  // Twice as many lanes are as many queries as attention is asked for.
  parts = std::min<int64_t>(
      llvm::divideCeil(kernel.queries, lanes),
      std::min<int64_t>(32 / lanes, machine.registers > 16 ? 4 : 2));
  vectorType = VectorType::get(lanes, b.getF32Type());
  hidesKeys = kernel.op.getMask() || kernel.op.getCausalOffset();
}

SmallVector<Value> AttentionBuilder::locate(const HeadTensor &tensor,
                                            Value head, Value row,
                                            Value column) const {
  SmallVector<Value> at(4), indices{batch, head, row, column};
  for (auto [dim, index] : llvm::zip_equal(tensor.dims, indices))
    at[dim] = index;
  return at;
}

void AttentionBuilder::run() {
  AttentionOp op = kernel.op;
  query = b.getBuffer(kernel.query.buffer);
  key = b.getBuffer(kernel.key.buffer);
  value = b.getBuffer(kernel.value.buffer);
  if (op.getMask())
    mask = b.getBuffer(op.getMask());
  output = b.getResult(0);
  auto scratch = [&](int64_t rows) -> Value {
    return b.create<memref::AllocaOp>(
        MemRefType::get({rows, parts * lanes}, b.getF32Type()),
        b.getI64IntegerAttr(64));
  };
  packed = scratch(kernel.size);
  scores = scratch(kernel.keys);
  inverse = scratch(1);
  OpBuilder::InsertionGuard guard(b);
  int64_t atOnce = parts * lanes;
  auto tiles = static_cast<int64_t>(llvm::divideCeil(kernel.queries, atOnce));
  Values ivs = loops.forall({kernel.batch, kernel.heads, tiles});
  batch = ivs[0];
  head = ivs[1];
  keyHead = loops.divide(head, kernel.heads / kernel.keyHeads);
  // The last tile overlaps the one before.
  first = loops.multiply(ivs[2], atOnce);
  if (kernel.queries % atOnce != 0)
    first = loops.minimum(first, std::max<int64_t>(0, kernel.queries - atOnce));
  packQueries();
  // The rest is for queries, a key and addresses of constants.
  int64_t accumulators = machine.registers / 2;
  int64_t step = std::clamp<int64_t>(accumulators / parts, 1, 8);
  step = std::min(step, kernel.keys);
  int64_t whole = kernel.keys / step * step;
  Values maxima(parts, splat(-std::numeric_limits<double>::infinity()));
  maxima = loops.loop(0, whole, step, maxima, [&](Value at, Values carried) {
    return buildScores(at, step, std::move(carried));
  });
  if (whole < kernel.keys)
    maxima = buildScores(b.index(whole), kernel.keys - whole, maxima);
  buildSoftmax(maxima);
  buildOutput();
}

void AttentionBuilder::packQueries() {
  Value scale = buildNumber(b, b.getLoc(), b.getF32Type(),
                            kernel.op.getScale().convertToDouble());
  // Lanes behind the last query repeat it.
  auto row = [&](Value lane) {
    return loops.minimum(loops.add(first, lane), kernel.queries - 1);
  };
  int64_t whole = kernel.size / lanes * lanes;
  loops.loop(0, parts * lanes, lanes, {}, [&](Value part, Values) {
    loops.loop(0, whole, lanes, {}, [&](Value column, Values) {
      SmallVector<Value> square;
      for (int64_t i = 0; i < lanes; ++i)
        square.push_back(
            loadVector(query, locate(kernel.query, head,
                                     row(loops.add(part, i)), column)));
      square = transposeSquare(b, b.getLoc(), square);
      for (int64_t i = 0; i < lanes; ++i)
        b.create<vector::StoreOp>(
            b.create<arith::MulFOp>(square[i], broadcast(scale)), packed,
            ValueRange{loops.add(column, i), part});
      return Values();
    });
    loops.loop(whole, kernel.size, 1, {}, [&](Value column, Values) {
      loops.loop(0, lanes, 1, {}, [&](Value i, Values) {
        Value lane = loops.add(part, i);
        Value x = b.create<memref::LoadOp>(
            query, locate(kernel.query, head, row(lane), column));
        b.create<memref::StoreOp>(b.create<arith::MulFOp>(x, scale), packed,
                                  ValueRange{column, lane});
        return Values();
      });
      return Values();
    });
    return Values();
  });
}

Value AttentionBuilder::addMask(Value score, Value key, int64_t part) {
  Value hidden = splat(-std::numeric_limits<double>::infinity());
  int64_t at = part * lanes;
  if (auto offset = kernel.op.getCausalOffset()) {
    // Key j hides from query i where j - offset > i.
    auto type = VectorType::get(lanes, b.getIndexType());
    SmallVector<Attribute> steps;
    for (int64_t i = 0; i < lanes; ++i)
      steps.push_back(b.getIndexAttr(at + i));
    Value rows = b.create<arith::AddIOp>(
        b.create<vector::BroadcastOp>(type, first),
        b.create<arith::ConstantOp>(DenseElementsAttr::get(type, steps)));
    Value last =
        b.create<arith::SubIOp>(key, b.index(static_cast<int64_t>(*offset)));
    Value seen =
        b.create<arith::CmpIOp>(arith::CmpIPredicate::sge, rows,
                                b.create<vector::BroadcastOp>(type, last));
    score = b.create<arith::SelectOp>(seen, score, hidden);
  }
  if (!mask)
    return score;
  auto type = cast<RankedTensorType>(kernel.op.getMask().getType());
  Value row = loops.add(first, at);
  SmallVector<Value> index;
  SmallVector<Value> all{batch, head, row, key};
  for (int64_t i = 0, rank = type.getRank(); i < rank; ++i)
    index.push_back(type.getDimSize(i) == 1 ? b.index(0) : all[4 - rank + i]);
  bool isPerQuery =
      type.getRank() > 1 && type.getDimSize(type.getRank() - 2) != 1;
  Value own;
  if (isPerQuery) {
    auto steps = VectorType::get(lanes, b.getI32Type());
    SmallVector<int32_t> distances;
    for (int64_t i = 0; i < lanes; ++i)
      distances.push_back(static_cast<int32_t>(
          std::min(i, std::max<int64_t>(0, kernel.queries - 1 - at)) *
          type.getShape().back()));
    // A part that lies behind the last query repeats it.
    if (at >= kernel.queries)
      index[type.getRank() - 2] = b.index(kernel.queries - 1);
    auto stored = VectorType::get(lanes, getStorageType(type.getElementType()));
    auto all = VectorType::get(lanes, b.getI1Type());
    own = b.create<vector::GatherOp>(
        stored, mask, index,
        b.create<arith::ConstantOp>(
            DenseElementsAttr::get(steps, ArrayRef(distances))),
        b.create<arith::ConstantOp>(DenseElementsAttr::get(all, true)),
        buildNumber(b, b.getLoc(), stored, 0));
    own = loadElement(b, b.getLoc(), own, type.getElementType());
  } else {
    Value scalar = b.loadScalar(mask, index, type.getElementType());
    own = b.create<vector::BroadcastOp>(
        VectorType::get(lanes, scalar.getType()), scalar);
  }
  if (type.getElementType().isF32())
    return b.create<arith::AddFOp>(score, own);
  return b.create<arith::SelectOp>(own, score, hidden);
}

AttentionBuilder::Values AttentionBuilder::buildScores(Value at, int64_t count,
                                                       Values maxima) {
  Values sums = loops.loop(
      0, kernel.size, 1, Values(count * parts, splat(0)),
      [&](Value column, Values carried) {
        SmallVector<Value> queries;
        for (int64_t j = 0; j < parts; ++j)
          queries.push_back(loadVector(packed, {column, b.index(j * lanes)}));
        for (int64_t i = 0; i < count; ++i) {
          Value x = broadcast(b.create<memref::LoadOp>(
              key, locate(kernel.key, keyHead, loops.add(at, i), column)));
          for (int64_t j = 0; j < parts; ++j) {
            Value &sum = carried[i * parts + j];
            sum = fma(queries[j], x, sum);
          }
        }
        return carried;
      });
  for (int64_t i = 0; i < count; ++i)
    for (int64_t j = 0; j < parts; ++j) {
      Value row = loops.add(at, i);
      Value score = addMask(sums[i * parts + j], row, j);
      b.create<vector::StoreOp>(score, scores,
                                ValueRange{row, b.index(j * lanes)});
      // NaN is not larger; it comes back with the exponentials.
      Value isLarger =
          b.create<arith::CmpFOp>(arith::CmpFPredicate::OGT, score, maxima[j]);
      maxima[j] = b.create<arith::SelectOp>(isLarger, score, maxima[j]);
    }
  return maxima;
}

Value AttentionBuilder::exponentiate(MathBuilder &math, Value row, int64_t part,
                                     Value maximum) {
  SmallVector<Value> at{row, b.index(part * lanes)};
  Value e = math.exp(b.create<arith::SubFOp>(loadVector(scores, at), maximum),
                     {/*small=*/false, /*large=*/false});
  b.create<vector::StoreOp>(e, scores, at);
  return e;
}

void AttentionBuilder::buildSoftmax(Values maxima) {
  MathBuilder math(b, b.getLoc(), machine.hasFma);
  Value zero = splat(0), one = splat(1);
  Values blind(parts);
  for (int64_t j = 0; j < parts && hidesKeys; ++j) {
    // A query that sees no key gets zeros, not the quotient of nothing.
    blind[j] = b.create<arith::CmpFOp>(
        arith::CmpFPredicate::OEQ, maxima[j],
        splat(-std::numeric_limits<double>::infinity()));
    maxima[j] = b.create<arith::SelectOp>(blind[j], zero, maxima[j]);
  }
  // The constants of the exponential take most of few registers.
  int64_t together = machine.registers > 16 ? parts : 1;
  Values sums;
  for (int64_t from = 0; from < parts; from += together)
    llvm::append_range(
        sums, loops.loop(0, kernel.keys, 1,
                         Values(std::min(together, parts - from), zero),
                         [&](Value row, Values carried) {
                           for (auto [i, sum] : llvm::enumerate(carried)) {
                             auto j = from + static_cast<int64_t>(i);
                             Value e = exponentiate(math, row, j, maxima[j]);
                             sum = b.create<arith::AddFOp>(sum, e);
                           }
                           return carried;
                         }));
  for (int64_t j = 0; j < parts; ++j) {
    Value sum = sums[j];
    if (hidesKeys)
      sum = b.create<arith::SelectOp>(blind[j], one, sum);
    b.create<vector::StoreOp>(b.create<arith::DivFOp>(one, sum), inverse,
                              ValueRange{b.index(0), b.index(j * lanes)});
  }
}

void AttentionBuilder::buildOutput() {
  int64_t rows = std::min(parts * lanes, kernel.queries);
  int64_t accumulators = machine.registers * 3 / 4;
  int64_t wide = std::min<int64_t>(llvm::divideCeil(kernel.width, lanes), 4);
  if (machine.registers <= 16)
    wide = std::min<int64_t>(wide, 2);
  int64_t high = std::clamp<int64_t>(accumulators / wide, 1, 4);
  high = std::min(high, rows);
  int64_t whole = rows / high * high;
  for (int64_t column = 0; column < kernel.width; column += wide * lanes) {
    int64_t columns = std::min(wide * lanes, kernel.width - column);
    loops.loop(0, whole, high, {}, [&](Value row, Values) {
      buildOutputTile(row, high, column, columns);
      return Values();
    });
    if (whole < rows)
      buildOutputTile(b.index(whole), rows - whole, column, columns);
  }
}

void AttentionBuilder::buildOutputTile(Value row, int64_t rows, int64_t column,
                                       int64_t columns) {
  int64_t count = llvm::divideCeil(columns, lanes);
  Values sums = loops.loop(
      0, kernel.keys, 1, Values(rows * count, splat(0)),
      [&](Value at, Values carried) {
        SmallVector<Value> right;
        for (int64_t j = 0; j < count; ++j)
          right.push_back(b.loadVector(
              value,
              locate(kernel.value, keyHead, at, b.index(column + j * lanes)),
              lanes, b.getF32Type(), b.maskOf(columns - j * lanes, lanes)));
        for (int64_t i = 0; i < rows; ++i) {
          Value weight = broadcast(b.create<memref::LoadOp>(
              scores, ValueRange{at, loops.add(row, i)}));
          for (int64_t j = 0; j < count; ++j) {
            Value &sum = carried[i * count + j];
            sum = fma(weight, right[j], sum);
          }
        }
        return carried;
      });
  for (int64_t i = 0; i < rows; ++i) {
    Value own = loops.add(row, i);
    Value factor = broadcast(
        b.create<memref::LoadOp>(inverse, ValueRange{b.index(0), own}));
    for (int64_t j = 0; j < count; ++j)
      b.storeVector(b.create<arith::MulFOp>(sums[i * count + j], factor),
                    output,
                    locate(kernel.output, head, loops.add(first, own),
                           b.index(column + j * lanes)),
                    b.getF32Type(), b.maskOf(columns - j * lanes, lanes));
  }
}

func::FuncOp buildAttention(func::FuncOp source, const MachineShape &machine) {
  std::optional<AttentionKernel> kernel =
      AttentionKernel::match(source.getBody().front());
  if (!kernel)
    return {};
  FormBuilder b(source);
  AttentionBuilder(b, *kernel, machine).run();
  return b.finish();
}

} // namespace autoglm::cpu
