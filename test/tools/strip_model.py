#!/usr/bin/env python3
"""Writes an exported ONNX model as text, without its weights and without what the
exporter noted about it, so that the graph can be kept with the tests. What is left
of a weight is its type, in the list after the graph's signature, without a value;
fill_model.py makes it a weight again.

usage: strip_model.py MODEL.onnx OUT.onnxtext
"""

import argparse

import numpy
import onnx
import onnx.parser
import onnx.printer
from onnx import numpy_helper

# Tensors that are not larger are kept: scales, bounds, shapes, axes.
SMALL = 8


def is_weight(array):
    """Floats that a training would have made. Tables that come with the
    architecture (masks, grids, angles) have few different values, as an untrained
    scale or bias, which is a vector, may have too."""
    if array.dtype.kind != "f" or array.size <= SMALL:
        return False
    is_vector = max(array.shape) == array.size
    return is_vector or len(numpy.unique(array)) > array.size // 2


def plain_names(model):
    """Renames every value to v<number> or w<number>, but for the entry's."""
    graph = model.graph
    kept = {value.name for value in [*graph.input, *graph.output]}
    names = {name: name for name in kept | {""}}
    made = [name for node in graph.node for name in node.output]
    for letter, values in (("w", [t.name for t in graph.initializer]),
                           ("v", made)):
        for name in values:
            if name not in names:
                names[name] = f"{letter}{len(names) - len(kept) - 1}"
    for tensor in graph.initializer:
        tensor.name = names[tensor.name]
    for number, node in enumerate(graph.node):
        node.name = f"{node.op_type.lower()}_{number}"
        for values in (node.input, node.output):
            values[:] = [names[name] for name in values]


def strip(model):
    graph = model.graph
    if model.functions or any(a.HasField("g") for n in graph.node
                              for a in n.attribute):
        raise SystemExit("strip_model.py: functions and subgraphs are not "
                         "handled")
    plain_names(model)
    weights, constants = [], []
    for tensor in graph.initializer:
        array = numpy_helper.to_array(tensor)
        if is_weight(array):
            weights.append(onnx.helper.make_tensor_value_info(
                tensor.name, tensor.data_type, list(tensor.dims)))
        else:
            constants.append(onnx.helper.make_tensor(
                tensor.name, tensor.data_type, list(tensor.dims),
                array.flatten().tolist()))
    nodes = []
    for node in graph.node:
        nodes.append(onnx.helper.make_node(node.op_type, node.input,
                                           node.output, node.name,
                                           domain=node.domain))
        nodes[-1].attribute.extend(node.attribute)

    def value(info):
        kept = onnx.ValueInfoProto(name=info.name)
        kept.type.CopyFrom(info.type)
        return kept
    graph = onnx.helper.make_graph(
        nodes, "main", [value(info) for info in graph.input],
        [value(info) for info in graph.output], constants, value_info=weights)
    stripped = onnx.helper.make_model(graph, ir_version=model.ir_version,
                                      opset_imports=model.opset_import)
    return stripped


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("output")
    args = parser.parse_args()
    text = onnx.printer.to_text(strip(onnx.load(args.model)))
    onnx.parser.parse_model(text)
    with open(args.output, "w", encoding="utf-8") as file:
        file.write(text.rstrip("\n") + "\n")


if __name__ == "__main__":
    main()
