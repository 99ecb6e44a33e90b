#!/usr/bin/env python3
"""unfuse_device.py DESCRIPTOR.json OUT.json [--plain MODULE.mlir]: the same device
with one operation for each kernel; with --plain it takes the operations of a module
alone, and attention only in its parts."""

import json
import re
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        device = json.load(file)
    device["name"] = "other-" + device["name"]
    device.pop("aliases", None)
    device["fusion"] = {"max_ops": {"value": 1, "source": "this test"}}
    if sys.argv[3:4] == ["--plain"]:
        with open(sys.argv[4], encoding="utf-8") as file:
            found = set(re.findall(r"= autoglm\.(\w+)", file.read()))
        # What the parts of an attention are made of, beside those.
        found |= {"reduce_max", "reduce_sum", "where", "equal", "less_or_equal",
                  "greater", "less", "and", "not", "cast", "exp", "div", "sub", "mul",
                  "add"}
        device["supported_ops"] = sorted(found - {"attention", "constant"})
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(device, file)


if __name__ == "__main__":
    main()
