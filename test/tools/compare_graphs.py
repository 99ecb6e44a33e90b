#!/usr/bin/env python3
"""compare_graphs.py [--threads N] A.agb B.agb: runs every entry of two bundles of
the same graphs with the same inputs and compares what comes out.

Floats have to agree within 1e-5 + 1e-5 |y| (what operators are held to), integers have
to be equal. Prints the graphs that differ and exits 1, or how many agree.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy


def run(bundle, entry, folder, threads):
    output = os.path.join(folder, "out.npz")
    subprocess.run(["autoglm-run", bundle, "--entry", entry, "--random", "7",
                    "--threads", str(threads), "--output", output], check=True,
                   stdout=subprocess.DEVNULL)
    with numpy.load(output) as arrays:
        return {name: arrays[name] for name in arrays.files}


def agree(ours, theirs):
    if ours.dtype.kind != "f":
        return numpy.array_equal(ours, theirs)
    return numpy.allclose(ours, theirs, rtol=1e-5, atol=1e-5, equal_nan=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("bundles", nargs=2)
    options = parser.parse_args()
    inspected = subprocess.run(
        ["autoglm-bundle", "inspect", options.bundles[0], "--json"], check=True,
        capture_output=True, text=True)
    entries = [e["name"] for e in json.loads(inspected.stdout)["manifest"]["entries"]]
    count, bad = set(), []
    with tempfile.TemporaryDirectory() as folder:
        for entry in entries:
            ours, theirs = (run(bundle, entry, folder, options.threads)
                            for bundle in options.bundles)
            if ours.keys() != theirs.keys():
                sys.exit(f"{entry}: the bundles have other outputs")
            count.update(name.split(".")[0] for name in ours)
            bad += [name for name in ours if not agree(ours[name], theirs[name])]
            for name in ours:
                if name in bad and ours[name].dtype.kind == "f":
                    print(name, "differs by",
                          float(numpy.max(numpy.abs(ours[name] - theirs[name]))))
    for name in bad:
        print(name, "differs")
    if bad or not count:
        sys.exit(1)
    print(len(count), "graphs agree")


if __name__ == "__main__":
    main()
