#!/usr/bin/env python3
"""Counts the vectors that hot loops store to the stack in every object that is
generated for test cases, and compares the numbers with a list, both ways.

usage: check_spills.py [--update] LIST CASES DEVICE...

CASES is a folder of cases. The list has a line "DEVICE CASE LOOPS SPILLS" for each of
those that have any; the devices are descriptors that say all that code depends on.
"""

import glob
import os
import subprocess
import sys
import tempfile

from count_spills import spills

HEADER = """\
# Vectors that the innermost loops with multiply-adds store to the stack, where they
# do: device, architecture, such loops, stores. Written by check_spills.py --update.
"""


def count(device, case):
    """Loops that spill, and what they spill."""
    with tempfile.TemporaryDirectory() as work:
        bundle = os.path.join(work, "model.agb")
        subprocess.run(["autoglm-compile", os.path.join(case, "model.onnx"),
                        "--device", device, "-o", bundle], check=True)
        subprocess.run(["autoglm-bundle", "extract", bundle, "-o",
                        os.path.join(work, "files")], check=True)
        found = [len(texts) for path in sorted(glob.glob(
            os.path.join(work, "files", "executables", "*.so")))
                 for _, texts in spills(path, reads=False)]
    return sum(map(bool, found)), sum(found), len(found)


def main():
    arguments = sys.argv[1:]
    update = arguments[:1] == ["--update"]
    if len(arguments) < 3 + update:
        sys.exit(__doc__)
    path, folder, *devices = arguments[update:]
    lines, loops = [], 0
    for device in devices:
        for case in sorted(os.listdir(folder)):
            spilling, stores, all_loops = count(device,
                                                os.path.join(folder, case))
            loops += all_loops
            if stores:
                lines.append(f"{device} {case} {spilling} {stores}")
    if update:
        with open(path, "w", encoding="utf-8") as file:
            file.write(HEADER + "".join(line + "\n" for line in lines))
        return 0
    with open(path, encoding="utf-8") as file:
        listed = [line.strip() for line in file if not line.startswith("#")]
    problems = ([f"not listed: {line}" for line in lines if line not in listed] +
                [f"listed and not so: {line}" for line in listed
                 if line not in lines])
    print("\n".join(problems + [f"{loops} loops"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
