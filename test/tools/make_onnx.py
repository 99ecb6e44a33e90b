#!/usr/bin/env python3
"""Writes an ONNX model from ONNX's textual form (see onnx.parser), so that the
fixtures of the tests can be read. The model is not checked: tests want bad ones.

usage: make_onnx.py FILE.onnxtext|- OUT.onnx [options]
"""

import argparse
import sys

import onnx
import onnx.parser


def make_external(model, name, location, offset, length):
    """Replaces the payload of initializer `name` by a reference to a file."""
    for tensor in model.graph.initializer:
        if tensor.name == name:
            break
    else:
        sys.exit(f"make_onnx.py: no initializer '{name}'")
    for field in ("raw_data", "float_data", "int32_data", "int64_data",
                  "double_data", "uint64_data"):
        tensor.ClearField(field)
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entries = {"location": location, "offset": offset, "length": length}
    for key, value in entries.items():
        if value is not None:
            tensor.external_data.add(key=key, value=str(value))


def fill(model, name):
    """Turns graph input `name` into an initializer of seeded normal values, for
    weights that are too large to be written out."""
    import numpy
    from onnx import numpy_helper
    for index, value in enumerate(model.graph.input):
        if value.name == name:
            break
    else:
        sys.exit(f"make_onnx.py: no input '{name}'")
    shape = [dim.dim_value for dim in value.type.tensor_type.shape.dim]
    del model.graph.input[index]
    data = numpy.random.RandomState(0).standard_normal(shape)
    model.graph.initializer.append(
        numpy_helper.from_array(data.astype(numpy.float32), name))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source")
    parser.add_argument("output")
    parser.add_argument("--check", action="store_true",
                        help="fail if onnx.checker does not accept the model")
    parser.add_argument("--fill", metavar="INPUT", action="append", default=[],
                        help="make it an initializer of seeded values")
    parser.add_argument("--external", metavar="INITIALIZER")
    parser.add_argument("--location", help="of the external data, as it stands")
    parser.add_argument("--offset", type=int)
    parser.add_argument("--length", type=int)
    args = parser.parse_args()

    text = sys.stdin.read() if args.source == "-" else open(args.source).read()
    # The parser knows no comments; lit's RUN lines are comments.
    text = "\n".join(line for line in text.splitlines()
                     if not line.lstrip().startswith(("//", "#")))
    try:
        model = onnx.parser.parse_model(text)
    except onnx.parser.ParseError as error:
        sys.exit(f"make_onnx.py: {args.source}: {error}")
    for name in args.fill:
        fill(model, name)
    if args.external:
        make_external(model, args.external, args.location, args.offset,
                      args.length)
    if args.check:
        onnx.checker.check_model(model, full_check=True)
    with open(args.output, "wb") as out:
        out.write(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
