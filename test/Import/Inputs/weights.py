"""Writes a model with two equal large initializers and a small one."""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

large = np.full((32, 64), 0.25, np.float32)
small = np.full((64,), 0.25, np.float32)
graph = helper.make_graph(
    [helper.make_node("Add", ["x", "a"], ["s"]),
     helper.make_node("Mul", ["s", "b"], ["t"]),
     helper.make_node("Add", ["t", "c"], ["y"])],
    "weights",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [32, 64])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, [32, 64])],
    [numpy_helper.from_array(large, "a"), numpy_helper.from_array(large, "b"),
     numpy_helper.from_array(small, "c")])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
model.ir_version = 8
onnx.save(model, sys.argv[1])
