#!/usr/bin/env python3
"""accuracy.py LABELS PREDICTIONS.jsonl: how often the largest of the (single)
output's numbers is the one that the label names."""

import json
import sys

labels = [int(line) for line in open(sys.argv[1])]
right = total = 0
for label, line in zip(labels, open(sys.argv[2]), strict=True):
    (output,) = json.loads(line).values()
    while isinstance(output[0], list):
        (output,) = output
    assert abs(sum(output) - 1) < 1e-4, f"not probabilities: {output}"
    right += output.index(max(output)) == label
    total += 1
print(f"{right} of {total} right, {100 * right / total:.1f} %")
