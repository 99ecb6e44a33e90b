#!/usr/bin/env python3
"""make_graphs.py [--graphs N] [--seed S] OUT.mlir: seeded random graphs as one
module in the state after 'import'.

Each function @gI holds a hundred graphs, which have inputs and results of their own:
so a thousand of them are one compilation and ten runs. Operations and operands are
random: products with constant weights, convolutions, pools, reductions, softmax and
normalizations, elementwise chains with broadcasts and residuals, transpositions,
slices and concatenations, attention with heads that share keys, integers. Sizes are
few, so that most kernels of the graphs are equal.
"""

import argparse
import random
import struct

FLOAT_UNARY = ("relu", "tanh", "sigmoid", "neg", "abs", "gelu")
INT_BINARY = ("add", "mul", "sub", "max", "min")


def tensor(shape, element="f32"):
    return f"tensor<{'x'.join(map(str, shape))}{'x' if shape else ''}{element}>"


class Graph:
    """Writes the body of one function."""

    def __init__(self, index, rng, kind):
        self.index = index
        self.rng = rng
        self.kind = kind
        self.lines = []
        self.inputs = []
        self.count = 0

    def name(self):
        self.count += 1
        return f"%g{self.index}_{self.count}"

    def input(self, shape, element="f32"):
        value = f"%x{self.index}_{len(self.inputs)}"
        self.inputs.append((value, tensor(shape, element)))
        return value, tuple(shape), element

    def weight(self, shape, scale):
        """One of three constants of a shape."""
        rng = random.Random(f"{shape}{self.rng.randrange(3)}")
        size = 1
        for dim in shape:
            size *= dim
        data = struct.pack(f"<{size}f", *(rng.gauss(0, scale) for _ in range(size)))
        text = f'"0x{data.hex().upper()}"' if size > 1 else f"{rng.gauss(0, 1):e}"
        return self.constant(text, shape, "f32")

    def constant(self, text, shape, element):
        value = self.name()
        self.lines.append(
            f"{value} = autoglm.constant dense<{text}> : {tensor(shape, element)}")
        return value, tuple(shape), element

    def op(self, name, operands, results, attributes=""):
        """Appends an operation; `results` are (shape, element)."""
        values = [self.name() for _ in results]
        ins = ", ".join(tensor(s, e) for _, s, e in operands)
        outs = ", ".join(tensor(s, e) for s, e in results)
        if len(results) != 1:
            outs = f"({outs})"
        self.lines.append(
            f"{', '.join(values)} = autoglm.{name} "
            f"{', '.join(v for v, _, _ in operands)}"
            f"{' {' + attributes + '}' if attributes else ''} : ({ins}) -> {outs}")
        made = [(v, tuple(s), e) for v, (s, e) in zip(values, results)]
        return made[0] if len(made) == 1 else made

    def unary(self, x):
        return self.op(self.rng.choice(FLOAT_UNARY), [x], [x[1:]])

    def binary(self, x, y, name=None):
        pair = [x, y] if self.rng.random() < 0.7 else [y, x]
        return self.op(name or self.rng.choice(("add", "mul", "sub", "max")), pair,
                       [x[1:]])

    # What one step of each kind of graph can be.

    def matrix_step(self, pool):
        rng, x = self.rng, self.rng.choice(pool[-3:])
        rows, columns = x[1]
        choice = rng.randrange(11)
        if choice <= 1:
            return self.op("matmul", [x, self.weight((columns, columns), 0.15)],
                           [x[1:]])
        if choice == 2:
            product = self.op("matmul", [x, self.weight((columns, columns), 0.15)],
                              [x[1:]])
            return self.binary(product, self.weight((columns,), 0.5), "add")
        if choice <= 4:
            return self.unary(x)
        if choice == 5:
            return self.binary(x, rng.choice(pool))
        if choice == 6:
            shape = rng.choice(((columns,), (rows, 1), (1, columns), ()))
            return self.binary(x, self.weight(shape, 0.5))
        if choice == 7:
            name = rng.choice(("reduce_mean", "reduce_max", "reduce_sum"))
            reduced = self.op(name, [x], [((rows, 1), "f32")],
                              "axes = array<i64: -1>")
            return self.binary(x, self.op("tanh", [reduced], [reduced[1:]]))
        if choice == 8:
            if rng.random() < 0.5:
                return self.op("softmax", [x], [x[1:]])
            made = self.op(
                "layer_normalization",
                [x, self.weight((columns,), 0.5), self.weight((columns,), 0.5)],
                [x[1:], ((rows, 1), "f32"), ((rows, 1), "f32")], "axis = -1 : i64")
            return made[0]
        if choice == 9:
            turned = self.op("transpose", [x], [((columns, rows), "f32")],
                             "perm = array<i64: 1, 0>")
            turned = self.unary(turned)
            return self.op("transpose", [turned], [x[1:]], "perm = array<i64: 1, 0>")
        halves = self.op("split", [x], [((rows, columns // 2), "f32")] * 2,
                         f"axis = 1 : i64, sizes = array<i64: {columns // 2}, "
                         f"{columns // 2}>")
        halves[1] = self.unary(halves[1])
        return self.op("concat", [halves[1], halves[0]], [x[1:]], "axis = 1 : i64")

    def image_step(self, pool):
        rng, x = self.rng, self.rng.choice(pool[-3:])
        channels = x[1][1]
        choice = rng.randrange(8)
        window = "pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 1, 1>, " \
                 "dilations = array<i64: 1, 1>"
        if choice <= 2:
            return self.op("conv", [x, self.weight((channels, channels, 3, 3), 0.12),
                                    self.weight((channels,), 0.3)], [x[1:]], window)
        if choice == 3:
            return self.op("max_pool", [x], [x[1:]],
                           "kernel_shape = array<i64: 3, 3>, " + window)
        if choice == 4:
            return self.binary(x, rng.choice(pool))
        if choice == 5:
            return self.binary(x, self.weight((channels, 1, 1), 0.5))
        if choice == 6:
            mean = self.op("global_average_pool", [x],
                           [((1, channels, 1, 1), "f32")])
            gate = self.op("sigmoid", [mean], [mean[1:]])
            return self.binary(x, gate, "mul")
        return self.unary(x)

    def integer_step(self, pool):
        rng, x = self.rng, self.rng.choice(pool[-3:])
        if rng.random() < 0.2:
            return self.op(rng.choice(("neg", "abs")), [x], [x[1:]])
        return self.op(rng.choice(INT_BINARY), [x, rng.choice(pool)], [x[1:]])

    def attention(self):
        rng = self.rng
        heads, shared, size = 4, rng.choice((1, 2)), rng.choice((16, 12))
        queries, keys = rng.choice((8, 19, 40)), rng.choice((8, 21))
        if rng.random() < 0.4:
            return self.whole_attention(heads, shared, size, queries, keys)
        own = heads // shared
        query = self.input((1, queries, heads, size))
        key = self.input((1, keys, own, size))
        value = self.input((1, keys, own, size))
        order = "perm = array<i64: 0, 2, 1, 3>"
        query = self.op("transpose", [query], [((1, heads, queries, size), "f32")],
                        order)
        key = self.op("transpose", [key], [((1, own, keys, size), "f32")], order)
        value = self.op("transpose", [value], [((1, own, keys, size), "f32")], order)

        def repeat(x):
            if shared == 1:
                return x
            shape = lambda dims: self.constant(
                str(list(dims)), (len(dims),), "i64")
            one, many = (1, own, 1, keys, size), (1, own, shared, keys, size)
            x = self.op("reshape", [x, shape(one)], [(one, "f32")])
            x = self.op("expand", [x, shape(many)], [(many, "f32")])
            full = (1, heads, keys, size)
            return self.op("reshape", [x, shape(full)], [(full, "f32")])

        key, value = repeat(key), repeat(value)
        key = self.op("transpose", [key], [((1, heads, size, keys), "f32")],
                      "perm = array<i64: 0, 1, 3, 2>")
        scores = self.op("matmul", [query, key],
                         [((1, heads, queries, keys), "f32")])
        scores = self.op("mul", [scores, self.constant("2.5e-1", (), "f32")],
                         [scores[1:]])
        mask = rng.choice((None, (1, 1, 1, keys), (1, 1, queries, keys),
                           (queries, keys)))
        if mask:
            scores = self.binary(scores, self.input(mask), "add")
        scores = self.op("softmax", [scores], [scores[1:]])
        result = self.op("matmul", [scores, value],
                         [((1, heads, queries, size), "f32")])
        if rng.random() < 0.7:
            result = self.op("transpose", [result],
                             [((1, queries, heads, size), "f32")], order)
        return self.unary(result) if rng.random() < 0.5 else result

    def whole_attention(self, heads, shared, size, queries, keys):
        """The operator as ONNX has it, with masks of bools and hidden keys."""
        rng, own = self.rng, heads // shared
        operands = [self.input((1, heads, queries, size)),
                    self.input((1, own, keys, size)),
                    self.input((1, own, keys, size + 4))]
        if mask := rng.choice((None, (1, 1, 1, keys), (queries, keys))):
            operands.append(self.input(mask, rng.choice(("i1", "f32"))))
        attributes = (f"operandSegmentSizes = array<i32: 1, 1, 1, {int(bool(mask))}, "
                      "0>, scale = 2.5e-1 : f32, softmax_type = f32")
        if rng.random() < 0.5:
            attributes += f", causal_offset = {rng.choice((-2, 0, 3))} : i64"
        made = self.op("attention", operands,
                       [((1, heads, queries, size + 4), "f32"),
                        ((1, heads, queries, keys), "f32")], attributes)
        return made[0]

    def build(self):
        if self.kind == "attention":
            return [self.attention()]
        shape, element, step = {
            "matrix": ((6, 32), "f32", self.matrix_step),
            "image": ((1, 16, 6, 6), "f32", self.image_step),
            "integer": ((5, 24), "i32", self.integer_step),
        }[self.kind]
        pool = [self.input(shape, element) for _ in range(2)]
        for _ in range(self.rng.randrange(3, 8)):
            pool.append(step(pool))
        results = [pool[-1]]
        # A value that others use may also be a result.
        if self.rng.random() < 0.3:
            results.append(pool[-2])
        return results


GRAPHS_PER_FUNCTION = 100


def write(function, first, count, seed):
    inputs, lines, results = [], [], []
    for index in range(first, first + count):
        rng = random.Random(f"{seed}/{index}")
        kind = rng.choices(("matrix", "image", "integer", "attention"),
                           (60, 20, 10, 10))[0]
        graph = Graph(index, rng, kind)
        results += [(f"g{index}.{i}", v, tensor(s, e))
                    for i, (v, s, e) in enumerate(graph.build())]
        inputs += graph.inputs
        lines += graph.lines
    arguments = ", ".join(f'{v}: {t} {{autoglm.name = "{v[1:]}"}}' for v, t in inputs)
    named = ", ".join(f'{t} {{autoglm.name = "{n}"}}' for n, _, t in results)
    body = "\n".join("  " + line for line in lines)
    return (f"func.func @g{function}({arguments}) -> ({named}) {{\n{body}\n"
            f"  return {', '.join(v for _, v, _ in results)} : "
            f"{', '.join(t for _, _, t in results)}\n}}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--graphs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("output")
    options = parser.parse_args()
    functions = []
    for first in range(0, options.graphs, GRAPHS_PER_FUNCTION):
        count = min(GRAPHS_PER_FUNCTION, options.graphs - first)
        functions.append(write(len(functions), first, count, options.seed))
    with open(options.output, "w", encoding="ascii") as out:
        out.write("\n".join(functions) + "\n")


if __name__ == "__main__":
    main()
