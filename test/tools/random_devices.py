#!/usr/bin/env python3
"""Random graphs whose operations are spread over devices, as IR after `place`, without
the devices.

usage: random_devices.py write COUNT DEVICE... > placed.mlir
       random_devices.py compare COUNT ONE SEVERAL

The second form runs each entry of two bundles and compares the outputs bit for bit.
"""

import filecmp
import os
import random
import subprocess
import sys
import tempfile

TYPE = "tensor<4x16xf32>"


def graph(number, devices):
    """An entry: sums of earlier values, neighbours on one device in one segment."""
    rng = random.Random(number)
    values, lines = ["%x", "%z"], []
    for segment in range(rng.randint(3, 14)):
        device = rng.choice(devices)
        inner = {}

        def use(value, inner=inner):
            return inner.setdefault(value, f"%a{segment}_{len(inner)}")

        body, local = [], []
        for i in range(rng.randint(1, 3)):
            known = [use(value) for value in rng.sample(values[-8:], 2)]
            left, right = rng.sample(known + local, 2)
            local.append(f"%b{segment}_{i}")
            body.append(f"    {local[-1]} = autoglm.add {left}, {right} "
                        f'{{autoglm.precision = "f32"}} : ({TYPE}, {TYPE}) -> {TYPE}')
        results = [f"%v{segment}_{i}" for i in range(len(local))]
        values += results
        inputs = ", ".join(f"{a} = {v} : {TYPE}" for v, a in inner.items())
        types = ", ".join([TYPE] * len(results))
        lines += [f"  {', '.join(results)} = autoglm.segment @{device} ({inputs}) -> "
                  f"({types}) {{", *body,
                  f"    autoglm.yield {', '.join(local)} : {types}", "  }"]
    outputs = rng.sample(values[2:], min(3, len(values) - 2))
    signature = ", ".join(f'{TYPE} {{autoglm.name = "y{i}"}}'
                          for i in range(len(outputs)))
    return "\n".join([
        f'func.func @g{number}(%x: {TYPE} {{autoglm.name = "x"}}, '
        f'%z: {TYPE} {{autoglm.name = "z"}}) -> ({signature}) {{', *lines,
        f"  return {', '.join(outputs)} : {', '.join([TYPE] * len(outputs))}", "}"])


def compare(count, bundles):
    with tempfile.TemporaryDirectory() as work:
        for number in range(count):
            folders = []
            for i, bundle in enumerate(bundles):
                folders.append(os.path.join(work, f"{number}-{i}"))
                os.mkdir(folders[-1])
                subprocess.run(["autoglm-run", bundle, "--entry", f"g{number}",
                                "--random", str(number), "--output", folders[-1]],
                               check=True)
            names = sorted(os.listdir(folders[0]))
            _, different, missing = filecmp.cmpfiles(*folders, names, shallow=False)
            if different or missing or not names:
                sys.exit(f"g{number}: {different or missing or 'no outputs'} differ")
    print(f"{count} graphs are equal")


def main():
    if sys.argv[1] == "write":
        print("\n".join(graph(number, sys.argv[3:])
                        for number in range(int(sys.argv[2]))))
    else:
        compare(int(sys.argv[2]), sys.argv[3:])


if __name__ == "__main__":
    main()
