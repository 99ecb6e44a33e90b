"""Cases in the layout of ONNX's backend tests, and who computes their outputs."""

import os

import onnx
import onnxruntime
from onnx import numpy_helper


def read_set(folder, kind):
    """The tensors of a data set as (name, array), in the model's order."""
    values = []
    while True:
        path = os.path.join(folder, f"{kind}_{len(values)}.pb")
        if not os.path.exists(path):
            return values
        tensor = onnx.load_tensor(path)
        values.append((tensor.name, numpy_helper.to_array(tensor)))


def write_set(folder, kind, values):
    os.makedirs(folder, exist_ok=True)
    for number, (name, array) in enumerate(values):
        with open(os.path.join(folder, f"{kind}_{number}.pb"), "wb") as file:
            file.write(numpy_helper.from_array(array, name).SerializeToString())


def make_session(model):
    """onnxruntime without its optimizations."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL)
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options,
                                        providers=["CPUExecutionProvider"])
