#!/usr/bin/env python3
"""Makes test cases of graphs without weights, as strip_model.py writes them: a
folder for each, in the layout of ONNX's backend tests, with seeded weights, seeded
inputs, and the outputs of onnxruntime without its optimizations.

The weights keep values in range through any number of layers and let each of them
matter: matrices are scaled by what they sum over, and normalizations are not at
identity. Equal arguments give equal bytes.

usage: fill_model.py OUT GRAPH.onnxtext... [--bind NAME=SIZE,SIZE...]...
"""

import argparse
import os
import zlib

import numpy
import onnx
import onnx.parser
import onnxruntime
from onnx import numpy_helper

# How much of the second moment of normal values is left, as a factor that makes up
# for it; less than all of it where a sum with the unchanged values follows often.
GAINS = {"Relu": 1.75, "Clip": 1.75, "HardSwish": 4, "GlobalAveragePool": 4,
         "ReduceMean": 4}
# A product with one of these is a gate.
GATES = {"Sigmoid", "HardSigmoid"}
GATE_GAIN = 3
# Operations that pass the values of their first operand on.
MOVEMENTS = {"Cast", "Concat", "Expand", "Identity", "Reshape", "Slice",
             "Squeeze", "Transpose", "Unsqueeze"}


def normal(deviation):
    return lambda rng, shape: rng.standard_normal(shape) * deviation


def uniform(low, high):
    return lambda rng, shape: rng.uniform(low, high, shape)


def matrix(gain, *dimensions):
    """Normal values that keep the variance of what they are multiplied with, but
    for the gain; the dimensions are those that are summed over."""
    def draw(rng, shape):
        terms = numpy.prod([shape[dimension] for dimension in dimensions
                            if -len(shape) <= dimension < len(shape)])
        return rng.standard_normal(shape) * (gain / terms) ** 0.5
    return draw


class Graph:
    def __init__(self, model):
        self.graph = model.graph
        self.readers = {}
        for node in self.graph.node:
            for position, name in enumerate(node.input):
                self.readers.setdefault(name, []).append((node, position))
        self.makers = {name: node for node in self.graph.node
                       for name in node.output}
        self.weights = [value for value in self.graph.value_info
                        if value.name not in self.makers]
        self.shapes = {value.name: [dim.dim_value for dim in
                                    value.type.tensor_type.shape.dim]
                       for value in self.weights}

    def uses(self, name):
        """Who reads the values of `name` at which position, through movements."""
        for node, position in self.readers.get(name, []):
            if node.op_type in MOVEMENTS:
                if position == 0 or node.op_type == "Concat":
                    yield from self.uses(node.output[0])
            else:
                yield node, position

    def distribution(self, name):
        for node, position in self.uses(name):
            found = self.distribution_at(node, position, self.shapes[name])
            if found:
                return found
        return normal(0.05)  # An addend.

    def gain(self, name):
        """What makes up for the operations between the last sum of products and
        `name`."""
        gain = 1
        while name in self.makers:
            node = self.makers[name]
            makers = [self.makers.get(operand) for operand in node.input]
            gates = [maker is not None and maker.op_type in GATES
                     for maker in makers]
            if node.op_type == "Mul" and any(gates):
                gain *= GATE_GAIN
                name = node.input[0 if gates[1] else 1]
            elif node.op_type in GAINS or node.op_type in MOVEMENTS:
                gain *= GAINS.get(node.op_type, 1)
                name = node.input[0]
            else:
                break
        return gain

    def distribution_at(self, node, position, shape):
        attributes = {attribute.name: onnx.helper.get_attribute_value(attribute)
                      for attribute in node.attribute}
        if node.op_type == "Conv" and position == 1:
            return matrix(self.gain(node.input[0]), 1, 2, 3, 4)
        if node.op_type == "ConvTranspose" and position == 1:
            return matrix(self.gain(node.input[0]), 0)
        if node.op_type == "Gemm" and position == 1:
            return matrix(1, 1 if attributes.get("transB") else 0)
        if node.op_type == "MatMul":
            return matrix(1, -2 if position == 1 and len(shape) > 1 else -1)
        if node.op_type in ("LSTM", "GRU", "RNN") and position in (1, 2):
            return matrix(1, 2)
        if node.op_type == "Gather" and position == 0:
            return normal(0.3)
        if node.op_type == "BatchNormalization" and position == 1:
            return uniform(0.6, 1.2)
        if node.op_type == "BatchNormalization" and position == 3:
            return normal(0.1)
        if node.op_type == "BatchNormalization" and position == 4:
            return uniform(0.5, 1.5)
        if node.op_type.endswith("Normalization") and position == 1:
            return uniform(0.8, 1.2)
        if node.op_type == "Mul":
            return uniform(0.8, 1.2)
        return None

    def rows(self, name):
        """How many different integers an input may hold: the rows of the table
        that it is looked up in, otherwise two."""
        sizes = [self.shapes[node.input[0]][0] for node, position
                 in self.uses(name)
                 if node.op_type == "Gather" and position == 1 and
                 node.input[0] in self.shapes]
        return min(sizes, default=2)


