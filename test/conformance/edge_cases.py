#!/usr/bin/env python3
"""Writes cases that ONNX's own do not have: NaN, infinities, ties, wrapping
integers, divisions by zero, empty tensors, half precision. NumPy gives the
expected outputs where it has the operator.

usage: edge_cases.py FOLDER
"""

import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

NAN, INF = np.nan, np.inf
F32 = np.float32


class Cases:
    def __init__(self, root):
        self.root = root

    def add(self, name, op, inputs, output, opset=17, **attributes):
        inputs = [np.asarray(value) for value in inputs]
        output = np.asarray(output)
        names = [f"x{index}" for index in range(len(inputs))]

        def info(tensor_name, value):
            kind = helper.np_dtype_to_tensor_dtype(value.dtype)
            return helper.make_tensor_value_info(tensor_name, kind, value.shape)

        graph = helper.make_graph(
            [helper.make_node(op, names, ["y"], **attributes)], name,
            [info(*pair) for pair in zip(names, inputs)], [info("y", output)])
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
        folder = os.path.join(self.root, name)
        data = os.path.join(folder, "test_data_set_0")
        os.makedirs(data)
        onnx.save(model, os.path.join(folder, "model.onnx"))
        for index, value in enumerate(inputs):
            self.write(data, f"input_{index}.pb", names[index], value)
        self.write(data, "output_0.pb", "y", output)

    @staticmethod
    def write(folder, file_name, tensor_name, value):
        tensor = numpy_helper.from_array(value, tensor_name)
        with open(os.path.join(folder, file_name), "wb") as file:
            file.write(tensor.SerializeToString())


def add_floats(cases):
    x = np.array([[1, NAN, -2, 0], [INF, -INF, 3, -0.0]], F32)
    y = np.array([[NAN, 1, 2, -1], [1, 1, NAN, 5]], F32)
    scalar = lambda value: np.array(value, F32)
    cases.add("max_nan", "Max", [x, y], np.maximum(x, y))
    cases.add("min_nan", "Min", [x, y], np.minimum(x, y))
    cases.add("relu_nan", "Relu", [x], np.maximum(x, F32(0)))
    cases.add("clip_nan", "Clip", [x, scalar(-1), scalar(2)],
              np.clip(x, F32(-1), F32(2)))
    cases.add("clip_limits_crossed", "Clip", [x, scalar(2), scalar(1)],
              np.minimum(np.maximum(x, F32(2)), F32(1)))
    cases.add("sign_nan", "Sign", [x], np.sign(x))
    cases.add("sigmoid_inf", "Sigmoid", [x], 1 / (1 + np.exp(-x)))
    cases.add("hard_sigmoid_nan", "HardSigmoid", [x],
              np.clip(F32(0.2) * x + F32(0.5), F32(0), F32(1)))
    cases.add("thresholded_relu_nan", "ThresholdedRelu", [x],
              np.where(x > 1, x, F32(0)))
    for op in ("Elu", "Celu"):
        cases.add(op.lower() + "_inf", op, [x],
                  np.where(x >= 0, x, np.expm1(x)))
    far = np.array([-1000, 1000, 0, NAN], F32)
    cases.add("softplus_far", "Softplus", [far],
              np.array([0, 1000, np.log(2), NAN], F32))
    cases.add("round_ties", "Round",
              [np.array([0.5, 1.5, 2.5, -0.5, -1.5, INF, NAN, 8388609], F32)],
              np.array([0, 2, 2, -0.0, -2, INF, NAN, 8388609], F32))
    domain = np.array([-2, -1, -0.5, 0, 0.5, 1, 2, NAN, INF], F32)
    for op, function in (("Asinh", np.arcsinh), ("Acosh", np.arccosh),
                         ("Atanh", np.arctanh), ("Sinh", np.sinh),
                         ("Asin", np.arcsin), ("Acos", np.arccos),
                         ("Log", np.log), ("Sqrt", np.sqrt)):
        cases.add(op.lower() + "_domain", op, [domain], function(domain))


def add_reductions(cases):
    x = np.array([[1, NAN, -2, 0], [INF, -INF, 3, -0.0]], F32)
    cases.add("reduce_max_nan", "ReduceMax", [x], x.max(1, keepdims=True),
              axes=[1])
    cases.add("reduce_min_nan", "ReduceMin", [x], x.min(1, keepdims=True),
              axes=[1])
    cases.add("argmax_nan", "ArgMax", [x], x.argmax(1)[:, None], axis=1)
    cases.add("argmin_nan", "ArgMin", [x], x.argmin(1)[:, None], axis=1)
    cases.add("max_pool_nan", "MaxPool", [np.array([[[1, NAN, 3, 2, 5]]], F32)],
              np.array([[[NAN, NAN, 3, 5]]], F32), kernel_shape=[2])
    # 1 to 9 in a corner that the last windows reach beyond.
    cases.add("average_pool_beyond", "AveragePool",
              [np.arange(1, 10, dtype=F32).reshape(1, 1, 3, 3)],
              np.array([[[[3, 4.5], [7.5, 9]]]], F32),
              kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1,
              count_include_pad=1)
    cases.add("softmax_inf", "Softmax",
              [np.array([[-INF, -INF, 0, 1], [1000, -1000, 3, 1000]], F32)],
              np.array([[0, 0, 0.26894142, 0.7310586], [0.5, 0, 0, 0.5]], F32))
    cases.add("log_sum_exp_far", "ReduceLogSumExp",
              [np.array([[1000, 1000], [-INF, 1]], F32)],
              np.array([[1000 + np.log(2)], [1]], F32), axes=[1])


