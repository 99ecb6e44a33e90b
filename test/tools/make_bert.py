#!/usr/bin/env python3
"""make_bert.py OUT: BERT-base (12 layers, 768 wide, 12 heads, 128 tokens) as a folder
with a model whose weights are all zeros in one sparse file that they share."""

import os
import sys

import onnx
from onnx import TensorProto, helper

LAYERS, WIDTH, HEADS, LENGTH, WORDS = 12, 768, 12, 128, 30522
FLOAT, INT = TensorProto.FLOAT, TensorProto.INT64


class Builder:
    def __init__(self):
        self.nodes, self.weights = [], {}

    def weight(self, shape):
        name = "w" + "x".join(map(str, shape))
        if name not in self.weights:
            tensor = TensorProto(name=name, data_type=FLOAT, dims=shape,
                                 data_location=TensorProto.EXTERNAL)
            size = 4
            for dim in shape:
                size *= dim
            for key, value in (("location", "zeros.bin"), ("offset", "0"),
                               ("length", str(size))):
                tensor.external_data.add(key=key, value=value)
            self.weights[name] = tensor
        return name

    def own_weight(self, shape):
        """One that is no other's: products of one layer differ."""
        name = f"own{len(self.weights)}"
        self.weights[name] = TensorProto()
        self.weights[name].CopyFrom(self.weights[self.weight(shape)])
        self.weights[name].name = name
        return name

    def ints(self, *values):
        name = "i" + "_".join(map(str, values))
        self.weights[name] = helper.make_tensor(name, INT, [len(values)], values)
        return name

    def number(self, value):
        name = f"n{value}"
        self.weights[name] = helper.make_tensor(name, FLOAT, [], [value])
        return name

    def op(self, kind, *inputs, **attributes):
        name = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name,
                                           **attributes))
        return name

    def linear(self, x, rows, columns):
        product = self.op("MatMul", x, self.own_weight([rows, columns]))
        return self.op("Add", product, self.weight([columns]))

    def heads(self, x, perm):
        split = self.op("Reshape", x, self.ints(1, LENGTH, HEADS, WIDTH // HEADS))
        return self.op("Transpose", split, perm=perm)

    def normalize(self, x):
        return self.op("LayerNormalization", x, self.weight([WIDTH]),
                       self.weight([WIDTH]), axis=-1)

    def layer(self, x, mask):
        query = self.heads(self.linear(x, WIDTH, WIDTH), [0, 2, 1, 3])
        key = self.heads(self.linear(x, WIDTH, WIDTH), [0, 2, 3, 1])
        value = self.heads(self.linear(x, WIDTH, WIDTH), [0, 2, 1, 3])
        scores = self.op("Mul", self.op("MatMul", query, key), self.number(0.125))
        scores = self.op("Softmax", self.op("Add", scores, mask), axis=-1)
        heads = self.op("Transpose", self.op("MatMul", scores, value),
                        perm=[0, 2, 1, 3])
        joined = self.op("Reshape", heads, self.ints(1, LENGTH, WIDTH))
        x = self.normalize(self.op("Add", self.linear(joined, WIDTH, WIDTH), x))
        inner = self.op("Gelu", self.linear(x, WIDTH, 4 * WIDTH))
        return self.normalize(
            self.op("Add", self.linear(inner, 4 * WIDTH, WIDTH), x))

    def build(self):
        mask = self.op("Cast", "attention_mask", to=FLOAT)
        mask = self.op("Sub", self.number(1.0), mask)
        mask = self.op("Mul", mask, self.number(-10000.0))
        words = self.op("Gather", self.weight([WORDS, WIDTH]), "input_ids")
        kinds = self.op("Gather", self.weight([2, WIDTH]), "token_type_ids")
        x = self.op("Add", words, kinds)
        x = self.normalize(self.op("Add", x, self.weight([1, LENGTH, WIDTH])))
        for _ in range(LAYERS):
            x = self.layer(x, mask)
        first = self.op("Gather", x, self.ints(0), axis=1)
        first = self.op("Reshape", first, self.ints(1, WIDTH))
        return x, self.op("Tanh", self.linear(first, WIDTH, WIDTH))


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    builder = Builder()
    outputs = builder.build()
    inputs = [helper.make_tensor_value_info(name, INT, shape) for name, shape in (
        ("input_ids", [1, LENGTH]), ("attention_mask", [1, 1, 1, LENGTH]),
        ("token_type_ids", [1, LENGTH]))]
    results = [helper.make_tensor_value_info(outputs[0], FLOAT, [1, LENGTH, WIDTH]),
               helper.make_tensor_value_info(outputs[1], FLOAT, [1, WIDTH])]
    graph = helper.make_graph(builder.nodes, "bert", inputs, results,
                              list(builder.weights.values()))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)],
                              ir_version=10)
    onnx.save(model, os.path.join(folder, "model.onnx"))
    with open(os.path.join(folder, "zeros.bin"), "wb") as file:
        file.truncate(4 * WORDS * WIDTH)


if __name__ == "__main__":
    main()
