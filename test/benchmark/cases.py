"""Cases in the layout of ONNX's backend tests, as arrays."""

import glob

import numpy
import onnx
from onnx import numpy_helper


def number(path):
    return int(path.rsplit("_", 1)[1].removesuffix(".pb"))


def tensor_files(case, kind):
    paths = glob.glob(f"{case}/test_data_set_0/{kind}_*.pb")
    return sorted(paths, key=number)


def load_tensors(case, kind):
    """The inputs or outputs of the first data set, in the model's order."""
    tensors = []
    for path in tensor_files(case, kind):
        tensor = onnx.TensorProto()
        with open(path, "rb") as file:
            tensor.ParseFromString(file.read())
        tensors.append(numpy_helper.to_array(tensor))
    return tensors


class Model:
    """What the comparison has to know of a model."""

    def __init__(self, case):
        graph = onnx.load(f"{case}/model.onnx", load_external_data=False).graph
        weights = {i.name for i in graph.initializer}
        self.inputs = [i.name for i in graph.input if i.name not in weights]
        self.outputs = [o.name for o in graph.output]
        self.weight_bytes = 0
        for tensor in graph.initializer:
            dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
            count = int(numpy.prod(tensor.dims, dtype=numpy.int64))
            self.weight_bytes += count * dtype.itemsize


def difference(results, expected):
    """The largest absolute difference; infinite for what is not comparable."""
    largest = 0.0
    for result, wanted in zip(results, expected, strict=True):
        if result.shape != wanted.shape:
            return float("inf")
        a = numpy.asarray(result, dtype=numpy.float64)
        b = numpy.asarray(wanted, dtype=numpy.float64)
        # Equal infinities differ by nothing; a NaN only equals a NaN.
        same = (a == b) | (numpy.isnan(a) & numpy.isnan(b))
        if not same.all():
            distance = numpy.abs(a[~same] - b[~same])
            largest = max(largest, float(
                numpy.nan_to_num(distance, nan=numpy.inf).max()))
    return largest
