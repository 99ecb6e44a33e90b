#!/usr/bin/env python3
"""Quantizes cases in the layout of ONNX's backend tests by onnxruntime's quantizer,
in QDQ form with 8 bits, calibrated on the cases' own inputs, and writes them as
cases of their own, with the outputs of onnxruntime without its optimizations.

usage: quantize_model.py OUT CASE...
"""

import argparse
import glob
import logging
import os

from onnxruntime.quantization import (CalibrationDataReader, QuantFormat,
                                      QuantType, quantize_static)

from case_files import make_session, read_set, write_set


class Reader(CalibrationDataReader):
    def __init__(self, sets):
        self.sets = iter([dict(inputs) for inputs in sets])

    def get_next(self):
        return next(self.sets, None)


def quantize(case, out):
    folder = os.path.join(out, os.path.basename(case))
    os.makedirs(folder, exist_ok=True)
    model = os.path.join(folder, "model.onnx")
    sets = [read_set(path, "input") for path
            in sorted(glob.glob(os.path.join(case, "test_data_set_*")))]
    quantize_static(os.path.join(case, "model.onnx"), model, Reader(sets),
                    quant_format=QuantFormat.QDQ, per_channel=True,
                    activation_type=QuantType.QInt8,
                    weight_type=QuantType.QInt8)
    session = make_session(model)
    names = [output.name for output in session.get_outputs()]
    for number, inputs in enumerate(sets):
        data = os.path.join(folder, f"test_data_set_{number}")
        write_set(data, "input", inputs)
        write_set(data, "output", zip(names, session.run(None, dict(inputs))))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("cases", nargs="+")
    args = parser.parse_args()
    # It advises to optimize the model first, which is not what is tested.
    logging.disable(logging.WARNING)
    for case in args.cases:
        quantize(case.rstrip("/"), args.out)


if __name__ == "__main__":
    main()
