#!/usr/bin/env python3
"""Makes test cases of graphs without weights, as strip_model.py writes them: a
folder for each, in the layout of ONNX's backend tests, with seeded weights, seeded
inputs, and the outputs of onnxruntime without its optimizations.

The weights keep values in range through any number of layers and let each of them
matter: a matrix is scaled until what it gives has about the deviation one, layer
after layer (LSUV: Mishkin and Matas, "All you need is a good init", 2016), and
normalizations are not at identity. Scales are powers of two, so that equal arguments
give equal weights on any machine.

usage: fill_model.py OUT GRAPH.onnxtext... [--bind NAME=SIZE,SIZE...]...
"""

import argparse
import os
import zlib

import numpy
import onnx
import onnx.parser
from onnx import numpy_helper

from case_files import make_session, write_set

# Operations that pass the values of their first operand on.
MOVEMENTS = {"Cast", "Concat", "Expand", "Identity", "Reshape", "Slice",
             "Squeeze", "Transpose", "Unsqueeze"}


def normal(deviation):
    return lambda rng, shape: rng.standard_normal(shape) * deviation


def uniform(low, high):
    return lambda rng, shape: rng.uniform(low, high, shape)


def matrix(*dimensions):
    """Normal values that keep the second moment of what they are multiplied with;
    the dimensions are those that are summed over."""
    def draw(rng, shape):
        terms = numpy.prod([shape[dimension] for dimension in dimensions
                            if -len(shape) <= dimension < len(shape)])
        return rng.standard_normal(shape) * terms ** -0.5
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

    def origin(self, name):
        """What `name` is a movement of."""
        while name in self.makers and self.makers[name].op_type in MOVEMENTS:
            name = self.makers[name].input[0]
        return name

    def copies(self, name):
        """`name` and its movements."""
        yield name
        for node, position in self.readers.get(name, []):
            if position == 0 and node.op_type in MOVEMENTS:
                yield from self.copies(node.output[0])

    def distribution(self, name):
        for node, position in self.uses(name):
            found = self.distribution_at(node, position, self.shapes[name])
            if found:
                return found
        return normal(0.05)  # An addend.

    def distribution_at(self, node, position, shape):
        attributes = {attribute.name: onnx.helper.get_attribute_value(attribute)
                      for attribute in node.attribute}
        if node.op_type == "Conv" and position == 1:
            return matrix(2, 3, 4)
        if node.op_type == "ConvTranspose" and position == 1:
            return matrix(0)
        if node.op_type == "Gemm" and position == 1:
            return matrix(1 if attributes.get("transB") else 0)
        if node.op_type == "MatMul":
            return matrix(-2 if position == 1 and len(shape) > 1 else -1)
        if node.op_type in ("LSTM", "GRU", "RNN") and position in (1, 2):
            return matrix(2)
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


SUMS = {"Conv", "ConvTranspose", "Gemm", "MatMul"}


def run_node(model, node, values):
    """The results of one node of `model` as onnxruntime computes it."""
    names = [name for name in node.input if name]
    single = onnx.helper.make_model(
        onnx.helper.make_graph(
            [node], "node",
            [onnx.helper.make_tensor_value_info(
                name, onnx.helper.np_dtype_to_tensor_dtype(values[name].dtype),
                values[name].shape) for name in dict.fromkeys(names)],
            [onnx.helper.make_empty_tensor_value_info(name)
             for name in node.output if name]),
        opset_imports=model.opset_import, functions=model.functions,
        ir_version=model.ir_version)
    return make_session(single.SerializeToString()).run(
        None, {name: values[name] for name in names})


def calibrate(model, graph, inputs):
    """Scales the weights of sums of products, in the order of the nodes."""
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    values = {name: numpy_helper.to_array(tensor)
              for name, tensor in weights.items()} | dict(inputs)
    scaled = set()
    for node in model.graph.node:
        results = run_node(model, node, values)
        factor = 1
        if node.op_type in SUMS and results[0].std() > 0:
            factor = 2.0 ** -numpy.round(numpy.log2(results[0].std()))
        weight = next((name for name in map(graph.origin, node.input[:2])
                       if name in weights), None)
        if factor != 1 and weight and weight not in scaled:
            array = values[weight] * values[weight].dtype.type(factor)
            weights[weight].CopyFrom(numpy_helper.from_array(array, weight))
            for name in graph.copies(weight):
                values[name] = values[name] * values[name].dtype.type(factor)
            results = run_node(model, node, values)
        scaled.add(weight)
        values.update(zip([name for name in node.output if name], results))


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


def make_case(path, out, bindings):
    name = os.path.splitext(os.path.basename(path))[0]
    with open(path, encoding="utf-8") as file:
        model = onnx.parser.parse_model(file.read())
    graph = fill(model, name)
    onnx.checker.check_model(model, full_check=True)
    is_static = not any(dim.dim_param for value in model.graph.input
                        for dim in value.type.tensor_type.shape.dim)
    sets = [[(value.name, make_input(graph, value, f"{name}/{number}", sizes))
             for value in model.graph.input]
            for number, sizes in enumerate([{}] if is_static else bindings)]
    calibrate(model, graph, sets[0])
    folder = os.path.join(out, name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "model.onnx"), "wb") as file:
        file.write(model.SerializeToString(deterministic=True))

    session = make_session(os.path.join(folder, "model.onnx"))
    for number, inputs in enumerate(sets):
        outputs = session.run(None, dict(inputs))
        names = [value.name for value in model.graph.output]
        for output, array in zip(names, outputs):
            # Values that a tolerance says something about.
            if array.dtype.kind == "f" and not (
                    numpy.isfinite(array).all() and
                    0.1 < array.std() < 100):
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
