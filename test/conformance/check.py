#!/usr/bin/env python3
"""Runs autoglm-verify over a folder of cases and compares the result with the
list of the cases that do not pass.

The list is grouped by backend, status and reason:

    reference, device: unsupported: AGC-E201: Resize
      node/test_resize_downsample_scales_cubic

What is compared is which cases pass and the status of the others, in both
directions; reasons are for people. --update writes the list anew.
"""

import argparse
import fnmatch
import json
import os
import re
import subprocess
import sys

BACKENDS = ("reference", "device")

HEADER = """\
# Cases that do not pass, by backend, status and reason; all others pass.
# Written by test/conformance/check.py --update, compared by the test beside it.
"""


def run(options, backend, data, tolerance):
    """Returns {case: (status, reason)} of one backend for the cases below the
    folders `data`, with these options for the tolerance."""
    report = os.path.join(options.work, f"{backend}.json")
    arguments = [options.verify, *data, "--report", report,
                 "--timeout", str(options.timeout), *tolerance]
    if backend == "reference":
        arguments.append("--reference")
    else:
        arguments += ["--device", options.device]
    if options.jobs:
        arguments += ["-j", str(options.jobs)]
    if os.path.exists(report):
        os.remove(report)
    done = subprocess.run(arguments, stdout=subprocess.PIPE, text=True,
                          check=False)
    # 1 says that some cases do not pass, which is the list's business.
    if done.returncode not in (0, 1) or not os.path.exists(report):
        sys.exit(f"autoglm-verify ended with code {done.returncode}")
    print(f"{backend}: {done.stdout.splitlines()[-1]}")
    with open(report, encoding="utf-8") as file:
        cases = json.load(file)["cases"]
    return {case["case"]: (case["status"], shorten(case["reason"]))
            for case in cases}


def run_all(options, backend, exceptions):
    """Like `run`, for all cases within the tolerance of operators, and again for
    what fails and is an exception."""
    results = run(options, backend, [options.data], ["--op-level"])
    for pattern, tolerance in exceptions.items():
        again = [case for case, (status, _) in results.items()
                 if status == "fail" and fnmatch.fnmatch(case, pattern)]
        for case in again:
            folder = os.path.join(options.data, case)
            outcome, = run(options, backend, [folder],
                           ["--rtol", tolerance, "--atol", tolerance]).values()
            results[case] = outcome
    return results


def read_exceptions(path):
    """Returns {pattern: tolerance}."""
    exceptions = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip() and not line.startswith("#"):
                if not re.match(r"\S+ +\d\S* +\S", line):
                    sys.exit(f"{path}:{number}: expected 'pattern tolerance "
                             "reason'")
                pattern, tolerance, _ = line.split(maxsplit=2)
                exceptions[pattern] = tolerance
    return exceptions


def shorten(reason):
    """A reason without what differs between cases that have it in common."""
    reason = re.sub(r"\d+ operators? (is|are) not supported: ", "", reason)
    reason = re.sub(r" \((domain [^,)]*, )?\d+ nodes?:[^)]*\)", "", reason)
    return reason[:120].strip()


def read_list(path):
    """Returns {(backend, case): status}."""
    listed = {}
    group = None
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip("\n")
            if not line or line.startswith("#"):
                continue
            if not line.startswith(" "):
                match = re.match(r"([a-z, ]+): ([a-z]+): ", line + " ")
                if not match:
                    sys.exit(f"{path}:{number}: expected 'backends: status: "
                             "reason'")
                group = match.group(1).split(", "), match.group(2)
                continue
            if group is None:
                sys.exit(f"{path}:{number}: a case before any group")
            for backend in group[0]:
                if (backend, line.strip()) in listed:
                    sys.exit(f"{path}:{number}: '{line.strip()}' is listed "
                             f"twice for {backend}")
                listed[backend, line.strip()] = group[1]
    return listed


def write_list(path, results):
    groups = {}
    for case in sorted(results["reference"]):
        outcomes = {backend: results[backend][case] for backend in BACKENDS}
        failing = [b for b in BACKENDS if outcomes[b][0] != "pass"]
        if len(failing) == 2 and outcomes["reference"] == outcomes["device"]:
            failing = ["reference, device"]
        for backend in failing:
            status, reason = outcomes[backend.split(",")[0]]
            groups.setdefault((backend, status, reason), []).append(case)
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEADER)
        for (backend, status, reason), cases in sorted(groups.items()):
            file.write(f"\n{backend}: {status}: {reason}\n")
            file.writelines(f"  {case}\n" for case in cases)


def compare(listed, results):
    """Returns what is wrong, one line each."""
    problems = []
    known = {key for key in listed if key[0] not in results}
    for backend in results:
        for case, (status, reason) in sorted(results[backend].items()):
            known.add((backend, case))
            expected = listed.get((backend, case), "pass")
            if status == expected:
                continue
            if status == "pass":
                problems.append(f"{case} passes on the {backend} and is listed "
                                f"as {expected}: remove it")
            else:
                problems.append(f"{case} on the {backend}: {status}, expected "
                                f"{expected}: {reason}")
    problems += [f"{case} is listed and is no case"
                 for backend, case in sorted(set(listed) - known)]
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, help="folder of cases")
    parser.add_argument("--list", required=True, help="cases that do not pass")
    parser.add_argument("--tolerances", required=True,
                        help="exceptions from the tolerance of operators")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--only", choices=BACKENDS,
                        help="look at one backend alone")
    parser.add_argument("--work", required=True, help="folder for reports")
    parser.add_argument("--verify", default="autoglm-verify")
    parser.add_argument("--minimum", type=int, default=0,
                        help="cases that must pass on each backend")
    parser.add_argument("--timeout", type=float, default=120)
    parser.add_argument("-j", "--jobs", type=int)
    parser.add_argument("--update", action="store_true")
    options = parser.parse_args()

    if options.update and options.only:
        parser.error("--update needs both backends")
    backends = [options.only] if options.only else BACKENDS
    exceptions = read_exceptions(options.tolerances)
    results = {backend: run_all(options, backend, exceptions)
               for backend in backends}
    if options.update:
        write_list(options.list, results)
        return 0
    problems = compare(read_list(options.list), results)
    for backend in backends:
        passed = sum(status == "pass" for status, _ in results[backend].values())
        if passed < options.minimum:
            problems.append(f"only {passed} cases pass on the {backend}, "
                            f"expected {options.minimum} or more")
    print("\n".join(problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
