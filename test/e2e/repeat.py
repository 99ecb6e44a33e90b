#!/usr/bin/env python3
"""Compiles each case twice, in different folders and with different -j, and
compares the bundles; runs them with different numbers of threads and compares the
outputs, byte for byte. What cannot be compiled is told and left out.

usage: repeat.py WORK DEVICE MINIMUM CASE...
"""

import filecmp
import os
import shutil
import subprocess
import sys

THREADS = (1, 2, 4)


def compile_in(folder, case, device, jobs):
    """The path of the bundle, or nothing if there is none."""
    os.makedirs(folder)
    model = os.path.join(folder, "model.onnx")
    shutil.copyfile(os.path.join(case, "model.onnx"), model)
    bundle = os.path.join(folder, "model.agb")
    done = subprocess.run(["autoglm-compile", model, "--device", device, "-j",
                           jobs, "-o", bundle], stderr=subprocess.PIPE,
                          text=True, check=False)
    os.remove(model)
    if done.returncode not in (0, 1):
        sys.exit(f"{case}: autoglm-compile ended with {done.returncode}: "
                 f"{done.stderr}")
    return bundle if done.returncode == 0 else None


def outputs(bundle, threads, folder):
    os.makedirs(folder)
    subprocess.run(["autoglm-run", bundle, "--random", "7", "--threads",
                    str(threads), "--output", folder], check=True)
    found = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as file:
            found[name] = file.read()
    return found


def check(case, work, device):
    """Whether the case could be compared; exits if something differs."""
    name = os.path.basename(case)
    one = compile_in(os.path.join(work, "one"), case, device, "1")
    two = compile_in(os.path.join(work, "two", "deeper"), case, device, "4")
    if one is None or two is None:
        print(f"{name} is not compiled")
        return False
    if not filecmp.cmp(one, two, shallow=False):
        sys.exit(f"{name}: two compilations give different bundles")
    runs = [outputs(one, threads, os.path.join(work, f"threads-{threads}"))
            for threads in THREADS]
    if not runs[0]:
        sys.exit(f"{name}: there are no outputs")
    for threads, run in zip(THREADS, runs):
        if run != runs[0]:
            sys.exit(f"{name}: {threads} threads give other outputs than 1")
    return True


def main():
    work, device, minimum, *cases = sys.argv[1:]
    compared = 0
    for case in cases:
        compared += check(case.rstrip("/"), work, device)
        shutil.rmtree(work)
    print(f"{compared} of {len(cases)} cases compared")
    if compared < int(minimum):
        sys.exit(f"expected {minimum} or more")


if __name__ == "__main__":
    main()
