#!/usr/bin/env python3
"""unfuse_device.py DESCRIPTOR.json OUT.json [FIELD=VALUE...]: the same device with the
field `fusion`; without fields, one operation for each kernel."""

import json
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        device = json.load(file)
    device["name"] = "other-" + device["name"]
    device.pop("aliases", None)
    fusion = {"max_ops": {"value": 1, "source": "this test"}}
    if len(sys.argv) > 3:
        fusion = {"source": "this test"}
        for field in sys.argv[3:]:
            name, value = field.split("=", 1)
            fusion[name] = json.loads(value)
    device["fusion"] = fusion
    with open(sys.argv[2], "w", encoding="utf-8") as file:
        json.dump(device, file)


if __name__ == "__main__":
    main()
