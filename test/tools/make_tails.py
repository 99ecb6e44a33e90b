#!/usr/bin/env python3
"""Makes test cases of a 3 by 3 convolution and what may follow it in a network: the
operations that a kernel takes along, and those before which it has to end. Outputs
are onnxruntime's.

usage: make_tails.py OUT
"""

import os
import sys

import numpy
import onnx
import onnx.parser
from onnx import numpy_helper

from case_files import make_session, write_set
from fill_model import generator

# What makes y, and perhaps other outputs, of the convolution's result c. Lower-case
# names that nothing makes are the inputs and weights below.
TAILS = {
    "argmax": "y = ArgMax<axis=1>(c)",
    "bool": "zero = Constant<value=float {0.0}>() y = Greater(c, zero)",
    "branches": "y = Relu(c) z = Sigmoid(c)",
    "clip": "l = Constant<value=float {-0.5}>() h = Constant<value=float {0.7}>() "
            "y = Clip(c, l, h)",
    "concat": "y = Concat<axis=1>(c, c)",
    "half": "y = Cast<to=10>(c)",
    "gelu": "y = Gelu(c)",
    "mean": "y = GlobalAveragePool(c)",
    "mish": "y = Mish(c)",
    "per_batch": "y = Add(c, batch)",
    "per_channel": "y = Mul(c, channel)",
    "per_column": "y = Add(c, row)",
    "per_row": "y = Mul(c, column)",
    "prelu": "y = PRelu(c, channel)",
    "quantize": "s = Constant<value=float {0.05}>() "
                "p = Constant<value=int8 {3}>() q = QuantizeLinear(c, s, p) "
                "y = DequantizeLinear(q, s, p)",
    "residual": "d = Conv<pads=[1, 1, 1, 1]>(c, next) y = Add(c, d)",
    "resize": "f = Constant<value=float[4] {1.0, 1.0, 2.0, 2.0}>() "
              "y = Resize<mode=\"nearest\">(c, , f)",
    "silu": "t = Sigmoid(c) y = Mul(t, c)",
    "slice": "a = Constant<value=int64[1] {0}>() "
             "e = Constant<value=int64[1] {7}>() "
             "i = Constant<value=int64[1] {1}>() t = Slice(c, a, e, i) y = Relu(t)",
    "softmax": "y = Softmax<axis=1>(c)",
    "transpose": "t = Transpose<perm=[0, 2, 3, 1]>(c) y = Relu(t)",
    "where": "zero = Constant<value=float {0.0}>() g = Greater(c, zero) "
             "y = Where(g, c, batch)",
}
OUTPUTS = {"argmax": ["int64 y"], "bool": ["bool y"],
           "branches": ["float y", "float z"], "half": ["float16 y"]}
SIZE = 16
# Input and output channels: whole blocks of any machine, and not.
CHANNELS = [(32, 32), (16, 20)]


def make_case(out, tail, inputs, outputs):
    shapes = {"x": (1, inputs, SIZE, SIZE), "batch": (2, outputs, SIZE, SIZE),
              "row": (SIZE,), "column": (SIZE, 1)}
    weights = {"weight": (outputs, inputs, 3, 3), "bias": (outputs,),
               "channel": (outputs, 1, 1), "next": (outputs, outputs, 3, 3)}
    text = (f"c = Conv<pads=[1, 1, 1, 1]>(x, weight, bias) {TAILS[tail]}")
    signature = ", ".join(f"float{list(shape)} {name}"
                          for name, shape in shapes.items()
                          if name == "x" or f"{name})" in text)
    results = ", ".join(result.replace(" ", "[] ")
                        for result in OUTPUTS.get(tail, ["float y"]))
    model = onnx.parser.parse_model(
        f'<ir_version: 9, opset_import: ["" : 20]> '
        f"{tail} ({signature}) => ({results}) {{ {text} }}")
    for value in model.graph.output:
        value.type.tensor_type.ClearField("shape")
    name = f"{tail}-{outputs}"
    used = {operand for node in model.graph.node for operand in node.input}
    for weight in sorted(used & set(weights)):
        shape = weights[weight]
        deviation = numpy.prod(shape[1:]) ** -0.5 if len(shape) == 4 else 0.5
        array = generator(name, weight).standard_normal(shape) * deviation
        model.graph.initializer.append(
            numpy_helper.from_array(array.astype(numpy.float32), weight))
    folder = os.path.join(out, name)
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "model.onnx")
    onnx.save(model, path)
    feeds = {value.name: generator(name, value.name).standard_normal(
        shapes[value.name]).astype(numpy.float32)
             for value in model.graph.input}
    data = os.path.join(folder, "test_data_set_0")
    write_set(data, "input", list(feeds.items()))
    write_set(data, "output", [(value.name, array) for value, array in zip(
        model.graph.output, make_session(path).run(None, feeds))])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for tail in TAILS:
        for inputs, outputs in CHANNELS:
            make_case(sys.argv[1], tail, inputs, outputs)


if __name__ == "__main__":
    main()
