"""Writes a case whose axes are an input, with other axes in each data set."""

import os
import sys

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

root = sys.argv[1]
os.makedirs(root, exist_ok=True)
graph = helper.make_graph(
    [helper.make_node("ReduceSum", ["x", "axes"], ["y"], keepdims=0)], "axes",
    [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 3]),
     helper.make_tensor_value_info("axes", TensorProto.INT64, [1])],
    [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n"])])
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)],
                       ir_version=8), os.path.join(root, "model.onnx"))
x = np.arange(6, dtype=np.float32).reshape(2, 3)
for index, axis in enumerate((0, -1)):
    folder = os.path.join(root, f"test_data_set_{index}")
    os.makedirs(folder, exist_ok=True)
    tensors = {"input_0": ("x", x), "input_1": ("axes", np.array([axis])),
               "output_0": ("y", x.sum(axis=axis))}
    for name, (tensor, value) in tensors.items():
        with open(os.path.join(folder, name + ".pb"), "wb") as file:
            file.write(numpy_helper.from_array(value, tensor)
                       .SerializeToString())