def generator(*words):
    return numpy.random.default_rng(zlib.crc32("/".join(words).encode()))


def fill(model, seed):
    graph = Graph(model)
    for weight in graph.weights:
        draw = graph.distribution(weight.name)
        array = draw(generator(seed, weight.name), graph.shapes[weight.name])
        dtype = onnx.helper.tensor_dtype_to_np_dtype(
            weight.type.tensor_type.elem_type)
        model.graph.initializer.append(
            numpy_helper.from_array(array.astype(dtype), weight.name))
        model.graph.value_info.remove(weight)
    return graph


def make_input(graph, value, seed, sizes):
    tensor = value.type.tensor_type
    shape = []
    for dim in tensor.shape.dim:
        if dim.dim_param and dim.dim_param not in sizes:
            raise SystemExit(f"fill_model.py: dimension '{dim.dim_param}' of "
                             f"'{value.name}' needs --bind")
        shape.append(sizes[dim.dim_param] if dim.dim_param else dim.dim_value)
    rng = generator(seed, value.name)
    dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
    if dtype.kind == "f":
        return rng.standard_normal(shape).astype(dtype)
    return rng.integers(0, graph.rows(value.name), shape).astype(dtype)


def write_set(folder, kind, values):
    os.makedirs(folder, exist_ok=True)
    for number, (name, array) in enumerate(values):
        with open(os.path.join(folder, f"{kind}_{number}.pb"), "wb") as file:
            file.write(numpy_helper.from_array(array, name).SerializeToString())


def make_case(path, out, bindings):
    name = os.path.splitext(os.path.basename(path))[0]
    with open(path, encoding="utf-8") as file:
        model = onnx.parser.parse_model(file.read())
    graph = fill(model, name)
    onnx.checker.check_model(model, full_check=True)
    folder = os.path.join(out, name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "model.onnx"), "wb") as file:
        file.write(model.SerializeToString(deterministic=True))

    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        os.path.join(folder, "model.onnx"), options,
        providers=["CPUExecutionProvider"])
    is_static = not any(dim.dim_param for value in model.graph.input
                        for dim in value.type.tensor_type.shape.dim)
    for number, sizes in enumerate([{}] if is_static else bindings):
        inputs = [(value.name, make_input(graph, value, f"{name}/{number}",
                                          sizes))
                  for value in model.graph.input]
        outputs = session.run(None, dict(inputs))
        names = [value.name for value in model.graph.output]
        for output, array in zip(names, outputs):
            # Values that a tolerance says something about.
            if array.dtype.kind == "f" and not (
                    numpy.isfinite(array).all() and
                    0.01 < array.std() < 100):
                raise SystemExit(f"fill_model.py: {name}: output '{output}' has "
                                 f"the standard deviation {array.std()}")
        data = os.path.join(folder, f"test_data_set_{number}")
        write_set(data, "input", inputs)
        write_set(data, "output", list(zip(names, outputs)))


def parse_bindings(options):
    """--bind a=1,2 --bind b=3,4: [{a: 1, b: 3}, {a: 2, b: 4}]"""
    columns = {}
    for option in options:
        name, _, sizes = option.partition("=")
        columns[name] = [int(size) for size in sizes.split(",")]
    return [dict(zip(columns, row)) for row in zip(*columns.values())]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("graphs", nargs="+")
    parser.add_argument("--bind", metavar="NAME=SIZE,SIZE...", action="append",
                        default=[], help="a data set for each of the sizes")
    args = parser.parse_args()
    for path in args.graphs:
        make_case(path, args.out, parse_bindings(args.bind))


if __name__ == "__main__":
    main()
