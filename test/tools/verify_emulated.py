#!/usr/bin/env python3
"""Compares bundles for another machine with the outputs of test cases, on an
emulator: compiles each case here, and runs it with a runtime that was built for that
machine (-DAUTOGLM_COMPILER=OFF and a toolchain file).

usage: verify_emulated.py DEVICE "EMULATOR AUTOGLM-RUN" CASE...

Floats agree within 1e-3 absolute and relative, everything else is equal.
"""

import os
import shlex
import subprocess
import sys
import tempfile

import numpy

from case_files import read_set


def differs(got, want):
    if got.shape != want.shape or got.dtype != want.dtype:
        return f"is {got.dtype}{got.shape}, expected {want.dtype}{want.shape}"
    tolerance = 1e-3 if want.dtype.kind == "f" else 0
    if numpy.allclose(got, want, tolerance, tolerance, equal_nan=True):
        return None
    return f"differs by {numpy.abs(got - want).max()}"


def verify(case, device, command, work):
    """What is wrong, or nothing."""
    model = os.path.join(case, "model.onnx")
    data = os.path.join(case, "test_data_set_0")
    bundle = os.path.join(work, "model.agb")
    steps = [["autoglm-compile", model, "--device", device, "-o", bundle],
             [*command, bundle, "--threads", "1", "--output", work]]
    for number, (name, array) in enumerate(read_set(data, "input")):
        path = os.path.join(work, f"input_{number}.npy")
        numpy.save(path, array)
        steps[1] += ["--input", f"{name}={path}"]
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode:
            return f"exit code {done.returncode}: {done.stderr.strip()}"
    for name, want in read_set(data, "output"):
        problem = differs(numpy.load(os.path.join(work, name + ".npy")), want)
        if problem:
            return f"output '{name}' {problem}"
    return None


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    device, command, cases = sys.argv[1], shlex.split(sys.argv[2]), sys.argv[3:]
    failed = 0
    for case in cases:
        with tempfile.TemporaryDirectory() as work:
            problem = verify(case, device, command, work)
        if problem:
            failed += 1
            print(f"{os.path.basename(case)}: {problem}")
    print(f"{len(cases)} cases: {len(cases) - failed} passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
