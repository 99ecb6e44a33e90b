#!/usr/bin/env python3
"""Runs a tutorial: its ```sh blocks, one after the other in one shell, in the
folder it is started in. Every line of a ```text block must be printed by the
commands before it, in order, or be the start of a printed line.

    run_tutorial.py FILE.md
"""

import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MARK = "--- end of block {} ---"


def main():
    blocks = BLOCK.findall(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    commands = [text for kind, text in blocks if kind == "sh"]
    script = "set -e\n" + "".join(
        f"{text}\necho '{MARK.format(index)}'\n"
        for index, text in enumerate(commands))
    result = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, text=True, check=False)
    print(result.stdout, end="")
    if result.returncode:
        print(f"the commands failed: exit code {result.returncode}")
        return 1

    lines = iter(result.stdout.splitlines())
    printed, index, compared = [], -1, 0
    for kind, text in blocks:
        if kind == "sh":
            index += 1
            printed = []
            for line in lines:
                if line == MARK.format(index):
                    break
                printed.append(line)
            continue
        rest = iter(printed)
        for wanted in text.splitlines():
            compared += 1
            if not any(line.startswith(wanted) for line in rest):
                print(f"not printed: {wanted}")
                return 1
    print(f"{len(commands)} blocks, {compared} lines as shown")
    return 0 if commands else 1


sys.exit(main())