def truncate(dividend, divisor):
    if divisor == 0:
        return 0
    quotient = abs(dividend) // abs(divisor)
    return quotient if (dividend < 0) == (divisor < 0) else -quotient


def add_integers(cases, dtype):
    limits, name = np.iinfo(dtype), np.dtype(dtype).name

    def wrapped(values):
        size = int(limits.max) - int(limits.min) + 1
        return np.array([(v - limits.min) % size + limits.min for v in values],
                        dtype)

    a = np.array([7, limits.min, limits.max, 3, 5, limits.min], dtype)
    last = -1 if limits.min < 0 else limits.max
    b = np.array([2, last, 2, 0, 8, 1], dtype)
    pairs = [(int(x), int(y)) for x, y in zip(a, b)]
    one = np.array(1, dtype), np.array(6, dtype)
    cases.add(f"div_{name}", "Div", [a, b],
              wrapped(truncate(x, y) for x, y in pairs))
    cases.add(f"mod_{name}", "Mod", [a, b],
              wrapped(x % y if y else 0 for x, y in pairs))
    cases.add(f"fmod_{name}", "Mod", [a, b],
              wrapped(x - y * truncate(x, y) if y else 0 for x, y in pairs),
              fmod=1)
    cases.add(f"add_{name}", "Add", [a, a], wrapped(2 * x for x, _ in pairs))
    cases.add(f"max_{name}", "Max", [a, b], np.maximum(a, b))
    cases.add(f"greater_{name}", "Greater", [a, b], a > b)
    cases.add(f"clip_{name}", "Clip", [a, *one], np.clip(a, *one))
    cases.add(f"argmax_{name}", "ArgMax", [a], np.array([a.argmax()]), axis=0)
    cases.add(f"reduce_max_{name}", "ReduceMax", [a], a.max(keepdims=True),
              axes=[0])
    cases.add(f"reduce_sum_{name}", "ReduceSum", [a],
              wrapped([sum(x for x, _ in pairs)]))
    cases.add(f"to_float_{name}", "Cast", [a], a.astype(F32),
              to=TensorProto.FLOAT)
    if limits.min < 0:
        cases.add(f"abs_{name}", "Abs", [a],
                  wrapped(abs(x) for x, _ in pairs))
        cases.add(f"neg_{name}", "Neg", [a], wrapped(-x for x, _ in pairs))


def add_casts_and_powers(cases):
    cases.add("pow_integers", "Pow",
              [np.array([2, -3, 2, 0, -1, 1], np.int32),
               np.array([10, 3, -1, 0, -3, -5], np.int32)],
              np.array([1024, -27, 0, 1, -1, 1], np.int32))
    cases.add("pow_of_integers_by_floats", "Pow",
              [np.array([2, -3, 2], np.int64), np.array([0.5, 2, -1], F32)],
              np.array([1, 9, 0], np.int64))
    cases.add("pow_of_floats_by_integers", "Pow",
              [np.array([2, 9, -8, 0], F32), np.array([-1, 2, 3, 0], np.int64)],
              np.array([0.5, 81, -512, 1], F32))
    cases.add("cast_float_int8", "Cast", [np.array([-1.9, 1.9, 100], F32)],
              np.array([-1, 1, 100], np.int8), to=TensorProto.INT8)
    cases.add("cast_int_uint8", "Cast", [np.array([300, -1], np.int32)],
              np.array([44, 255], np.uint8), to=TensorProto.UINT8)
    cases.add("cast_float_bool", "Cast", [np.array([NAN, 0.25, 0, -0.0], F32)],
              np.array([True, True, False, False]), to=TensorProto.BOOL)
    halves = np.array([1 + 2**-11, 1 + 3 * 2**-11, 65520, 1e-8, NAN], F32)
    cases.add("cast_float_half", "Cast", [halves], halves.astype(np.float16),
              to=TensorProto.FLOAT16)


def add_halves_and_empties(cases):
    half = np.array([1, 2.5, NAN, -3, 60000], np.float16)
    cases.add("add_half_overflow", "Add", [half, half], half + half)
    cases.add("exp_half", "Exp", [half],
              np.exp(half.astype(F32)).astype(np.float16))
    cases.add("softmax_half", "Softmax", [np.array([[1, 2, 3]], np.float16)],
              np.array([[0.09003, 0.2447, 0.6652]], np.float16))
    empty = np.zeros((0, 3), F32)
    cases.add("add_empty", "Add", [empty, np.ones((1, 3), F32)], empty)
    cases.add("reduce_sum_of_nothing", "ReduceSum", [np.zeros((2, 0), F32)],
              np.zeros((1, 1), F32))
    cases.add("reduce_max_of_nothing", "ReduceMax", [np.zeros((2, 0), F32)],
              np.full((2, 1), -INF, F32), axes=[1])
    cases.add("matmul_over_nothing", "MatMul",
              [np.zeros((2, 0), F32), np.zeros((0, 2), F32)],
              np.zeros((2, 2), F32))
    cases.add("concat_with_empty", "Concat", [empty, np.ones((1, 3), F32)],
              np.ones((1, 3), F32), axis=0)
    cases.add("gather_from_the_end", "Gather",
              [np.arange(6, dtype=F32).reshape(3, 2), np.array([-1, 0])],
              np.array([[4, 5], [0, 1]], F32))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    cases = Cases(sys.argv[1])
    with np.errstate(all="ignore"):
        add_floats(cases)
        add_reductions(cases)
        for dtype in (np.int8, np.int32, np.int64, np.uint8, np.uint64):
            add_integers(cases, dtype)
        add_casts_and_powers(cases)
        add_halves_and_empties(cases)


if __name__ == "__main__":
    main()
