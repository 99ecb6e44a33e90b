//===- WinogradConv.cpp - loops of a Winograd convolution -*- C++ -*-===//
//
// Part of Open-AutoGLM. SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WinogradConv.h"

#include "Form.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace autoglm::cpu {

namespace {
/// Results and inputs along one side of a square.
constexpr int64_t kResults = 4, kInputs = 6;
constexpr int64_t kProducts = kInputs * kInputs;
/// What transformed inputs take of the stack at most.
constexpr int64_t kMaxInputBytes = 320 << 10;

/// Of a square of inputs, with those that fill the last block.
int64_t channelsOf(const ConvShape &shape) {
  return shape.inputBlocks() * shape.lanes;
}

/// One convolution while it is written.
struct WinogradConv {
  using Values = LoopBuilder::Values;

  LoopBuilder &loops;
  const ConvShape &shape;
  const ConvKernel &kernel;
  /// Blocks of result channels of one product.
  int64_t blocks;
  /// Squares along a row, squares that are transformed together, and squares of
  /// one tile of a product.
  int64_t across, squares, tile;
  /// Channels in one loop body of a product.
  int64_t unroll;
  /// Transformed inputs [36][squares, channels], products
  /// [36][squares, blocks of lanes], both with a vector more per product, so
  /// that products do not compete for the same lines of the cache; and a square
  /// while it is transformed.
  Value inputs, products, square, results;

  int64_t lanes = shape.lanes;
  int64_t channels = channelsOf(shape);
  VectorType type = VectorType::get(lanes, loops.builder.getF32Type());

  void transformInputs(Value image, Value part);
  void multiply(Value group);
  void transformResults(Value image, Value part, Value group);

private:
  Value load(Value buffer, ValueRange at) {
    return loops.builder.create<vector::LoadOp>(loops.loc, type, buffer, at);
  }
  void store(Value value, Value buffer, ValueRange at) {
    loops.builder.create<vector::StoreOp>(loops.loc, value, buffer, at);
  }
  Value add(Value a, Value b) {
    return loops.builder.create<arith::AddFOp>(loops.loc, a, b);
  }
  Value subtract(Value a, Value b) {
    return loops.builder.create<arith::SubFOp>(loops.loc, a, b);
  }
  /// a * factor + b.
  Value scale(Value a, float factor, Value b) {
    Value number = loops.builder.create<arith::ConstantOp>(
        loops.loc, DenseElementsAttr::get(type, factor));
    return loops.builder.create<vector::FMAOp>(loops.loc, a, number, b);
  }
  Values transformInput(ArrayRef<Value> d);
  Values transformResult(ArrayRef<Value> m);
  void transformSquare(Value block, Value number,
                       llvm::function_ref<Value(int64_t y, Value x)> input);
  void forEachSquare(
      Value part,
      llvm::function_ref<void(Value top, Value left, Value number)> body);
};
} // namespace

/// One side of B^T d B.
LoopBuilder::Values WinogradConv::transformInput(ArrayRef<Value> d) {
  Value a = scale(d[2], -4, d[4]), b = scale(d[1], -4, d[3]);
  Value c = subtract(d[4], d[2]), e = subtract(d[3], d[1]);
  return {scale(d[0], 4, scale(d[2], -5, d[4])),
          add(a, b),
          subtract(a, b),
          scale(e, 2, c),
          scale(e, -2, c),
          scale(d[1], 4, scale(d[3], -5, d[5]))};
}

/// One side of A^T m A.
LoopBuilder::Values WinogradConv::transformResult(ArrayRef<Value> m) {
  Value a = add(m[1], m[2]), b = subtract(m[1], m[2]);
  Value c = add(m[3], m[4]), e = subtract(m[3], m[4]);
  return {add(add(m[0], a), c), scale(e, 2, b), scale(c, 4, a),
          add(scale(e, 8, b), m[5])};
}

