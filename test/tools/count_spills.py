#!/usr/bin/env python3
"""count_spills.py [--reads] FILE.so...: vector registers that the innermost loops
with multiply-adds store to the stack (x86-64); with --reads, or read from it, which
is also how a polynomial with more constants than registers gets at them."""

import re
import subprocess
import sys


def functions(path):
    """Instructions of each function as (address, text)."""
    text = subprocess.run(["llvm-objdump", "-d", "--no-show-raw-insn", path],
                          capture_output=True, text=True, check=True).stdout
    name, code = None, []
    for line in text.splitlines():
        if match := re.match(r"[0-9a-f]+ <(.*)>:", line):
            if code:
                yield name, code
            name, code = match[1], []
        elif match := re.match(r"\s*([0-9a-f]+):\s+(.*)", line):
            code.append((int(match[1], 16), match[2]))
    if code:
        yield name, code


def innermost(code):
    """Ranges between a backward jump and its target without another inside."""
    at = {address: i for i, (address, _) in enumerate(code)}
    loops = set()
    for i, (_, text) in enumerate(code):
        match = re.match(r"j\w+\s+0x([0-9a-f]+)", text)
        target = at.get(int(match[1], 16)) if match else None
        if target is not None and target <= i:
            loops.add((target, i))
    return [(a, b) for a, b in sorted(loops)
            if not any((c, d) != (a, b) and a <= c and d <= b
                       for c, d in loops)]


def spills(path, reads):
    """For each such loop, where it is and what it does with the stack."""
    for name, code in functions(path):
        for first, last in innermost(code):
            body = [text for _, text in code[first:last + 1]]
            if any("vfmadd" in text for text in body):
                yield f"{name} at {code[first][0]:#x}", [
                    text for text in body
                    if re.search(r"%[xyz]mm\d", text)
                    and re.search(r"\(%rsp\)" if reads
                                  else r", -?[0-9a-fx]*\(%rsp\)", text)]


def main():
    paths = sys.argv[1:]
    reads = paths[:1] == ["--reads"]
    loops = [loop for path in paths[reads:] for loop in spills(path, reads)]
    for place, found in loops:
        for text in found:
            print(f"{place}: spilled: {text}")
    total = sum(len(found) for _, found in loops)
    print(f"{len(loops)} loops, {total} spills")


if __name__ == "__main__":
    main()
