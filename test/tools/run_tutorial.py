#!/usr/bin/env python3
"""Runs the commands of a page of docs/ and compares what they print.

  run_tutorial.py PAGE FOLDER

In every ```console block a line "$ command" is run by bash in FOLDER (further
lines of a command follow a backslash), and the lines after it are what it prints
on both streams. "..." alone stands for any lines, within a line for any text;
runs of blanks are equal. "? N" as the last line says that it exits with N. A
```json or ```yaml block whose first line is "# file: NAME" is written to FOLDER
first (of JSON, that line is left out).
"""

import pathlib
import re
import subprocess
import sys


def read_blocks(text):
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", text, re.M | re.S):
        yield match.group(1), match.group(2)


def read_commands(block):
    """Pairs of a command and the lines that it is said to print."""
    commands = []
    lines = iter(block.splitlines())
    for line in lines:
        if not line.startswith("$ "):
            commands[-1][1].append(line)
            continue
        command = line[2:]
        while command.endswith("\\"):
            command = command[:-1] + next(lines).strip()
        commands.append((command, []))
    return commands


def make_pattern(expected):
    pattern = ""
    for line in expected:
        if line.strip() == "...":
            pattern += r"(?:.*\n)*?"
            continue
        words = [".*".join(re.escape(part) for part in word.split("..."))
                 for word in line.split()]
        pattern += r"[ \t]*" + r"[ \t]+".join(words) + r"[ \t]*\n"
    return re.compile(pattern)


def run(command, expected, folder):
    code = 0
    if expected and re.fullmatch(r"\? \d+", expected[-1]):
        code = int(expected.pop()[2:])
    done = subprocess.run(["bash", "-c", command], cwd=folder, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != code:
        sys.exit(f"$ {command}\nexits with {done.returncode}, not {code}:\n{done.stdout}")
    if not make_pattern(expected).fullmatch(done.stdout):
        sys.exit(f"$ {command}\nprints\n{done.stdout}\nThe page says\n" + "\n".join(expected))


def main():
    page, folder = map(pathlib.Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    count = 0
    for kind, block in read_blocks(page.read_text()):
        first, _, rest = block.partition("\n")
        named = re.fullmatch(r"# file: (\S+)", first)
        if kind == "console":
            for command, expected in read_commands(block):
                run(command, expected, folder)
                count += 1
        elif named:
            (folder / named.group(1)).write_text(rest if kind == "json" else block)
    if count == 0:
        sys.exit(f"{page} has no commands")
    print(f"{count} commands do what {page.name} says")


if __name__ == "__main__":
    main()
