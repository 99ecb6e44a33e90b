#!/usr/bin/env python3
"""Runs a command over damaged copies of a file, each of which must be met with
the same grace: the command has to succeed every time (use exit-code).

usage: mangle.py truncate|flip ORIGINAL COPY [--every N] [--first N] -- COMMAND...

  truncate  the copy ends after 0, N, 2N, ... bytes
  flip      one bit of byte 0, N, 2N, ... is changed
  --first   additionally each single one of the first and last N bytes

Prints the output of each run; stops at the first run that fails.
"""

import argparse
import pathlib
import subprocess
import sys


def main():
    split = sys.argv.index("--")
    parser = argparse.ArgumentParser()
    parser.add_argument("how", choices=["truncate", "flip"])
    parser.add_argument("original", type=pathlib.Path)
    parser.add_argument("copy", type=pathlib.Path)
    parser.add_argument("--every", type=int, default=997)
    parser.add_argument("--first", type=int, default=0)
    args = parser.parse_args(sys.argv[1:split])
    command = sys.argv[split + 1:]

    data = args.original.read_bytes()
    positions = set(range(0, len(data), args.every))
    positions.update(range(min(args.first, len(data))))
    positions.update(range(max(0, len(data) - args.first), len(data)))
    for position in sorted(positions):
        if args.how == "truncate":
            damaged = data[:position]
        else:
            damaged = bytearray(data)
            damaged[position] ^= 1 << position % 8
        args.copy.write_bytes(damaged)
        run = subprocess.run(command, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True,
                             errors="replace")
        print(f"-- {args.how} at {position}\n{run.stdout}", end="")
        if run.returncode != 0:
            # Where lit shows it also if the output goes to a file.
            sys.exit(f"mangle.py: {args.how} at {position} of {len(data)}: "
                     f"the command failed\n{run.stdout}")
    args.copy.unlink()
    print(f"{len(positions)} damaged copies")


if __name__ == "__main__":
    main()