/// The squares of a part, by the position of their first result, which may be
/// beyond the last row.
void WinogradConv::forEachSquare(
    Value part,
    llvm::function_ref<void(Value top, Value left, Value number)> body) {
  loops.loop(0, squares, 1, {}, [&](Value number, Values) {
    Value at = loops.add(loops.multiply(part, squares), number);
    body(loops.multiply(loops.divide(at, across), kResults),
         loops.multiply(loops.remainder(at, across), kResults), number);
    return Values();
  });
}

void WinogradConv::transformSquare(
    Value block, Value number,
    llvm::function_ref<Value(int64_t, Value)> input) {
  Value zero = loops.constant(0);
  loops.loop(0, kInputs, 1, {}, [&](Value x, Values) {
    Values column;
    for (int64_t y = 0; y < kInputs; ++y)
      column.push_back(input(y, x));
    for (auto [y, value] : llvm::enumerate(transformInput(column)))
      store(value, square, {loops.constant(y), x, zero});
    return Values();
  });
  Value channel =
      loops.add(loops.multiply(number, channels), loops.multiply(block, lanes));
  loops.loop(0, kInputs, 1, {}, [&](Value y, Values) {
    Values line;
    for (int64_t x = 0; x < kInputs; ++x)
      line.push_back(load(square, {y, loops.constant(x), zero}));
    Value product = loops.multiply(y, kInputs);
    for (auto [x, value] : llvm::enumerate(transformInput(line)))
      store(value, inputs,
            {loops.add(product, static_cast<int64_t>(x)), channel});
    return Values();
  });
}

