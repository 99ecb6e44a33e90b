#!/usr/bin/env python3
"""Runs a command with --trace, checks the trace, and prints the slices of the first run,
track by track in the order in which they began.

usage: check_trace.py [--overlap A,B:C,D] TRACE COMMAND...

FIRST and LAST in the command are cores that this process may use. With --overlap one of
the slices A and B has to run at the same time as one of C and D in some run; the command
gets some attempts, because the machine may be busy with something else.
"""

import json
import os
import subprocess
import sys

ATTEMPTS = 20


def fail(message):
    sys.exit(f"check_trace.py: {message}")


def end(slice_):
    return slice_["ts"] + slice_["dur"]


def read(path):
    """The slices by track name. Times have nanoseconds as their last digit."""
    with open(path, encoding="utf-8") as file:
        events = json.load(file)["traceEvents"]
    names = {event["tid"]: event["args"]["name"] for event in events
             if event["ph"] == "M" and event["name"] == "thread_name"}
    tracks = {name: [] for name in names.values()}
    for event in events:
        if event["ph"] == "X":
            tracks[names[event["tid"]]].append(event)
        elif event["ph"] != "M":
            fail(f"an event of the phase {event['ph']}")
    for name, slices in tracks.items():
        slices.sort(key=lambda slice_: slice_["ts"])
        for before, after in zip(slices, slices[1:]):
            if end(before) > after["ts"] + 0.002:
                fail(f"slices of '{name}' overlap: {before}, {after}")
    return tracks


def inside(slice_, run):
    return run["ts"] <= slice_["ts"] and end(slice_) <= end(run) + 0.002


def overlaps(tracks, first, second):
    slices = [slice_ for track in tracks.values() for slice_ in track]
    return any(a["ts"] < end(b) and b["ts"] < end(a)
               for a in slices if a["name"] in first
               for b in slices if b["name"] in second)


def main():
    arguments = sys.argv[1:]
    groups = None
    if arguments[0] == "--overlap":
        groups = [group.split(",") for group in arguments[1].split(":")]
        arguments = arguments[2:]
    path = arguments[0]
    cores = sorted(os.sched_getaffinity(0))
    command = [word.replace("FIRST", str(cores[0])).replace("LAST", str(cores[-1]))
               for word in arguments[1:]] + ["--trace", path]
    for attempt in range(ATTEMPTS if groups else 1):
        subprocess.run(command, check=True)
        tracks = read(path)
        if not groups or overlaps(tracks, *groups):
            break
    else:
        fail(f"no slices overlap in {ATTEMPTS} traces")
    runs = tracks["runs"]
    print("runs:", *(run["name"] for run in runs))
    for name, slices in tracks.items():
        for slice_ in slices:
            if name != "runs" and sum(inside(slice_, run) for run in runs) != 1:
                fail(f"{slice_} is in no run")
        if name != "runs":
            print(f"{name}:", *(slice_["name"] for slice_ in slices
                                if inside(slice_, runs[0])))
    if groups:
        print("overlap")


if __name__ == "__main__":
    main()
