#!/usr/bin/env python3
"""Checks descriptors by the published JSON Schema, and that every number names a
source, without the code that the tools check them by.

    check_descriptors.py SCHEMA FILE...          all must be good
    check_descriptors.py --bad SCHEMA FILE...    each line of a file is a
                                                 descriptor that must be refused
"""

import json
import re
import sys

import jsonschema

QUANTITY = re.compile(r"[0-9]+([.][0-9]+)?(e-?[0-9]+)? ?[A-Za-zµ]")


def numbers_without_source(value, path="", source=False):
    """The paths of numbers that neither they nor an object around them source."""
    if isinstance(value, dict):
        if "value" in value and not value.get("source"):
            yield path
            return
        source = source or bool(value.get("source"))
        for key, inner in value.items():
            if key != "source":
                yield from numbers_without_source(inner, f"{path}/{key}", source)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from numbers_without_source(inner, f"{path}/{index}", source)
    elif isinstance(value, bool):
        return
    elif isinstance(value, (int, float)) and not source:
        yield path
    elif isinstance(value, str) and QUANTITY.match(value) and not source:
        yield path


def main():
    arguments = sys.argv[1:]
    wants_bad = arguments[0] == "--bad"
    schema, *files = arguments[wants_bad:]
    with open(schema, encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    failures = count = 0

    def check(name, text):
        nonlocal failures, count
        count += 1
        value = json.loads(text)
        problems = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"
                    for error in validator.iter_errors(value)]
        problems += [f"{path}: a number without a source"
                     for path in numbers_without_source(value)]
        if wants_bad == bool(problems):
            return
        failures += 1
        for problem in problems or ["is not refused"]:
            print(f"{name}: {problem[:300]}")

    for name in files:
        with open(name, encoding="utf-8") as file:
            text = file.read()
        if not wants_bad:
            check(name, text)
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if line:
                check(f"{name}:{number}", line)
    print(f"{count} descriptors, {failures} failed")
    return 1 if failures or not count else 0


sys.exit(main())