void WinogradConv::transformInputs(Value image, Value part) {
  int64_t height = shape.rows.input, width = shape.columns.input;
  auto transform = [&](Value block, Value top, Value left, Value number) {
    // The first input of the square, perhaps outside.
    Value y0 = loops.add(top, -shape.rows.pad);
    Value x0 = loops.add(left, -shape.columns.pad);
    Value plane = loops.add(loops.multiply(image, shape.inputBlocks()), block);
    Value first = loops.multiply(
        loops.add(
            loops.multiply(loops.add(loops.multiply(plane, height), y0), width),
            x0),
        lanes);
    auto positionOf = [&](int64_t y, Value x) {
      return loops.add(loops.add(first, loops.multiply(x, lanes)),
                       y * width * lanes);
    };
    auto between = [&](Value at, int64_t high) -> Value {
      // Negative positions are large unsigned ones.
      return loops.builder.create<arith::CmpIOp>(
          loops.loc, arith::CmpIPredicate::ult, at, loops.constant(high));
    };
    auto both = [&](Value a, Value b) -> Value {
      return loops.builder.create<arith::AndIOp>(loops.loc, a, b);
    };
    Value isInside = both(
        both(between(y0, height), between(loops.add(y0, kInputs - 1), height)),
        both(between(x0, width), between(loops.add(x0, kInputs - 1), width)));
    auto branch = loops.builder.create<scf::IfOp>(loops.loc, isInside,
                                                  /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(loops.builder);
    loops.builder.setInsertionPointToStart(branch.thenBlock());
    transformSquare(block, number, [&](int64_t y, Value x) {
      return load(kernel.input, positionOf(y, x));
    });
    loops.builder.setInsertionPointToStart(branch.elseBlock());
    Value zero = loops.builder.create<arith::ConstantOp>(
        loops.loc, loops.builder.getZeroAttr(type));
    auto maskType = VectorType::get(lanes, loops.builder.getI1Type());
    transformSquare(block, number, [&](int64_t y, Value x) -> Value {
      Value mask = loops.builder.create<vector::BroadcastOp>(
          loops.loc, maskType,
          both(between(loops.add(y0, y), height),
               between(loops.add(x0, x), width)));
      return loops.builder.create<vector::MaskedLoadOp>(
          loops.loc, type, kernel.input, positionOf(y, x), mask, zero);
    });
  };
  loops.loop(0, shape.inputBlocks(), 1, {}, [&](Value block, Values) {
    forEachSquare(part, [&](Value top, Value left, Value number) {
      transform(block, top, left, number);
    });
    return Values();
  });
}

/// The 36 products of one group of result channels.
void WinogradConv::multiply(Value group) {
  int64_t inputsOf = shape.inputs, width = blocks * lanes;
  Value zero = loops.builder.create<arith::ConstantOp>(
      loops.loc, loops.builder.getZeroAttr(type));
  auto buildTile = [&](Value product, Value weight, Value first,
                       int64_t count) {
    Value row = loops.multiply(first, channels);
    Values sums = loops.loop(
        0, inputsOf, unroll, Values(count * blocks, zero),
        [&](Value channel, Values sums) {
          for (int64_t i = 0; i < unroll; ++i) {
            Value at = loops.add(channel, i);
            Value weights = loops.add(
                loops.add(weight, loops.multiply(channel, width)), i * width);
            Values factors;
            for (int64_t block = 0; block < blocks; ++block)
              factors.push_back(
                  load(kernel.weight, loops.add(weights, block * lanes)));
            for (int64_t number = 0; number < count; ++number) {
              Value element = loops.builder.create<memref::LoadOp>(
                  loops.loc, inputs,
                  ValueRange{product,
                             loops.add(loops.add(row, at), number * channels)});
              Value spread = loops.builder.create<vector::BroadcastOp>(
                  loops.loc, type, element);
              for (int64_t block = 0; block < blocks; ++block) {
                Value &sum = sums[number * blocks + block];
                sum = loops.builder.create<vector::FMAOp>(loops.loc, spread,
                                                          factors[block], sum);
              }
            }
          }
          return sums;
        });
    for (int64_t number = 0; number < count; ++number)
      for (int64_t block = 0; block < blocks; ++block)
        store(sums[number * blocks + block], products,
              {product, loops.add(loops.multiply(first, width),
                                  number * width + block * lanes)});
  };
  loops.loop(0, kProducts, 1, {}, [&](Value product, Values) {
    Value weight =
        loops.multiply(loops.add(loops.multiply(group, kProducts), product),
                       shape.inputs * width);
    int64_t whole = squares / tile * tile;
    loops.loop(0, whole, tile, {}, [&](Value first, Values) {
      buildTile(product, weight, first, tile);
      return Values();
    });
    if (whole < squares)
      buildTile(product, weight, loops.constant(whole), squares - whole);
    return Values();
  });
}

void WinogradConv::transformResults(Value image, Value part, Value group) {
  Value zero = loops.constant(0);
  auto transform = [&](Value inner, Value top, Value left, Value number) {
    Value block = loops.add(loops.multiply(group, blocks), inner);
    Value channel = loops.add(loops.multiply(number, blocks * lanes),
                              loops.multiply(inner, lanes));
    loops.loop(0, kInputs, 1, {}, [&](Value x, Values) {
      Values column;
      for (int64_t y = 0; y < kInputs; ++y)
        column.push_back(load(products, {loops.add(x, y * kInputs), channel}));
      for (auto [y, value] : llvm::enumerate(transformResult(column)))
        store(value, square, {loops.constant(y), x, zero});
      return Values();
    });
    Value start = kernel.start(block);
    loops.loop(0, kResults, 1, {}, [&](Value y, Values) {
      Values line;
      for (int64_t x = 0; x < kInputs; ++x)
        line.push_back(load(square, {y, loops.constant(x), zero}));
      for (auto [x, value] : llvm::enumerate(transformResult(line)))
        store(add(value, start), results, {y, loops.constant(x), zero});
      return Values();
    });
    // Squares may reach beyond the result.
    auto least = [&](Value first, int64_t size) {
      return loops.minimum(loops.add(loops.multiply(first, -1), size),
                           kResults);
    };
    Value width = least(left, shape.columns.output);
    loops.loop(
        zero, least(top, shape.rows.output), 1, {}, [&](Value y, Values) {
          loops.loop(zero, width, 1, {}, [&](Value x, Values) {
            Value sum = load(results, {y, x, zero});
            kernel.finish({image, block, loops.add(top, y), loops.add(left, x),
                           /*blocks=*/1, /*pixels=*/1, sum});
            return Values();
          });
          return Values();
        });
  };
  markConstants(loops.builder, loops.loc);
  loops.loop(0, blocks, 1, {}, [&](Value inner, Values) {
    forEachSquare(part, [&](Value top, Value left, Value number) {
      transform(inner, top, left, number);
    });
    return Values();
  });
}

static int64_t blocksOfProduct(const ConvShape &shape) {
  return shape.outputBlocks() % 2 == 0 ? 2 : 1;
}

/// Of its transformed inputs.
static int64_t bytesOfSquare(const ConvShape &shape) {
  return kProducts * channelsOf(shape) * static_cast<int64_t>(sizeof(float));
}

bool isWinogradFaster(const ConvShape &shape) {
  const int64_t minSquares = 8;
  for (const Window &window : {shape.rows, shape.columns})
    if (window.taps != 3 || window.stride != 1 || window.dilation != 1)
      return false;
  auto along = [](const Window &window) {
    return llvm::divideCeil(window.output, kResults);
  };
  int64_t squares = along(shape.rows) * along(shape.columns);
  int64_t results = shape.rows.output * shape.columns.output;
  return shape.groups == 1 && shape.hasRows &&
         shape.inputLanes == shape.lanes && shape.inputs >= shape.lanes &&
         shape.outputs >= shape.lanes && squares >= minSquares &&
         bytesOfSquare(shape) <= kMaxInputBytes &&
         2 * results > squares * kResults * kResults;
}

LayoutAttr getWinogradLayout(const ConvShape &shape, MLIRContext *context) {
  return LayoutAttr::get(context, {0, 2, 3, 1},
                         {0, blocksOfProduct(shape) * shape.lanes});
}

void buildWinogradConv(
    LoopBuilder &loops, const ConvShape &shape, const MachineShape &machine,
    const ConvKernel &kernel,
    llvm::function_ref<Value(ArrayRef<int64_t> shape)> scratch) {
  OpBuilder::InsertionGuard guard(loops.builder);
  int64_t blocks = blocksOfProduct(shape);
  int64_t across = llvm::divideCeil(shape.columns.output, kResults);
  int64_t total = across * llvm::divideCeil(shape.rows.output, kResults);
  // Transformed inputs stay in the second cache beside the weights of a group.
  const int64_t maxSquares = 16;
  int64_t most = std::clamp<int64_t>(
      std::min(machine.l2Bytes / 3, kMaxInputBytes) / bytesOfSquare(shape), 1,
      maxSquares);
  int64_t parts = llvm::divideCeil(total, most);
  int64_t squares = llvm::divideCeil(total, parts);
  int64_t budget = std::min<int64_t>(machine.registers - 4, 16) / blocks;
  int64_t tile = llvm::divideCeil(squares, llvm::divideCeil(squares, budget));
  int64_t unroll = unrollFor(tile, blocks, shape, machine);
  int64_t groups = shape.outputBlocks() / blocks;
  // Few parts are cut once more by result channels; each transforms the inputs
  // again, which is little beside the products.
  const int64_t minParts = 8;
  int64_t cuts = std::min<int64_t>(groups, llvm::divideCeil(minParts, parts));
  int64_t perCut = llvm::divideCeil(groups, cuts);
  cuts = llvm::divideCeil(groups, perCut);
  LoopBuilder::Values ivs = loops.forall({shape.batch, parts, cuts});
  WinogradConv conv{
      loops,
      shape,
      kernel,
      blocks,
      across,
      squares,
      tile,
      shape.inputs % unroll == 0 ? unroll : 1,
      scratch({kProducts, squares * channelsOf(shape) + shape.lanes}),
      scratch({kProducts, (squares * blocks + 1) * shape.lanes}),
      scratch({kInputs, kInputs, shape.lanes}),
      scratch({kResults, kResults, shape.lanes})};
  conv.transformInputs(ivs[0], ivs[1]);
  Value first = loops.multiply(ivs[2], perCut);
  Value last = loops.minimum(loops.add(first, perCut), groups);
  loops.loop(first, last, 1, {}, [&](Value group, LoopBuilder::Values) {
    conv.multiply(group);
    conv.transformResults(ivs[0], ivs[1], group);
    return LoopBuilder::Values();
  });
}

} // namespace autoglm::cpu
